//! The macro as a function: matrix-vector products, bit for bit as the RTL with its array gives
//! them.
//!
//! An ideal macro counts bits; one with deviations computes charges. Both are cheap enough for
//! whole data sets: prepare a [`Selection`] per choice of rows, clone the [`Engine`] per thread.

pub(super) mod analog;
mod cells;
mod charging;
mod counting;
mod dot_product;
pub(super) mod speed;
#[cfg(test)]
mod tests;

pub use cells::{Cells, Inputs};

use super::{Calibration, CapRam, Correction, Encoding, Precision};
use analog::Slices;
use charging::Charging;
use counting::Counting;

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
