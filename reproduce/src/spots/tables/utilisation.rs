//! How busy the array is, and how long a dense network takes.

use super::{columns, each};
use crate::layer::{Layer, Network};
use crate::report::{Bars, Basis, Row, Section, Unit};
use crate::spots::cycles::{Feed, best_cycles, layer_cycles};
use crate::spots::prototype::{CLOCK_HZ, ELEMENTS, Mode};
use crate::spots::sparsity::{self, Sparsity};

/// The table.
pub fn section(networks: &[Network]) -> Section {
    let row = |name, mode: Option<Mode>, feed, how| {
        let ours = each(networks, |network| utilisation(network, mode, feed));
        Row::new(name, Unit::Share, ours).mean().how(Basis::Modelled, how)
    };
    let clocked = Feed::Clocked;
    let rows = vec![
        row("one array of 128 x 4", Some(Mode::Tall), clocked, CLOCKED),
        row("two of 64 x 4", Some(Mode::Two), clocked, "same; two groups of patches at a time"),
        row("four of 32 x 4", Some(Mode::Four), clocked, "same; four groups of patches at a time"),
        row("best of the three, per layer", None, clocked, "the mode is a register of the layer"),
        row("best of the three, by rule", None, Feed::Ideal, RULE),
        Row::new("cycles, best", Unit::Count, each(networks, dense))
            .how(Basis::Modelled, "as row d, of all convolution layers, one image"),
        Row::new("time at 500 MHz, best", Unit::Milliseconds, each(networks, milliseconds))
            .how(Basis::Modelled, "the clock is the paper's, in FreePDK 45 nm"),
    ];
    Section { title: "Utilisation of 512 elements, dense", columns: columns(networks), rows }
}

const CLOCKED: &str = "cycle model that equals the emitted RTL cycle for cycle: set-up of every \
                       layer, patches as the IM2COL units make them, post-processing; memories \
                       hold whole layers, loading is left out";

const RULE: &str = "cycle rule: 4 sums per element, tiles back to back, patches never late; \
                    filling the array is paid once per layer";

/// The shares of `section` as bars.
pub fn bars(section: &Section) -> Bars {
    let shares = section.rows.iter().filter(|row| row.unit == Unit::Share).take(4);
    let series = shares.map(|row| (row.name, row.ours.iter().flatten().copied().collect()));
    Bars {
        title: "utilisation of 512 processing elements, dense",
        y: "utilisation (share)",
        groups: section.columns.clone(),
        series: series.collect(),
    }
}

/// Cycles of one image, nothing skipped.
pub fn dense(network: &Network) -> f64 {
    best(network, Feed::Clocked)
}

/// Milliseconds of one image, nothing skipped.
pub fn milliseconds(network: &Network) -> f64 {
    dense(network) / CLOCK_HZ * 1e3
}

fn best(network: &Network, feed: Feed) -> f64 {
    best_cycles(network, &sparsity::dense(network), feed) as f64
}

fn utilisation(network: &Network, mode: Option<Mode>, feed: Feed) -> f64 {
    let in_mode =
        |mode| network.sum(|layer| layer_cycles(layer, mode, &Sparsity::DENSE, feed)) as f64;
    let cycles = mode.map_or_else(|| best(network, feed), in_mode);
    network.sum(Layer::macs) as f64 / ELEMENTS as f64 / cycles
}
