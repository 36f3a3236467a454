//! Exit codes, and the error they are chosen for.

use crate::artifacts::Refused;
use crate::refusal;
use hwgen_gen::package::PackageError;
use hwgen_gen::{DesignError, SpecError};
use hwgen_sim::SimError;
use std::io::{ErrorKind, Write};
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

/// Exit codes and variables, as the help shows them.
pub const HELP: &str = "\
Exit codes:
  0  success
  1  a design was found wrong
  2  bad command line, parameter or input file
  3  a tool is missing, broken or too old
  4  output refused or not writable
  5  a tool failed, or was given up

Environment:
  HWGEN_CACHE         compiled models are kept there
                      [default: ~/.cache/hwgen, or
                      $XDG_CACHE_HOME/hwgen]
  HWGEN_TOOL_SECONDS  a tool is given up after so long
                      [default: 3600]";

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// A mistake on the command line that clap cannot see.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Usage(pub String);

/// Prints `error` and chooses the exit code.
pub fn report(error: &anyhow::Error) -> Exit {
    let clap = error.downcast_ref::<clap::Error>();
    let clap = clap.or_else(|| match error.downcast_ref() {
        Some(DesignError::Flags(clap)) => Some(clap),
        _ => None,
    });
    if let Some(said) = clap.and_then(refusal::said) {
        complain(&said);
        return Exit::Usage;
    }
    if let Some(clap) = clap {
        let printed = clap.print();
        let failure = printed.err().filter(|error| error.kind() != ErrorKind::BrokenPipe);
        return match (clap.use_stderr(), failure) {
            (true, _) => Exit::Usage,
            (false, Some(error)) => {
                complain(&format!("standard output: {error}"));
                Exit::Output
            }
            (false, None) => Exit::Success,
        };
    }
    complain(&format!("{error:#}"));
    classify(error)
}

fn complain(what: &str) {
    let text = printable(&format!("error: {what}"));
    let _ = writeln!(std::io::stderr(), "{text}"); // nowhere left to complain
}

/// Characters of a line of a message, as they are shown: enough for any command.
const LONGEST_LINE: usize = 2000;

/// A message whatever it quotes: control characters are shown, not obeyed, and long lines are cut.
fn printable(message: &str) -> String {
    let character = |c: char| match c {
        c if c.is_control() && c != '\t' => c.escape_unicode().to_string(),
        c => c.to_string(),
    };
    let line = |line: &str| {
        let mut text = String::new();
        for (place, c) in line.chars().enumerate() {
            if text.len() > LONGEST_LINE {
                let rest = line.chars().count() - place;
                return format!("{text}.. ({rest} characters more)");
            }
            text += &character(c);
        }
        text
    };
    message.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

fn classify(error: &anyhow::Error) -> Exit {
    if let Some(error) = error.downcast_ref::<SimError>() {
        return match error {
            SimError::NoBatch { .. }
            | SimError::DontUse { .. }
            | SimError::Variable { .. }
            | SimError::Content { .. } => Exit::Usage,
            SimError::Missing(_)
            | SimError::Broken { .. }
            | SimError::NoRunTime
            | SimError::TooOld { .. }
            | SimError::NoLiberty(_) => Exit::ToolMissing,
            SimError::Failed { .. } | SimError::GivenUp { .. } | SimError::Product { .. } => {
                Exit::ToolFailed
            }
            SimError::File { .. } | SimError::Place { .. } | SimError::Output { .. } => {
                Exit::Output
            }
        };
    }
    let usage = error.is::<DesignError>()
        || error.is::<SpecError>()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_shown_and_not_obeyed() {
        assert_eq!(printable("a\u{1b}[2Jb\r\n\tc"), "a\\u{1b}[2Jb\\u{d}\n\tc");
        let long = printable(&"x".repeat(1 << 20));
        assert!(long.ends_with("x.. (1046575 characters more)"), "{}", &long[1990..]);
        assert!(printable(&"\0".repeat(1 << 20)).len() < 2100);
    }
}
