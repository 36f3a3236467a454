//! Fixed-point number formats.

use super::Width;
use serde::Serialize;
use std::fmt;

/// A fixed-point format: `U(1,7)` is unsigned with 1 integer and 7 fraction bits, `S(7,1)` is
/// two's complement with 7 integer bits, **the sign among them**, and 1 fraction bit.
///
/// A raw value `r` stands for `r / 2^fraction`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Format {
    /// Two's complement if set.
    pub signed: bool,
    /// Integer bits; in a signed format they include the sign.
    pub integer: u32,
    /// Fraction bits.
    pub fraction: u32,
}

impl Format {
    /// Unsigned format `U(integer,fraction)`.
    pub const fn unsigned(integer: u32, fraction: u32) -> Self {
        Self { signed: false, integer, fraction }
    }

    /// Two's-complement format `S(integer,fraction)`.
    pub const fn signed(integer: u32, fraction: u32) -> Self {
        Self { signed: true, integer, fraction }
    }

    /// A single bit, 0 or 1.
    pub const fn flag() -> Self {
        Self::unsigned(1, 0)
    }

    /// Total width.
    pub const fn width(self) -> Width {
        Width::new(self.integer + self.fraction)
    }

    /// Smallest raw value.
    pub const fn min(self) -> i128 {
        if self.signed { -(1 << self.width().msb()) } else { 0 }
    }

    /// Largest raw value.
    pub const fn max(self) -> i128 {
        if self.signed { (1 << self.width().msb()) - 1 } else { (1 << self.width().bits()) - 1 }
    }

    /// The raw value held by the low bits of `bits`, sign-extended if the format is signed.
    pub const fn from_bits(self, bits: u64) -> i64 {
        let unused = 64 - self.width().bits();
        if self.signed {
            ((bits << unused) as i64) >> unused
        } else {
            ((bits << unused) >> unused) as i64
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letter = if self.signed { 'S' } else { 'U' };
        write!(f, "{letter}({},{})", self.integer, self.fraction)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extremes_and_sign_extension() {
        let offset = Format::signed(7, 1);
        assert_eq!((offset.min(), offset.max()), (-128, 127));
        assert_eq!(offset.from_bits(0x80), -128);
        assert_eq!(Format::unsigned(1, 7).from_bits(0xFFFF), 255);
        assert_eq!(Format::signed(64, 0).from_bits(u64::MAX), -1);
        assert_eq!(offset.to_string(), "S(7,1)");
    }
}
