//! The contract of [`super`], beat by beat.

use super::{Calibration, CapRam, Cells, Engine, Inputs, Precision};
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

    pub fn read(spec: &CapRam, beats: &Beats, beat: usize) -> Self {
        let field = |field| beats.get(beat, field, 0) as u32;
        let rows = 0..spec.slices();
        Self {
            precision: Precision::from_fields(field(0), field(1), field(2)),
            rows: rows.map(|slice| beats.get(beat, 3, slice) as u8).collect(),
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
        let field = |field| beats.get(beat, field, 0);
        let calibration = Calibration { gain: field(1), offset: field(2) };
        self.engine.calibrate(field(0) as usize, calibration);
    }

    fn set_curve_point(&mut self, beats: &Beats, beat: usize) {
        let field = |field| beats.get(beat, field, 0);
        self.engine.set_curve_point(field(0) as usize, field(1));
    }

    fn write(&mut self, beats: &Beats, beat: usize) {
        let bit = |column| u128::from(beats.get(beat, 2, column) != 0) << column;
        let word = (0..self.spec.columns()).map(bit).sum();
        self.cells.write(beats.get(beat, 0, 0) as usize, beats.get(beat, 1, 0) as usize, word);
    }

    fn read(&self, beats: &Beats, beat: usize, words: &mut Beats) {
        let word = self.cells.read(beats.get(beat, 0, 0) as usize, beats.get(beat, 1, 0) as usize);
        words.push_zero();
        for column in 0..self.spec.columns() {
            words.set_last(0, column, (word >> column & 1) as i64);
        }
    }

    fn operate(&mut self, phase: &Beats, results: &mut Beats) {
        let selection = self.engine.select(&self.cells, &self.setup.rows);
        let precision = self.setup.precision;
        let mut products = Vec::new();
        for beat in 0..phase.len() {
            let columns = 0..self.spec.columns();
            let values: Vec<_> = columns.map(|column| phase.get(beat, 0, column) as u8).collect();
            self.engine.multiply(&selection, precision, &Inputs::new(&values), &mut products);
            results.push_zero();
            for (element, &product) in products.iter().enumerate() {
                results.set_last(precision.level() as usize, element, product);
            }
        }
    }
}

impl Golden for Model {
    fn run(&mut self, phase: &Traffic, results: &mut Traffic) {
        let beats = |stream: usize| (&phase.0[stream], 0..phase.0[stream].len());
        let (setups, all) = beats(SETUP);
        for beat in all {
            self.setup = Setup::read(&self.spec, setups, beat);
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
