//! The language of the macro: what setups, corrections, words and inputs are as beats, and where
//! the products are in what comes back.

use super::golden::{CALIBRATION, CURVE, INPUTS, READ, RESULTS, SETUP, WRITE};
use super::{Calibration, CapRam, Correction, Precision};
use crate::traffic::Traffic;

/// Stimulus, written phase after phase: beats of one phase are offered at the same time, so what
/// has to happen in order stands in several.
#[derive(Clone, Debug)]
pub struct Script<'a> {
    pub(super) spec: &'a CapRam,
    /// What is written so far.
    pub phases: Vec<Traffic>,
}

impl<'a> Script<'a> {
    /// Nothing yet, for a design.
    pub fn new(spec: &'a CapRam) -> Self {
        Self { spec, phases: Vec::new() }
    }

    /// Begins a phase.
    pub fn phase(&mut self) -> &mut Self {
        let streams = self.spec.streams();
        let inputs = streams.iter().filter(|stream| stream.valid().ends_with("_i"));
        self.phases.push(Traffic::new(&inputs.collect::<Vec<_>>()));
        self
    }

    fn push(&mut self, stream: usize, fields: &[&dyn Fn(usize) -> i64], counts: &[usize]) {
        if self.phases.is_empty() {
            self.phase();
        }
        let last = self.phases.len() - 1;
        let beats = &mut self.phases[last].0[stream];
        beats.push_zero();
        for (field, (value, &count)) in fields.iter().zip(counts).enumerate() {
            for element in 0..count {
                beats.set_last(field, element, value(element));
            }
        }
    }

    /// Writes a word, column 0 in the low bit.
    pub fn write(&mut self, slice: usize, row: usize, word: u128) {
        let columns = self.spec.columns();
        let bit = |column: usize| (word >> column & 1) as i64;
        self.push(WRITE, &[&|_| slice as i64, &|_| row as i64, &bit], &[1, 1, columns]);
    }

    /// Reads a word.
    pub fn read(&mut self, slice: usize, row: usize) {
        self.push(READ, &[&|_| slice as i64, &|_| row as i64], &[1, 1]);
    }

    /// Corrects the codes of a slice.
    pub fn calibrate(&mut self, slice: usize, calibration: Calibration) {
        let Calibration { gain, offset } = calibration;
        self.push(CALIBRATION, &[&|_| slice as i64, &|_| gain, &|_| offset], &[1, 1, 1]);
    }

    /// Corrects codes of all slices, and all values.
    pub fn correct(&mut self, correction: &Correction) {
        self.set_curve(|segment| correction.curve.corrections()[segment]);
        let slices = correction.slices.iter().enumerate();
        slices.for_each(|(slice, calibration)| self.calibrate(slice, *calibration));
    }

    /// Corrects the values in every segment of the master curve, if there is one, by sixteenths of an
    /// LSB.
    pub fn set_curve(&mut self, correction: impl Fn(usize) -> i64) {
        for segment in 0..self.spec.curve_points() as usize {
            self.push(CURVE, &[&|_| segment as i64, &|_| correction(segment)], &[1, 1]);
        }
    }

    /// What the operations of later phases multiply, and the row of every slice.
    pub fn setup(&mut self, precision: Precision, rows: &[u8]) {
        let encoding = i64::from(precision.encoding().code());
        let level = i64::from(precision.level());
        self.setup_fields(encoding, level, precision.input_bits(), rows);
    }

    /// A setup of fields as they are, those with another meaning among them.
    pub(super) fn setup_fields(&mut self, encoding: i64, level: i64, input_bits: u32, rows: &[u8]) {
        let bits = i64::from(input_bits) - 1;
        self.push(
            SETUP,
            &[&|_| encoding, &|_| level, &|_| bits, &|slice| rows[slice].into()],
            &[1, 1, 1, rows.len()],
        );
    }

    /// An operation on these inputs of the columns.
    pub fn operate(&mut self, input: impl Fn(usize) -> u8) {
        let columns = self.spec.columns();
        self.push(INPUTS, &[&|column| input(column).into()], &[columns]);
    }

    /// An operation on these inputs of the first columns, and zeros.
    pub fn operate_on(&mut self, inputs: &[u8]) {
        self.operate(|column| inputs.get(column).copied().unwrap_or_default());
    }
}

/// Product `number` of operation `operation` in what came back, in sixteenths of an LSB. The
/// operation had this precision.
pub fn product(results: &Traffic, operation: usize, precision: Precision, number: usize) -> i64 {
    results.0[RESULTS].get(operation, precision.level() as usize, number)
}
