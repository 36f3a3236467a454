//! Files that a user names to be written: whole or not at all, and never over anything but a file.

use crate::SimError;
use crate::ending::{Scratch, undisturbed};
use std::collections::BTreeSet;
use std::fs::{self, FileType};
use std::io::ErrorKind;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A file that is going to be written. Until it is put in its place, whatever stands there stays.
pub struct Output {
    path: PathBuf,
    _claim: Claim,
    /// Beside it, on the same disk.
    folder: Scratch,
}

impl Output {
    /// Checks that `path` can be written, before work begins whose results it takes.
    ///
    /// # Errors
    /// If something stands there that is no file, a link included, or if its directory cannot be
    /// written.
    pub fn new(path: &Path) -> Result<Self, SimError> {
        let refused = |reason: String| SimError::Output { path: path.to_owned(), reason };
        if path.file_name().is_none() || path.as_os_str().as_encoded_bytes().ends_with(b"/") {
            return Err(refused("it names no file".to_owned()));
        }
        match fs::symlink_metadata(path) {
            Ok(found) if found.is_file() && found.permissions().readonly() => {
                return Err(refused("it is read-only".to_owned()));
            }
            Ok(found) if found.is_file() => {}
            Ok(found) => {
                let kind = kind(found.file_type());
                return Err(refused(format!("it is {kind}; accepted: a file, or a new name")));
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(refused(error.to_string())),
        }
        let claim = Claim::new(path).map_err(|reason| refused(reason.to_owned()))?;
        let folder = Scratch::hidden_in(parent(path));
        let folder = folder.map_err(|error| refused(error.to_string()))?;
        Ok(Self { path: path.to_owned(), _claim: claim, folder })
    }

    /// Where it is written until it is whole.
    pub fn staged(&self) -> PathBuf {
        self.folder.path().join(self.path.file_name().unwrap_or_default())
    }

    /// Puts it in its place.
    pub fn finish(self) -> Result<(), SimError> {
        let staged = self.staged();
        // On some systems a full disk shows only now.
        let whole = fs::File::open(&staged).and_then(|file| file.sync_all());
        if let Ok(before) = fs::metadata(&self.path) {
            let _ = fs::set_permissions(&staged, before.permissions()); // whoever could read it still can
        }
        let placed = whole.and_then(|()| undisturbed(|| fs::rename(&staged, &self.path)));
        placed.map_err(|error| self.refused(&error))
    }

    /// Writes all of it and puts it in its place.
    pub fn write(self, text: &str) -> Result<(), SimError> {
        fs::write(self.staged(), text).map_err(|error| self.refused(&error))?;
        self.finish()
    }

    /// The error of a file that is not whole.
    pub(crate) fn refused(&self, reason: &dyn ToString) -> SimError {
        SimError::Output { path: self.path.clone(), reason: reason.to_string() }
    }
}

/// Files that are read, and those that are going to be written: none is both, and none is two outputs.
struct Named {
    read: BTreeSet<PathBuf>,
    written: BTreeSet<PathBuf>,
}

static NAMED: Mutex<Named> = Mutex::new(Named { read: BTreeSet::new(), written: BTreeSet::new() });

fn named() -> MutexGuard<'static, Named> {
    NAMED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps a place for one output, until it is dropped.
struct Claim(PathBuf);

impl Claim {
    fn new(path: &Path) -> Result<Self, &'static str> {
        let (place, mut named) = (place(path), named());
        if named.read.contains(&place) {
            return Err("it is an input of the same command; accepted: another name");
        }
        if !named.written.insert(place.clone()) {
            return Err("it is another output of the same command; accepted: another name");
        }
        Ok(Self(place))
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        named().written.remove(&self.0);
    }
}

/// Says that a file is an input.
///
/// # Errors
/// If it is an output, too.
pub(crate) fn read(path: &Path) -> Result<(), &'static str> {
    let (place, mut named) = (place(path), named());
    if named.written.contains(&place) {
        return Err("it is an output of the same command; accepted: another name");
    }
    named.read.insert(place);
    Ok(())
}

/// The one name of a file, which need not exist.
fn place(path: &Path) -> PathBuf {
    let there = fs::canonicalize(path);
    let beside = |_| {
        let parent = fs::canonicalize(parent(path)).unwrap_or_else(|_| parent(path).to_owned());
        path.file_name().map_or_else(|| parent.clone(), |name| parent.join(name))
    };
    there.unwrap_or_else(beside)
}

fn parent(path: &Path) -> &Path {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    parent.unwrap_or(Path::new("."))
}

/// What stands in the way of a directory `path`: something above it, or itself, that is none.
pub fn obstacle(path: &Path) -> Option<&Path> {
    let mut there = path.ancestors().filter(|place| fs::symlink_metadata(place).is_ok());
    there.next().filter(|place| !place.is_dir())
}

/// What stands where a file is wanted.
fn kind(found: FileType) -> &'static str {
    match found {
        found if found.is_symlink() => "a symbolic link",
        found if found.is_dir() => "a directory",
        found if found.is_fifo() => "a pipe",
        found if found.is_socket() => "a socket",
        _ => "a device",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("a folder");
        let names = entries.map(|entry| entry.expect("an entry").file_name());
        let mut names: Vec<_> = names.map(|name| name.to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn what_stood_there_stays_until_all_is_written() {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let path = folder.path().join("file");
        fs::write(&path, "before").expect("a file");
        let output = Output::new(&path).expect("a file may be replaced");
        fs::write(output.staged(), "half").expect("a staged file");
        drop(output);
        assert_eq!(fs::read_to_string(&path).expect("the file"), "before");
        Output::new(&path).and_then(|output| output.write("after")).expect("it is written");
        assert_eq!(fs::read_to_string(&path).expect("the file"), "after");
        assert_eq!(names(folder.path()), ["file"]);
    }

    #[test]
    fn no_file_is_two_things() {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let [one, two] = ["one", "two"].map(|name| folder.path().join(name));
        fs::write(&one, "content").expect("a file");
        let said = |path: &Path| Output::new(path).err().expect("a refusal").to_string();
        let output = Output::new(&two).expect("a new file");
        let other = folder.path().join("../").join(folder.path().file_name().expect("a name"));
        assert!(said(&other.join("two")).contains("another output of the same command"));
        assert_eq!(crate::input::text(&one).expect("a text"), "content");
        assert!(said(&one).contains("an input of the same command"));
        fs::write(&two, "?").expect("a file");
        let error = crate::input::text(&two).expect_err("an output").to_string();
        assert!(error.contains("an output of the same command"), "{error}");
        drop(output);
        assert!(Output::new(&two).is_ok(), "it is no longer an output");
    }

    #[test]
    fn only_files_are_replaced() {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let at = |name: &str| folder.path().join(name);
        fs::write(at("mine"), "mine").expect("a file");
        symlink("mine", at("link")).expect("a link");
        symlink("/dev/full", at("device")).expect("a link");
        fs::create_dir(at("folder")).expect("a folder");
        fs::write(at("kept"), "kept").expect("a file");
        let kept = fs::Permissions::from_mode(0o444);
        fs::set_permissions(at("kept"), kept).expect("a file that is read-only");
        for (path, said) in [
            (at("kept"), "read-only"),
            (at("link"), "symbolic link"),
            (at("device"), "symbolic link"),
            (at("folder"), "a directory"),
            (PathBuf::from("/dev/null"), "a device"),
            (at("new/"), "names no file"),
            (at("absent/file"), "No such file or directory (os error 2)"),
            (at("mine/file"), "ot a directory"),
            (PathBuf::new(), "names no file"),
        ] {
            let error = Output::new(&path).map(drop).expect_err("no file").to_string();
            assert!(error.contains(said), "{}: {error}", path.display());
            assert!(!error.contains(".hwgen"), "{error}");
        }
        assert_eq!(fs::read_to_string(at("mine")).expect("the file"), "mine");
        assert_eq!(names(folder.path()), ["device", "folder", "kept", "link", "mine"]);
    }
}
