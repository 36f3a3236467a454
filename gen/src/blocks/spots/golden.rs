//! The contract of [`super`], in wide plain integers: convolutions from their definition.

use super::convolution::{Channel, Pool, Shape};
use super::interface::{
    BlocksBeat, ColumnsBeat, FiltersBeat, MapBeat, ReportBeat, ResultsBeat, WeightsBeat,
};
use super::registers::{LARGEST_POOL, Registers};
use super::sparse::Packed;
use super::{Spots, stream};
use crate::beat::{Beat, Place};
use crate::block::Golden;
use crate::traffic::Traffic;

/// What was loaded last, and whether that went well.
pub(super) struct Model {
    spec: Spots,
    map: Loaded<Vec<Vec<i64>>>,
    /// A row per filter, registers filled up.
    weights: Loaded<Vec<Vec<i64>>>,
    /// Columns of weights that are said to live (M1).
    live: Vec<usize>,
    filters: Loaded<Vec<Channel>>,
    /// What the map was loaded for, and what the weights were; nothing after a reset.
    map_shape: Option<[i64; 3]>,
    weights_shape: Option<[i64; 4]>,
}

#[derive(Default)]
struct Loaded<T> {
    content: T,
    bad: bool,
}

/// Beats of a phase that are still to come.
pub(super) struct Rest<'a> {
    phase: &'a Traffic,
    taken: Vec<usize>,
}

impl<'a> Rest<'a> {
    pub(super) fn new(phase: &'a Traffic) -> Self {
        Self { phase, taken: vec![0; phase.0.len()] }
    }

    /// How many beats of `stream` were taken.
    pub(super) fn taken(&self, stream: usize) -> usize {
        self.taken[stream]
    }

    /// The next transfer of `stream`, whose field `last` says which beat ends it.
    fn transfer(&mut self, stream: usize, last: Place) -> impl Iterator<Item = usize> + use<'a> {
        let beats = &self.phase.0[stream];
        let first = self.taken[stream];
        let end = (first..beats.len()).find(|&beat| beats.get(beat, last, 0) == 1);
        self.taken[stream] = end.map_or(beats.len(), |end| end + 1);
        first..self.taken[stream]
    }
}

impl Model {
    pub(super) fn new(spec: &Spots) -> Self {
        Self {
            spec: spec.clone(),
            map: Loaded::default(),
            weights: Loaded::default(),
            filters: Loaded::default(),
            live: Vec::new(),
            map_shape: None,
            weights_shape: None,
        }
    }

    pub(super) fn load(&mut self, rest: &mut Rest<'_>, registers: &Registers) {
        let shape = shape(registers);
        let phase = rest.phase;
        if registers.load_map == 1 {
            let columns = self.spec.cols as usize;
            let beats = rest.transfer(stream::MAP, MapBeat::AT.last);
            let lines = beats.map(|beat| MapBeat::read(&phase.0[stream::MAP], beat).element);
            self.map.content = lines.collect();
            let expected = shape.channels * (shape.height * shape.width).div_ceil(columns);
            self.map_shape = Some(registers.map_shape());
            self.map.bad = self.map.content.len() != expected;
        }
        if registers.load_weights == 1 {
            let word =
                |stream: usize, place| move |beat| phase.0[stream].get(beat, place, 0) as u32;
            let packed = Packed {
                columns: rest
                    .transfer(stream::COLUMNS, ColumnsBeat::AT.last)
                    .map(word(stream::COLUMNS, ColumnsBeat::AT.live))
                    .collect(),
                blocks: rest
                    .transfer(stream::BLOCKS, BlocksBeat::AT.last)
                    .map(word(stream::BLOCKS, BlocksBeat::AT.block))
                    .collect(),
                weights: rest
                    .transfer(stream::WEIGHTS, WeightsBeat::AT.last)
                    .map(|beat| WeightsBeat::read(&phase.0[stream::WEIGHTS], beat).weight)
                    .collect(),
            };
            self.weights_shape = Some(registers.weights_shape());
            (self.live, self.weights) = (Vec::new(), Loaded::default());
            self.weights.bad = true;
            // Those of an illegal layer are taken and lost.
            if !self.exceeds(registers) {
                let cut = self.spec.cut(shape.filters, shape.patch(), registers.split as u32);
                let fits = packed.blocks.len() <= self.spec.weight_lines as usize;
                let matrix = if fits { cut.unpack(&packed).ok() } else { None };
                self.live = cut.live(&packed.columns).unwrap_or_default();
                self.weights.bad = matrix.is_none();
                self.weights.content = matrix.unwrap_or_default();
            }

            let lanes = self.spec.lanes as usize;
            let beats = &phase.0[stream::FILTERS];
            let channels = rest.transfer(stream::FILTERS, FiltersBeat::AT.last).flat_map(|beat| {
                let biases = beats.elements(beat, FiltersBeat::AT.bias);
                let scales = beats.elements(beat, FiltersBeat::AT.scale);
                biases.zip(scales).map(|(bias, scale)| Channel { bias, scale })
            });
            self.filters.content = channels.collect();
            let expected = shape.filters.div_ceil(lanes) * lanes;
            self.filters.bad = self.filters.content.len() != expected;
        }
    }

    /// Whether what was loaded last is of no use to a layer: it went wrong, was for another shape,
    /// or never was.
    pub(super) fn is_useless(&self, registers: &Registers) -> bool {
        let fits = self.map_shape == Some(registers.map_shape())
            && self.weights_shape == Some(registers.weights_shape());
        self.map.bad || self.weights.bad || self.filters.bad || !fits
    }

    /// Whether a unit refuses its part.
    pub(super) fn units_refuse(&self, registers: &Registers) -> bool {
        let refuses = |unit| registers.part(unit).check(self.spec.unit(unit)).is_err();
        registers.units().any(refuses)
    }

    /// Whether the registers exceed the design, apart from what the units see to.
    pub(super) fn exceeds(&self, registers: &Registers) -> bool {
        let spec = &self.spec;
        let within = |value: i64, low: i64, high: u32| (low..=i64::from(high)).contains(&value);
        let steps = registers.channels * registers.kernel * registers.kernel;
        let plane = ((registers.height * registers.width) as u64).div_ceil(spec.cols.into());
        let lines = registers.channels * plane as i64;
        let blocks = (registers.filters as u64).div_ceil(spec.lanes.into()) as i64;
        let words = (registers.pool_columns << registers.split) * blocks;
        let power_of_two = (registers.pool as u64).is_power_of_two();
        let legal = within(registers.filters, 1, spec.max_filters)
            && within(steps, 1, spec.patch_steps)
            && within(lines, 0, spec.map_lines)
            && (1 << registers.split) <= i64::from(spec.arrays())
            && registers.windows[0] > 0
            && within(registers.pool, 1, LARGEST_POOL)
            && (registers.average == 0 || power_of_two)
            && (registers.pool == 1 || words <= spec.pool_words.into());
        !legal
    }

    /// Result of a filter at a window of the unpooled map.
    fn result(&self, layer: &Running<'_>, filter: usize, window: Window) -> i64 {
        let Running { shape, registers, .. } = layer;
        let columns = self.spec.cols as usize;
        let plane = (shape.height * shape.width).div_ceil(columns);
        let map = |channel: usize, y: usize, x: usize| {
            let place = y * shape.width + x;
            self.map.content[channel * plane + place / columns][place % columns]
        };
        let weights = &self.weights.content[filter];
        let weight = |channel, row, column| weights[shape.element(channel, row, column)];
        let corner = (window.row * shape.stride, window.column * shape.stride);
        let arithmetic = self.spec.arithmetic();
        let sum = if window.spoilt { 0 } else { arithmetic.sum(shape, corner, map, weight) };
        let channel = self.filters.content[filter];
        arithmetic.requantise(sum, channel, registers.cut as u32, registers.relu == 1)
    }

    /// The results of one window, if it is the last of a window of the pool.
    fn push_window(
        &self,
        layer: &Running<'_>,
        array: usize,
        window: usize,
        blocks: std::ops::Range<usize>,
        results: &mut Traffic,
    ) {
        let Running { shape, registers, .. } = layer;
        let size = registers.pool as usize;
        let first = registers.start_row[array] as usize / shape.stride * shape.columns()
            + registers.start_column[array] as usize / shape.stride;
        let (row, column) =
            ((first + window) / shape.columns(), (first + window) % shape.columns());
        let closes = (row + 1).is_multiple_of(size) && (column + 1).is_multiple_of(size);
        if !closes || column / size >= registers.pool_columns as usize {
            return;
        }
        let pool = Pool { size, average: registers.average == 1 };
        for block in blocks {
            let beats = &mut results.0[stream::RESULTS];
            beats.push_zero();
            for lane in 0..self.spec.lanes as usize {
                let filter = block * self.spec.lanes as usize + lane;
                let members = (row + 1 - size..=row)
                    .flat_map(|row| (column + 1 - size..=column).map(move |column| (row, column)));
                let result = |(row, column): (usize, usize)| {
                    let group = (row * shape.columns() + column).saturating_sub(first)
                        / self.spec.cols as usize;
                    let spoilt = layer.spoilt(array, group);
                    self.result(layer, filter, Window { row, column, spoilt })
                };
                let result = pool.join(members.map(result));
                beats.set_last(ResultsBeat::AT.result, lane, result);
            }
            beats.set_last(ResultsBeat::AT.block, 0, block as i64);
            beats.set_last(ResultsBeat::AT.array, 0, array as i64);
        }
    }

    fn compute(&self, layer: &Running<'_>, results: &mut Traffic) {
        let Running { shape, registers, .. } = layer;
        let columns = self.spec.cols as usize;
        let height = self.spec.height(registers.split as u32) / self.spec.lanes as usize;
        let blocks = shape.filters.div_ceil(self.spec.lanes as usize);
        for group in 0..registers.groups as usize {
            for first in (0..blocks).step_by(height) {
                for column in 0..columns {
                    for array in 0..1_usize << registers.split {
                        let window = group * columns + column;
                        if window < registers.windows[array] as usize {
                            let blocks = first..(first + height).min(blocks);
                            self.push_window(layer, array, window, blocks, results);
                        }
                    }
                }
            }
        }
    }

    /// Elements that all units fetch.
    fn fetched(&self, registers: &Registers) -> i64 {
        let part = |unit| registers.part(unit).fetches(self.spec.unit(unit)).elements as i64;
        registers.units().map(part).sum()
    }

    /// Steps of the array: for every group and register those columns of weights that live and
    /// meet a patch that has something.
    fn steps(&self, layer: &Running<'_>) -> i64 {
        let Running { shape, registers, .. } = layer;
        let steps: usize = self.group_steps(layer).iter().sum();
        (steps * shape.filters.div_ceil(self.spec.height(registers.split as u32))) as i64
    }

    /// The same for every group, and one register.
    pub(super) fn group_steps(&self, layer: &Running<'_>) -> Vec<usize> {
        let registers = layer.registers;
        let count = |group: usize| {
            if registers.skip == 0 {
                return self.live.len().max(1);
            }
            let meets = |&&column: &&usize| self.meets(layer, group, column);
            self.live.iter().filter(meets).count().max(1)
        };
        (0..registers.groups as usize).map(count).collect()
    }

    /// Whether an element of a patch is not zero for every window of a group.
    fn meets(&self, layer: &Running<'_>, group: usize, element: usize) -> bool {
        let Running { shape, registers, .. } = layer;
        let columns = self.spec.cols as usize;
        let (channel, place) = (element / shape.kernel.pow(2), element % shape.kernel.pow(2));
        let (kernel_row, kernel_column) =
            (place / shape.kernel, shape.kernel - 1 - place % shape.kernel);
        let plane = (shape.height * shape.width).div_ceil(columns);
        (0..1_usize << registers.split).any(|array| {
            let first = registers.start_row[array] as usize / shape.stride * shape.columns()
                + registers.start_column[array] as usize / shape.stride;
            let end =
                if layer.spoilt(array, group) { 0 } else { registers.windows[array] as usize };
            let windows = group * columns..((group + 1) * columns).min(end);
            windows.into_iter().any(|window| {
                let window = first + window;
                let y = window / shape.columns() * shape.stride + kernel_row;
                let x = window % shape.columns() * shape.stride + kernel_column;
                let inside = |place: usize, length: usize| {
                    place.checked_sub(shape.padding).filter(|&place| place < length)
                };
                let (Some(y), Some(x)) = (inside(y, shape.height), inside(x, shape.width)) else {
                    return false;
                };
                let place = y * shape.width + x;
                self.map.content[channel * plane + place / columns][place % columns] != 0
            })
        })
    }
}

/// A window of the unpooled map; spoilt if a reuse store overflowed before it.
struct Window {
    row: usize,
    column: usize,
    spoilt: bool,
}

/// A layer that runs.
pub(super) struct Running<'a> {
    pub shape: Shape,
    pub registers: &'a Registers,
    /// Per array the first group whose patches are zero, because a reuse store overflowed.
    spoilt: Vec<u32>,
    /// A reuse store overflows.
    overflows: bool,
}

impl<'a> Running<'a> {
    /// What these registers describe; an illegal part of a layer overflows nothing.
    pub(super) fn new(spec: &Spots, registers: &'a Registers) -> Self {
        let overflow = |unit: usize| {
            let (part, unit) = (registers.part(unit), spec.unit(unit));
            if part.check(unit).is_ok() { part.overflow(unit) } else { (u32::MAX, 0) }
        };
        let parts: Vec<_> = (0..registers.windows.len()).map(overflow).collect();
        let overflows = parts.iter().any(|(_, error)| *error != 0);
        let spoilt = parts.into_iter().map(|(group, _)| group).collect();
        Self { shape: shape(registers), registers, spoilt, overflows }
    }

    /// Whether a reuse store overflows.
    pub(super) const fn overflows(&self) -> bool {
        self.overflows
    }

    fn spoilt(&self, array: usize, group: usize) -> bool {
        group >= self.spoilt[array] as usize
    }
}

/// The convolution that registers describe; nonsense where they are illegal.
pub(super) fn shape(registers: &Registers) -> Shape {
    Shape {
        channels: registers.channels as usize,
        height: registers.height as usize,
        width: registers.width as usize,
        kernel: registers.kernel as usize,
        stride: registers.stride as usize,
        padding: registers.padding as usize,
        filters: registers.filters as usize,
    }
}

impl Golden for Model {
    fn run(&mut self, phase: &Traffic, results: &mut Traffic) {
        let mut rest = Rest::new(phase);
        for beat in 0..phase.0[stream::LAYER].len() {
            let registers = Registers::read(&phase.0[stream::LAYER], beat);
            let layer = Running::new(&self.spec, &registers);
            self.load(&mut rest, &registers);
            // What an illegal layer loads is not judged, and units are asked only where there is
            // something to build.
            let exceeds = self.exceeds(&registers);
            let payload = !exceeds && self.is_useless(&registers);
            let illegal = exceeds || (!payload && self.units_refuse(&registers));
            let runs = !illegal && !payload;
            if runs {
                self.compute(&layer, results);
            }
            let steps = if runs { self.steps(&layer) } else { 0 };
            let fetched = if runs { self.fetched(&registers) } else { 0 };
            let report = ReportBeat {
                illegal: illegal.into(),
                payload: payload.into(),
                reuse: (runs && layer.overflows).into(),
                fetched,
                steps,
            };
            report.push(&mut results.0[stream::REPORT]);
        }
    }
}
