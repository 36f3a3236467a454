//! The streams, those of the bench among them.

use super::{COUNTER_WIDTH, ERROR_WIDTH, Im2col, MOST_PLAYED};
use crate::beat::{Declared, beat};
use crate::interface::{Field, Interface, Stream};
use crate::verilog::{Format, Width};

beat! {
    /// A layer, field by field.
    pub(in super::super) struct LayerBeat {
        /// rows and columns of a window
        kernel: One,
        /// step from window to window
        stride: One,
        /// zeros on every side of the map
        padding: One,
        /// channels
        channels: One,
        /// rows of the map, without padding
        height: One,
        /// columns of the map, without padding
        width: One,
        /// windows in a row
        row_windows: One,
        /// top of the first window in the padded map
        start_row: One,
        /// left of the first window in the padded map
        start_column: One,
        /// windows to build
        patches: One,
        /// groups to emit; those beyond the patches are zero
        groups: One,
        /// elements are kept for the windows below
        reserve: One,
        /// elements are kept for the next group
        wrap: One,
    }
}

beat! {
    /// An element of every patch of a group.
    pub(super) struct PatchesBeat {
        /// element of every unit
        element: Many,
        /// the last beat of a group
        last: One,
    }
}

beat! {
    /// What a layer did.
    pub(super) struct ReportBeat {
        /// elements put in, padding included
        fetched: One,
        /// memory reads
        reads: One,
        /// bits, see above
        error: One,
    }
}

beat! {
    /// A line of the map.
    pub(super) struct MapBeat {
        /// which line
        address: One,
        /// elements, the first one lowest
        line: Many,
    }
}

impl LayerBeat<Declared> {
    /// The layer of a design.
    pub(in super::super) fn declared(unit: &Im2col) -> Self {
        let widths = unit.widths();
        let number = |width: Width| Field::new(Format::unsigned(width.bits(), 0));
        let stored = unit.memory_lines.saturating_mul(unit.units);
        let (channels, side) = (unit.max_channels.min(unit.memory_lines), unit.max_map.min(stored));
        let (last, all) = (unit.max_map - 1, unit.max_map * unit.max_map);
        Self {
            kernel: number(widths.kernel).within(1, unit.max_kernel),
            stride: number(widths.stride).within(1, unit.max_stride),
            padding: number(widths.kernel).within(0, unit.max_kernel - 1),
            channels: number(widths.channels).within(1, channels),
            height: number(widths.map).within(1, side),
            width: number(widths.map).within(1, side),
            row_windows: number(widths.map).within(1, unit.max_map),
            start_row: number(widths.map).within(0, last),
            start_column: number(widths.map).within(0, last),
            patches: number(widths.count).within(0, all).amount(MOST_PLAYED.min(stored)),
            groups: number(widths.count)
                .within(1, (1_i64 << widths.count.bits()) - 1)
                .amount(MOST_PLAYED),
            reserve: Field::new(Format::flag()),
            wrap: Field::new(Format::flag()),
        }
    }
}

impl MapBeat<Declared> {
    /// A line of a design's memory.
    pub(super) fn declared(unit: &Im2col) -> Self {
        let address = Format::unsigned(unit.widths().line.bits(), 0);
        Self {
            address: Field::new(address).within(0, unit.memory_lines - 1),
            line: Field::new(unit.data()).times(unit.units),
        }
    }
}

impl Im2col {
    pub(super) fn streams(&self) -> Vec<Stream> {
        let patches = PatchesBeat {
            element: Field::new(self.data()).times(self.units),
            last: Field::new(Format::flag()),
        };
        let counter = Field::new(Format::unsigned(COUNTER_WIDTH, 0));
        let error = Field::new(Format::unsigned(ERROR_WIDTH, 0));
        let report = ReportBeat { fetched: counter, reads: counter, error };
        vec![
            Stream::input(
                "layer",
                "One beat per layer: which patches",
                LayerBeat::declared(self).fields(),
            ),
            Stream::output(
                "patches",
                "One beat per element of the patches of a group, unit 0 in the low bits",
                patches.fields(),
            ),
            Stream::output(
                "report",
                "One beat per layer, after its last patches.\n\
                 error: 0 illegal layer, 1 reserve or 2 wrap store too small, 3 hardware fault",
                report.fields(),
            ),
        ]
    }

    /// The bench: the same with a memory inside, filled by a stream.
    pub(super) fn bench_interface(&self) -> Interface {
        let map = MapBeat::declared(self).fields();
        let mut streams = vec![Stream::input("map", "Lines of the map", map)];
        streams.extend(self.streams());
        Interface::of_streams(streams)
    }
}
