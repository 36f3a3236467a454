//! The streams.

use super::{Gemm, STEPS_WIDTH, vectors};
use crate::beat::{Declared, beat};
use crate::interface::{Field, Interface, Stream};
use crate::verilog::{Format, Width};

beat! {
    /// A tile descriptor.
    pub(in super::super) struct TileBeat {
        /// number of steps less one
        steps: One,
        /// registers in use, less one
        registers: One,
        /// 0: one array; 1: two; 2: four
        split: One,
        /// low bits of a sum dropped by rounding
        cut: One,
    }
}

beat! {
    /// Weights of a step.
    pub(super) struct WeightsBeat {
        /// weight of every row
        weight: Many,
    }
}

beat! {
    /// Patches of a step.
    pub(super) struct PatchesBeat {
        /// element of every column
        patch: Many,
    }
}

beat! {
    /// Results of a column.
    pub(super) struct ResultsBeat {
        /// result of every row
        result: Many,
    }
}

impl TileBeat<Declared> {
    /// The tile descriptor of a design.
    pub(in super::super) fn declared(spec: &Gemm) -> Self {
        let index = |count| Field::new(Format::unsigned(Width::index(count).bits(), 0));
        let modes = spec.split.largest_mode();
        Self {
            steps: Field::new(Format::unsigned(STEPS_WIDTH, 0)).amount(vectors::longest_tile(spec)),
            registers: index(spec.acc_regs)
                .within(0, spec.acc_regs - 1)
                .only_if(spec.several_registers()),
            split: index(modes + 1).within(0, modes).only_if(spec.is_divisible()),
            cut: index(spec.acc_width).within(0, spec.acc_width - 1),
        }
    }
}

impl Gemm {
    /// The ports: all of them streams.
    pub(super) fn ports(&self) -> Interface {
        let elements = self.cols * self.split.arrays();
        let weights = WeightsBeat { weight: Field::new(self.data()).times(self.rows) };
        let patches = PatchesBeat { patch: Field::new(self.data()).times(elements) };
        let results = ResultsBeat { result: Field::new(self.result()).times(self.rows) };
        Interface::of_streams(vec![
            Stream::input(
                "tile",
                "One beat per tile: what is to be computed",
                TileBeat::declared(self).fields(),
            ),
            Stream::input("weights", "One beat per step, row 0 in the low bits", weights.fields()),
            Stream::input(
                "patches",
                "One beat for as many steps as there are registers in use, column 0 in the low bits",
                patches.fields(),
            ),
            Stream::output(
                "results",
                "Results register by register and column by column, row 0 in the low bits",
                results.fields(),
            ),
        ])
    }
}
