//! The contract of [`super`], beat by beat.

use super::interface::{
    AccessBeat, CalibrationBeat, CurveBeat, InputsBeat, ResultsBeat, SetupBeat,
};
use super::{Calibration, CapRam, Cells, Engine, Inputs, Precision};
use crate::beat::Beat;
use crate::block::Golden;
use crate::traffic::{Beats, Traffic};

/// Input streams by position in the interface.
pub(super) const SETUP: usize = 0;
pub(super) const CALIBRATION: usize = 1;
pub(super) const WRITE: usize = 2;
pub(super) const READ: usize = 3;
pub(super) const INPUTS: usize = 4;

/// The last input stream, if there is a master curve.
pub(super) const CURVE: usize = 5;

/// Output streams.
const WORDS: usize = 0;
pub(super) const RESULTS: usize = 1;

/// What an accepted setup says.
#[derive(Clone, Debug)]
pub(super) struct Setup {
    pub precision: Precision,
    pub rows: Vec<u8>,
}

impl Setup {
    /// The setup after reset: level 0, inputs of one bit, rows 0.
    pub fn after_reset(spec: &CapRam) -> Self {
        let precision = Precision::from_fields(0, 0, 0);
        Self { precision, rows: vec![0; spec.slices()] }
    }

    pub fn read(beats: &Beats, beat: usize) -> Self {
        let SetupBeat { encoding, level, input_bits, row } = SetupBeat::read(beats, beat);
        Self {
            precision: Precision::from_fields(encoding as u32, level as u32, input_bits as u32),
            rows: row.into_iter().map(|row| row as u8).collect(),
        }
    }
}

/// A macro with its memory and registers.
pub(super) struct Model {
    spec: CapRam,
    engine: Engine,
    cells: Cells,
    setup: Setup,
}

impl Model {
    pub fn new(spec: &CapRam) -> Self {
        Self {
            spec: spec.clone(),
            engine: Engine::new(spec),
            cells: Cells::new(spec.slices(), spec.rows()),
            setup: Setup::after_reset(spec),
        }
    }

    fn calibrate(&mut self, beats: &Beats, beat: usize) {
        let CalibrationBeat { slice, gain, offset } = CalibrationBeat::read(beats, beat);
        self.engine.calibrate(slice as usize, Calibration { gain, offset });
    }

    fn set_curve_point(&mut self, beats: &Beats, beat: usize) {
        let CurveBeat { segment, correction } = CurveBeat::read(beats, beat);
        self.engine.set_curve_point(segment as usize, correction);
    }

    fn write(&mut self, beats: &Beats, beat: usize) {
        let AccessBeat { slice, row, word } = AccessBeat::read(beats, beat);
        let bits = word.into_iter().enumerate();
        let word = bits.map(|(column, bit)| u128::from(bit != 0) << column).sum();
        self.cells.write(slice as usize, row as usize, word);
    }

    fn read(&self, beats: &Beats, beat: usize, words: &mut Beats) {
        let AccessBeat { slice, row, .. } = AccessBeat::read(beats, beat);
        let word = self.cells.read(slice as usize, row as usize);
        let bits = (0..self.spec.columns()).map(|column| (word >> column & 1) as i64);
        AccessBeat { word: bits.collect(), ..AccessBeat::default() }.push(words);
    }

    fn operate(&mut self, phase: &Beats, results: &mut Beats) {
        let selection = self.engine.select(&self.cells, &self.setup.rows);
        let precision = self.setup.precision;
        let mut products = Vec::new();
        for beat in 0..phase.len() {
            let values = phase.elements(beat, InputsBeat::AT.value).map(|value| value as u8);
            let values: Vec<_> = values.collect();
            self.engine.multiply(&selection, precision, &Inputs::new(&values), &mut products);
            results.push_zero();
            results.set_first(ResultsBeat::of_level(precision.level()), &products);
        }
    }
}

impl Golden for Model {
    fn run(&mut self, phase: &Traffic, results: &mut Traffic) {
        let beats = |stream: usize| (&phase.0[stream], 0..phase.0[stream].len());
        let (setups, all) = beats(SETUP);
        for beat in all {
            self.setup = Setup::read(setups, beat);
        }
        let (calibrations, all) = beats(CALIBRATION);
        all.for_each(|beat| self.calibrate(calibrations, beat));
        if self.spec.curve_points() > 0 {
            let (points, all) = beats(CURVE);
            all.for_each(|beat| self.set_curve_point(points, beat));
        }
        let (writes, all) = beats(WRITE);
        all.for_each(|beat| self.write(writes, beat));
        let (reads, all) = beats(READ);
        all.for_each(|beat| self.read(reads, beat, &mut results.0[WORDS]));
        self.operate(&phase.0[INPUTS], &mut results.0[RESULTS]);
    }
}
