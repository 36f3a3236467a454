//! Streams, pins and their formats.

use super::{CapRam, GAIN_FRACTION, INPUT_BITS, NIBBLE, RESULT_FRACTION};
use crate::beat::{Declared, Place, beat};
use crate::interface::{Field, Stream};
use crate::verilog::{Format, Port, PortGroup, Width};

beat! {
    /// What operations do.
    pub(super) struct SetupBeat {
        /// two's complement: 0, in plus slices 1, in minus slices 2; ternary digits 3
        encoding: One,
        /// a weight takes 2^level slices
        level: One,
        /// bits of an input, less one
        input_bits: One,
        /// row at work, of every slice
        row: Many,
    }
}

beat! {
    /// Correction of a slice's codes.
    pub struct CalibrationBeat {
        /// slice
        slice: One,
        /// factor of the slice's codes
        gain: One,
        /// added after the gain, LSB
        offset: One,
    }
}

beat! {
    /// A word of the memory: what is written, where it is read, what was read.
    pub(super) struct AccessBeat {
        /// slice
        slice: One,
        /// row of the slice
        row: One,
        /// bit of every column
        word: Many,
    }
}

beat! {
    /// Inputs of an operation.
    pub(super) struct InputsBeat {
        /// input of every column
        value: Many,
    }
}

beat! {
    /// A point of the master curve.
    pub struct CurveBeat {
        /// segment of the range of codes, lowest first
        segment: One,
        /// added to values in it, LSB
        correction: One,
    }
}

beat! {
    /// Results of an operation.
    pub(super) struct ResultsBeat {
        /// results of weights in one slice, LSB; zero at other levels
        one: Many,
        /// results of weights in two slices, LSB; zero at other levels
        two: Many,
        /// results of weights in four slices, LSB; zero at other levels
        four: Many,
        /// results of weights in eight slices, LSB; zero at other levels
        eight: Many,
    }
}

impl AccessBeat<Declared> {
    /// A write.
    fn declared(spec: &CapRam) -> Self {
        let index = |count: u32| {
            let format = Format::unsigned(Width::index(count).bits(), 0);
            Field::new(format).within(0, count - 1)
        };
        Self {
            slice: index(spec.slices),
            row: index(spec.rows),
            word: Field::new(Format::flag()).times(spec.columns),
        }
    }

    /// Without the word.
    fn address(self) -> Self {
        Self { word: self.word.only_if(false), ..self }
    }

    /// The word alone.
    fn word(self) -> Self {
        Self { slice: self.slice.only_if(false), row: self.row.only_if(false), ..self }
    }
}

impl ResultsBeat {
    /// Where the results of weights in `2^level` slices are.
    pub(super) const fn of_level(level: u32) -> Place {
        let ResultsBeat { one, two, four, eight } = ResultsBeat::AT;
        [one, two, four, eight][level as usize]
    }
}

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

    pub(super) fn streams(&self) -> Vec<Stream> {
        let access = AccessBeat::declared(self);
        let setup = SetupBeat {
            encoding: Field::new(Format::unsigned(2, 0)),
            level: Field::new(Format::unsigned(2, 0)),
            input_bits: Field::new(Format::unsigned(3, 0)),
            row: access.row.times(self.slices),
        };
        let calibration = CalibrationBeat {
            slice: access.slice,
            gain: Field::new(self.gain()),
            offset: Field::new(self.offset()),
        };
        let input = Format::unsigned(INPUT_BITS, 0);
        let inputs = InputsBeat { value: Field::new(input).times(self.columns) };
        let result = |level| Field::new(self.result(level)).times(self.slices >> level);
        let results =
            ResultsBeat { one: result(0), two: result(1), four: result(2), eight: result(3) };
        let mut streams = vec![
            Stream::input(
                "setup",
                "What the operations from the next one on do; the first one needs it",
                setup.fields(),
            ),
            Stream::input(
                "calibration",
                "Correction of a slice's codes; from reset on gain 1, offset 0",
                calibration.fields(),
            ),
            Stream::input(
                "write",
                "Writes a word of the memory; words are undefined before",
                access.fields(),
            ),
            Stream::input("read", "Reads a word of the memory", access.address().fields()),
            Stream::input(
                "inputs",
                "One beat per operation, column 0 in the low bits",
                inputs.fields(),
            ),
        ];
        streams.extend(self.curve_stream());
        streams.push(Stream::output("words", "Words read", access.word().fields()));
        let doc = "Results of an operation, first slices low";
        streams.push(Stream::output("results", doc, results.fields()));
        streams
    }

    pub(super) fn curve_stream(&self) -> Option<Stream> {
        let segment = Format::unsigned(Width::index(self.curve_points).bits(), 0);
        let curve = CurveBeat {
            segment: Field::new(segment).within(0, self.curve_points.max(1) - 1),
            correction: Field::new(self.curve_correction()),
        };
        let doc = "Point of the master curve, for all slices; from reset on 0";
        (self.curve_points > 0).then(|| Stream::input("curve", doc, curve.fields()))
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
