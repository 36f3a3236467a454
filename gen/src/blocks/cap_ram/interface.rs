//! Streams, pins and their formats.

use super::{CapRam, GAIN_FRACTION, INPUT_BITS, NIBBLE, RESULT_FRACTION};
use crate::interface::{Field, Stream};
use crate::verilog::{Format, Port, PortGroup, Width};

impl CapRam {
    pub(super) const fn gain(&self) -> Format {
        Format::unsigned(1, GAIN_FRACTION)
    }

    /// Half of the range of a single-ended code.
    pub(super) const fn offset(&self) -> Format {
        Format::signed(self.adc_bits - 1, RESULT_FRACTION)
    }

    /// Correction of a segment of the master curve: less than 4 LSB.
    pub(super) const fn curve_correction(&self) -> Format {
        Format::signed(3, RESULT_FRACTION)
    }

    /// A corrected code: at most twice a code, an offset of half the largest one and 4 LSB of the
    /// master curve; `2^n + 2^(n-2) + 4`, less than `2^(n+1)`.
    pub(super) const fn value(&self) -> Format {
        Format::signed(self.adc_bits + 2, RESULT_FRACTION)
    }

    /// A result that `2^level` slices give: 17 values at most, then 3, 5 and 17 of the level below.
    pub(super) const fn result(&self, level: usize) -> Format {
        let growth = [5, 7, 10, 15][level];
        Format::signed(self.value().integer + growth, RESULT_FRACTION)
    }

    /// Where a word of the memory is.
    pub(super) fn address(&self) -> Vec<Field> {
        let index = |name, count, doc| {
            let format = Format::unsigned(Width::index(count).bits(), 0);
            Field::new(name, format, doc).within(0, count - 1)
        };
        vec![index("slice", self.slices, "slice"), index("row", self.rows, "row of the slice")]
    }

    pub(super) fn word(&self) -> Field {
        Field::array("word", Format::flag(), self.columns, "bit of every column")
    }

    pub(super) fn streams(&self) -> Vec<Stream> {
        let row = self.address().remove(1);
        let rows = Field::array("row", row.format, self.slices, "row at work, of every slice")
            .within(0, self.rows - 1);
        let setup = vec![
            Field::new(
                "encoding",
                Format::unsigned(2, 0),
                "two's complement: 0, in plus slices 1, in minus slices 2; ternary digits 3",
            ),
            Field::new("level", Format::unsigned(2, 0), "a weight takes 2^level slices"),
            Field::new("input_bits", Format::unsigned(3, 0), "bits of an input, less one"),
            rows,
        ];
        let calibration = vec![
            self.address().remove(0),
            Field::new("gain", self.gain(), "factor of the slice's codes"),
            Field::new("offset", self.offset(), "added after the gain, LSB"),
        ];
        let mut write = self.address();
        write.push(self.word());
        let input = Format::unsigned(INPUT_BITS, 0);
        let inputs = Field::array("value", input, self.columns, "input of every column");
        let names = ["one", "two", "four", "eight"];
        let results = names.into_iter().enumerate().map(|(level, name)| {
            let slices = if level == 0 { "slice" } else { "slices" };
            let doc = format!("results of weights in {name} {slices}, LSB; zero at other levels");
            Field::array(name, self.result(level), self.slices >> level, doc)
        });
        let mut streams = vec![
            Stream::input(
                "setup",
                "What the operations from the next one on do; the first one needs it",
                setup,
            ),
            Stream::input(
                "calibration",
                "Correction of a slice's codes; from reset on gain 1, offset 0",
                calibration,
            ),
            Stream::input(
                "write",
                "Writes a word of the memory; words are undefined before",
                write,
            ),
            Stream::input("read", "Reads a word of the memory", self.address()),
            Stream::input(
                "inputs",
                "One beat per operation, column 0 in the low bits",
                vec![inputs],
            ),
        ];
        streams.extend(self.curve_stream());
        streams.push(Stream::output("words", "Words read", vec![self.word()]));
        let doc = "Results of an operation, first slices low";
        streams.push(Stream::output("results", doc, results.collect()));
        streams
    }

    pub(super) fn curve_stream(&self) -> Option<Stream> {
        let segment = Format::unsigned(Width::index(self.curve_points).bits(), 0);
        let fields = vec![
            Field::new("segment", segment, "segment of the range of codes, lowest first")
                .within(0, self.curve_points.max(1) - 1),
            Field::new("correction", self.curve_correction(), "added to values in it, LSB"),
        ];
        let doc = "Point of the master curve, for all slices; from reset on 0";
        (self.curve_points > 0).then(|| Stream::input("curve", doc, fields))
    }

    pub(super) fn pins(&self) -> Vec<PortGroup> {
        let bit = Width::new(1);
        let columns = Width::new(self.columns).named("Columns");
        let pairs = Width::new(self.pairs()).named("Pairs");
        let groups = Width::new(self.adc.groups()).named("Groups");
        vec![
            PortGroup::new(
                "Word lines, slice by slice, row 0 low; bit lines; write, read: one cycle each",
                vec![
                    Port::output("word_line_o", Width::new(self.slices * self.rows)),
                    Port::output("write_o", bit),
                    Port::output("read_o", bit),
                    Port::output("bit_line_o", columns),
                    Port::input("bit_line_i", columns),
                ],
            ),
            PortGroup::new(
                "Phases of a global cycle: capacitors are precharged; take their column's input; \
                 keep\nor lose it as the cell says; share it, all of the plus, all of the minus slices. \
                 They change\nat the same edge: the array keeps its switches from overlapping",
                vec![
                    Port::output("precharge_o", bit),
                    Port::output("input_o", bit),
                    Port::output("multiply_o", bit),
                    Port::output("share_plus_o", bit),
                    Port::output("share_minus_o", bit),
                ],
            ),
            PortGroup::new(
                "Input lines: the columns' bits 0, then bits 1, 2, 3",
                vec![Port::output("input_line_o", columns.times(NIBBLE))],
            ),
            PortGroup::new(
                "To all converters: take the input and reset the cells; compare; groups of cells \
                 that fire;\nboth inputs count; the plus input is the minus slice",
                vec![
                    Port::output("sample_o", bit),
                    Port::output("compare_o", bit),
                    Port::output("groups_o", groups),
                    Port::output("differential_o", bit),
                    Port::output("swap_o", bit),
                ],
            ),
            PortGroup::new(
                "Per converter: cells fire on this side; comparator: 1 if the minus node is higher, \
                 or tie",
                vec![
                    Port::output("fire_plus_o", pairs),
                    Port::output("fire_minus_o", pairs),
                    Port::input("decision_i", pairs),
                ],
            ),
        ]
    }
}
