//! Speed over Eyeriss, under every normalisation.

use super::{columns, some};
use crate::eyeriss::{self, calibrated, published, row_stationary};
use crate::layer::Network;
use crate::report::{Basis, Row, Section, Unit};
use crate::spots::SPEED_OVER_EYERISS;
use crate::spots::cycles::{self, Feed, best_cycles};
use crate::spots::sparsity::{self, Pruning, Sparsity};

/// Speed of every network under every normalisation.
pub struct Speed<'a> {
    networks: &'a [Network],
}

/// An account of Eyeriss.
#[derive(Clone, Copy)]
pub enum Baseline {
    /// The ideal mapping.
    Ideal,
    /// The model fitted to the chip.
    Calibrated,
    /// The chip.
    Measured,
}

impl Baseline {
    /// Cycles of `network` for one image.
    fn cycles(self, network: &Network) -> Option<f64> {
        match self {
            Self::Ideal => Some(network.sum(row_stationary::layer) as f64),
            Self::Calibrated => {
                published::of(network.name).map(|chip| calibrated::network(network, chip))
            }
            Self::Measured => published::of(network.name).map(published::Chip::cycles),
        }
    }
}

/// What the array skips.
#[derive(Clone, Copy)]
pub enum Skipping {
    /// Nothing.
    Nothing,
    /// Columns pruned like this, and zeros of the maps.
    Recalled(Pruning),
}

impl Skipping {
    fn of(self, network: &Network) -> Option<Vec<Sparsity>> {
        match self {
            Self::Nothing => Some(sparsity::dense(network)),
            Self::Recalled(pruning) => sparsity::recalled(network, pruning),
        }
    }
}

/// Speed over Eyeriss if both had equally many elements and the same clock.
pub fn at_equal_size(
    network: &Network,
    baseline: Baseline,
    sparsity: &[Sparsity],
    feed: Feed,
) -> Option<f64> {
    let equal = eyeriss::ELEMENTS as f64 / cycles::ELEMENTS as f64;
    Some(baseline.cycles(network)? * equal / best_cycles(network, sparsity, feed) as f64)
}

impl<'a> Speed<'a> {
    /// Of these networks.
    pub fn new(networks: &'a [Network]) -> Self {
        Self { networks }
    }

    /// The table.
    pub fn section(&self) -> Section {
        let silicon = some(self.networks, |network| {
            let cycles = best_cycles(network, &sparsity::dense(network), Feed::Ideal) as f64;
            let seconds = Baseline::Measured.cycles(network)? / eyeriss::CLOCK_HZ;
            Some(seconds * cycles::CLOCK_HZ / cycles)
        });
        let silicon =
            Row::new("as built, dense", Unit::Times, silicon).how(Basis::Published, SILICON);
        let rows = [silicon].into_iter().chain(ROWS.iter().map(|row| self.row(row)));
        Section {
            title: "Speed over Eyeriss",
            columns: columns(self.networks),
            rows: rows.map(|row| row.mean().published(SPEED_OVER_EYERISS)).collect(),
        }
    }

    /// The share of steps that may be kept for the published speed.
    pub fn needed(&self) -> Section {
        let row = |name, baseline, basis, how| {
            let needed = self.ours(baseline, Skipping::Nothing, Feed::Ideal).into_iter();
            let needed = needed.map(|speed| Some(speed? / SPEED_OVER_EYERISS));
            Row::new(name, Unit::Share, needed.collect()).mean().how(basis, how)
        };
        let rows = vec![
            row("against the ideal mapping", Baseline::Ideal, Basis::Modelled, NEEDED),
            row("against the fitted model", Baseline::Calibrated, Basis::Recalled, ABOVE),
            row("against the chip", Baseline::Measured, Basis::Published, ABOVE),
        ];
        Section { title: "Steps to keep for 1.74x", columns: columns(self.networks), rows }
    }

    /// Mean over the networks that have a value.
    pub fn mean(&self, baseline: Baseline, skipping: Skipping, feed: Feed) -> f64 {
        let ours = Row::new("", Unit::Times, self.ours(baseline, skipping, feed)).mean();
        ours.mean.unwrap_or(f64::NAN)
    }

    fn ours(&self, baseline: Baseline, skipping: Skipping, feed: Feed) -> Vec<Option<f64>> {
        some(self.networks, |network| {
            at_equal_size(network, baseline, &skipping.of(network)?, feed)
        })
    }

    fn row(&self, row: &Normalisation) -> Row {
        let ours = self.ours(row.baseline, row.skipping, row.feed);
        Row::new(row.name, Unit::Times, ours).how(row.basis, row.how)
    }
}

/// A row of the table, at equal size and clock.
struct Normalisation {
    name: &'static str,
    baseline: Baseline,
    skipping: Skipping,
    feed: Feed,
    basis: Basis,
    how: &'static str,
}

const ROWS: [Normalisation; 7] = [
    Normalisation {
        name: "equal size, ideal, dense",
        baseline: Baseline::Ideal,
        skipping: Skipping::Nothing,
        feed: Feed::Ideal,
        basis: Basis::Modelled,
        how: "Eyeriss scaled to 512 elements and the same clock; ideal row-stationary mapping, no \
              stalls",
    },
    Normalisation {
        name: "equal size, fitted, dense",
        baseline: Baseline::Calibrated,
        skipping: Skipping::Nothing,
        feed: Feed::Ideal,
        basis: Basis::Recalled,
        how: "same scaling; model fitted to the chip, bound by multiplications or buffer traffic, \
              which is known of two networks",
    },
    Normalisation {
        name: "equal size, chip, dense",
        baseline: Baseline::Measured,
        skipping: Skipping::Nothing,
        feed: Feed::Ideal,
        basis: Basis::Published,
        how: "same scaling; published processing time, waiting for DRAM excluded (VGG-16 recalled)",
    },
    Normalisation {
        name: "equal size, ideal, map zeros",
        baseline: Baseline::Ideal,
        skipping: Skipping::Recalled(Pruning::None),
        feed: Feed::Ideal,
        basis: Basis::Recalled,
        how: "zeros as measured on the Eyeriss chip, taken as independent: a step of n patches is \
              skipped with probability z^n, a lower bound",
    },
    Normalisation {
        name: "equal size, ideal, pruned",
        baseline: Baseline::Ideal,
        skipping: Skipping::Recalled(Pruning::Lossless),
        feed: Feed::Ideal,
        basis: Basis::Recalled,
        how: "and filter columns pruned without loss of accuracy (structured sparsity learning)",
    },
    Normalisation {
        name: "equal size, ideal, pruned more",
        baseline: Baseline::Ideal,
        skipping: Skipping::Recalled(Pruning::Lossy),
        feed: Feed::Ideal,
        basis: Basis::Recalled,
        how: "and columns pruned with about 2 % loss of accuracy instead",
    },
    Normalisation {
        name: "same, one step per cycle",
        baseline: Baseline::Ideal,
        skipping: Skipping::Recalled(Pruning::Lossy),
        feed: Feed::OneStepPerCycle,
        basis: Basis::Recalled,
        how: "row g if patches arrive at one element each per cycle and are skipped afterwards: \
              layers with one sum per element gain nothing",
    },
];

const SILICON: &str = "512 elements at 500 MHz in 45 nm against 168 at 200 MHz in 65 nm, each at its \
                       own clock; no normalisation, so not what 1.74x means";

const NEEDED: &str = "average of K_eff / K: cycles go down with the steps that are kept";

const ABOVE: &str = "above 100 %: the published speed is exceeded without skipping";
