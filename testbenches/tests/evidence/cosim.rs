//! RTL against golden model: corners, random beats, stalls, timing; then random configurations,
//! and deliberate faults that must be noticed.

use hwgen_gen::Backend;
use hwgen_sim::cosim::{self, Options};
use hwgen_sim::tool::Tool;
use hwgen_testbenches::{
    Case, assert_none, available, cases, first_twin_cases, random_cases, small_cases, with_fault,
};
use rayon::prelude::*;
use std::collections::BTreeSet;

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
            let unchecked = unchecked.map(|checked| format!("{:?}", checked.path));
            let predicts = case.design.spec.predicted_cycles(&[]).is_some();
            let unpredicted = predicts && report.predicted_cycles == 0;
            let unchecked = unchecked.or(unpredicted.then(|| "prediction".to_owned()));
            failure.or_else(|| {
                Some(format!("{}: timing {} was never exercised", case.name, unchecked?))
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

/// Every fault is tried in the first configuration that has it, large ones coming last; with
/// `HWGEN_THOROUGH` set, in all.
#[test]
fn every_mutant_is_caught() {
    if !available(TOOLS) {
        return;
    }
    let mut cases = cases();
    cases.sort_by_key(|case| case.design.is_large());
    let thorough = std::env::var_os("HWGEN_THOROUGH").is_some();
    let mut tried = BTreeSet::new();
    let mutants = cases.iter().flat_map(|case| {
        let mutants = case.design.spec.mutants(&case.design.name);
        assert!(!mutants.is_empty(), "{} has no mutants", case.name);
        mutants.into_iter().map(move |mutant| (case, mutant))
    });
    let mutants = mutants.filter(|(case, mutant)| {
        let first = tried.insert((case.generator.name, mutant.what));
        first || thorough
    });
    let mutants: Vec<_> = mutants.collect();
    let survivors = mutants.par_iter().filter_map(|(case, mutant)| {
        let name = format!("{}, {}", case.name, mutant.what);
        let rtl = match with_fault(case.design.rtl(), mutant) {
            Ok(rtl) => rtl,
            Err(error) => return Some(format!("{name}: {error}")),
        };
        let options =
            Options { beats: 20_000, experiments: false, brief: true, ..Options::default() };
        match cosim::run_rtl(&case.design, Some(&rtl), &options, &|_| {}) {
            Err(error) => Some(format!("{name}: {error}")),
            Ok(report) if report.passed() => Some(format!("{name}: survived")),
            Ok(_) => None,
        }
    });
    let survivors: Vec<_> = survivors.collect();
    assert_none("mutants were not caught", &survivors);
}

/// Of every configuration, since a fault is tried in the first one only that has it.
#[test]
fn every_mutant_occurs_in_what_is_emitted() {
    let faults = cases().into_iter().flat_map(|case| {
        let (rtl, mutants) = (case.design.rtl(), case.design.spec.mutants(&case.design.name));
        let faults = mutants.into_iter().filter_map(|mutant| {
            let error = with_fault(rtl.clone(), &mutant).err()?;
            Some(format!("{}, {}: {error}", case.name, mutant.what))
        });
        faults.collect::<Vec<_>>()
    });
    assert_none("mutants fit no text", &faults.collect::<Vec<_>>());
}

/// The proof is about the controller alone; here its twin works among the other modules.
#[test]
fn rtl_with_a_twin_equals_golden() {
    if !available(TOOLS) {
        return;
    }
    let options = Options { beats: 20_000, experiments: false, ..Options::default() };
    let failures = first_twin_cases().into_par_iter().filter_map(|case| {
        let rtl = case.design.rtl_from(Backend::RustHdl).expect("a twin");
        match cosim::run_rtl(&case.design, Some(&rtl), &options, &|_| {}) {
            Err(error) => Some(format!("{}: {error}", case.name)),
            Ok(report) => report.failure.map(|failure| format!("{}: {failure}", case.name)),
        }
    });
    assert_none(
        "designs with a twin differ from their golden model",
        &failures.collect::<Vec<_>>(),
    );
}

/// The same seed and batch show the same failure again, as the command in the failure promises.
#[test]
fn a_failure_can_be_shown_again() {
    if !available(TOOLS) {
        return;
    }
    for case in &small_cases() {
        let mutant = case.design.spec.mutants(&case.design.name).swap_remove(0);
        let rtl = with_fault(case.design.rtl(), &mutant).expect("a mutant that applies");
        let run = |options: &Options| {
            let report = cosim::run_rtl(&case.design, Some(&rtl), options, &|_| {});
            report.expect("a run").failure.expect("a failure")
        };
        let options = Options { beats: 40_000, seed: 5, brief: true, ..Options::default() };
        let first = run(&options);
        let again = run(&Options { batch: first.batch, ..options.clone() });
        assert_eq!(first, again, "{}", case.name);
        assert!(first.reproduce.contains("--vectors 40000 --seed 5 --batch "), "{first}");
        let beyond = Options { batch: Some(99), ..options };
        assert!(cosim::run(&case.design, &beyond, &|_| {}).is_err(), "there is no batch 99");
    }
}
