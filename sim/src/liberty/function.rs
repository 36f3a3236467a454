//! Boolean functions as Liberty writes them: `(A B)+(!C ^ D')`.

use std::collections::BTreeSet;
use std::fmt;

/// Letters of a text: more than any function has, and fewer than any stack has room for.
const LONGEST: usize = 1000;

/// Functions of more pins are not looked at combination by combination.
const MOST_PINS: usize = 12;

/// Functions of more pins are not put down as the sum of their prime implicants.
const MOST_PINS_OF_SUM: usize = 6;

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

    /// What it gives for values of which some are not known.
    fn apply(self, left: Option<bool>, right: Option<bool>) -> Option<bool> {
        match (self, left, right) {
            (Self::Or, Some(true), _) | (Self::Or, _, Some(true)) => Some(true),
            (Self::And, Some(false), _) | (Self::And, _, Some(false)) => Some(false),
            (Self::Or, left, right) => Some(left? | right?),
            (Self::And, left, right) => Some(left? & right?),
            (Self::Xor, left, right) => Some(left? ^ right?),
        }
    }

    /// As Liberty and Verilog write it.
    fn sign(self) -> char {
        match self {
            Self::Or => '|',
            Self::And => '&',
            Self::Xor => '^',
        }
    }
}

impl Function {
    /// Reads a whole text; none if it is not a function.
    pub fn parse(text: &str) -> Option<Self> {
        let text = Some(text.trim_start()).filter(|text| text.len() <= LONGEST)?;
        let (function, rest) = Self::operands(text, Some(Operator::Or))?;
        rest.is_empty().then_some(function)
    }

    /// The function that repeats `pin`.
    pub fn pin(pin: &str) -> Self {
        Self::Pin(pin.to_owned())
    }

    /// Both functions joined.
    pub fn both(operator: Operator, left: Self, right: Self) -> Self {
        Self::Both(operator, Box::new(left), Box::new(right))
    }

    /// The pins that it names, in alphabetical order.
    pub fn pins(&self) -> BTreeSet<&str> {
        match self {
            Self::Constant(_) => BTreeSet::new(),
            Self::Pin(name) => BTreeSet::from([name.as_str()]),
            Self::Not(operand) => operand.pins(),
            Self::Both(_, left, right) => left.pins().union(&right.pins()).copied().collect(),
        }
    }

    /// Its value if pins have the values that `of` gives, none where that is not known; by the
    /// rules of Verilog, which do not see that `A | !A` is always true.
    pub fn value(&self, of: &impl Fn(&str) -> Option<bool>) -> Option<bool> {
        match self {
            Self::Constant(value) => Some(*value),
            Self::Pin(name) => of(name),
            Self::Not(operand) => operand.value(of).map(|value| !value),
            Self::Both(operator, left, right) => operator.apply(left.value(of), right.value(of)),
        }
    }

    /// Whether both have the same value for all combinations of pins.
    pub fn equals(&self, other: &Self) -> bool {
        let difference = Self::both(Operator::Xor, self.clone(), other.clone());
        difference.decided() == Some(false)
    }

    /// The one pin on which it depends, and whether it is the complement of that pin.
    pub fn literal(&self) -> Option<(&str, bool)> {
        let pins = self.pins();
        let mut literals = pins.into_iter().flat_map(|pin| [(pin, false), (pin, true)]);
        literals.find(|&(pin, inverted)| {
            let pin = Self::pin(pin);
            self.equals(&if inverted { Self::Not(Box::new(pin)) } else { pin })
        })
    }

    /// Its value if it is the same for all combinations of pins.
    fn decided(&self) -> Option<bool> {
        let pins: Vec<_> = self.pins().into_iter().collect();
        if pins.len() > MOST_PINS {
            return None;
        }
        Cube { function: self, values: vec![None; pins.len()], pins }.decided()
    }

    /// The function as an expression of Verilog that is X only where the inputs do not decide it:
    /// as the library writes it if that is so, else as the sum of all its prime implicants.
    pub fn verilog(&self, name: &impl Fn(&str) -> String) -> String {
        let pins: Vec<_> = self.pins().into_iter().collect();
        if pins.len() > MOST_PINS_OF_SUM {
            return self.written(name);
        }
        let combinations = 3_usize.pow(pins.len() as u32);
        let cubes = (0..combinations).map(|number| Cube::numbered(self, &pins, number));
        let cubes: Vec<_> = cubes.collect();
        if cubes.iter().all(|cube| cube.decided() == cube.value()) {
            return self.written(name);
        }
        let primes = cubes.iter().filter(|cube| cube.is_prime_implicant());
        let products: Vec<_> = primes.map(|cube| cube.written(name)).collect();
        if products.is_empty() { "1'b0".to_owned() } else { products.join(" | ") }
    }

    /// As Liberty and Verilog both read it, for they differ in what binds tighter.
    fn written(&self, name: &impl Fn(&str) -> String) -> String {
        match self {
            Self::Constant(value) => format!("1'b{}", u8::from(*value)),
            Self::Pin(pin) => name(pin),
            // One sign after another is no expression to every reader.
            Self::Not(operand) if matches!(**operand, Self::Not(_)) => {
                format!("~({})", operand.written(name))
            }
            Self::Not(operand) => format!("~{}", operand.written(name)),
            Self::Both(operator, left, right) => {
                let sign = operator.sign();
                format!("({} {sign} {})", left.written(name), right.written(name))
            }
        }
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
            left = Self::both(operator, left, right);
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

/// As Liberty writes it, so that no tool need know what binds tighter.
impl fmt::Display for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Constant(value) => write!(f, "{}", u8::from(*value)),
            Self::Pin(name) => f.write_str(name),
            Self::Not(operand) => write!(f, "(!{operand})"),
            Self::Both(operator, left, right) => write!(f, "({left}{}{right})", operator.sign()),
        }
    }
}

/// A function and what is known of its pins.
struct Cube<'a> {
    function: &'a Function,
    pins: Vec<&'a str>,
    values: Vec<Option<bool>>,
}

impl<'a> Cube<'a> {
    /// Digit `i` of `number`, to base 3, tells what is known of pin `i`.
    fn numbered(function: &'a Function, pins: &[&'a str], number: usize) -> Self {
        let digit = |position: usize| match number / 3_usize.pow(position as u32) % 3 {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        };
        Self { function, pins: pins.to_vec(), values: (0..pins.len()).map(digit).collect() }
    }

    /// The same with another value of pin `position`.
    fn with(&self, position: usize, value: Option<bool>) -> Self {
        let mut values = self.values.clone();
        values[position] = value;
        Self { function: self.function, pins: self.pins.clone(), values }
    }

    /// The value by the rules of Verilog.
    fn value(&self) -> Option<bool> {
        self.function.value(&|pin| {
            self.pins
                .iter()
                .position(|name| *name == pin)
                .and_then(|position| self.values[position])
        })
    }

    /// The value if the unknown pins make no difference.
    fn decided(&self) -> Option<bool> {
        if let Some(value) = self.value() {
            return Some(value);
        }
        let unknown = self.values.iter().position(Option::is_none)?;
        let [low, high] = [false, true].map(|value| self.with(unknown, Some(value)).decided());
        low.filter(|_| low == high)
    }

    /// Whether the function is true whenever the known pins have these values, and would not be
    /// if one of them were not known.
    fn is_prime_implicant(&self) -> bool {
        let known = (0..self.pins.len()).filter(|position| self.values[*position].is_some());
        self.decided() == Some(true)
            && known.into_iter().all(|pin| self.with(pin, None).decided() != Some(true))
    }

    /// The product of the known pins.
    fn written(&self, name: &impl Fn(&str) -> String) -> String {
        let literals = self.pins.iter().zip(&self.values).filter_map(|(pin, value)| {
            Some(if (*value)? { name(pin) } else { format!("~{}", name(pin)) })
        });
        let literals: Vec<_> = literals.collect();
        if literals.is_empty() { "1'b1".to_owned() } else { format!("({})", literals.join(" & ")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values for all combinations of A, B and C; bit 0 is that where all are false, bit 1 that
    /// where A alone is true.
    fn table(text: &str) -> Option<u8> {
        let function = Function::parse(text)?;
        (0..8).try_fold(0, |table, combination| {
            let position = |pin: &str| ["A", "B", "C"].iter().position(|name| *name == pin);
            let value = |pin: &str| position(pin).map(|position| combination >> position & 1 == 1);
            Some(table | u8::from(function.value(&value)?) << combination)
        })
    }

    #[test]
    fn every_reader_takes_what_is_written() {
        let written =
            |text: &str| Function::parse(text).expect("a function").written(&|pin| pin.to_owned());
        assert_eq!(written("A''"), "~(~A)");
        assert_eq!(written("!(A B)'"), "~(~(A & B))");
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
            let function = Function::parse(text).expect("a function");
            assert_eq!(table(&function.to_string()), Some(expected), "{function}");
        }
        for text in ["", "A +", "(A", "A)", "?", &"(".repeat(100_000), &"A ".repeat(100_000)] {
            assert_eq!(Function::parse(text), None, "{text:.20}");
        }
    }

    #[test]
    fn functions_are_compared_by_meaning() {
        let function = |text: &str| Function::parse(text).expect("a function");
        assert!(function("(A + B)'").equals(&function("!A !B")));
        assert!(!function("A + B").equals(&function("A ^ B")));
        for (text, literal) in [
            ("(A)", Some(("A", false))),
            ("!(!(A))", Some(("A", false))),
            ("A' B + A' B'", Some(("A", true))),
            ("A B", None),
            ("A + A'", None),
        ] {
            assert_eq!(function(text).literal(), literal, "{text}");
        }
    }

    #[test]
    fn verilog_knows_what_the_inputs_decide() {
        let verilog = |text: &str| Function::parse(text).map(|f| f.verilog(&str::to_owned));
        assert_eq!(verilog("!(A B)").as_deref(), Some("~(A & B)"));
        assert_eq!(verilog("A ^ B ^ C").as_deref(), Some("((A ^ B) ^ C)"));
        let choice = verilog("S A + !S B").expect("a function");
        for product in ["(A & S)", "(B & ~S)", "(A & B)"] {
            assert!(choice.contains(product), "{choice}");
        }
        assert_eq!(choice.matches('|').count(), 2, "{choice}");
        assert_eq!(verilog("A + !A").as_deref(), Some("1'b1"));
        assert_eq!(verilog("A & !A").as_deref(), Some("1'b0"));
    }
}
