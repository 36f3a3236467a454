//! Stimulus: whole layers, small enough to be computed from their definition.

use super::convolution::{Channel, Pool, Shape};
use super::golden::{self, Running};
use super::layer::Layer;
use super::registers::{LARGEST_POOL, Registers};
use super::sparse::Packed;
use super::{Spots, stream};
use crate::block::{Scene, Spec};
use crate::interface::Field;
use crate::random::Random;
use crate::traffic::Traffic;
use crate::verilog::Format;

/// Products of a random layer, and cycles it may take to load: enough for every mechanism.
const MOST_PRODUCTS: u64 = 60_000;

/// Cycles to load a layer, at most.
const MOST_LINES: usize = 1500;

/// How often elements are zero, in percent.
#[derive(Clone, Copy, Debug)]
struct Zeros {
    /// Elements of the map.
    map: i64,
    /// Columns of weights.
    columns: i64,
    /// Weights in a column that is not.
    weights: i64,
}

const DENSE: Zeros = Zeros { map: 0, columns: 0, weights: 0 };

/// A phase under construction.
struct Phase<'a> {
    spec: &'a Spots,
    traffic: Traffic,
}

impl<'a> Phase<'a> {
    fn new(spec: &'a Spots) -> Self {
        Self { spec, traffic: Traffic::new(&spec.interface().inputs()) }
    }

    /// A layer with a new map and new weights.
    fn layer(&mut self, layer: &Layer, zeros: Zeros, random: &mut Random) -> Option<Registers> {
        let registers = self.spec.registers(layer).ok()?;
        self.run(&registers, &layer.shape, zeros, random);
        Some(registers)
    }

    /// Registers and what they say that follows.
    fn run(&mut self, registers: &Registers, shape: &Shape, zeros: Zeros, random: &mut Random) {
        registers.push(&mut self.traffic.0[stream::LAYER]);
        if registers.load_map == 1 {
            self.map(shape, zeros, random);
        }
        if registers.load_weights == 1 {
            let packed = self.weights(registers, shape, zeros, random);
            self.spec.push_weights(&mut self.traffic, &packed);
            self.filters(registers, shape, random);
        }
    }

    /// Zeros come in runs, as they do in real maps.
    fn map(&mut self, shape: &Shape, zeros: Zeros, random: &mut Random) {
        let mut left = 0;
        let mut zero = false;
        let mut elements = (0..shape.channels * shape.height * shape.width).map(|_| {
            if left == 0 {
                left = random.within(1, 12);
                zero = random.within(1, 100) <= zeros.map;
            }
            left -= 1;
            if zero { 0 } else { random.number(self.spec.data()) }
        });
        let elements: Vec<_> = elements.by_ref().collect();
        let at =
            |channel, row, column| elements[(channel * shape.height + row) * shape.width + column];
        self.spec.push_map(&mut self.traffic, shape, at);
    }

    fn weights(
        &self,
        registers: &Registers,
        shape: &Shape,
        zeros: Zeros,
        random: &mut Random,
    ) -> Packed {
        let (spec, columns) = (self.spec, shape.patch());
        let mut chance = |percent: i64| random.within(1, 100) <= percent;
        let dead: Vec<_> = (0..columns).map(|_| chance(zeros.columns)).collect();
        let cut = spec.cut(shape.filters, columns, registers.split as u32);
        let rows = cut.registers * cut.height;
        // Zeros come in blocks, as pruning makes them.
        let blocks = rows / cut.block;
        let sparse: Vec<_> = (0..blocks * columns).map(|_| chance(zeros.weights)).collect();
        let weights = (0..rows * columns).map(|place| {
            let (row, column) = (place / columns, place % columns);
            let zero = dead[column] || sparse[row / cut.block * columns + column];
            if zero || row >= shape.filters { 0 } else { random.number(spec.data()) }
        });
        let weights: Vec<_> = weights.collect();
        cut.pack(|row, column| weights[row * columns + column])
    }

    fn filters(&mut self, registers: &Registers, shape: &Shape, random: &mut Random) {
        let bias = Format::signed(self.spec.acc_width, 0);
        let scale = Format::unsigned(self.spec.scale_width, 0);
        let small = Format::signed(self.spec.acc_width.min(self.spec.data_width + 4), 0);
        let channels = (0..shape.filters).map(|_| Channel {
            bias: random.number(if registers.cut % 3 == 0 { bias } else { small }),
            scale: random.number(scale),
        });
        let channels: Vec<_> = channels.collect();
        self.spec.push_filters(&mut self.traffic, &channels);
    }
}

/// A layer with a cut that brings most sums into the range of results.
fn layer(spec: &Spots, shape: Shape) -> Layer {
    let sum = 2 * spec.data_width + shape.patch().ilog2() / 2;
    let sum = sum.min(spec.acc_width);
    let cut = (sum + spec.scale_width).saturating_sub(spec.data_width + 1);
    Layer {
        shape,
        split: 0,
        skip: true,
        cut: cut.min(63),
        relu: false,
        pool: Pool { size: 1, average: false },
    }
}

pub(super) fn corners(spec: &Spots) -> Vec<Scene> {
    let mut random = Random::new(0, 0);
    let random = &mut random;
    let mut phases = vec![never_loaded(spec, random)];
    phases.extend([cuts(spec, random), refused_registers(spec, random)]);
    phases.push(refused_maps(spec, &mut Random::new(0, 2)));
    phases.push(of_another_shape(spec, random));
    phases.extend(shapes(spec, random));
    phases.extend(patterns(spec, &mut Random::new(0, 1)));
    phases.extend(kernels(spec, random));
    phases.extend(lengths(spec, random));
    phases.extend(fillings(spec, random));
    phases.extend(modes(spec, random));
    phases.extend(zeros(spec, random));
    phases.extend(pools(spec, random));
    phases.push(used_again(spec, random));
    phases.push(reuses(spec, random));
    phases.extend(overflows(spec, random));
    phases.extend(refused(spec, random));
    phases.extend(several_chunks(spec, random));
    phases.retain(|phase| !phase.is_empty());
    phases.into_iter().map(|phase| vec![phase]).collect()
}

const SQUARE: Shape =
    Shape { channels: 2, height: 6, width: 5, kernel: 2, stride: 1, padding: 0, filters: 3 };

/// One element, one window, one filter.
const POINT: Shape =
    Shape { channels: 1, height: 1, width: 1, kernel: 1, stride: 1, padding: 0, filters: 1 };

/// Kernels, strides and paddings that the design allows, on maps of odd sizes.
fn shapes(spec: &Spots, random: &mut Random) -> Vec<Traffic> {
    let of_kernel = |kernel: usize| {
        let mut phase = Phase::new(spec);
        for stride in 1..=3 {
            for padding in 0..kernel.min(3) {
                let shape = Shape {
                    channels: 1 + (kernel + stride) % 2,
                    height: 5 + padding % 2,
                    width: 5 + stride,
                    kernel,
                    stride,
                    padding,
                    filters: 1 + kernel * stride,
                };
                phase.layer(&layer(spec, shape), DENSE, random);
            }
        }
        phase.traffic
    };
    let mut phases: Vec<_> = [1, 2, 3, 5].into_iter().map(of_kernel).collect();
    // A window that is the map, a map of one element, a row, a column; 32 columns of weights, 33.
    let mut phase = Phase::new(spec);
    for (channels, height, width, kernel) in
        [(2, 3, 3, 3), (2, 1, 1, 1), (2, 1, 9, 1), (2, 9, 1, 1), (2, 2, 9, 2), (8, 3, 2, 2)]
    {
        let shape = Shape { channels, height, width, kernel, filters: 2, ..SQUARE };
        phase.layer(&layer(spec, shape), DENSE, random);
    }
    phases.push(phase.traffic);
    let mut phase = Phase::new(spec);
    for kernel in [1, 2] {
        for columns in [32, 36] {
            let channels = columns / (kernel * kernel);
            let shape =
                Shape { channels, height: kernel, width: kernel, kernel, filters: 1, ..SQUARE };
            phase.layer(&layer(spec, shape), DENSE, random);
        }
    }
    phases.push(phase.traffic);
    phases
}

/// A whole word of live columns, in which every choice of blocks occurs as far as there is room.
fn patterns(spec: &Spots, random: &mut Random) -> Option<Traffic> {
    const COLUMNS: usize = 32;
    let filters = spec.height(0).min(spec.max_filters as usize);
    let shapes = [1, 2, 4].map(|kernel| Shape {
        channels: COLUMNS / (kernel * kernel),
        kernel,
        height: kernel,
        width: kernel,
        filters,
        ..POINT
    });
    let fits = |shape: Shape| Some((shape, spec.registers(&layer(spec, shape)).ok()?));
    let (shape, registers) = shapes.into_iter().find_map(fits)?;
    let mut phase = Phase::new(spec);
    registers.push(&mut phase.traffic.0[stream::LAYER]);
    phase.map(&shape, DENSE, random);
    let cut = spec.cut(filters, COLUMNS, 0);
    let choices = (1 << filters.div_ceil(cut.block)) - 1;
    let is_chosen =
        |row: usize, column: usize| (1 + column % choices) >> (row / cut.block) & 1 == 1;
    let weight = |row, column| i64::from(row < filters && is_chosen(row, column));
    spec.push_weights(&mut phase.traffic, &cut.pack(weight));
    phase.filters(&registers, &shape, random);
    Some(phase.traffic)
}

/// Every kernel with every stride, and the largest kernel with every padding, in few windows.
fn kernels(spec: &Spots, random: &mut Random) -> Vec<Traffic> {
    let most = spec.max_kernel as usize;
    let sparse = Zeros { map: 0, columns: 30, weights: 0 };
    let mut of = |kernel: usize, strides: &[usize], paddings: &[usize]| {
        let mut phase = Phase::new(spec);
        for &stride in strides {
            for &padding in paddings {
                let side = (kernel + stride).saturating_sub(2 * padding).max(1);
                let shape = Shape { kernel, stride, padding, height: side, width: side, ..POINT };
                phase.layer(&layer(spec, shape), sparse, random);
            }
        }
        phase.traffic
    };
    let strides: Vec<_> = (1..=spec.max_stride as usize).collect();
    let paddings: Vec<_> = (0..most).collect();
    let mut phases: Vec<_> = (1..=most).map(|kernel| of(kernel, &strides, &[0])).collect();
    phases.extend(
        paddings.chunks(1).map(|paddings| of(most, &strides[strides.len() - 1..], paddings)),
    );
    phases
}

/// The legal values of registers that have to be played.
fn telling_values(spec: &Spots) -> impl Fn(&str) -> Vec<i64> + use<> {
    let interface = spec.ports();
    move |name| interface.field("layer", name).map(Field::telling_values).unwrap_or_default()
}

/// Maps, windows, groups, channels, filters and pools of every order of magnitude, otherwise of one.
fn lengths(spec: &Spots, random: &mut Random) -> Vec<Traffic> {
    let values = telling_values(spec);
    let finest = spec.arrays().ilog2();
    let with = |name: &str, value: usize| match name {
        "height" => Shape { height: value, ..POINT },
        "width" => Shape { width: value, ..POINT },
        "channels" => Shape { channels: value, ..POINT },
        _ => Shape { filters: value, ..POINT },
    };
    let mut phases = Vec::new();
    for name in ["height", "width", "channels", "filters"] {
        for (turn, value) in values(name).into_iter().enumerate() {
            let mut phase = Phase::new(spec);
            let shape = with(name, value as usize);
            let split = if turn % 2 == 0 { 0 } else { finest };
            let layer = Layer { split, ..layer(spec, shape) };
            let Some(registers) = phase.layer(&layer, DENSE, random) else { continue };
            phase.run(&last_window(registers, &shape), &shape, DENSE, random);
            phases.push(phase.traffic);
        }
    }
    phases.extend(amounts(spec, random));
    phases
}

/// The last window alone, on what was loaded.
fn last_window(mut registers: Registers, shape: &Shape) -> Registers {
    (registers.load_map, registers.load_weights) = (0, 0);
    registers.windows.fill(0);
    (registers.windows[0], registers.groups) = (1, 1);
    registers.start_row[0] = ((shape.rows() - 1) * shape.stride) as i64;
    registers.start_column[0] = ((shape.columns() - 1) * shape.stride) as i64;
    registers
}

/// The first windows of a map, as many as stimulus plays, groups that have none, and rows of pools.
fn amounts(spec: &Spots, random: &mut Random) -> Vec<Traffic> {
    let values = telling_values(spec);
    let most = values("windows").into_iter().max().unwrap_or(1) as usize;
    let width = most.min(spec.max_map as usize);
    let big = Shape { height: most.div_ceil(width), width, ..POINT };
    let mut of = |shape: Shape, name: &str, change: &dyn Fn(&mut Registers, i64)| {
        let mut phase = Phase::new(spec);
        if let Some(first) = phase.layer(&layer(spec, shape), DENSE, random) {
            let one =
                Registers { start_row: vec![0; first.windows.len()], ..last_window(first, &POINT) };
            for value in
                values(name).into_iter().filter(|value| *value > 0 || name == "pool_columns")
            {
                let mut registers = one.clone();
                change(&mut registers, value);
                phase.run(&registers, &shape, DENSE, random);
            }
        }
        phase.traffic
    };
    let group = i64::from(spec.cols);
    vec![
        of(big, "windows", &|registers, windows| {
            registers.windows[0] = windows;
            registers.groups = (windows as u64).div_ceil(group as u64) as i64;
        }),
        of(POINT, "groups", &|registers, groups| registers.groups = groups),
        of(POINT, "pool_columns", &|registers, columns| registers.pool_columns = columns),
    ]
}

/// Layers that fill a memory to the last word.
fn fillings(spec: &Spots, random: &mut Random) -> Vec<Traffic> {
    let mut phases = Vec::new();
    let thin = Zeros { map: 50, columns: 95, weights: 50 };
    let fitting = |most: u32, each: &dyn Fn(usize) -> Shape, count: &dyn Fn(&Shape) -> usize| {
        let shapes = (1..=spec.max_map as usize).map(each);
        let mut filling = shapes.filter_map(|shape| {
            let channels = most as usize / count(&shape).max(1);
            let shape = Shape { channels, ..shape };
            let fills = channels * count(&shape) == most as usize;
            (fills && spec.registers(&layer(spec, shape)).is_ok()).then_some(shape)
        });
        filling.next()
    };
    // The map, of which one window is enough
    let plane = |shape: &Shape| (shape.height * shape.width).div_ceil(spec.cols as usize);
    let map = fitting(spec.map_lines, &|side| Shape { height: side, width: side, ..POINT }, &plane);
    if let Some(shape) = map.filter(|_| spec.map_lines as usize <= MOST_LINES) {
        let mut phase = Phase::new(spec);
        if let Ok(mut registers) = spec.registers(&layer(spec, shape)) {
            (registers.windows[0], registers.groups) = (1, 1);
            phase.run(&registers, &shape, thin, random);
        }
        phases.push(phase.traffic);
    }
    // A patch
    let patch = |shape: &Shape| shape.kernel * shape.kernel;
    let kernel = |side: usize| Shape { kernel: side, height: side, width: side, ..POINT };
    let steps = fitting(spec.patch_steps, &kernel, &patch);
    if let Some(shape) = steps.filter(|_| spec.patch_steps as usize <= MOST_LINES) {
        let mut phase = Phase::new(spec);
        phase.layer(&layer(spec, shape), thin, random);
        phases.push(phase.traffic);
    }
    phases.extend(full_pool(spec, random));
    phases.extend(full_store(spec, random));
    phases
}

/// A pool that needs all words of its memory, and one that needs more.
fn full_pool(spec: &Spots, random: &mut Random) -> Option<Traffic> {
    let widest = spec.ports().field("layer", "pool_columns")?.format.max() as u32;
    let splits = 0..=spec.arrays().ilog2();
    let ways = splits.flat_map(|split| (1..=8_u32).map(move |blocks| (split, blocks)));
    let fits = |&(split, blocks): &(u32, u32)| {
        let each = blocks << split;
        spec.pool_words.is_multiple_of(each)
            && spec.pool_words / each < widest
            && blocks * spec.lanes <= spec.max_filters
    };
    let (split, blocks) = ways.into_iter().find(fits)?;
    let pool = Pool { size: 2, average: false };
    let shape = Shape { height: 3, width: 3, filters: (blocks * spec.lanes) as usize, ..POINT };
    let mut phase = Phase::new(spec);
    let layer = Layer { split, pool, ..layer(spec, shape) };
    let mut registers = spec.registers(&layer).ok()?;
    registers.pool_columns = i64::from(spec.pool_words / (blocks << split));
    phase.run(&registers, &shape, DENSE, random);
    (registers.load_map, registers.load_weights) = (0, 0);
    let more = Registers { pool_columns: registers.pool_columns + 1, ..registers };
    phase.run(&more, &shape, DENSE, random);
    Some(phase.traffic)
}

/// Weights that fill the store, and weights that are a column too many; all zero but the last.
fn full_store(spec: &Spots, random: &mut Random) -> Vec<Traffic> {
    let lines = spec.weight_lines as usize;
    let split = spec.arrays().ilog2();
    let filters = spec.max_filters as usize;
    let registers = filters.div_ceil(spec.height(split));
    let columns = lines / registers;
    let most = spec.max_channels.min(spec.patch_steps).min(spec.map_lines) as usize;
    if lines > 2 * MOST_LINES || columns * registers != lines {
        return Vec::new();
    }
    let square = (1..=spec.max_kernel as usize).rev().find(|kernel| {
        let patch = kernel * kernel;
        columns.is_multiple_of(patch)
            && columns / patch < most
            && columns + patch <= spec.patch_steps as usize
    });
    let Some(kernel) = square else { return Vec::new() };
    let channels = columns / (kernel * kernel);
    let of_channels = |channels: usize| {
        let shape = Shape { channels, kernel, height: kernel, width: kernel, filters, ..POINT };
        let layer = Layer { split, ..layer(spec, shape) };
        let mut phase = Phase::new(spec);
        let registers = spec.registers(&layer).ok()?;
        registers.push(&mut phase.traffic.0[stream::LAYER]);
        phase.map(&shape, DENSE, random);
        let cut = spec.cut(filters, shape.patch(), split);
        let rows = cut.registers * cut.height;
        // A column lives for its weight in the last row but one; what is above is zero.
        let weight = |row: usize, _: usize| i64::from(row + 1 == filters.min(rows));
        spec.push_weights(&mut phase.traffic, &cut.pack(weight));
        phase.filters(&registers, &shape, random);
        Some(phase.traffic)
    };
    [channels, channels + 1].into_iter().filter_map(of_channels).collect()
}

/// Every cut with every activation, on a map and weights that are loaded once. Biases are as large
/// as sums can be, so that something is left of them by most cuts.
fn cuts(spec: &Spots, random: &mut Random) -> Traffic {
    let mut phase = Phase::new(spec);
    let shape =
        Shape { height: 2, width: 2, filters: spec.lanes.min(spec.max_filters) as usize, ..POINT };
    let layer = Layer { cut: 0, ..layer(spec, shape) };
    if let Some(registers) = phase.layer(&layer, DENSE, random) {
        for cut in 1..64 {
            let relu = cut / 7 % 2;
            let again = Registers { load_map: 0, load_weights: 0, cut, relu, ..registers.clone() };
            phase.run(&again, &shape, DENSE, random);
        }
    }
    phase.traffic
}

/// Every division of the rows, with few and with many windows.
fn modes(spec: &Spots, random: &mut Random) -> Vec<Traffic> {
    let of_split = |split: u32| {
        let mut phase = Phase::new(spec);
        for (height, kernel) in [(3, 2), (4, 3), (7, 2), (6, 1), (2, 2)] {
            let most = (spec.max_filters as usize).min(2 * spec.height(split) + 1);
            let filters = random.within(1, most as i64) as usize;
            let shape = Shape { height, width: 7, kernel, filters, ..SQUARE };
            let layer = Layer { split, ..layer(spec, shape) };
            phase.layer(&layer, Zeros { map: 30, columns: 20, weights: 40 }, random);
        }
        phase.traffic
    };
    (0..=spec.arrays().ilog2()).map(of_split).collect()
}

/// Nothing but zeros in the map, in the weights, in both; and all of them multiplied.
fn zeros(spec: &Spots, random: &mut Random) -> Vec<Traffic> {
    let mut phases = Vec::new();
    for skip in [false, true] {
        for (map, columns) in [(100, 0), (0, 100), (100, 100), (95, 90)] {
            let mut phase = Phase::new(spec);
            let layer = Layer { skip, ..layer(spec, SQUARE) };
            phase.layer(&layer, Zeros { map, columns, weights: 10 }, random);
            phases.push(phase.traffic);
        }
    }
    phases
}

/// Pools of every size, on maps that they divide and on maps that they do not; extreme elements,
/// whose sums need every bit.
fn pools(spec: &Spots, random: &mut Random) -> Vec<Traffic> {
    let mut phases = Vec::new();
    for split in 0..=spec.arrays().ilog2() {
        for average in [false, true] {
            let mut phase = Phase::new(spec);
            for size in 1..=LARGEST_POOL as usize {
                let side = if size < 5 { 2 * size + 1 } else { size };
                let shape = Shape { height: side + 1, width: side, filters: 2, ..POINT };
                let pool = Pool { size, average };
                let layer = Layer { split, pool, relu: size == 3, ..layer(spec, shape) };
                phase.layer(&layer, DENSE, random);
            }
            phases.push(phase.traffic);
        }
    }
    // One filter in one block: the same word of the pool in successive cycles.
    let mut phase = Phase::new(spec);
    let shape = Shape { filters: 1, height: 6, width: 6, kernel: 1, ..SQUARE };
    for average in [false, true] {
        let pool = Pool { size: 2, average };
        phase.layer(&Layer { pool, ..layer(spec, shape) }, DENSE, random);
    }
    phases.push(phase.traffic);
    phases.push(saturated_means(spec, random));
    phases
}

/// Means of results that are all the smallest or all the largest.
fn saturated_means(spec: &Spots, random: &mut Random) -> Traffic {
    let mut phase = Phase::new(spec);
    let pool = Pool { size: LARGEST_POOL as usize, average: true };
    let shape = Shape { height: pool.size, width: pool.size, ..POINT };
    let layer = Layer { pool, cut: 0, ..layer(spec, shape) };
    let bias = Format::signed(spec.acc_width, 0);
    let Ok(registers) = spec.registers(&layer) else { return phase.traffic };
    for bias in [bias.min() as i64, bias.max() as i64] {
        registers.push(&mut phase.traffic.0[stream::LAYER]);
        phase.map(&shape, Zeros { map: 100, ..DENSE }, random);
        let packed = phase.weights(&registers, &shape, DENSE, random);
        spec.push_weights(&mut phase.traffic, &packed);
        spec.push_filters(&mut phase.traffic, &[Channel { bias, scale: 1 }]);
    }
    phase.traffic
}

/// The same map with other weights, the same weights with another map, both again.
fn used_again(spec: &Spots, random: &mut Random) -> Traffic {
    let mut phase = Phase::new(spec);
    let layer = layer(spec, SQUARE);
    if let Some(registers) = phase.layer(&layer, DENSE, random) {
        for (load_map, load_weights) in [(0, 1), (1, 0), (0, 0)] {
            let registers = Registers { load_map, load_weights, ..registers.clone() };
            phase.run(&registers, &layer.shape, DENSE, random);
        }
    }
    phase.traffic
}

/// After a reset: nothing is loaded, then a map alone, then weights.
fn never_loaded(spec: &Spots, random: &mut Random) -> Traffic {
    let mut phase = Phase::new(spec);
    let layer = layer(spec, SQUARE);
    let Ok(registers) = spec.registers(&layer) else { return phase.traffic };
    for (load_map, load_weights) in [(0, 0), (1, 0), (0, 0), (0, 1), (0, 0)] {
        let registers = Registers { load_map, load_weights, ..registers.clone() };
        phase.run(&registers, &layer.shape, DENSE, random);
    }
    phase.traffic
}

/// A map or weights that were loaded for a layer of another shape, which differs in one number;
/// what does not depend on it is loaded anew.
fn of_another_shape(spec: &Spots, random: &mut Random) -> Traffic {
    let mut phase = Phase::new(spec);
    let loaded = layer(spec, SQUARE);
    let other = |shape: Shape| Layer { shape, ..loaded };
    let split = Layer { split: spec.arrays().ilog2(), ..loaded };
    let maps = [
        other(Shape { channels: 1, ..SQUARE }),
        other(Shape { height: SQUARE.height - 1, ..SQUARE }),
        other(Shape { width: SQUARE.width - 1, ..SQUARE }),
    ];
    let weights = [
        other(Shape { channels: 1, ..SQUARE }),
        other(Shape { kernel: 1, ..SQUARE }),
        other(Shape { filters: SQUARE.filters - 1, ..SQUARE }),
        split,
    ];
    let maps = maps.map(|layer| (layer, (0, 1)));
    let weights = weights.map(|layer| (layer, (1, 0)));
    for (layer, (load_map, load_weights)) in maps.into_iter().chain(weights) {
        phase.layer(&loaded, DENSE, random);
        if let Ok(registers) = spec.registers(&layer) {
            let registers = Registers { load_map, load_weights, ..registers };
            phase.run(&registers, &layer.shape, DENSE, random);
        }
    }
    phase.traffic
}

/// Every choice of stores that suffice, on rows longer than a group.
fn reuses(spec: &Spots, random: &mut Random) -> Traffic {
    let mut phase = Phase::new(spec);
    let shape = Shape { channels: 1, width: spec.cols as usize + 2, ..SQUARE };
    let Ok(registers) = spec.registers(&layer(spec, shape)) else { return phase.traffic };
    for (reserve, wrap) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
        let registers = Registers { reserve, wrap, ..registers.clone() };
        let suffices = |unit| registers.part(unit).suffices(spec.unit(unit));
        if registers.units().all(suffices) {
            phase.run(&registers, &shape, DENSE, random);
        }
    }
    phase.traffic
}

/// Reuse stores that are too small, each followed by a layer that runs: the smallest of some maps
/// on which that happens.
fn overflows(spec: &Spots, random: &mut Random) -> Vec<Traffic> {
    let kernels = [3, 5, spec.max_kernel as usize];
    let shapes =
        kernels.into_iter().flat_map(|kernel| (1..=64).map(move |channels| (kernel, channels)));
    let shapes = shapes.map(|(kernel, channels)| {
        let width = 3 * spec.cols as usize + kernel - 1;
        Shape { channels, kernel, height: kernel + 1, width, ..POINT }
    });
    let shapes: Vec<_> =
        shapes.filter(|shape| spec.registers(&layer(spec, *shape)).is_ok()).collect();
    let of_stores = |(reserve, wrap): (i64, i64), split: u32| {
        let overflowing = shapes.iter().filter_map(|shape| {
            let registers = spec.registers(&Layer { split, ..layer(spec, *shape) }).ok()?;
            let registers = Registers { reserve, wrap, ..registers };
            let running = Running::new(spec, &registers);
            running.overflows().then_some((*shape, registers))
        });
        overflowing.min_by_key(|(shape, _)| shape.patch() * shape.width)
    };
    let mut phases = Vec::new();
    for (stores, split) in [((0, 1), 0), ((1, 0), spec.arrays().ilog2()), ((1, 1), 0)] {
        let Some((shape, registers)) = of_stores(stores, split) else { continue };
        if shape.patch() > MOST_LINES {
            continue;
        }
        let mut phase = Phase::new(spec);
        phase.run(&registers, &shape, Zeros { map: 0, columns: 80, weights: 0 }, random);
        phase.layer(&layer(spec, SQUARE), DENSE, random);
        phases.push(phase.traffic);
    }
    phases
}

/// More filters than the array has registers for at a time.
fn several_chunks(spec: &Spots, random: &mut Random) -> Vec<Traffic> {
    let of_split = |split: u32| {
        let mut phase = Phase::new(spec);
        let chunk = spec.height(split) * spec.acc_regs as usize;
        for filters in [chunk, chunk + 1, 2 * chunk + spec.height(split) + 1] {
            let shape = Shape { channels: 1, height: 4, filters, ..SQUARE };
            if shape.products() < 10 * MOST_PRODUCTS {
                let layer = Layer { split, ..layer(spec, shape) };
                phase.layer(&layer, Zeros { map: 20, columns: 20, weights: 40 }, random);
            }
        }
        phase.traffic
    };
    (0..=spec.arrays().ilog2()).map(of_split).collect()
}

/// Elements of a map that a short scene loads, at most.
const FEW_ELEMENTS: usize = 16;

/// Registers that exceed the design, each alone, between layers that run on what was loaded.
fn refused_registers(spec: &Spots, random: &mut Random) -> Traffic {
    let all = |good: &Registers| refusals(spec, good);
    refused_in_turn(spec, random, FEW_ELEMENTS, &all)
}

/// Those of them that only IM2COL units refuse, and that take a large map to get there.
fn refused_maps(spec: &Spots, random: &mut Random) -> Traffic {
    let large = |good: &Registers| {
        let is_large = |refused: &Registers| {
            let loads = |most| loading(spec, good, refused.clone(), most).load_map == 1;
            loads(MOST_LINES) && !loads(FEW_ELEMENTS)
        };
        refusals(spec, good).into_iter().filter(is_large).collect()
    };
    refused_in_turn(spec, random, MOST_LINES, &large)
}

/// The layers that `refusals` makes of a good one, of maps of at most `most` elements where they
/// load one, with the good one between them.
fn refused_in_turn(
    spec: &Spots,
    random: &mut Random,
    most: usize,
    refusals: &dyn Fn(&Registers) -> Vec<Registers>,
) -> Traffic {
    let mut phase = Phase::new(spec);
    let shape =
        Shape { kernel: 2, stride: 1, padding: 1, filters: 1, height: 2, width: 2, channels: 1 };
    let Ok(good) = spec.registers(&layer(spec, shape)) else { return phase.traffic };
    let again = Registers { load_map: 0, load_weights: 0, ..good.clone() };
    let refusals = refusals(&again);
    if refusals.is_empty() {
        return phase.traffic;
    }
    phase.run(&good, &shape, DENSE, random);
    let mut loaded = good;
    for (number, refused) in refusals.into_iter().enumerate() {
        let runs = (number % 8 == 7).then(|| again.clone());
        // Weights that no layer uses are as few as can be.
        let few = Zeros { columns: 100, ..DENSE };
        for (registers, zeros) in [(Some(refused), few), (runs, DENSE)] {
            let Some(registers) = registers else { continue };
            let registers = loading(spec, &loaded, registers, most);
            phase.run(&registers, &golden::shape(&registers), zeros, random);
            if registers.load_map == 1 {
                loaded = registers;
            }
        }
    }
    phase.run(&loading(spec, &loaded, again, most), &shape, DENSE, random);
    phase.traffic
}

/// The same registers, which load what they need if they are of another shape than those that
/// `loaded` last, so that only the IM2COL units are left to refuse them. Not if control refuses them
/// first, or if there is nothing to load, or a map of more than `most` elements.
fn loading(spec: &Spots, loaded: &Registers, registers: Registers, most: usize) -> Registers {
    let same = registers.map_shape() == loaded.map_shape()
        && registers.weights_shape() == loaded.weights_shape();
    let shape = golden::shape(&registers);
    let fits = (1..=most).contains(&(shape.channels * shape.height * shape.width));
    if same || !fits || golden::Model::new(spec).exceeds(&registers) {
        return registers;
    }
    Registers { load_map: 1, load_weights: 1, ..registers }
}

/// Every field with the values before and after the legal ones, and the largest; and what is
/// illegal together. Whatever the field, its value alone makes the layer illegal.
fn refusals(spec: &Spots, good: &Registers) -> Vec<Registers> {
    let mut refused: Vec<_> = Registers::fields(spec)
        .iter()
        .flat_map(|field| {
            let (low, high) = field.legal;
            let values = [low - 1, high + 1, field.format.max()];
            let beyond = |value: &i128| {
                let fits = (field.format.min()..=field.format.max()).contains(value);
                fits && !(low..=high).contains(value)
            };
            let values = values.into_iter().filter(beyond);
            values.map(|value| good.with(field.name, value as i64)).collect::<Vec<_>>()
        })
        .collect();
    let mut refuse = |change: &dyn Fn(&mut Registers)| {
        let mut registers = good.clone();
        change(&mut registers);
        refused.push(registers);
    };
    refuse(&|registers| registers.height = 0);
    refuse(&|registers| registers.padding = registers.kernel);
    // A map that the memory cannot hold, although every field is legal
    let side = i64::from(spec.max_map) - 2 * good.padding;
    let channels = i64::from(spec.max_channels.min(spec.patch_steps / 4));
    if channels * (side * side) > i64::from(spec.map_lines * spec.cols) {
        refuse(&|registers| {
            (registers.height, registers.width, registers.channels) = (side, side, channels);
            registers.row_windows = side + 1;
        });
    }
    refuse(&|registers| registers.row_windows += 1);
    refuse(&|registers| registers.start_row[0] = registers.height + 2);
    refuse(&|registers| registers.windows[0] = 0);
    refuse(&|registers| registers.windows[0] += 1);
    refuse(&|registers| registers.groups -= 1);
    for pool in [3, 5, 6, 7] {
        refuse(&|registers| (registers.pool, registers.average) = (pool, 1));
    }
    if spec.arrays() > 1 {
        // The second unit refuses its part, the first does not.
        refuse(&|registers| {
            registers.split = 1;
            registers.windows[1] = registers.windows[0];
            registers.start_row[1] = registers.height + 2;
        });
        // Only the second unit has windows.
        refuse(&|registers| {
            registers.split = 1;
            registers.windows.swap(0, 1);
        });
    }
    let (area, most) = (i64::from(spec.max_kernel).pow(2), i64::from(spec.patch_steps));
    let channels = most / area + 1;
    if channels <= i64::from(spec.max_channels) {
        let kernel = i64::from(spec.max_kernel);
        // A patch that is too long
        refuse(&|registers| {
            (registers.kernel, registers.channels) = (kernel, channels);
            (registers.padding, registers.height, registers.width) = (0, kernel, kernel);
            (registers.row_windows, registers.windows[0], registers.groups) = (1, 1, 1);
            (registers.reserve, registers.wrap) = (0, 0);
        });
    }
    refused
}

/// Layers that exceed the design and streams that contradict each other, each followed by a layer
/// that runs.
fn refused(spec: &Spots, random: &mut Random) -> Vec<Traffic> {
    let good = layer(spec, Shape { height: 2, width: 3, ..SQUARE });
    let Ok(registers) = spec.registers(&good) else { return Vec::new() };
    let mut phases = Vec::new();
    // The layer is refused, but what it says it loads is taken.
    let mut phase = Phase::new(spec);
    phase.run(&Registers { row_windows: 1, ..registers.clone() }, &good.shape, DENSE, random);
    phase.layer(&good, DENSE, random);
    phases.push(phase.traffic);
    phases.extend(disagreements(spec, &good, random));
    phases
}

/// A packed matrix made wrong.
type Spoil = fn(&mut Packed);

/// Streams that are too short, too long, or say different things.
fn disagreements(spec: &Spots, good: &Layer, random: &mut Random) -> Vec<Traffic> {
    let spoils: &[Spoil] = &[
        |packed| packed.columns.push(0),
        |packed| packed.columns.fill(0),
        // As many columns live, but one of them is beyond the last.
        |packed| packed.columns[0] = packed.columns[0] & (packed.columns[0] - 1) | 1 << 31,
        |packed| {
            packed.blocks.pop();
        },
        |packed| packed.blocks.push(1),
        |packed| {
            packed.weights.pop();
        },
        |packed| packed.weights.push(packed.weights[0].clone()),
        |packed| packed.blocks.fill(0),
    ];
    let mut phases = Vec::new();
    let Ok(registers) = spec.registers(good) else { return phases };
    for spoil in spoils {
        let mut phase = Phase::new(spec);
        registers.push(&mut phase.traffic.0[stream::LAYER]);
        phase.map(&good.shape, DENSE, random);
        let zeros = Zeros { weights: 30, ..DENSE };
        let mut packed = phase.weights(&registers, &good.shape, zeros, random);
        spoil(&mut packed);
        spec.push_weights(&mut phase.traffic, &packed);
        phase.filters(&registers, &good.shape, random);
        // Weights that went wrong are not used again, however good the map is.
        let again = Registers { load_weights: 0, ..registers.clone() };
        phase.run(&again, &good.shape, DENSE, random);
        phase.layer(good, DENSE, random);
        phases.push(phase.traffic);
    }
    // A map and a list of filters of the wrong length.
    for (map, filters) in [(-1, 0), (1, 0), (0, 1)] {
        let mut phase = Phase::new(spec);
        registers.push(&mut phase.traffic.0[stream::LAYER]);
        let channels = (good.shape.channels as i64 + map) as usize;
        phase.map(&Shape { channels, ..good.shape }, DENSE, random);
        let packed = phase.weights(&registers, &good.shape, DENSE, random);
        spec.push_weights(&mut phase.traffic, &packed);
        let lanes = spec.lanes as usize;
        let filters = good.shape.filters + filters * lanes;
        phase.filters(&registers, &Shape { filters, ..good.shape }, random);
        phase.layer(good, DENSE, random);
        phases.push(phase.traffic);
    }
    phases
}

/// A random layer that the design can run and that is soon computed.
fn random_layer(spec: &Spots, random: &mut Random) -> Option<(Layer, Zeros)> {
    let mut up_to = |most: u32, usual: i64| {
        let most = i64::from(most);
        let usual = if random.within(0, 7) == 0 { most } else { usual.min(most) };
        random.within(1, usual) as usize
    };
    let kernel = up_to(spec.max_kernel, 5);
    let shape = Shape {
        channels: up_to(spec.max_channels, 6),
        height: up_to(spec.max_map, 14),
        width: up_to(spec.max_map, 14),
        kernel,
        stride: up_to(spec.max_stride, 3),
        padding: up_to(kernel as u32, 3) - 1,
        filters: up_to(spec.max_filters, 3 * i64::from(spec.rows)),
    };
    let split = random.within(0, spec.arrays().ilog2().into()) as u32;
    let pool = match random.within(0, 3) {
        0 => {
            let size = random.within(2, LARGEST_POOL.into()) as usize;
            Pool { size, average: size.is_power_of_two() && random.within(0, 1) == 1 }
        }
        _ => Pool { size: 1, average: false },
    };
    let zeros = Zeros {
        map: random.pick(&[0, 20, 60, 90]),
        columns: random.pick(&[0, 20, 60, 90]),
        weights: random.pick(&[0, 30, 70]),
    };
    if shape.height + 2 * shape.padding < kernel || shape.width + 2 * shape.padding < kernel {
        return None;
    }
    let shape = Shape { padding: shape.padding.min(kernel - 1), ..shape };
    let usual = layer(spec, shape);
    let cut = match random.within(0, 3) {
        0 => random.within(0, 63),
        _ => (i64::from(usual.cut) + random.within(-3, 2)).clamp(0, 63),
    };
    let cut = cut as u32;
    let layer = Layer {
        split,
        skip: random.within(0, 3) > 0,
        relu: random.within(0, 1) == 1,
        cut,
        pool,
        ..usual
    };
    let lines = spec.cut(shape.filters, shape.patch(), split).registers * shape.patch();
    let soon = shape.products() <= MOST_PRODUCTS && lines <= MOST_LINES;
    (soon && spec.registers(&layer).is_ok()).then_some((layer, zeros))
}

/// Layers of any shape and sparsity; some use a map or weights again. The first one has no map: from
/// a reset none was loaded, not even where one of its shape was before the reset.
pub(super) fn random(spec: &Spots, random: &mut Random, beats: usize) -> Vec<Traffic> {
    let square = layer(spec, SQUARE);
    let mut phase = Phase::new(spec);
    if let Ok(registers) = spec.registers(&square) {
        for (load_map, load_weights) in [(0, 1), (1, 0)] {
            let registers = Registers { load_map, load_weights, ..registers.clone() };
            phase.run(&registers, &square.shape, DENSE, random);
        }
    }
    let mut phases = vec![phase.traffic];
    let mut spent = 0;
    while spent < beats.max(1) {
        let Some((layer, zeros)) = random_layer(spec, random) else { continue };
        let mut phase = Phase::new(spec);
        if let Some(registers) = phase.layer(&layer, zeros, random) {
            let (load_map, load_weights) = random.pick(&[(0, 0), (0, 1), (1, 0), (1, 1)]);
            let registers = Registers { load_map, load_weights, ..registers };
            if load_map == 0 || load_weights == 0 {
                phase.run(&registers, &layer.shape, zeros, random);
            }
        }
        spent += phase.traffic.len();
        phases.push(phase.traffic);
    }
    phases
}
