//! Stimulus: maps, and layers that are run on them.

use super::golden::{LAYER, MAP};
use super::{Convolution, Im2col, Layer};
use crate::interface::Interface;
use crate::random::Random;
use crate::traffic::Traffic;

/// Largest kernel and stride of which all combinations are tried.
const SMALL_KERNEL: u32 = 3;
const SMALL_STRIDE: u32 = 3;

/// Beats of patches that a corner may take to fill a store.
const LONGEST_CORNER: u64 = 60_000;

/// Beats of patches that a random layer may take.
const LONGEST_LAYER: u64 = 2000;

/// Phases under construction: lines and layers take turns.
struct Phases<'a> {
    unit: &'a Im2col,
    interface: Interface,
    phases: Vec<Traffic>,
    /// Where elements come from.
    random: Random,
    /// Beats on all streams so far, those that come out among them.
    beats: u64,
}

impl<'a> Phases<'a> {
    fn new(unit: &'a Im2col, random: Random) -> Self {
        let interface = unit.bench_interface();
        Self { unit, interface, phases: Vec::new(), random, beats: 0 }
    }

    fn begin(&mut self) -> &mut Traffic {
        self.phases.push(Traffic::new(&self.interface.inputs()));
        let last = self.phases.len() - 1;
        &mut self.phases[last]
    }

    /// Fills all lines that a map takes.
    fn map(&mut self, map: &Convolution) {
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

pub(super) fn corners(unit: &Im2col) -> Vec<Traffic> {
    let mut phases = Phases::new(unit, Random::new(0, 0));
    illegal(&mut phases);
    parts(&mut phases);
    bypasses(&mut phases);
    shapes(&mut phases);
    largest(&mut phases);
    small_stores(&mut phases);
    phases.phases
}

/// A legal layer with all kinds of neighbours.
fn example(unit: &Im2col) -> Layer {
    let map = convolution(2, 1, 1).with_windows(4, unit.units + 1, 0);
    Layer::whole(map, unit).unwrap_or_else(|error| unreachable!("a small layer is legal: {error}"))
}

/// Every reason to refuse a layer, alone; and between them a legal one.
fn illegal(phases: &mut Phases<'_>) {
    let legal = example(phases.unit);
    let mut layers = Vec::new();
    for change in illegal_changes(phases.unit) {
        let mut layer = legal;
        change(&mut layer);
        layers.push(layer);
    }
    phases.map(&legal.convolution);
    phases.layers(&[legal]);
    for layer in layers {
        phases.layers(&[layer]);
    }
    phases.layers(&[legal]);
}

/// What makes a layer illegal.
type Change = Box<dyn Fn(&mut Layer)>;

fn illegal_changes(unit: &Im2col) -> Vec<Change> {
    let unit = unit.clone();
    let Im2col { units, max_stride, max_channels, memory_lines, .. } = unit;
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
        Box::new(|layer| layer.convolution.padding = 2),
        Box::new(move |layer| layer.convolution.padding = kernel),
        Box::new(|layer| layer.convolution.channels = 0),
        Box::new(|layer| layer.convolution.height = 0),
        Box::new(|layer| layer.convolution.width = 0),
        Box::new(move |layer| layer.convolution.height = map),
        Box::new(move |layer| layer.convolution.width = map),
        // One row or column too many, and a kernel larger than the map
        Box::new(move |layer| layer.convolution.height = unit.max_map - 1),
        Box::new(|layer| {
            layer.convolution = Convolution { padding: 0, height: 1, ..layer.convolution }
        }),
        Box::new(|layer| {
            layer.convolution = Convolution { padding: 0, width: 1, ..layer.convolution }
        }),
        Box::new(|layer| layer.row_windows = 0),
        Box::new(move |layer| layer.row_windows = row - 1),
        Box::new(move |layer| layer.row_windows = row + 1),
        Box::new(|layer| layer.start_row = 4),
        Box::new(move |layer| layer.start_column = row),
        Box::new(move |layer| layer.start_column = map),
        Box::new(move |layer| layer.patches = 4 * row + 1),
        Box::new(move |layer| layer.start_row = 1),
        Box::new(move |layer| layer.start_column = 1),
        Box::new(move |layer| (layer.patches, layer.groups) = (count, count)),
        Box::new(|layer| layer.groups = 0),
        Box::new(|layer| layer.groups -= 1),
    ];
    if max_stride < most(widths.stride) {
        changes.push(Box::new(move |layer| layer.convolution.stride = max_stride + 1));
    }
    if max_channels < most(widths.channels) {
        changes.push(Box::new(move |layer| layer.convolution.channels = max_channels + 1));
    }
    if max_stride > 1 {
        // Between two windows
        changes.push(Box::new(move |layer| {
            layer.convolution = convolution(3.min(kernel), 2, 0).with_windows(3, row, 0);
            layer.start_row = 1;
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
fn parts(phases: &mut Phases<'_>) {
    let unit = phases.unit;
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
    phases.on_new_map(&whole.convolution, &layers);
}

/// Strides not below the kernel: element by element and line by line.
fn bypasses(phases: &mut Phases<'_>) {
    let unit = phases.unit;
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
                phases.on_new_map(&map, &layers);
            }
        }
    }
}

/// All small kernels, strides and paddings, with rows shorter and longer than a group, with each
/// choice of stores.
fn shapes(phases: &mut Phases<'_>) {
    let unit = phases.unit;
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
                    phases.on_new_map(&map, &layers);
                }
            }
        }
    }
}

/// The largest kernel and stride, and all channels.
fn largest(phases: &mut Phases<'_>) {
    let unit = phases.unit;
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
            phases.on_new_map(&map, &[whole]);
        }
    }
    // The last row, column and line
    let map = convolution(1, 1, 0);
    for (height, width) in [(1, unit.max_map), (unit.max_map, 1)] {
        let map = Convolution { height, width, ..map };
        if let Ok(whole) = Layer::whole(map, unit) {
            phases.on_new_map(&map, &[whole]);
        }
    }
}

/// Stores that are too small by some words, where that does not take too long.
fn small_stores(phases: &mut Phases<'_>) {
    let unit = phases.unit;
    let kernel = unit.max_kernel;
    let overlap = kernel - 1;
    let channels = unit.neighbour_words / (kernel * overlap) + 1;
    let map = convolution(kernel, 1, 0).with_channels(channels);
    overflowing(phases, &map.with_windows(1, 3 * unit.units, 0), 2);
    let mut rows = [2, 3, 4, 6, 8].into_iter().map(|groups| {
        let channels = unit.reserved_words / (groups * kernel * overlap) + 1;
        let map = convolution(kernel, 1, 0).with_channels(channels);
        map.with_windows(2, groups * unit.units, 0)
    });
    if let Some(map) = rows.find(|map| Layer::whole(*map, unit).is_ok()) {
        overflowing(phases, &map, 1);
        overflowing(phases, &map, 3);
    }
}

fn overflowing(phases: &mut Phases<'_>, map: &Convolution, choice: u32) {
    let Ok(whole) = Layer::whole(*map, phases.unit) else { return };
    if length(phases.unit, &whole) <= LONGEST_CORNER {
        phases.on_new_map(map, &[whole.with_stores(choice)]);
    }
}

/// Layers of any shape, mostly small, and now and then an illegal one.
pub(super) fn random(unit: &Im2col, random: &mut Random, beats: usize) -> Vec<Traffic> {
    let mut phases = Phases::new(unit, Random::new(random.bits(), 0));
    while phases.beats < beats as u64 {
        let map = random_map(unit, random);
        let layers = random.within(1, 3);
        let layers: Vec<_> = (0..layers).filter_map(|_| random_layer(unit, &map, random)).collect();
        phases.on_new_map(&map, &layers);
        if random.within(0, 3) == 0 {
            phases.layers(&[broken(unit, random)]);
        }
    }
    phases.phases
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
