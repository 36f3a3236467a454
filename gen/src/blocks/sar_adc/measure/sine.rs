//! Effective number of bits, from a sine over the whole scale.

use super::{DONE, Range, figures};
use crate::block::{Experiment, Findings};
use crate::blocks::sar_adc::SarAdc;
use crate::blocks::sar_adc::interface::DoneBeat;
use crate::blocks::sar_adc::vectors::{Inputs, LSB, phase, push};
use crate::traffic::{Beats, Traffic};
use std::f64::consts::TAU;

/// Samples and periods of the sine: no common factor, so that all samples differ in phase.
const SAMPLES: usize = 4096;
const PERIODS: usize = 1021;

/// A sine over the whole scale.
pub(super) fn experiment(spec: &SarAdc) -> Experiment {
    let range = Range::new(spec);
    let (low, high) = (LSB * range.codes.0, LSB * (range.codes.1 + 1));
    let (middle, amplitude) = ((low + high) as f64 / 2.0, (high - low) as f64 / 2.0);
    let mut stimulus = phase(spec);
    for sample in 0..SAMPLES {
        let d = (middle + amplitude * phase_of(sample).sin()).round() as i64;
        let d = d.clamp(low, high - 1);
        push(spec, &mut stimulus, true, |_| Inputs::of_difference(d));
    }
    let channels = spec.channels as usize;
    let evaluate = move |results: &Traffic| {
        let bits: Vec<_> = (0..channels).map(|channel| enob(&results.0[DONE], channel)).collect();
        let condition =
            format!("{}, full-scale sine, {SAMPLES} samples, ideal {}", range.mode, range.bits);
        let figures = figures(["ENOB", "worst ENOB"], "bit", &condition, &bits, |bits| -bits);
        Findings { figures, ..Findings::default() }
    };
    Experiment { name: "effective bits", stimulus: vec![stimulus], evaluate: Box::new(evaluate) }
}

fn phase_of(sample: usize) -> f64 {
    TAU * ((sample * PERIODS) % SAMPLES) as f64 / SAMPLES as f64
}

/// Effective bits: the best sine of the known frequency is the signal, the rest is noise and
/// distortion. Over whole periods sine, cosine and constant are orthogonal: projections fit best.
fn enob(results: &Beats, channel: usize) -> f64 {
    let codes: Vec<_> =
        (0..SAMPLES).map(|sample| results.get(sample, DoneBeat::AT.code, channel) as f64).collect();
    let mean_of = |weight: &dyn Fn(f64) -> f64| {
        let products = codes.iter().enumerate();
        let products = products.map(|(sample, code)| code * weight(phase_of(sample)));
        products.sum::<f64>() / SAMPLES as f64
    };
    let mean = mean_of(&|_| 1.0);
    let (sine, cosine) = (2.0 * mean_of(&f64::sin), 2.0 * mean_of(&f64::cos));
    let signal = (sine * sine + cosine * cosine) / 2.0;
    let power = codes.iter().map(|code| (code - mean) * (code - mean)).sum::<f64>();
    let rest = power / SAMPLES as f64 - signal;
    (10.0 * (signal / rest).log10() - 1.76) / 6.02
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::beat::Beat;
    use crate::interface::{Field, Stream};
    use crate::verilog::Format;

    /// A full-scale sine through an ideal converter of `bits` bits, in codes of 12 bits.
    fn ideal(bits: u32) -> Beats {
        let done = DoneBeat { code: Field::new(Format::signed(12, 0)) };
        let mut results = Beats::new(&Stream::output("done", "", done.fields()));
        let half = f64::from(1 << (bits - 1));
        for sample in 0..SAMPLES {
            let code = (half * phase_of(sample).sin()).floor().min(half - 1.0) as i64;
            DoneBeat { code: vec![code << (12 - bits)] }.push(&mut results);
        }
        results
    }

    /// Theory: a sine of n bits has 6.02 n + 1.76 dB more power than its rounding errors.
    #[test]
    fn an_ideal_converter_has_its_bits() {
        for bits in 4..=10 {
            let bits_found = enob(&ideal(bits), 0);
            assert!((bits_found - f64::from(bits)).abs() < 0.06, "{bits}: {bits_found}");
        }
    }
}
