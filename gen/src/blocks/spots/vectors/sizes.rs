//! Maps, kernels, strides, paddings, channels, filters and pools of every size.

use super::{DENSE, POINT, Phase, SQUARE, Zeros, layer};
use crate::beat::Beat;
use crate::blocks::spots::convolution::Shape;
use crate::blocks::spots::layer::Layer;
use crate::blocks::spots::registers::Registers;
use crate::blocks::spots::{Spots, stream};
use crate::interface::Field;
use crate::random::Random;
use crate::traffic::Traffic;

/// Kernels, strides and paddings that the design allows, on maps of odd sizes.
pub(super) fn shapes(spec: &Spots, random: &mut Random) -> Vec<Traffic> {
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
pub(super) fn patterns(spec: &Spots, random: &mut Random) -> Option<Traffic> {
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
pub(super) fn kernels(spec: &Spots, random: &mut Random) -> Vec<Traffic> {
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

/// A shape of which one number is given.
type OfLength = fn(usize) -> Shape;

/// Maps, windows, groups, channels, filters and pools of every order of magnitude, otherwise of one.
pub(super) fn lengths(spec: &Spots, random: &mut Random) -> Vec<Traffic> {
    let fields = Registers::declared(spec);
    let finest = spec.arrays().ilog2();
    let lengths: [(Field, OfLength); 4] = [
        (fields.height, |height| Shape { height, ..POINT }),
        (fields.width, |width| Shape { width, ..POINT }),
        (fields.channels, |channels| Shape { channels, ..POINT }),
        (fields.filters, |filters| Shape { filters, ..POINT }),
    ];
    let mut phases = Vec::new();
    for (field, shape) in lengths {
        for (turn, value) in field.telling_values().into_iter().enumerate() {
            let mut phase = Phase::new(spec);
            let shape = shape(value as usize);
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
    let fields = Registers::declared(spec);
    let mut windows = fields.windows.telling_values();
    windows.retain(|&windows| windows > 0);
    let most = windows.iter().copied().max().unwrap_or(1) as usize;
    let width = most.min(spec.max_map as usize);
    let big = Shape { height: most.div_ceil(width), width, ..POINT };
    let mut of = |shape: Shape, values: Vec<i64>, change: &dyn Fn(&mut Registers, i64)| {
        let mut phase = Phase::new(spec);
        if let Some(first) = phase.layer(&layer(spec, shape), DENSE, random) {
            let one =
                Registers { start_row: vec![0; first.windows.len()], ..last_window(first, &POINT) };
            for value in values {
                let mut registers = one.clone();
                change(&mut registers, value);
                phase.run(&registers, &shape, DENSE, random);
            }
        }
        phase.traffic
    };
    let group = i64::from(spec.cols);
    vec![
        of(big, windows, &|registers, windows| {
            registers.windows[0] = windows;
            registers.groups = (windows as u64).div_ceil(group as u64) as i64;
        }),
        of(POINT, fields.groups.telling_values(), &|registers, groups| registers.groups = groups),
        of(POINT, fields.pool_columns.telling_values(), &|registers, columns| {
            registers.pool_columns = columns;
        }),
    ]
}
