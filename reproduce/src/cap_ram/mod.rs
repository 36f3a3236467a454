//! A charge-domain SRAM macro that multiplies matrices (Chen et al., IEEE JSSC 2021).
//!
//! Cycles and codes come from the block's golden model, with LeNet-5 in its cells; power is what
//! the paper says of each component, for the components that an operation uses.

mod power;
mod tables;

use crate::Paper;
use crate::report::Report;

/// The paper.
pub const PAPER: Paper = Paper {
    name: "cap-ram",
    source: "Chen et al., CAP-RAM: A Charge-Domain In-Memory Computing 6T-SRAM for Accurate and \
             Precision-Programmable CNN Inference, IEEE JSSC 56(6), 2021",
    reproduce,
    synthesized: &[tables::digital::HALF],
};

/// Global cycles per second.
const GLOBAL_CYCLES_PER_SECOND: f64 = 70e6;

fn reproduce() -> Report {
    let linearity = tables::linearity::Measured::new();
    Report {
        paper: PAPER.name,
        source: PAPER.source,
        sections: vec![
            tables::throughput::section(),
            linearity.section(),
            tables::network::mapping(),
            tables::network::accuracy(),
            tables::digital::section(),
        ],
        conclusions: tables::conclusions(),
        curves: linearity.families(),
        bars: Vec::new(),
    }
}
