//! The contract of [`super`], one conversion after the other.

use super::analog::FrontEnd;
use super::{Mode, SarAdc};
use crate::block::Golden;
use crate::traffic::Traffic;

/// Streams by position in the interface.
const START: usize = 0;
const DONE: usize = 0;

/// One step of the approximation: cells by groups, and how often they fire.
type Step = (usize, u32);

/// A converter with its analog front end.
#[derive(Clone, Debug)]
pub(in crate::blocks) struct Converter {
    front_end: FrontEnd,
    steps: Vec<Step>,
    bits: u32,
    /// Volts per bit of an input.
    unit: f64,
}

impl Converter {
    pub fn new(spec: &SarAdc, channel: u32) -> Self {
        let all = spec.groups() as usize;
        let mut steps = vec![(all, 2)];
        steps.extend((1..=all).rev().map(|groups| (groups, 1)));
        let unit = spec.analog.lsb_volts / f64::from(1 << super::DROP_FRACTION);
        Self { front_end: FrontEnd::new(spec.analog, channel), steps, bits: spec.bits, unit }
    }

    /// Converts drops in raw fixed point; without a minus input the code is single-ended.
    pub fn convert(&mut self, plus: i64, minus: Option<i64>) -> i64 {
        let volts = |drop: i64| drop as f64 * self.unit;
        self.convert_volts(volts(plus), minus.map(volts))
    }

    /// Converts drops in volts; without a minus input the code is single-ended.
    pub fn convert_volts(&mut self, plus: f64, minus: Option<f64>) -> i64 {
        self.front_end.sample(plus, minus.unwrap_or(0.0));
        let mut code = 0;
        let mut first = minus.is_none();
        for &(groups, times) in &self.steps {
            let decision = self.front_end.compare() | first;
            first = false;
            code = code << 1 | i64::from(decision);
            for _ in 0..times {
                self.front_end.fire(groups, decision);
            }
        }
        code = code << 1 | i64::from(self.front_end.compare());
        code - (1 << (self.bits - 1))
    }

    /// Noise as of the `run`-th reset of channel `channel`, each with noise of its own.
    pub fn restart_noise(&mut self, run: u32, channel: u32) {
        self.front_end.restart_noise(run, channel);
    }
}

/// All channels.
pub(super) struct Model {
    mode: Mode,
    converters: Vec<Converter>,
}

impl Model {
    pub(super) fn new(spec: &SarAdc) -> Self {
        let converters = (0..spec.channels).map(|channel| Converter::new(spec, channel));
        Self { mode: spec.mode, converters: converters.collect() }
    }
}

impl Golden for Model {
    fn run(&mut self, phase: &Traffic, results: &mut Traffic) {
        let starts = &phase.0[START];
        for beat in 0..starts.len() {
            // Fields of a start: the mode if it is chosen there, plus inputs, minus inputs.
            let (differential, plus) = match self.mode {
                Mode::Differential => (true, 0),
                Mode::SingleEnded => (false, 0),
                Mode::Runtime => (starts.get(beat, 0, 0) != 0, 1),
            };
            results.0[DONE].push_zero();
            for (channel, converter) in self.converters.iter_mut().enumerate() {
                let minus = differential.then(|| starts.get(beat, plus + 1, channel));
                let code = converter.convert(starts.get(beat, plus, channel), minus);
                results.0[DONE].set_last(0, channel, code);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::Block;
    use crate::blocks::sar_adc::{Generated, Params};

    fn ideal(bits: u32) -> Converter {
        let params = Params {
            bits,
            mode: Mode::Runtime,
            channels: 1,
            cell_sigma: 0.0,
            offset_sigma: 0.0,
            noise_sigma: 0.0,
            analog_seed: 1,
        };
        Converter::new(&Generated::spec(&params).expect("legal parameters"), 0)
    }

    /// `floor(d)` within the range of the code, `d` in sixteenths: integers only.
    fn ideal_code(d: i64, low: i64, high: i64) -> i64 {
        let floor = if d >= 0 { d / 16 } else { -((-d + 15) / 16) };
        floor.max(low).min(high)
    }

    /// Every sixteenth of an LSB over the whole range and two LSB beyond, ties included, at three
    /// common levels.
    #[test]
    fn an_ideal_converter_is_floor_and_clamp() {
        for bits in 4..=10 {
            let mut converter = ideal(bits);
            let half = 1_i64 << (bits - 1);
            for d in -16 * (half + 2)..=16 * (half + 2) {
                let expected = ideal_code(d, -half, half - 1);
                for common in [0, 7, 16 * (half - 2)] {
                    let (plus, minus) = (common + d.max(0), common + (-d).max(0));
                    let code = converter.convert(plus, Some(minus));
                    assert_eq!(code, expected, "{bits} bits, {d}/16 LSB, common {common}/16");
                }
                if d >= 0 {
                    let code = converter.convert(d, None);
                    assert_eq!(code, ideal_code(d, 0, half - 1), "{bits} bits, {d}/16 LSB alone");
                }
            }
        }
    }
}
