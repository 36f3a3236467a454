//! Exit codes, and the error they are chosen for.

use crate::artifacts::Refused;
use hwgen_gen::package::PackageError;
use hwgen_gen::{DesignError, SpecError, WorkloadError};
use hwgen_sim::SimError;
use std::io::{ErrorKind, Write};
use std::path::Path;
use std::process::ExitCode;

/// What the caller learns from the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done, and nothing found wrong.
    Success = 0,
    /// A design was judged and found wrong.
    Failed = 1,
    /// The command line, a parameter or a file to be read makes no sense.
    Usage = 2,
    /// A tool is missing, broken or too old.
    ToolMissing = 3,
    /// Output was refused, or a file could not be written.
    Output = 4,
    /// A tool failed where it should not.
    ToolFailed = 5,
}

/// The table of exit codes, as the help shows it.
pub const HELP: &str = "Exit codes: 0 success, 1 a design was found wrong, 2 bad command line, \
parameter or input file, 3 a tool is missing, broken or too old, 4 output refused or not writable, 5 a tool failed";

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// A mistake on the command line that clap cannot see.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Usage(pub String);

/// A file given by the user.
pub fn input(path: &Path) -> Result<String, Usage> {
    std::fs::read_to_string(path).map_err(|error| Usage(format!("{}: {error}", path.display())))
}

/// Prints `error` and chooses the exit code.
pub fn report(error: &anyhow::Error) -> Exit {
    let clap = error.downcast_ref::<clap::Error>();
    let clap = clap.or_else(|| match error.downcast_ref() {
        Some(DesignError::Flags(clap)) => Some(clap),
        _ => None,
    });
    if let Some(clap) = clap {
        let printed = clap.print();
        let failed = printed.is_err_and(|error| error.kind() != ErrorKind::BrokenPipe);
        return match clap.use_stderr() {
            true => Exit::Usage,
            false if failed => Exit::Output,
            false => Exit::Success,
        };
    }
    let _ = writeln!(std::io::stderr(), "error: {error:#}"); // nowhere left to complain
    classify(error)
}

fn classify(error: &anyhow::Error) -> Exit {
    if let Some(error) = error.downcast_ref::<SimError>() {
        return match error {
            SimError::NoBatch { .. } | SimError::DontUse { .. } | SimError::Content { .. } => {
                Exit::Usage
            }
            SimError::Missing(_)
            | SimError::Broken { .. }
            | SimError::NoRunTime
            | SimError::TooOld { .. }
            | SimError::NoLiberty(_) => Exit::ToolMissing,
            SimError::Failed { .. } | SimError::Product { .. } => Exit::ToolFailed,
            SimError::File { .. } => Exit::Output,
        };
    }
    let usage = error.is::<DesignError>()
        || error.is::<SpecError>()
        || error.is::<WorkloadError>()
        || error.is::<PackageError>()
        || error.is::<Usage>();
    if usage {
        Exit::Usage
    } else if error.is::<Refused>() || error.chain().any(|cause| cause.is::<std::io::Error>()) {
        Exit::Output
    } else {
        Exit::ToolFailed
    }
}
