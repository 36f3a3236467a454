//! The ideal row-stationary mapping: no stalls, zeros take their time.
//!
//! A kernel row stays in a processing element and meets one row of the map; `K` elements of an
//! array column add up to a row of windows. Rows of windows beyond the array's width are folded;
//! what is left of the array repeats the set for other channels or filters. The rule gives the
//! cycles of the scheduler `nn_dataflow` (Stanford MAST): exactly for AlexNet, VGG-16 and
//! GoogLeNet, within 0.1 % for ResNet-50.

use super::ARRAY;
use crate::layer::Layer;

/// Cycles of a layer for one image, in all repetitions.
pub fn layer(layer: &Layer) -> u64 {
    let (kernel, rows) = (layer.kernel, layer.window_rows());
    let kernel_folds = kernel.div_ceil(ARRAY[0]);
    let row_folds = rows.div_ceil(ARRAY[1]);
    // Sets side by side above each other, first used to fold less, then for channels or filters.
    let vertical_sets = (ARRAY[0] / kernel).max(1);
    let horizontal_sets = (ARRAY[1] / rows).max(1);
    let folded_up = vertical_sets.min(row_folds);
    let passes = passes(layer, vertical_sets / folded_up, horizontal_sets);
    let row_steps = kernel_folds * kernel * layer.window_columns();
    layer.repetitions * layer.groups * row_steps * passes * row_folds.div_ceil(folded_up)
}

/// Passes over channels and filters, with the sets divided between both in the best way.
fn passes(layer: &Layer, vertical_sets: u64, horizontal_sets: u64) -> u64 {
    let (channels, filters) = (layer.group_channels(), layer.group_filters());
    let divisors = (1..=vertical_sets).filter(|sets| vertical_sets.is_multiple_of(*sets));
    let passes = divisors.map(|for_channels| {
        let for_filters = vertical_sets / for_channels * horizontal_sets;
        channels.div_ceil(for_channels) * filters.div_ceil(for_filters)
    });
    passes.min().unwrap_or(channels * filters)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::networks;

    #[test]
    fn layers_take_what_nn_dataflow_schedules() {
        let cycles = |network: crate::Network| network.layers.iter().map(layer).collect::<Vec<_>>();
        let alexnet = [696_960, 1_658_880, 958_464, 718_848, 479_232];
        assert_eq!(cycles(networks::alexnet()), alexnet);
        let (once, twice) = (5_505_024, 11_010_048);
        let vgg16 = [516_096, twice, once, twice, once, twice, twice, once, twice, twice];
        let vgg16 = [&vgg16[..], &[2_752_512; 3]].concat();
        assert_eq!(cycles(networks::vgg16()), vgg16);
    }

    #[test]
    fn networks_take_what_nn_dataflow_schedules() {
        let [alexnet, vgg16, googlenet, resnet50] =
            networks::all().map(|network| network.sum(layer));
        assert_eq!([alexnet, vgg16, googlenet], [4_512_384, 91_348_992, 10_080_224]);
        assert!(resnet50.abs_diff(23_506_560) <= 23_506, "{resnet50}");
    }
}
