//! Files that a user names to be written, and names of directories that a shell would read.

use crate::{folder, hwgen, outcome, some_block};
use hwgen_sim::tool::Tool;
use hwgen_testbenches::{available, or_skip};
use std::fs;
use std::path::Path;

const TOOLS: &[Tool] = &[Tool::Verilator, Tool::Compiler];

/// A directory in `folder` of whose name a shell would make several words and commands.
fn awkward(folder: &Path, name: &str) -> std::path::PathBuf {
    let path = folder.join(format!("{name} b;touch c;$(touch d)`touch e`'\"&"));
    fs::create_dir(&path).expect("a directory");
    path
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder").flatten();
    let mut names: Vec<_> =
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn names_of_directories_are_names_and_not_commands() {
    let all = [Tool::Verilator, Tool::Compiler, Tool::Yosys, Tool::Icarus, Tool::OpenSta];
    if !available(&all) || or_skip(hwgen_sim::synth::osu018()).is_none() {
        return;
    }
    let folder = folder();
    let [cache, temporary, work] =
        ["cache", "temporary", "work"].map(|name| awkward(folder.path(), name));
    let cells = hwgen_sim::synth::osu018().expect("the cells");
    fs::copy(cells, work.join("my cells.lib")).expect("a copy");
    let before = names(folder.path());
    for arguments in [
        &["sim", some_block(), "--vectors", "10", "--trace", "my waves.fst"][..],
        &["lint", some_block()],
        &["synth", some_block(), "--liberty", "my cells.lib", "--netlist", "my netlist.v"],
        &["emit", some_block(), "--out", "my package", "--vectors", "10"],
    ] {
        let mut command = hwgen(&work, arguments);
        command.env("HWGEN_CACHE", &cache).env("TMPDIR", &temporary);
        let (code, stdout, stderr) = outcome(command);
        assert_eq!(code, 0, "{arguments:?}: {stdout}{stderr}");
    }
    assert_eq!(names(folder.path()), before);
    assert_eq!(names(&temporary), [""; 0]);
    assert_eq!(names(&work), ["my cells.lib", "my netlist.v", "my package", "my waves.fst"]);
}

/// Each kind alone: where a shell stops at one, it does not get to the others.
#[test]
fn no_tool_that_is_asked_for_its_version_reads_a_name_as_a_command() {
    let folder = folder();
    for name in ["a $(touch one)", "b `touch two`", "c; touch three; d", "e & touch four"] {
        let temporary = folder.path().join(name);
        fs::create_dir(&temporary).expect("a directory");
        let before = names(folder.path());
        let mut command = hwgen(folder.path(), &["doctor"]);
        command.env("TMPDIR", &temporary);
        outcome(command);
        assert_eq!(names(folder.path()), before, "{name}");
        assert_eq!(names(&temporary), [""; 0], "{name}");
    }
}

#[test]
fn a_file_is_one_thing_to_a_command() {
    let folder = folder();
    let block = some_block();
    let (code, _, stderr) = outcome(hwgen(folder.path(), &["emit", block, "--out", "package"]));
    assert_eq!(code, 0, "{stderr}");
    let metadata = format!("package/{block}.json");
    let before = fs::read(folder.path().join(&metadata)).expect("metadata");
    let measures = |block: &&'static hwgen_gen::Generator| {
        !block.parse("").expect("the default").spec.experiments().is_empty()
    };
    let measured = hwgen_gen::blocks::ALL.iter().find(measures).expect("such a block").name;
    for (arguments, said) in [
        (["sim", "--config", &metadata, "--trace", &metadata].as_slice(), "it is an input of"),
        (&["sim", measured, "--trace", "one", "--plot", "./one"], "it is another output of"),
    ] {
        let (code, stdout, stderr) = outcome(hwgen(folder.path(), arguments));
        assert_eq!((code, stdout.as_str()), (4, ""), "{stderr}");
        assert!(stderr.contains(said), "{stderr}");
    }
    assert_eq!(fs::read(folder.path().join(&metadata)).expect("metadata"), before);
    assert_eq!(names(folder.path()), ["package"]);
}

/// A limit on the size of files ends whoever does not see to it.
#[test]
fn files_that_grow_too_long_leave_nothing() {
    let folder = folder();
    let program = env!("CARGO_BIN_EXE_hwgen");
    let script = format!("ulimit -f 8; exec '{program}' emit {} --out package", some_block());
    let mut command = assert_cmd::Command::new("bash");
    command.current_dir(folder.path()).args(["-c", &script]);
    let (code, _, stderr) = outcome(command);
    assert_eq!(code, 4, "{stderr}");
    assert_eq!(names(folder.path()), [""; 0]);
}

#[test]
fn waveforms_are_whole_or_not_there() {
    if !available(TOOLS) {
        return;
    }
    let folder = folder();
    let trace = |limit: &str| {
        let script = format!(
            "trap '' XFSZ; ulimit -f {limit}; exec '{}' sim {} --vectors 100 --trace waves.fst",
            env!("CARGO_BIN_EXE_hwgen"),
            some_block()
        );
        let mut command = assert_cmd::Command::new("bash");
        command.current_dir(folder.path()).args(["-c", &script]);
        outcome(command)
    };
    let (code, _, stderr) = trace("unlimited");
    assert_eq!(code, 0, "{stderr}");
    let whole = fs::read(folder.path().join("waves.fst")).expect("waveforms");
    assert!(whole.len() > 8192, "more than the smallest limit below");
    for limit in ["1", "4", "8"] {
        // A limit on the size of files makes writing fail half way, as a full disk does.
        let (code, stdout, stderr) = trace(limit);
        assert_eq!(code, 4, "{limit}: {stdout}{stderr}");
        assert!(stderr.contains("waves.fst: not written: "), "{stderr}");
        assert!(!stdout.contains("PASS"), "{stdout}");
        assert_eq!(fs::read(folder.path().join("waves.fst")).expect("waveforms"), whole);
        assert_eq!(names(folder.path()), ["waves.fst"]);
    }
}
