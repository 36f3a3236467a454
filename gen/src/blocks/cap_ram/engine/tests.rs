//! The engine against definitions, and its two ways of computing against each other.

use super::analog::Array;
use super::*;
use crate::block::Block;
use crate::blocks::cap_ram::Generated;
use crate::random::Random;

fn word(random: &mut Random) -> u128 {
    u128::from(random.bits()) << 64 | u128::from(random.bits())
}

/// Smallest and largest weight.
fn range(precision: Precision) -> (i64, i64) {
    let half = 1 << (precision.weight_bits() - 1);
    match (precision.encoding(), precision.weight_bits()) {
        (_, 1) => (0, 1),
        (Encoding::Ternary, _) => (1 - half, half - 1),
        _ => (-half, half - 1),
    }
}

/// Cells with row `row` of all slices in use, weights in the order of the results.
fn cells(spec: &CapRam, precision: Precision, row: usize, weights: &[Vec<i64>]) -> Cells {
    let per_weight = 1_usize << precision.level();
    let mut cells = Cells::new(spec.slices(), spec.rows());
    for (index, weights) in weights.iter().enumerate() {
        for slice in 0..per_weight {
            let bit = |(column, &weight): (usize, &i64)| {
                let bits = precision.cells(weight as i32).expect("weight in range");
                u128::from(bits >> slice & 1) << column
            };
            cells.write(index * per_weight + slice, row, weights.iter().enumerate().map(bit).sum());
        }
    }
    cells
}

fn inputs(values: &[i64]) -> Inputs {
    Inputs::new(&values.iter().map(|&value| value as u8).collect::<Vec<_>>())
}

/// Weights and inputs as integers, products straight from the definition of each encoding.
#[test]
fn products_are_those_of_an_independent_reference() {
    let spec = Generated::parse("").expect("legal flags");
    let mut engine = Engine::new(&spec);
    let mut random = Random::new(2, 0);
    for precision in Precision::all() {
        let (low, high) = range(precision);
        let weight = |_| (0..128).map(|_| random.within(low, high)).collect::<Vec<_>>();
        let weights: Vec<_> = (0..spec.slices() >> precision.level()).map(weight).collect();
        let largest = (1 << precision.input_bits()) - 1;
        let values: Vec<_> = (0..128).map(|_| random.within(0, largest)).collect();
        let cells = cells(&spec, precision, 3, &weights);
        let selection = engine.select(&cells, &vec![3; spec.slices()]);
        let mut results = Vec::new();
        engine.multiply(&selection, precision, &inputs(&values), &mut results);
        let expected: Vec<_> = weights.iter().map(|w| reference(precision, w, &values)).collect();
        assert_eq!(results, expected, "{precision:?}");
    }
}

/// Every weight times every input of every precision, beside columns that give nothing, and beside
/// columns that bring all codes to the ends of their range.
#[test]
fn every_weight_meets_every_input() {
    let spec = Generated::parse("--slices 8 --columns 4").expect("legal flags");
    let mut engine = Engine::new(&spec);
    let mut results = Vec::new();
    for precision in Precision::all() {
        let ((low, high), largest) = (range(precision), (1 << precision.input_bits()) - 1);
        let all: Vec<_> = (low..=high).flat_map(|weight| [[weight, low], [weight, high]]).collect();
        for pairs in all.chunks(spec.slices() >> precision.level()) {
            let weights: Vec<_> = pairs.iter().map(|&[a, b]| vec![a, b, b, b]).collect();
            let selection = engine.select(&cells(&spec, precision, 0, &weights), &[0; 8]);
            for (input, others) in (0..=largest).flat_map(|input| [(input, 0), (input, largest)]) {
                let values = [input, others, others, others];
                engine.multiply(&selection, precision, &inputs(&values), &mut results);
                let expected = weights.iter().map(|weights| reference(precision, weights, &values));
                assert!(results.iter().copied().zip(expected).all(|(a, b)| a == b), "{values:?}");
            }
        }
    }
}

/// Digit by digit and nibble by nibble: dot product, quantised in steps of 15 columns / 64, put
/// together.
fn reference(precision: Precision, weights: &[i64], inputs: &[i64]) -> i64 {
    let (bits, ternary) = (precision.weight_bits(), precision.is_differential());
    let digits = if ternary { bits - 1 } else { bits };
    let full = 15 * weights.len() as i64;
    let mut total = 0;
    for digit in 0..digits {
        for (nibble, shift) in [(0, 1), (1, 16)] {
            let products = weights.iter().zip(inputs).map(|(&weight, &input)| {
                let magnitude = if ternary { weight.abs() } else { weight };
                let sign = if ternary { weight.signum() } else { 1 };
                sign * (magnitude >> digit & 1) * (input >> (4 * nibble) & 15)
            });
            let code = (products.sum::<i64>() * 64).div_euclid(full).min(63);
            let negative = !ternary && bits > 1 && digit == digits - 1;
            let signed = if negative { -code } else { code };
            total += (signed * shift) << digit;
        }
    }
    total * 16
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
