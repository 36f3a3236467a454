//! INL, DNL, offset, gain and noise, from where the codes of a slow ramp change.

use super::{DONE, Range, figures, first_largest};
use crate::block::{Curve, Experiment, Findings};
use crate::blocks::sar_adc::interface::DoneBeat;
use crate::blocks::sar_adc::vectors::{Inputs, LSB, phase, push};
use crate::blocks::sar_adc::{SarAdc, Transitions};
use crate::traffic::{Beats, Traffic};

/// Ramps of a converter with noise; without noise they would all be the same.
const NOISY_RAMPS: usize = 16;

/// One conversion per sixteenth of an LSB, ramp after ramp.
pub(super) fn experiment(spec: &SarAdc) -> Experiment {
    let range = Range::new(spec);
    let ramps = if spec.analog.noise_sigma > 0.0 { NOISY_RAMPS } else { 1 };
    let mut stimulus = phase(spec);
    for _ in 0..ramps {
        for d in LSB * range.ramp.0..LSB * range.ramp.1 {
            push(spec, &mut stimulus, true, |_| Inputs::of_difference(d));
        }
    }
    let channels = spec.channels as usize;
    let evaluate = move |results: &Traffic| {
        let results = &results.0[DONE];
        let all: Vec<_> = (0..channels).map(|channel| Ramp::new(results, channel, range)).collect();
        let condition =
            format!("{}, {ramps} ramp(s) of 1/{LSB} LSB, line through ends", range.mode);
        let measured = |names, unit, value: fn(&Ramp) -> f64| {
            let values: Vec<_> = all.iter().map(value).collect();
            figures(names, unit, &condition, &values, f64::abs)
        };
        let mut findings = Findings::default();
        findings
            .figures
            .extend(measured(["INL", "worst INL"], "LSB", |ramp| ramp.transitions.largest_inl()));
        findings
            .figures
            .extend(measured(["DNL", "worst DNL"], "LSB", |ramp| ramp.transitions.largest_dnl()));
        findings.figures.extend(measured(["offset", "worst offset"], "LSB", Ramp::offset));
        findings.figures.extend(measured(["gain error", "worst gain"], "%", Ramp::gain_error));
        if ramps > 1 {
            let noise = |channel| noise(results, channel, ramps, range);
            let noise: Vec<_> = (0..channels).map(noise).collect();
            let condition = format!("{}, rms over full scale, {ramps} times each", range.mode);
            let names = ["noise", "worst noise"];
            findings.figures.extend(figures(names, "LSB", &condition, &noise, f64::abs));
        }
        findings.curves = curves(&all, range);
        findings
    };
    Experiment { name: "linearity", stimulus: vec![stimulus], evaluate: Box::new(evaluate) }
}

/// Where the codes of one channel change.
struct Ramp {
    /// Input at which each code but the smallest begins.
    transitions: Transitions,
    /// Where the first of them should be.
    first: f64,
}

impl Ramp {
    /// An input counts for all codes above the one it gave: with noise, a transition is where the
    /// code is as often reached as not.
    fn new(results: &Beats, channel: usize, range: Range) -> Self {
        let (low, high) = range.codes;
        let mut below = vec![0_u64; (high - low) as usize];
        for beat in 0..results.len() {
            let code = results.get(beat, DoneBeat::AT.code, channel);
            for count in &mut below[(code - low) as usize..] {
                *count += 1;
            }
        }
        let inputs = (LSB * (range.ramp.1 - range.ramp.0)) as f64;
        let ramps = results.len() as f64 / inputs;
        let start = range.ramp.0 as f64;
        let transition = |&count: &u64| start + count as f64 / (ramps * LSB as f64);
        let transitions = Transitions::new(below.iter().map(transition).collect());
        Self { transitions, first: (low + 1) as f64 }
    }

    /// Shift of the first transition, LSB.
    fn offset(&self) -> f64 {
        self.transitions.first() - self.first
    }

    /// How much wider a code is than it should be, percent.
    fn gain_error(&self) -> f64 {
        (self.transitions.width() - 1.0) * 100.0
    }
}

/// Deviation of the code for the same input, as root mean square over the inputs of full scale.
fn noise(results: &Beats, channel: usize, ramps: usize, range: Range) -> f64 {
    let inputs = results.len() / ramps;
    let variance = |input: usize| {
        let beats = (0..ramps).map(|ramp| ramp * inputs + input);
        let codes = beats.map(|beat| results.get(beat, DoneBeat::AT.code, channel) as f64);
        let codes: Vec<_> = codes.collect();
        let mean = codes.iter().sum::<f64>() / ramps as f64;
        let squares = codes.iter().map(|code| (code - mean) * (code - mean));
        squares.sum::<f64>() / (ramps - 1).max(1) as f64
    };
    let input_of = |code: i64| (LSB * (code - range.ramp.0)) as usize;
    let full_scale = input_of(range.codes.0)..input_of(range.codes.1 + 1);
    let count = full_scale.len() as f64;
    (full_scale.map(variance).sum::<f64>() / count).sqrt()
}

/// INL and DNL over the codes, of channel 0 and of the channel with the largest INL.
fn curves(channels: &[Ramp], range: Range) -> Vec<Curve> {
    let curve = |name, y, channel: usize, values: Vec<f64>| {
        let codes = range.codes.0 + 1..;
        let points = values.into_iter().zip(codes).map(|(value, code)| (code as f64, value));
        let condition = format!("channel {channel}, {}", range.mode);
        Curve { name, condition, x: "code (LSB)", y, points: points.collect() }
    };
    let both = |inl, dnl, channel: usize| {
        let ramp = &channels[channel];
        [
            curve(inl, "INL (LSB)", channel, ramp.transitions.inl()),
            curve(dnl, "DNL (LSB)", channel, ramp.transitions.dnl()),
        ]
    };
    let mut curves = both("INL", "DNL", 0).to_vec();
    if channels.len() > 1 {
        let worst = first_largest(channels.iter().map(|ramp| ramp.transitions.largest_inl()));
        curves.extend(both("worst INL", "worst DNL", worst));
    }
    curves
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::beat::Beat;
    use crate::interface::{Field, Stream};
    use crate::verilog::Format;

    const RANGE: Range = Range { codes: (-8, 7), ramp: (-12, 12), bits: 4, mode: "" };

    /// `ramps` ramps through a converter of 4 bits: from the input in LSB and the ramp's number.
    fn results(ramps: usize, code: impl Fn(f64, usize) -> i64) -> Beats {
        let done = DoneBeat { code: Field::new(Format::signed(4, 0)) };
        let mut results = Beats::new(&Stream::output("done", "", done.fields()));
        for ramp in 0..ramps {
            for d in LSB * RANGE.ramp.0..LSB * RANGE.ramp.1 {
                let code = code(d as f64 / LSB as f64, ramp).clamp(-8, 7);
                DoneBeat { code: vec![code] }.push(&mut results);
            }
        }
        results
    }

    fn floor(d: f64) -> i64 {
        d.floor() as i64
    }

    #[test]
    fn an_ideal_converter_has_no_error() {
        let ramp = Ramp::new(&results(1, |d, _| floor(d)), 0, RANGE);
        assert_eq!((ramp.transitions.largest_inl(), ramp.transitions.largest_dnl()), (0.0, 0.0));
        assert_eq!((ramp.offset(), ramp.gain_error()), (0.0, 0.0));
    }

    #[test]
    fn a_missing_code_shows_where_it_is() {
        let skip = |d| if floor(d) == 3 { 4 } else { floor(d) };
        let ramp = Ramp::new(&results(1, |d, _| skip(d)), 0, RANGE);
        let (inl, dnl) = (ramp.transitions.inl(), ramp.transitions.dnl());
        // The first transition leads to code -7, the first inner code.
        for (code, (inl, dnl)) in (-7..).zip(inl.into_iter().zip(dnl)) {
            assert_eq!(inl, if code == 4 { -1.0 } else { 0.0 }, "INL at {code}");
            let expected = [(3, -1.0), (4, 1.0)].iter().find(|(at, _)| *at == code);
            assert_eq!(dnl, expected.map_or(0.0, |(_, dnl)| *dnl), "DNL at {code}");
        }
    }

    #[test]
    fn offset_and_gain_are_no_nonlinearity() {
        let ramp = Ramp::new(&results(1, |d, _| floor((d - 0.5) / 1.125)), 0, RANGE);
        assert_eq!(ramp.offset(), -7.0 * 0.125 + 0.5);
        assert_eq!(ramp.gain_error(), 12.5);
        assert_eq!((ramp.transitions.largest_inl(), ramp.transitions.largest_dnl()), (0.0, 0.0));
    }

    #[test]
    fn noise_is_the_deviation_within_full_scale() {
        // Every second ramp reads one code more: deviation 1/2, corrected for two samples.
        let wobble = |d, ramp| floor(d).clamp(-8, 6) + ramp as i64;
        let wobbling = noise(&results(2, wobble), 0, 2, RANGE);
        assert!((wobbling - 0.5_f64.sqrt()).abs() < 1e-12, "{wobbling}");
        assert_eq!(noise(&results(2, |d, _| floor(d)), 0, 2, RANGE), 0.0);
    }
}
