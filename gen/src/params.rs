//! Parameters as flags: ranges stated once, and the same values as a TOML table.

use clap::builder::{PossibleValue, TypedValueParser};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, Command};
use std::ffi::OsStr;
use std::fmt;
use std::str::FromStr;

/// Whole numbers a flag accepts. It parses the flag *and* names its value in the help, so the
/// range in the help, in the error and in the metadata is the same one.
///
/// ```
/// # use hwgen_gen::params::Range;
/// const WIDTH: Range = Range(2, 32);
/// #[derive(clap::Args)]
/// struct Params {
///     /// Bits per entry
///     #[arg(long, default_value_t = 12, value_parser = WIDTH, value_name = WIDTH.to_string())]
///     width: u32,
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range(pub u32, pub u32);

impl Range {
    /// Reads `2..=32` back.
    pub fn from_text(text: &str) -> Option<Self> {
        let (low, high) = text.split_once("..=")?;
        Some(Self(low.parse().ok()?, high.parse().ok()?))
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..={}", self.0, self.1)
    }
}

impl TypedValueParser for Range {
    type Value = u32;

    fn parse_ref(
        &self,
        command: &Command,
        arg: Option<&Arg>,
        value: &OsStr,
    ) -> Result<u32, clap::Error> {
        let typed = value.to_string_lossy();
        match whole::<u32>(&typed) {
            Some(number) if (self.0..=self.1).contains(&number) => Ok(number),
            _ => Err(invalid(command, arg, &typed, &format!("a whole number in {self}"))),
        }
    }
}

/// Finite non-negative real numbers up to a bound, for deviations of analog parts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RealUpTo(pub f64);

impl RealUpTo {
    /// Reads `0.0..=0.5` back.
    pub fn from_text(text: &str) -> Option<Self> {
        Some(Self(text.strip_prefix("0.0..=")?.parse().ok()?))
    }
}

impl fmt::Display for RealUpTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0.0..={:?}", self.0)
    }
}

impl TypedValueParser for RealUpTo {
    type Value = f64;

    fn parse_ref(
        &self,
        command: &Command,
        arg: Option<&Arg>,
        value: &OsStr,
    ) -> Result<f64, clap::Error> {
        let typed = value.to_string_lossy();
        match real(&typed) {
            Some(number) if (0.0..=self.0).contains(&number) => Ok(number + 0.0), // never -0.0
            _ => Err(invalid(command, arg, &typed, &format!("a number in {self}"))),
        }
    }
}

/// A whole number as it is usually typed: digits, nothing else.
pub fn whole<T: FromStr>(typed: &str) -> Option<T> {
    typed.parse().ok().filter(|_| typed.bytes().all(|letter| letter.is_ascii_digit()))
}

/// A real number as it is usually typed: without a plus sign, and no word such as `inf`; nor one so
/// small that it would become 0.
pub fn real(typed: &str) -> Option<f64> {
    let is_usual = typed.bytes().all(|letter| b"0123456789.-eE".contains(&letter));
    let mantissa = typed.split(['e', 'E']).next().unwrap_or_default();
    let is_zero = mantissa.bytes().all(|letter| b"0.-".contains(&letter));
    let is_kept = |number: &f64| number.is_finite() && (is_zero || *number != 0.0);
    typed.parse().ok().filter(|number| is_usual && is_kept(number))
}

fn invalid(command: &Command, arg: Option<&Arg>, typed: &str, accepted: &str) -> clap::Error {
    let mut error = clap::Error::new(ErrorKind::ValueValidation).with_cmd(command);
    if let Some(arg) = arg {
        error.insert(ContextKind::InvalidArg, ContextValue::String(arg.to_string()));
    }
    error.insert(ContextKind::InvalidValue, ContextValue::String(typed.to_owned()));
    error.insert(
        ContextKind::Suggested,
        ContextValue::StyledStrs(vec![format!("accepted: {accepted}").into()]),
    );
    error
}

/// Why a parameter file cannot be read.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{key} = {value}: {reason}")]
pub struct TableError {
    key: String,
    value: String,
    reason: &'static str,
}

/// The flags a TOML table stands for: `width = 16` is `--width=16`, `signed = true` is `--signed`.
/// Tables and arrays mean nothing as flags and are refused.
pub fn flags_of(table: &toml::Table) -> Result<Vec<String>, TableError> {
    let mut flags = Vec::new();
    for (key, value) in table {
        match value {
            toml::Value::Boolean(true) => flags.push(format!("--{key}")),
            toml::Value::Boolean(false) => {}
            toml::Value::Integer(number) => flags.push(format!("--{key}={number}")),
            toml::Value::Float(number) => flags.push(format!("--{key}={number}")),
            toml::Value::String(text) => flags.push(format!("--{key}={text}")),
            other => {
                let reason = "a parameter is a number, a string or true/false";
                return Err(TableError { key: key.clone(), value: other.to_string(), reason });
            }
        }
    }
    Ok(flags)
}

/// What one flag accepts, read from its clap definition.
#[derive(Clone, Debug, PartialEq)]
pub enum Accepts {
    /// Given or not.
    Switch,
    /// A whole number.
    Number(Range),
    /// A real number.
    Real(RealUpTo),
    /// One of these words.
    Word(Vec<String>),
    /// Something else, described by its value name.
    Other(String),
}

/// One flag as help, metadata and random configuration see it.
#[derive(Clone, Debug)]
pub struct Flag {
    /// Name without dashes.
    pub name: String,
    /// One line of help.
    pub help: String,
    /// Values.
    pub accepts: Accepts,
    /// Default as it would be typed, if there is one.
    pub default: Option<String>,
}

/// All flags of a command, in the order of declaration.
pub fn flags(command: &Command) -> Vec<Flag> {
    let long = |arg: &Arg| arg.get_long().map(str::to_owned);
    let flags = command.get_arguments().filter_map(|arg| Some((long(arg)?, arg)));
    flags
        .map(|(name, arg)| Flag {
            name,
            help: help(arg),
            accepts: accepts(arg),
            default: default(arg),
        })
        .collect()
}

fn help(arg: &Arg) -> String {
    arg.get_help().map(ToString::to_string).unwrap_or_default()
}

fn default(arg: &Arg) -> Option<String> {
    arg.get_default_values().first().map(|value| value.to_string_lossy().into_owned())
}

fn accepts(arg: &Arg) -> Accepts {
    if matches!(arg.get_action(), ArgAction::SetTrue) {
        return Accepts::Switch;
    }
    let words: Vec<PossibleValue> = arg.get_possible_values();
    if !words.is_empty() {
        return Accepts::Word(words.iter().map(|word| word.get_name().to_owned()).collect());
    }
    let name = arg.get_value_names().and_then(|names| names.first());
    let name = name.map(ToString::to_string).unwrap_or_default();
    let number = Range::from_text(&name).map(Accepts::Number);
    let number = number.or_else(|| RealUpTo::from_text(&name).map(Accepts::Real));
    number.unwrap_or(Accepts::Other(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_the_same_as_flags() {
        let table = "width = 16\nsigned = true\nfast = false\nmode = \"both\"\nnoise = 0.5";
        let table: toml::Table = table.parse().expect("legal TOML");
        let flags = flags_of(&table).expect("legal parameters");
        assert_eq!(flags, ["--mode=both", "--noise=0.5", "--signed", "--width=16"]);
        let nested: toml::Table = "width = [1, 2]".parse().expect("legal TOML");
        let error = flags_of(&nested).expect_err("an array is no flag");
        assert_eq!(
            error.to_string(),
            "width = [1, 2]: a parameter is a number, a string or true/false"
        );
    }

    #[test]
    fn numbers_are_typed_in_one_way() {
        assert_eq!(whole("16"), Some(16_u32));
        for typed in ["+16", "-16", "16.0", "0x10", " 16", "1_6", "", "99999999999"] {
            assert_eq!(whole::<u32>(typed), None, "{typed}");
        }
        assert_eq!(real("0.5"), Some(0.5));
        assert_eq!(real("5e-1"), Some(0.5));
        assert_eq!(real("0e-400"), Some(0.0));
        for typed in ["+0.5", "inf", "NaN", "1e999", "1e-400", "", "0,5"] {
            assert_eq!(real(typed), None, "{typed}");
        }
    }

    #[test]
    fn ranges_print_and_parse() {
        assert_eq!(Range::from_text(&Range(2, 32).to_string()), Some(Range(2, 32)));
        assert_eq!(Range::from_text("FILE"), None);
        assert_eq!(RealUpTo::from_text(&RealUpTo(0.5).to_string()), Some(RealUpTo(0.5)));
        assert_eq!(Range::from_text(&RealUpTo(0.5).to_string()), None);
    }
}
