//! What stimulus plays: the legal values of every field, those beyond, and pairs of fields.

use hwgen_gen::goals::Goals;
use hwgen_gen::package;
use hwgen_gen::traffic::Traffic;
use hwgen_sim::cosim::{self, Options};
use hwgen_testbenches::{Case, Check, Layer, cases, small_cases};

/// Beats of the emitted bench unless a user asks for another number.
const BEATS: usize = 2000;

/// The checks of this layer.
pub fn checks() -> Vec<Check> {
    let mut layer = Layer::new("stimulus");
    // The co-simulation plays every field from end to end.
    layer.each(cases(), |case| {
        let options = Options::default();
        left(goals(case), cosim::stimulus(&case.design, &options).flatten())
    });
    // Emitted benches play few values whole, and more from end to end.
    layer.each_as("bench", small_cases(), |case| {
        let phases = package::phases(&case.design, 1, BEATS);
        left(goals(case).keys(), phases.into_iter())
    });
    // What is refused of a user is not played either.
    layer.each_as("is_whole", cases(), |case| {
        let (spec, options) = (&case.design.spec, Options::default());
        let bench = package::phases(&case.design, 1, BEATS);
        let played = cosim::stimulus(&case.design, &options);
        let batches = std::iter::once(bench).chain(played);
        batches
            .filter_map(|phases| spec.check(&phases).err())
            .map(|error| error.to_string())
            .collect()
    });
    layer.checks()
}

fn goals(case: &Case) -> Goals {
    let bench = &case.design.bench;
    Goals::new(&bench.interface, &case.design.spec.crosses())
}

/// What the phases leave out.
fn left(mut goals: Goals, phases: impl Iterator<Item = Traffic>) -> Vec<String> {
    let all = goals.count();
    phases.for_each(|phase| goals.play(&phase));
    let left: Vec<_> = goals.left().collect();
    let count = format!("{} of {all} goals are not reached", left.len());
    if left.is_empty() { Vec::new() } else { vec![format!("{count}: {}", left.join(", "))] }
}
