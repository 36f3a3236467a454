//! The macro as a function: matrix-vector products, bit for bit as the RTL with its array gives
//! them.
//!
//! An ideal macro counts bits; one with deviations computes charges. Both are cheap enough for
//! whole data sets: prepare a [`Selection`] per choice of rows, clone the [`Engine`] per thread.

use super::analog::Slices;
use super::calibration::Correction;
use super::charging::Charging;
use super::counting::Counting;
use super::{Calibration, CapRam, Cells, Encoding, Inputs, Precision};

/// Which slices of every pair a conversion compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The plus slice alone
    Plus,
    /// The minus slice alone
    Minus,
    /// The plus less the minus slice
    Difference,
}

/// The rows at work, prepared for products.
#[derive(Clone, Debug)]
pub struct Selection {
    words: Vec<u128>,
    /// Only of an array with deviations.
    active: Vec<Vec<Slices>>,
}

/// A macro: array, converters, calibration. The only state that changes by itself is the noise.
#[derive(Clone, Debug)]
pub struct Engine {
    spec: CapRam,
    chain: Chain,
    correction: Correction,
    /// Scratch of one product.
    codes: Vec<i64>,
    digits: Vec<i64>,
}

/// From cells and inputs to codes.
#[derive(Clone, Debug)]
enum Chain {
    Ideal(Counting),
    Real(Box<Charging>),
}

impl Engine {
    /// A macro with the deviations of `spec`, without calibration.
    pub fn new(spec: &CapRam) -> Self {
        if spec.is_ideal() {
            Self::with_chain(spec, Chain::Ideal(Counting::new(spec)))
        } else {
            Self::with_charges(spec)
        }
    }

    /// The same macro computed from charges even if it is ideal: slow, to compare.
    pub fn with_charges(spec: &CapRam) -> Self {
        Self::with_chain(spec, Chain::Real(Box::new(Charging::new(spec))))
    }

    fn with_chain(spec: &CapRam, chain: Chain) -> Self {
        Self {
            spec: spec.clone(),
            chain,
            correction: Correction::none(spec),
            codes: Vec::new(),
            digits: Vec::new(),
        }
    }

    /// Starts the noise anew, as another run on the same chip would meet it: the same `run` gives
    /// the same noise.
    pub fn restart_noise(&mut self, run: u32) {
        if let Chain::Real(charging) = &mut self.chain {
            charging.restart_noise(run);
        }
    }

    /// Corrects the codes of `slice` from now on; a pair converted differentially is corrected as
    /// its plus slice.
    pub fn calibrate(&mut self, slice: usize, calibration: Calibration) {
        if let Some(entry) = self.correction.slices.get_mut(slice) {
            *entry = calibration;
        }
    }

    /// Corrects the values in a segment of the master curve from now on, by sixteenths of an LSB.
    pub fn set_curve_point(&mut self, segment: usize, correction: i64) {
        self.correction.curve.set(segment, correction);
    }

    /// The cells of row `rows[slice]` of every slice. A row that does not exist counts as zeros.
    pub fn select(&self, cells: &Cells, rows: &[u8]) -> Selection {
        let slices = 0..self.spec.slices();
        let row = |slice: usize| rows.get(slice).copied().unwrap_or(u8::MAX);
        let words: Vec<_> = slices.map(|slice| cells.read(slice, row(slice).into())).collect();
        let active = match &self.chain {
            Chain::Ideal(_) => Vec::new(),
            Chain::Real(charging) => charging.active(&words),
        };
        Selection { words, active }
    }

    /// One conversion: the code of every pair, as the converters give it.
    pub fn convert(
        &mut self,
        selection: &Selection,
        side: Side,
        nibble: [u128; 4],
        codes: &mut Vec<i64>,
    ) {
        self.share(selection, nibble, false);
        codes.clear();
        self.chain.convert(side, false, codes);
    }

    /// Multiplies all slices by the low or the high nibble.
    fn share(&mut self, selection: &Selection, nibble: [u128; 4], high: bool) {
        match &mut self.chain {
            Chain::Ideal(counting) => counting.share(&selection.words, nibble, high),
            Chain::Real(charging) => charging.share(&selection.active, nibble, high),
        }
    }

    /// One operation: a product per weight, in sixteenths of an LSB.
    ///
    /// Result `j` belongs to the slices `2^level j ..`. Inputs lose the bits that the precision
    /// does not have.
    pub fn multiply(
        &mut self,
        selection: &Selection,
        precision: Precision,
        inputs: &Inputs,
        results: &mut Vec<i64>,
    ) {
        let inputs = inputs.cut(precision.input_bits());
        let sides: &[Side] = match precision.encoding() {
            Encoding::TwosComplement => &[Side::Plus, Side::Minus],
            Encoding::PlusSlices => &[Side::Plus],
            Encoding::MinusSlices => &[Side::Minus],
            Encoding::Ternary => &[Side::Difference],
        };
        let nibbles: &[bool] = if precision.is_long() { &[true, false] } else { &[false] };
        for &high in nibbles {
            self.share(selection, inputs.nibble(high), high);
        }
        self.digits.clear();
        self.digits.resize(self.spec.slices() / 2 * sides.len(), 0);
        for (turn, &side) in sides.iter().enumerate() {
            for &high in nibbles {
                self.accumulate(turn, sides.len(), side, high);
            }
        }
        weights(&self.digits, precision, results);
    }

    /// Converts one side and adds the corrected codes to its turn's digits.
    fn accumulate(&mut self, turn: usize, turns: usize, side: Side, high: bool) {
        self.codes.clear();
        self.chain.convert(side, high, &mut self.codes);
        let weight = if high { 16 } else { 1 };
        let slices = (usize::from(side == Side::Minus)..).step_by(2);
        let own = self.digits.iter_mut().skip(turn).step_by(turns);
        for ((digit, &code), slice) in own.zip(&self.codes).zip(slices) {
            *digit += weight * self.correction.correct(slice, code);
        }
    }
}

impl Chain {
    /// Appends the code of every pair after [`Engine::share`].
    fn convert(&mut self, side: Side, high: bool, codes: &mut Vec<i64>) {
        match self {
            Self::Ideal(counting) => counting.convert(side, high, codes),
            Self::Real(charging) => charging.convert(side, high, codes),
        }
    }
}

/// Puts the digits of every weight together, the lowest one first.
fn weights(digits: &[i64], precision: Precision, results: &mut Vec<i64>) {
    let slices_per_digit = if precision.takes_turns() { 1 } else { 2 };
    let per_weight = (1 << precision.level()) / slices_per_digit;
    results.clear();
    results.extend(digits.chunks(per_weight).map(|digits| weighted(digits, precision)));
}

/// Digits of one weight, the lowest first, put together.
fn weighted(digits: &[i64], precision: Precision) -> i64 {
    let sign_bit = precision.encoding() != Encoding::Ternary && precision.weight_bits() > 1;
    let sum = |digits: &[i64]| {
        digits.iter().enumerate().map(|(digit, value)| value << digit).sum::<i64>()
    };
    match digits.split_last() {
        Some((sign, others)) if sign_bit => sum(others) - (sign << others.len()),
        _ => sum(digits),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::Block;
    use crate::blocks::cap_ram::Generated;
    use crate::blocks::cap_ram::analog::Array;
    use crate::random::Random;

    fn word(random: &mut Random) -> u128 {
        u128::from(random.bits()) << 64 | u128::from(random.bits())
    }

    /// Weights and inputs as integers, products straight from the definition of each encoding.
    #[test]
    fn products_are_those_of_an_independent_reference() {
        let spec = Generated::parse("").expect("legal flags");
        let mut engine = Engine::new(&spec);
        let mut random = Random::new(2, 0);
        for precision in Precision::all() {
            let per_weight = 1_usize << precision.level();
            let (slices, bits) = (spec.slices(), precision.weight_bits());
            let (low, high) = match (precision.encoding(), bits) {
                (_, 1) => (0, 1),
                (Encoding::Ternary, _) => (1 - (1 << (bits - 1)), (1 << (bits - 1)) - 1),
                _ => (-(1 << (bits - 1)), (1 << (bits - 1)) - 1),
            };
            let weight = |_| (0..128).map(|_| random.within(low, high)).collect::<Vec<_>>();
            let weights: Vec<_> = (0..slices / per_weight).map(weight).collect();
            let largest = (1 << precision.input_bits()) - 1;
            let inputs: Vec<_> = (0..128).map(|_| random.within(0, largest)).collect();

            let mut cells = Cells::new(slices, spec.rows());
            for (index, weights) in weights.iter().enumerate() {
                for slice in 0..per_weight {
                    let bit = |(column, &weight): (usize, &i64)| {
                        let bits = precision.cells(weight as i32).expect("weight in range");
                        u128::from(bits >> slice & 1) << column
                    };
                    let word = weights.iter().enumerate().map(bit).sum();
                    cells.write(index * per_weight + slice, 3, word);
                }
            }
            let selection = engine.select(&cells, &vec![3; slices]);
            let values: Vec<_> = inputs.iter().map(|&input| input as u8).collect();
            let mut results = Vec::new();
            engine.multiply(&selection, precision, &Inputs::new(&values), &mut results);
            let expected: Vec<_> =
                weights.iter().map(|w| reference(precision, w, &inputs)).collect();
            assert_eq!(results, expected, "{precision:?}");
        }
    }

    /// Digit by digit and nibble by nibble: dot product, quantised in steps of 30, put together.
    fn reference(precision: Precision, weights: &[i64], inputs: &[i64]) -> i64 {
        let (bits, ternary) = (precision.weight_bits(), precision.is_differential());
        let digits = if ternary { bits - 1 } else { bits };
        let mut total = 0.0;
        for digit in 0..digits {
            for (nibble, shift) in [(0, 1.0), (1, 16.0)] {
                let products = weights.iter().zip(inputs).map(|(&weight, &input)| {
                    let magnitude = if ternary { weight.abs() } else { weight };
                    let sign = if ternary { weight.signum() } else { 1 };
                    sign * (magnitude >> digit & 1) * (input >> (4 * nibble) & 15)
                });
                let ideal = (products.sum::<i64>() as f64 / 30.0).floor();
                let negative = !ternary && bits > 1 && digit == digits - 1;
                let sign = if negative { -1.0 } else { 1.0 };
                total += sign * f64::from(1 << digit) * shift * ideal.min(63.0);
            }
        }
        (total * 16.0) as i64
    }

    /// Charges without deviations give the same codes as counted bits, ties included.
    #[test]
    fn an_ideal_array_of_charges_counts_bits() {
        for flags in ["", "--columns 10 --slices 8", "--columns 77 --adc-bits 10 --slices 16"] {
            let spec = Generated::parse(flags).expect("legal flags");
            let mut random = Random::new(3, 0);
            let (mut counting, mut charging) = (Engine::new(&spec), Engine::with_charges(&spec));
            for round in 0..60 {
                let mut cells = Cells::new(spec.slices(), spec.rows());
                for slice in 0..spec.slices() {
                    let word =
                        word(&mut random) | if round % 2 == 0 { word(&mut random) } else { 0 };
                    cells.write(slice, 0, word & (u128::MAX >> (128 - spec.columns())));
                }
                let rows = vec![0; spec.slices()];
                let counted = counting.select(&cells, &rows);
                let charged = charging.select(&cells, &rows);
                let largest = [1, 15, 15, 15][round % 4];
                let inputs: Vec<_> =
                    (0..spec.columns()).map(|_| random.within(0, largest) as u8).collect();
                let nibble = Inputs::new(&inputs).nibble(false);
                for side in [Side::Plus, Side::Minus, Side::Difference] {
                    let (mut expected, mut codes) = (Vec::new(), Vec::new());
                    counting.convert(&counted, side, nibble, &mut expected);
                    charging.convert(&charged, side, nibble, &mut codes);
                    assert_eq!(codes, expected, "{flags}, {side:?}");
                }
            }
        }
    }

    /// Only the capacitances of output lines deviate. Nodes lose voltage in inverse proportion to
    /// them, so that code `c` begins where the plus node meets the minus node after `F` cells:
    /// `D + (F - c) / 2 = (F + c) / 2 C_plus / C_minus`, `D` in LSB.
    #[test]
    fn steps_are_those_of_the_slices_connected() {
        let spec = Generated::parse("--wire-sigma 0.02").expect("legal flags");
        let array = Array::new(spec.slices, spec.columns, &spec.deviations);
        let capacitance = [0, 1].map(|side| array.capacitance(side).concat());
        let mut engine = Engine::new(&spec);
        let mut cells = Cells::new(spec.slices(), 1);
        (0..spec.slices()).for_each(|slice| cells.write(slice, 0, u128::MAX));
        let selection = engine.select(&cells, &vec![0; spec.slices()]);
        let mut codes = Vec::new();
        for product in 0..=1920 {
            let values: Vec<_> = (0..128).map(|column| ((product + column) / 128) as u8).collect();
            let nibble = Inputs::new(&values).nibble(false);
            for (side, plus) in [(Side::Plus, 0), (Side::Minus, 1)] {
                engine.convert(&selection, side, nibble, &mut codes);
                for (pair, &code) in codes.iter().enumerate() {
                    let ratio = capacitance[plus][pair] / capacitance[1 - plus][pair];
                    let begun = |&code: &u32| f64::from(product) / 30.0 >= begin(code, ratio);
                    let expected = (1..64).filter(begun).count();
                    assert_eq!(code, expected as i64, "{side:?}, pair {pair}, {product} products");
                }
            }
        }
    }

    /// Where a code of 7 bits begins, LSB, on a plus node with `ratio` times the minus node's
    /// capacitance. By then all cells but those of the code's lowest step have fired.
    fn begin(code: u32, ratio: f64) -> f64 {
        let fired = f64::from(64 - (1 << code.trailing_zeros()));
        let code = f64::from(code);
        (fired + code) / 2.0 * ratio - (fired - code) / 2.0
    }
}
