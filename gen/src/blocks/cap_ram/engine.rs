//! The macro as a function: matrix-vector products, bit for bit as the RTL with its array gives
//! them.
//!
//! An ideal macro counts bits; one with deviations computes charges. Both are cheap enough for
//! whole data sets: prepare a [`Selection`] per choice of rows, clone the [`Engine`] per thread.

use super::analog::Array;
use super::{Calibration, CapRam, Cells, Encoding, Inputs, Precision};
use crate::blocks::sar_adc::Converter;

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
    active: Vec<f64>,
}

/// A macro: array, converters, calibration. The only state that changes by itself is the noise.
#[derive(Clone, Debug)]
pub struct Engine {
    spec: CapRam,
    /// `None` if the array and the converters are ideal.
    real: Option<Real>,
    /// Code of every dot product of one slice.
    codes: Vec<i64>,
    calibration: Vec<Calibration>,
    drops: Vec<f64>,
    scratch: Vec<i64>,
    sums: Vec<i64>,
}

#[derive(Clone, Debug)]
struct Real {
    array: Array,
    converters: Vec<Converter>,
}

impl Engine {
    /// A macro with the deviations of `spec`, without calibration.
    pub fn new(spec: &CapRam) -> Self {
        let real = (!spec.is_ideal()).then(|| Self::real(spec));
        let full = 15 * i64::from(spec.columns);
        let half = 1_i64 << (spec.adc_bits - 1);
        let code = |mac: i64| (mac * half / full).min(half - 1);
        Self {
            spec: spec.clone(),
            real,
            codes: (0..=full).map(code).collect(),
            calibration: vec![Calibration::default(); spec.slices as usize],
            drops: Vec::new(),
            scratch: Vec::new(),
            sums: Vec::new(),
        }
    }

    fn real(spec: &CapRam) -> Real {
        let converters = (0..spec.slices / 2).map(|pair| Converter::new(&spec.adc, pair));
        Real {
            array: Array::new(spec.slices, spec.columns, &spec.deviations),
            converters: converters.collect(),
        }
    }

    /// The same macro computed from charges even if it is ideal: slow, to compare.
    pub fn with_charges(spec: &CapRam) -> Self {
        Self { real: Some(Self::real(spec)), ..Self::new(spec) }
    }

    /// Starts the noise anew, as another run on the same chip would meet it: the same `run` gives
    /// the same noise.
    pub fn restart_noise(&mut self, run: u32) {
        for (pair, converter) in self.real.iter_mut().flat_map(|real| &mut real.converters).enumerate()
        {
            converter.restart_noise(run, pair as u32);
        }
    }

    /// Corrects the codes of `slice` from now on; a pair converted differentially is corrected as
    /// its plus slice.
    pub fn calibrate(&mut self, slice: usize, calibration: Calibration) {
        if let Some(entry) = self.calibration.get_mut(slice) {
            *entry = calibration;
        }
    }

    /// The cells of row `rows[slice]` of every slice. A row that does not exist counts as zeros.
    pub fn select(&self, cells: &Cells, rows: &[u8]) -> Selection {
        let slices = 0..self.spec.slices as usize;
        let row = |slice: usize| rows.get(slice).copied().unwrap_or(u8::MAX);
        let words = slices.map(|slice| cells.read(slice, row(slice).into()));
        let words: Vec<_> = words.collect();
        let active = self.real.as_ref().map(|real| real.array.active(&words));
        Selection { words, active: active.unwrap_or_default() }
    }

    /// Dot products of every selected row with a nibble of the inputs: exact integers.
    pub fn dot_products(selection: &Selection, nibble: [u128; 4], products: &mut Vec<i64>) {
        products.clear();
        products.extend(selection.words.iter().map(|word| {
            let ones = nibble.map(|plane| i64::from((word & plane).count_ones()));
            ones[0] + 2 * ones[1] + 4 * ones[2] + 8 * ones[3]
        }));
    }

    /// One conversion: the code of every pair, as the converters give it.
    pub fn convert(
        &mut self,
        selection: &Selection,
        side: Side,
        nibble: [u128; 4],
        codes: &mut Vec<i64>,
    ) {
        codes.clear();
        match &mut self.real {
            Some(real) => {
                real.array.drops(&selection.active, nibble, &mut self.drops);
                let pairs = real.converters.iter_mut().zip(self.drops.chunks(2));
                codes.extend(pairs.map(|(converter, pair)| match side {
                    Side::Plus => converter.convert_volts(pair[0], None),
                    Side::Minus => converter.convert_volts(pair[1], None),
                    Side::Difference => converter.convert_volts(pair[0], Some(pair[1])),
                }));
            }
            None => {
                Self::dot_products(selection, nibble, &mut self.sums);
                let pairs = self.sums.chunks(2);
                let code = |product: i64| self.codes[product as usize];
                codes.extend(pairs.map(|pair| match side {
                    Side::Plus => code(pair[0]),
                    Side::Minus => code(pair[1]),
                    Side::Difference => self.difference(pair[0] - pair[1]),
                }));
            }
        }
    }

    /// Code of a difference of dot products: rounded down.
    fn difference(&self, difference: i64) -> i64 {
        let full = 15 * i64::from(self.spec.columns);
        let half = 1_i64 << (self.spec.adc_bits - 1);
        (difference * half).div_euclid(full).min(half - 1)
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
        let mut codes = std::mem::take(&mut self.scratch);
        let slices_per_digit = if precision.takes_turns() { 1 } else { 2 };
        let mut digits = vec![0; self.spec.slices as usize / slices_per_digit];
        for (turn, &side) in sides.iter().enumerate() {
            for high in [true, false] {
                if high && !precision.is_long() {
                    continue;
                }
                self.convert(selection, side, inputs.nibble(high), &mut codes);
                let own = digits.iter_mut().skip(turn).step_by(sides.len());
                for (pair, (digit, &code)) in own.zip(&codes).enumerate() {
                    let slice = 2 * pair + usize::from(side == Side::Minus);
                    let weight = if high { 16 } else { 1 };
                    *digit += weight * self.calibration[slice].correct(code);
                }
            }
        }
        self.scratch = codes;
        results.clear();
        let per_weight = (1 << precision.level()) / slices_per_digit;
        results.extend(digits.chunks(per_weight).map(|digits| weighted(digits, precision)));
    }
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
