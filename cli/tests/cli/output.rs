//! What `emit` does to the file system: all or nothing, and never over what it did not write.

use crate::{folder, hwgen, outcome, some_block};
use hwgen_gen::{Generator, blocks};
use hwgen_sim::tool::Tool;
use hwgen_testbenches::available;
use std::fs;
use std::path::Path;
use std::process::Stdio;

const REFUSED: i32 = 4;

fn emit(folder: &Path, more: &[&str]) -> (i32, String, String) {
    let mut arguments = vec!["emit", "--block", some_block(), "--name", "top", "--out", "out"];
    arguments.extend(["--vectors", "50"]);
    arguments.extend(more);
    outcome(hwgen(folder, &arguments))
}

/// Names in a folder, hidden ones included.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let name = |entry: fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
    let mut names: Vec<_> = entries.map(|entry| name(entry.expect("an entry"))).collect();
    names.sort();
    names
}

#[test]
fn an_untouched_package_is_replaced() {
    let folder = folder();
    assert_eq!(emit(folder.path(), &[]).0, 0);
    assert_eq!(emit(folder.path(), &["--seed", "2"]).0, 0);
    assert_eq!(names(folder.path()), ["out"]);
}

#[test]
fn an_edited_or_foreign_directory_is_refused_and_force_loses_nothing() {
    let folder = folder();
    let edits: [(&str, &str); 5] = [
        ("out/elsewhere/build/netlist.v", "mine"),
        ("out/rtl/top.v", "edited"),
        ("out/notes.txt", "mine"),
        ("out/top.json", "{}"),
        ("out/README.md", "rewritten"),
    ];
    for (path, text) in edits {
        assert_eq!(emit(folder.path(), &[]).0, 0, "a fresh package");
        let file = folder.path().join(path);
        fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        fs::write(file, text).expect("an edit");
        let (code, _, stderr) = emit(folder.path(), &[]);
        assert_eq!(code, REFUSED, "{path}: {stderr}");
        assert!(stderr.contains("--force"), "{stderr}");
        assert_eq!(fs::read_to_string(folder.path().join(path)).expect("still there"), text);
        assert_eq!(emit(folder.path(), &["--force"]).0, 0);
        let aside = folder.path().join("out.before-1").join(&path[4..]);
        assert_eq!(fs::read_to_string(aside).expect("moved aside"), text);
        fs::remove_dir_all(folder.path().join("out.before-1")).expect("removed");
    }
}

/// The directory is left and entered again while it is replaced.
#[test]
fn a_package_is_replaced_from_inside() {
    let folder = folder();
    for out in [".", "../out", "../../{}/out"] {
        assert_eq!(emit(folder.path(), &[]).0, 0);
        let name = folder.path().file_name().expect("a name").to_string_lossy();
        let out = out.replace("{}", &name);
        let arguments = ["emit", "--config", "top.json", "--out", &out, "--vectors", "10"];
        let (code, _, stderr) = outcome(hwgen(&folder.path().join("out"), &arguments));
        assert_eq!(code, 0, "{out}: {stderr}");
        assert_eq!(names(folder.path()), ["out"]);
        assert!(folder.path().join("out/top.json").is_file(), "{out}");
    }
}

/// What tools made of a package stays, and does not keep hwgen from replacing it.
#[test]
fn products_of_tools_are_kept() {
    let folder = folder();
    assert_eq!(emit(folder.path(), &[]).0, 0);
    let build = folder.path().join("out/build");
    fs::create_dir(build.join("made")).expect("a folder");
    fs::write(build.join("made/netlist.v"), "made").expect("a file");
    for more in [&["--seed", "2"][..], &["--force"]] {
        assert_eq!(emit(folder.path(), more).0, 0);
        assert_eq!(names(folder.path()), ["out"]);
        assert_eq!(names(&build), [".gitignore", "made"]);
        assert_eq!(fs::read_to_string(build.join("made/netlist.v")).expect("a file"), "made");
    }
    fs::remove_dir_all(&build).expect("removed");
    assert_eq!(emit(folder.path(), &[]).0, 0);
    assert_eq!(names(&build), [".gitignore"]);
    fs::remove_dir_all(&build).expect("removed");
    std::os::unix::fs::symlink(folder.path(), &build).expect("a link");
    let (code, _, stderr) = emit(folder.path(), &[]);
    assert_eq!(code, REFUSED, "{stderr}");
    assert!(stderr.contains("'build'"), "{stderr}");
}

#[test]
fn a_pipe_among_the_files_of_a_package_is_none_of_ours() {
    let folder = folder();
    for name in ["out/top.json", "out/README.md", "out/notes"] {
        assert_eq!(emit(folder.path(), &[]).0, 0);
        let path = folder.path().join(name);
        let _ = fs::remove_file(&path);
        let made = std::process::Command::new("mkfifo").arg(&path).status().expect("mkfifo runs");
        assert!(made.success());
        assert_eq!(emit(folder.path(), &[]).0, REFUSED, "{name}");
        fs::remove_dir_all(folder.path().join("out")).expect("removed");
    }
}

#[test]
fn a_file_or_a_link_is_refused() {
    let folder = folder();
    fs::write(folder.path().join("out"), "a file").expect("a file");
    assert_eq!(emit(folder.path(), &[]).0, REFUSED);
    assert_eq!(fs::read_to_string(folder.path().join("out")).expect("still there"), "a file");
    fs::remove_file(folder.path().join("out")).expect("removed");
    fs::create_dir(folder.path().join("elsewhere")).expect("a folder");
    std::os::unix::fs::symlink("elsewhere", folder.path().join("out")).expect("a link");
    let (code, _, stderr) = emit(folder.path(), &[]);
    assert_eq!(code, REFUSED);
    assert!(stderr.contains("symbolic link"), "{stderr}");
    assert_eq!(names(&folder.path().join("elsewhere")), [""; 0]);
}

#[test]
fn an_unwritable_place_is_refused() {
    let folder = folder();
    fs::write(folder.path().join("file"), "").expect("a file");
    let arguments = ["emit", "--block", some_block(), "--out", "file/below"];
    let (code, _, stderr) = outcome(hwgen(folder.path(), &arguments));
    assert_eq!(code, REFUSED);
    assert!(stderr.contains("file"), "{stderr}");
}

#[test]
fn a_full_disk_leaves_nothing_half_written() {
    let folder = folder();
    assert_eq!(emit(folder.path(), &[]).0, 0);
    let before = fs::read(folder.path().join("out/top.json")).expect("metadata");
    // A limit on the size of files makes writing fail half way, as a full disk does.
    let script = format!(
        "trap '' XFSZ; ulimit -f 4; exec '{}' emit --block {} --name top --out out --seed 3",
        env!("CARGO_BIN_EXE_hwgen"),
        some_block()
    );
    let mut command = assert_cmd::Command::new("bash");
    command.current_dir(folder.path()).args(["-c", &script]);
    let (code, _, stderr) = outcome(command);
    assert_eq!(code, REFUSED, "{stderr}");
    assert_eq!(names(folder.path()), ["out"]);
    assert_eq!(fs::read(folder.path().join("out/top.json")).expect("metadata"), before);
}

#[test]
fn many_runs_at_once_leave_one_whole_package() {
    let folder = folder();
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| assert_eq!(emit(folder.path(), &[]).0, 0));
        }
    });
    assert_eq!(names(folder.path()), ["out"]);
    assert_eq!(emit(folder.path(), &[]).0, 0, "what is left is a whole package of ours");
}

#[test]
fn pictures_and_waveforms_that_cannot_be_written_are_errors() {
    if !available(&[Tool::Verilator, Tool::Compiler]) {
        return;
    }
    let folder = folder();
    for flag in ["--trace", "--plot"] {
        let block = blocks::ALL.iter().find(|block| measures_curves(block)).expect("a converter");
        let arguments = ["sim", "--block", block.name, "--vectors", "10", flag, "absent/file"];
        let (code, _, stderr) = outcome(hwgen(folder.path(), &arguments));
        assert_eq!(code, REFUSED, "{flag}: {stderr}");
        assert!(stderr.contains("absent/file"), "{stderr}");
    }
}

fn measures_curves(block: &'static Generator) -> bool {
    !block.parse("").expect("the default design").spec.experiments().is_empty()
}

/// A block with a twin emits it; one without says so, and what is accepted.
#[test]
fn the_second_description_is_emitted_where_there_is_one() {
    for block in blocks::ALL {
        let folder = folder();
        let arguments = ["emit", "--block", block.name, "--backend", "rust-hdl", "--vectors", "10"];
        let (code, _, stderr) = outcome(hwgen(folder.path(), &arguments));
        if block.twins.is_empty() {
            assert_eq!(code, 2, "{stderr}");
            assert!(
                stderr.contains("--backend rust-hdl") && stderr.contains("accepted"),
                "{stderr}"
            );
            assert_eq!(names(folder.path()), [""; 0]);
        } else {
            assert_eq!(code, 0, "{stderr}");
        }
    }
}

/// Commands that print and need no tool.
fn printing() -> Vec<Vec<&'static str>> {
    let block = crate::some_block();
    vec![
        vec!["--help"],
        vec!["list"],
        vec!["list", "--json"],
        vec!["show"],
        vec!["show", block],
        vec!["show", block, "--json"],
        vec!["cycles", block],
        vec!["emit", block, "--out", "package"],
        vec!["doctor"],
        vec!["completions", "bash"],
        vec!["reproduce", hwgen_reproduce::PAPERS[0].name],
    ]
}

/// `hwgen` with `arguments`, its output in `output`: exit code and complaints.
fn into(folder: &Path, arguments: &[&str], output: Stdio) -> (i32, String) {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_hwgen"));
    command.current_dir(folder).args(arguments).stdout(output).stderr(Stdio::piped());
    let output = command.spawn().and_then(std::process::Child::wait_with_output).expect("it runs");
    let complaints = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code().expect("hwgen is not killed"), complaints)
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    for arguments in printing() {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let (code, complaints) = into(folder().path(), &arguments, writer.into());
        assert_eq!((code, complaints.as_str()), (0, ""), "{arguments:?}");
    }
}

#[test]
fn a_full_output_is_an_error_that_is_told_once() {
    for arguments in printing() {
        let full = fs::File::options().write(true).open("/dev/full").expect("a full device");
        let (code, complaints) = into(folder().path(), &arguments, full.into());
        assert_eq!(code, 4, "{arguments:?}: {complaints}");
        let told = complaints.lines().filter(|line| line.contains("standard output")).count();
        assert!(told == 1 || arguments == ["--help"], "{arguments:?}: {complaints}");
        assert!(!complaints.contains("panicked"), "{arguments:?}: {complaints}");
    }
}
