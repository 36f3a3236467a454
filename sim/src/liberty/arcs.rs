//! The timing that a cell must have, as its functions show, and what its tables lack.

use super::Group;
use super::function::Function;
use std::collections::BTreeSet;

/// Two pins of a cell whose times depend on each other.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Arc {
    /// What the dependence is.
    pub kind: ArcKind,
    /// Input.
    pub from: String,
    /// Output; for [`ArcKind::Setup`], the input that has to wait for no edge of `from`.
    pub to: String,
}

/// Kinds of dependence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ArcKind {
    /// An output follows an input.
    Delay,
    /// An output changes after an edge of the clock.
    ClockToOutput,
    /// An input has to be stable before an edge of the clock.
    Setup,
}

/// Tables of a delay, and those without which OpenSTA takes a slope for infinitely steep.
const PAIRED: [(&str, &str); 2] =
    [("cell_rise", "rise_transition"), ("cell_fall", "fall_transition")];

/// What the functions of the cell `group` make depend on what. A latch has no arcs here.
pub(super) fn of(group: &Group) -> Vec<Arc> {
    let states = states(group);
    let clocks: BTreeSet<_> =
        states.iter().flat_map(|state| pins_of(state.value("clocked_on"))).collect();
    let names: BTreeSet<_> = states.iter().flat_map(|state| state.argument().split(',')).collect();
    let names: BTreeSet<_> = names.into_iter().map(str::trim).collect();
    let mut arcs = BTreeSet::new();
    let mut depends = |kind, from: &str, to: &str| {
        arcs.insert(Arc { kind, from: from.to_owned(), to: to.to_owned() });
    };
    for data in states.iter().flat_map(|state| pins_of(state.value("next_state"))) {
        for clock in clocks.iter().filter(|_| !names.contains(data.as_str())) {
            depends(ArcKind::Setup, clock, &data);
        }
    }
    for output in group.groups.iter().filter(|group| group.is("pin")) {
        for source in pins_of(output.value("function")) {
            if names.contains(source.as_str()) {
                clocks.iter().for_each(|clock| {
                    depends(ArcKind::ClockToOutput, clock, output.argument());
                });
            } else {
                depends(ArcKind::Delay, &source, output.argument());
            }
        }
    }
    arcs.into_iter().collect()
}

/// The tables that a delay of the cell `group` needs and lacks: `Y: cell_rise without
/// rise_transition`.
pub(super) fn incomplete(group: &Group) -> Vec<String> {
    let pins = group.groups.iter().filter(|group| group.is("pin"));
    let timings = pins.flat_map(|pin| {
        let timings = pin.groups.iter().filter(|group| group.is("timing"));
        timings.map(move |timing| (pin.argument(), timing))
    });
    let lacks = timings.flat_map(|(pin, timing)| {
        let has = |name: &str| timing.groups.iter().any(|group| group.is(name));
        let lacking = PAIRED.into_iter().filter(move |(delay, slope)| has(delay) && !has(slope));
        lacking.map(move |(delay, slope)| format!("{pin}: {delay} without {slope}"))
    });
    lacks.collect()
}

/// The flip-flops in a cell.
fn states(cell: &Group) -> Vec<&Group> {
    cell.groups.iter().filter(|group| group.is("ff") || group.is("ff_bank")).collect()
}

/// The pins and states that a function depends on.
fn pins_of(function: Option<&str>) -> BTreeSet<String> {
    function.and_then(Function::parse).map(|function| function.pins()).unwrap_or_default()
}
