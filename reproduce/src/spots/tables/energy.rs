//! Energy per image.

use super::{columns, each, some};
use crate::eyeriss::published;
use crate::layer::Network;
use crate::report::{Basis, Row, Section, Unit};
use crate::spots::cycles::{Feed, best_mode};
use crate::spots::energy::{self, Energy};
use crate::spots::sparsity::{self, Pruning, Sparsity};

const PICOJOULES_IN_MILLIJOULE: f64 = 1e9;

/// The table.
pub fn section(networks: &[Network]) -> Section {
    let dense = |of: fn(Energy) -> f64| {
        each(networks, move |network| {
            of(total(network, &sparsity::dense(network))) / PICOJOULES_IN_MILLIJOULE
        })
    };
    let sparse = some(networks, |network| {
        let sparsity = sparsity::recalled(network, Pruning::Lossless)?;
        Some(total(network, &sparsity).chip / PICOJOULES_IN_MILLIJOULE)
    });
    let chip = some(networks, |network| Some(published::of(network.name)?.energy_mj()));
    let row = |name, ours| Row::new(name, Unit::Millijoules, ours);
    let rows = vec![
        row("on chip, dense", dense(|energy| energy.chip)).how(Basis::Modelled, TABLE),
        row("on chip, sparse", sparse).how(Basis::Recalled, SPARSE),
        row("DRAM, dense", dense(|energy| energy.dram)).how(Basis::Modelled, DRAM),
        row("Eyeriss chip, published", chip).how(Basis::Published, EYERISS),
    ];
    Section { title: "Energy per image", columns: columns(networks), rows }
}

fn total(network: &Network, sparsity: &[Sparsity]) -> Energy {
    let layers = network.layers.iter().zip(sparsity);
    let energies = layers.map(|(layer, sparsity)| {
        energy::layer(layer, best_mode(layer, sparsity, Feed::Ideal), sparsity)
    });
    energies.sum()
}

const TABLE: &str = "counted accesses times pJ per 16-bit word, 65 nm: buffer 15, hop to a \
                     neighbour 4, register 1, multiply-add 2; maps read once per pass over as many \
                     filters as fit; no control, clock or leakage";

const SPARSE: &str = "same, sparse as in the first table: zeros are skipped or gated; in the mode \
                      that is fastest, which may read weights more often";

const DRAM: &str = "460 pJ per word; weights, input and output maps of every layer once: a lower \
                    bound, since the sizes of the memories on the chip are not public to us";

const EYERISS: &str = "for comparison with rows a and b: its power times its time, without DRAM, \
                       zeros gated; agrees with 278 mW at 35 and 236 mW at 0.7 images/s in its \
                       abstract";
