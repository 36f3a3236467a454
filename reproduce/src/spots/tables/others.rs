//! Claims against other machines.

use super::{columns, each};
use crate::layer::Network;
use crate::report::{Basis, Row, Section, Unit};
use crate::scale_sim;
use crate::spots::prototype::ELEMENTS;
use crate::spots::tables::utilisation::dense;
use crate::spots::{
    EFFICIENCY_OVER_CPU, EFFICIENCY_OVER_GPU, SPEED_OVER_GEMMINI, SPEED_OVER_SPARSE_PE,
};

/// Rows and columns of Gemmini as it is delivered.
const GEMMINI: [u64; 2] = [16, 16];

/// The table.
pub fn section(networks: &[Network]) -> Section {
    let square = each(networks, |network| {
        let cycles = network.sum(|layer| scale_sim::layer(layer, GEMMINI)) as f64;
        cycles * GEMMINI.iter().product::<u64>() as f64 / ELEMENTS as f64 / dense(network)
    });
    let none = |name, published, how| {
        let ours = vec![None; networks.len()];
        Row::new(name, Unit::Times, ours).published(published).how(Basis::NotReproduced, how)
    };
    let rows = vec![
        Row::new("speed over Gemmini, array only", Unit::Times, square)
            .mean()
            .published(SPEED_OVER_GEMMINI)
            .how(Basis::Modelled, SQUARE),
        none("speed over Sparse-PE", SPEED_OVER_SPARSE_PE, SPARSE_PE),
        none("energy efficiency over a CPU", EFFICIENCY_OVER_CPU, PROCESSORS),
        none("energy efficiency over a GPU", EFFICIENCY_OVER_GPU, PROCESSORS),
    ];
    Section { title: "Other claims", columns: columns(networks), rows }
}

const SQUARE: &str = "dense, equal size and clock; 16 x 16 output-stationary array that drains \
                      between tiles, as SCALE-Sim counts; its IM2COL and data movement are left \
                      out, and the paper says that IM2COL in software takes 29 % of the time";

const SPARSE_PE: &str = "its cycles per layer are not public to us";

const PROCESSORS: &str = "which processor, library, precision and batch, and how its power was \
                          measured, is not public to us; without that any ratio could be had";
