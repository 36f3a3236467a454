//! What layers do: cuts, divisions of the rows, zeros, pools, what is loaded used again.

use super::{DENSE, MOST_PRODUCTS, POINT, Phase, SQUARE, Zeros, layer};
use crate::beat::Beat;
use crate::blocks::spots::convolution::{Channel, Pool, Shape};
use crate::blocks::spots::layer::Layer;
use crate::blocks::spots::registers::{LARGEST_POOL, Registers};
use crate::blocks::spots::{Spots, stream};
use crate::random::Random;
use crate::traffic::Traffic;
use crate::verilog::Format;

/// Every cut with every activation, on a map and weights that are loaded once. Biases are as large
/// as sums can be, so that something is left of them by most cuts.
pub(super) fn cuts(spec: &Spots, random: &mut Random) -> Traffic {
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
pub(super) fn modes(spec: &Spots, random: &mut Random) -> Vec<Traffic> {
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
pub(super) fn zeros(spec: &Spots, random: &mut Random) -> Vec<Traffic> {
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

/// Columns that are said to live, and blocks not to be zero, although all weights are.
pub(super) fn zeros_said_to_live(spec: &Spots, random: &mut Random) -> Vec<Traffic> {
    let phase = |skip| {
        let mut phase = Phase::new(spec);
        let layer = Layer { skip, ..layer(spec, SQUARE) };
        let registers = spec.registers(&layer).ok()?;
        registers.push(&mut phase.traffic.0[stream::LAYER]);
        phase.map(&layer.shape, DENSE, random);
        let mut packed = phase.weights(&registers, &layer.shape, DENSE, random);
        packed.weights.iter_mut().flatten().for_each(|weight| *weight = 0);
        spec.push_weights(&mut phase.traffic, &packed);
        phase.filters(&registers, &layer.shape, random);
        Some(phase.traffic)
    };
    [false, true].into_iter().filter_map(phase).collect()
}

/// Pools of every size, on maps that they divide and on maps that they do not; extreme elements,
/// whose sums need every bit.
pub(super) fn pools(spec: &Spots, random: &mut Random) -> Vec<Traffic> {
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
pub(super) fn used_again(spec: &Spots, random: &mut Random) -> Traffic {
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

/// Every choice of stores that suffice, on rows longer than a group.
pub(super) fn reuses(spec: &Spots, random: &mut Random) -> Traffic {
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

/// More filters than the array has registers for at a time.
pub(super) fn several_chunks(spec: &Spots, random: &mut Random) -> Vec<Traffic> {
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
