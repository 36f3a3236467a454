//! Boolean functions as Liberty writes them: `(A B)+(!C ^ D')`.

use std::collections::BTreeSet;

/// A function of pins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Function {
    Pin(String),
    Constant(bool),
    Not(Box<Self>),
    Both(Operator, Box<Self>, Box<Self>),
}

/// What joins two functions. Later ones bind tighter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Operator {
    Or,
    And,
    Xor,
}

impl Operator {
    /// The operator that `text` begins with, and what follows. Two functions side by side are
    /// joined by AND.
    fn parse(text: &str) -> Option<(Self, &str)> {
        let rest = text.get(1..).unwrap_or_default();
        match text.chars().next()? {
            '+' | '|' => Some((Self::Or, rest)),
            '*' | '&' => Some((Self::And, rest)),
            '^' => Some((Self::Xor, rest)),
            ')' => None,
            _ => Some((Self::And, text)),
        }
    }

    /// The next that binds tighter.
    fn tighter(self) -> Option<Self> {
        match self {
            Self::Or => Some(Self::And),
            Self::And => Some(Self::Xor),
            Self::Xor => None,
        }
    }
}

impl Function {
    /// Reads a whole text; none if it is not a function.
    pub fn parse(text: &str) -> Option<Self> {
        let (function, rest) = Self::operands(text.trim_start(), Some(Operator::Or))?;
        rest.is_empty().then_some(function)
    }

    /// The values for all combinations of `inputs`, number `n` in bit `n`, where bit `i` of `n` is
    /// the value of input `i`; none if there are other pins or more than eight combinations.
    pub fn table(&self, inputs: &[String]) -> Option<u8> {
        if inputs.len() > 3 {
            return None;
        }
        (0..1_u8 << inputs.len()).try_fold(0, |table, combination| {
            Some(table | u8::from(self.value(inputs, combination)?) << combination)
        })
    }

    /// The pins it is a function of.
    pub fn pins(&self) -> BTreeSet<String> {
        match self {
            Self::Constant(_) => BTreeSet::new(),
            Self::Pin(name) => BTreeSet::from([name.clone()]),
            Self::Not(operand) => operand.pins(),
            Self::Both(_, left, right) => &left.pins() | &right.pins(),
        }
    }

    fn value(&self, inputs: &[String], combination: u8) -> Option<bool> {
        Some(match self {
            Self::Constant(value) => *value,
            Self::Pin(name) => {
                let position = inputs.iter().position(|input| input == name)?;
                combination >> position & 1 == 1
            }
            Self::Not(operand) => !operand.value(inputs, combination)?,
            Self::Both(operator, left, right) => {
                let left = left.value(inputs, combination)?;
                let right = right.value(inputs, combination)?;
                match operator {
                    Operator::Or => left | right,
                    Operator::And => left & right,
                    Operator::Xor => left ^ right,
                }
            }
        })
    }

    /// Functions joined by operators that bind at least as tight as `loosest`, and what follows;
    /// without `loosest`, a single operand.
    fn operands(text: &str, loosest: Option<Operator>) -> Option<(Self, &str)> {
        let (mut left, mut rest) = Self::operand(text)?;
        while let (Some(loosest), Some((operator, after))) = (loosest, Operator::parse(rest)) {
            if operator < loosest {
                break;
            }
            let (right, after) = Self::operands(after.trim_start(), operator.tighter())?;
            left = Self::Both(operator, Box::new(left), Box::new(right));
            rest = after;
        }
        Some((left, rest))
    }

    /// A pin, a constant, a function in parentheses or the complement of one of these.
    fn operand(text: &str) -> Option<(Self, &str)> {
        let (mut function, mut rest) = if let Some(rest) = text.strip_prefix('!') {
            let (operand, rest) = Self::operand(rest.trim_start())?;
            (Self::Not(Box::new(operand)), rest)
        } else if let Some(rest) = text.strip_prefix('(') {
            let (function, rest) = Self::operands(rest.trim_start(), Some(Operator::Or))?;
            (function, rest.strip_prefix(')')?)
        } else {
            let ends = |c: char| !(c.is_ascii_alphanumeric() || "_[].".contains(c));
            let (word, rest) = text.split_at(text.find(ends).unwrap_or(text.len()));
            let function = match word {
                "" => return None,
                "0" | "1" => Self::Constant(word == "1"),
                name => Self::Pin(name.to_owned()),
            };
            (function, rest)
        };
        while let Some(after) = rest.strip_prefix('\'') {
            function = Self::Not(Box::new(function));
            rest = after;
        }
        Some((function, rest.trim_start()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Option<u8> {
        Function::parse(text)?.table(&["A", "B", "C"].map(str::to_owned))
    }

    #[test]
    fn functions_have_tables() {
        for (text, expected) in [
            ("((A^B)^C)", 0b1001_0110),
            ("(((A B)+(B C))+(C A))", 0b1110_1000),
            ("A*B | B&C + A C", 0b1110_1000),
            ("!A ^ B' ^ C", 0b1001_0110),
            ("A + B ^ C", 0b1011_1110),
            ("A^B C", 0b0110_0000),
            ("(!(A B))'", 0b1000_1000),
            ("1", 0xFF),
        ] {
            assert_eq!(table(text), Some(expected), "{text}");
        }
        for text in ["", "A +", "(A", "A)", "A D", "?"] {
            assert_eq!(table(text), None, "{text}");
        }
    }
}
