//! Stores that suffice, and stores that overflow.

use super::LONGEST_LAYER;
use super::scenes::{Scenes, convolution, length};
use crate::blocks::im2col::{Convolution, Im2col, Layer};

/// Beats of patches that a layer may take to fill a store.
const LONGEST_CORNER: u64 = 60_000;

/// Stores that are too small by some words, where that does not take too long.
pub(super) fn small_stores(scenes: &mut Scenes<'_>) {
    let unit = scenes.unit;
    let kernel = unit.max_kernel;
    let overlap = kernel - 1;
    let channels = unit.neighbour_words / (kernel * overlap) + 1;
    let map = convolution(kernel, 1, 0).with_channels(channels);
    overflowing(scenes, &map.with_windows(1, 3 * unit.units, 0), 2);
    let mut rows = [2, 3, 4, 6, 8].into_iter().map(|groups| {
        let channels = unit.reserved_words / (groups * kernel * overlap) + 1;
        let map = convolution(kernel, 1, 0).with_channels(channels);
        map.with_windows(2, groups * unit.units, 0)
    });
    if let Some(map) = rows.find(|map| Layer::whole(*map, unit).is_ok()) {
        overflowing(scenes, &map, 1);
        overflowing(scenes, &map, 3);
    }
}

/// A layer that overflows, and one after it that finds the stores as if nothing had happened.
pub(super) fn overflowing(scenes: &mut Scenes<'_>, map: &Convolution, choice: u32) {
    let Ok(whole) = Layer::whole(*map, scenes.unit) else { return };
    if length(scenes.unit, &whole) <= LONGEST_CORNER {
        let after = convolution(2, 1, 0).with_windows(2, 2 * scenes.unit.units, 0);
        let after = Layer::whole(after, scenes.unit).map(|after| after.with_stores(3));
        let layers = [Ok(whole.with_stores(choice)), after];
        let layers: Vec<_> = layers.into_iter().flatten().collect();
        scenes.on_new_map(map, &layers);
    }
}

/// Stores that just suffice, and that lack a word, of the smallest maps of which that is true.
pub(super) fn exact_stores(scenes: &mut Scenes<'_>) {
    let unit = scenes.unit;
    let fewer = |words: u32| words.checked_sub(1).unwrap_or(words);
    let smaller = [
        (1, Im2col { reserved_words: fewer(unit.reserved_words), ..unit.clone() }),
        (2, Im2col { neighbour_words: fewer(unit.neighbour_words), ..unit.clone() }),
    ];
    let overflows = |layer: &Layer, unit: &Im2col| layer.overflow(unit).1 != 0;
    for (choice, smaller) in smaller {
        let kernels = 2..=unit.max_kernel.min(4);
        let maps = kernels.flat_map(|kernel| (1..=8).map(move |channels| (kernel, channels)));
        let maps = maps.flat_map(|(kernel, channels)| {
            let map = convolution(kernel, 1, 0).with_channels(channels);
            (1..=4 * unit.units).map(move |more| map.with_windows(3, unit.units + more, 0))
        });
        let layers =
            maps.flat_map(|map| Layer::whole(map, unit)).map(|layer| layer.with_stores(choice));
        let mut exact = layers.filter(|layer| {
            length(unit, layer) <= LONGEST_LAYER
                && overflows(layer, &smaller)
                && !overflows(layer, unit)
        });
        if let Some(layer) = exact.next() {
            scenes.on_new_map(&layer.convolution, &[layer]);
        }
    }
}
