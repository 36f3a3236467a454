//! How long a layer takes on the tall systolic array.
//!
//! Sums stay in place. `R` rows and `C` columns of processing elements hold up to 4 sums each, so
//! that a pass covers up to `4 R` filters; with `q` sums in use, `C` patches of `K` elements take
//! `q K` cycles. Divided into `p` small arrays, each has `R / p` rows and patches of its own.
//! Passes follow each other without a gap; a layer begins by filling the array.
//!
//! ```text
//! cycles = sum over passes of ceil(N / (p C)) q K_eff + R / p + C - 2
//! ```
//!
//! `K_eff` are the elements left when those are skipped that are zero in all filters or in all
//! patches of a step. Patches are taken to arrive in time, unless [`Feed`] says otherwise.

use super::clocked;
use super::prototype::{COLUMNS, Mode, REGISTERS};
use super::sparsity::Sparsity;
use crate::layer::{Layer, Network};

/// How fast patches arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feed {
    /// As fast as the array takes them.
    Ideal,
    /// One element of every patch per cycle, also where it will be skipped.
    OneStepPerCycle,
    /// As the IM2COL units of the RTL make them: the model of [`clocked`] instead of the rule.
    Clocked,
}

/// A pass over the patches of a layer: some of the filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pass {
    /// Filters of the pass.
    pub filters: u64,
    /// Sums in use per processing element.
    pub registers: u64,
}

/// The passes that one group of `layer` needs.
pub fn passes(layer: &Layer, mode: Mode) -> Vec<Pass> {
    let most = REGISTERS * mode.rows();
    let starts = (0..layer.group_filters()).step_by(most as usize);
    let filters = starts.map(|start| most.min(layer.group_filters() - start));
    filters.map(|filters| Pass { filters, registers: filters.div_ceil(mode.rows()) }).collect()
}

/// Cycles of a layer in all repetitions.
pub fn layer_cycles(layer: &Layer, mode: Mode, sparsity: &Sparsity, feed: Feed) -> u64 {
    if feed == Feed::Clocked {
        return clocked::cycles(layer, mode, sparsity);
    }
    let steps = (layer.windows().div_ceil(mode.patches()) * layer.patch()) as f64;
    let kept = steps * sparsity.kept(mode);
    let cycles = passes(layer, mode).into_iter().map(|pass| {
        let working = pass.registers as f64 * kept;
        let feeding = if feed == Feed::OneStepPerCycle { steps } else { 0.0 };
        working.max(feeding).round() as u64
    });
    let fill = mode.rows() + COLUMNS - 2;
    layer.repetitions * layer.groups * (cycles.sum::<u64>() + fill)
}

/// The fastest mode for a layer.
pub fn best_mode(layer: &Layer, sparsity: &Sparsity, feed: Feed) -> Mode {
    let cycles = |mode: &Mode| layer_cycles(layer, *mode, sparsity, feed);
    Mode::ALL.into_iter().min_by_key(cycles).unwrap_or(Mode::Tall)
}

/// Cycles of a network, each layer in its fastest mode; `sparsity` has one entry per layer.
pub fn best_cycles(network: &Network, sparsity: &[Sparsity], feed: Feed) -> u64 {
    let layers = network.layers.iter().zip(sparsity);
    layers
        .map(|(layer, sparsity)| {
            layer_cycles(layer, best_mode(layer, sparsity, feed), sparsity, feed)
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::networks;
    use crate::spots::sparsity;

    fn dense(layer: &Layer, mode: Mode) -> u64 {
        layer_cycles(layer, mode, &Sparsity::DENSE, Feed::Ideal)
    }

    #[test]
    fn dense_networks_take_what_was_derived_independently() {
        let totals = networks::all().map(|network| {
            let [tall, two, four] = Mode::ALL.map(|mode| network.sum(|layer| dense(layer, mode)));
            let tall_or_four =
                |layer: &Layer| dense(layer, Mode::Tall).min(dense(layer, Mode::Four));
            [tall, two, four, network.sum(tall_or_four)]
        });
        assert_eq!(
            totals,
            [
                [1_458_071, 1_401_570, 1_333_070, 1_320_782],
                [33_757_594, 30_030_042, 30_140_218, 29_974_618],
                [4_398_674, 3_380_866, 3_260_674, 3_201_538],
                [8_759_210, 7_794_186, 8_136_554, 7_623_242],
            ]
        );
    }

    #[test]
    fn two_arrays_are_best_for_some_layers() {
        let best = networks::all()
            .map(|network| best_cycles(&network, &sparsity::dense(&network), Feed::Ideal));
        assert_eq!(best, [1_320_782, 29_974_618, 3_179_714, 7_623_242]);
    }

    #[test]
    fn skipped_steps_take_no_time_unless_the_feed_is_slow() {
        let layer = Layer::same("any", [16, 8], 3, 128);
        let half = Sparsity::uniform(0.5);
        let cycles = |sparsity, feed| layer_cycles(&layer, Mode::Tall, sparsity, feed);
        assert_eq!(cycles(&Sparsity::DENSE, Feed::Ideal), 16 * 144 + 130);
        assert_eq!(cycles(&half, Feed::Ideal), 16 * 72 + 130);
        assert_eq!(cycles(&half, Feed::OneStepPerCycle), 16 * 144 + 130);
        // Two sums per processing element: the feed has two cycles per step.
        assert_eq!(layer_cycles(&layer, Mode::Two, &half, Feed::OneStepPerCycle), 8 * 144 + 66);
    }

    #[test]
    fn filters_are_divided_into_passes() {
        let layer = Layer::same("any", [1, 8], 1, 1100);
        let pass = |filters, registers| Pass { filters, registers };
        assert_eq!(passes(&layer, Mode::Tall), [pass(512, 4), pass(512, 4), pass(76, 1)]);
        assert_eq!(passes(&layer, Mode::Four).len(), 9);
    }
}
