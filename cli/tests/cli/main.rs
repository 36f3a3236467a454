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
mod synth;
mod tools;

use assert_cmd::Command;
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

/// A block to try things on: the first of the registry.
fn some_block() -> &'static str {
    hwgen_gen::blocks::ALL[0].name
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary directory")
}
