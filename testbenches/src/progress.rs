//! How far the evidence is, for whoever waits for it, and what it amounted to.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Time between two lines.
const EVERY: Duration = Duration::from_secs(10);

/// Checks whose time is told at the end.
const SLOWEST: usize = 10;

/// Checks that run and that have ended.
#[derive(Default)]
pub(crate) struct Progress(Mutex<State>);

#[derive(Default)]
struct State {
    /// What runs, the oldest first.
    running: Vec<(String, Instant)>,
    /// Seconds of what has ended.
    done: Vec<(String, f64)>,
}

/// A check that runs until this is dropped.
pub(crate) struct Running<'a> {
    progress: &'a Progress,
    name: String,
}

/// Prints lines until it is dropped.
pub(crate) struct Reporter {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Progress {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The check `name` begins.
    pub fn running(&self, name: &str) -> Running<'_> {
        self.state().running.push((name.to_owned(), Instant::now()));
        Running { progress: self, name: name.to_owned() }
    }

    fn line(&self, all: usize) -> String {
        let state = self.state();
        let slowest = state.running.first().map(|(name, since)| {
            format!("; {name} has been running for {} s", since.elapsed().as_secs())
        });
        format!("{} of {all} checks are done{}", state.done.len(), slowest.unwrap_or_default())
    }

    /// Says every ten seconds how many of `all` checks are done, and which has run longest.
    pub fn report(self: &Arc<Self>, all: usize) -> Reporter {
        let (stop, stopped) = mpsc::channel();
        let progress = self.clone();
        let thread = thread::spawn(move || {
            while stopped.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
                eprintln!("{}", progress.line(all));
            }
        });
        Reporter { stop: Some(stop), thread: Some(thread) }
    }

    /// Checks and seconds of every layer, and the checks that took longest.
    pub fn summary(&self) -> String {
        let state = self.state();
        let mut layers = BTreeMap::<_, (usize, f64)>::new();
        for (name, seconds) in &state.done {
            let layer = name.split("::").next().unwrap_or_default();
            let (checks, sum) = layers.entry(layer).or_default();
            (*checks, *sum) = (*checks + 1, *sum + seconds);
        }
        let layers = layers.iter().map(|(layer, (checks, seconds))| {
            format!("{seconds:>8.1} s  {checks:>4} checks of {layer}")
        });
        let mut slowest = state.done.clone();
        slowest.sort_by(|(_, one), (_, other)| other.total_cmp(one));
        let slowest = slowest.iter().take(SLOWEST);
        let slowest = slowest.map(|(name, seconds)| format!("{seconds:>8.1} s  {name}"));
        layers.chain(slowest).collect::<Vec<_>>().join("\n")
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        let mut state = self.progress.state();
        let at = state.running.iter().position(|(name, _)| *name == self.name);
        let (name, since) = state.running.remove(at.expect("it began"));
        state.done.push((name, since.elapsed().as_secs_f64()));
    }
}

impl Drop for Reporter {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join(); // nothing in it can fail
        }
    }
}

/// What all checks of this process amounted to.
pub struct Tally {
    beats: AtomicU64,
    mutants: AtomicU64,
}

static TALLY: Tally = Tally { beats: AtomicU64::new(0), mutants: AtomicU64::new(0) };

impl Tally {
    /// Of this run.
    pub(crate) fn of_run() -> &'static Self {
        &TALLY
    }

    /// So many beats were compared with what was expected.
    pub fn compared(beats: u64) {
        TALLY.beats.fetch_add(beats, Ordering::Relaxed);
    }

    /// A mutant was caught.
    pub fn caught() {
        TALLY.mutants.fetch_add(1, Ordering::Relaxed);
    }
}

impl Display for Tally {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let [beats, mutants] = [&self.beats, &self.mutants].map(|it| it.load(Ordering::Relaxed));
        write!(f, "{beats} beats were compared, and faults caught {mutants} times")
    }
}
