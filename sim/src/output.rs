//! Files that a user names to be written: whole or not at all, and never over anything but a file.

use crate::SimError;
use crate::ending::{Scratch, undisturbed};
use std::fs::{self, FileType};
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

/// A file that is going to be written. Until it is put in its place, whatever stands there stays.
pub struct Output {
    path: PathBuf,
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
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let folder = Scratch::hidden_in(parent.unwrap_or(Path::new(".")));
        let folder = folder.map_err(|error| refused(without_place(&error)))?;
        Ok(Self { path: path.to_owned(), folder })
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

/// What the system says, without the temporary name that the error adds.
fn without_place(error: &io::Error) -> String {
    let said = error.to_string();
    said.split(" at path ").next().unwrap_or_default().to_owned()
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
