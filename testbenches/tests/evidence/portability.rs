//! The emitted self-checking bench passes in two simulators, and fails on a fault.

use hwgen_gen::{Backend, Module};
use hwgen_sim::SimError;
use hwgen_sim::portability::{Bench, Outcome, Simulator};
use hwgen_sim::tool::Tool;
use hwgen_testbenches::{
    Case, assert_none, available, cases, first_twin_cases, package, small_cases, with_fault,
};
use rayon::prelude::*;
use std::fs;
use std::path::Path;

const TOOLS: &[Tool] = &[Tool::Icarus, Tool::Verilator, Tool::Compiler];

/// Beats of a bench, enough to meet every phase of the corners that fit.
const BEATS: usize = 600;

/// The same for a large design, which Icarus simulates at some hundred cycles per second: its small
/// configurations have all the beats. There it plays one round, the one with random stalls and a
/// reset in mid run; Verilator plays all.
const BEATS_OF_LARGE: usize = 40;
const ROUND_OF_LARGE: &str = "+stall=1";

fn package_of(case: &Case, backend: Backend) -> tempfile::TempDir {
    package(&case.design, backend, if case.design.is_large() { BEATS_OF_LARGE } else { BEATS })
}

fn run(case: &Case, package: &Path, simulator: Simulator) -> Result<Outcome, SimError> {
    let bench = Bench::build(simulator, package, case.design.name.as_str())?;
    let is_slow = case.design.is_large() && simulator == Simulator::Icarus;
    bench.play(if is_slow { &[ROUND_OF_LARGE] } else { &[] })
}

fn failure(case: &Case, backend: Backend, simulator: Simulator) -> Option<String> {
    let package = package_of(case, backend);
    match run(case, package.path(), simulator) {
        Err(error) => Some(format!("{}, {simulator:?}: {error}", case.name)),
        Ok(outcome) if outcome.passed && outcome.beats > 0 => None,
        Ok(outcome) => Some(format!("{}, {simulator:?}:\n{}", case.name, outcome.log)),
    }
}

fn in_both<'a>(cases: impl Iterator<Item = &'a Case>) -> Vec<(&'a Case, Simulator)> {
    cases.flat_map(|case| Simulator::ALL.map(|simulator| (case, simulator))).collect()
}

#[test]
fn emitted_benches_pass_in_both_simulators() {
    if !available(TOOLS) {
        return;
    }
    let cases = cases();
    let runs = in_both(cases.iter());
    let failures = runs
        .par_iter()
        .filter_map(|(case, simulator)| failure(case, Backend::Template, *simulator));
    assert_none("emitted benches do not pass", &failures.collect::<Vec<_>>());
}

#[test]
fn emitted_benches_pass_with_a_twin_in_both_simulators() {
    if !available(TOOLS) {
        return;
    }
    let cases = first_twin_cases();
    let runs = in_both(cases.iter());
    let failures =
        runs.par_iter().filter_map(|(case, simulator)| failure(case, Backend::RustHdl, *simulator));
    assert_none("emitted benches do not pass", &failures.collect::<Vec<_>>());
}

/// Why the bench of `case` does not notice the first mutant, if it does not.
fn blindness(case: &Case, simulator: Simulator) -> Option<String> {
    let mutants = case.design.spec.mutants(&case.design.name);
    let mutant = mutants.first()?;
    let name = format!("{}, {}, {simulator:?}", case.name, mutant.what);
    let rtl = match with_fault(case.design.rtl(), mutant) {
        Ok(rtl) => rtl,
        Err(error) => return Some(format!("{name}: {error}")),
    };
    let package = package_of(case, Backend::Template);
    for Module { name, text } in rtl {
        fs::write(package.path().join(format!("rtl/{name}.v")), text).expect("a file is written");
    }
    match run(case, package.path(), simulator) {
        Err(error) => Some(format!("{name}: {error}")),
        Ok(outcome) if outcome.passed => Some(format!("{name}: passed\n{}", outcome.log)),
        Ok(_) => None,
    }
}

#[test]
fn emitted_benches_fail_on_a_mutant_in_both_simulators() {
    if !available(TOOLS) {
        return;
    }
    let cases = small_cases();
    let runs = in_both(cases.iter());
    let blind = runs.par_iter().filter_map(|(case, simulator)| blindness(case, *simulator));
    assert_none("emitted benches do not notice a mutant", &blind.collect::<Vec<_>>());
}
