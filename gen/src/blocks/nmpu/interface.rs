//! The streams.

use super::Nmpu;
use crate::beat::{Declared, Place, Placed, beat};
use crate::interface::{Field, Interface, Stream};
use crate::verilog::Format;

beat! {
    /// A set of coefficients: what writes it, or asks for it, and what is read back.
    pub(super) struct CoefficientsBeat {
        /// 1 writes the coefficients, 0 reads them back
        write: One,
        /// unit they belong to
        unit: One,
        /// column they belong to
        column: One,
        /// scale of the positive count
        scale_p: One,
        /// scale of the negative count
        scale_n: One,
        /// scale
        scale: One,
        /// offset
        offset: One,
        /// negative results become zero
        relu: One,
    }
}

beat! {
    /// Entries of all units.
    pub(super) struct EntriesBeat {
        /// column of the entries
        column: One,
        /// positive count of every unit
        entry_p: Many,
        /// negative count of every unit
        entry_n: Many,
        /// entry of every unit
        entry: Many,
    }
}

beat! {
    /// Results of all units.
    pub(super) struct ResultsBeat {
        /// column of the results
        column: One,
        /// result of every unit
        result: Many,
    }
}

impl CoefficientsBeat<Declared> {
    /// What writes coefficients or asks for them.
    pub(super) fn declared(spec: &Nmpu) -> Self {
        let (flag, scale, two) =
            (Field::new(Format::flag()), Field::new(spec.scale), spec.two_branches());
        Self {
            write: flag,
            unit: Field::new(spec.unit()).within(0, spec.units - 1),
            column: spec.column_field(),
            scale_p: scale.only_if(two),
            scale_n: scale.only_if(two),
            scale: scale.only_if(!two),
            offset: Field::new(spec.offset),
            relu: flag.only_if(spec.relu_is_written()),
        }
    }

    /// The same without anything but the coefficients: what is read back, and a word of the memory.
    pub(super) fn coefficients(self) -> Self {
        let Self { write, unit, column, .. } = self;
        let [write, unit, column] = [write, unit, column].map(|field| field.only_if(false));
        Self { write, unit, column, ..self }
    }
}

impl EntriesBeat {
    /// Where the entries of every branch are.
    pub(super) const fn of_branches(branches: usize) -> &'static [Place] {
        const AT: EntriesBeat<Placed> = EntriesBeat::AT;
        if branches == 2 { &[AT.entry_p, AT.entry_n] } else { &[AT.entry] }
    }
}

impl EntriesBeat<Declared> {
    fn declared(spec: &Nmpu) -> Self {
        let (entry, two) = (Field::new(spec.entry()).times(spec.units), spec.two_branches());
        Self {
            column: spec.column_field(),
            entry_p: entry.only_if(two),
            entry_n: entry.only_if(two),
            entry: entry.only_if(!two),
        }
    }
}

impl Nmpu {
    fn column_field(&self) -> Field {
        Field::new(self.column()).within(0, self.columns - 1)
    }

    /// The ports: all of them streams.
    pub(super) fn ports(&self) -> Interface {
        let config = CoefficientsBeat::declared(self);
        let results = ResultsBeat {
            column: self.column_field(),
            result: Field::new(self.result()).times(self.units),
        };
        Interface::of_streams(vec![
            Stream::input(
                "config",
                format!(
                    "Coefficients: write them (1) or ask for them (0). Scale {}, offset {}",
                    self.scale, self.offset
                ),
                config.fields(),
            ),
            Stream::output("readback", "Coefficients asked for", config.coefficients().fields()),
            Stream::input(
                "in",
                "Entries, unit 0 in the low bits",
                EntriesBeat::declared(self).fields(),
            ),
            Stream::output(
                "out",
                "Results, unit 0 in the low bits, with the column of their entries",
                results.fields(),
            ),
        ])
    }
}
