//! Registers of a layer, as the stream `layer` carries them.

use super::super::im2col;
use super::Spots;
use crate::block::Package;
use crate::interface::Field;
use crate::traffic::Beats;
use crate::verilog::{Format, Width};

/// The largest window of the pool, in rows and columns of results.
pub const LARGEST_POOL: u32 = 8;

/// Everything a layer is told. Lists have an entry per IM2COL unit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Registers {
    /// Rows and columns of the kernel.
    pub kernel: i64,
    /// Rows and columns from window to window.
    pub stride: i64,
    /// Zeros around the map.
    pub padding: i64,
    /// Channels of the map.
    pub channels: i64,
    /// Rows of the map.
    pub height: i64,
    /// Columns of the map.
    pub width: i64,
    /// Windows of a row.
    pub row_windows: i64,
    /// Groups of windows that each unit builds.
    pub groups: i64,
    /// Whether units reuse rows.
    pub reserve: i64,
    /// Whether units reuse columns from group to group.
    pub wrap: i64,
    /// Row of each unit's first window in the padded map.
    pub start_row: Vec<i64>,
    /// Column of it.
    pub start_column: Vec<i64>,
    /// Windows of each unit.
    pub windows: Vec<i64>,
    /// Filters.
    pub filters: i64,
    /// 0, 1, 2: one, two, four arrays.
    pub split: i64,
    /// Whether a new map follows.
    pub load_map: i64,
    /// Whether new weights, biases and scales follow.
    pub load_weights: i64,
    /// Whether blocks of zeros in the patches are skipped.
    pub skip: i64,
    /// Low bits of a scaled sum dropped before the one that rounds.
    pub cut: i64,
    /// Whether negative results become zero.
    pub relu: i64,
    /// Rows and columns of the pool's window; 1: no pool.
    pub pool: i64,
    /// Whether the pool takes the mean.
    pub average: i64,
    /// Windows of the pool in a row.
    pub pool_columns: i64,
}

/// A register: name, value per unit or one value, and what it means.
type Entry<'a> = (&'static str, &'a [i64], &'static str);

impl Registers {
    /// All registers in the order of the stream.
    fn entries(&self) -> [Entry<'_>; 23] {
        use std::slice::from_ref as one;
        [
            ("kernel", one(&self.kernel), "rows and columns of the kernel"),
            ("stride", one(&self.stride), "from window to window"),
            ("padding", one(&self.padding), "zeros around the map"),
            ("channels", one(&self.channels), "of the map"),
            ("height", one(&self.height), "rows of the map"),
            ("width", one(&self.width), "columns of the map"),
            ("row_windows", one(&self.row_windows), "windows of a row"),
            ("groups", one(&self.groups), "groups of windows that each unit builds"),
            ("reserve", one(&self.reserve), "reuse rows"),
            ("wrap", one(&self.wrap), "reuse columns from group to group"),
            ("start_row", &self.start_row, "of each unit's first window"),
            ("start_column", &self.start_column, "of each unit's first window"),
            ("windows", &self.windows, "of each unit"),
            ("filters", one(&self.filters), "rows of the matrix of weights"),
            ("split", one(&self.split), "0: one array; 1: two; 2: four"),
            ("load_map", one(&self.load_map), "a new map follows"),
            ("load_weights", one(&self.load_weights), "new weights, biases, scales follow"),
            ("skip", one(&self.skip), "skip blocks of zeros in the patches"),
            ("cut", one(&self.cut), "bits dropped before the one that rounds"),
            ("relu", one(&self.relu), "negative results become zero"),
            ("pool", one(&self.pool), "rows and columns of the pool's window"),
            ("average", one(&self.average), "the pool takes the mean"),
            ("pool_columns", one(&self.pool_columns), "windows of the pool in a row"),
        ]
    }

    /// The fields of the stream `layer`.
    pub(super) fn fields(spec: &Spots) -> Vec<Field> {
        let arrays = spec.arrays() as usize;
        let shape = Self {
            start_row: vec![0; arrays],
            start_column: vec![0; arrays],
            windows: vec![0; arrays],
            ..Self::default()
        };
        let field =
            |&(name, values, doc): &Entry<'_>| spec.register(name, values.len() as u32, doc);
        shape.entries().iter().map(field).collect()
    }

    /// The same with `value` in the register `name`, that of the first unit where each has one.
    pub(super) fn with(&self, name: &str, value: i64) -> Self {
        let mut registers = self.clone();
        let register = match name {
            "kernel" => &mut registers.kernel,
            "stride" => &mut registers.stride,
            "padding" => &mut registers.padding,
            "channels" => &mut registers.channels,
            "height" => &mut registers.height,
            "width" => &mut registers.width,
            "row_windows" => &mut registers.row_windows,
            "groups" => &mut registers.groups,
            "start_row" => &mut registers.start_row[0],
            "start_column" => &mut registers.start_column[0],
            "windows" => &mut registers.windows[0],
            "filters" => &mut registers.filters,
            "split" => &mut registers.split,
            "cut" => &mut registers.cut,
            "pool" => &mut registers.pool,
            _ => return registers,
        };
        *register = value;
        registers
    }

    /// Appends these registers as a beat.
    pub fn push(&self, beats: &mut Beats) {
        beats.push_zero();
        for (position, (_, values, _)) in self.entries().iter().enumerate() {
            for (unit, &value) in values.iter().enumerate() {
                beats.set_last(position, unit, value);
            }
        }
    }

    /// Reads beat number `beat`.
    pub fn read(beats: &Beats, beat: usize, arrays: usize) -> Self {
        let one = |position| beats.get(beat, position, 0);
        let all = |position| (0..arrays).map(|unit| beats.get(beat, position, unit)).collect();
        Self {
            kernel: one(0),
            stride: one(1),
            padding: one(2),
            channels: one(3),
            height: one(4),
            width: one(5),
            row_windows: one(6),
            groups: one(7),
            reserve: one(8),
            wrap: one(9),
            start_row: all(10),
            start_column: all(11),
            windows: all(12),
            filters: one(13),
            split: one(14),
            load_map: one(15),
            load_weights: one(16),
            skip: one(17),
            cut: one(18),
            relu: one(19),
            pool: one(20),
            average: one(21),
            pool_columns: one(22),
        }
    }
}

impl Spots {
    /// The register `name`, for `count` units. Those that the IM2COL units have too are theirs.
    fn register(&self, name: &'static str, count: u32, doc: &'static str) -> Field {
        let of_unit = |known: &str| {
            let interface = self.main.interface();
            let field = interface.field("layer", known);
            let format = field.map_or(Format::flag(), |field| field.format);
            let register = Field::array(name, format, count, doc);
            let register = |field: &Field| register.within(field.legal.0, field.legal.1);
            field.map(|field| Field { amount: field.amount, ..register(field) })
        };
        let number = |low: u32, high: u32, bits: u32| {
            Field::new(name, Format::unsigned(bits, 0), doc).within(low, high)
        };
        let up_to = |low, high: u32| number(low, high, Width::index(high + 1).bits());
        match name {
            "windows" => of_unit("patches"),
            "pool_columns" => of_unit("row_windows").map(Field::unlimited),
            "filters" => Some(up_to(1, self.max_filters)),
            "split" => Some(number(0, self.arrays().ilog2(), 2)),
            "cut" => Some(number(0, 63, 6)),
            "pool" => Some(up_to(1, LARGEST_POOL)),
            _ => of_unit(name),
        }
        .unwrap_or_else(|| Field::new(name, Format::flag(), doc))
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
