//! Speed over Eyeriss, under every normalisation.

use super::{columns, some};
use crate::eyeriss::{self, calibrated, published, row_stationary};
use crate::layer::Network;
use crate::report::{self, Basis, Row, Section, Unit};
use crate::spots::SPEED_OVER_EYERISS;
use crate::spots::cycles::{Feed, best_cycles};
use crate::spots::prototype;
use crate::spots::sparsity::{self, Pruning, Sparsity};

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

/// Cycles of Eyeriss in cycles of an array with its own number of elements and its own clock.
const AS_BUILT: f64 = prototype::CLOCK_HZ / eyeriss::CLOCK_HZ;

/// If both had equally many elements and the same clock.
const EQUAL_SIZE: f64 = eyeriss::ELEMENTS as f64 / prototype::ELEMENTS as f64;

/// What is compared with what.
#[derive(Clone, Copy)]
pub struct Normalisation {
    baseline: Baseline,
    /// By which the baseline's cycles are multiplied.
    scale: f64,
    /// Zeros that the array skips; none: nothing is zero.
    pruning: Option<Pruning>,
    feed: Feed,
}

impl Normalisation {
    /// At equal size, nothing zero.
    pub const fn dense(baseline: Baseline) -> Self {
        Self { baseline, scale: EQUAL_SIZE, pruning: None, feed: Feed::Ideal }
    }

    /// At equal size, with the zeros that are known.
    pub const fn sparse(baseline: Baseline, pruning: Pruning) -> Self {
        Self { pruning: Some(pruning), ..Self::dense(baseline) }
    }

    /// The same with each machine as it was built.
    const fn as_built(self) -> Self {
        Self { scale: AS_BUILT, ..self }
    }

    /// The same with patches that arrive at one element each per cycle.
    pub const fn slow(self) -> Self {
        Self { feed: Feed::OneStepPerCycle, ..self }
    }

    /// The same in cycles of the RTL instead of the rule's.
    pub const fn clocked(self) -> Self {
        Self { feed: Feed::Clocked, ..self }
    }

    /// Speed of a network whose layers are this sparse.
    pub fn speed(self, network: &Network, sparsity: &[Sparsity]) -> Option<f64> {
        let ours = best_cycles(network, sparsity, self.feed) as f64;
        Some(self.baseline.cycles(network)? * self.scale / ours)
    }

    /// Speed of those networks of which enough is known.
    fn speeds(self, networks: &[Network]) -> Vec<Option<f64>> {
        some(networks, |network| {
            let sparsity = match self.pruning {
                None => sparsity::dense(network),
                Some(pruning) => sparsity::recalled(network, pruning)?,
            };
            self.speed(network, &sparsity)
        })
    }

    /// Mean of these networks.
    pub fn mean(self, networks: &[Network]) -> Option<f64> {
        report::mean(&self.speeds(networks))
    }
}

/// The table.
pub fn section(networks: &[Network]) -> Section {
    let rows = ROWS.iter().map(|(name, normalisation, basis, how)| {
        let row = Row::new(name, Unit::Times, normalisation.speeds(networks));
        row.mean().published(SPEED_OVER_EYERISS).how(*basis, how)
    });
    Section { title: "Speed over Eyeriss", columns: columns(networks), rows: rows.collect() }
}

/// The share of steps that may be kept for the published speed.
pub fn needed(networks: &[Network]) -> Section {
    let row = |name, baseline, basis, how| {
        let speeds = Normalisation::dense(baseline).speeds(networks).into_iter();
        let needed = speeds.map(|speed| Some(speed? / SPEED_OVER_EYERISS));
        Row::new(name, Unit::Share, needed.collect()).mean().how(basis, how)
    };
    let rows = vec![
        row("against the ideal mapping", Baseline::Ideal, Basis::Modelled, NEEDED),
        row("against the fitted model", Baseline::Calibrated, Basis::Recalled, ABOVE),
        row("against the chip", Baseline::Measured, Basis::Recalled, ABOVE),
    ];
    Section { title: "Steps to keep for 1.74x", columns: columns(networks), rows }
}

const IDEAL: Baseline = Baseline::Ideal;
const FITTED: Baseline = Baseline::Calibrated;
const CHIP: Baseline = Baseline::Measured;
const SPARSE_IDEAL: Normalisation = Normalisation::sparse(IDEAL, Pruning::Lossless);
const PRUNED_MORE: Normalisation = Normalisation::sparse(IDEAL, Pruning::Lossy);

const ROWS: [(&str, Normalisation, Basis, &str); 13] = [
    (
        "as built, dense",
        Normalisation::dense(CHIP).as_built(),
        Basis::Recalled,
        "512 elements at 500 MHz in 45 nm against 168 at 200 MHz in 65 nm, times of the chip as in \
         row g; nothing is normalised, so this is not what 1.74x means",
    ),
    (
        "as built, sparse",
        Normalisation::sparse(CHIP, Pruning::Lossless).as_built(),
        Basis::Recalled,
        "same, skipping as in row d",
    ),
    (
        "equal size, ideal, dense",
        Normalisation::dense(IDEAL),
        Basis::Modelled,
        "Eyeriss scaled to 512 elements and the same clock; ideal row-stationary mapping without \
         stalls",
    ),
    (
        "equal size, ideal, sparse",
        SPARSE_IDEAL,
        Basis::Recalled,
        "zeros of the maps as measured on the Eyeriss chip, taken as independent: n patches skip \
         an element with probability z^n (real zeros lie together, which skips more); AlexNet's \
         filter columns pruned without loss of accuracy by structured sparsity learning, VGG-16 \
         not pruned",
    ),
    (
        "equal size, fitted, dense",
        Normalisation::dense(FITTED),
        Basis::Recalled,
        "as row c, but a model fitted to the chip: bound by multiplications or by buffer traffic, \
         which is known of two networks",
    ),
    (
        "equal size, fitted, sparse",
        Normalisation::sparse(FITTED, Pruning::Lossless),
        Basis::Recalled,
        "same, skipping as in row d; the chip skips nothing",
    ),
    (
        "equal size, chip, dense",
        Normalisation::dense(CHIP),
        Basis::Recalled,
        "as row c, but the time of the chip without waiting for DRAM: of AlexNet as quoted in the \
         tests of nn_dataflow, of VGG-16 recalled",
    ),
    (
        "equal size, chip, sparse",
        Normalisation::sparse(CHIP, Pruning::Lossless),
        Basis::Recalled,
        "same, skipping as in row d",
    ),
    (
        "row d without pruning",
        Normalisation::sparse(IDEAL, Pruning::None),
        Basis::Recalled,
        "zeros of the maps only",
    ),
    (
        "row d, AlexNet pruned more",
        PRUNED_MORE,
        Basis::Recalled,
        "columns pruned with about 2 % loss of accuracy",
    ),
    (
        "row c, cycles of the RTL",
        Normalisation::dense(IDEAL).clocked(),
        Basis::Modelled,
        "cycle model that equals the emitted RTL, instead of the rule: patches as the IM2COL units \
         make them",
    ),
    (
        "row d, cycles of the RTL",
        SPARSE_IDEAL.clocked(),
        Basis::Recalled,
        "same; units make one element of each patch per cycle, also those that are skipped \
         afterwards, so that layers with one sum per processing element gain nothing",
    ),
    ("row j, cycles of the RTL", PRUNED_MORE.clocked(), Basis::Recalled, "as row l"),
];

const NEEDED: &str = "average of K_eff / K: cycles go down with the steps that are kept";

const ABOVE: &str = "above 100 %: the published speed is exceeded without skipping";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::networks;

    fn rounded(normalisation: Normalisation) -> Vec<Option<f64>> {
        let speeds = normalisation.speeds(&networks::all()).into_iter();
        speeds.map(|speed| Some((speed? * 100.0).round() / 100.0)).collect()
    }

    #[test]
    fn dense_speeds_are_those_derived_independently() {
        let known = |alexnet, vgg16| [Some(alexnet), Some(vgg16), None, None];
        // GoogLeNet: 1.03 with one or four arrays only.
        let ideal = [Some(1.12), Some(1.0), Some(1.04), Some(1.01)];
        assert_eq!(rounded(Normalisation::dense(IDEAL)), ideal);
        assert_eq!(rounded(Normalisation::dense(CHIP)), known(1.29, 2.74));
        assert_eq!(rounded(Normalisation::dense(CHIP).as_built()), known(9.8, 20.88));
    }

    #[test]
    fn the_needed_share_gives_the_published_speed() {
        let networks = networks::all();
        let needed = needed(&networks).rows[0].ours.clone();
        for (network, kept) in networks.iter().zip(needed) {
            let sparsity = sparsity::uniform(network, kept.expect("an ideal mapping"));
            let speed = Normalisation::dense(IDEAL).speed(network, &sparsity);
            let error = speed.expect("an ideal mapping") / SPEED_OVER_EYERISS - 1.0;
            assert!(error.abs() < 2e-3, "{}: {error}", network.name);
        }
    }
}
