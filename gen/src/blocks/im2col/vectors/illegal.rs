//! Layers that the unit refuses.

use super::example;
use super::scenes::{Scenes, convolution};
use crate::blocks::im2col::{Convolution, Im2col, Layer};

/// Illegal layers in one phase.
const ILLEGAL_AT_ONCE: usize = 4;

/// Every reason to refuse a layer, alone; and between them a legal one.
pub(super) fn illegal(scenes: &mut Scenes<'_>) {
    let legal = example(scenes.unit);
    let mut layers = Vec::new();
    for change in illegal_changes(scenes.unit) {
        let mut layer = legal;
        change(&mut layer);
        layers.push(layer);
    }
    scenes.map(&legal.convolution);
    scenes.layers(&[legal]);
    for layers in layers.chunks(ILLEGAL_AT_ONCE) {
        scenes.layers(layers);
    }
    scenes.layers(&[legal]);
}

/// What makes a layer illegal.
type Change = Box<dyn Fn(&mut Layer)>;

fn illegal_changes(unit: &Im2col) -> Vec<Change> {
    let unit = unit.clone();
    let Im2col { units, max_kernel, max_stride, max_map, max_channels, memory_lines, .. } = unit;
    let most = |width: crate::verilog::Width| (1_u32 << width.bits()) - 1;
    let widths = unit.widths();
    let (kernel, map, count) = (most(widths.kernel), most(widths.map), most(widths.count));
    let row = units + 1;
    let single = move |layer: &mut Layer, windows: u32| {
        layer.convolution = convolution(1, 1, 0).with_windows(windows, windows, 0);
        layer.row_windows = windows;
        (layer.patches, layer.groups) = (1, 1);
    };
    let mut changes: Vec<Change> = vec![
        Box::new(|layer| layer.convolution.kernel = 0),
        Box::new(move |layer| layer.convolution.kernel = kernel),
        Box::new(|layer| layer.convolution.stride = 0),
        Box::new(move |layer| layer.convolution.stride = most(widths.stride)),
        Box::new(|layer| layer.convolution.padding = 2),
        Box::new(|layer| {
            layer.convolution = convolution(1, 1, 1);
            (layer.row_windows, layer.patches, layer.groups, layer.reserve) = (3, 1, 1, false);
        }),
        Box::new(move |layer| layer.convolution.padding = max_kernel),
        Box::new(move |layer| layer.convolution.padding = kernel),
        Box::new(|layer| layer.convolution.channels = 0),
        Box::new(move |layer| layer.convolution.channels = most(widths.channels)),
        Box::new(|layer| layer.convolution.height = 0),
        Box::new(|layer| layer.convolution.width = 0),
        Box::new(move |layer| layer.convolution.height = map),
        Box::new(move |layer| layer.convolution.width = map),
        // No row or column, and one too many, where everything else agrees with it
        Box::new(move |layer| {
            layer.convolution = Convolution { padding: 1, height: 0, ..layer.convolution };
            (layer.patches, layer.groups) = (1, 1);
        }),
        Box::new(move |layer| {
            layer.convolution = Convolution { padding: 1, width: 0, ..layer.convolution };
            (layer.row_windows, layer.patches, layer.groups, layer.reserve) = (1, 1, 1, false);
        }),
        Box::new(move |layer| {
            layer.convolution =
                Convolution { height: max_map + 1, width: 1, ..convolution(1, 1, 0) };
            (layer.row_windows, layer.patches, layer.groups, layer.reserve) = (1, 1, 1, false);
        }),
        Box::new(move |layer| {
            layer.convolution =
                Convolution { height: 1, width: max_map + 1, ..convolution(1, 1, 0) };
            (layer.row_windows, layer.patches, layer.groups) = (max_map + 1, 1, 1);
        }),
        Box::new(move |layer| layer.convolution.height = max_map - 1),
        Box::new(|layer| {
            layer.convolution = Convolution { padding: 0, height: 1, ..layer.convolution }
        }),
        Box::new(|layer| {
            layer.convolution = Convolution { padding: 0, width: 1, ..layer.convolution }
        }),
        Box::new(|layer| layer.row_windows = 0),
        Box::new(move |layer| layer.row_windows = row - 1),
        Box::new(move |layer| layer.row_windows = row + 1),
        Box::new(move |layer| layer.row_windows = max_map + 1),
        Box::new(move |layer| layer.row_windows = map),
        Box::new(move |layer| layer.start_row = max_map),
        Box::new(move |layer| layer.start_row = map),
        Box::new(move |layer| layer.start_column = max_map),
        Box::new(move |layer| layer.patches = max_map * max_map + 1),
        Box::new(|layer| layer.start_row = 4),
        Box::new(move |layer| layer.start_column = row),
        Box::new(move |layer| layer.start_column = map),
        Box::new(move |layer| layer.patches = 4 * row + 1),
        Box::new(move |layer| layer.start_row = 1),
        Box::new(move |layer| layer.start_column = 1),
        Box::new(move |layer| (layer.patches, layer.groups) = (count, count)),
        Box::new(|layer| layer.groups = 0),
        Box::new(|layer| (layer.patches, layer.groups) = (0, 0)),
        // No patches, so that none is too many
        Box::new(|layer| (layer.start_row, layer.patches, layer.groups) = (4, 0, 1)),
        Box::new(|layer| layer.groups -= 1),
    ];
    // Just beyond the largest, where everything else agrees with it
    if max_kernel < kernel {
        changes.push(Box::new(move |layer| {
            layer.convolution = convolution(max_kernel + 1, 1, 0).with_windows(1, 1, 0);
            (layer.row_windows, layer.patches, layer.groups, layer.reserve) = (1, 1, 1, false);
        }));
    }
    if max_stride < most(widths.stride) {
        changes.push(Box::new(move |layer| {
            layer.convolution = convolution(1, max_stride + 1, 0).with_windows(1, 1, 0);
            (layer.row_windows, layer.patches, layer.groups) = (1, 1, 1);
        }));
    }
    if max_channels < most(widths.channels) {
        changes.push(Box::new(move |layer| {
            single(layer, 1);
            layer.convolution.channels = max_channels + 1;
        }));
    }
    if max_stride > 1 {
        // Between two windows
        changes.push(Box::new(move |layer| {
            layer.convolution = convolution(3.min(kernel), 2, 0).with_windows(3, row, 0);
            (layer.start_row, layer.patches, layer.groups) = (1, 0, 1);
        }));
        changes.push(Box::new(move |layer| {
            layer.convolution = convolution(3.min(kernel), 2, 0).with_windows(3, row, 0);
            layer.start_column = 1;
        }));
    }
    if units > 1 {
        changes.push(Box::new(move |layer| {
            let map = convolution(2, 1, 1).with_windows(3, units - 1, 0);
            *layer = Layer { convolution: map, row_windows: units - 1, patches: 1, ..*layer };
            layer.reserve = true;
        }));
    }
    // A map of one line too many
    let side =
        (1..=unit.max_map).find(|side| (side * side).div_ceil(units) * max_channels > memory_lines);
    if let Some(side) = side {
        changes.push(Box::new(move |layer| {
            single(layer, side);
            let plane = (side * side).div_ceil(units);
            layer.convolution.channels = memory_lines / plane + 1;
        }));
    }
    changes
}
