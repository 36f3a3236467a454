//! Deliberate faults.

use super::Im2col;
use crate::block::Mutant;
use crate::verilog::Ident;

pub(super) fn mutants(_spec: &Im2col, _top: &Ident) -> Vec<Mutant> {
    Vec::new()
}
