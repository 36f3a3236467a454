//! The streams.

use super::{Registers, Spots};
use crate::interface::{Field, Interface, Stream};
use crate::verilog::{Format, Width};

/// Bits of what a report counts.
pub(super) const COUNT_WIDTH: u32 = 32;

/// Streams by position in the interface: inputs, then outputs.
pub mod stream {
    /// Input: registers of a layer.
    pub const LAYER: usize = 0;
    /// Input: lines of the map.
    pub const MAP: usize = 1;
    /// Input: bitmap M1.
    pub const COLUMNS: usize = 2;
    /// Input: bitmap M2.
    pub const BLOCKS: usize = 3;
    /// Input: blocks of weights.
    pub const WEIGHTS: usize = 4;
    /// Input: biases and scales.
    pub const FILTERS: usize = 5;
    /// Output: results.
    pub const RESULTS: usize = 0;
    /// Output: reports.
    pub const REPORT: usize = 1;
}

impl Spots {
    /// The ports: all of them streams.
    pub(super) fn ports(&self) -> Interface {
        let last = || Field::new("last", Format::flag(), "the transfer ends");
        let bits = |count: u32| Format::unsigned(count, 0);
        let lanes = |name, format, doc| Field::array(name, format, self.lanes, doc);
        let block = Width::index(self.max_filters.div_ceil(self.lanes)).bits();
        Interface::of_streams(vec![
            Stream::input("layer", "Registers of a layer", Registers::fields(self)),
            Stream::input(
                "map",
                "Map, elements of a channel row by row, the first in the low bits",
                vec![Field::array("element", self.data(), self.cols, "elements"), last()],
            ),
            Stream::input(
                "columns",
                "Bitmap M1: 32 columns of the matrix of weights",
                vec![Field::new("live", bits(32), "columns that are not all zero"), last()],
            ),
            Stream::input(
                "blocks",
                "Bitmap M2: a line of weights",
                vec![Field::new("block", bits(self.arrays()), "blocks not all zero"), last()],
            ),
            Stream::input(
                "weights",
                "Block of weights, its first row in the low bits",
                vec![
                    Field::array("weight", self.data(), self.block_rows() as u32, "weights"),
                    last(),
                ],
            ),
            Stream::input(
                "filters",
                "Bias and scale of filters, the first in the low bits",
                vec![
                    lanes("bias", Format::signed(self.acc_width, 0), "added to the sum"),
                    lanes("scale", bits(self.scale_width), "multiplied with it"),
                    last(),
                ],
            ),
            Stream::output(
                "results",
                "Results of one window, the first filter in the low bits",
                vec![
                    lanes("result", self.data(), "results"),
                    Field::new("block", bits(block), "number of the first filter / lanes"),
                    Field::new("array", bits(Width::index(self.arrays()).bits()), "whose window"),
                ],
            ),
            Stream::output(
                "report",
                "Report of a layer",
                vec![
                    Field::new("illegal", Format::flag(), "the layer exceeds the design"),
                    Field::new("payload", Format::flag(), "streams contradict each other"),
                    Field::new("reuse", Format::flag(), "a reuse store overflowed"),
                    Field::new("fetched", bits(COUNT_WIDTH), "elements that units fetched"),
                    Field::new("steps", bits(COUNT_WIDTH), "steps of the array"),
                ],
            ),
        ])
    }
}
