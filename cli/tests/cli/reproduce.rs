//! The papers' tables as a user meets them.

use crate::{folder, hwgen, outcome};
use expect_test::expect_file;
use hwgen_reproduce::PAPERS;
use std::fmt::Write;
use std::fs;
use std::process::{Command, Stdio};

fn expected(name: &str) -> String {
    format!("{}/tests/cli/expected/reproduce_{name}.txt", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn tables_are_as_last_reviewed() {
    for paper in PAPERS {
        let (code, table, stderr) = outcome(hwgen(folder().path(), &["reproduce", paper.name]));
        assert_eq!((code, stderr.as_str()), (0, ""), "{}", paper.name);
        assert!(table.is_ascii() && table.lines().all(|line| line.len() <= 100), "{table}");
        expect_file![expected(paper.name)].assert_eq(&table);
    }
}

#[test]
fn bad_command_lines_are_refused() {
    let mut misspelt = PAPERS[0].name.to_owned();
    misspelt.pop();
    let mut text = String::new();
    for arguments in [&["reproduce"][..], &["reproduce", &misspelt], &["reproduce", "no_paper"]] {
        let (code, stdout, stderr) = outcome(hwgen(folder().path(), arguments));
        assert_eq!((code, stdout.as_str()), (2, ""), "{stderr}");
        writeln!(text, "$ hwgen {}\n{stderr}", arguments.join(" ")).expect("a string");
    }
    // The list of papers grows without changing the messages.
    let names: Vec<_> = PAPERS.iter().map(|paper| paper.name).collect();
    let text = text.replace(&format!(": {}]", names.join(", ")), ": (all papers)]");
    expect_file![expected("usage")].assert_eq(&text);
}

#[test]
fn machines_read_the_same_numbers() {
    for paper in PAPERS {
        let arguments = ["reproduce", paper.name, "--json"];
        let (code, stdout, _) = outcome(hwgen(folder().path(), &arguments));
        assert_eq!(code, 0);
        let json: serde_json::Value = serde_json::from_str(&stdout).expect("JSON");
        assert_eq!(json["paper"], paper.name);
        for section in json["sections"].as_array().expect("tables") {
            let columns = section["columns"].as_array().expect("columns").len();
            for row in section["rows"].as_array().expect("rows") {
                assert_eq!(row["ours"].as_array().expect("values").len(), columns, "{row}");
                assert_ne!(row["how"], "", "{row}");
            }
        }
    }
}

#[test]
fn pictures_are_written_or_refused_by_name() {
    let folder = folder();
    let plot = |file| outcome(hwgen(folder.path(), &["reproduce", PAPERS[0].name, "--plot", file]));
    assert_eq!(plot("picture.svg").0, 0);
    let picture = fs::read_to_string(folder.path().join("picture.svg")).expect("a picture");
    assert!(picture.starts_with("<svg") && picture.ends_with("</svg>\n"));
    let (code, stdout, stderr) = plot("absent/picture.svg");
    assert_eq!((code, stdout.as_str()), (4, ""), "{stderr}");
    assert!(stderr.contains("absent/picture.svg"), "{stderr}");
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hwgen"));
    command.args(["reproduce", PAPERS[0].name]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("hwgen starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
