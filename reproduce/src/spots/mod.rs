//! A sparse systolic array for matrix products, fed by an IM2COL unit (Soltaniyeh, Martin,
//! Nagarakatte, ACM TACO 2022).
//!
//! The abstract gives means over four networks; what they rest on (pruned models, the baseline's
//! normalisation, the processors compared with) is not public to us. So every number is given under
//! each normalisation that makes sense, and the report says where the published one lies.

pub mod clocked;
pub mod counted;
pub mod cycles;
pub mod energy;
pub mod measured;
pub mod prototype;
pub mod sparsity;
mod tables;

use crate::Paper;
use crate::networks;
use crate::report::Report;

/// The paper.
pub const PAPER: Paper = Paper {
    name: "spots",
    source: "Soltaniyeh, Martin, Nagarakatte, An Accelerator for Sparse Convolutional Neural \
             Networks Leveraging Systolic General Matrix-matrix Multiplication, ACM TACO 19(3), \
             2022",
    reproduce,
    synthesized: &[],
};

/// What the abstract says: speed over Eyeriss, mean of the networks.
pub const SPEED_OVER_EYERISS: f64 = 1.74;

/// Speed over Gemmini.
pub const SPEED_OVER_GEMMINI: f64 = 2.16;

/// Speed over Sparse-PE.
pub const SPEED_OVER_SPARSE_PE: f64 = 1.63;

/// Energy efficiency over a processor.
pub const EFFICIENCY_OVER_CPU: f64 = 78.0;

/// Energy efficiency over a graphics processor.
pub const EFFICIENCY_OVER_GPU: f64 = 12.0;

fn reproduce() -> Report {
    let networks = networks::all();
    clocked::prepare(networks.iter().flat_map(sparsity::all).collect::<Vec<_>>());
    let utilisation = tables::utilisation::section(&networks);
    let real = measured::layers();
    Report {
        paper: PAPER.name,
        source: PAPER.source,
        conclusions: tables::conclusions::all(&networks, &real),
        curves: tables::sweep::families(&networks),
        bars: vec![tables::utilisation::bars(&utilisation)],
        sections: vec![
            tables::speed::section(&networks),
            tables::speed::needed(&networks),
            utilisation,
            tables::real::section(&real),
            tables::maps::section(&networks),
            tables::energy::section(&networks),
            tables::others::section(&networks),
        ],
    }
}
