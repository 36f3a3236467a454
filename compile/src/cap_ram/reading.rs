//! What results of the macro say of sums.

use super::mapper::Placement;
use hwgen_gen::blocks::cap_ram::{CapRam, Encoding, Precision};
use hwgen_numerics::Requantisation;

/// Largest nibble of an input.
const LARGEST: u64 = 15;

/// Parts of an LSB in which results count.
const PARTS: u64 = 16;

/// How results of a layer are read. All products are counted in fractions of `2^(n-1) c`, in which
/// an LSB is `15 C`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reading {
    /// An LSB.
    lsb: u64,
    /// What the sums of products that a code may count are multiples of.
    grain: u64,
    /// One product.
    product: u64,
    /// Sum of the weights of all conversions of a filter, as they count and as magnitudes.
    weights: [i64; 2],
    ideal: bool,
}

impl Reading {
    /// That of a layer in its place.
    pub fn new(spec: &CapRam, place: &Placement) -> Self {
        let (columns, codes) = (spec.columns() as u64, 1 << (spec.adc_bits() - 1));
        let (lsb, product) = (LARGEST * columns, codes * place.copies() as u64);
        let pieces = place.pieces() as i64;
        let weights = weights(place.demand.precision).map(|weight| pieces * weight);
        let grain = greatest_common_divisor(lsb, product);
        Self { lsb, grain, product, weights, ideal: spec.is_ideal() }
    }

    /// Whether a sum is that of the network to the last bit.
    ///
    /// A code stands for the multiples of the grain from it to the next one, in whose middle the
    /// sum is read, so that it is wrong by half of an LSB less the grain; at the end of the range by
    /// half of an LSB and the grain.
    pub const fn is_exact(&self) -> bool {
        let most = self.weights[1] as u64 * (self.lsb + self.grain);
        self.ideal && most < self.product
    }

    /// Products that move a code by one.
    pub fn products_per_code(&self) -> f64 {
        self.lsb as f64 / self.product as f64
    }

    /// What a filter makes of its results, added up over its pieces.
    pub fn element(&self, requantisation: &Requantisation, filter: usize, results: i64) -> i32 {
        let half = i128::from(PARTS / 2) * i128::from(self.weights[0]);
        let sum =
            i128::from(results) * i128::from(self.lsb) + half * i128::from(self.lsb - self.grain);
        let product = i128::from(PARTS * self.product);
        if self.is_exact() {
            let nearest = (sum + product / 2).div_euclid(product);
            requantisation.apply(filter, [nearest as i64])
        } else {
            requantisation.apply_fraction(filter, sum, product)
        }
    }
}

/// Sum of the weights that the adder tree and the nibbles give to the conversions of a result: as
/// they count, and as magnitudes.
fn weights(precision: Precision) -> [i64; 2] {
    let bits = precision.weight_bits();
    let nibbles = if precision.is_long() { 1 + 16 } else { 1 };
    let sums = match (precision.encoding(), bits) {
        (Encoding::Ternary, _) => [(1 << (bits - 1)) - 1; 2],
        (_, 1) => [1, 1],
        _ => [-1, (1 << bits) - 1],
    };
    sums.map(|sum| nibbles * sum)
}

const fn greatest_common_divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hwgen_numerics::{Coefficients, Element};

    /// Sums themselves, as far as 16 bits hold them.
    fn identity() -> Requantisation {
        let element = Element::new(16, true, 0).expect("a legal element");
        let same = vec![Coefficients { multipliers: [1], bias: 0, shift: 0 }];
        Requantisation::new(element, element.range(), same).expect("a legal requantisation")
    }

    fn reading(lsb: u64, product: u64, weights: [i64; 2]) -> Reading {
        let grain = greatest_common_divisor(lsb, product);
        Reading { lsb, grain, product, weights, ideal: true }
    }

    /// 128 columns and 7 bits: 30 products per code, of which 14.5 are lost on average, 12.5 if they
    /// come in fives.
    #[test]
    fn codes_stand_for_the_products_in_their_middle() {
        let once = reading(1920, 64, [1, 1]);
        assert_eq!((once.is_exact(), once.products_per_code()), (false, 30.0));
        let element = |reading: Reading, codes: i64| reading.element(&identity(), 0, 16 * codes);
        assert_eq!([-1, 0, 1, 2].map(|code| element(once, code)), [-16, 14, 44, 74]);
        let digits = reading(1920, 64, [3, 3]);
        assert_eq!(element(digits, 0), 43);
        let five = reading(1920, 5 * 64, [1, 1]);
        assert_eq!(five.products_per_code(), 6.0);
        assert_eq!([0, 1].map(|code| element(five, code)), [2, 8]);
        let sign = reading(1920, 64, [-1, 15]);
        assert_eq!(element(sign, 0), -15);
    }

    /// 4 columns and 10 bits: 8.5 codes per product, and sums of up to seven pieces are certain.
    #[test]
    fn fine_codes_tell_sums_to_the_last_bit() {
        let fine = |weight| reading(60, 512, [weight, weight]);
        assert!(fine(7).is_exact() && !fine(8).is_exact());
        assert!(!Reading { ideal: false, ..fine(1) }.is_exact());
        for sum in -60..=60_i64 {
            let code = (512 * sum).div_euclid(60).min(511);
            assert_eq!(fine(1).element(&identity(), 0, 16 * code), sum as i32);
        }
    }
}
