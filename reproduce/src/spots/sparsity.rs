//! Which elements of the patches a layer skips.
//!
//! A step is one element of several patches at once. It is skipped if the element is zero in all
//! filters (a column of the filter matrix pruned away) or in all patches of the step.

use super::cycles::Mode;
use crate::eyeriss::published;
use crate::layer::Network;

/// What is left of a layer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sparsity {
    /// Columns of the filter matrix that are not all zero, as a share.
    pub columns_kept: f64,
    /// What the map leaves.
    pub map: Map,
}

/// What a map leaves of the steps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Map {
    /// So many elements are zero, as a share, independently of each other. Real maps have their
    /// zeros together, and neighbouring patches share elements: they leave less.
    Independent(f64),
    /// Steps kept, as a share, counted in a real map in each [`Mode`]; columns pruned away and rows
    /// that are zero are counted together, so `columns_kept` is in it.
    Counted([f64; 3]),
}

impl Sparsity {
    /// Nothing is zero.
    pub const DENSE: Self = Self { columns_kept: 1.0, map: Map::Independent(0.0) };

    /// This share of the steps is kept in every mode.
    pub fn uniform(kept: f64) -> Self {
        Self { columns_kept: kept, ..Self::DENSE }
    }

    /// Steps kept in `mode`, as a share.
    pub fn kept(&self, mode: Mode) -> f64 {
        match self.map {
            Map::Independent(zeros) => {
                self.columns_kept * (1.0 - zeros.powi(mode.patches() as i32))
            }
            Map::Counted(kept) => kept[mode as usize],
        }
    }
}

/// No zeros in any layer of `network`.
pub fn dense(network: &Network) -> Vec<Sparsity> {
    vec![Sparsity::DENSE; network.layers.len()]
}

/// The same share of steps kept in every layer of `network`.
pub fn uniform(network: &Network, kept: f64) -> Vec<Sparsity> {
    vec![Sparsity::uniform(kept); network.layers.len()]
}

/// How a network was pruned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pruning {
    /// Not at all.
    None,
    /// Columns of the filter matrix, without losing accuracy.
    Lossless,
    /// Columns of the filter matrix, losing about two percent of accuracy.
    Lossy,
}

impl Pruning {
    /// Share of columns pruned away in each layer of AlexNet by structured sparsity learning (Wen et
    /// al., NIPS 2016, table 4). **Recalled**, not checked against the paper.
    fn of_alexnet(self) -> [f64; 5] {
        match self {
            Self::None => [0.0; 5],
            Self::Lossless => [0.0, 0.209, 0.397, 0.397, 0.246],
            Self::Lossy => [0.0, 0.632, 0.769, 0.847, 0.807],
        }
    }
}

/// Zeros of the maps of AlexNet and VGG-16 as measured on the Eyeriss chip (**recalled**), and columns
/// pruned as `pruning` says. Nothing is known to us of how the other networks, or VGG-16, are pruned.
pub fn recalled(network: &Network, pruning: Pruning) -> Option<Vec<Sparsity>> {
    let chip = published::of(network.name)?;
    let pruned = match (network.name, pruning) {
        ("AlexNet", _) => pruning.of_alexnet().to_vec(),
        (_, Pruning::None) => vec![0.0; chip.layers.len()],
        _ => return None,
    };
    let layers = chip.layers.iter().zip(pruned);
    let layers = layers.map(|(measured, pruned)| Sparsity {
        columns_kept: 1.0 - pruned,
        map: Map::Independent(measured.zeros),
    });
    Some(layers.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_kept_unless_all_its_patches_are_zero() {
        let layer = Sparsity { columns_kept: 0.5, map: Map::Independent(0.775) };
        let kept = Mode::ALL.map(|mode| layer.kept(mode));
        let expected = [0.5 * (1.0 - 0.3608), 0.5 * (1.0 - 0.1301), 0.5 * (1.0 - 0.0169)];
        for (kept, expected) in kept.iter().zip(expected) {
            assert!((kept - expected).abs() < 1e-4, "{kept} for {expected}");
        }
        assert_eq!(Sparsity::DENSE.kept(Mode::Four), 1.0);
    }
}
