//! What must not outlive hwgen: the tools it started, and files that are not finished.
//!
//! A signal that asks hwgen to end (interrupt, quit, terminate, hang-up) ends all tools and removes all
//! unfinished files first. What a signal cannot announce, as `kill -9`, leaves them.

use crate::SimError;
use crate::tool::no_temporary;
use rustix::process::{Pid, Signal, kill_process_group};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGXFSZ};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tempfile::TempDir;

/// What names of temporary directories begin with.
const HIDDEN: &str = ".hwgen-";

/// What ends with hwgen.
struct Living {
    /// Signals are looked after. Else tools stay with whoever started them, whose business it is.
    is_watched: bool,
    /// Leaders of process groups.
    tools: BTreeSet<u32>,
    files: BTreeSet<PathBuf>,
}

static LIVING: Mutex<Living> =
    Mutex::new(Living { is_watched: false, tools: BTreeSet::new(), files: BTreeSet::new() });

fn living() -> MutexGuard<'static, Living> {
    LIVING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// From now on, signals that end hwgen end its tools and remove its unfinished files. Those that
/// whoever started hwgen wants ignored, as `nohup` does, stay ignored.
pub fn on_signals() -> io::Result<()> {
    let ignored = ignored();
    // A file that grows beyond what is allowed is an error like a full disk, where this is no end.
    let unheeded = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    signal_hook::flag::register(SIGXFSZ, unheeded)?;
    let wanted = [SIGINT, SIGQUIT, SIGTERM, SIGHUP];
    let wanted = wanted.into_iter().filter(|signal| ignored & (1 << (signal - 1)) == 0);
    let mut signals = Signals::new(wanted)?;
    living().is_watched = true;
    std::thread::spawn(move || {
        if let Some(signal) = signals.forever().next() {
            end(&living());
            let _ = emulate_default_handler(signal); // whoever waits sees what ended hwgen
            std::process::exit(128 + signal);
        }
    });
    Ok(())
}

/// The set of ignored signals, as the system shows it; empty where it does not.
fn ignored() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    line.and_then(|set| u64::from_str_radix(set.trim(), 16).ok()).unwrap_or(0)
}

/// Ends all tools and removes all files. The lock is held: nothing can be added meanwhile.
fn end(living: &Living) {
    living.tools.iter().for_each(|&tool| kill(tool));
    living.files.iter().for_each(|path| drop(remove(path))); // nowhere left to complain
}

/// Removes whatever stands at `path`, if anything does. A thread of ours, or a tool whose hwgen was
/// killed, may still be writing into it: then it is tried again.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    for _ in 0..20 {
        match remove_once(path) {
            Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => {
                std::thread::sleep(Duration::from_millis(10));
            }
            done => return done,
        }
    }
    remove_once(path)
}

fn remove_once(path: &Path) -> io::Result<()> {
    let removed = match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    removed.or_else(|error| match error.kind() {
        io::ErrorKind::NotFound => Ok(()),
        _ => Err(error),
    })
}

/// Ends a tool and all that it started.
fn kill(tool: u32) {
    if let Some(group) = i32::try_from(tool).ok().and_then(Pid::from_raw) {
        let _ = kill_process_group(group, Signal::KILL); // it may have ended meanwhile
    }
}

/// A running tool, with all that it starts; dropped, it ends.
pub(crate) struct Running(Child);

impl Running {
    /// Starts `command`.
    pub fn start(command: &mut Command) -> io::Result<Self> {
        let mut living = living();
        if living.is_watched {
            command.process_group(0);
        }
        let child = command.spawn()?;
        if living.is_watched {
            living.tools.insert(child.id());
        }
        Ok(Self(child))
    }

    /// How it ended, if it has.
    pub fn status(&mut self) -> io::Result<Option<ExitStatus>> {
        let mut living = living();
        let status = self.0.try_wait()?;
        if status.is_some() {
            living.tools.remove(&self.0.id());
        }
        Ok(status)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Ok(None) = self.status() {
            if living().tools.remove(&self.0.id()) {
                kill(self.0.id());
            }
            let _ = self.0.kill().and_then(|()| self.0.wait().map(drop)); // it is of no use any more
        }
    }
}

/// A path that is removed if hwgen is ended before this is dropped.
pub(crate) struct Unfinished(PathBuf);

impl Unfinished {
    /// Makes the directory `path`.
    pub fn folder(path: &Path) -> io::Result<Self> {
        let mut living = living();
        fs::create_dir(path)?;
        living.files.insert(path.to_owned());
        Ok(Self(path.to_owned()))
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        living().files.remove(&self.0);
    }
}

/// A temporary directory, removed when it is dropped and when hwgen is ended.
pub struct Scratch {
    // Dropped in this order.
    folder: TempDir,
    _unfinished: Unfinished,
}

impl Scratch {
    /// In the place of temporary files.
    pub fn new() -> Result<Self, SimError> {
        Self::hidden_in(&std::env::temp_dir()).map_err(|error| no_temporary(&error))
    }

    /// In `folder`, hidden. An error does not tell the name that it would have had.
    pub fn hidden_in(folder: &Path) -> io::Result<Self> {
        let mut living = living();
        let folder = tempfile::Builder::new().prefix(HIDDEN).tempdir_in(folder);
        let folder = folder.map_err(|error| without_name(&error))?;
        living.files.insert(folder.path().to_owned());
        let unfinished = Unfinished(folder.path().to_owned());
        Ok(Self { folder, _unfinished: unfinished })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Leaves it where it is, since it holds what no one else has.
    pub fn keep(self) -> PathBuf {
        self.folder.keep()
    }
}

/// Whether `path` is in a temporary directory in the place of temporary files.
pub(crate) fn is_temporary(path: &Path) -> bool {
    let place = std::path::absolute(std::env::temp_dir()).unwrap_or_default();
    let inside = path.strip_prefix(place).ok();
    let first = inside.and_then(|inside| inside.iter().next());
    first.is_some_and(|name| name.as_encoded_bytes().starts_with(HIDDEN.as_bytes()))
}

/// What the system says, without the path that `tempfile` adds.
fn without_name(error: &io::Error) -> io::Error {
    let said = error.to_string();
    io::Error::new(error.kind(), said.split(" at path ").next().unwrap_or_default())
}

/// Does what must not be broken off half way; a signal waits. `work` must not start tools or make
/// temporary files.
pub fn undisturbed<T>(work: impl FnOnce() -> T) -> T {
    let _living = living();
    work()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_still_written_into_is_removed() {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let path = folder.path().join("building");
        fs::create_dir(&path).expect("a directory");
        std::thread::scope(|scope| {
            let writer = scope.spawn(|| {
                // Until the directory is gone.
                (0..).take_while(|n: &u32| fs::write(path.join(n.to_string()), "").is_ok()).count()
            });
            std::thread::sleep(Duration::from_millis(5));
            remove(&path).expect("it is removed");
            writer.join().expect("the thread ends");
        });
        assert!(!path.exists());
    }
}
