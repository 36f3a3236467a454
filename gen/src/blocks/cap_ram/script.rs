//! The language of the macro: what setups, corrections, words and inputs are as beats, and where
//! the products are in what comes back.

use super::golden::{CALIBRATION, CURVE, INPUTS, READ, RESULTS, SETUP, WRITE};
use super::interface::{
    AccessBeat, CalibrationBeat, CurveBeat, InputsBeat, ResultsBeat, SetupBeat,
};
use super::{Calibration, CapRam, Correction, Precision};
use crate::beat::Beat;
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

    fn push(&mut self, stream: usize, beat: &impl Beat) {
        if self.phases.is_empty() {
            self.phase();
        }
        let last = self.phases.len() - 1;
        beat.push(&mut self.phases[last].0[stream]);
    }

    /// Writes a word, column 0 in the low bit.
    pub fn write(&mut self, slice: usize, row: usize, word: u128) {
        let bits = (0..self.spec.columns()).map(|column| (word >> column & 1) as i64);
        let (slice, row) = (slice as i64, row as i64);
        self.push(WRITE, &AccessBeat { slice, row, word: bits.collect() });
    }

    /// Reads a word.
    pub fn read(&mut self, slice: usize, row: usize) {
        let (slice, row) = (slice as i64, row as i64);
        self.push(READ, &AccessBeat { slice, row, word: Vec::new() });
    }

    /// Corrects the codes of a slice.
    pub fn calibrate(&mut self, slice: usize, calibration: Calibration) {
        let Calibration { gain, offset } = calibration;
        self.push(CALIBRATION, &CalibrationBeat { slice: slice as i64, gain, offset });
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
            let correction = correction(segment);
            self.push(CURVE, &CurveBeat { segment: segment as i64, correction });
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
        let input_bits = i64::from(input_bits) - 1;
        let row = rows.iter().map(|&row| row.into()).collect();
        self.push(SETUP, &SetupBeat { encoding, level, input_bits, row });
    }

    /// An operation on these inputs of the columns.
    pub fn operate(&mut self, input: impl Fn(usize) -> u8) {
        let values = (0..self.spec.columns()).map(|column| input(column).into());
        self.push(INPUTS, &InputsBeat { value: values.collect() });
    }

    /// An operation on these inputs of the first columns, and zeros.
    pub fn operate_on(&mut self, inputs: &[u8]) {
        self.operate(|column| inputs.get(column).copied().unwrap_or_default());
    }
}

/// Product `number` of operation `operation` in what came back, in sixteenths of an LSB. The
/// operation had this precision.
pub fn product(results: &Traffic, operation: usize, precision: Precision, number: usize) -> i64 {
    results.0[RESULTS].get(operation, ResultsBeat::of_level(precision.level()), number)
}
