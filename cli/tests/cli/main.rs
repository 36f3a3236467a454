//! The binary as a user meets it: messages, exit codes, and what it does to the file system.

mod bad_inputs;
mod cache;
mod config;
mod cycles;
mod ending;
mod messages;
mod output;
mod page;
mod places;
mod reproduce;
mod run;
mod synth;
mod tools;

use assert_cmd::Command;
use hwgen_gen::params::{Accepts, Flag, Range, RealUpTo};
use std::path::Path;

/// `hwgen` with `arguments`, run in `folder`.
fn hwgen<S: AsRef<std::ffi::OsStr>>(folder: &Path, arguments: &[S]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hwgen"));
    command.current_dir(folder).args(arguments).env("COLUMNS", "100");
    command
}

/// Exit code and both outputs of a command.
fn outcome(mut command: Command) -> (i32, String, String) {
    let output = command.output().expect("hwgen runs");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    let code = output.status.code().expect("hwgen is not killed");
    (code, text(output.stdout), text(output.stderr))
}

/// Values that a flag does not take.
struct BadValues {
    /// Zero, negative, huge, just outside, and no number at all.
    kinds: Vec<String>,
    /// Nothing, and what would be taken in another spelling.
    spellings: Vec<String>,
}

impl BadValues {
    fn of(flag: &Flag) -> Self {
        let (kinds, spellings, outside): (&[&str], &[&str], _) = match &flag.accepts {
            Accepts::Switch => (&[], &["3"], vec![]),
            Accepts::Number(Range(low, high)) => {
                let mut outside = vec![(u64::from(*high) + 1).to_string(), u128::MAX.to_string()];
                outside.extend(low.checked_sub(1).map(|below| below.to_string()));
                let spellings = &["+4", "1_0", "0x10", "1e2", " 4", "\u{664}", "", "--width"];
                (&["-1", "sixteen", "1.5"], spellings, outside)
            }
            Accepts::Real(RealUpTo(bound)) => {
                let outside = vec![(bound * 1.001 + 0.1).to_string()];
                (&["-1", "NaN", "inf", "nonsense"], &["+0.01", "1e999", "0,1", ""], outside)
            }
            Accepts::Word(_) => (&["nonsense", ""], &["NONE", "a b"], vec![]),
            Accepts::Other(_) => (&["nonsense"], &[], vec![]),
        };
        let [mut kinds, spellings] =
            [kinds, spellings].map(|all| all.iter().map(|value| (*value).to_owned()).collect());
        Vec::extend(&mut kinds, outside);
        Self { kinds, spellings }
    }
}

/// A block to try things on: the first of the registry.
fn some_block() -> &'static str {
    hwgen_gen::blocks::ALL[0].name
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary directory")
}
