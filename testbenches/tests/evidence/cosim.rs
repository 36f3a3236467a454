//! RTL against golden model: corners, random beats, stalls, timing; then random configurations,
//! and deliberate faults that must be noticed.

use hwgen_sim::cosim::{self, Options};
use hwgen_sim::tool::Tool;
use hwgen_testbenches::{Case, assert_none, available, cases, random_cases, with_fault};
use rayon::prelude::*;

const TOOLS: &[Tool] = &[Tool::Verilator, Tool::Compiler];

/// Random designs per block and run.
const RANDOM_DESIGNS: usize = 4;

fn failure(case: &Case, beats: usize) -> Option<String> {
    let options = Options { beats, ..Options::default() };
    let report = cosim::run(&case.design, &options, &|_| {});
    match report {
        Err(error) => Some(format!("{}: {error}", case.name)),
        Ok(report) => {
            let failure = report.failure.map(|failure| format!("{}: {failure}", case.name));
            let unchecked = report.timing.iter().find(|path| path.checked == 0);
            failure.or_else(|| {
                let path = unchecked?.path;
                Some(format!("{}: timing {path:?} was never exercised", case.name))
            })
        }
    }
}

#[test]
fn rtl_equals_golden_in_every_configuration() {
    if !available(TOOLS) {
        return;
    }
    let failures: Vec<_> = cases().par_iter().filter_map(|case| failure(case, 100_000)).collect();
    assert_none("configurations differ from their golden model", &failures);
}

#[test]
fn rtl_equals_golden_in_random_configurations() {
    if !available(TOOLS) {
        return;
    }
    let seed = std::env::var("HWGEN_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let cases = random_cases(seed, RANDOM_DESIGNS);
    let failures: Vec<_> = cases.par_iter().filter_map(|case| failure(case, 10_000)).collect();
    assert_none("random configurations differ from their golden model", &failures);
}

#[test]
fn every_mutant_is_caught() {
    if !available(TOOLS) {
        return;
    }
    let cases = cases();
    let mutants = cases.iter().flat_map(|case| {
        let mutants = case.design.spec.mutants(&case.design.name);
        assert!(!mutants.is_empty(), "{} has no mutants", case.name);
        mutants.into_iter().map(move |mutant| (case, mutant))
    });
    let mutants: Vec<_> = mutants.collect();
    let survivors = mutants.par_iter().filter_map(|(case, mutant)| {
        let name = format!("{}, {}", case.name, mutant.what);
        let rtl = match with_fault(case.design.rtl(), mutant) {
            Ok(rtl) => rtl,
            Err(error) => return Some(format!("{name}: {error}")),
        };
        let options = Options { beats: 20_000, experiments: false, ..Options::default() };
        match cosim::run_rtl(&case.design, Some(&rtl), &options, &|_| {}) {
            Err(error) => Some(format!("{name}: {error}")),
            Ok(report) if report.passed() => Some(format!("{name}: survived")),
            Ok(_) => None,
        }
    });
    let survivors: Vec<_> = survivors.collect();
    assert_none("mutants were not caught", &survivors);
}
