//! The macro as a function: matrix-vector products, bit for bit as the RTL with its array gives
//! them.
//!
//! An ideal macro counts bits; one with deviations computes charges. Both are cheap enough for
//! whole data sets: prepare a [`Selection`] per choice of rows, clone the [`Engine`] per thread.

use super::analog::Array;
use super::calibration::Correction;
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
    /// Code of every difference of two of them, the most negative first.
    differences: Vec<i64>,
    correction: Correction,
    /// Volts, of the low and of the high nibble.
    drops: [Vec<f64>; 2],
    scratch: Vec<i64>,
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
        let code = |product: i64| (product * half).div_euclid(full).min(half - 1);
        Self {
            spec: spec.clone(),
            real,
            codes: (0..=full).map(code).collect(),
            differences: (-full..=full).map(code).collect(),
            correction: Correction::none(spec),
            drops: [Vec::new(), Vec::new()],
            scratch: Vec::new(),
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
        products.extend(selection.words.iter().map(|&word| dot_product(word, nibble)));
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
        self.convert_shared(selection, side, nibble, false, codes);
    }

    /// Shares the charge of all slices for the low or the high nibble.
    fn share(&mut self, selection: &Selection, nibble: [u128; 4], high: bool) {
        if let Some(real) = &self.real {
            let drops = &mut self.drops[usize::from(high)];
            real.array.drops(&selection.active, nibble, drops);
        }
    }

    /// Converts one side of what [`Self::share`] left.
    fn convert_shared(
        &mut self,
        selection: &Selection,
        side: Side,
        nibble: [u128; 4],
        high: bool,
        codes: &mut Vec<i64>,
    ) {
        codes.clear();
        match &mut self.real {
            Some(real) => {
                let drops = &self.drops[usize::from(high)];
                let pairs = real.converters.iter_mut().zip(drops.chunks(2));
                codes.extend(pairs.map(|(converter, pair)| match side {
                    Side::Plus => converter.convert_volts(pair[0], None),
                    Side::Minus => converter.convert_volts(pair[1], None),
                    Side::Difference => converter.convert_volts(pair[0], Some(pair[1])),
                }));
            }
            None => {
                let code = |word: u128| self.codes[dot_product(word, nibble) as usize];
                codes.extend(selection.words.chunks(2).map(|pair| match side {
                    Side::Plus => code(pair[0]),
                    Side::Minus => code(pair[1]),
                    Side::Difference => {
                        self.difference(dot_product(pair[0], nibble) - dot_product(pair[1], nibble))
                    }
                }));
            }
        }
    }

    /// Code of a difference of dot products: rounded down.
    fn difference(&self, difference: i64) -> i64 {
        self.differences[(difference + self.codes.len() as i64 - 1) as usize]
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
        let nibbles: &[bool] = if precision.is_long() { &[true, false] } else { &[false] };
        for &high in nibbles {
            self.share(selection, inputs.nibble(high), high);
        }
        for (turn, &side) in sides.iter().enumerate() {
            for &high in nibbles {
                self.convert_shared(selection, side, inputs.nibble(high), high, &mut codes);
                let own = digits.iter_mut().skip(turn).step_by(sides.len());
                for (pair, (digit, &code)) in own.zip(&codes).enumerate() {
                    let slice = 2 * pair + usize::from(side == Side::Minus);
                    let weight = if high { 16 } else { 1 };
                    *digit += weight * self.correction.correct(slice, code);
                }
            }
        }
        self.scratch = codes;
        results.clear();
        let per_weight = (1 << precision.level()) / slices_per_digit;
        results.extend(digits.chunks(per_weight).map(|digits| weighted(digits, precision)));
    }
}

/// Sum over columns of bit times input: bits counted in all planes at once, in fields that grow as
/// their contents do. The last fields, bytes, hold at most 16 columns of 15.
const fn dot_product(word: u128, nibble: [u128; 4]) -> i64 {
    let (low, high) = (word as u64, (word >> 64) as u64);
    let [a, b, c, d] = nibble;
    let bytes = column_bytes(low, [a as u64, b as u64, c as u64, d as u64])
        + column_bytes(
            high,
            [(a >> 64) as u64, (b >> 64) as u64, (c >> 64) as u64, (d >> 64) as u64],
        );
    // 16-bit fields hold the sum of all bytes
    let pairs = (bytes & 0x00FF_00FF_00FF_00FF) + (bytes >> 8 & 0x00FF_00FF_00FF_00FF);
    (pairs.wrapping_mul(0x0001_0001_0001_0001) >> 48) as i64
}

/// Per byte of columns: sum of bit times input, at most 8 times 15.
const fn column_bytes(word: u64, planes: [u64; 4]) -> u64 {
    const NIBBLES: u64 = 0x0F0F_0F0F_0F0F_0F0F;
    let [a, b, c, d] = planes;
    let low = nibble_counts(a & word) + 2 * nibble_counts(b & word);
    let high = nibble_counts(c & word) + 2 * nibble_counts(d & word);
    let low = (low & NIBBLES) + (low >> 4 & NIBBLES);
    let high = (high & NIBBLES) + (high >> 4 & NIBBLES);
    low + 4 * high
}

/// Per nibble of `bits`: how many are 1.
const fn nibble_counts(bits: u64) -> u64 {
    let pairs = bits - (bits >> 1 & 0x5555_5555_5555_5555);
    (pairs & 0x3333_3333_3333_3333) + (pairs >> 2 & 0x3333_3333_3333_3333)
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
    use crate::random::Random;

    fn word(random: &mut Random) -> u128 {
        u128::from(random.bits()) << 64 | u128::from(random.bits())
    }

    #[test]
    fn bits_are_counted() {
        let mut random = Random::new(1, 0);
        for _ in 0..1000 {
            let nibble = [0; 4].map(|_| word(&mut random) | word(&mut random));
            let bits = word(&mut random) | word(&mut random) | word(&mut random);
            let input = |column: u32| {
                let planes = nibble.iter().enumerate();
                planes.map(|(bit, plane)| (plane >> column & 1) << bit).sum::<u128>()
            };
            let expected: u128 = (0..128).map(|column| (bits >> column & 1) * input(column)).sum();
            assert_eq!(dot_product(bits, nibble), expected as i64);
        }
        assert_eq!(dot_product(u128::MAX, [u128::MAX; 4]), 1920);
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
            let expected: Vec<_> = weights.iter().map(|w| reference(precision, w, &inputs)).collect();
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
                    let word = word(&mut random) | if round % 2 == 0 { word(&mut random) } else { 0 };
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

    #[test]
    fn illegal_precisions_say_what_is_legal() {
        let error = |encoding, weight, input| {
            Precision::new(encoding, weight, input).expect_err("illegal").to_string()
        };
        assert_eq!(
            error(Encoding::Ternary, 4, 4),
            "weights of 4 bits in ternary digits: no such width; accepted: [2, 3, 5]"
        );
        assert_eq!(
            error(Encoding::TwosComplement, 8, 9),
            "inputs of 9 bits: no such width; accepted: 1..=8"
        );
    }
}
