//! Power of the macro by components, as published for 70 MHz, and the energy of operations.

use super::GLOBAL_CYCLES_PER_SECOND;
use hwgen_gen::blocks::cap_ram::Precision;

/// Array, input converters and timing, single-ended, mW.
const ARRAY_SINGLE: f64 = 3.60;
/// Likewise, differential.
const ARRAY_DIFFERENTIAL: f64 = 6.35;
/// All converters and their control.
const CONVERTERS: f64 = 7.56;
/// Accumulators, when an operation takes one global cycle.
const SINGLE_CYCLE: f64 = 0.46;
/// Accumulators, when cycles are added up.
const ACCUMULATE: f64 = 0.78;
/// Adder tree, when the values of 1, 2, 4 and 8 converters are combined.
const TREE: [f64; 4] = [0.0, 0.04, 0.10, 0.19];

/// Power while operations of `precision` follow each other, watts.
pub fn watts(precision: Precision) -> f64 {
    let array = if precision.is_differential() { ARRAY_DIFFERENTIAL } else { ARRAY_SINGLE };
    let accumulators = if precision.is_long() { ACCUMULATE } else { SINGLE_CYCLE };
    1e-3 * (array + CONVERTERS + accumulators + TREE[combined(precision)])
}

/// Level at which the values of converters are combined.
fn combined(precision: Precision) -> usize {
    let pairs_of_slices = u32::from(!precision.takes_turns());
    (precision.level() - pairs_of_slices) as usize
}

/// Energy of an operation, joules.
pub fn joules(precision: Precision) -> f64 {
    watts(precision) * f64::from(precision.global_cycles()) / GLOBAL_CYCLES_PER_SECOND
}

#[cfg(test)]
mod tests {
    use super::*;
    use hwgen_gen::blocks::cap_ram::Encoding;

    #[test]
    fn components_add_up_to_the_published_total() {
        let one_bit = Precision::new(Encoding::PlusSlices, 1, 4).expect("a legal precision");
        assert!((watts(one_bit) - 11.62e-3).abs() < 1e-9);
    }
}
