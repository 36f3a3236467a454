//! Comparing what came with what was expected, and saying what is wrong in words.

use super::Options;
use super::jobs::Job;
use super::library::{Fault, Outcome, Stalls};
use clap::ValueEnum;
use hwgen_gen::Design;
use hwgen_gen::block::Path;
use hwgen_gen::stimulus::{Cause, Stimulus};
use serde::Serialize;

/// The first thing found wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// What is wrong, in one line.
    pub what: String,
    /// Stream it was seen on.
    pub stream: String,
    /// Phase of the batch.
    pub phase: Option<usize>,
    /// Beat of the stream, from 0 within the batch.
    pub beat: Option<usize>,
    /// The beat that was expected, field by field.
    pub expected: Option<String>,
    /// The beat that came.
    pub got: Option<String>,
    /// Number of the batch; an experiment has none.
    pub batch: Option<usize>,
    /// Seed of the run.
    pub seed: u64,
    /// How streams were stalled.
    pub stalls: Stalls,
    /// Command that shows it again.
    pub reproduce: String,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{}", self.what)?;
        write!(f, "  stream    {}", self.stream)?;
        if let Some(beat) = self.beat {
            write!(f, ", beat {beat}")?;
        }
        if let Some(phase) = self.phase {
            write!(f, ", phase {phase}")?;
        }
        writeln!(f)?;
        if let (Some(expected), Some(got)) = (&self.expected, &self.got) {
            writeln!(f, "  expected  {expected}\n  got       {got}")?;
        }
        let batch = self.batch.map_or("an experiment".to_owned(), |batch| format!("batch {batch}"));
        let stalls = self.stalls.to_possible_value();
        let stalls = stalls.as_ref().map_or("", |stalls| stalls.get_name());
        writeln!(f, "  seed      {}, {batch}, stalls {stalls}", self.seed)?;
        write!(f, "  again     {}", self.reproduce)
    }
}

/// Judges one batch.
pub(super) struct Judge<'a> {
    pub design: &'a Design,
    pub job: Job,
    pub options: &'a Options,
    pub stimulus: &'a Stimulus,
    pub outcome: &'a Outcome,
}

impl Judge<'_> {
    /// The first thing wrong with the beats.
    pub fn beats(&self) -> Option<Failure> {
        let differing = (0..self.outcome.outputs.len()).find_map(|output| self.difference(output));
        differing.or_else(|| self.fault()).or_else(|| self.surplus())
    }

    /// The first broken promise about timing, else how many beats kept each promise.
    pub fn timing(&self) -> Result<Vec<u64>, Box<Failure>> {
        self.design.spec.timing().iter().map(|path| self.path(path)).collect()
    }

    /// The batch took longer or less long than predicted, else the number of cycles predicted, if any was.
    pub fn cycles(&self) -> Result<Option<u64>, Box<Failure>> {
        let measured = self.outcome.measured_cycles();
        let (Some(predicted), Some(measured)) = (self.stimulus.predicted_cycles, measured) else {
            return Ok(None);
        };
        if measured == predicted {
            return Ok(Some(predicted));
        }
        let what = format!("the batch took {measured} cycles, predicted {predicted}");
        Err(Box::new(self.failure(&what, 0)))
    }

    fn difference(&self, output: usize) -> Option<Failure> {
        let (expected, got) = (&self.stimulus.expected.0[output], &self.outcome.outputs[output]);
        let words = expected.words_per_beat();
        let received = got.received as usize;
        if expected.words()[..received * words] == got.words[..received * words] {
            return None;
        }
        let mut came = expected.clone();
        came.set_words(got.words.clone());
        let beat = (0..received).find(|&beat| expected.beat(beat) != came.beat(beat))?;
        let mut failure = self.failure("the RTL differs from the golden model", output);
        failure.beat = Some(beat);
        failure.phase = Some(self.stimulus.phase_of(output, beat));
        failure.expected = Some(expected.describe(beat));
        failure.got = Some(came.describe(beat));
        Some(failure)
    }

    fn fault(&self) -> Option<Failure> {
        Some(match self.outcome.fault? {
            Fault::Timeout => self.hang(),
            Fault::ValidDropped(output) => {
                self.failure("valid fell before the beat was taken", output)
            }
            Fault::PayloadChanged(output) => {
                self.failure("the payload changed while it was waiting", output)
            }
        })
    }

    /// Nothing moves any more: say which streams are waiting for what.
    fn hang(&self) -> Failure {
        let outputs = self.outcome.outputs.iter().zip(&self.stimulus.expected.0).enumerate();
        let waiting = outputs.filter(|(_, (got, expected))| got.received < expected.len() as u64);
        let missing = waiting.map(|(output, (got, expected))| {
            format!("{}: {} of {} beats", self.output_name(output), got.received, expected.len())
        });
        let missing: Vec<_> = missing.collect();
        let mut failure = self.failure("the simulation hangs", 0);
        if missing.is_empty() {
            failure.what += ": an input is never accepted";
        } else {
            failure.what = format!("{} ({})", failure.what, missing.join(", "));
        }
        failure
    }

    fn surplus(&self) -> Option<Failure> {
        let output = self.outcome.outputs.iter().position(|output| output.surplus > 0)?;
        let surplus = self.outcome.outputs[output].surplus;
        Some(self.failure(&format!("{surplus} beats came that nothing caused"), output))
    }

    fn path(&self, path: &Path) -> Result<u64, Box<Failure>> {
        let interface = &self.design.bench.interface;
        let input = interface.inputs().iter().position(|stream| stream.name == path.from);
        let output = interface.outputs().iter().position(|stream| stream.name == path.to);
        let (Some(input), Some(output)) = (input, output) else {
            let what = format!("timing names no stream pair: {} to {}", path.from, path.to);
            return Err(Box::new(self.failure(&what, 0)));
        };
        let causes = self.stimulus.causes(input, output);
        let taken = &self.outcome.outputs[output].stamps;
        let results = causes.iter().zip(taken).enumerate();
        let mut checked = 0;
        for (result, (cause, taken)) in results {
            let Some(cause) = cause else { continue };
            if let Some(what) = broken(path, *cause, &self.outcome.accepted[input], *taken) {
                return Err(Box::new(Failure {
                    beat: Some(result),
                    phase: Some(self.stimulus.phase_of(output, result)),
                    ..self.failure(&what, output)
                }));
            }
            checked += 1;
        }
        Ok(checked)
    }

    fn output_name(&self, output: usize) -> String {
        let interface = &self.design.bench.interface;
        interface.outputs().get(output).map(|stream| stream.name.to_owned()).unwrap_or_default()
    }

    fn failure(&self, what: &str, output: usize) -> Failure {
        Failure {
            what: what.to_owned(),
            stream: self.output_name(output),
            phase: None,
            beat: None,
            expected: None,
            got: None,
            batch: self.job.number,
            seed: self.options.seed,
            stalls: self.job.stalls,
            reproduce: self.command(),
        }
    }

    /// The command that runs this job again and, unless it is an experiment, no other.
    fn command(&self) -> String {
        let Options { beats, seed, stalls, .. } = self.options;
        let mut words = vec![self.design.command.replacen("hwgen emit", "hwgen sim", 1)];
        match &self.options.data {
            Some(data) => {
                words.push(format!("--data {} --seed {seed}", data.folder.display()));
            }
            None => words.push(format!("--vectors {beats} --seed {seed}")),
        }
        let stalls = stalls.and_then(|stalls| stalls.to_possible_value());
        words.extend(stalls.map(|stalls| format!("--stalls {}", stalls.get_name())));
        words.extend(self.job.number.map(|batch| format!("--batch {batch}")));
        words.join(" ")
    }
}

/// How a result breaks a promise, if it does: taken in cycle `taken`, caused by one of the beats that
/// were accepted in the cycles `accepted`.
fn broken(path: &Path, cause: Cause, accepted: &[u64], taken: u64) -> Option<String> {
    let at = |beat: usize| accepted[beat].cast_signed();
    // Broken RTL may answer before it was asked.
    let latency = taken.cast_signed() - at(cause.beat);
    if latency != i64::from(path.latency) {
        return Some(format!("latency is {latency} cycles, promised {}", path.latency));
    }
    let before = cause.beat.checked_sub(1).filter(|_| !cause.first)?;
    let interval = at(cause.beat) - at(before);
    let kept = interval == i64::from(path.interval);
    (!kept).then(|| format!("interval is {interval} cycles, promised {}", path.interval))
}
