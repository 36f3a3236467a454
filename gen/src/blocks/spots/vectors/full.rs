//! Layers that fill a memory to the last word.

use super::{DENSE, MOST_LINES, POINT, Phase, Zeros, layer};
use crate::blocks::spots::convolution::{Pool, Shape};
use crate::blocks::spots::layer::Layer;
use crate::blocks::spots::registers::Registers;
use crate::blocks::spots::{Spots, stream};
use crate::random::Random;
use crate::traffic::Traffic;

/// Layers that fill a memory to the last word.
pub(super) fn fillings(spec: &Spots, random: &mut Random) -> Vec<Traffic> {
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
