//! What stimulus plays: the legal values of every field, those beyond, and pairs of fields.

use hwgen_gen::goals::Goals;
use hwgen_gen::package;
use hwgen_gen::traffic::Traffic;
use hwgen_sim::cosim::{self, Options};
use hwgen_testbenches::{Case, assert_none, cases, small_cases};
use rayon::prelude::*;

/// Beats of the emitted bench unless a user asks for another number.
const BEATS: usize = 2000;

fn goals(case: &Case) -> Goals {
    let bench = &case.design.bench;
    Goals::new(&bench.interface, &case.design.spec.crosses())
}

/// What the phases leave out, as text.
fn left(case: &Case, mut goals: Goals, phases: impl Iterator<Item = Traffic>) -> Option<String> {
    let all = goals.count();
    phases.for_each(|phase| goals.play(&phase));
    let left: Vec<_> = goals.left().collect();
    let count = format!("{} of {all} goals are not reached", left.len());
    (!left.is_empty()).then(|| format!("{}: {count}: {}", case.name, left.join(", ")))
}

#[test]
fn cosimulation_plays_every_field_from_end_to_end() {
    let cases = cases();
    let left = cases.par_iter().filter_map(|case| {
        let options = Options::default();
        let phases = cosim::stimulus(&case.design, &options).flatten();
        left(case, goals(case), phases)
    });
    assert_none("designs are not played in full", &left.collect::<Vec<_>>());
}

#[test]
fn emitted_benches_play_few_values_whole_and_more_from_end_to_end() {
    let cases = small_cases();
    let left = cases.par_iter().filter_map(|case| {
        let phases = package::phases(&case.design, 1, BEATS).into_iter();
        left(case, goals(case).keys(), phases)
    });
    assert_none("benches leave out what a short stimulus reaches", &left.collect::<Vec<_>>());
}
