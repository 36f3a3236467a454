//! Layers that fill a memory to the last word.

use super::{DENSE, MOST_LINES, POINT, Phase, Zeros, layer};
use crate::beat::Beat;
use crate::blocks::spots::convolution::{Pool, Shape};
use crate::blocks::spots::layer::Layer;
use crate::blocks::spots::registers::Registers;
use crate::blocks::spots::{Spots, stream};
use crate::random::Random;
use crate::traffic::Traffic;

/// Few weights, half of the map zero.
const THIN: Zeros = Zeros { map: 50, columns: 95, weights: 50 };

/// Layers that fill a buffer of patches or the memory of the pool to the last word.
pub(super) fn fillings(spec: &Spots, random: &mut Random) -> Vec<Traffic> {
    let mut phases = Vec::new();
    phases.extend(full_patch(spec, random));
    phases.extend(full_pool(spec, random));
    phases
}

/// The first of the shapes that `each` makes of a length which, with some number of channels, takes
/// `most` words; one channel takes those that `count` says.
fn filling(
    spec: &Spots,
    most: u32,
    each: impl Fn(usize) -> Shape,
    count: impl Fn(&Shape) -> usize,
) -> Option<Shape> {
    let most = Some(most as usize).filter(|most| *most <= MOST_LINES)?;
    let mut filling = (1..=spec.max_map as usize).map(each).filter_map(|shape| {
        let channels = most / count(&shape).max(1);
        let shape = Shape { channels, ..shape };
        let fills = channels * count(&shape) == most;
        (fills && spec.registers(&layer(spec, shape)).is_ok()).then_some(shape)
    });
    filling.next()
}

/// A map that fills its memory; one window of it is enough.
pub(super) fn full_map(spec: &Spots, random: &mut Random) -> Option<Traffic> {
    let square = |side| Shape { height: side, width: side, ..POINT };
    let plane = |shape: &Shape| (shape.height * shape.width).div_ceil(spec.cols as usize);
    let shape = filling(spec, spec.map_lines, square, plane)?;
    let mut registers = spec.registers(&layer(spec, shape)).ok()?;
    (registers.windows[0], registers.groups) = (1, 1);
    let mut phase = Phase::new(spec);
    phase.run(&registers, &shape, THIN, random);
    Some(phase.traffic)
}

/// A patch that fills its buffer.
fn full_patch(spec: &Spots, random: &mut Random) -> Option<Traffic> {
    let kernel = |side| Shape { kernel: side, height: side, width: side, ..POINT };
    let shape = filling(spec, spec.patch_steps, kernel, |shape| shape.kernel * shape.kernel)?;
    let mut phase = Phase::new(spec);
    phase.layer(&layer(spec, shape), THIN, random);
    Some(phase.traffic)
}

/// A pool that needs all words of its memory, and one that needs more.
fn full_pool(spec: &Spots, random: &mut Random) -> Option<Traffic> {
    let widest = Registers::declared(spec).pool_columns.format.max() as u32;
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
pub(super) fn full_store(spec: &Spots, random: &mut Random) -> Vec<Traffic> {
    let lines = spec.weight_lines as usize;
    let split = spec.arrays().ilog2();
    let filters = spec.max_filters as usize;
    let registers = filters.div_ceil(spec.height(split));
    let columns = lines / registers;
    let most = spec.max_channels.min(spec.patch_steps).min(spec.map_lines) as usize;
    if lines > 2 * MOST_LINES || columns * registers != lines {
        return Vec::new();
    }
    let square = (1..=spec.max_kernel as usize).find(|kernel| {
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
