//! Deliberate faults of the emitted RTL.

use super::CapRam;
use crate::block::Mutant;
use crate::verilog::Ident;

pub(super) fn mutants(_spec: &CapRam, _top: &Ident) -> Vec<Mutant> {
    Vec::new()
}
