//! Stimulus: whole layers, small enough to be computed from their definition.

mod full;
mod modes;
mod refused;
mod sizes;

use super::convolution::{Channel, Pool, Shape};
use super::layer::Layer;
use super::registers::{LARGEST_POOL, Registers};
use super::sparse::Packed;
use super::{Spots, stream};
use crate::beat::Beat;
use crate::block::{Package, Scene};
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
    let mut phases = vec![refused::never_loaded(spec, random)];
    phases.extend([modes::cuts(spec, random), refused::refused_registers(spec, random)]);
    phases.push(refused::refused_maps(spec, &mut Random::new(0, 2)));
    phases.push(refused::loads_beyond(spec, random));
    phases.extend(sizes::shapes(spec, random));
    phases.extend(sizes::patterns(spec, &mut Random::new(0, 1)));
    phases.extend(sizes::kernels(spec, random));
    phases.extend(sizes::lengths(spec, random));
    phases.extend(full::fillings(spec, random));
    phases.extend(modes::modes(spec, random));
    phases.extend(modes::zeros(spec, random));
    phases.extend(modes::pools(spec, random));
    phases.push(modes::used_again(spec, random));
    phases.push(modes::reuses(spec, random));
    phases.push(refused::loads_for_nothing(spec, random));
    phases.extend(modes::several_chunks(spec, random));
    phases.extend(modes::zeros_said_to_live(spec, random));
    phases.extend(telling(spec).1);
    scenes(phases)
}

/// Those of them that the fields of their layers do not tell.
pub(super) fn essentials(spec: &Spots) -> Vec<Scene> {
    scenes(telling(spec).0)
}

/// Beats of each of the others that every bench has room for.
const SHORT: usize = 240;

/// What was loaded for another shape, and streams that contradict each other; of what overflows a
/// store, a wrap store first, or fills one, what is short: what every bench plays. Then the others.
fn telling(spec: &Spots) -> (Vec<Traffic>, Vec<Traffic>) {
    let random = &mut Random::new(0, 3);
    let mut essential =
        vec![refused::of_another_shape(spec, random), refused::disagreements(spec, random)];
    let mut overflows = refused::overflows(spec, random).into_iter();
    let rare = overflows.next().into_iter().chain(full::full_map(spec, random));
    let rare = rare.chain(full::full_store(spec, random));
    let (short, mut others): (Vec<_>, Vec<_>) = rare.partition(|phase| phase.len() <= SHORT);
    essential.extend(short);
    others.extend(overflows);
    (essential, others)
}

/// A scene of each phase that has beats.
fn scenes(mut phases: Vec<Traffic>) -> Vec<Scene> {
    phases.retain(|phase| !phase.is_empty());
    phases.into_iter().map(|phase| vec![phase]).collect()
}

const SQUARE: Shape =
    Shape { channels: 2, height: 6, width: 5, kernel: 2, stride: 1, padding: 0, filters: 3 };

/// One element, one window, one filter.
const POINT: Shape =
    Shape { channels: 1, height: 1, width: 1, kernel: 1, stride: 1, padding: 0, filters: 1 };

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
