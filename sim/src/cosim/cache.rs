//! Built libraries, kept under a hash of everything that went into them.
//!
//! Two processes may ask for the same library at once: one builds, the other waits for the lock.
//! A library appears by renaming a finished build, so a killed build leaves nothing that could be
//! mistaken for one.

use crate::SimError;
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// Libraries kept; the ones unused for longest go first.
const KEPT: usize = 500;

/// A directory of finished builds.
#[derive(Clone, Debug)]
pub struct Cache {
    root: PathBuf,
}

impl Cache {
    /// The user's cache: `$HWGEN_CACHE`, else `$XDG_CACHE_HOME/hwgen`, else `~/.cache/hwgen`.
    pub fn of_user() -> Self {
        let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        let root = variable("HWGEN_CACHE").map(PathBuf::from);
        let root = root.or_else(|| Some(PathBuf::from(variable("XDG_CACHE_HOME")?).join("hwgen")));
        let root = root.or_else(|| Some(PathBuf::from(variable("HOME")?).join(".cache/hwgen")));
        Self::at(root.unwrap_or_else(|| std::env::temp_dir().join("hwgen")))
    }

    /// A cache in `root`, which need not exist.
    pub const fn at(root: PathBuf) -> Self {
        Self { root }
    }

    /// Where it is.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The finished build of `key`; made by `build` in an empty directory if there is none.
    pub fn get(
        &self,
        key: &Key,
        build: impl FnOnce(&Path) -> Result<(), SimError>,
    ) -> Result<PathBuf, SimError> {
        let finished = self.root.join(key.hex());
        fs::create_dir_all(&self.root).map_err(SimError::file(&self.root))?;
        let lock_path = self.root.join(format!("{}.lock", key.hex()));
        let lock = File::create(&lock_path).map_err(SimError::file(&lock_path))?;
        lock.lock().map_err(SimError::file(&lock_path))?;
        if finished.is_dir() {
            // Its age says when it was last of use.
            let used =
                File::open(&finished).and_then(|f| f.set_modified(std::time::SystemTime::now()));
            used.map_err(SimError::file(&finished))?;
            return Ok(finished);
        }
        // Whatever stands here was left by a build that died holding the lock.
        let building = self.root.join(format!("{}.building", key.hex()));
        if building.exists() {
            fs::remove_dir_all(&building).map_err(SimError::file(&building))?;
        }
        fs::create_dir(&building).map_err(SimError::file(&building))?;
        if let Err(error) = build(&building) {
            let _ = fs::remove_dir_all(&building); // the first error is the one to report
            return Err(error);
        }
        fs::rename(&building, &finished).map_err(SimError::file(&finished))?;
        self.prune();
        Ok(finished)
    }

    /// Removes the builds unused for longest. A library in use stays usable: it is mapped.
    fn prune(&self) {
        let Ok(entries) = fs::read_dir(&self.root) else { return };
        let aged = entries.flatten().filter_map(|entry| {
            let metadata = entry.metadata().ok().filter(fs::Metadata::is_dir)?;
            let finished = entry.path().extension().is_none();
            finished.then_some((metadata.modified().ok()?, entry.path()))
        });
        let mut aged: Vec<_> = aged.collect();
        aged.sort();
        for (_, path) in aged.iter().take(aged.len().saturating_sub(KEPT)) {
            let _ = fs::remove_dir_all(path); // another process may be doing the same
        }
    }
}

/// A hash over everything that decides what a library does.
#[derive(Clone, Debug, Default)]
pub struct Key(Sha256);

impl Key {
    /// Adds one input. Lengths are hashed too, so that moving text between inputs shows.
    #[must_use]
    pub fn with(mut self, part: &str) -> Self {
        self.0.update((part.len() as u64).to_le_bytes());
        self.0.update(part.as_bytes());
        self
    }

    fn hex(&self) -> String {
        let digest = self.0.clone().finalize();
        digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn build_counting(count: &AtomicUsize) -> impl FnOnce(&Path) -> Result<(), SimError> + '_ {
        move |folder| {
            count.fetch_add(1, Ordering::SeqCst);
            let file = folder.join("product");
            fs::write(&file, "whole").map_err(SimError::file(&file))
        }
    }

    #[test]
    fn one_builds_while_others_wait() {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let cache = Cache::at(folder.path().join("cache"));
        let builds = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let key = Key::default().with("same");
                    let path = cache.get(&key, build_counting(&builds)).expect("a build");
                    assert_eq!(fs::read_to_string(path.join("product")).expect("a file"), "whole");
                });
            }
        });
        assert_eq!(builds.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn a_dead_build_is_not_taken_for_a_finished_one() {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let cache = Cache::at(folder.path().to_owned());
        let key = Key::default().with("killed");
        let remains = folder.path().join(format!("{}.building", key.hex()));
        fs::create_dir(&remains).expect("a directory");
        fs::write(remains.join("product"), "ha").expect("a file");
        let builds = AtomicUsize::new(0);
        let path = cache.get(&key, build_counting(&builds)).expect("a build");
        assert_eq!(builds.load(Ordering::SeqCst), 1);
        assert_eq!(fs::read_to_string(path.join("product")).expect("a file"), "whole");
    }

    #[test]
    fn parts_do_not_run_together() {
        let hex = |parts: [&str; 2]| Key::default().with(parts[0]).with(parts[1]).hex();
        assert_ne!(hex(["ab", "c"]), hex(["a", "bc"]));
    }
}
