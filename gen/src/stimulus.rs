//! Stimulus joined to one piece per stream, with the results the golden model expects.

use crate::traffic::Traffic;
use crate::{Design, Golden};
use std::ops::Range;

/// The beat that causes a result, where each beat of a stream causes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cause {
    /// Its number within its stream.
    pub beat: usize,
    /// It is the first of its phase: the beat before is no measure of its interval.
    pub first: bool,
}

/// What is played to a bench from reset, and what must come back.
#[derive(Clone, Debug)]
pub struct Stimulus {
    /// Beats of every input stream, all phases joined.
    pub inputs: Traffic,
    /// Beats expected of every output stream.
    pub expected: Traffic,
    /// Per input stream: beats accepted when each phase is over.
    pub input_ends: Vec<Vec<u64>>,
    /// Per output stream: beats caused by each phase and all before.
    pub output_ends: Vec<Vec<u64>>,
    /// Number of phases.
    pub phases: usize,
    /// Clock cycles from the first beat taken to the last result, as the design predicts them.
    pub predicted_cycles: Option<u64>,
    /// Clock cycles without any beat after which a design hangs, also where streams stand still for
    /// up to [`PAUSE`] cycles.
    pub idle_cycles: u64,
}

impl Stimulus {
    /// Runs the golden model of `design`, from reset, over `phases`.
    pub fn new(design: &Design, phases: &[Traffic]) -> Self {
        Self::following(design, &mut *design.spec.golden(), phases)
    }

    /// Runs `golden`, the model of `design` in whatever state it is, over `phases`.
    pub fn following(design: &Design, golden: &mut dyn Golden, phases: &[Traffic]) -> Self {
        let interface = &design.bench.interface;
        let mut inputs = Traffic::new(&interface.inputs());
        let mut expected = Traffic::new(&interface.outputs());
        let mut input_ends = vec![Vec::new(); inputs.0.len()];
        let mut output_ends = vec![Vec::new(); expected.0.len()];
        for phase in phases {
            golden.run(phase, &mut expected);
            for (all, beats) in inputs.0.iter_mut().zip(&phase.0) {
                all.append(beats);
            }
            for (ends, beats) in input_ends.iter_mut().zip(&inputs.0) {
                ends.push(beats.len() as u64);
            }
            for (ends, beats) in output_ends.iter_mut().zip(&expected.0) {
                ends.push(beats.len() as u64);
            }
        }
        let predicted_cycles = design.spec.predicted_cycles(phases).cycles();
        let idle_cycles = 2 * (longest_pause(design, phases) + PAUSE);
        let phases = phases.len();
        Self { inputs, expected, input_ends, output_ends, phases, predicted_cycles, idle_cycles }
    }

    /// The phase that a beat of an output stream belongs to.
    pub fn phase_of(&self, output: usize, beat: usize) -> usize {
        self.output_ends[output].partition_point(|&end| end <= beat as u64)
    }

    /// The beat of stream `input` that causes each beat of stream `output`, as a promise about
    /// latency counts them. None where other inputs share the phase, or where the numbers differ:
    /// nothing is promised then.
    pub fn causes(&self, input: usize, output: usize) -> Vec<Option<Cause>> {
        let mut causes = Vec::new();
        for phase in 0..self.phases {
            let sent = span(&self.input_ends[input], phase);
            let came = span(&self.output_ends[output], phase);
            let others = self.input_ends.iter().enumerate().filter(|(other, _)| *other != input);
            let alone = others.into_iter().all(|(_, ends)| span(ends, phase).is_empty());
            let promised = alone && sent.len() == came.len();
            let cause = |index| Cause { beat: sent.start + index, first: index == 0 };
            causes.extend((0..came.len()).map(|index| promised.then(|| cause(index))));
        }
        causes
    }

    /// Beats on all streams.
    pub fn beats(&self) -> usize {
        self.inputs.len() + self.expected.len()
    }
}

/// The beats of one phase.
fn span(ends: &[u64], phase: usize) -> Range<usize> {
    let start = phase.checked_sub(1).map_or(0, |before| ends[before]);
    start as usize..ends[phase] as usize
}

/// Clock cycles for which streams stand still, at most.
pub const PAUSE: u64 = 300;

/// Parts into which phases are divided to tell how long one takes: a prediction begins at reset, so
/// that each of them costs one.
const PARTS: usize = 16;

/// More clock cycles than there are between two beats if no stream stands still: those of the
/// longest of some parts of `phases`, where they are predicted, else those that are promised.
fn longest_pause(design: &Design, phases: &[Traffic]) -> u64 {
    longest_part(design, phases).unwrap_or_else(|| {
        let paths = design.spec.timing().into_iter();
        paths.map(|path| u64::from(path.latency + path.interval)).sum()
    })
}

/// Clock cycles of the longest of some parts of `phases`, where they are predicted.
fn longest_part(design: &Design, phases: &[Traffic]) -> Option<u64> {
    let step = phases.len().div_ceil(PARTS).max(1);
    let ends = (step..phases.len()).step_by(step).chain([phases.len()]);
    let (mut longest, mut before) = (0, 0);
    for end in ends {
        let cycles = design.spec.predicted_cycles(&phases[..end]).cycles()?;
        longest = longest.max(cycles.saturating_sub(before));
        before = cycles;
    }
    Some(longest)
}
