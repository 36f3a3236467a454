//! Deliberate faults.

use super::Spots;
use super::rtl::Names;
use crate::block::Mutant;
use crate::verilog::Ident;

pub(super) fn mutants(_spec: &Spots, top: &Ident) -> Vec<Mutant> {
    let names = Names::new(top);
    vec![Mutant::new("rounding", &names.lane, "kept_q[0]}", "1'b0}")]
}
