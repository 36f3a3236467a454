//! The papers' headline tables: published, ours, how.
//!
//! A paper is a module with a report; one line in [`PAPERS`] makes it known to the command line.
//! All numbers are computed from shapes of layers, cycle models and declared constants; every row
//! of a report says what it rests on. This crate runs no tool and prints nothing.

pub mod cap_ram;
pub mod eyeriss;
pub mod layer;
pub mod networks;
pub mod reads;
pub mod recorded;
pub mod report;
pub mod scale_sim;
pub mod spots;
mod text;

pub use layer::{Layer, Network};
pub use report::Report;

/// A paper whose headline table can be reproduced.
#[derive(Clone, Copy, Debug)]
pub struct Paper {
    /// Name on the command line.
    pub name: &'static str,
    /// Authors, title, where it appeared.
    pub source: &'static str,
    /// Computes the report.
    pub reproduce: fn() -> Report,
    /// Designs whose size and speed it compares with the paper's.
    pub synthesized: &'static [Synthesized],
}

/// What synthesis made of a design. Recorded, as this crate runs no tool: a test of the evidence
/// synthesizes again, module by module, and demands the same.
#[derive(Clone, Copy, Debug)]
pub struct Synthesized {
    /// Name of the block.
    pub block: &'static str,
    /// Flags of the design.
    pub flags: &'static str,
    /// Area of its cells in OSU018, um2.
    pub area_um2: f64,
    /// Highest clock frequency in OSU018, before placement, MHz.
    pub fmax_mhz: f64,
}

/// All papers, in the order in which they are listed to the user.
pub static PAPERS: &[Paper] = &[spots::PAPER, cap_ram::PAPER];

/// The paper called `name`.
pub fn find(name: &str) -> Option<&'static Paper> {
    PAPERS.iter().find(|paper| paper.name == name)
}
