//! Built libraries, kept under a hash of everything that went into them.
//!
//! Two processes may ask for the same library at once: one builds, the other waits for the lock.
//! A library appears by renaming a finished build, so a killed build leaves nothing that could be
//! mistaken for one. A digest of all its files seals it: what is cut, changed or foreign is built
//! again.

use crate::SimError;
use crate::ending::{self, Unfinished};
use crate::output;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Libraries kept; the ones unused for longest go first.
const KEPT: usize = 500;

/// File of a finished build that holds the digest of all the others.
const SEAL: &str = "sha256";

/// What a lock is called after its key.
const LOCK: &str = ".lock";

/// Hexadecimal digits of a key.
const DIGITS: usize = 32;

/// What a cache holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Contents {
    /// Finished builds.
    pub models: u64,
    /// Bytes of all files.
    pub bytes: u64,
}

/// A directory of finished builds.
#[derive(Clone, Debug)]
pub struct Cache {
    root: PathBuf,
    /// The variable that decides where it is, and its value.
    named: Option<(&'static str, OsString)>,
}

impl Cache {
    /// The user's cache: `$HWGEN_CACHE`, else `$XDG_CACHE_HOME/hwgen`, else `~/.cache/hwgen`.
    pub fn of_user() -> Self {
        let below = [("HWGEN_CACHE", ""), ("XDG_CACHE_HOME", "hwgen"), ("HOME", ".cache/hwgen")];
        let mut named = below.into_iter().filter_map(|(name, below)| {
            let value = std::env::var_os(name).filter(|value| !value.is_empty())?;
            let root = Path::new(&value).join(below).components().collect();
            Some(Self { root, named: Some((name, value)) })
        });
        named.next().unwrap_or_else(|| Self::at(std::env::temp_dir().join("hwgen")))
    }

    /// A cache in `root`, which need not exist.
    pub const fn at(root: PathBuf) -> Self {
        Self { root, named: None }
    }

    /// Where it is.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The finished build of `key`; made by `build` in an empty directory if there is none that is
    /// whole. A cache that cannot be written is used as it is.
    pub fn get(
        &self,
        key: &Key,
        build: impl FnOnce(&Path) -> Result<(), SimError>,
    ) -> Result<PathBuf, SimError> {
        let finished = self.root.join(key.hex());
        let _lock = match self.lock(key) {
            Err(_) if is_whole(&finished) => return Ok(finished),
            lock => lock?,
        };
        if is_whole(&finished) {
            // Its age says when it was last of use.
            let now = std::time::SystemTime::now();
            let _ = File::open(&finished).and_then(|folder| folder.set_modified(now));
            return Ok(finished);
        }
        // Whatever stands here was left by a build that died holding the lock, or is spoilt.
        let building = self.root.join(format!("{}.building", key.hex()));
        for path in [&building, &finished] {
            ending::remove(path).map_err(|error| self.error(error))?;
        }
        let _unfinished = Unfinished::folder(&building).map_err(|error| self.error(error))?;
        let sealed = build(&building).and_then(|()| {
            let sealed = digest(&building).and_then(|text| fs::write(building.join(SEAL), text));
            sealed.map_err(SimError::file(&building))
        });
        if let Err(error) = sealed {
            let _ = fs::remove_dir_all(&building); // the first error is the one to report
            return Err(match error {
                SimError::File { path, reason } if path.starts_with(&building) => {
                    self.error(reason)
                }
                error => error,
            });
        }
        fs::rename(&building, &finished).map_err(|error| self.error(error))?;
        self.prune();
        Ok(finished)
    }

    /// Waits until nobody else is at the build of `key`.
    fn lock(&self, key: &Key) -> Result<Held, SimError> {
        fs::create_dir_all(&self.root).map_err(|error| self.error(error))?;
        let path = self.root.join(format!("{}{LOCK}", key.hex()));
        let lock = || loop {
            let lock = open_lock(&path)?;
            lock.lock()?;
            let held = Held(lock);
            // Whoever held it before may have removed it, and then it is no longer the lock.
            if fs::metadata(&path).is_ok_and(|found| is_same(&found, &held.0)) {
                return Ok(held);
            }
        };
        lock().map_err(|error| self.error(error))
    }

    /// What is kept: models that are whole or not, and builds that nobody is at.
    pub fn contents(&self) -> Result<Contents, SimError> {
        let mut contents = Contents::default();
        for path in self.entries()?.into_iter().filter(|path| path.is_dir()) {
            contents.models += u64::from(path.extension().is_none());
            contents.bytes += size(&path);
        }
        Ok(contents)
    }

    /// Removes all that is kept, but for what other processes are building.
    pub fn clear(&self) -> Result<Contents, SimError> {
        let before = self.contents()?;
        for path in self.entries()? {
            let lock = path.with_extension(&LOCK[1..]);
            let open = open_lock(&lock).map_err(|error| self.error(error))?;
            if open.try_lock().is_ok() {
                let _held = Held(open);
                for path in [&path.with_extension(""), &path.with_extension("building"), &lock] {
                    ending::remove(path).map_err(|error| self.error(error))?;
                }
            }
        }
        let after = self.contents()?;
        Ok(Contents { models: before.models - after.models, bytes: before.bytes - after.bytes })
    }

    /// That something could not be done in the directory: its files have names that no user knows.
    fn error(&self, reason: std::io::Error) -> SimError {
        let Some((name, value)) = &self.named else { return SimError::file(&self.root)(reason) };
        let value = value.to_string_lossy().into_owned();
        if output::obstacle(&self.root).is_some() {
            let (reason, accepted) = ("not a directory".to_owned(), "a directory, or a new name");
            return SimError::Variable { name, value, reason, accepted };
        }
        SimError::Place { name, value, reason }
    }

    /// Everything of ours in the directory, and nothing else.
    fn entries(&self) -> Result<Vec<PathBuf>, SimError> {
        let entries = match fs::read_dir(&self.root) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(self.error(error)),
        };
        let paths = entries.flatten().map(|entry| entry.path());
        let is_ours = |path: &PathBuf| {
            let hex = path.file_stem().is_some_and(|stem| {
                let digits = stem.as_encoded_bytes();
                digits.len() == DIGITS && digits.iter().all(u8::is_ascii_hexdigit)
            });
            let ending = path.extension().map_or(Some(""), |ending| ending.to_str());
            hex && ending.is_some_and(|ending| ["", "building", "lock"].contains(&ending))
        };
        Ok(paths.filter(is_ours).collect())
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

/// A lock that is held until this is dropped.
///
/// To close the file would not end it: a tool that is just being started has the file open, too, up to
/// the moment when it becomes that tool.
struct Held(File);

impl Drop for Held {
    fn drop(&mut self) {
        let _ = self.0.unlock(); // what cannot be unlocked ends with the last who has it open
    }
}

/// Opens a lock, to read and to write: a pipe in its place, opened for one of them, would wait for its
/// other end.
fn open_lock(path: &Path) -> std::io::Result<File> {
    File::options().read(true).write(true).create(true).truncate(false).open(path)
}

/// Whether `found` is the file that is open.
fn is_same(found: &fs::Metadata, open: &File) -> bool {
    let number = |metadata: &fs::Metadata| (metadata.dev(), metadata.ino());
    open.metadata().is_ok_and(|open| number(&open) == number(found))
}

/// Bytes of all files below `folder`, as far as they can be seen.
fn size(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let sizes = entries.map(|entry| match entry.metadata() {
        Ok(found) if found.is_dir() => size(&entry.path()),
        Ok(found) => found.len(),
        Err(_) => 0,
    });
    sizes.sum()
}

/// Whether a finished build is there, with all files as they were built.
fn is_whole(folder: &Path) -> bool {
    // The digest first: it looks whether all that is there, the seal included, are files.
    let digest = digest(folder);
    digest.and_then(|digest| Ok(digest == fs::read_to_string(folder.join(SEAL))?)).unwrap_or(false)
}

/// The digest of names and contents of all files in `folder`, but for the seal.
fn digest(folder: &Path) -> std::io::Result<String> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        // To open a pipe is to wait for its other end.
        if !entry.file_type()?.is_file() {
            return Err(ErrorKind::InvalidData.into());
        }
        files.push(entry.path());
    }
    files.retain(|path| path.file_name().is_some_and(|name| name != SEAL));
    files.sort();
    let mut key = Key::default();
    for path in files {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        key = key.with(&name).with_bytes(&fs::read(&path)?);
    }
    Ok(key.hex())
}

/// A hash over everything that decides what a library does.
#[derive(Clone, Debug, Default)]
pub struct Key(Sha256);

impl Key {
    /// Adds one input. Lengths are hashed too, so that moving text between inputs shows.
    #[must_use]
    pub fn with(self, part: &str) -> Self {
        self.with_bytes(part.as_bytes())
    }

    fn with_bytes(mut self, part: &[u8]) -> Self {
        self.0.update((part.len() as u64).to_le_bytes());
        self.0.update(part);
        self
    }

    fn hex(&self) -> String {
        let digest = self.0.clone().finalize();
        digest.iter().take(DIGITS / 2).map(|byte| format!("{byte:02x}")).collect()
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

    /// Cut, emptied, foreign, without a file, with one more, or no directory at all.
    #[test]
    fn a_spoilt_build_is_made_again() {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let cache = Cache::at(folder.path().to_owned());
        let key = Key::default().with("spoilt");
        let builds = AtomicUsize::new(0);
        let get = || cache.get(&key, build_counting(&builds)).expect("a build");
        let finished = get();
        let product = finished.join("product");
        let make_pipe = |path: &Path| {
            fs::remove_file(path)?;
            std::process::Command::new("mkfifo").arg(path).status().map(drop)
        };
        let spoils: [&dyn Fn() -> std::io::Result<()>; 8] = [
            &|| make_pipe(&product),
            &|| make_pipe(&finished.join(SEAL)),
            &|| fs::write(&product, "who"),
            &|| fs::write(&product, ""),
            &|| fs::write(&product, "other"),
            &|| fs::remove_file(&product),
            &|| fs::write(finished.join("more"), "?"),
            &|| fs::remove_dir_all(&finished).and_then(|()| fs::write(&finished, "a file")),
        ];
        for (number, spoil) in spoils.into_iter().enumerate() {
            spoil().expect("a spoilt build");
            get();
            get();
            assert_eq!(builds.load(Ordering::SeqCst), number + 2);
            assert_eq!(fs::read_to_string(&product).expect("a file"), "whole");
        }
    }

    /// The lock cannot be made, as in a cache that cannot be written.
    #[test]
    fn a_cache_that_cannot_be_written_is_used() {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let cache = Cache::at(folder.path().to_owned());
        let key = Key::default().with("read only");
        let builds = AtomicUsize::new(0);
        let finished = cache.get(&key, build_counting(&builds)).expect("a build");
        let lock = folder.path().join(format!("{}.lock", key.hex()));
        fs::remove_file(&lock).and_then(|()| fs::create_dir(&lock)).expect("no lock");
        assert_eq!(cache.get(&key, build_counting(&builds)).expect("the build"), finished);
        assert_eq!(builds.load(Ordering::SeqCst), 1);
        fs::write(finished.join("product"), "").expect("a spoilt build");
        cache.get(&key, build_counting(&builds)).expect_err("neither whole nor writable");
    }

    #[test]
    fn a_pipe_is_as_good_a_lock() {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let cache = Cache::at(folder.path().to_owned());
        let key = Key::default().with("pipe");
        let lock = folder.path().join(format!("{}.lock", key.hex()));
        let made = std::process::Command::new("mkfifo").arg(&lock).status().expect("mkfifo");
        assert!(made.success());
        let builds = AtomicUsize::new(0);
        cache.get(&key, build_counting(&builds)).expect("a build");
        assert_eq!(builds.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn clearing_removes_what_is_ours_and_not_in_use() {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let cache = Cache::at(folder.path().join("cache"));
        assert_eq!(cache.clear().expect("no cache"), Contents::default());
        let builds = AtomicUsize::new(0);
        let [busy, free] = ["busy", "free"].map(|name| Key::default().with(name));
        for key in [&busy, &free] {
            cache.get(key, build_counting(&builds)).expect("a build");
        }
        fs::write(cache.root().join("notes.txt"), "mine").expect("a file");
        let _lock = cache.lock(&busy).expect("a lock");
        assert_eq!(cache.contents().expect("a cache").models, 2);
        assert_eq!(cache.clear().expect("a cache"), Contents { models: 1, bytes: 5 + 32 });
        assert_eq!(cache.contents().expect("a cache").models, 1);
        assert!(cache.root().join("notes.txt").is_file());
        cache.get(&free, build_counting(&builds)).expect("a build");
        assert_eq!(builds.load(Ordering::SeqCst), 3);
    }

    /// Another who has the file open, as a tool that is being started has, does not hold it.
    #[test]
    fn a_lock_ends_with_whoever_took_it() {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let cache = Cache::at(folder.path().to_owned());
        let key = Key::default().with("inherited");
        let held = cache.lock(&key).expect("a lock");
        let _inherited = held.0.try_clone().expect("the same open file");
        drop(held);
        let lock = open_lock(&folder.path().join(format!("{}{LOCK}", key.hex()))).expect("a file");
        lock.try_lock().expect("nobody holds it");
    }

    #[test]
    fn parts_do_not_run_together() {
        let hex = |parts: [&str; 2]| Key::default().with(parts[0]).with(parts[1]).hex();
        assert_ne!(hex(["ab", "c"]), hex(["a", "bc"]));
    }
}
