//! The one requantisation: how a wide sum becomes an element.

use crate::{Element, Illegal};
use std::ops::RangeInclusive;

/// What a filter multiplies with, adds and shifts: `floor((sum of sums[j] m[j] + b) / 2^s)`. One
/// sum with its multiplier is the rule; an addition of tensors has two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Coefficients<const SUMS: usize = 1> {
    /// `m`, in [`Self::MULTIPLIERS`].
    pub multipliers: [i32; SUMS],
    /// `b`: the bias times `m`, less what a zero point of the input adds, plus what rounds.
    pub bias: i64,
    /// `s`, in [`Self::SHIFTS`].
    pub shift: u32,
}

impl<const SUMS: usize> Coefficients<SUMS> {
    /// 31 bits and a sign.
    pub const MULTIPLIERS: RangeInclusive<i32> = -i32::MAX..=i32::MAX;

    /// Bits that may be shifted out.
    pub const SHIFTS: RangeInclusive<u32> = 0..=62;

    /// What `bias` needs so that results round half up: `2^(shift - 1)`, nothing without a shift.
    /// The shift is one of [`Self::SHIFTS`].
    pub const fn half(shift: u32) -> i64 {
        (1 << shift) >> 1
    }

    fn check(&self, filter: usize) -> Result<(), Illegal> {
        for multiplier in self.multipliers {
            let field = format!("multiplier of filter {filter}");
            Illegal::outside(field, multiplier, Self::MULTIPLIERS)?;
        }
        Illegal::outside(format!("shift of filter {filter}"), self.shift, Self::SHIFTS)
    }
}

/// `y = clamp(zero + floor((sum m + b) / 2^s), low, high)` with `m`, `b` and `s` per filter.
///
/// It is exact for every sum of 64 bits: a product has less than 95 bits, and 128 are kept.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Requantisation<const SUMS: usize = 1> {
    element: Element,
    low: i32,
    high: i32,
    coefficients: Vec<Coefficients<SUMS>>,
}

impl<const SUMS: usize> Requantisation<SUMS> {
    /// Results are such elements between `clamp`'s ends; `coefficients` are those of each filter. A
    /// ReLU clamps at the zero point of the element.
    ///
    /// # Errors
    /// A clamp that is empty or exceeds the element, no filter, or the first coefficient out of
    /// range.
    pub fn new(
        element: Element,
        clamp: RangeInclusive<i32>,
        coefficients: Vec<Coefficients<SUMS>>,
    ) -> Result<Self, Illegal> {
        let (low, high) = clamp.into_inner();
        Illegal::outside("upper clamp", high, element.range())?;
        Illegal::outside("lower clamp", low, *element.range().start()..=high)?;
        let filters = coefficients.len();
        Illegal::unless(filters > 0, "filters", filters, "1 and more")?;
        for (filter, coefficients) in coefficients.iter().enumerate() {
            coefficients.check(filter)?;
        }
        Ok(Self { element, low, high, coefficients })
    }

    /// What results are.
    pub const fn element(&self) -> Element {
        self.element
    }

    /// The smallest and the largest result.
    pub const fn clamp(&self) -> RangeInclusive<i32> {
        self.low..=self.high
    }

    /// `m`, `b` and `s` of each filter.
    pub fn coefficients(&self) -> &[Coefficients<SUMS>] {
        &self.coefficients
    }

    /// What `filter` makes of its sums.
    pub fn apply(&self, filter: usize, sums: [i64; SUMS]) -> i32 {
        let Coefficients { multipliers, bias, shift } = self.coefficients[filter];
        let products = sums.iter().zip(multipliers);
        let products = products.map(|(&sum, factor)| i128::from(sum) * i128::from(factor));
        let floor = (products.sum::<i128>() + i128::from(bias)) >> shift;
        let result = i128::from(self.element.zero_point()) + floor;
        result.clamp(self.low.into(), self.high.into()) as i32
    }
}

impl Requantisation {
    /// What `filter` makes of a sum that is a fraction, as hardware measures it: the rule with its
    /// one rounding. Exact for numerators below 2^90 and denominators of 1 to 2^60.
    pub fn apply_fraction(&self, filter: usize, numerator: i128, denominator: i128) -> i32 {
        let Coefficients { multipliers: [multiplier], bias, shift } = self.coefficients[filter];
        let product = numerator * i128::from(multiplier) + i128::from(bias) * denominator;
        let floor = product.div_euclid(denominator) >> shift;
        let result = i128::from(self.element.zero_point()) + floor;
        result.clamp(self.low.into(), self.high.into()) as i32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn element(bits: u32, signed: bool, zero_point: i32) -> Element {
        Element::new(bits, signed, zero_point).expect("a legal element")
    }

    fn one(multiplier: i32, bias: i64, shift: u32) -> Vec<Coefficients> {
        vec![Coefficients { multipliers: [multiplier], bias, shift }]
    }

    /// The example of `NUMERICS.md`: a step of 3 / 8 on unsigned 8 bits with zero point 10.
    #[test]
    fn the_example_of_the_contract() {
        let results = |bias: i64, clamp: RangeInclusive<i32>| {
            let element = element(8, false, 10);
            let step = Requantisation::new(element, clamp, one(3, bias, 3)).expect("legal");
            [-5, -4, 0, 20, 1000].map(|sum| step.apply(0, [sum]))
        };
        assert_eq!(results(0, 0..=255), [8, 8, 10, 17, 255]); // -1.875 -1.5 0 7.5 375
        assert_eq!(results(4, 0..=255), [8, 9, 10, 18, 255]); // half up
        assert_eq!(results(4, 10..=255), [10, 10, 10, 18, 255]); // and a ReLU
        assert_eq!(results(4, 10..=16), [10, 10, 10, 16, 16]); // ReLU6 of a scale of 1
    }

    /// Against a floor that shares nothing with a shift.
    #[test]
    fn shifts_are_floors() {
        for shift in 0..6 {
            for multiplier in [-7, -1, 0, 1, 5] {
                for bias in [-9, 0, 1, 8] {
                    let element = element(16, true, 0);
                    let step =
                        Requantisation::new(element, element.range(), one(multiplier, bias, shift));
                    let step = step.expect("a legal requantisation");
                    for sum in -100..100 {
                        let exact = sum * i64::from(multiplier) + bias;
                        let floor = exact.div_euclid(2_i64.pow(shift));
                        assert_eq!(i64::from(step.apply(0, [sum])), floor);
                    }
                }
            }
        }
    }

    #[test]
    fn no_sum_overflows() {
        let element = element(16, true, 0);
        for (multiplier, bias) in [(i32::MAX, i64::MAX), (-i32::MAX, i64::MIN)] {
            let step = |shift| {
                Requantisation::new(element, element.range(), one(multiplier, bias, shift))
                    .expect("a legal requantisation")
            };
            let sign = i64::from(multiplier.signum());
            let ends = [i64::MAX, i64::MIN].map(|sum| i64::from(step(0).apply(0, [sum])));
            assert_eq!(ends, if sign > 0 { [32_767, -32_768] } else { [-32_768, 32_767] });
            // (2^45 (2^31 - 1) + 2^63 - 1) / 2^62 is a little less than 2^14 + 2.
            assert_eq!(
                i64::from(step(62).apply(0, [1 << 45])),
                if sign > 0 { 16_385 } else { -16_386 }
            );
        }
    }

    #[test]
    fn two_sums_have_their_own_multipliers() {
        let both = vec![Coefficients { multipliers: [3, -2], bias: 1, shift: 1 }];
        let element = element(8, true, 0);
        let step = Requantisation::new(element, element.range(), both).expect("legal");
        assert_eq!(step.apply(0, [5, 4]), 4);
        assert_eq!(step.apply(0, [0, 1]), -1);
    }

    #[test]
    fn half_is_what_rounds() {
        let half = |shift| <Coefficients>::half(shift);
        assert_eq!([0, 1, 2, 24, 62].map(half), [0, 1, 2, 1 << 23, 1 << 61]);
    }

    #[test]
    fn what_has_no_meaning_is_named() {
        let refusal = |clamp, coefficients: Vec<Coefficients>| {
            let step = Requantisation::new(element(4, true, 0), clamp, coefficients);
            step.expect_err("an illegal requantisation").to_string()
        };
        assert_eq!(refusal(-9..=7, one(1, 0, 0)), "lower clamp -9; accepted: -8 to 7");
        assert_eq!(refusal(0..=8, one(1, 0, 0)), "upper clamp 8; accepted: -8 to 7");
        let (low, high) = (3, 2);
        assert_eq!(refusal(low..=high, one(1, 0, 0)), "lower clamp 3; accepted: -8 to 2");
        assert_eq!(refusal(-8..=7, vec![]), "filters 0; accepted: 1 and more");
        assert_eq!(refusal(-8..=7, one(1, 0, 63)), "shift of filter 0 63; accepted: 0 to 62");
        let message = "multiplier of filter 0 -2147483648; accepted: -2147483647 to 2147483647";
        assert_eq!(refusal(-8..=7, one(i32::MIN, 0, 0)), message);
    }

    /// `11/3 * 3 + 2` is 13, of which the half is 6.5; with -11/3 it is -4.5.
    #[test]
    fn fractions_are_rounded_once() {
        let step = Requantisation::new(element(8, true, 1), -100..=100, one(3, 2, 1));
        let step = step.expect("a legal requantisation");
        assert_eq!(step.apply_fraction(0, 11, 3), 1 + 6);
        assert_eq!(step.apply_fraction(0, -11, 3), 1 - 5);
        assert_eq!(step.apply_fraction(0, 1 << 80, 1), 100);
        for sum in -50..50 {
            assert_eq!(step.apply_fraction(0, 7 * i128::from(sum), 7), step.apply(0, [sum]));
        }
    }
}
