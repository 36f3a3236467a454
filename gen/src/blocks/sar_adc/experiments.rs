//! Measurements on the simulated converters: linearity with a ramp, effective bits with a sine.
//!
//! All channels see the same input. Where a start chooses the mode, it chooses differential.

use super::vectors::{Inputs, LSB, phase, push};
use super::{Mode, SarAdc};
use crate::block::{Curve, Experiment, Figure, Findings};
use crate::traffic::{Beats, Traffic};
use std::f64::consts::TAU;

const DONE: usize = 0;

/// Ramps of a converter with noise; without noise they would all be the same.
const NOISY_RAMPS: usize = 16;

/// Samples and periods of the sine: no common factor, so that all samples differ in phase.
const SAMPLES: usize = 4096;
const PERIODS: usize = 1021;

/// What a converter converts.
#[derive(Clone, Copy)]
struct Range {
    /// Smallest and largest code.
    codes: (i64, i64),
    /// First input of a ramp and the first beyond its end, in LSB: half of full scale more than
    /// the codes need, where there is such an input, so that offsets show.
    ramp: (i64, i64),
    bits: u32,
    mode: &'static str,
}

impl Range {
    fn new(spec: &SarAdc) -> Self {
        let half = 1_i64 << (spec.bits - 1);
        let end = half + half / 2;
        match spec.mode {
            Mode::SingleEnded => Self {
                codes: (0, half - 1),
                ramp: (0, end),
                bits: spec.bits - 1,
                mode: "single-ended",
            },
            Mode::Differential | Mode::Runtime => Self {
                codes: (-half, half - 1),
                ramp: (-end, end),
                bits: spec.bits,
                mode: "differential",
            },
        }
    }
}

pub(super) fn all(spec: &SarAdc) -> Vec<Experiment> {
    vec![linearity(spec), effective_bits(spec)]
}

/// One conversion per sixteenth of an LSB, ramp after ramp.
fn linearity(spec: &SarAdc) -> Experiment {
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
        let all: Vec<_> =
            (0..channels).map(|channel| Ramp::new(&results.0[DONE], channel, range)).collect();
        let noise: Vec<_> =
            (0..channels).map(|channel| noise(&results.0[DONE], channel, ramps)).collect();
        let condition = format!("{}, {ramps} ramp(s) of 1/{LSB} LSB, line through ends", range.mode);
        let mut findings = Findings::default();
        report(&mut findings, "INL", "worst INL", "LSB", &condition, &all, Ramp::largest_inl);
        report(&mut findings, "DNL", "worst DNL", "LSB", &condition, &all, Ramp::largest_dnl);
        report(&mut findings, "offset", "worst offset", "LSB", &condition, &all, Ramp::offset);
        report(&mut findings, "gain", "worst gain", "%", &condition, &all, Ramp::gain);
        if ramps > 1 {
            let condition = format!("{}, rms over all inputs, {ramps} times each", range.mode);
            report(&mut findings, "noise", "worst noise", "LSB", &condition, &noise, |x| *x);
        }
        curves(&mut findings, &all, range);
        findings
    };
    Experiment { name: "linearity", stimulus, evaluate: Box::new(evaluate) }
}

/// A figure for channel 0 and, where there are more, for the channel where it is worst.
fn report<T>(
    findings: &mut Findings,
    name: &'static str,
    worst_name: &'static str,
    unit: &'static str,
    condition: &str,
    channels: &[T],
    value: impl Fn(&T) -> f64,
) {
    let mut figure = |name, channel: usize| {
        let condition = format!("channel {channel}, {condition}");
        findings.figures.push(Figure { name, value: value(&channels[channel]), unit, condition });
    };
    figure(name, 0);
    if channels.len() > 1 {
        figure(worst_name, largest(channels, |channel| value(channel).abs()));
    }
}

/// The first element for which `value` is largest.
fn largest<T>(elements: &[T], value: impl Fn(&T) -> f64) -> usize {
    let mut found = 0;
    for index in 1..elements.len() {
        if value(&elements[index]) > value(&elements[found]) {
            found = index;
        }
    }
    found
}

/// Where the codes of one channel change.
struct Ramp {
    /// Input at which each code but the smallest begins, LSB.
    transitions: Vec<f64>,
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
            let code = results.get(beat, 0, channel);
            for count in &mut below[(code - low) as usize..] {
                *count += 1;
            }
        }
        let inputs = (LSB * (range.ramp.1 - range.ramp.0)) as f64;
        let ramps = results.len() as f64 / inputs;
        let start = range.ramp.0 as f64;
        let transition = |&count: &u64| start + count as f64 / (ramps * LSB as f64);
        let transitions = below.iter().map(transition).collect();
        Self { transitions, first: (low + 1) as f64 }
    }

    /// Width of a code between first and last transition.
    fn lsb(&self) -> f64 {
        let last = self.transitions.len() - 1;
        (self.transitions[last] - self.transitions[0]) / last as f64
    }

    /// Deviation of every transition from the line through the first and the last.
    fn inl(&self) -> Vec<f64> {
        let (first, lsb) = (self.transitions[0], self.lsb());
        let transitions = self.transitions.iter().enumerate();
        transitions.map(|(index, at)| (at - first) / lsb - index as f64).collect()
    }

    /// Width of every code but the outer two, less one.
    fn dnl(&self) -> Vec<f64> {
        let lsb = self.lsb();
        self.transitions.windows(2).map(|pair| (pair[1] - pair[0]) / lsb - 1.0).collect()
    }

    fn largest_inl(&self) -> f64 {
        self.inl().into_iter().fold(0.0, |largest, inl| inl.abs().max(largest))
    }

    fn largest_dnl(&self) -> f64 {
        self.dnl().into_iter().fold(0.0, |largest, dnl| dnl.abs().max(largest))
    }

    /// Shift of the first transition, LSB.
    fn offset(&self) -> f64 {
        self.transitions[0] - self.first
    }

    /// How much wider a code is than it should be, percent.
    fn gain(&self) -> f64 {
        (self.lsb() - 1.0) * 100.0
    }
}

/// Deviation of the code for the same input, as root mean square over all inputs.
fn noise(results: &Beats, channel: usize, ramps: usize) -> f64 {
    let inputs = results.len() / ramps;
    let variance = |input: usize| {
        let codes = (0..ramps).map(|ramp| results.get(ramp * inputs + input, 0, channel) as f64);
        let codes: Vec<_> = codes.collect();
        let mean = codes.iter().sum::<f64>() / ramps as f64;
        let squares = codes.iter().map(|code| (code - mean) * (code - mean));
        squares.sum::<f64>() / (ramps - 1).max(1) as f64
    };
    ((0..inputs).map(variance).sum::<f64>() / inputs as f64).sqrt()
}

fn curves(findings: &mut Findings, channels: &[Ramp], range: Range) {
    let mut curve = |name, y, channel: usize, first: i64, values: Vec<f64>| {
        let points = values.into_iter().zip(first..).map(|(value, code)| (code as f64, value));
        findings.curves.push(Curve {
            name,
            condition: format!("channel {channel}, {}", range.mode),
            x: "code",
            y,
            points: points.collect(),
        });
    };
    let first = range.codes.0 + 1;
    let mut both = |inl, dnl, channel: usize| {
        curve(inl, "INL, LSB", channel, first, channels[channel].inl());
        curve(dnl, "DNL, LSB", channel, first, channels[channel].dnl());
    };
    both("INL", "DNL", 0);
    if channels.len() > 1 {
        both("worst INL", "worst DNL", largest(channels, Ramp::largest_inl));
    }
}

/// A sine over the whole scale.
fn effective_bits(spec: &SarAdc) -> Experiment {
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
        let bits = (0..channels).map(|channel| enob(&results.0[DONE], channel));
        let bits: Vec<_> = bits.collect();
        let condition =
            format!("{}, full-scale sine, {SAMPLES} samples, ideal {}", range.mode, range.bits);
        let mut findings = Findings::default();
        let mut figure = |name, channel: usize| {
            let condition = format!("channel {channel}, {condition}");
            findings.figures.push(Figure { name, value: bits[channel], unit: "bit", condition });
        };
        figure("ENOB", 0);
        if channels > 1 {
            figure("worst ENOB", largest(&bits, |bits| -bits));
        }
        findings
    };
    Experiment { name: "effective bits", stimulus, evaluate: Box::new(evaluate) }
}

fn phase_of(sample: usize) -> f64 {
    TAU * ((sample * PERIODS) % SAMPLES) as f64 / SAMPLES as f64
}

/// Effective bits: the best sine of the known frequency is the signal, the rest is noise and
/// distortion. Over whole periods sine, cosine and constant are orthogonal: projections fit best.
fn enob(results: &Beats, channel: usize) -> f64 {
    let codes: Vec<_> =
        (0..SAMPLES).map(|sample| results.get(sample, 0, channel) as f64).collect();
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
