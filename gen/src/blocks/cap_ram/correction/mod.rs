//! What is done to codes: a line per slice, then a master curve common to all.

mod calibration;
mod master_curve;

pub use calibration::{Calibration, CalibrationError};
pub use master_curve::{MasterCurve, MasterCurveError};

use super::CapRam;

/// All corrections of a macro.
#[derive(Clone, Debug)]
pub struct Correction {
    /// Of every slice.
    pub slices: Vec<Calibration>,
    /// Common to all slices.
    pub curve: MasterCurve,
}

impl Correction {
    /// Corrections that change nothing.
    pub fn none(spec: &CapRam) -> Self {
        let slices = vec![Calibration::default(); spec.slices()];
        Self { slices, curve: MasterCurve::new(spec) }
    }

    /// What becomes of a code of `slice`, in sixteenths of an LSB.
    pub fn correct(&self, slice: usize, code: i64) -> i64 {
        self.curve.correct(self.slices[slice].correct(code))
    }
}
