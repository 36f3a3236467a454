//! Co-simulation: the emitted RTL, compiled by Verilator, against the golden model.
//!
//! A run is a list of jobs: corners, then batches of seeded random beats, each
//! from reset and each with its own golden model, so that jobs run in parallel and any one of them
//! can be run again alone. Streams are stalled in every way the protocol allows; where nothing stalls, the
//! timing contract is checked too.

mod build;
pub mod cache;
mod coverage;
mod harness;
mod jobs;
mod library;
mod rate;
mod session;
mod verdict;
mod waveforms;

pub use coverage::{ByKind, Coverage};
pub use harness::Recording;
pub use library::Stalls;
pub use rate::{Rate, measure};
pub use session::{Session, Wrong};
pub use verdict::Failure;

use crate::SimError;
use crate::ending::Scratch;
use crate::output::Output;
use cache::Cache;
use hwgen_gen::block::{Curve, Experiment, Figure, Findings, Path as TimingPath};
use hwgen_gen::stimulus::Stimulus;
use hwgen_gen::traffic::Traffic;
use hwgen_gen::{Design, Module};
use jobs::Job;
use library::{Loaded, Model};
use rayon::prelude::*;
use serde::Serialize;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;
use verdict::Judge;

/// What to run and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// About how many random beats.
    pub beats: usize,
    /// Seed of everything random.
    pub seed: u64,
    /// Stall every batch in this way instead of each in its own.
    pub stalls: Option<Stalls>,
    /// Run only the batch of this number.
    pub batch: Option<usize>,
    /// Write waveforms to this FST file.
    pub trace: Option<PathBuf>,
    /// Count line and toggle coverage.
    pub coverage: bool,
    /// Run the block's experiments.
    pub experiments: bool,
    /// Play this, without stalls and with, instead of corners and random beats.
    pub data: Option<Data>,
    /// Compile the model in less time: it runs slower, which pays where it runs briefly.
    pub brief: bool,
    /// Where built libraries are kept.
    pub cache: Cache,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            beats: 100_000,
            seed: 1,
            stalls: None,
            batch: None,
            trace: None,
            coverage: false,
            experiments: true,
            data: None,
            brief: false,
            cache: Cache::of_user(),
        }
    }
}

/// Beats of the user's.
#[derive(Clone, Debug, Serialize)]
pub struct Data {
    /// The folder they are in, as a command names it.
    pub folder: PathBuf,
    /// What is played.
    #[serde(skip)]
    pub phases: Vec<Traffic>,
}

/// What a run is doing, for whoever shows progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// The model is being compiled, or taken from the cache.
    Building,
    /// So many beats are going to be simulated.
    Started(u64),
    /// So many more beats have been simulated.
    Beats(u64),
}

/// A promise about timing, and on how many beats it was seen to hold.
#[derive(Clone, Debug, Serialize)]
pub struct CheckedPath {
    /// The promise.
    #[serde(flatten)]
    pub path: TimingPath,
    /// Beats on which it was checked.
    pub checked: u64,
}

/// What a run found.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Command that makes the design.
    #[serde(rename = "design")]
    pub command: String,
    /// Random beats asked for, if no beats were given.
    pub vectors: Option<usize>,
    /// Seed of the run.
    pub seed: u64,
    /// Batches run.
    pub batches: usize,
    /// Beats moved on all streams.
    pub beats: u64,
    /// Clock cycles simulated.
    pub cycles: u64,
    /// Seconds spent building, or finding the build in the cache.
    pub build_seconds: f64,
    /// Seconds spent on stimulus, golden model, simulation and comparison.
    pub seconds: f64,
    /// Processor seconds of the compiled model and its harness alone, all threads together.
    pub model_seconds: f64,
    /// Timing promises.
    pub timing: Vec<CheckedPath>,
    /// Clock cycles that unstalled batches took exactly as predicted, if any were predicted.
    pub predicted_cycles: Option<u64>,
    /// Coverage by kind, if counted.
    pub coverage: Option<ByKind>,
    /// What was played instead of vectors.
    pub data: Option<Data>,
    /// What the experiments measured.
    pub figures: Vec<Figure>,
    /// Curves they measured.
    pub curves: Vec<Curve>,
    /// What they could not measure, and why.
    pub notes: Vec<String>,
    /// The first thing found wrong; nothing means that the design passed.
    pub failure: Option<Failure>,
}

impl Report {
    /// Whether nothing was found wrong.
    pub const fn passed(&self) -> bool {
        self.failure.is_none()
    }
}

/// Co-simulates `design` against its golden model.
pub fn run(
    design: &Design,
    options: &Options,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Report, SimError> {
    run_rtl(design, None, options, progress)
}

/// Co-simulates other RTL in the place of `design`'s own: a mutant, or a `rust_hdl` twin.
pub fn run_rtl(
    design: &Design,
    rtl: Option<&[Module]>,
    options: &Options,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Report, SimError> {
    let trace = options.trace.as_deref().map(Output::new).transpose()?;
    let jobs = jobs(options)?;
    progress(Progress::Building);
    let started = Instant::now();
    let recording = Recording { trace: options.trace.is_some(), coverage: options.coverage };
    let loaded = build::load(design, rtl, recording, options)?;
    let build_seconds = started.elapsed().as_secs_f64();
    let staged = trace.as_ref().map(Output::staged);
    let stop = AtomicBool::new(false);
    let run = Run { design, options, loaded, recording, trace: staged, progress, stop };
    let mut report = run.all(&jobs)?;
    report.build_seconds = build_seconds;
    if let Some(output) = trace {
        waveforms::check(&output)?;
        output.finish()?;
    }
    Ok(report)
}

/// The jobs of a run.
fn jobs(options: &Options) -> Result<Vec<Job>, SimError> {
    let mut jobs = match &options.data {
        Some(data) => Job::of_data(&data.phases, options.stalls),
        None => Job::all(options.beats, options.stalls),
    };
    if let Some(batch) = options.batch {
        let last = jobs.len() - 1;
        jobs.retain(|job| job.number == Some(batch));
        if jobs.is_empty() {
            return Err(SimError::NoBatch { batch, last });
        }
    }
    Ok(jobs)
}

/// What [`run`] plays, batch by batch, without data and experiments.
pub fn stimulus(design: &Design, options: &Options) -> impl Iterator<Item = Vec<Traffic>> {
    let seed = options.seed;
    let jobs = Job::all(options.beats, options.stalls).into_iter();
    // Corners are played with and without stalls: once is enough to look at.
    jobs.skip(jobs::CORNER_JOBS - 1).map(move |job| job.phases(design, seed))
}

/// What one job gave.
#[derive(Default)]
struct Done {
    beats: u64,
    cycles: u64,
    /// Processor seconds in the compiled model.
    seconds: f64,
    /// Beats checked per timing path.
    checked: Vec<u64>,
    /// Clock cycles that were predicted.
    predicted: Option<u64>,
    failure: Option<Failure>,
}

struct Run<'a> {
    design: &'a Design,
    options: &'a Options,
    loaded: Loaded,
    recording: Recording,
    /// Where waveforms go.
    trace: Option<PathBuf>,
    progress: &'a (dyn Fn(Progress) + Sync),
    stop: AtomicBool,
}

impl Run<'_> {
    fn all(&self, jobs: &[Job]) -> Result<Report, SimError> {
        let started = Instant::now();
        let data = self.options.data.as_ref();
        (self.progress)(Progress::Started(jobs.iter().map(|job| job.beats as u64).sum()));
        // A recording is one story; without one, every job is its own.
        let recorded = self.recording != Recording::default();
        let chunk = if recorded { jobs.len().max(1) } else { 1 };
        let chunks: Result<Vec<_>, SimError> =
            jobs.par_chunks(chunk).map(|jobs| self.chunk(jobs)).collect();
        let (done, coverage): (Vec<_>, Vec<_>) = chunks?.into_iter().unzip();
        let done: Vec<Done> = done.into_iter().flatten().collect();
        let mut report = Report {
            command: self.design.command.clone(),
            vectors: data.is_none().then_some(self.options.beats),
            seed: self.options.seed,
            batches: done.len(),
            beats: done.iter().map(|done| done.beats).sum(),
            cycles: done.iter().map(|done| done.cycles).sum(),
            build_seconds: 0.0,
            seconds: 0.0,
            model_seconds: done.iter().map(|done| done.seconds).sum(),
            timing: self.timing(&done),
            predicted_cycles: done.iter().filter_map(|done| done.predicted).reduce(|a, b| a + b),
            coverage: coverage.into_iter().flatten().next(),
            data: data.cloned(),
            figures: Vec::new(),
            curves: Vec::new(),
            notes: Vec::new(),
            failure: done.into_iter().find_map(|done| done.failure),
        };
        let experiments = self.options.experiments && data.is_none();
        if report.passed() && experiments && self.options.batch.is_none() {
            self.experiments(&mut report)?;
        }
        report.seconds = started.elapsed().as_secs_f64();
        Ok(report)
    }

    fn timing(&self, done: &[Done]) -> Vec<CheckedPath> {
        let paths = self.design.spec.timing().into_iter().enumerate();
        let checked = |index| done.iter().filter_map(|done| done.checked.get(index)).sum();
        paths.map(|(index, path)| CheckedPath { path, checked: checked(index) }).collect()
    }

    /// Runs jobs one after the other in one model.
    fn chunk(&self, jobs: &[Job]) -> Result<(Vec<Done>, Option<ByKind>), SimError> {
        let seed = jobs.first().map_or(0, |job| job.seed(self.options.seed));
        let mut model = self.loaded.model(seed, self.trace.as_deref())?;
        let mut all = Vec::new();
        for job in jobs {
            if self.stop.load(Ordering::Relaxed) {
                break;
            }
            let phases = match &self.options.data {
                Some(data) => data.phases.clone(),
                None => job.phases(self.design, self.options.seed),
            };
            let done = self.judge(&mut model, *job, &phases).0;
            self.stop.fetch_or(done.failure.is_some(), Ordering::Relaxed);
            (self.progress)(Progress::Beats(job.beats as u64));
            all.push(done);
        }
        let coverage = self.options.coverage.then(|| coverage_of(&model)).transpose()?;
        Ok((all, coverage))
    }

    /// Runs and judges one job; the beats that came are returned too.
    fn judge(&self, model: &mut Model, job: Job, phases: &[Traffic]) -> (Done, Traffic) {
        let stimulus = Stimulus::new(self.design, phases);
        let outcome = jobs::play(&stimulus, model, job.seed(self.options.seed), job.stalls);
        let Self { design, options, .. } = self;
        let judge = Judge { design, options, job, stimulus: &stimulus, outcome: &outcome };
        let mut done = Done {
            beats: stimulus.beats() as u64,
            cycles: outcome.cycles,
            seconds: outcome.seconds,
            checked: Vec::new(),
            predicted: None,
            failure: judge.beats(),
        };
        if done.failure.is_none() && job.stalls == Stalls::None {
            match judge.timing().and_then(|checked| Ok((checked, judge.cycles()?))) {
                Ok((checked, predicted)) => (done.checked, done.predicted) = (checked, predicted),
                Err(failure) => done.failure = Some(*failure),
            }
        }
        let mut came = stimulus.expected.clone();
        for (beats, output) in came.0.iter_mut().zip(outcome.outputs) {
            beats.set_words(output.words);
        }
        (done, came)
    }

    fn experiments(&self, report: &mut Report) -> Result<(), SimError> {
        for Experiment { stimulus, evaluate, .. } in self.design.spec.experiments() {
            let mut model = self.loaded.model(self.options.seed, None)?;
            let beats = stimulus.iter().map(Traffic::len).sum();
            let job = Job { number: None, beats, stalls: Stalls::None };
            let (done, came) = self.judge(&mut model, job, &stimulus);
            report.beats += done.beats;
            report.cycles += done.cycles;
            report.model_seconds += done.seconds;
            if done.failure.is_some() {
                report.failure = done.failure;
                return Ok(());
            }
            let Findings { figures, curves, notes } = evaluate(&came);
            report.figures.extend(figures);
            report.curves.extend(curves);
            report.notes.extend(notes);
        }
        Ok(())
    }
}

fn coverage_of(model: &Model) -> Result<ByKind, SimError> {
    let folder = Scratch::new()?;
    let file = folder.path().join("coverage.dat");
    model.write_coverage(&file)?;
    coverage::read(&file)
}
