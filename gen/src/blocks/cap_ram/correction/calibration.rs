//! Linear correction of codes: the first calibration step of the paper.

use crate::blocks::cap_ram::{GAIN_FRACTION, RESULT_FRACTION};

/// Correction of the codes of one slice: `gain * code + offset`, rounded half up to sixteenths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Calibration {
    /// Raw, format `U(1,10)`: 1024 is one.
    pub gain: i64,
    /// Raw, sixteenths of an LSB.
    pub offset: i64,
}

/// Why no correction can be found.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum CalibrationError {
    /// A line needs two points apart.
    #[error("{0} samples at {1} different inputs: too few for a line; accepted: at least 2 at 2")]
    TooFew(usize, usize),
    /// A sample is no number.
    #[error("sample {0} is no finite number; accepted: finite numbers")]
    NotFinite(usize),
    /// The slice is too bad for the format of the correction.
    #[error("gain {gain} or offset {offset} LSB is out of reach of the correction")]
    OutOfReach {
        /// Gain of the correction that would be needed.
        gain: f64,
        /// Offset of the correction that would be needed.
        offset: f64,
    },
}

impl Default for Calibration {
    /// No correction.
    fn default() -> Self {
        Self { gain: 1 << GAIN_FRACTION, offset: 0 }
    }
}

impl Calibration {
    /// The corrected code, in sixteenths of an LSB.
    pub const fn correct(self, code: i64) -> i64 {
        let cut = GAIN_FRACTION - RESULT_FRACTION;
        (code * self.gain + (self.offset << cut) + (1 << (cut - 1))) >> cut
    }

    /// The correction that undoes the line fitted to `samples` by least squares. A sample is an
    /// ideal code and the code that the converter of `adc_bits` bits gave.
    pub fn fit(samples: &[(f64, f64)], adc_bits: u32) -> Result<Self, CalibrationError> {
        let finite = |&(x, y): &(f64, f64)| x.is_finite() && y.is_finite();
        if let Some(bad) = samples.iter().position(|sample| !finite(sample)) {
            return Err(CalibrationError::NotFinite(bad));
        }
        let mut inputs: Vec<_> = samples.iter().map(|sample| sample.0).collect();
        inputs.sort_by(f64::total_cmp);
        inputs.dedup();
        if inputs.len() < 2 {
            return Err(CalibrationError::TooFew(samples.len(), inputs.len()));
        }
        let count = samples.len() as f64;
        let (mean_x, mean_y) = samples
            .iter()
            .fold((0.0, 0.0), |(sum_x, sum_y), (x, y)| (sum_x + x / count, sum_y + y / count));
        let (mut square, mut product) = (0.0, 0.0);
        for (x, y) in samples {
            square += (x - mean_x) * (x - mean_x);
            product += (x - mean_x) * (y - mean_y);
        }
        let slope = product / square;
        let (gain, offset) = (1.0 / slope, mean_x - mean_y / slope);
        let raw_gain = (gain * f64::from(1 << GAIN_FRACTION)).round();
        let raw_offset = (offset * f64::from(1 << RESULT_FRACTION)).round();
        let largest = f64::from(1 << (adc_bits - 2 + RESULT_FRACTION));
        let legal = (1.0..f64::from(2 << GAIN_FRACTION)).contains(&raw_gain)
            && (-largest..largest).contains(&raw_offset);
        if !legal {
            return Err(CalibrationError::OutOfReach { gain, offset });
        }
        Ok(Self { gain: raw_gain as i64, offset: raw_offset as i64 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_undone() {
        let samples: Vec<_> = (0..64).map(f64::from).map(|x| (x, 1.25 * x - 3.0)).collect();
        let calibration = Calibration::fit(&samples, 7).expect("a line");
        assert_eq!(calibration, Calibration { gain: 819, offset: 38 }); // 0.8, 2.4
    }

    #[test]
    fn bad_samples_are_refused() {
        let fit = |samples: &[(f64, f64)]| {
            Calibration::fit(samples, 7).expect_err("must be refused").to_string()
        };
        assert!(fit(&[(1.0, 1.0), (1.0, 2.0)]).starts_with("2 samples at 1 different inputs"));
        assert!(fit(&[(1.0, 1.0), (2.0, f64::NAN)]).starts_with("sample 1 is no finite number"));
        assert!(fit(&[(1.0, 3.0), (2.0, 3.0)]).contains("out of reach"));
    }

    #[test]
    fn corrections_round_half_up() {
        let half = Calibration { gain: 1 << 5, offset: 0 }; // 1/32: half of a sixteenth
        assert_eq!([1, -1, 3, -3].map(|code| half.correct(code)), [1, 0, 2, -1]);
        assert_eq!(Calibration::default().correct(-64), -1024);
    }
}
