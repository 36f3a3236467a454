//! How busy the array is, and how long a dense network takes.

use super::{columns, each};
use crate::layer::{Layer, Network};
use crate::report::{Bars, Basis, Row, Section, Unit};
use crate::spots::cycles::{CLOCK_HZ, ELEMENTS, Feed, Mode, best_cycles, layer_cycles};
use crate::spots::sparsity::{self, Sparsity};

/// The table.
pub fn section(networks: &[Network]) -> Section {
    let row = |name, mode: Option<Mode>, how| {
        let ours = each(networks, |network| utilisation(network, mode));
        Row::new(name, Unit::Share, ours).mean().how(Basis::Modelled, how)
    };
    let rows = vec![
        row("one array of 128 x 4", Some(Mode::Tall), RULE),
        row("two of 64 x 4", Some(Mode::Two), "same rule; two groups of patches at a time"),
        row("four of 32 x 4", Some(Mode::Four), "same rule; four groups of patches at a time"),
        row("best of the three, per layer", None, "the mode register is written once per layer"),
        Row::new("cycles, best", Unit::Count, each(networks, dense))
            .how(Basis::Modelled, "of all convolution layers, one image"),
        Row::new("time at 500 MHz, best", Unit::Milliseconds, each(networks, milliseconds))
            .how(Basis::Modelled, "the clock is the paper's, in FreePDK 45 nm"),
    ];
    Section { title: "Utilisation of 512 elements, dense", columns: columns(networks), rows }
}

const RULE: &str = "cycle rule: 4 sums per element, tiles back to back, patches never late; \
                    filling the array is paid once per layer";

/// The shares of `section` as bars.
pub fn bars(section: &Section) -> Bars {
    let shares = section.rows.iter().filter(|row| row.unit == Unit::Share);
    let series = shares.map(|row| (row.name, row.ours.iter().flatten().copied().collect()));
    Bars {
        title: "utilisation of 512 processing elements, dense",
        groups: section.columns.clone(),
        series: series.collect(),
    }
}

/// Cycles of one image, nothing skipped.
pub fn dense(network: &Network) -> f64 {
    best_cycles(network, &sparsity::dense(network), Feed::Ideal) as f64
}

/// Milliseconds of one image, nothing skipped.
pub fn milliseconds(network: &Network) -> f64 {
    dense(network) / CLOCK_HZ * 1e3
}

fn utilisation(network: &Network, mode: Option<Mode>) -> f64 {
    let in_mode =
        |mode| network.sum(|layer| layer_cycles(layer, mode, &Sparsity::DENSE, Feed::Ideal)) as f64;
    let cycles = mode.map_or_else(|| dense(network), in_mode);
    network.sum(Layer::macs) as f64 / ELEMENTS as f64 / cycles
}
