//! Tools that are missing or too old.

use crate::{folder, hwgen, outcome, some_block};
use std::fs;
use std::os::unix::fs::PermissionsExt;

const TOOL_MISSING: i32 = 3;

#[test]
fn a_missing_tool_says_how_to_get_it() {
    let folder = folder();
    for subcommand in ["sim", "synth"] {
        let mut command = hwgen(folder.path(), &[subcommand, "--block", some_block()]);
        command.env("PATH", folder.path());
        let (code, _, stderr) = outcome(command);
        assert_eq!(code, TOOL_MISSING, "{subcommand}: {stderr}");
        assert!(stderr.contains("make tools"), "{stderr}");
    }
}

#[test]
fn an_old_tool_is_refused_with_its_version() {
    let folder = folder();
    let fake = folder.path().join("verilator");
    fs::write(&fake, "#!/bin/sh\necho 'Verilator 4.038 2020-07-11'\n").expect("a script");
    fs::set_permissions(&fake, fs::Permissions::from_mode(0o755)).expect("an executable");
    let mut command = hwgen(folder.path(), &["sim", "--block", some_block()]);
    command.env("PATH", format!("{}:/bin", folder.path().display()));
    let (code, _, stderr) = outcome(command);
    assert_eq!(code, TOOL_MISSING, "{stderr}");
    assert!(stderr.contains("4.038") && stderr.contains("5.006"), "{stderr}");
}

#[test]
fn doctor_lists_what_is_missing() {
    let folder = folder();
    let mut command = hwgen(folder.path(), &["doctor"]);
    command.env("PATH", folder.path());
    let (code, stdout, _) = outcome(command);
    assert_eq!(code, TOOL_MISSING);
    for tool in ["verilator", "yosys", "iverilog", "sta"] {
        assert!(stdout.contains(&format!("{tool} is not installed")), "{stdout}");
    }
}
