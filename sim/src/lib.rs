//! How RTL is judged. Knows tools, not blocks: everything about a block comes from its
//! [`Design`](hwgen_gen::Design).

pub mod cosim;
pub mod ending;
pub mod equivalence;
mod error;
pub mod input;
pub mod liberty;
pub mod lint;
pub mod netlist;
pub mod output;
pub mod portability;
pub mod synth;
pub mod tool;
mod yosys;

pub use error::SimError;
