//! The streams.

use super::{Registers, Spots};
use crate::beat::beat;
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

beat! {
    /// A line of the map.
    pub(super) struct MapBeat {
        /// elements
        element: Many,
        /// the transfer ends
        last: One,
    }
}

beat! {
    /// A word of bitmap M1.
    pub(super) struct ColumnsBeat {
        /// columns that are not all zero
        live: One,
        /// the transfer ends
        last: One,
    }
}

beat! {
    /// A word of bitmap M2.
    pub(super) struct BlocksBeat {
        /// blocks not all zero
        block: One,
        /// the transfer ends
        last: One,
    }
}

beat! {
    /// A block of weights.
    pub(super) struct WeightsBeat {
        /// weights
        weight: Many,
        /// the transfer ends
        last: One,
    }
}

beat! {
    /// Biases and scales of filters.
    pub(super) struct FiltersBeat {
        /// added to the sum
        bias: Many,
        /// multiplied with it
        scale: Many,
        /// the transfer ends
        last: One,
    }
}

beat! {
    /// Results of one window.
    pub struct ResultsBeat {
        /// results
        result: Many,
        /// number of the first filter / lanes
        block: One,
        /// whose window
        array: One,
    }
}

beat! {
    /// What became of a layer.
    pub struct ReportBeat {
        /// the layer exceeds the design
        illegal: One,
        /// streams contradict each other
        payload: One,
        /// a reuse store overflowed
        reuse: One,
        /// elements that units fetched
        fetched: One,
        /// steps of the array
        steps: One,
    }
}

impl Spots {
    /// The ports: all of them streams.
    pub(super) fn ports(&self) -> Interface {
        let bits = |count: u32| Field::new(Format::unsigned(count, 0));
        let (data, last) = (Field::new(self.data()), Field::new(Format::flag()));
        let map = MapBeat { element: data.times(self.cols), last };
        let columns = ColumnsBeat { live: bits(32), last };
        let blocks = BlocksBeat { block: bits(self.arrays()), last };
        let weights = WeightsBeat { weight: data.times(self.block_rows() as u32), last };
        let filters = FiltersBeat {
            bias: Field::new(Format::signed(self.acc_width, 0)).times(self.lanes),
            scale: Field::new(self.scales()).times(self.lanes),
            last,
        };
        let block = Width::index(self.max_filters.div_ceil(self.lanes)).bits();
        let results = ResultsBeat {
            result: data.times(self.lanes),
            block: bits(block),
            array: bits(Width::index(self.arrays()).bits()),
        };
        let (flag, count) = (bits(1), bits(COUNT_WIDTH));
        let report =
            ReportBeat { illegal: flag, payload: flag, reuse: flag, fetched: count, steps: count };
        Interface::of_streams(vec![
            Stream::input("layer", "Registers of a layer", Registers::declared(self).fields()),
            Stream::input(
                "map",
                "Map, elements of a channel row by row, the first in the low bits",
                map.fields(),
            ),
            Stream::input(
                "columns",
                "Bitmap M1: 32 columns of the matrix of weights",
                columns.fields(),
            ),
            Stream::input("blocks", "Bitmap M2: a line of weights", blocks.fields()),
            Stream::input(
                "weights",
                "Block of weights, its first row in the low bits",
                weights.fields(),
            ),
            Stream::input(
                "filters",
                "Bias and scale of filters, the first in the low bits",
                filters.fields(),
            ),
            Stream::output(
                "results",
                "Results of one window, the first filter in the low bits",
                results.fields(),
            ),
            Stream::output("report", "Report of a layer", report.fields()),
        ])
    }
}
