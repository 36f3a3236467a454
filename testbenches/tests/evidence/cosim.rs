//! RTL against golden model: corners, random beats, stalls, timing; then random configurations.

use hwgen_gen::{Backend, Module};
use hwgen_sim::cosim::{self, Options};
use hwgen_sim::tool::Tool;
use hwgen_testbenches::{
    Case, Check, Layer, Tally, Tier, cases, first_twin_cases, random_cases, small_cases, with_fault,
};

/// Tools of a co-simulation.
pub const TOOLS: &[Tool] = &[Tool::Verilator, Tool::Compiler];

/// Random beats of a named configuration.
const BEATS: usize = 100_000;

/// Random designs per block and run.
fn random_designs() -> usize {
    if Tier::of_run() == Tier::Thorough { 40 } else { 4 }
}

/// The checks of this layer.
pub fn checks() -> Vec<Check> {
    let mut layer = Layer::new("cosim");
    layer.needs(TOOLS);
    layer.each(cases(), |case| differences(case, None, BEATS));
    layer.each(random_cases(1, random_designs()), |case| differences(case, None, 10_000));
    layer.each(first_twin_cases(), |case| {
        // The proof is about the controller alone; here its twin works among the other modules.
        let rtl = case.design.rtl_from(Backend::RustHdl).expect("a twin");
        differences(case, Some(&rtl), 20_000)
    });
    layer.each_as("a_failure_can_be_shown_again", small_cases(), |case| {
        a_failure_can_be_shown_again(case);
        Vec::new()
    });
    layer.checks()
}

/// How the RTL of `case`, or `rtl` in its place, differs from the golden model in `beats` beats.
fn differences(case: &Case, rtl: Option<&[Module]>, beats: usize) -> Vec<String> {
    // What plays few beats is simulated for less time than an optimised model takes to compile.
    let (experiments, brief) = (rtl.is_none(), beats < BEATS);
    let options = Options { beats, experiments, brief, ..Options::default() };
    let report = match cosim::run_rtl(&case.design, rtl, &options, &|_| {}) {
        Err(error) => return vec![error.to_string()],
        Ok(report) => report,
    };
    Tally::compared(report.beats);
    let unchecked = report.timing.iter().filter(|path| path.checked == 0);
    let mut unchecked: Vec<_> = unchecked.map(|checked| format!("{:?}", checked.path)).collect();
    if case.design.spec.predicted_cycles(&[]).is_made() && report.predicted_cycles.is_none() {
        unchecked.push("prediction".to_owned());
    }
    let failure = report.failure.map(|failure| failure.to_string());
    let unchecked = unchecked.iter().map(|what| format!("timing {what} was never exercised"));
    failure.map_or_else(|| unchecked.collect(), |failure| vec![failure])
}

/// The same seed and batch show the same failure again, as the command in the failure promises.
fn a_failure_can_be_shown_again(case: &Case) {
    let mutant = case.design.spec.mutants(&case.design.name).swap_remove(0);
    let rtl = with_fault(case.design.rtl(), &mutant).expect("a mutant that applies");
    let run = |options: &Options| {
        let report = cosim::run_rtl(&case.design, Some(&rtl), options, &|_| {});
        report.expect("a run").failure.expect("a failure")
    };
    let options = Options { beats: 40_000, seed: 5, brief: true, ..Options::default() };
    let first = run(&options);
    let again = run(&Options { batch: first.batch, ..options.clone() });
    assert_eq!(first, again);
    assert!(first.reproduce.contains("--vectors 40000 --seed 5 --batch "), "{first}");
    let beyond = Options { batch: Some(99), ..options };
    assert!(cosim::run(&case.design, &beyond, &|_| {}).is_err(), "there is no batch 99");
}
