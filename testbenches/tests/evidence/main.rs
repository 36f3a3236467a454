//! Every layer of evidence, for every block of the registry. No file here knows a block by name.
//!
//! A check is called `layer::block::configuration`; `cargo test --test evidence -- NAME` runs those
//! whose names contain NAME.

mod bench;
mod chip;
mod cosim;
mod documents;
mod formal;
mod liberty;
mod lint;
mod mapping;
mod mutants;
mod netlist;
mod networks;
mod notice;
mod package;
mod portability;
mod registry;
mod snapshot;
mod stimulus;
mod structure;
mod synthesis;
mod text;
mod timing;

use hwgen_testbenches::{Check, run};
use std::process::ExitCode;

/// Every layer.
const LAYERS: &[fn() -> Vec<Check>] = &[
    bench::checks,
    chip::checks,
    cosim::checks,
    documents::checks,
    formal::checks,
    liberty::checks,
    lint::checks,
    mapping::checks,
    mutants::checks,
    netlist::checks,
    networks::checks,
    notice::checks,
    package::checks,
    portability::checks,
    registry::checks,
    snapshot::checks,
    stimulus::checks,
    structure::checks,
    synthesis::checks,
    text::checks,
    timing::checks,
];

fn main() -> ExitCode {
    run(LAYERS.iter().flat_map(|checks| checks()).collect())
}
