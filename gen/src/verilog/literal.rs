//! Sized literals.

use super::Width;
use std::fmt;

/// A sized Verilog literal: `8'd200`, `8'sd5`, `-8'sd128`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Literal {
    value: i128,
    width: Width,
    signed: bool,
}

impl Literal {
    /// An unsigned literal.
    ///
    /// # Panics
    /// If `value` does not fit `width`: literals are derived from a legal specification.
    pub fn unsigned(value: u128, width: Width) -> Self {
        let value = i128::try_from(value).unwrap_or(i128::MAX);
        assert!(
            width.bits() >= 127 || value < 1 << width.bits(),
            "{value} needs more than {width} bits"
        );
        Self { value, width, signed: false }
    }

    /// A two's-complement literal.
    ///
    /// # Panics
    /// If `value` does not fit `width`.
    pub fn signed(value: i128, width: Width) -> Self {
        let half = 1 << width.msb();
        assert!((-half..half).contains(&value), "{value} needs more than {width} bits");
        Self { value, width, signed: true }
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let minus = if self.value < 0 { "-" } else { "" };
        let base = if self.signed { "sd" } else { "d" };
        write!(f, "{minus}{}'{base}{}", self.width, self.value.unsigned_abs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_carry_width_and_sign() {
        assert_eq!(Literal::unsigned(200, Width::new(8)).to_string(), "8'd200");
        assert_eq!(Literal::signed(-128, Width::new(8)).to_string(), "-8'sd128");
    }

    #[test]
    #[should_panic(expected = "256 needs more than 8 bits")]
    fn a_literal_never_overflows() {
        let _ = Literal::unsigned(256, Width::new(8));
    }
}
