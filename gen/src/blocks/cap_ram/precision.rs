//! Which weights and inputs an operation multiplies.

use std::fmt;
use std::ops::RangeInclusive;

/// How weights lie in the slices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// Two's complement, bit `b` of weight `j` in slice `k j + b`; the two slices of a pair take
    /// turns: two conversions per input nibble
    TwosComplement,
    /// Two's complement, bit `b` of weight `j` in the plus slice of pair `k j + b`
    PlusSlices,
    /// Two's complement, bit `b` of weight `j` in the minus slice of pair `k j + b`
    MinusSlices,
    /// Digits -1, 0, 1: digit `b` of weight `j` is the plus less the minus bit of pair `k j + b`
    Ternary,
}

impl Encoding {
    /// All encodings, in the order of their codes.
    pub const ALL: [Self; 4] =
        [Self::TwosComplement, Self::PlusSlices, Self::MinusSlices, Self::Ternary];

    /// Value of the field `encoding`.
    pub const fn code(self) -> u32 {
        self as u32
    }

    /// Bits of a weight at each level of the adder tree from [`Self::lowest_level`] on.
    pub const fn weight_bits(self) -> &'static [u32] {
        match self {
            Self::TwosComplement => &[1, 2, 4, 8],
            Self::PlusSlices | Self::MinusSlices => &[1, 2, 4],
            Self::Ternary => &[2, 3, 5],
        }
    }

    /// The lowest level of the adder tree that gives whole weights.
    pub const fn lowest_level(self) -> u32 {
        match self {
            Self::TwosComplement => 0,
            Self::PlusSlices | Self::MinusSlices | Self::Ternary => 1,
        }
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TwosComplement => "two's complement",
            Self::PlusSlices => "two's complement in plus slices",
            Self::MinusSlices => "two's complement in minus slices",
            Self::Ternary => "ternary digits",
        })
    }
}

/// Why weights and inputs cannot be multiplied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PrecisionError {
    /// The encoding has no weights of that width.
    #[error(
        "weights of {bits} bits in {encoding}: no such width; accepted: {accepted:?}",
        accepted = encoding.weight_bits()
    )]
    Weight {
        /// The encoding asked for.
        encoding: Encoding,
        /// The width asked for.
        bits: u32,
    },
    /// Inputs have 1 to 8 bits.
    #[error("inputs of {0} bits: no such width; accepted: 1..=8")]
    Input(u32),
}

/// A legal choice of encoding, weight width and input width.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Precision {
    encoding: Encoding,
    level: u32,
    input_bits: u32,
}

impl Precision {
    /// Weights of `weight_bits` bits in `encoding`, inputs of `input_bits` bits without sign.
    pub fn new(
        encoding: Encoding,
        weight_bits: u32,
        input_bits: u32,
    ) -> Result<Self, PrecisionError> {
        let widths = encoding.weight_bits();
        let position = widths.iter().position(|&bits| bits == weight_bits);
        let Some(position) = position else {
            return Err(PrecisionError::Weight { encoding, bits: weight_bits });
        };
        if !(1..=8).contains(&input_bits) {
            return Err(PrecisionError::Input(input_bits));
        }
        Ok(Self { encoding, level: encoding.lowest_level() + position as u32, input_bits })
    }

    /// The meaning of the fields of a setup.
    pub(super) fn from_fields(encoding: u32, level: u32, input_bits: u32) -> Self {
        let encoding = Encoding::ALL[encoding as usize];
        let level = level.max(encoding.lowest_level());
        Self { encoding, level, input_bits: input_bits + 1 }
    }

    /// All legal choices.
    pub fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for encoding in Encoding::ALL {
            for &weight_bits in encoding.weight_bits() {
                all.extend((1..=8).flat_map(|bits| Self::new(encoding, weight_bits, bits)));
            }
        }
        all
    }

    /// How weights lie in the slices.
    pub const fn encoding(self) -> Encoding {
        self.encoding
    }

    /// Level of the adder tree that gives the results: one per `2^level` slices.
    pub const fn level(self) -> u32 {
        self.level
    }

    /// Bits of a weight.
    pub const fn weight_bits(self) -> u32 {
        self.encoding.weight_bits()[(self.level - self.encoding.lowest_level()) as usize]
    }

    /// Bits of an input.
    pub const fn input_bits(self) -> u32 {
        self.input_bits
    }

    /// Whether inputs need two conversions, high nibble first.
    pub const fn is_long(self) -> bool {
        self.input_bits > 4
    }

    /// Whether the two slices of a pair are converted against each other.
    pub fn is_differential(self) -> bool {
        self.encoding == Encoding::Ternary
    }

    /// Whether the two slices of a pair take turns.
    pub fn takes_turns(self) -> bool {
        self.encoding == Encoding::TwosComplement
    }

    /// Global cycles of one operation: conversions one after the other.
    pub fn global_cycles(self) -> u32 {
        (1 + u32::from(self.is_long())) * (1 + u32::from(self.takes_turns()))
    }

    /// Weights that can be stored.
    ///
    /// One bit is 0 or 1. More bits are two's complement, or a sign and digits of equal sign.
    pub fn weights(self) -> RangeInclusive<i32> {
        let half = 1 << (self.weight_bits() - 1);
        match (self.encoding, self.weight_bits()) {
            (Encoding::Ternary, _) => 1 - half..=half - 1,
            (_, 1) => 0..=1,
            _ => -half..=half - 1,
        }
    }

    /// Cells of a weight, slice by slice from the first slice that belongs to it; `None` if the
    /// weight is none of [`Self::weights`].
    pub fn cells(self, weight: i32) -> Option<u8> {
        if !self.weights().contains(&weight) {
            return None;
        }
        let spread = |bits: i32, slice: usize| {
            (0..4).fold(0, |cells, pair| cells | (bits >> pair & 1) << (2 * pair + slice))
        };
        Some(match self.encoding {
            Encoding::TwosComplement => (weight & ((1 << self.weight_bits()) - 1)) as u8,
            Encoding::PlusSlices => spread(weight, 0) as u8,
            Encoding::MinusSlices => spread(weight, 1) as u8,
            Encoding::Ternary => spread(weight.abs(), usize::from(weight < 0)) as u8,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn illegal_precisions_say_what_is_legal() {
        let error = |encoding, weight, input| {
            Precision::new(encoding, weight, input).expect_err("illegal").to_string()
        };
        assert_eq!(
            error(Encoding::Ternary, 4, 4),
            "weights of 4 bits in ternary digits: no such width; accepted: [2, 3, 5]"
        );
        assert_eq!(
            error(Encoding::TwosComplement, 8, 9),
            "inputs of 9 bits: no such width; accepted: 1..=8"
        );
    }
}
