//! What a target says of a node.

use std::fmt;

/// Whether a target computes a node as `NUMERICS.md` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It does, to the last bit.
    Exact,
    /// It computes the node, but results may differ: the cause.
    Approximate(String),
    /// It does not: what is in the way, its value, and what would be accepted. The host does.
    Refused(String),
}

impl Answer {
    /// Whether the target computes the node at all.
    pub const fn is_computed(&self) -> bool {
        !matches!(self, Self::Refused(_))
    }

    /// One word for it.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Approximate(_) => "approximate",
            Self::Refused(_) => "host",
        }
    }

    /// The cause or the reason; of an exact node there is none.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Exact => None,
            Self::Approximate(reason) | Self::Refused(reason) => Some(reason),
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.reason() {
            None => formatter.write_str(self.word()),
            Some(reason) => write!(formatter, "{}: {reason}", self.word()),
        }
    }
}

/// Refuses `what` unless it `fits`.
pub(crate) fn demand(fits: bool, what: impl FnOnce() -> String) -> Result<(), String> {
    if fits { Ok(()) } else { Err(what()) }
}
