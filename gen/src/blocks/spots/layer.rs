//! From a layer of a network to registers and streams: what a driver does before a run.

use super::convolution::{Channel, Pool, Shape};
use super::interface::{BlocksBeat, ColumnsBeat, FiltersBeat, MapBeat, WeightsBeat};
use super::registers::{LARGEST_POOL, Registers};
use super::sparse::{Cut, Packed};
use super::{Spots, stream};
use crate::beat::Beat;
use crate::traffic::Traffic;

/// A layer as a person describes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layer {
    /// The convolution. A fully connected layer is one whose kernel covers its map.
    pub shape: Shape,
    /// How the rows are divided: 0, 1, 2 for one, two, four arrays.
    pub split: u32,
    /// Skip blocks of zeros in the patches.
    pub skip: bool,
    /// Low bits of a scaled sum dropped before the one that rounds.
    pub cut: u32,
    /// Negative results become zero.
    pub relu: bool,
    /// Joins results next to each other.
    pub pool: Pool,
}

/// A layer that this design cannot run.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("{what} {value}: {reason}; accepted: {accepted}")]
pub struct LayerError {
    /// What is wrong.
    pub what: &'static str,
    /// Its value.
    pub value: usize,
    /// Why it cannot be.
    pub reason: String,
    /// What could.
    pub accepted: String,
}

impl LayerError {
    fn unless(
        fits: bool,
        what: &'static str,
        value: usize,
        reason: &str,
        accepted: impl ToString,
    ) -> Result<(), Self> {
        let (reason, accepted) = (reason.to_owned(), accepted.to_string());
        if fits { Ok(()) } else { Err(Self { what, value, reason, accepted }) }
    }

    fn within(what: &'static str, value: usize, low: usize, high: usize) -> Result<(), Self> {
        let reason = "the design was made for other sizes";
        Self::unless((low..=high).contains(&value), what, value, reason, format!("{low}..={high}"))
    }
}

impl Spots {
    /// Rows of an array when the rows are divided in `2^split`.
    pub(super) const fn height(&self, split: u32) -> usize {
        (self.rows >> split) as usize
    }

    /// How a matrix for `filters` filters of `columns` elements is cut.
    pub fn cut(&self, filters: usize, columns: usize, split: u32) -> Cut {
        Cut {
            columns,
            registers: filters.div_ceil(self.height(split)),
            chunk: self.acc_regs as usize,
            height: self.height(split),
            block: self.block_rows(),
            blocks: self.arrays() as usize,
        }
    }

    fn check(&self, layer: &Layer) -> Result<(), LayerError> {
        let Layer { shape, split, pool, .. } = layer;
        LayerError::within("kernel", shape.kernel, 1, self.max_kernel as usize)?;
        LayerError::within("stride", shape.stride, 1, self.max_stride as usize)?;
        LayerError::within("channels", shape.channels, 1, self.max_channels as usize)?;
        LayerError::within("filters", shape.filters, 1, self.max_filters as usize)?;
        LayerError::within("padding", shape.padding, 0, shape.kernel - 1)?;
        for (what, length) in [("height", shape.height), ("width", shape.width)] {
            let most = self.max_map as usize - 2 * shape.padding;
            LayerError::within(what, length, 1, most)?;
            let fits = length + 2 * shape.padding >= shape.kernel;
            let least =
                format!("{} or more", shape.kernel - 2 * shape.padding.min(shape.kernel / 2));
            LayerError::unless(fits, what, length, "the kernel is larger than the map", least)?;
        }
        let lines = shape.channels * (shape.height * shape.width).div_ceil(self.cols as usize);
        LayerError::within("lines of the map", lines, 1, self.map_lines as usize)?;
        LayerError::within("elements of a patch", shape.patch(), 1, self.patch_steps as usize)?;
        let arrays = 1_usize << split;
        LayerError::within("arrays", arrays, 1, self.arrays() as usize)?;
        LayerError::within("pool", pool.size, 1, LARGEST_POOL as usize)?;
        let square = !pool.average || pool.size.is_power_of_two();
        let reason = "a mean is taken by a shift";
        LayerError::unless(square, "pool", pool.size, reason, "1, 2, 4, 8")?;
        if pool.size > 1 {
            let blocks = shape.filters.div_ceil(self.lanes as usize);
            let words = arrays * (shape.columns() / pool.size) * blocks;
            LayerError::within("words of the pool", words, 0, self.pool_words as usize)?;
        }
        Ok(())
    }

    /// The registers of `layer`, with new map and new weights.
    ///
    /// Windows are dealt out in runs of whole groups, so that `ceil(N / (p C))` groups are enough;
    /// with a pool, in runs of whole rows of the pool's windows.
    ///
    /// # Errors
    /// If the layer does not fit the design.
    pub fn registers(&self, layer: &Layer) -> Result<Registers, LayerError> {
        self.check(layer)?;
        let shape = &layer.shape;
        let (used, columns, group) = (1_usize << layer.split, shape.columns(), self.cols as usize);
        let run = if layer.pool.size > 1 {
            columns * layer.pool.size * shape.rows().div_ceil(layer.pool.size * used)
        } else {
            group * shape.windows().div_ceil(group * used)
        };
        let start = |unit: usize| (unit * run).min(shape.windows());
        let units = 0..self.arrays() as usize;
        let windows: Vec<_> =
            units.map(|unit| if unit < used { start(unit + 1) - start(unit) } else { 0 }).collect();
        let corner = |index: usize| {
            let first = if windows[index] == 0 { 0 } else { start(index) };
            (first / columns * shape.stride, first % columns * shape.stride)
        };
        let corners: Vec<_> = (0..windows.len()).map(corner).collect();
        let registers = Registers {
            kernel: shape.kernel as i64,
            stride: shape.stride as i64,
            padding: shape.padding as i64,
            channels: shape.channels as i64,
            height: shape.height as i64,
            width: shape.width as i64,
            row_windows: columns as i64,
            groups: run.min(shape.windows()).div_ceil(group) as i64,
            reserve: 0,
            wrap: 0,
            start_row: corners.iter().map(|corner| corner.0 as i64).collect(),
            start_column: corners.iter().map(|corner| corner.1 as i64).collect(),
            windows: windows.iter().map(|&windows| windows as i64).collect(),
            filters: shape.filters as i64,
            split: layer.split.into(),
            load_map: 1,
            load_weights: 1,
            skip: layer.skip.into(),
            cut: layer.cut.into(),
            relu: layer.relu.into(),
            pool: layer.pool.size as i64,
            average: layer.pool.average.into(),
            pool_columns: (columns / layer.pool.size) as i64,
        };
        Ok(self.reusing(registers))
    }

    /// The same layer, the rows divided so that the array takes the fewest steps; of divisions that
    /// take equally many, into the fewest arrays.
    ///
    /// # Errors
    /// If the layer does not fit the design however the rows are divided.
    pub fn divided(&self, layer: &Layer) -> Result<Layer, LayerError> {
        let steps = |split| {
            let layer = Layer { split, ..*layer };
            let cut = self.cut(layer.shape.filters, layer.shape.patch(), split);
            Ok((self.registers(&layer)?.groups * cut.registers as i64, layer))
        };
        // More arrays need more of every memory: what does not fit one array fits no division.
        let tall = steps(0)?;
        let others = (1..=self.arrays().ilog2()).filter_map(|split| steps(split).ok());
        let (_, layer) =
            others.fold(tall, |best, other| if other.0 < best.0 { other } else { best });
        Ok(layer)
    }

    /// The same registers with every store in use that suffices in all units.
    fn reusing(&self, registers: Registers) -> Registers {
        let part = |unit| registers.part(unit).reuse(self.unit(unit));
        let parts: Vec<_> = registers.units().map(part).collect();
        // One unit's wrap store is as large as another's.
        let wrap = parts.iter().all(|part| part.wrap);
        let reserve = parts.iter().all(|part| part.reserve);
        Registers { reserve: reserve.into(), wrap: wrap.into(), ..registers }
    }

    /// Appends the lines of a map to the stream `map`: channel after channel, row after row,
    /// `cols` elements to a line; a channel begins with a line of its own.
    pub fn push_map(
        &self,
        traffic: &mut Traffic,
        shape: &Shape,
        map: impl Fn(usize, usize, usize) -> i64,
    ) {
        let columns = self.cols as usize;
        let lines = (shape.height * shape.width).div_ceil(columns);
        let beats = &mut traffic.0[stream::MAP];
        for channel in 0..shape.channels {
            for line in 0..lines {
                beats.push_zero();
                for column in 0..columns {
                    let place = line * columns + column;
                    if place < shape.height * shape.width {
                        let value = map(channel, place / shape.width, place % shape.width);
                        beats.set_last(MapBeat::AT.element, column, value);
                    }
                }
                let last = channel + 1 == shape.channels && line + 1 == lines;
                beats.set_last(MapBeat::AT.last, 0, last.into());
            }
        }
    }

    /// Appends a packed matrix to the streams `columns`, `blocks` and `weights`.
    pub fn push_weights(&self, traffic: &mut Traffic, packed: &Packed) {
        for (word, last) in transfer(packed.columns.iter()) {
            ColumnsBeat { live: (*word).into(), last }.push(&mut traffic.0[stream::COLUMNS]);
        }
        for (word, last) in transfer(packed.blocks.iter()) {
            BlocksBeat { block: (*word).into(), last }.push(&mut traffic.0[stream::BLOCKS]);
        }
        for (block, last) in transfer(packed.weights.iter()) {
            WeightsBeat { weight: block.clone(), last }.push(&mut traffic.0[stream::WEIGHTS]);
        }
    }

    /// Appends biases and scales to the stream `filters`.
    pub fn push_filters(&self, traffic: &mut Traffic, channels: &[Channel]) {
        for (block, last) in transfer(channels.chunks(self.lanes as usize)) {
            let bias = block.iter().map(|channel| channel.bias).collect();
            let scale = block.iter().map(|channel| channel.scale).collect();
            FiltersBeat { bias, scale, last }.push(&mut traffic.0[stream::FILTERS]);
        }
    }
}

/// What a transfer carries, each with whether it is the last.
fn transfer<T>(parts: impl ExactSizeIterator<Item = T>) -> impl Iterator<Item = (T, i64)> {
    let count = parts.len();
    parts.enumerate().map(move |(index, part)| (part, (index + 1 == count).into()))
}
