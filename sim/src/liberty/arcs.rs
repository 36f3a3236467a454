//! The timing that a cell must have, as its functions show.

use super::cell::Cell;
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

/// What the functions of `cell` make depend on what. A latch has no arcs here.
pub(super) fn of(cell: &Cell) -> Vec<Arc> {
    let flip_flops = || cell.states.iter().filter(|state| !state.is_latch);
    let clocks: BTreeSet<_> = flip_flops().flat_map(|state| state.clock.pins()).collect();
    let names: BTreeSet<_> = cell.states.iter().flat_map(|state| &state.variables).collect();
    let mut arcs = BTreeSet::new();
    let mut depends = |kind, from: &str, to: &str| {
        arcs.insert(Arc { kind, from: from.to_owned(), to: to.to_owned() });
    };
    let is_state = |name: &str| names.iter().any(|state| *state == name);
    for data in flip_flops().flat_map(|state| state.input.pins()) {
        for clock in clocks.iter().filter(|_| !is_state(data)) {
            depends(ArcKind::Setup, clock, data);
        }
    }
    for output in cell.outputs() {
        for source in output.function.iter().flat_map(Function::pins) {
            if is_state(source) {
                clocks.iter().for_each(|clock| {
                    depends(ArcKind::ClockToOutput, clock, &output.name);
                });
            } else {
                depends(ArcKind::Delay, source, &output.name);
            }
        }
    }
    arcs.into_iter().collect()
}
