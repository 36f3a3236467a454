//! Cycles of a plain systolic array as SCALE-Sim counts them, without memory stalls.
//!
//! The array keeps one operand in place per *fold* and drains before the next fold begins. For an
//! `M x K` by `K x N` product on `R x C` processing elements a fold takes `T + R + C - 2` cycles,
//! and `R` more where the stationary operand has to be loaded first:
//!
//! ```text
//! output stationary   (K +   R + C - 2) ceil(M/R) ceil(N/C)
//! weight stationary   (M + 2 R + C - 2) ceil(K/R) ceil(N/C)
//! input stationary    (N + 2 R + C - 2) ceil(K/R) ceil(M/C)
//! ```
//!
//! SCALE-Sim reports one cycle less, because it numbers them from zero.

use crate::layer::Layer;

/// What stays in place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dataflow {
    /// Sums.
    OutputStationary,
    /// Weights.
    WeightStationary,
    /// Elements of the map.
    InputStationary,
}

/// Cycles of an `[M, K, N]` product on `[rows, columns]` processing elements.
pub fn product(dataflow: Dataflow, [m, k, n]: [u64; 3], [rows, columns]: [u64; 2]) -> u64 {
    let (load, stream, folds) = match dataflow {
        Dataflow::OutputStationary => (0, k, m.div_ceil(rows) * n.div_ceil(columns)),
        Dataflow::WeightStationary => (rows, m, k.div_ceil(rows) * n.div_ceil(columns)),
        Dataflow::InputStationary => (rows, n, k.div_ceil(rows) * m.div_ceil(columns)),
    };
    (load + stream + rows + columns - 2) * folds
}

/// Cycles of a layer whose sums stay in place, filters along the rows, in all repetitions.
pub fn layer(layer: &Layer, array: [u64; 2]) -> u64 {
    let shape = [layer.group_filters(), layer.patch(), layer.windows()];
    let cycles = product(Dataflow::OutputStationary, shape, array);
    layer.repetitions * layer.groups * cycles
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::networks;
    use Dataflow::{InputStationary, OutputStationary, WeightStationary};

    #[test]
    fn products_take_what_scale_sim_reports() {
        let shape = [256, 256, 128];
        for (dataflow, shape, array, reported) in [
            (WeightStationary, [55 * 55, 363, 96], [32, 32], 112_283),
            (OutputStationary, shape, [32, 32], 10_175),
            (WeightStationary, shape, [32, 32], 11_199),
            (InputStationary, shape, [32, 32], 14_207),
            (OutputStationary, shape, [128, 4], 24_703),
            (OutputStationary, shape, [32, 16], 19_327),
            (OutputStationary, shape, [16, 32], 19_327),
            (WeightStationary, shape, [128, 4], 32_895),
        ] {
            assert_eq!(product(dataflow, shape, array), reported + 1, "{dataflow:?} {array:?}");
        }
    }

    #[test]
    fn whole_networks_take_what_was_derived_independently() {
        let arrays = [[128, 4], [64, 8], [32, 16], [16, 32], [16, 16]];
        let totals =
            networks::all().map(|network| arrays.map(|array| network.sum(|one| layer(one, array))));
        assert_eq!(
            totals,
            [
                [1_653_331, 1_504_502, 1_392_138, 1_455_818, 2_742_996],
                [38_826_424, 31_882_224, 31_358_592, 31_768_512, 61_869_312],
                [5_738_974, 3_858_844, 3_558_932, 3_640_130, 6_849_726],
                [11_958_640, 9_254_528, 9_112_160, 9_391_104, 17_544_384],
            ]
        );
    }
}
