//! Many processes, and dying ones, share one cache of compiled models.

use crate::{folder, hwgen, outcome, some_block};
use hwgen_sim::tool::Tool;
use hwgen_testbenches::available;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

pub const TOOLS: &[Tool] = &[Tool::Verilator, Tool::Compiler];

fn arguments() -> [&'static str; 5] {
    ["sim", "--block", some_block(), "--vectors", "1000"]
}

fn simulate(folder: &Path) -> (i32, String, String) {
    let mut command = hwgen(folder, &arguments());
    command.env("HWGEN_CACHE", folder.join("cache"));
    outcome(command)
}

/// Names in the cache that end with `suffix`.
pub fn entries(folder: &Path, is_wanted: impl Fn(&str) -> bool) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder.join("cache")) else { return Vec::new() };
    let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.filter(|name| is_wanted(name)).collect()
}

fn finished(folder: &Path) -> Vec<String> {
    entries(folder, |name| !name.contains('.'))
}

#[test]
fn processes_that_want_the_same_model_at_once_all_get_it() {
    if !available(TOOLS) {
        return;
    }
    let folder = folder();
    std::thread::scope(|scope| {
        let runs = [(); 3].map(|()| scope.spawn(|| simulate(folder.path())));
        for run in runs {
            let (code, stdout, stderr) = run.join().expect("the thread ends");
            assert_eq!(code, 0, "{stderr}");
            assert!(stdout.contains("PASS"), "{stdout}");
        }
    });
    assert_eq!(finished(folder.path()).len(), 1, "one model is built, once");
}

/// Starts a simulation in a process group of its own and waits until it builds, from nothing: a build
/// of known objects might be over before it is ended.
pub fn start_building(folder: &Path) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hwgen"));
    command.args(arguments()).env("HWGEN_CACHE", folder.join("cache")).process_group(0);
    command.stdout(Stdio::null()).stderr(Stdio::null()).env("CCACHE_RECACHE", "1");
    let child = command.spawn().expect("hwgen starts");
    let started = Instant::now();
    let in_the_middle = |name: &str| {
        name.ends_with(".building") && folder.join("cache").join(name).join("obj").is_dir()
    };
    while entries(folder, in_the_middle).is_empty() {
        assert!(started.elapsed() < Duration::from_secs(60), "no build begins");
        std::thread::sleep(Duration::from_millis(5));
    }
    child
}

#[test]
fn a_build_that_is_killed_does_not_spoil_the_next_one() {
    if !available(TOOLS) {
        return;
    }
    let folder = folder();
    let mut child = start_building(folder.path());
    let group = format!("-{}", child.id());
    let killed = Command::new("kill").args(["-KILL", "--", &group]).status().expect("kill runs");
    assert!(killed.success());
    child.wait().expect("it is dead");
    assert_eq!(finished(folder.path()), [""; 0], "it was killed in the middle");
    assert_eq!(entries(folder.path(), |name| name.ends_with(".building")).len(), 1);
    let (code, stdout, stderr) = simulate(folder.path());
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.contains("PASS"), "{stdout}");
    assert_eq!(entries(folder.path(), |name| name.ends_with(".building")), [""; 0]);
}

/// Nothing that a compiler cache could not write ends a build.
#[test]
fn a_build_needs_no_home() {
    if !available(TOOLS) {
        return;
    }
    for home in [None, Some("/dev/null")] {
        let folder = folder();
        let mut command = hwgen(folder.path(), &arguments());
        command.env("HWGEN_CACHE", folder.path().join("cache"));
        command.env_remove("CCACHE_DIR").env_remove("XDG_CACHE_HOME").env_remove("HOME");
        command.envs(home.map(|home| ("HOME", home)));
        let (code, stdout, stderr) = outcome(command);
        assert_eq!(code, 0, "{stderr}");
        assert!(stdout.contains("PASS"), "{stdout}");
    }
}
