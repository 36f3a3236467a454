//! What corrected codes amount to.

use super::Transfer;
use crate::blocks::cap_ram::{Correction, RESULT_FRACTION};
use crate::blocks::sar_adc::largest;

/// Values of one converter over all dot products, LSB.
#[derive(Clone, Debug)]
pub struct Values {
    /// Mean value at each dot product.
    pub means: Vec<f64>,
    /// The mean's error.
    pub errors: Vec<f64>,
    /// Standard deviation of values, as their sample gives it.
    pub noise: Vec<f64>,
    /// Squared deviations of single values from the straight line, on average.
    square: f64,
}

impl Values {
    pub(super) fn new(transfer: &Transfer, correct: impl Fn(i64) -> i64) -> Self {
        let empty = Vec::new;
        let mut values = Self { means: empty(), errors: empty(), noise: empty(), square: 0.0 };
        for (product, codes) in transfer.points() {
            let count = codes.len() as f64;
            let value = |&code: &i64| correct(code) as f64 / f64::from(1 << RESULT_FRACTION);
            let mean = codes.iter().map(value).sum::<f64>() / count;
            let squares =
                |from: f64| codes.iter().map(|code| (value(code) - from).powi(2)).sum::<f64>();
            values.means.push(mean);
            values.errors.push(mean - transfer.ideal_within(product));
            values.noise.push((squares(mean) / (count - 1.0).max(1.0)).sqrt());
            values.square += squares(transfer.ideal(product)) / count;
        }
        values.square /= values.means.len() as f64;
        values
    }

    /// Noise, averaged over the range.
    pub fn mean_noise(&self) -> f64 {
        self.noise.iter().sum::<f64>() / self.noise.len() as f64
    }

    /// Largest magnitude of an error.
    pub fn largest_error(&self) -> f64 {
        largest(&self.errors)
    }
}

/// Figures of several converters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figures {
    /// Largest error of any, LSB.
    pub largest_error: f64,
    /// Mean noise, LSB.
    pub noise: f64,
    /// Largest INL of any, LSB.
    pub inl: f64,
    /// Largest DNL of any, LSB.
    pub dnl: f64,
    /// Mean number of effective bits.
    pub effective_bits: f64,
}

impl Figures {
    /// Figures of codes after `correction`.
    pub fn new(transfers: &[Transfer], correction: &Correction) -> Self {
        let mut figures =
            Self { largest_error: 0.0, noise: 0.0, inl: 0.0, dnl: 0.0, effective_bits: 0.0 };
        let count = transfers.len() as f64;
        for transfer in transfers {
            let (values, transitions) = (transfer.corrected(correction), transfer.transitions());
            figures.largest_error = figures.largest_error.max(values.largest_error());
            figures.noise += values.mean_noise() / count;
            figures.inl = figures.inl.max(transitions.largest_inl());
            figures.dnl = figures.dnl.max(transitions.largest_dnl());
            let rms = values.square.sqrt() * 12_f64.sqrt();
            figures.effective_bits += (transfer.full_scale() / rms).log2() / count;
        }
        figures
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::Block;
    use crate::blocks::cap_ram::Generated;

    /// Every second conversion gives one code more: a mean half a code too high, and a deviation
    /// of 1/2, corrected for two samples.
    #[test]
    fn noise_and_error_are_told_apart() {
        let spec = Generated::parse("").expect("legal flags");
        let mut transfer = Transfer::new(&spec, 3, false, 2);
        for product in 0..=1920 {
            let code = (product / 30).min(62);
            transfer.push(code);
            transfer.push(code + 1);
        }
        let values = transfer.corrected(&Correction::none(&spec));
        assert!((values.mean_noise() - 0.5_f64.sqrt()).abs() < 1e-12, "{}", values.mean_noise());
        let largest = 0.5 + 29.0 / 60.0;
        assert!((values.largest_error() - largest).abs() < 1e-12, "{}", values.largest_error());
    }
}
