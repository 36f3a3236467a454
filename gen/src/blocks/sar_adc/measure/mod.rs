//! Measurements on the simulated converters: linearity with a ramp, effective bits with a sine.
//!
//! All channels see the same input. Where a start chooses the mode, it chooses differential.

mod linearity;
mod sine;

use super::{Mode, SarAdc};
use crate::block::{Experiment, Figure};

/// Position of the results among the output streams.
const DONE: usize = 0;

pub(super) fn all(spec: &SarAdc) -> Vec<Experiment> {
    vec![linearity::experiment(spec), sine::experiment(spec)]
}

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

/// A figure of channel 0 and, where there are more, of the channel in which it is `worse` than in
/// all others.
fn figures(
    [name, worst_name]: [&'static str; 2],
    unit: &'static str,
    condition: &str,
    channels: &[f64],
    worse: fn(f64) -> f64,
) -> Vec<Figure> {
    let figure = |name, channel: usize| {
        let condition = format!("channel {channel}, {condition}");
        Figure { name, value: channels[channel], unit, condition }
    };
    let mut figures = vec![figure(name, 0)];
    if channels.len() > 1 {
        figures.push(figure(worst_name, first_largest(channels.iter().map(|&x| worse(x)))));
    }
    figures
}

/// Position of the largest number, the first one if there are several.
fn first_largest(numbers: impl Iterator<Item = f64>) -> usize {
    let mut largest = (0, f64::NEG_INFINITY);
    for (index, number) in numbers.enumerate() {
        if number > largest.1 {
            largest = (index, number);
        }
    }
    largest.0
}
