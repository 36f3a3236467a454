//! Tensors: integers in channels, rows and columns.

use crate::Illegal;
use std::fmt;
use std::ops::RangeInclusive;

/// What an element of a tensor can be: `bits` 1 to 16, signed in two's complement or not, and the
/// integer that stands for zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Element {
    bits: u32,
    signed: bool,
    zero_point: i32,
}

impl Element {
    /// Bits of an element.
    pub const BITS: RangeInclusive<u32> = 1..=16;

    /// Elements of `bits` bits, of which `zero_point` stands for zero.
    ///
    /// # Errors
    /// Bits outside [`Self::BITS`], or a zero point that is no such element.
    pub fn new(bits: u32, signed: bool, zero_point: i32) -> Result<Self, Illegal> {
        Illegal::outside("bits", bits, Self::BITS)?;
        let element = Self { bits, signed, zero_point };
        Illegal::outside("zero point", zero_point, element.range())?;
        Ok(element)
    }

    /// Bits.
    pub const fn bits(self) -> u32 {
        self.bits
    }

    /// Whether the leading bit is a sign.
    pub const fn signed(self) -> bool {
        self.signed
    }

    /// What stands for zero, and what a convolution finds beyond its map.
    pub const fn zero_point(self) -> i32 {
        self.zero_point
    }

    /// The smallest and the largest element.
    pub const fn range(self) -> RangeInclusive<i32> {
        if self.signed {
            let half = 1 << (self.bits - 1);
            -half..=half - 1
        } else {
            0..=(1 << self.bits) - 1
        }
    }

    /// The largest magnitude of an element, at most 65,535.
    pub fn magnitude(self) -> i32 {
        (-self.range().start()).max(*self.range().end())
    }
}

impl fmt::Display for Element {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.signed { "signed" } else { "unsigned" };
        write!(formatter, "{sign} {} bits with zero point {}", self.bits, self.zero_point)
    }
}

/// Channels, rows and columns of a tensor; its elements are stored in this order, the column moving
/// fastest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Shape {
    /// Channels.
    pub channels: usize,
    /// Rows.
    pub rows: usize,
    /// Columns.
    pub columns: usize,
}

impl Shape {
    /// The most elements of a tensor: 2^26.
    pub const MOST_ELEMENTS: usize = 1 << 26;

    /// Elements; of more than a machine can count, the most it can.
    pub const fn elements(self) -> usize {
        self.channels.saturating_mul(self.rows).saturating_mul(self.columns)
    }

    /// Elements of a channel.
    pub const fn positions(self) -> usize {
        self.rows.saturating_mul(self.columns)
    }

    /// Refuses a shape without elements, or with more than [`Self::MOST_ELEMENTS`].
    ///
    /// # Errors
    /// Names `field` and the shape.
    pub fn check(self, field: &str) -> Result<(), Illegal> {
        let fits = (1..=Self::MOST_ELEMENTS).contains(&self.elements());
        Illegal::unless(fits, field, self, format!("1 to {} elements", Self::MOST_ELEMENTS))
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} x {} x {}", self.channels, self.rows, self.columns)
    }
}

/// What a tensor can hold. A scale is no part of it: it says what a unit stands for and changes no
/// result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TensorType {
    /// How many elements there are, and where.
    pub shape: Shape,
    /// What each of them can be.
    pub element: Element,
}

impl fmt::Display for TensorType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} of {}", self.shape, self.element)
    }
}

/// A tensor.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Tensor {
    /// What it can hold.
    pub kind: TensorType,
    /// What it holds, in the order of [`Shape`].
    pub elements: Vec<i32>,
}

impl Tensor {
    /// Refuses elements that are not those of its type.
    ///
    /// # Errors
    /// A wrong number of elements, or the first one out of range.
    pub fn check(&self) -> Result<(), Illegal> {
        let TensorType { shape, element } = self.kind;
        let (given, accepted) = (self.elements.len(), shape.elements());
        Illegal::unless(given == accepted, "elements", given, format!("{accepted}, for {shape}"))?;
        let range = element.range();
        let wrong = self.elements.iter().find(|element| !range.contains(element));
        wrong.map_or(Ok(()), |&wrong| Illegal::outside("element", wrong, range))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_have_the_range_of_their_bits() {
        let range = |bits, signed| Element::new(bits, signed, 0).map(Element::range);
        assert_eq!(range(8, true), Ok(-128..=127));
        assert_eq!(range(8, false), Ok(0..=255));
        assert_eq!(range(1, true), Ok(-1..=0));
        assert_eq!(range(1, false), Ok(0..=1));
        assert_eq!(range(16, false), Ok(0..=65_535));
        let magnitude = |bits, signed| Element::new(bits, signed, 0).map(Element::magnitude);
        assert_eq!((magnitude(8, true), magnitude(8, false)), (Ok(128), Ok(255)));
    }

    #[test]
    fn bits_and_zero_points_that_are_none_are_named() {
        let refusal = |bits, signed, zero| {
            Element::new(bits, signed, zero).expect_err("an illegal element").to_string()
        };
        assert_eq!(refusal(0, true, 0), "bits 0; accepted: 1 to 16");
        assert_eq!(refusal(17, true, 0), "bits 17; accepted: 1 to 16");
        assert_eq!(refusal(4, true, 8), "zero point 8; accepted: -8 to 7");
        assert_eq!(refusal(4, false, -1), "zero point -1; accepted: 0 to 15");
    }

    /// Two channels of 2 x 3: element (1, 0, 2) is the ninth.
    #[test]
    fn tensors_hold_what_their_type_says() {
        let element = Element::new(4, true, 0).expect("a legal element");
        let kind = TensorType { shape: Shape { channels: 2, rows: 2, columns: 3 }, element };
        assert_eq!(kind.to_string(), "2 x 2 x 3 of signed 4 bits with zero point 0");
        let tensor = Tensor { kind, elements: (-5..7).collect() };
        assert_eq!(tensor.check(), Ok(()));
        assert_eq!(tensor.elements[8], 3);
        let refusal = |elements: Vec<i32>| {
            Tensor { kind, elements }.check().expect_err("an illegal tensor").to_string()
        };
        assert_eq!(refusal(vec![0; 11]), "elements 11; accepted: 12, for 2 x 2 x 3");
        assert_eq!(refusal((-4..8).map(|x| x + 1).collect()), "element 8; accepted: -8 to 7");
    }

    #[test]
    fn shapes_without_elements_or_beyond_all_memory_are_refused() {
        let check = |channels, rows, columns| Shape { channels, rows, columns }.check("shape");
        assert_eq!(check(1, 1, 1), Ok(()));
        assert_eq!(check(1 << 13, 1 << 13, 1), Ok(()));
        for [channels, rows, columns] in [[0, 1, 1], [1 << 13, 1 << 13, 2], [usize::MAX; 3]] {
            assert!(check(channels, rows, columns).is_err(), "{channels} x {rows} x {columns}");
        }
    }
}
