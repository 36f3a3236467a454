//! Widths and their growth algebra.

use std::cmp::Ordering;
use std::fmt;

/// A bit width, at least one.
///
/// Lint does not notice a product or a carry cut short, so every width in emitted Verilog comes
/// from this algebra. A width may bear the name of the `localparam` that holds it in the module
/// which uses it; equal widths of different names are equal.
#[derive(Clone, Copy, Debug)]
pub struct Width {
    bits: u32,
    name: Option<&'static str>,
}

impl Width {
    /// A width of `bits`.
    ///
    /// # Panics
    /// If `bits` is zero: widths are made from validated parameters.
    pub const fn new(bits: u32) -> Self {
        assert!(bits > 0, "a width has at least one bit");
        Self { bits, name: None }
    }

    /// The same width, called `name` in Verilog.
    #[must_use]
    pub const fn named(self, name: &'static str) -> Self {
        Self { bits: self.bits, name: Some(name) }
    }

    /// Bits needed to index `count` things: `ceil(log2(count))`, and one bit for a single thing.
    pub fn index(count: u32) -> Self {
        Self::new(count.max(2).next_power_of_two().ilog2())
    }

    /// Number of bits.
    pub const fn bits(self) -> u32 {
        self.bits
    }

    /// Width of a product: the sum of both widths.
    pub const fn product(self, other: Self) -> Self {
        Self::new(self.bits + other.bits)
    }

    /// Width of a sum or difference: one carry bit above the wider operand.
    pub fn sum(self, other: Self) -> Self {
        Self::new(self.bits.max(other.bits) + 1)
    }

    /// Width after appending `bits` zeros at the right.
    pub const fn shifted_left(self, bits: u32) -> Self {
        Self::new(self.bits + bits)
    }

    /// Width of `count` such values side by side.
    pub const fn times(self, count: u32) -> Self {
        Self::new(self.bits * count)
    }

    /// Number of the most significant bit.
    pub const fn msb(self) -> u32 {
        self.bits - 1
    }

    /// The declaration range: `[15:0]`, or nothing for a single bit.
    pub fn range(self) -> String {
        match self.bits {
            1 => String::new(),
            bits => format!("[{}:0]", bits - 1),
        }
    }

    /// The same where its name is known: `[SumWidth-1:0]`. A width without a name is a number.
    pub fn named_range(self) -> String {
        self.name.map_or_else(|| self.range(), |name| format!("[{name}-1:0]"))
    }
}

impl fmt::Display for Width {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.bits.fmt(f)
    }
}

impl PartialEq for Width {
    fn eq(&self, other: &Self) -> bool {
        self.bits == other.bits
    }
}

impl Eq for Width {}

impl PartialOrd for Width {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Width {
    fn cmp(&self, other: &Self) -> Ordering {
        self.bits.cmp(&other.bits)
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

    #[test]
    fn a_name_stands_in_ranges_and_ends_with_the_width() {
        let sum = Width::new(16).named("SumWidth");
        assert_eq!((sum.range(), sum.named_range()), ("[15:0]".into(), "[SumWidth-1:0]".into()));
        assert_eq!(sum.shifted_left(1).named_range(), "[16:0]");
        assert_eq!(sum, Width::new(16));
    }
}
