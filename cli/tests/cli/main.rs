//! The binary as a user meets it: messages, exit codes, and what it does to the file system.

mod cache;
mod config;
mod messages;
mod output;
mod synth;
mod tools;

use assert_cmd::Command;
use hwgen_sim::tool::Tool;
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

/// Whether a test that needs `tools` can run; where skips are not allowed, it has to.
fn available(tools: &[Tool]) -> bool {
    let missing: Vec<_> = tools.iter().filter_map(|tool| tool.find().err()).collect();
    for error in &missing {
        eprintln!("SKIPPED: {error}");
    }
    let allowed = std::env::var_os("HWGEN_NO_SKIP").is_none();
    assert!(missing.is_empty() || allowed, "a check was skipped, and no skips are allowed");
    missing.is_empty()
}
