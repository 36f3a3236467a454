//! Writing a package: all of it or nothing, and never over something that hwgen did not write.

use anyhow::Context;
use hwgen_gen::package::{self, File};
use hwgen_sim::ending::{Scratch, undisturbed};
use hwgen_sim::output;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

/// Why a package is not written.
#[derive(Debug, thiserror::Error)]
#[error("{}: {reason}", path.display())]
pub struct Refused {
    path: PathBuf,
    reason: String,
}

/// What was written, and where the directory went that stood there before.
#[derive(Debug)]
pub struct Written {
    /// The directory.
    pub directory: PathBuf,
    /// Files in it, relative.
    pub files: Vec<String>,
    /// With `--force`: what stood there before, moved aside.
    pub moved_aside: Option<PathBuf>,
}

/// Writes `files` as `directory`.
///
/// A package that hwgen wrote and nobody touched is replaced, but for what tools made of it. Anything
/// else is refused or, with `force`, moved aside: nothing is ever lost.
pub fn write(directory: &Path, files: &[File], force: bool) -> anyhow::Result<Written> {
    let directory = absolute(directory)?;
    let parent =
        directory.parent().ok_or_else(|| refusal(&directory, "it has no parent directory"))?;
    if let Some(obstacle) = output::obstacle(parent) {
        let reason = format!("{} is not a directory", obstacle.display());
        anyhow::bail!(refusal(&directory, &reason));
    }
    fs::create_dir_all(parent).with_context(|| not_written(&directory))?;
    // Two runs at once take turns.
    let lock = fs::File::open(parent).with_context(|| parent.display().to_string())?;
    lock.lock().with_context(|| parent.display().to_string())?;
    let untouched = inspect(&directory);
    if let (Err(refused), false) = (&untouched, force) {
        let reason = format!("{}; --force moves it aside", refused.reason);
        anyhow::bail!(refusal(&directory, &reason));
    }
    let staging = Scratch::hidden_in(parent).with_context(|| not_written(&directory))?;
    let (fresh, replaced) = (staging.path().join("new"), staging.path().join("old"));
    for file in files {
        let written = write_file(&fresh.join(&file.path), &file.text);
        written.with_context(|| not_written(&directory.join(&file.path)))?;
    }
    let moved_aside = match undisturbed(|| exchange(&directory, &fresh, &replaced, untouched)) {
        Ok(moved_aside) => moved_aside,
        Err(Stuck { error, is_lost: false }) => return Err(error),
        Err(Stuck { error, is_lost: true }) => return Err(keep(staging, error)),
    };
    let files = files.iter().map(|file| file.path.clone()).collect();
    Ok(Written { directory, files, moved_aside })
}

/// Why a package is not in its place.
struct Stuck {
    error: anyhow::Error,
    /// What was there before is in the place of what was replaced, and nowhere else.
    is_lost: bool,
}

impl From<anyhow::Error> for Stuck {
    fn from(error: anyhow::Error) -> Self {
        Self { error, is_lost: false }
    }
}

/// Puts `fresh` in the place of `directory`. What stood there goes to `replaced`, or aside if it is
/// not ours: then where to is returned.
fn exchange(
    directory: &Path,
    fresh: &Path,
    replaced: &Path,
    found: Result<State, Refused>,
) -> Result<Option<PathBuf>, Stuck> {
    let moved_aside = match found {
        Ok(State::Absent) => None,
        Ok(State::Ours) => {
            // Deleted with the staging directory, after the new package is in place.
            fs::rename(directory, replaced).with_context(|| not_written(directory))?;
            None
        }
        Err(_) => Some(move_aside(directory)?),
    };
    let placed = fs::rename(fresh, directory).with_context(|| not_written(directory));
    if let Err(error) = placed {
        let back = moved_aside.as_deref().unwrap_or(replaced);
        let is_lost = back.exists() && fs::rename(back, directory).is_err();
        return Err(Stuck { error, is_lost });
    }
    keep_products(replaced, directory).map_err(|error| Stuck { error, is_lost: true })?;
    Ok(moved_aside)
}

/// What may be replaced without asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Absent,
    Ours,
}

/// Looks at what stands at `directory`.
fn inspect(directory: &Path) -> Result<State, Refused> {
    let metadata = match fs::symlink_metadata(directory) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(State::Absent),
        Err(error) => return Err(refusal(directory, &error.to_string())),
    };
    if metadata.is_symlink() {
        return Err(refusal(directory, "it is a symbolic link"));
    }
    if !metadata.is_dir() {
        return Err(refusal(directory, "it is a file"));
    }
    let present = files_below(directory)
        .map_err(|error| refusal(directory, &format!("it cannot be read: {error}")))?;
    match package::foreign(&present) {
        None => Ok(State::Ours),
        Some(path) => Err(refusal(directory, &format!("hwgen did not write its '{path}'"))),
    }
}

/// All files below `directory`, but for products of tools: relative path with forward slashes, and
/// content if it is text.
fn files_below(directory: &Path) -> io::Result<Vec<(String, Option<String>)>> {
    let mut files = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(directory.join(&folder))? {
            let entry = entry?;
            let path = folder.join(entry.file_name());
            let kind = entry.file_type()?;
            if kind.is_dir() {
                if path != Path::new(package::PRODUCTS) {
                    folders.push(path);
                }
            } else {
                // To open a pipe is to wait for its other end.
                let bytes = kind.is_file().then(|| fs::read(entry.path()).ok()).flatten();
                let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
                let words: Vec<_> = path.iter().map(|word| word.to_string_lossy()).collect();
                files.push((words.join("/"), text));
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Does not delete `staging`, which holds what no one else has because of `error`.
fn keep(staging: Scratch, error: anyhow::Error) -> anyhow::Error {
    error.context(format!("what was there before is in {}", staging.keep().display()))
}

/// Puts what tools made of the package in `from` into the one in `to`.
fn keep_products(from: &Path, to: &Path) -> anyhow::Result<()> {
    let (from, to) = (from.join(package::PRODUCTS), to.join(package::PRODUCTS));
    if from.is_dir() {
        let moved = fs::remove_dir_all(&to).and_then(|()| fs::rename(&from, &to));
        moved.with_context(|| not_written(&to))?;
    }
    Ok(())
}

/// Renames to `<directory>.before-1`, `-2`, … whichever is free.
fn move_aside(directory: &Path) -> anyhow::Result<PathBuf> {
    let name = directory.file_name().unwrap_or_default().to_string_lossy();
    let candidates = (1_u32..).map(|n| directory.with_file_name(format!("{name}.before-{n}")));
    let mut free = candidates.filter(|path| fs::symlink_metadata(path).is_err());
    let path = free.next().ok_or_else(|| refusal(directory, "no free name to move it to"))?;
    fs::rename(directory, &path).with_context(|| not_written(&path))?;
    Ok(path)
}

/// What an error is about: the place that the user knows, whatever the name meanwhile.
fn not_written(path: &Path) -> String {
    format!("{}: not written", path.display())
}

fn write_file(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, text)
}

/// `directory` from the root of the file system on, without `..`: such a path may lead through the
/// directory itself, hence nowhere once it is moved.
pub fn absolute(directory: &Path) -> anyhow::Result<PathBuf> {
    let resolve = || {
        let mut resolved = PathBuf::new();
        for component in std::path::absolute(directory)?.components() {
            if component == Component::ParentDir {
                resolved = resolved.canonicalize()?;
                resolved.pop();
            } else {
                resolved.push(component);
            }
        }
        io::Result::Ok(resolved)
    };
    resolve().with_context(|| directory.display().to_string())
}

fn refusal(path: &Path, reason: &str) -> Refused {
    Refused { path: path.to_owned(), reason: reason.to_owned() }
}
