//! The clock cycles that contracts promise, for the vectors of a package and for what is wrong.

use crate::{folder, hwgen, outcome, some_block};
use hwgen_testbenches::small_cases;
use std::fs;

/// `hwgen cycles` counts what the bench of the package demands, for the package's own files as for
/// the stimulus that they hold.
#[test]
fn a_package_takes_the_cycles_that_its_bench_demands() {
    for case in small_cases() {
        let place = folder();
        let name = case.design.name.as_str();
        let arguments: Vec<_> = case.design.command.split(' ').skip(1).collect();
        let vectors = ["--vectors", "300"];
        let (code, _, stderr) = outcome(hwgen(place.path(), &[&arguments[..], &vectors].concat()));
        assert_eq!(code, 0, "{stderr}");
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
        assert_eq!(count(&vectors), demanded, "{}", case.name());
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

/// Stimulus without the last beat of a stream is what it is without it, or refused by phase and
/// stream: no model has to make sense of half an operation.
#[test]
fn half_an_operation_is_refused() {
    let mut refused = 0;
    for case in small_cases() {
        let place = folder();
        let name = case.design.name.as_str();
        let arguments: Vec<_> = case.design.command.split(' ').skip(1).collect();
        let vectors = ["--vectors", "300"];
        let (code, _, stderr) = outcome(hwgen(place.path(), &[&arguments[..], &vectors].concat()));
        assert_eq!(code, 0, "{stderr}");
        for stream in case.design.bench.interface.inputs() {
            let path = |file: &str| place.path().join(format!("{name}/tb/{}{file}", stream.name));
            let read = |file: &str| fs::read_to_string(path(file)).expect("a file");
            let (beats, ends) = (read(".hex"), read("_ends.hex"));
            let lines: Vec<_> = beats.lines().collect();
            let Some((_, kept)) = lines.split_last() else { continue };
            let cut: String = ends
                .lines()
                .map(|end| usize::from_str_radix(end, 16).expect("a number"))
                .map(|end| format!("{:08x}\n", end.min(kept.len())))
                .collect();
            fs::write(
                path(".hex"),
                kept.iter().map(|line| format!("{line}\n")).collect::<String>(),
            )
            .expect("a file");
            fs::write(path("_ends.hex"), cut).expect("a file");
            let config = format!("{name}/{name}.json");
            let data = format!("{name}/tb");
            let told =
                outcome(hwgen(place.path(), &["cycles", "--config", &config, "--data", &data]));
            let (code, _, stderr) = told;
            assert!(code == 0 || code == 2 && stderr.contains(": phase "), "{code}: {stderr}");
            refused += usize::from(code == 2);
            fs::write(path(".hex"), beats).expect("a file");
            fs::write(path("_ends.hex"), ends).expect("a file");
        }
    }
    assert!(refused >= 5, "{refused} refused");
}
