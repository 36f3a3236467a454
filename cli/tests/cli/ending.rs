//! What outlives hwgen when it is ended: nothing. And tools that never end.

use crate::cache::{TOOLS, entries, start_building};
use crate::tools::fake;
use crate::{folder, hwgen, outcome, some_block};
use hwgen_sim::tool::LIMIT;
use hwgen_testbenches::available;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const TERMINATED: i32 = 15;
const INTERRUPTED: i32 = 2;
const QUIT: i32 = 3;

/// Sends a signal to hwgen alone, and waits until it has ended by it.
fn end(mut hwgen: Child, signal: i32) {
    let sent = Command::new("kill").args([format!("-{signal}"), hwgen.id().to_string()]).status();
    assert!(sent.expect("kill runs").success());
    let status = hwgen.wait().expect("it ends");
    assert_eq!(status.signal(), Some(signal), "whoever waits sees what ended it: {status}");
}

/// Whether some process works in `folder`, or below.
fn is_worked_in(folder: &Path) -> bool {
    let processes = fs::read_dir("/proc").expect("processes").flatten();
    let mut places = processes.filter_map(|process| fs::read_link(process.path().join("cwd")).ok());
    places.any(|place| place.starts_with(folder))
}

/// Waits until nobody works in `folder`.
fn wait_for_rest(folder: &Path) {
    let started = Instant::now();
    while is_worked_in(folder) {
        assert!(started.elapsed() < Duration::from_secs(5), "a tool survives");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_build_ends_with_hwgen_and_leaves_nothing() {
    if !available(TOOLS) {
        return;
    }
    for signal in [TERMINATED, INTERRUPTED, QUIT] {
        let folder = folder();
        let hwgen = start_building(folder.path());
        assert!(is_worked_in(folder.path()), "a compiler is at work");
        end(hwgen, signal);
        wait_for_rest(folder.path());
        assert_eq!(entries(folder.path(), |name| !name.ends_with(".lock")), [""; 0]);
    }
}

#[test]
fn a_tool_that_hangs_ends_with_hwgen() {
    let (folder, temporary) = (folder(), folder());
    let script = "case $1 in -V) echo Yosys 0.23;; *) sleep 1000 & wait;; esac";
    let mut command = Command::new(env!("CARGO_BIN_EXE_hwgen"));
    command.args(["synth", some_block()]).env("PATH", fake(folder.path(), "yosys", script));
    command.env("TMPDIR", temporary.path()).stdout(Stdio::null()).stderr(Stdio::null());
    let hwgen = command.spawn().expect("hwgen starts");
    let started = Instant::now();
    while !is_worked_in(temporary.path()) {
        assert!(started.elapsed() < Duration::from_secs(60), "the tool does not start");
        std::thread::sleep(Duration::from_millis(5));
    }
    end(hwgen, TERMINATED);
    wait_for_rest(temporary.path());
    assert_eq!(fs::read_dir(temporary.path()).expect("a folder").count(), 0);
}

#[test]
fn a_tool_that_hangs_is_given_up() {
    for (script, code, said) in [
        (
            "case $1 in -V) echo Yosys 0.23;; *) sleep 1000 & wait;; esac",
            5,
            "given up: it ran for 4 s",
        ),
        ("sleep 1000", 3, "it does not say its version within 4 s"),
    ] {
        let (folder, temporary) = (folder(), folder());
        let mut command = hwgen(folder.path(), &["synth", some_block()]);
        command.env("PATH", fake(folder.path(), "yosys", script)).env(LIMIT, "4");
        command.env("TMPDIR", temporary.path());
        let (ended, _, stderr) = outcome(command);
        assert_eq!(ended, code, "{stderr}");
        assert!(stderr.contains(said), "{stderr}");
        wait_for_rest(temporary.path());
        assert_eq!(fs::read_dir(temporary.path()).expect("a folder").count(), 0);
    }
}

#[test]
fn a_limit_that_is_none_is_refused() {
    for value in ["0", "-1", "+5", "soon", ""] {
        let folder = folder();
        let script = "echo Yosys 0.23";
        for words in [&["synth", some_block()][..], &["doctor"]] {
            let mut command = hwgen(folder.path(), words);
            command.env("PATH", fake(folder.path(), "yosys", script)).env(LIMIT, value);
            let (code, _, stderr) = outcome(command);
            let said = format!(
                "error: {LIMIT}={value}: not a time; accepted: a whole number of seconds above zero\n"
            );
            assert_eq!((code, stderr), (2, said));
        }
    }
}
