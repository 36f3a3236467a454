//! Tools that are missing, broken or too old.

use crate::{folder, hwgen, outcome, some_block};
use hwgen_sim::tool::Tool;
use hwgen_testbenches::{available, or_skip};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

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

/// A program of that name in `folder`, and a search path on which it comes first.
pub fn fake(folder: &Path, program: &str, script: &str) -> String {
    let path = folder.join(program);
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("a script");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("an executable");
    format!("{}:{}", folder.display(), std::env::var("PATH").expect("a search path"))
}

#[test]
fn a_broken_tool_is_not_called_missing() {
    for (script, said) in [
        ("echo 'libfoo.so.1: cannot open shared object file' >&2; exit 127", "libfoo.so.1"),
        ("kill -SEGV $$", "signal: 11"),
        ("exit 0", "prints no version"),
        ("echo Yosys 0.23; exit 1", "exit status: 1"),
    ] {
        let folder = folder();
        let path = fake(folder.path(), "yosys", script);
        for command in [&["synth", "--block", some_block()][..], &["doctor"]] {
            let mut command = hwgen(folder.path(), command);
            command.env("PATH", &path);
            let (code, stdout, stderr) = outcome(command);
            assert_eq!(code, TOOL_MISSING, "{script}: {stderr}");
            let all = stdout + &stderr;
            assert!(
                all.contains("yosys is there and does not work: ") && all.contains(said),
                "{script}: {all}"
            );
            let line = all.lines().find(|line| line.contains("does not work")).expect("a line");
            assert!(!line.contains("install it") && !line.contains("not installed"), "{line}");
            assert!(all.contains("repair it with 'apt-get install --reinstall yosys'"), "{all}");
        }
    }
    let folder = folder();
    let path = fake(folder.path(), "yosys", "exit 0");
    fs::set_permissions(folder.path().join("yosys"), fs::Permissions::from_mode(0o644))
        .expect("no executable");
    let mut command = hwgen(folder.path(), &["synth", "--block", some_block()]);
    command.env("PATH", &path);
    let (code, _, stderr) = outcome(command);
    assert_eq!(code, TOOL_MISSING, "{stderr}");
    assert!(stderr.contains("Permission denied"), "{stderr}");
}

/// Tools that say their version and do nothing else, whatever they are asked for.
#[test]
fn a_tool_that_does_nothing_judges_nothing() {
    for (program, version, commands) in [
        ("verilator", "Verilator 5.006 2023-01-22", &["lint", "sim"][..]),
        ("yosys", "Yosys 0.23 (git sha1 7ce5011c24b)", &["lint", "synth"]),
        ("iverilog", "Icarus Verilog version 11.0 (stable) ()", &["lint", "synth"]),
        ("vvp", "Icarus Verilog runtime version 11.0", &["synth"]),
        ("sta", "2.0.17", &["synth"]),
    ] {
        let tools = [Tool::Verilator, Tool::Yosys, Tool::Icarus, Tool::OpenSta];
        if !available(&tools) || or_skip(hwgen_sim::synth::osu018()).is_none() {
            return;
        }
        let folder = folder();
        let path = fake(folder.path(), program, &format!("echo '{version}'"));
        for subcommand in commands {
            let mut arguments = vec![*subcommand, "--block", some_block()];
            if *subcommand == "synth" {
                arguments.extend(["--target", "liberty"]);
            }
            let mut command = hwgen(folder.path(), &arguments);
            command.env("PATH", &path).env("HWGEN_CACHE", folder.path().join("cache"));
            let (code, stdout, stderr) = outcome(command);
            assert!(![0, 1].contains(&code), "{program}, {subcommand}: {stdout}{stderr}");
            assert!(!stdout.contains("PASS"), "{program}, {subcommand}: {stdout}");
            assert!(stderr.contains(program), "{program}, {subcommand}: {stderr}");
        }
    }
}

/// The tools are well; what is missing is a place.
#[test]
fn a_missing_place_for_temporary_files_is_named() {
    if !available(&[Tool::Yosys]) {
        return;
    }
    let folder = folder();
    for subcommand in ["synth", "lint", "sim"] {
        let mut command = hwgen(folder.path(), &[subcommand, some_block()]);
        command.env("TMPDIR", "/absent");
        let (code, _, stderr) = outcome(command);
        let said = "error: TMPDIR=/absent: No such file or directory (os error 2); accepted: a \
                    directory in which files can be made\n";
        assert_eq!((code, stderr.as_str()), (2, said), "{subcommand}");
    }
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
