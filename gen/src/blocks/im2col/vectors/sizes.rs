//! Kernels, maps and parts of them, small and large.

use super::super::golden::MAP;
use super::example;
use super::scenes::{Scenes, convolution};
use crate::beat::Beat;
use crate::block::Scene;
use crate::blocks::im2col::interface::MapBeat;
use crate::blocks::im2col::{Convolution, Layer, LayerBeat};
use crate::interface::Field;

/// Largest kernel and stride of which all combinations are tried.
const SMALL_KERNEL: u32 = 3;
const SMALL_STRIDE: u32 = 3;

/// Parts of a map in one scene.
const PARTS: usize = 8;

/// A map that fills the memory; only the lines of its last window are written.
pub(super) fn full_memory(scenes: &mut Scenes<'_>) {
    let unit = scenes.unit;
    let (lines, units) = (unit.memory_lines, unit.units);
    let sides = (1..=unit.max_map).flat_map(|height| [1, 2, height].map(|width| (height, width)));
    let full = sides.into_iter().find_map(|(height, width)| {
        let plane = (height * width).div_ceil(units);
        let map = Convolution { height, width, channels: lines / plane, ..convolution(1, 1, 0) };
        let last = Layer::part(map, height * width - 1, 1, unit).ok()?;
        (lines % plane == 0 && map.channels <= unit.max_channels).then_some((last, plane))
    });
    let Some((last, plane)) = full else { return };
    scenes.scenes.push(Scene::new());
    let mut random = scenes.random.clone();
    let phase = scenes.begin();
    for channel in 1..=last.convolution.channels {
        let elements = (0..units).map(|_| random.number(unit.data()));
        let beat = MapBeat { address: (channel * plane - 1).into(), line: elements.collect() };
        beat.push(&mut phase.0[MAP]);
    }
    scenes.layers(&[last]);
}

/// Every first window and every number of patches of a small map, and groups beyond them.
pub(super) fn parts(scenes: &mut Scenes<'_>) {
    let unit = scenes.unit;
    let whole = example(unit);
    let windows = whole.patches;
    let mut layers = Vec::new();
    for first in 0..windows {
        let left = windows - first;
        for patches in [0, 1, left / 2, left - 1, left] {
            let part = Layer::part(whole.convolution, first, patches, unit);
            let Ok(part) = part else { continue };
            let choice = (first + patches) % 7;
            let stores = if choice < 4 { part.with_stores(choice) } else { part };
            layers.push(Layer { groups: part.groups + (first + patches) % 3, ..stores });
        }
    }
    for layers in layers.chunks(PARTS) {
        scenes.on_new_map(&whole.convolution, layers);
    }
}

/// Strides not below the kernel: element by element and line by line.
pub(super) fn bypasses(scenes: &mut Scenes<'_>) {
    let unit = scenes.unit;
    for (kernel, stride, padding) in
        [(1, 1, 0), (1, 2, 0), (2, 2, 0), (2, 2, 1), (2, 3, 1), (3, 3, 2), (1, 3, 0)]
    {
        for columns in [1, unit.units, unit.units + 1] {
            for channels in [1, 3] {
                let map = convolution(kernel, stride, padding).with_channels(channels);
                let map = map.with_windows(3, columns, 1);
                let Ok(whole) = Layer::whole(map, unit) else { continue };
                let mut layers = vec![whole, Layer { groups: whole.groups + 2, ..whole }];
                let firsts = [1, unit.units - 1, unit.units, 2 * columns];
                layers.extend(firsts.into_iter().enumerate().filter_map(|(index, first)| {
                    let patches = (3 * columns).saturating_sub(first).min(unit.units + 1);
                    let part = Layer::part(map, first, patches, unit).ok()?;
                    Some(part.with_stores(index as u32))
                }));
                scenes.on_new_map(&map, &layers);
            }
        }
    }
}

/// Every kernel with every stride, every padding, and reserves of every kernel, in few windows.
pub(super) fn kernels(scenes: &mut Scenes<'_>) {
    let unit = scenes.unit;
    let mut play = |map: Convolution, rows: u32, columns: u32, stores: u32| {
        let map = map.with_windows(rows, columns, 1);
        let whole = Layer::whole(map, unit).map(|whole| whole.with_stores(stores));
        let whole: Vec<_> = whole.into_iter().collect();
        scenes.on_new_map(&map, &whole);
    };
    for kernel in 1..=unit.max_kernel {
        for stride in 1..=unit.max_stride {
            let padding = (kernel - 1).min(stride / 2);
            play(convolution(kernel, stride, padding), 2, 2, (kernel + stride) & 2);
        }
        play(convolution(kernel, 1, 0), 2, unit.units, 1);
    }
    for padding in 0..unit.max_kernel {
        play(convolution(unit.max_kernel, unit.max_stride, padding), 2, 2, 0);
    }
}

/// Maps, rows of windows, starts, channels, patches and groups of every order of magnitude, in
/// windows of one element.
pub(super) fn lengths(scenes: &mut Scenes<'_>) {
    let unit = scenes.unit;
    let layer = LayerBeat::declared(unit);
    let element =
        |height, width, channels| Convolution { height, width, channels, ..convolution(1, 1, 0) };
    for (field, upright) in [(layer.height, true), (layer.width, false)] {
        for length in telling_values(field) {
            let map = if upright { element(length, 1, 1) } else { element(1, length, 1) };
            let whole = Layer::whole(map, unit);
            let last = Layer::part(map, length - 1, 1, unit);
            let layers: Vec<_> = [last, whole].into_iter().flatten().collect();
            // The last window alone makes a short scene.
            scenes.on_new_map(&map, &layers[..1.min(layers.len())]);
            scenes.layers(&layers[1.min(layers.len())..]);
        }
    }
    for channels in telling_values(layer.channels) {
        let map = element(1, 1, channels);
        let whole: Vec<_> = Layer::whole(map, unit).into_iter().collect();
        scenes.on_new_map(&map, &whole);
    }
    // As many patches as are played, of a map that is as square as possible
    let counts = telling_values(layer.patches);
    let most = counts.iter().copied().max().unwrap_or(1);
    let height = most.isqrt().max(most.div_ceil(unit.max_map));
    let map = element(height, most.div_ceil(height).min(unit.max_map), 1);
    let part = |patches| Layer::part(map, 0, patches, unit);
    let patches: Vec<_> = counts.into_iter().flat_map(part).collect();
    scenes.on_new_map(&map, &patches);
    let with = |groups| part(1).map(|one| Layer { groups, ..one });
    let groups: Vec<_> = telling_values(layer.groups).into_iter().flat_map(with).collect();
    scenes.on_new_map(&map, &groups);
}

/// The legal values of a field of a layer that have to be played.
pub(super) fn telling_values(field: Field) -> Vec<u32> {
    field.telling_values().into_iter().map(|value| value as u32).collect()
}

/// Lines at addresses of every order of magnitude, and at those that the memory does not have;
/// none of them lies in the map.
pub(super) fn addresses(scenes: &mut Scenes<'_>) {
    let legal = example(scenes.unit);
    let map = &legal.convolution;
    let lines = (map.height * map.width).div_ceil(scenes.unit.units) * map.channels;
    let address = MapBeat::declared(scenes.unit).address;
    let mut addresses = [address.telling_values(), address.values_beyond()].concat();
    addresses.retain(|&address| address >= lines.into());
    scenes.map(map);
    let units = scenes.unit.units as usize;
    let beats = &mut scenes.begin().0[MAP];
    for address in addresses {
        MapBeat { address, line: vec![1; units] }.push(beats);
    }
    scenes.layers(&[legal]);
}

/// All small kernels, strides and paddings, with rows shorter and longer than a group, with each
/// choice of stores.
pub(super) fn shapes(scenes: &mut Scenes<'_>) {
    let unit = scenes.unit;
    let units = unit.units;
    let mut turn = 0;
    for kernel in 2..=SMALL_KERNEL.min(unit.max_kernel) {
        for stride in 1..=SMALL_STRIDE.min(unit.max_stride) {
            for padding in 0..kernel {
                for columns in [units.max(3) - 2, units, units + 1, 2 * units + 3] {
                    turn += 1;
                    let map = convolution(kernel, stride, padding).with_channels(1 + turn % 3);
                    let map = map.with_windows(3 + turn % 2, columns, turn % stride);
                    let Ok(whole) = Layer::whole(map, unit) else { continue };
                    let layers: Vec<_> = (0..4).map(|choice| whole.with_stores(choice)).collect();
                    scenes.on_new_map(&map, &layers);
                }
            }
        }
    }
}

/// The largest kernel and stride, and all channels.
pub(super) fn largest(scenes: &mut Scenes<'_>) {
    let unit = scenes.unit;
    let columns = unit.units + 1;
    let stride = unit.max_stride.min(unit.max_kernel - 1);
    for (kernel, stride, padding, channels) in [
        (unit.max_kernel, stride, 0, 2),
        (unit.max_kernel, 1, unit.max_kernel - 1, 1),
        (1, 1, 0, unit.max_channels),
        (2, 1, 0, unit.max_channels.min(64)),
    ] {
        let map = convolution(kernel, stride, padding).with_channels(channels);
        let map = map.with_windows(2, columns, 0);
        if let Ok(whole) = Layer::whole(map, unit) {
            scenes.on_new_map(&map, &[whole]);
        }
    }
    // The last row, column and line
    let map = convolution(1, 1, 0);
    for (height, width) in [(1, unit.max_map), (unit.max_map, 1)] {
        let map = Convolution { height, width, ..map };
        if let Ok(whole) = Layer::whole(map, unit) {
            scenes.on_new_map(&map, &[whole]);
        }
    }
}
