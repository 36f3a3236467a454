//! The clock cycles that contracts promise, for the vectors of a package and for what is wrong.

use crate::{folder, hwgen, outcome, some_block};
use hwgen_testbenches::{Case, small_cases};
use std::fs;
use std::path::Path;

const VECTORS: [&str; 2] = ["--vectors", "300"];

/// Emits the package of `case` below `folder`.
fn emit(case: &Case, folder: &Path) {
    let arguments: Vec<_> = case.design.command.split(' ').skip(1).collect();
    let (code, _, stderr) = outcome(hwgen(folder, &[&arguments[..], &VECTORS].concat()));
    assert_eq!(code, 0, "{stderr}");
}

/// `hwgen cycles` counts what the bench of the package demands, for the package's own files as for
/// the stimulus that they hold.
#[test]
fn a_package_takes_the_cycles_that_its_bench_demands() {
    for case in small_cases() {
        let place = folder();
        let name = case.design.name.as_str();
        emit(&case, place.path());
        let bench = fs::read_to_string(place.path().join(format!("{name}/tb/tb_{name}.v")));
        let bench = bench.expect("a bench");
        let demanded = bench.lines().find_map(|line| {
            let (number, _) = line.trim().strip_prefix("localparam Cycles")?.split_once(';')?;
            number.trim_start_matches([' ', '=']).parse::<u64>().ok()
        });
        let count = |more: &[&str]| {
            let config = format!("{name}/{name}.json");
            let arguments = [&["cycles", "--config", &config, "--json"], more].concat();
            let (code, said, stderr) = outcome(hwgen(place.path(), &arguments));
            assert_eq!(code, 0, "{stderr}");
            let report: serde_json::Value = serde_json::from_str(&said).expect("JSON");
            let promises = report["timing"].as_array().expect("a list").len();
            assert!(promises > 0 || demanded.is_some(), "{name} promises nothing");
            report["cycles"].as_u64()
        };
        assert_eq!(count(&VECTORS), demanded, "{}", case.name());
        assert_eq!(count(&["--data", &format!("{name}/tb")]), demanded, "{}", case.name());
    }
}

#[test]
fn files_that_are_no_stimulus_are_refused_by_name() {
    let place = folder();
    let block = some_block();
    let refused = |data: &str| {
        let arguments = ["cycles", "--block", block, "--data", data];
        let (code, stdout, stderr) = outcome(hwgen(place.path(), &arguments));
        assert_eq!((code, stdout.as_str()), (2, ""), "{stderr}");
        stderr
    };
    let case = small_cases().swap_remove(0);
    assert_eq!(case.generator.name, block);
    let interface = &case.design.bench.interface;
    let stream = interface.inputs()[0].name;
    let missing = refused("nowhere");
    assert!(missing.contains(&format!("nowhere/{stream}_ends.hex")), "{missing}");
    assert_eq!(missing.matches("os error").count(), 1, "{missing}");
    let write = |name: String, text: &str| fs::write(place.path().join(name), text);
    write(format!("{stream}_ends.hex"), "00000001\n").expect("a file");
    write(format!("{stream}.hex"), "beat\n").expect("a file");
    let wrong = refused(".");
    assert!(wrong.contains(&format!("{stream}.hex, line 1: \"beat\": accepted: ")), "{wrong}");
    for stream in interface.inputs() {
        write(format!("{}_ends.hex", stream.name), "").expect("a file");
        write(format!("{}.hex", stream.name), "").expect("a file");
    }
    let empty = refused(".");
    assert!(empty.contains("the files have no phase; accepted: one or more"), "{empty}");
}

/// Takes the last beat of the stream `path` away, and out of every phase; false if there is none.
fn shorten(path: &Path) -> bool {
    let ends_path = path.with_file_name(format!(
        "{}_ends.hex",
        path.file_stem().expect("a name").to_string_lossy()
    ));
    let read = |path: &Path| fs::read_to_string(path).expect("a file");
    let (beats, ends) = (read(path), read(&ends_path));
    let mut beats: Vec<_> = beats.lines().collect();
    if beats.pop().is_none() {
        return false;
    }
    let end = |end: &str| usize::from_str_radix(end, 16).expect("a number").min(beats.len());
    let ends = ends.lines().map(|line| format!("{:08x}\n", end(line)));
    fs::write(ends_path, ends.collect::<String>()).expect("a file");
    fs::write(path, beats.iter().map(|beat| format!("{beat}\n")).collect::<String>())
        .expect("a file");
    true
}

/// Stimulus without the last beat of a stream is what it is without it, or refused by phase and
/// stream: no model has to make sense of half an operation.
#[test]
fn half_an_operation_is_refused() {
    let mut refused = 0;
    for case in small_cases() {
        for stream in case.design.bench.interface.inputs() {
            let place = folder();
            emit(&case, place.path());
            let name = case.design.name.as_str();
            let (config, data) = (format!("{name}/{name}.json"), format!("{name}/tb"));
            if !shorten(&place.path().join(format!("{data}/{}.hex", stream.name))) {
                continue;
            }
            let words = ["cycles", "--config", &config, "--data", &data];
            let (code, _, stderr) = outcome(hwgen(place.path(), &words));
            assert!(code == 0 || code == 2 && stderr.contains(": phase "), "{code}: {stderr}");
            refused += usize::from(code == 2);
        }
    }
    assert!(refused >= 5, "{refused} refused");
}
