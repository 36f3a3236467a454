//! The emitted self-checking bench passes in two simulators, and fails on a fault.

use hwgen_gen::{Backend, Module};
use hwgen_sim::SimError;
use hwgen_sim::portability::{Bench, Outcome, Simulator};
use hwgen_sim::tool::Tool;
use hwgen_testbenches::{
    Case, Check, Layer, Tally, Tier, cases, first_twin_cases, package, small_cases, with_fault,
};
use std::fs;
use std::path::Path;

/// The checks of this layer.
pub fn checks() -> Vec<Check> {
    let mut layer = Layer::new("portability");
    layer.needs(&[Tool::Icarus]);
    layer.each_as("icarus", cases(), |case| failure(case, Backend::Template, Simulator::Icarus));
    layer.each_as("icarus", first_twin_cases(), |case| {
        failure(case, Backend::RustHdl, Simulator::Icarus)
    });
    layer.each_as("icarus_sees_a_fault", small_cases(), |case| blindness(case, Simulator::Icarus));
    layer.needs(&[Tool::Verilator, Tool::Compiler]);
    layer.each_as("verilator_sees_a_fault", small_cases(), |case| {
        blindness(case, Simulator::Verilator)
    });
    // Verilator simulates every configuration in the co-simulation: the bench of one is enough.
    let is_first = |case: &Case| small_cases().iter().any(|small| small.name() == case.name());
    let (first, others) = cases().into_iter().partition(|case| is_first(case));
    layer.each_as("verilator", first, in_verilator).from_tier(Tier::Thorough);
    layer.each_as("verilator", others, in_verilator);
    layer.each_as("verilator", first_twin_cases(), |case| {
        failure(case, Backend::RustHdl, Simulator::Verilator)
    });
    layer.checks()
}

/// Beats of a bench, enough to meet every phase of the corners that fit.
const BEATS: usize = 600;

/// The same for a large design, which Icarus simulates at some hundred cycles per second: its small
/// configurations have all the beats. There it plays one round, the one with random stalls and a reset
/// in mid run; Verilator plays all.
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

fn in_verilator(case: &Case) -> Vec<String> {
    failure(case, Backend::Template, Simulator::Verilator)
}

/// Why the bench of `case` does not pass, if it does not.
fn failure(case: &Case, backend: Backend, simulator: Simulator) -> Vec<String> {
    let package = package_of(case, backend);
    match run(case, package.path(), simulator) {
        Err(error) => vec![error.to_string()],
        Ok(outcome) if outcome.passed && outcome.beats > 0 => {
            Tally::compared(outcome.beats);
            Vec::new()
        }
        Ok(outcome) => vec![outcome.log],
    }
}

/// Why the bench of `case` does not notice the first mutant, if it does not.
fn blindness(case: &Case, simulator: Simulator) -> Vec<String> {
    let mutants = case.design.spec.mutants(&case.design.name);
    let mutant = mutants.first().expect("a mutant");
    let rtl = match with_fault(case.design.rtl(), mutant) {
        Ok(rtl) => rtl,
        Err(error) => return vec![error],
    };
    let package = package_of(case, Backend::Template);
    for Module { name, text } in rtl {
        fs::write(package.path().join(format!("rtl/{name}.v")), text).expect("a file is written");
    }
    match run(case, package.path(), simulator) {
        Err(error) => vec![error.to_string()],
        Ok(outcome) if outcome.passed => vec![format!("{}: passed\n{}", mutant.what, outcome.log)],
        Ok(_) => {
            Tally::caught();
            Vec::new()
        }
    }
}
