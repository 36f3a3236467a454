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
    let arguments = format!("emit {} --out package", some_block());
    let command = with_short_files(folder.path(), 8, &arguments);
    let (code, _, stderr) = outcome(command);
    assert_eq!(code, 4, "{stderr}");
    let package = folder.path().canonicalize().expect("the folder").join("package");
    assert!(stderr.starts_with(&format!("error: {}/", package.display())), "{stderr}");
    assert!(stderr.contains(": not written: File too large"), "{stderr}");
    assert_eq!(names(folder.path()), [""; 0]);
}

/// `hwgen` where no file may be longer than so many KiB, which a full disk looks like.
fn with_short_files(folder: &Path, kibibytes: u32, arguments: &str) -> assert_cmd::Command {
    let program = env!("CARGO_BIN_EXE_hwgen");
    let script = format!("ulimit -f {kibibytes}; exec '{program}' {arguments}");
    let mut command = assert_cmd::Command::new("bash");
    command.current_dir(folder).args(["-c", &script]);
    command
}

/// Whatever hwgen calls a file meanwhile, it complains of one that the user knows.
#[test]
fn files_on_a_full_disk_have_the_names_that_the_user_gave() {
    let folder = folder();
    let paper = hwgen_reproduce::PAPERS.iter().find(|paper| !(paper.reproduce)().curves.is_empty());
    let picture = format!("reproduce {} --plot picture.svg", paper.expect("curves").name);
    let mut commands = vec![(picture, "picture.svg: not written: File too large")];
    if available(&[Tool::Yosys]) {
        commands.push((
            format!("lint {}", some_block()),
            "TMPDIR=temporary: no file can be written there: ",
        ));
    }
    if available(TOOLS) {
        commands.push((
            format!("sim {} --vectors 5", some_block()),
            "HWGEN_CACHE=cache: no file can be written there: ",
        ));
    }
    fs::create_dir(folder.path().join("temporary")).expect("a folder");
    for (arguments, said) in commands {
        let mut command = with_short_files(folder.path(), 1, &arguments);
        command.env("HWGEN_CACHE", "cache").env("TMPDIR", "temporary");
        let (code, stdout, stderr) = outcome(command);
        assert_eq!(code, 4, "{arguments}: {stdout}{stderr}");
        assert!(stderr.starts_with(&format!("error: {said}")), "{arguments}: {stderr}");
        assert!(!stderr.contains(".hwgen-") && !stderr.contains(".building"), "{stderr}");
    }
}

/// A file, or something below one, where a directory is wanted.
#[test]
fn what_is_no_directory_is_called_so() {
    let folder = folder();
    fs::write(folder.path().join("mine"), "mine").expect("a file");
    let refused = |arguments: &str, variable: (&str, &str), expected: i32, said: &str| {
        let words: Vec<_> = arguments.split(' ').collect();
        let mut command = hwgen(folder.path(), &words);
        command.env_remove("HWGEN_CACHE").env(variable.0, variable.1);
        let (code, stdout, stderr) = outcome(command);
        assert_eq!((code, stdout.as_str()), (expected, ""), "{stderr}");
        assert!(stderr.contains(said) && !stderr.contains("exists"), "{variable:?}: {stderr}");
        assert_eq!(names(folder.path()), ["mine"]);
    };
    let block = some_block();
    for value in ["mine", "mine/deeper"] {
        let simulate = format!("sim {block} --vectors 5");
        for command in ["cache", "cache --clear", &simulate] {
            if command == simulate && !available(TOOLS) {
                continue;
            }
            for name in ["HWGEN_CACHE", "XDG_CACHE_HOME"] {
                let said = format!("error: {name}={value}: not a directory; accepted: a directory");
                refused(command, (name, value), 2, &said);
            }
        }
        if available(&[Tool::Yosys]) {
            let said = format!("error: TMPDIR={value}: not a directory; accepted: a directory");
            refused(&format!("lint {block}"), ("TMPDIR", value), 2, &said);
        }
        let arguments = format!("emit {block} --vectors 5 --out {value}/new");
        refused(&arguments, ("COLUMNS", "80"), 4, "/mine is not a directory");
    }
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
