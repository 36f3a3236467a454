//! Weights: a row of them per filter, and the sums that they make of patches.

use crate::{Element, Illegal, Shape};
use std::ops::RangeInclusive;

/// Weights of filters, each as long as the patch that it sees and in the patch's order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Weights {
    length: usize,
    elements: Vec<i32>,
    /// Sum of the magnitudes of each filter.
    magnitudes: Vec<i64>,
}

impl Weights {
    /// What a weight can be: 16 bits, signed.
    pub const RANGE: RangeInclusive<i32> = -(1 << 15)..=(1 << 15) - 1;

    /// `elements` are the weights of `filters` filters, one filter after the other.
    ///
    /// # Errors
    /// No filter, elements that cannot be shared out evenly or are too many, a weight out of range.
    pub fn new(filters: usize, elements: Vec<i32>) -> Result<Self, Illegal> {
        Illegal::outside("filters", filters, 1..=Shape::MOST_ELEMENTS)?;
        let (count, length) = (elements.len(), elements.len() / filters);
        let fits = count > 0 && count % filters == 0 && length <= Shape::MOST_ELEMENTS;
        let accepted = format!("a multiple of {filters}, the filters");
        Illegal::unless(fits, "number of weights", count, accepted)?;
        if let Some(&wrong) = elements.iter().find(|weight| !Self::RANGE.contains(weight)) {
            Illegal::outside("weight", wrong, Self::RANGE)?;
        }
        let magnitude = |row: &[i32]| row.iter().map(|weight| i64::from(weight.abs())).sum();
        let magnitudes = elements.chunks_exact(length).map(magnitude).collect();
        Ok(Self { length, elements, magnitudes })
    }

    /// Filters.
    pub const fn filters(&self) -> usize {
        self.magnitudes.len()
    }

    /// Weights of a filter.
    pub const fn length(&self) -> usize {
        self.length
    }

    /// Weights of all filters, one filter after the other.
    pub fn elements(&self) -> &[i32] {
        &self.elements
    }

    /// Weights of one filter.
    pub fn filter(&self, filter: usize) -> &[i32] {
        &self.elements[filter * self.length..][..self.length]
    }

    /// The largest magnitude that a sum of `filter` over such elements can have, below 2^57.
    pub fn largest_sum(&self, filter: usize, element: Element) -> i64 {
        self.magnitudes[filter] * i64::from(element.magnitude())
    }

    /// Sum of the products of `filter` with `patch`, whose integers are such elements: exact.
    pub fn sum(&self, filter: usize, patch: &[i32], element: Element) -> i64 {
        let weights = self.filter(filter);
        if self.largest_sum(filter, element) <= i64::from(i32::MAX) {
            i64::from(narrow_sum(weights, patch))
        } else {
            wide_sum(weights, patch)
        }
    }
}

/// Four lanes of a vector register, if not eight: no partial sum wraps, since the sum of all
/// magnitudes fits.
fn narrow_sum(weights: &[i32], patch: &[i32]) -> i32 {
    weights
        .iter()
        .zip(patch)
        .fold(0, |sum: i32, (&weight, &element)| sum.wrapping_add(weight.wrapping_mul(element)))
}

fn wide_sum(weights: &[i32], patch: &[i32]) -> i64 {
    let products = weights.iter().zip(patch);
    products.map(|(&weight, &element)| i64::from(weight) * i64::from(element)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn element(bits: u32, signed: bool) -> Element {
        Element::new(bits, signed, 0).expect("a legal element")
    }

    #[test]
    fn sums_by_hand() {
        let weights = Weights::new(2, vec![1, -2, 3, 0, 5, -6]).expect("legal weights");
        assert_eq!((weights.filters(), weights.length()), (2, 3));
        assert_eq!(weights.filter(1), [0, 5, -6]);
        assert_eq!(weights.sum(0, &[7, 8, 9], element(8, true)), 18);
        assert_eq!(weights.sum(1, &[7, 8, 9], element(8, true)), -14);
        assert_eq!(weights.largest_sum(1, element(8, true)), 11 * 128);
        assert_eq!(weights.largest_sum(1, element(8, false)), 11 * 255);
    }

    /// The first length whose sum leaves 32 bits, and the one before it, at both ends.
    #[test]
    fn sums_beyond_32_bits_are_exact() {
        for length in [1, 2, 3, 1000] {
            for (weight, bits, signed, value) in [
                (-32_768, 16, true, -32_768),
                (32_767, 16, false, 65_535),
                (-32_768, 16, false, 65_535),
            ] {
                let weights = Weights::new(1, vec![weight; length]).expect("legal weights");
                let sum = weights.sum(0, &vec![value; length], element(bits, signed));
                let exact = i128::from(weight) * i128::from(value) * length as i128;
                assert_eq!(i128::from(sum), exact, "{length} of {weight} x {value}");
            }
        }
    }

    #[test]
    fn weights_that_are_none_are_named() {
        let refusal = |filters, elements| {
            Weights::new(filters, elements).expect_err("illegal weights").to_string()
        };
        assert_eq!(refusal(0, vec![1]), "filters 0; accepted: 1 to 67108864");
        let message = "number of weights 3; accepted: a multiple of 2, the filters";
        assert_eq!(refusal(2, vec![1; 3]), message);
        assert!(refusal(2, vec![]).starts_with("number of weights 0"));
        assert_eq!(refusal(1, vec![-32_769]), "weight -32769; accepted: -32768 to 32767");
    }
}
