//! Deliberate faults, each of which has to be caught: by the bench of a package alone (`notice`), and by
//! the co-simulation. In the tier `full` by one of them: by the former, where it can and is quick;
//! of the others one of [`ONE_OF`] is tried.

use crate::cosim::TOOLS;
use crate::notice;
use hwgen_gen::block::Mutant;
use hwgen_sim::cosim::{self, Options};
use hwgen_testbenches::{Case, Check, Layer, Tally, Tier, cases, with_fault};
use std::sync::Arc;

/// Of the faults that are left to the co-simulation, one of so many is tried in the tier `full`: to
/// compile a model takes longer than all the rest.
const ONE_OF: usize = 4;

/// Beats after which a fault has to be caught, besides the corners.
const BEATS: usize = 20_000;

/// The checks of this layer.
pub fn checks() -> Vec<Check> {
    let mut layer = Layer::new("mutants");
    layer.needs(TOOLS);
    // In the first configuration that has it; what the bench of a package has to notice in this tier
    // is not judged twice.
    let mut tried = notice::tried_in_full();
    let mut left = 0;
    for (case, mutant) in mutants() {
        let first = tried.insert((case.generator.name, mutant.what));
        left += usize::from(first);
        let full = first && (left % ONE_OF == 0 || mutant.unseen.is_some());
        let tier = if full { Tier::Full } else { Tier::Thorough };
        let name = format!("{}::{}", case.name(), mutant.what);
        layer.add(&name, tier, case.weight(), move || survives(&case, &mutant));
    }
    // Of every configuration, since a fault is tried in the first one only that has it.
    layer.needs(&[]).each_as("occur_in_what_is_emitted", cases(), |case| {
        let (rtl, mutants) = (case.design.rtl(), case.design.spec.mutants(&case.design.name));
        let fit = |mutant: Mutant| Some((with_fault(rtl.clone(), &mutant).err()?, mutant.what));
        mutants.into_iter().filter_map(fit).map(|(why, what)| format!("{what}: {why}")).collect()
    });
    layer.checks()
}

/// All faults of all configurations, those of large ones last.
fn mutants() -> Vec<(Arc<Case>, Mutant)> {
    let mut cases = cases();
    cases.sort_by_key(|case| case.design.is_large());
    let mutants = cases.iter().flat_map(|case| {
        let mutants = case.design.spec.mutants(&case.design.name);
        assert!(!mutants.is_empty(), "{} has no mutants", case.name());
        mutants.into_iter().map(|mutant| (case.clone(), mutant)).collect::<Vec<_>>()
    });
    mutants.collect()
}

/// Why the co-simulation does not catch `mutant`, if it does not.
fn survives(case: &Case, mutant: &Mutant) -> Vec<String> {
    let rtl = match with_fault(case.design.rtl(), mutant) {
        Ok(rtl) => rtl,
        Err(error) => return vec![error],
    };
    let options = Options { beats: BEATS, experiments: false, brief: true, ..Options::default() };
    match cosim::run_rtl(&case.design, Some(&rtl), &options, &|_| {}) {
        Err(error) => vec![error.to_string()],
        Ok(report) if report.passed() => vec!["survived".to_owned()],
        Ok(report) => {
            Tally::compared(report.beats);
            Tally::caught();
            Vec::new()
        }
    }
}
