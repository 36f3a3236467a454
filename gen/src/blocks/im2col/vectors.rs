//! Stimulus: maps, and layers that are run on them.

use super::golden::{LAYER, MAP};
use super::{Convolution, Im2col, Layer};
use crate::block::Scene;
use crate::interface::{Field, Interface};
use crate::random::Random;
use crate::traffic::Traffic;

/// Largest kernel and stride of which all combinations are tried.
const SMALL_KERNEL: u32 = 3;
const SMALL_STRIDE: u32 = 3;

/// Beats of patches that a corner may take to fill a store.
const LONGEST_CORNER: u64 = 60_000;

/// Parts of a map in one scene.
const PARTS: usize = 8;

/// Illegal layers in one phase.
const ILLEGAL_AT_ONCE: usize = 4;

/// Beats of patches that a random layer may take.
const LONGEST_LAYER: u64 = 2000;

/// Scenes under construction: in each, lines and layers take turns.
struct Scenes<'a> {
    unit: &'a Im2col,
    interface: Interface,
    scenes: Vec<Scene>,
    /// Where elements come from.
    random: Random,
    /// Beats on all streams so far, those that come out among them.
    beats: u64,
}

impl<'a> Scenes<'a> {
    fn new(unit: &'a Im2col, random: Random) -> Self {
        let interface = unit.bench_interface();
        Self { unit, interface, scenes: Vec::new(), random, beats: 0 }
    }

    /// Another phase of the scene.
    fn begin(&mut self) -> &mut Traffic {
        let phase = Traffic::new(&self.interface.inputs());
        if self.scenes.is_empty() {
            self.scenes.push(Scene::new());
        }
        let last = self.scenes.len() - 1;
        self.scenes[last].push(phase);
        let scene = &mut self.scenes[last];
        let phase = scene.len() - 1;
        &mut scene[phase]
    }

    /// Begins a scene with a map: fills all lines that it takes.
    fn map(&mut self, map: &Convolution) {
        self.scenes.push(Scene::new());
        let units = self.unit.units;
        let lines = (map.height * map.width).div_ceil(units) * map.channels;
        let lines = lines.min(self.unit.memory_lines);
        let mut random = self.random.clone();
        let data = self.unit.data();
        let phase = self.begin();
        for line in 0..lines {
            let beats = &mut phase.0[MAP];
            beats.push_zero();
            beats.set_last(0, 0, line.into());
            for element in 0..units as usize {
                beats.set_last(1, element, random.number(data));
            }
        }
        self.random = random;
        self.beats += u64::from(lines);
    }

    /// Runs layers, legal or not, one after the other.
    fn layers(&mut self, layers: &[Layer]) {
        let beats = layers.iter().map(|layer| 2 + length(self.unit, layer)).sum::<u64>();
        let phase = self.begin();
        for layer in layers {
            phase.0[LAYER].push(&layer.values().map(i64::from));
        }
        self.beats += beats;
    }

    /// Runs layers that are legal on a new map.
    fn on_new_map(&mut self, map: &Convolution, layers: &[Layer]) {
        let legal = layers.iter().filter(|layer| layer.check(self.unit).is_ok());
        let legal: Vec<_> = legal.copied().collect();
        if !legal.is_empty() {
            self.map(map);
            self.layers(&legal);
        }
    }
}

/// Beats of patches of a layer.
fn length(unit: &Im2col, layer: &Layer) -> u64 {
    let legal = layer.check(unit).is_ok();
    if legal { u64::from(layer.groups) * u64::from(layer.convolution.patch()) } else { 0 }
}

const fn convolution(kernel: u32, stride: u32, padding: u32) -> Convolution {
    Convolution { kernel, stride, padding, channels: 1, height: 1, width: 1 }
}

impl Convolution {
    /// The same with a map that has so many rows and columns of windows, and `spare` rows and
    /// columns that no window reaches.
    fn with_windows(mut self, rows: u32, columns: u32, spare: u32) -> Self {
        let size = |windows: u32| {
            let padded = (windows - 1) * self.stride + self.kernel + spare.min(self.stride - 1);
            padded.saturating_sub(2 * self.padding).max(1)
        };
        (self.height, self.width) = (size(rows), size(columns));
        self
    }

    const fn with_channels(mut self, channels: u32) -> Self {
        self.channels = channels;
        self
    }
}

impl Layer {
    /// The same with stores in use as the bits of `choice` say, whether they suffice or not.
    const fn with_stores(mut self, choice: u32) -> Self {
        self.reserve = choice & 1 != 0;
        self.wrap = choice & 2 != 0;
        self
    }
}

/// All corners.
pub(super) struct Corners {
    /// How stores fill and overflow, which no field tells, where that is short.
    pub(super) essentials: Vec<Scene>,
    /// All others.
    pub(super) others: Vec<Scene>,
}

pub(super) fn corners(unit: &Im2col) -> Corners {
    let mut scenes = Scenes::new(unit, Random::new(0, 0));
    illegal(&mut scenes);
    full_memory(&mut scenes);
    parts(&mut scenes);
    bypasses(&mut scenes);
    kernels(&mut scenes);
    addresses(&mut scenes);
    shapes(&mut scenes);
    largest(&mut scenes);
    lengths(&mut scenes);
    let stores = scenes.scenes.len();
    small_stores(&mut scenes);
    exact_stores(&mut scenes);
    let mut others = scenes.scenes;
    let essentials = if unit.stores_are_little() { others.split_off(stores) } else { Vec::new() };
    Corners { essentials, others }
}

/// A legal layer with all kinds of neighbours.
fn example(unit: &Im2col) -> Layer {
    let map = convolution(2, 1, 1).with_windows(4, unit.units + 1, 0);
    Layer::whole(map, unit).unwrap_or_else(|error| unreachable!("a small layer is legal: {error}"))
}

/// Every reason to refuse a layer, alone; and between them a legal one.
fn illegal(scenes: &mut Scenes<'_>) {
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

/// A map that fills the memory; only the lines of its last window are written.
fn full_memory(scenes: &mut Scenes<'_>) {
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
        let beats = &mut phase.0[MAP];
        beats.push_zero();
        beats.set_last(0, 0, (channel * plane - 1).into());
        for element in 0..units as usize {
            beats.set_last(1, element, random.number(unit.data()));
        }
    }
    scenes.layers(&[last]);
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

/// Every first window and every number of patches of a small map, and groups beyond them.
fn parts(scenes: &mut Scenes<'_>) {
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
fn bypasses(scenes: &mut Scenes<'_>) {
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
fn kernels(scenes: &mut Scenes<'_>) {
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
fn lengths(scenes: &mut Scenes<'_>) {
    let unit = scenes.unit;
    let values = telling_values(unit);
    let element =
        |height, width, channels| Convolution { height, width, channels, ..convolution(1, 1, 0) };
    for (name, upright) in [("height", true), ("width", false)] {
        for length in values(name) {
            let map = if upright { element(length, 1, 1) } else { element(1, length, 1) };
            let whole = Layer::whole(map, unit);
            let last = Layer::part(map, length - 1, 1, unit);
            let layers: Vec<_> = [last, whole].into_iter().flatten().collect();
            // The last window alone makes a short scene.
            scenes.on_new_map(&map, &layers[..1.min(layers.len())]);
            scenes.layers(&layers[1.min(layers.len())..]);
        }
    }
    for channels in values("channels") {
        let map = element(1, 1, channels);
        let whole: Vec<_> = Layer::whole(map, unit).into_iter().collect();
        scenes.on_new_map(&map, &whole);
    }
    // As many patches as are played, of a map that is as square as possible
    let most = values("patches").into_iter().max().unwrap_or(1);
    let height = most.isqrt().max(most.div_ceil(unit.max_map));
    let map = element(height, most.div_ceil(height).min(unit.max_map), 1);
    let part = |patches| Layer::part(map, 0, patches, unit);
    let patches: Vec<_> = values("patches").into_iter().flat_map(part).collect();
    scenes.on_new_map(&map, &patches);
    let with = |groups| part(1).map(|one| Layer { groups, ..one });
    let groups: Vec<_> = values("groups").into_iter().flat_map(with).collect();
    scenes.on_new_map(&map, &groups);
}

/// The legal values of fields of a layer that have to be played.
fn telling_values(unit: &Im2col) -> impl Fn(&str) -> Vec<u32> + use<> {
    let interface = unit.bench_interface();
    move |name| {
        let values = interface.field("layer", name).map(Field::telling_values).unwrap_or_default();
        values.into_iter().map(|value| value as u32).collect()
    }
}

/// Lines at addresses of every order of magnitude, and at those that the memory does not have;
/// none of them lies in the map.
fn addresses(scenes: &mut Scenes<'_>) {
    let legal = example(scenes.unit);
    let map = &legal.convolution;
    let lines = (map.height * map.width).div_ceil(scenes.unit.units) * map.channels;
    let field = scenes.interface.field("map", "address").cloned();
    let values = field.map(|field| [field.telling_values(), field.values_beyond()].concat());
    let mut addresses = values.unwrap_or_default();
    addresses.retain(|&address| address >= lines.into());
    scenes.map(map);
    let units = scenes.unit.units as usize;
    let beats = &mut scenes.begin().0[MAP];
    for address in addresses {
        beats.push_zero();
        beats.set_last(0, 0, address);
        for element in 0..units {
            beats.set_last(1, element, 1);
        }
    }
    scenes.layers(&[legal]);
}

/// All small kernels, strides and paddings, with rows shorter and longer than a group, with each
/// choice of stores.
fn shapes(scenes: &mut Scenes<'_>) {
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
fn largest(scenes: &mut Scenes<'_>) {
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

/// Stores that are too small by some words, where that does not take too long.
fn small_stores(scenes: &mut Scenes<'_>) {
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
fn overflowing(scenes: &mut Scenes<'_>, map: &Convolution, choice: u32) {
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
fn exact_stores(scenes: &mut Scenes<'_>) {
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

/// Layers of any shape, mostly small, and now and then an illegal one.
pub(super) fn random(unit: &Im2col, random: &mut Random, beats: usize) -> Vec<Traffic> {
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
