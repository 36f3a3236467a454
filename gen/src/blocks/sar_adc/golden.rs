//! The contract of [`super`], one conversion after the other.

use super::analog::{LANES, Lanes};
use super::converters::{Converters, LineSteps, Lines};
use super::interface::{DoneBeat, StartBeat};
use super::{Mode, SarAdc};
use crate::beat::Beat;
use crate::block::Golden;
use crate::traffic::Traffic;

/// Streams by position in the interface.
const START: usize = 0;
const DONE: usize = 0;

/// All channels, every node with the nominal capacitance.
pub(super) struct Model {
    mode: Mode,
    converters: Converters,
    steps: LineSteps,
    /// Volts per bit of an input.
    unit: f64,
    /// Scratch: volts, by bank.
    drops: [Vec<Lanes<f64>>; 2],
    codes: Vec<i64>,
}

impl Model {
    pub(super) fn new(spec: &SarAdc) -> Self {
        let banks = (spec.channels as usize).div_ceil(LANES);
        let converters = Converters::new(spec);
        Self {
            mode: spec.mode,
            steps: converters.line_steps(&vec![[spec.analog.capacitance; LANES]; banks]),
            converters,
            unit: spec.analog.lsb_volts / f64::from(1 << super::DROP_FRACTION),
            drops: [vec![[0.0; LANES]; banks], vec![[0.0; LANES]; banks]],
            codes: Vec::new(),
        }
    }

    /// Converts drops in raw fixed point, one per channel; without minus inputs the codes are
    /// single-ended.
    pub(super) fn convert(&mut self, plus: &[i64], minus: Option<&[i64]>) -> &[i64] {
        let inputs = [plus, minus.unwrap_or_default()];
        for (drops, inputs) in self.drops.iter_mut().zip(inputs) {
            for (drop, &input) in drops.as_flattened_mut().iter_mut().zip(inputs) {
                *drop = input as f64 * self.unit;
            }
        }
        let [plus, minus_line] =
            self.drops.each_ref().map(|drops| Lines { drops, steps: &self.steps });
        self.codes.clear();
        self.converters.convert(plus, minus_line, minus.is_some(), &mut self.codes);
        &self.codes
    }
}

impl Golden for Model {
    fn run(&mut self, phase: &Traffic, results: &mut Traffic) {
        let starts = &phase.0[START];
        for beat in 0..starts.len() {
            let start = StartBeat::read(starts, beat);
            let differential = match self.mode {
                Mode::Differential => true,
                Mode::SingleEnded => false,
                Mode::Runtime => start.differential != 0,
            };
            let minus = differential.then_some(&start.drop_minus[..]);
            let codes = self.convert(&start.drop_plus, minus);
            results.0[DONE].push_zero();
            results.0[DONE].set_first(DoneBeat::AT.code, codes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::Block;
    use crate::blocks::sar_adc::{Generated, Params};

    fn ideal(bits: u32) -> Model {
        let params = Params {
            bits,
            mode: Mode::Runtime,
            channels: 1,
            cell_sigma: 0.0,
            offset_sigma: 0.0,
            noise_sigma: 0.0,
            analog_seed: 1,
        };
        Model::new(&Generated::spec(&params).expect("legal parameters"))
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
                    let code = converter.convert(&[plus], Some(&[minus]))[0];
                    assert_eq!(code, expected, "{bits} bits, {d}/16 LSB, common {common}/16");
                }
                if d >= 0 {
                    let code = converter.convert(&[d], None)[0];
                    assert_eq!(code, ideal_code(d, 0, half - 1), "{bits} bits, {d}/16 LSB alone");
                }
            }
        }
    }
}
