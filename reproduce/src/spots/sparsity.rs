//! Which elements of the patches a layer skips.
//!
//! A step is one element of several patches at once. It is skipped if the element is zero in all
//! filters (a column of the filter matrix pruned away) or in all patches of the step.

use super::prototype::Mode;
use crate::eyeriss::published;
use crate::layer::Network;

/// What is left of a layer, in shares of one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sparsity {
    /// Columns of the filter matrix that are not all zero.
    pub columns: f64,
    /// Steps that are not skipped, in each [`Mode`].
    pub steps: [f64; 3],
    /// Multiplications of columns that are left with an element that is not zero: the others are
    /// skipped, or gated and take their time but no energy.
    pub multiplications: f64,
}

impl Sparsity {
    /// Nothing is zero.
    pub const DENSE: Self = Self { columns: 1.0, steps: [1.0; 3], multiplications: 1.0 };

    /// This share is kept of everything, in every mode.
    pub fn uniform(kept: f64) -> Self {
        Self { columns: kept, steps: [kept; 3], multiplications: kept }
    }

    /// Some columns are left, and so many elements of the map are zero independently of each other:
    /// `n` patches are all zero with probability `zeros^n`. Real maps have their zeros together,
    /// and neighbouring patches share elements, so that more is skipped than this says.
    pub fn independent(columns: f64, zeros: f64) -> Self {
        let left = |mode: Mode| columns * (1.0 - zeros.powi(mode.patches() as i32));
        let multiplications = columns * (1.0 - zeros);
        Self { columns, steps: Mode::ALL.map(left), multiplications }
    }

    /// Steps kept in `mode`.
    pub fn kept(&self, mode: Mode) -> f64 {
        self.steps[mode as usize]
    }
}

/// No zeros in any layer of `network`.
pub fn dense(network: &Network) -> Vec<Sparsity> {
    vec![Sparsity::DENSE; network.layers.len()]
}

/// Everything that is known of the zeros of `network`: that there are none, and each pruning.
pub fn all(network: &Network) -> Vec<(&Network, Vec<Sparsity>)> {
    let recalled = [Pruning::Lossless, Pruning::Lossy].map(|pruning| recalled(network, pruning));
    let sparsities = std::iter::once(dense(network)).chain(recalled.into_iter().flatten());
    sparsities.map(|sparsity| (network, sparsity)).collect()
}

/// The same share of steps kept in every layer of `network`.
pub fn uniform(network: &Network, kept: f64) -> Vec<Sparsity> {
    vec![Sparsity::uniform(kept); network.layers.len()]
}

/// How AlexNet was pruned.
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
    /// Share of columns pruned away in each layer of AlexNet by structured sparsity learning (Wen
    /// et al., NIPS 2016, table 4). **Recalled**, not checked against the paper.
    fn of_alexnet(self) -> [f64; 5] {
        match self {
            Self::None => [0.0; 5],
            Self::Lossless => [0.0, 0.209, 0.397, 0.397, 0.246],
            Self::Lossy => [0.0, 0.632, 0.769, 0.847, 0.807],
        }
    }
}

/// Zeros of the maps of AlexNet and VGG-16 as measured on the Eyeriss chip (**recalled**), and
/// AlexNet pruned as `pruning` says. How VGG-16 can be pruned is not known to us, nor anything of
/// the other networks.
pub fn recalled(network: &Network, pruning: Pruning) -> Option<Vec<Sparsity>> {
    let chip = published::of(network.name)?;
    let pruned = match network.name {
        "AlexNet" => pruning.of_alexnet().to_vec(),
        _ => vec![0.0; chip.layers.len()],
    };
    let layers = chip.layers.iter().zip(pruned);
    let layers =
        layers.map(|(measured, pruned)| Sparsity::independent(1.0 - pruned, measured.zeros));
    Some(layers.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_kept_unless_all_its_patches_are_zero() {
        let layer = Sparsity::independent(0.5, 0.775);
        let kept = Mode::ALL.map(|mode| layer.kept(mode));
        let expected = [0.5 * (1.0 - 0.3608), 0.5 * (1.0 - 0.1301), 0.5 * (1.0 - 0.0169)];
        for (kept, expected) in kept.iter().zip(expected) {
            assert!((kept - expected).abs() < 1e-4, "{kept} for {expected}");
        }
        assert_eq!(Sparsity::DENSE.kept(Mode::Four), 1.0);
    }
}
