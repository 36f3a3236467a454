//! Registers of a layer, as the stream `layer` carries them.

use super::super::im2col;
use super::Spots;
use crate::beat::{Declared, beat};
use crate::interface::Field;
use crate::verilog::{Format, Width};

/// The largest window of the pool, in rows and columns of results.
pub const LARGEST_POOL: u32 = 8;

beat! {
    /// Everything a layer is told. Lists have an entry per IM2COL unit.
    pub struct Registers {
        /// rows and columns of the kernel
        kernel: One,
        /// from window to window
        stride: One,
        /// zeros around the map
        padding: One,
        /// of the map
        channels: One,
        /// rows of the map
        height: One,
        /// columns of the map
        width: One,
        /// windows of a row
        row_windows: One,
        /// groups of windows that each unit builds
        groups: One,
        /// reuse rows
        reserve: One,
        /// reuse columns from group to group
        wrap: One,
        /// of each unit's first window
        start_row: Many,
        /// of each unit's first window
        start_column: Many,
        /// of each unit
        windows: Many,
        /// rows of the matrix of weights
        filters: One,
        /// 0: one array; 1: two; 2: four
        split: One,
        /// a new map follows
        load_map: One,
        /// new weights, biases, scales follow
        load_weights: One,
        /// skip blocks of zeros in the patches
        skip: One,
        /// bits dropped before the one that rounds
        cut: One,
        /// negative results become zero
        relu: One,
        /// rows and columns of the pool's window
        pool: One,
        /// the pool takes the mean
        average: One,
        /// windows of the pool in a row
        pool_columns: One,
    }
}

impl Registers<Declared> {
    /// The registers of a design. Those that the IM2COL units have too are theirs.
    pub(super) fn declared(spec: &Spots) -> Self {
        let of_unit = im2col::LayerBeat::declared(&spec.main);
        let each = |field: Field| field.times(spec.arrays());
        let bits = |bits: u32| Field::new(Format::unsigned(bits, 0));
        let up_to = |low: u32, high: u32| bits(Width::index(high + 1).bits()).within(low, high);
        let flag = bits(1);
        Self {
            kernel: of_unit.kernel,
            stride: of_unit.stride,
            padding: of_unit.padding,
            channels: of_unit.channels,
            height: of_unit.height,
            width: of_unit.width,
            row_windows: of_unit.row_windows,
            groups: of_unit.groups,
            reserve: of_unit.reserve,
            wrap: of_unit.wrap,
            start_row: each(of_unit.start_row),
            start_column: each(of_unit.start_column),
            windows: each(of_unit.patches),
            filters: up_to(1, spec.max_filters),
            split: bits(2).within(0, spec.arrays().ilog2()),
            load_map: flag,
            load_weights: flag,
            skip: flag,
            cut: bits(6),
            relu: flag,
            pool: up_to(1, LARGEST_POOL),
            average: flag,
            pool_columns: of_unit.row_windows.unlimited(),
        }
    }
}

impl Registers {
    /// What a map is loaded for: a layer that uses it again has the same.
    pub(super) const fn map_shape(&self) -> [i64; 3] {
        [self.channels, self.height, self.width]
    }

    /// The same of weights, biases and scales.
    pub(super) const fn weights_shape(&self) -> [i64; 4] {
        [self.channels, self.kernel, self.filters, self.split]
    }

    /// The part of the layer that IM2COL unit number `unit` builds.
    pub(super) fn part(&self, unit: usize) -> im2col::Layer {
        let number = |value: i64| value as u32;
        im2col::Layer {
            convolution: im2col::Convolution {
                kernel: number(self.kernel),
                stride: number(self.stride),
                padding: number(self.padding),
                channels: number(self.channels),
                height: number(self.height),
                width: number(self.width),
            },
            row_windows: number(self.row_windows),
            start_row: number(self.start_row[unit]),
            start_column: number(self.start_column[unit]),
            patches: number(self.windows[unit]),
            groups: number(self.groups),
            reserve: self.reserve == 1,
            wrap: self.wrap == 1,
        }
    }

    /// The IM2COL units that have something to build.
    pub(super) fn units(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.windows.len().min(1 << self.split)).filter(|&unit| self.windows[unit] > 0)
    }
}
