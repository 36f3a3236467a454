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

impl Illegal {
    /// `value` was given for `field`, `accepted` would do.
    pub fn new(
        field: impl Into<String>,
        value: impl ToString,
        accepted: impl Into<String>,
    ) -> Self {
        Self { field: field.into(), value: value.to_string(), accepted: accepted.into() }
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
