//! The one error of this crate.

use std::ops::RangeInclusive;

/// A value that the contract has no meaning for.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("{field} {value}; accepted: {accepted}")]
pub struct Illegal {
    /// What it was given for.
    pub field: String,
    /// What was given.
    pub value: String,
    /// What would have been accepted, all else unchanged.
    pub accepted: String,
}

/// `value` with control characters as they would be typed: what is said of it stays one line.
fn on_a_line(value: &impl ToString) -> String {
    let typed = |letter: char| match letter.is_control() {
        true => letter.escape_default().to_string(),
        false => letter.to_string(),
    };
    value.to_string().chars().map(typed).collect()
}

impl Illegal {
    /// `value` was given for `field`, `accepted` would do.
    pub fn new(
        field: impl Into<String>,
        value: impl ToString,
        accepted: impl Into<String>,
    ) -> Self {
        Self { field: field.into(), value: on_a_line(&value), accepted: accepted.into() }
    }

    /// Refuses a `value` of `field` outside `range`.
    pub fn outside<T: PartialOrd + ToString>(
        field: impl Into<String>,
        value: T,
        range: RangeInclusive<T>,
    ) -> Result<(), Self> {
        if range.contains(&value) {
            return Ok(());
        }
        let accepted = format!("{} to {}", range.start().to_string(), range.end().to_string());
        Err(Self::new(field, value, accepted))
    }

    /// Refuses `value` of `field` unless it `fits`; `accepted` says what would.
    pub fn unless(
        fits: bool,
        field: impl Into<String>,
        value: impl ToString,
        accepted: impl Into<String>,
    ) -> Result<(), Self> {
        if fits { Ok(()) } else { Err(Self::new(field, value, accepted)) }
    }
}
