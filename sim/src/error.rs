//! What can go wrong around a tool. A design found wrong is a verdict, not an error.

use crate::ending;
use crate::tool::{TEMPORARY, Tool};
use std::path::{Path, PathBuf};

/// Why a judgement could not be reached.
#[derive(Debug, thiserror::Error)]
pub enum SimError {
    /// The tool is not on the search path.
    #[error("{} is not installed; {}", .0.program(), .0.advice())]
    Missing(Tool),
    /// The tool is on the search path and does not work.
    #[error("{} is there and does not work: {said}; {}", path.display(), tool.remedy())]
    Broken {
        /// Which tool.
        tool: Tool,
        /// The executable.
        path: PathBuf,
        /// What it says when it is asked for its version.
        said: String,
    },
    /// Verilator is there, but not what it compiles into every model.
    #[error(
        "verilator: its run time (include/verilated.cpp) is not where verilator_bin says; \
         reinstall it, or set VERILATOR_ROOT"
    )]
    NoRunTime,
    /// The tool is older than the oldest one known to work.
    #[error("{} {found} is too old; needed: {} or newer; {}", tool.program(), tool.oldest(), tool.advice())]
    TooOld {
        /// Which tool.
        tool: Tool,
        /// The version it gave.
        found: String,
    },
    /// A batch that the run does not have.
    #[error(
        "--batch {batch}: there is no such batch with this number of vectors; accepted: 0..={last}"
    )]
    NoBatch {
        /// The batch asked for.
        batch: usize,
        /// The last one there is.
        last: usize,
    },
    /// The standard cells that a default stands for are not there.
    #[error(
        "{}: the OSU018 standard cells are not installed; install them with 'make tools' or \
         'apt-get install qflow-tech-osu018', or name other cells with --liberty FILE", .0.display()
    )]
    NoLiberty(PathBuf),
    /// A pattern of cells not to be used that says nothing.
    #[error("--dont-use '{pattern}': {reason}")]
    DontUse {
        /// The pattern.
        pattern: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The tool ran and failed, or did not write what it should have written.
    #[error("{program} failed: {reason}\n  command: {command}\n{log}")]
    Failed {
        /// Program.
        program: String,
        /// What was expected of it.
        reason: String,
        /// Command line that repeats it.
        command: String,
        /// The end of what it printed.
        log: String,
    },
    /// The tool ran for too long, or said too much.
    #[error("given up: {reason}\n  command: {command}")]
    GivenUp {
        /// Command line that repeats it.
        command: String,
        /// Why.
        reason: String,
    },
    /// A variable of the environment that says nothing.
    #[error("{name}={value}: {reason}; accepted: {accepted}")]
    Variable {
        /// Its name.
        name: &'static str,
        /// Its value.
        value: String,
        /// What is wrong with it.
        reason: String,
        /// What it may be.
        accepted: &'static str,
    },
    /// A place that a variable of the environment names takes no more files.
    #[error("{name}={value}: no file can be written there: {reason}")]
    Place {
        /// Its name.
        name: &'static str,
        /// Its value.
        value: String,
        /// Reason given by the system.
        reason: std::io::Error,
    },
    /// A file could not be read or written.
    #[error("{}: {reason}", path.display())]
    File {
        /// File or directory.
        path: PathBuf,
        /// Reason given by the system; no source, since whoever prints the chain would repeat it.
        reason: std::io::Error,
    },
    /// A file that the user wants written is not.
    #[error("{}: not written: {reason}", path.display())]
    Output {
        /// File.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// A file that a tool wrote does not say what it should.
    #[error("{}: {reason}", path.display())]
    Product {
        /// File.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A file given by the user cannot be read, or does not say what it should.
    #[error("{}: {reason}", path.display())]
    Content {
        /// File.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

impl SimError {
    /// An I/O error on `path`. Of a temporary file the user knows only where such are made.
    pub fn file(path: &Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        move |reason| match ending::is_temporary(path) {
            true => {
                let value = std::env::temp_dir().display().to_string();
                Self::Place { name: TEMPORARY, value, reason }
            }
            false => Self::File { path: path.to_owned(), reason },
        }
    }

    /// An I/O error on `path`, which the user gave to be read.
    pub fn input(path: &Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        move |error| Self::Content { path: path.to_owned(), reason: error.to_string() }
    }
}
