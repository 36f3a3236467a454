//! Stimulus: whole layers, small enough to be computed from their definition.

use super::convolution::{Channel, Pool, Shape};
use super::layer::Layer;
use super::registers::{LARGEST_POOL, Registers};
use super::sparse::Packed;
use super::{Spots, stream};
use crate::block::Spec;
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

pub(super) fn corners(spec: &Spots) -> Vec<Traffic> {
    let mut random = Random::new(0, 0);
    let mut phases = vec![shapes(spec, &mut random), modes(spec, &mut random)];
    phases.push(zeros(spec, &mut random));
    phases.push(pools(spec, &mut random));
    phases.push(used_again(spec, &mut random));
    phases.extend(refused(spec, &mut random));
    phases.push(several_chunks(spec, &mut random));
    phases
}

const SQUARE: Shape =
    Shape { channels: 2, height: 6, width: 5, kernel: 2, stride: 1, padding: 0, filters: 3 };

/// Kernels, strides and paddings that the design allows, on maps of odd sizes.
fn shapes(spec: &Spots, random: &mut Random) -> Traffic {
    let mut phase = Phase::new(spec);
    for kernel in [1, 2, 3, 5] {
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
                let fits = shape.channels <= spec.max_channels as usize
                    && shape.filters <= spec.max_filters as usize;
                if fits {
                    phase.layer(&layer(spec, shape), DENSE, random);
                }
            }
        }
    }
    // A window that is the map, a map of one element, a row, a column.
    for (height, width, kernel) in [(3, 3, 3), (1, 1, 1), (1, 9, 1), (9, 1, 1), (2, 9, 2)] {
        let shape = Shape { height, width, kernel, filters: 2, ..SQUARE };
        phase.layer(&layer(spec, shape), DENSE, random);
    }
    phase.traffic
}

/// Every division of the rows, with few and with many windows.
fn modes(spec: &Spots, random: &mut Random) -> Traffic {
    let mut phase = Phase::new(spec);
    for split in 0..=spec.arrays().ilog2() {
        for (height, kernel) in [(3, 2), (4, 3), (7, 2), (6, 1), (2, 2)] {
            let most = (spec.max_filters as usize).min(2 * spec.height(split) + 1);
            let filters = random.within(1, most as i64) as usize;
            let shape = Shape { height, width: 7, kernel, filters, ..SQUARE };
            let layer = Layer { split, ..layer(spec, shape) };
            phase.layer(&layer, Zeros { map: 30, columns: 20, weights: 40 }, random);
        }
    }
    phase.traffic
}

/// Nothing but zeros in the map, in the weights, in both; and all of them multiplied.
fn zeros(spec: &Spots, random: &mut Random) -> Traffic {
    let mut phase = Phase::new(spec);
    for skip in [false, true] {
        for (map, columns) in [(100, 0), (0, 100), (100, 100), (95, 90)] {
            let layer = Layer { skip, ..layer(spec, SQUARE) };
            phase.layer(&layer, Zeros { map, columns, weights: 10 }, random);
        }
    }
    phase.traffic
}

/// Pools of every size, on maps that they divide and on maps that they do not.
fn pools(spec: &Spots, random: &mut Random) -> Traffic {
    let mut phase = Phase::new(spec);
    for split in 0..=spec.arrays().ilog2() {
        for size in [2, 3, 4, LARGEST_POOL as usize] {
            for average in [false, true] {
                let shape = Shape { height: 10, width: 9, channels: 1, filters: 2, ..SQUARE };
                let pool = Pool { size, average };
                let layer = Layer { split, pool, relu: size == 3, ..layer(spec, shape) };
                phase.layer(&layer, DENSE, random);
            }
        }
    }
    // One filter in one block: the same word of the pool in successive cycles.
    let shape = Shape { filters: 1, height: 6, width: 6, kernel: 1, ..SQUARE };
    for average in [false, true] {
        let pool = Pool { size: 2, average };
        phase.layer(&Layer { pool, ..layer(spec, shape) }, DENSE, random);
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

/// More filters than the array has registers for at a time.
fn several_chunks(spec: &Spots, random: &mut Random) -> Traffic {
    let mut phase = Phase::new(spec);
    for split in 0..=spec.arrays().ilog2() {
        let chunk = spec.height(split) * spec.acc_regs as usize;
        for filters in [chunk, chunk + 1, 2 * chunk + spec.height(split) + 1] {
            let shape = Shape { channels: 1, height: 4, filters, ..SQUARE };
            if filters <= spec.max_filters as usize && shape.products() < 10 * MOST_PRODUCTS {
                let layer = Layer { split, ..layer(spec, shape) };
                phase.layer(&layer, Zeros { map: 20, columns: 20, weights: 40 }, random);
            }
        }
    }
    phase.traffic
}

/// Layers that exceed the design and streams that contradict each other, each followed by a layer
/// that runs.
fn refused(spec: &Spots, random: &mut Random) -> Vec<Traffic> {
    let good = layer(spec, SQUARE);
    let Ok(registers) = spec.registers(&good) else { return Vec::new() };
    let silent = Registers { load_map: 0, load_weights: 0, ..registers.clone() };
    let mut phases = Vec::new();
    let mut refuse = |spoil: &dyn Fn(&mut Registers)| {
        let mut registers = silent.clone();
        spoil(&mut registers);
        let mut phase = Phase::new(spec);
        phase.run(&registers, &good.shape, DENSE, random);
        phase.layer(&good, DENSE, random);
        phases.push(phase.traffic);
    };
    refuse(&|registers| registers.kernel = 0);
    refuse(&|registers| registers.stride = 0);
    refuse(&|registers| registers.channels = 0);
    refuse(&|registers| registers.filters = 0);
    refuse(&|registers| registers.height = 1);
    refuse(&|registers| registers.padding = registers.kernel);
    refuse(&|registers| registers.row_windows += 1);
    refuse(&|registers| registers.windows[0] = 0);
    refuse(&|registers| registers.windows[0] += 1);
    refuse(&|registers| registers.split = 3);
    refuse(&|registers| registers.pool = 0);
    refuse(&|registers| (registers.pool, registers.average) = (3, 1));
    if spec.arrays() > 1 {
        // The second unit refuses its part, the first does not.
        refuse(&|registers| {
            registers.split = 1;
            registers.windows[1] = registers.windows[0];
            registers.start_row[1] = registers.height;
        });
    }
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
        random.within(1, if usual < most { usual } else { most }) as usize
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
        0 => Pool { size: random.within(2, 4) as usize, average: random.within(0, 1) == 1 },
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
    let layer = Layer {
        split,
        skip: random.within(0, 3) > 0,
        relu: random.within(0, 1) == 1,
        cut: (i64::from(usual.cut) + random.within(-3, 2)).clamp(0, 63) as u32,
        pool,
        ..usual
    };
    let lines = spec.cut(shape.filters, shape.patch(), split).registers * shape.patch();
    let soon = shape.products() <= MOST_PRODUCTS && lines <= MOST_LINES;
    (soon && spec.registers(&layer).is_ok()).then_some((layer, zeros))
}

/// Layers of any shape and sparsity; some use a map or weights again.
pub(super) fn random(spec: &Spots, random: &mut Random, beats: usize) -> Vec<Traffic> {
    let mut phases = Vec::new();
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
