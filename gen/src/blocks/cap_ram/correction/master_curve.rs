//! Correction of what all converters have in common: the second, optional calibration step of the
//! paper.

use crate::blocks::cap_ram::{CapRam, RESULT_FRACTION};
use crate::verilog::Format;

/// One correction per segment of the range of codes, the same for all slices.
///
/// `N` segments divide `[-2^(n-1), 2^(n-1))`, `n` being the bits of a converter; the outer two also
/// count for what lies beyond. Without segments the curve corrects nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MasterCurve {
    adc_bits: u32,
    format: Format,
    /// Sixteenths of an LSB, the lowest segment first.
    corrections: Vec<i64>,
}

/// Why no master curve can be found.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum MasterCurveError {
    /// A mean needs samples.
    #[error("no sample in segment {segment} of {segments}; accepted: at least one in each")]
    Empty {
        /// The segment, counted from 0.
        segment: usize,
        /// How many there are.
        segments: usize,
    },
    /// An ideal code is no number.
    #[error("sample {0} is no finite number; accepted: finite numbers")]
    NotFinite(usize),
    /// The converters are too bad for the format of the correction.
    #[error("correction of {correction} LSB in segment {segment} is out of reach of the curve")]
    OutOfReach {
        /// The segment, counted from 0.
        segment: usize,
        /// What would be needed.
        correction: f64,
    },
}

impl MasterCurve {
    /// A curve of zeros.
    pub fn new(spec: &CapRam) -> Self {
        let corrections = vec![0; spec.curve_points() as usize];
        Self { adc_bits: spec.adc_bits(), format: spec.curve_correction(), corrections }
    }

    /// Corrections in sixteenths of an LSB, the lowest segment first.
    pub fn corrections(&self) -> &[i64] {
        &self.corrections
    }

    /// Changes a correction; a segment that does not exist is ignored.
    pub fn set(&mut self, segment: usize, correction: i64) {
        if let Some(entry) = self.corrections.get_mut(segment) {
            *entry = correction;
        }
    }

    /// A value, corrected by gain and offset, corrected further; both in sixteenths of an LSB.
    pub fn correct(&self, value: i64) -> i64 {
        value + self.corrections.get(self.segment(value)).unwrap_or(&0)
    }

    /// The segment of a value in sixteenths of an LSB.
    fn segment(&self, value: i64) -> usize {
        let segments = self.corrections.len() as i64;
        let range = 1_i64 << (self.adc_bits + RESULT_FRACTION);
        let segment = (value * segments).div_euclid(range) + segments / 2;
        segment.min(segments - 1).max(0) as usize
    }

    /// The curve that makes values right on average, segment by segment. A sample is an ideal code
    /// in LSB and the value, corrected by gain and offset, in sixteenths of an LSB; samples of all
    /// converters belong together.
    ///
    /// # Errors
    /// If a segment has no sample, an ideal code is no number, or a correction does not fit.
    pub fn fit(
        spec: &CapRam,
        samples: impl IntoIterator<Item = (f64, i64)>,
    ) -> Result<Self, MasterCurveError> {
        let mut curve = Self::new(spec);
        let segments = curve.corrections.len();
        if segments == 0 {
            return Ok(curve);
        }
        let mut sums = vec![(0_u32, 0.0); segments];
        for (index, (ideal, value)) in samples.into_iter().enumerate() {
            if !ideal.is_finite() {
                return Err(MasterCurveError::NotFinite(index));
            }
            let (count, sum) = &mut sums[curve.segment(value)];
            *count += 1;
            *sum += ideal - value as f64 / f64::from(1 << RESULT_FRACTION);
        }
        for (segment, (count, sum)) in sums.into_iter().enumerate() {
            if count == 0 {
                return Err(MasterCurveError::Empty { segment, segments });
            }
            let correction = sum / f64::from(count);
            let raw = (correction * f64::from(1 << RESULT_FRACTION)).round() as i64;
            if !(curve.format.min()..=curve.format.max()).contains(&raw.into()) {
                return Err(MasterCurveError::OutOfReach { segment, correction });
            }
            curve.corrections[segment] = raw;
        }
        Ok(curve)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::Block;
    use crate::blocks::cap_ram::{Calibration, Generated};

    fn spec() -> CapRam {
        Generated::parse("--curve-points 16").expect("legal flags")
    }

    /// Values of all codes but the outer two, in sixteenths, and what they should have been.
    fn samples(systematic: impl Fn(f64) -> f64) -> Vec<(f64, i64)> {
        let ideal = (-63 * 16..63 * 16).map(|place| f64::from(place) / 16.0);
        ideal.map(|ideal| (ideal, ((ideal + systematic(ideal)) * 16.0).round() as i64)).collect()
    }

    fn largest(curve: &MasterCurve, samples: &[(f64, i64)]) -> f64 {
        let errors =
            samples.iter().map(|&(ideal, value)| curve.correct(value) as f64 / 16.0 - ideal);
        errors.fold(0.0, |largest, error| error.abs().max(largest))
    }

    #[test]
    fn segments_are_equal_and_the_outer_ones_go_on() {
        let curve = MasterCurve::new(&spec());
        let of = |lsb: f64| curve.segment((lsb * 16.0) as i64);
        assert_eq!([-64.0, -56.0625, -56.0, -0.0625, 0.0].map(of), [0, 0, 1, 7, 8]);
        assert_eq!([55.9375, 56.0, 63.0, 64.0, 100.0, -70.0].map(of), [14, 15, 15, 15, 15, 0]);
    }

    #[test]
    fn a_systematic_error_is_undone_and_none_left_alone() {
        let none = samples(|_| 0.0);
        let curve = MasterCurve::fit(&spec(), none).expect("samples everywhere");
        assert_eq!(curve, MasterCurve::new(&spec()));

        // A bow of 3 LSB in the middle of each half, which no straight line removes
        let bowed = samples(|ideal| 3.0 * (ideal / 64.0 * std::f64::consts::PI).sin());
        let curve = MasterCurve::fit(&spec(), bowed.clone()).expect("samples everywhere");
        assert!(largest(&MasterCurve::new(&spec()), &bowed) > 2.9);
        // A segment of 8 LSB leaves half of what the bow grows by in it: 3 pi / 64 per LSB
        assert!(largest(&curve, &bowed) < 4.0 * 3.0 * std::f64::consts::PI / 64.0 + 0.1);
    }

    #[test]
    fn bad_samples_are_refused() {
        let fit = |samples: Vec<(f64, i64)>| {
            MasterCurve::fit(&spec(), samples).expect_err("must be refused").to_string()
        };
        let mut some = samples(|_| 0.0);
        some.retain(|(ideal, _)| !(0.0..8.0).contains(ideal));
        assert_eq!(fit(some), "no sample in segment 8 of 16; accepted: at least one in each");
        assert!(fit(vec![(f64::NAN, 0)]).starts_with("sample 0 is no finite number"));
        let far = samples(|_| 5.0);
        assert!(fit(far).starts_with("correction of -5"), "5 LSB");
    }

    /// The format of values, which the RTL computes in, has room for the extremes of all parts.
    #[test]
    fn corrected_values_fit_their_format() {
        for bits in 4..=10 {
            let spec = Generated::parse(&format!("--adc-bits {bits} --curve-points 8"));
            let spec = spec.expect("legal flags");
            let half = 1_i64 << (bits - 1);
            let extreme = |code: i64, offset: i128, correction: i128| {
                let line = Calibration { gain: spec.gain().max() as i64, offset: offset as i64 };
                let mut curve = MasterCurve::new(&spec);
                (0..8).for_each(|segment| curve.set(segment, correction as i64));
                i128::from(curve.correct(line.correct(code)))
            };
            let (offset, correction) = (spec.offset(), spec.curve_correction());
            let lowest = extreme(-half, offset.min(), correction.min());
            let highest = extreme(half - 1, offset.max(), correction.max());
            assert!(spec.value().min() <= lowest && highest <= spec.value().max(), "{bits} bits");
        }
    }

    #[test]
    fn without_segments_nothing_is_corrected() {
        let spec = Generated::parse("").expect("legal flags");
        let curve = MasterCurve::fit(&spec, [(1.0, 0)]).expect("nothing to find");
        assert_eq!(curve.correct(-1024), -1024);
        assert!(curve.corrections().is_empty());
    }
}
