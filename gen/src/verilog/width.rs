//! Widths and their growth algebra.

use std::fmt;

/// A bit width, at least one.
///
/// Lint does not notice a product or a carry cut short, so every width in emitted Verilog comes
/// from this algebra.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Width(u32);

impl Width {
    /// A width of `bits`.
    ///
    /// # Panics
    /// If `bits` is zero: widths are made from validated parameters.
    pub const fn new(bits: u32) -> Self {
        assert!(bits > 0, "a width has at least one bit");
        Self(bits)
    }

    /// Bits needed to index `count` things: `ceil(log2(count))`, and one bit for a single thing.
    pub fn index(count: u32) -> Self {
        Self::new(count.max(2).next_power_of_two().ilog2())
    }

    /// Number of bits.
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// Width of a product: the sum of both widths.
    pub const fn product(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }

    /// Width of a sum or difference: one carry bit above the wider operand.
    pub fn sum(self, other: Self) -> Self {
        Self(self.0.max(other.0) + 1)
    }

    /// Width after appending `bits` zeros at the right.
    pub const fn shifted_left(self, bits: u32) -> Self {
        Self(self.0 + bits)
    }

    /// Width of `count` such values side by side.
    pub const fn times(self, count: u32) -> Self {
        Self(self.0 * count)
    }

    /// Number of the most significant bit.
    pub const fn msb(self) -> u32 {
        self.0 - 1
    }

    /// The declaration range: `[15:0]`, or nothing for a single bit.
    pub fn range(self) -> String {
        match self.0 {
            1 => String::new(),
            bits => format!("[{}:0]", bits - 1),
        }
    }
}

impl fmt::Display for Width {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Extremes of an unsigned value of `width` bits.
    fn largest(width: Width) -> u128 {
        (1 << width.bits()) - 1
    }

    #[test]
    fn growth_holds_every_result_and_wastes_no_bit() {
        for a in (1..=32).map(Width::new) {
            for b in (1..=32).map(Width::new) {
                assert!(largest(a) * largest(b) <= largest(a.product(b)));
                assert!(largest(a) + largest(b) <= largest(a.sum(b)));
                assert!(largest(a) + largest(b) > largest(a.sum(b)) / 2);
            }
        }
    }

    #[test]
    fn index_covers_the_last_element() {
        for count in 1..=1000_u32 {
            assert!(u128::from(count) - 1 <= largest(Width::index(count)));
            assert!(count <= 2 || u128::from(count) - 1 > largest(Width::index(count)) / 2);
        }
    }

    #[test]
    fn a_single_bit_has_no_range() {
        assert_eq!(Width::new(1).range(), "");
        assert_eq!(Width::new(16).range(), "[15:0]");
    }
}
