//! Layers by chance.

use super::scenes::{Scenes, convolution, length};
use super::{LONGEST_LAYER, example};
use crate::blocks::im2col::{Convolution, Im2col, Layer};
use crate::random::Random;
use crate::traffic::Traffic;

/// Layers of any shape, mostly small, and now and then an illegal one.
pub(in super::super) fn random(unit: &Im2col, random: &mut Random, beats: usize) -> Vec<Traffic> {
    let mut scenes = Scenes::new(unit, Random::new(random.bits(), 0));
    while scenes.beats < beats as u64 {
        let map = random_map(unit, random);
        let layers = random.within(1, 3);
        let layers: Vec<_> = (0..layers).filter_map(|_| random_layer(unit, &map, random)).collect();
        scenes.on_new_map(&map, &layers);
        if random.within(0, 3) == 0 {
            scenes.layers(&[broken(unit, random)]);
        }
    }
    scenes.scenes.concat()
}

fn within(random: &mut Random, low: u32, high: u32) -> u32 {
    random.within(low.into(), high.max(low).into()) as u32
}

fn random_map(unit: &Im2col, random: &mut Random) -> Convolution {
    let largest = random.pick(&[2, 3, 3, 5, unit.max_kernel]).min(unit.max_kernel);
    let kernel = within(random, 1, largest);
    let stride = within(random, 1, unit.max_stride);
    let map = convolution(kernel, stride, within(random, 0, kernel - 1));
    let most = random.pick(&[1, 2, 4, 8]);
    let map = map.with_channels(within(random, 1, most.min(unit.max_channels)));
    let columns = within(random, 1, 2 * unit.units + 3);
    map.with_windows(within(random, 1, 5), columns, within(random, 0, stride - 1))
}

/// Some patches of a map, with stores that suffice or not; nothing if that takes too long.
fn random_layer(unit: &Im2col, map: &Convolution, random: &mut Random) -> Option<Layer> {
    let whole = Layer::whole(*map, unit).ok()?;
    let windows = whole.patches;
    let first = if random.within(0, 1) == 0 { 0 } else { within(random, 0, windows - 1) };
    let left = windows - first;
    let patches = if random.within(0, 1) == 0 { left } else { within(random, 0, left) };
    let part = Layer::part(*map, first, patches, unit).ok()?;
    let part = Layer { groups: part.groups + within(random, 0, 3) / 2, ..part };
    let part = match random.within(0, 2) {
        0 => part.with_stores(within(random, 0, 3)),
        _ => part,
    };
    (length(unit, &part) <= LONGEST_LAYER).then_some(part)
}

/// A layer with one field that holds anything, and is illegal for it.
fn broken(unit: &Im2col, random: &mut Random) -> Layer {
    let widths = unit.widths();
    let any = |random: &mut Random, width: crate::verilog::Width| {
        within(random, 0, (1 << width.bits()) - 1)
    };
    loop {
        let mut layer = example(unit);
        let map = &mut layer.convolution;
        match random.within(0, 8) {
            0 => map.kernel = any(random, widths.kernel),
            1 => map.stride = any(random, widths.stride),
            2 => map.padding = any(random, widths.kernel),
            3 => map.channels = any(random, widths.channels),
            4 => map.height = any(random, widths.map),
            5 => map.width = any(random, widths.map),
            6 => layer.row_windows = any(random, widths.map),
            7 => layer.start_column = any(random, widths.map),
            _ => layer.patches = any(random, widths.count),
        }
        if layer.check(unit).is_err() {
            return layer;
        }
    }
}
