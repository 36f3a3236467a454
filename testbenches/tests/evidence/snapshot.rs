//! The generated modules of every configuration, committed and reviewed as Verilog.

use expect_test::expect_file;
use hwgen_testbenches::cases;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// What files under `hdl/` say of themselves; they are reviewed where they stand.
const HAND_WRITTEN: &str = "// Part of hwgen: the same for every design, but for names of modules.";

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("expected")
}

#[test]
fn rtl_is_as_reviewed() {
    for case in cases() {
        let modules = case.design.rtl().into_iter().chain(case.design.cells());
        let text = modules.map(|module| module.text).filter(|text| !text.contains(HAND_WRITTEN));
        let text: Vec<_> = text.collect();
        let path = folder().join(format!("{}.v", case.name));
        expect_file![path].assert_eq(&text.join("\n"));
    }
}

#[test]
fn nothing_is_expected_that_no_longer_exists() {
    let names: BTreeSet<_> = cases().into_iter().map(|case| format!("{}.v", case.name)).collect();
    let files = std::fs::read_dir(folder()).expect("the folder of expected RTL");
    for file in files {
        let name = file.expect("a file").file_name().to_string_lossy().into_owned();
        assert!(names.contains(&name), "{name} belongs to no configuration");
    }
}
