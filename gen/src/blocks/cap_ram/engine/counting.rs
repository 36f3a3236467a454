//! The ideal array and its converters: dot products are counted, codes looked up.

use super::Side;
use super::dot_product::dot_products;
use crate::blocks::cap_ram::{CapRam, NIBBLE};

/// What every dot product is converted to, and the dot products of the latest inputs.
#[derive(Clone, Debug)]
pub(super) struct Counting {
    /// Code of every difference of two dot products, the most negative first.
    codes: Vec<i16>,
    /// Largest dot product.
    full: i32,
    /// Per slice, of the low and of the high nibble.
    products: [Vec<i32>; 2],
}

impl Counting {
    pub fn new(spec: &CapRam) -> Self {
        let full = ((1 << NIBBLE) - 1) * spec.columns as i32;
        let half = 1 << (spec.adc_bits - 1);
        let code = |product: i32| (product * half).div_euclid(full).min(half - 1) as i16;
        let none = vec![0; spec.slices()];
        Self { codes: (-full..=full).map(code).collect(), full, products: [none.clone(), none] }
    }

    /// Multiplies the words of all slices by the low or the high nibble.
    pub fn share(&mut self, words: &[u128], nibble: [u128; 4], high: bool) {
        dot_products(words, nibble, &mut self.products[usize::from(high)]);
    }

    /// Appends the code of every pair.
    pub fn convert(&self, side: Side, high: bool, codes: &mut Vec<i64>) {
        let code = |product: i32| i64::from(self.codes[(product + self.full) as usize]);
        let pairs = self.products[usize::from(high)].chunks_exact(2);
        match side {
            Side::Plus => codes.extend(pairs.map(|pair| code(pair[0]))),
            Side::Minus => codes.extend(pairs.map(|pair| code(pair[1]))),
            Side::Difference => codes.extend(pairs.map(|pair| code(pair[0] - pair[1]))),
        }
    }
}
