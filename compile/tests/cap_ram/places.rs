//! Weights are stored where they take the least of the macro.

use crate::common::{design, element, kind, network, node, program, sums};
use hwgen_compile::cap_ram::CapRamTarget;
use hwgen_compile::{names, target};
use hwgen_gen::block::Block;
use hwgen_gen::blocks::cap_ram::{Encoding, Generated};
use hwgen_networks::Operator;
use hwgen_networks::operators::Dense;
use hwgen_numerics::Weights;

/// Encoding, bits, rows of slices and global cycles of so many filters with weights up to these.
fn stored(filters: usize, extremes: [i32; 2]) -> (Encoding, u32, usize, usize) {
    let weights = extremes.repeat(filters);
    let weights = Weights::new(filters, weights).expect("legal weights");
    let dense = Operator::Dense(Dense { weights, requantisation: sums(filters) });
    let image = kind([2, 1, 1], element(4, false, 0));
    let network = network(image, vec![node("only", &["image"], dense)]);
    let spec = Generated::parse("").expect("legal flags");
    let mapping = CapRamTarget::new(&spec).mapping(&network);
    let precision = mapping.placed().next().expect("a place").demand.precision;
    (precision.encoding(), precision.weight_bits(), mapping.used_rows(), mapping.cycles())
}

#[test]
fn rows_count_first_then_cycles_then_what_codes_lose() {
    use Encoding::{Ternary, TwosComplement};
    assert_eq!(stored(1, [0, 1]), (TwosComplement, 1, 1, 1));
    assert_eq!(stored(1, [-1, 1]), (Ternary, 2, 2, 1));
    assert_eq!(stored(1, [-2, 1]), (TwosComplement, 2, 2, 1));
    assert_eq!(stored(32, [-3, 3]), (Ternary, 3, 128, 2));
    assert_eq!(stored(8, [-8, 7]), (TwosComplement, 4, 32, 1));
    assert_eq!(stored(8, [-15, 15]), (Ternary, 5, 64, 1));
    assert_eq!(stored(8, [-16, 0]), (TwosComplement, 8, 64, 2));
}

#[test]
fn the_registry_knows_the_block() {
    assert!(names().contains(&"cap_ram"));
    assert!(target(&design("sar_adc", "")).is_none());
}

/// What an answer is for a layer of so many weights, which stands in the columns as often as it
/// fits.
#[test]
fn codes_count_less_the_more_often_a_layer_stands_in_the_columns() {
    let answer = |channels: usize, flags: &str| {
        let image = kind([channels, 1, 1], element(4, false, 0));
        let weights = Weights::new(1, [1, -1].repeat(channels / 2)).expect("legal weights");
        let dense = Operator::Dense(Dense { weights, requantisation: sums(1) });
        let network = network(image, vec![node("only", &["image"], dense)]);
        program(&design("cap_ram", flags), &network).answers[0].to_string()
    };
    let said = "approximate: an ADC of 7 bits: a code counts 30 products";
    assert_eq!(answer(128, ""), said);
    assert_eq!(answer(8, ""), said.replace("30", "1.875"));
    assert_eq!(answer(2, ""), "exact");
    let deviating = "; cells and converters deviate, calibrated";
    assert_eq!(answer(2, "--noise-sigma 0.3"), said.replace("30", "0.46875") + deviating);
}
