//! The array and its converters with real charges: deviations, noise.

use super::Side;
use super::analog::{Array, Slices};
use crate::blocks::cap_ram::CapRam;
use crate::blocks::sar_adc::{Converters, Lanes, LineSteps, Lines};

/// Array and converters, and the drops that the latest inputs caused.
#[derive(Clone, Debug)]
pub(super) struct Charging {
    array: Array,
    converters: Converters,
    /// What firings do to the lines of plus and of minus slices.
    steps: [LineSteps; 2],
    /// Of the low and of the high nibble: volts of plus and of minus slices, by bank.
    drops: [[Vec<Lanes<f64>>; 2]; 2],
}

impl Charging {
    pub fn new(spec: &CapRam) -> Self {
        let array = Array::new(spec.slices, spec.columns, &spec.deviations);
        let converters = Converters::new(&spec.adc);
        let steps = [0, 1].map(|side| converters.line_steps(&array.capacitance(side)));
        Self { array, converters, steps, drops: Default::default() }
    }

    /// Capacitances that hold charge while `words` are at work.
    pub fn active(&self, words: &[u128]) -> Vec<Vec<Slices>> {
        self.array.active(words)
    }

    /// Shares the charge of all slices for the low or the high nibble.
    pub fn share(&mut self, active: &[Vec<Slices>], nibble: [u128; 4], high: bool) {
        self.array.drops(active, nibble, &mut self.drops[usize::from(high)]);
    }

    /// Appends the code of every pair. The slice that is converted alone is on the plus node, the
    /// other one on the minus node.
    pub fn convert(&mut self, side: Side, high: bool, codes: &mut Vec<i64>) {
        let drops = &self.drops[usize::from(high)];
        let [plus, minus] =
            [0, 1].map(|side| Lines { drops: &drops[side], steps: &self.steps[side] });
        match side {
            Side::Plus => self.converters.convert(plus, minus, false, codes),
            Side::Minus => self.converters.convert(minus, plus, false, codes),
            Side::Difference => self.converters.convert(plus, minus, true, codes),
        }
    }

    /// Starts the noise anew; the same `run` gives the same noise.
    pub fn restart_noise(&mut self, run: u32) {
        self.converters.restart_noise(run);
    }
}
