//! The one error a user's parameters can cause.

/// A parameter, or a combination of parameters, that no block can be built from.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("--{parameter} {value}: {reason}; accepted: {accepted}")]
pub struct SpecError {
    /// Name of the flag without dashes.
    pub parameter: &'static str,
    /// What was asked for.
    pub value: String,
    /// Why it cannot be.
    pub reason: String,
    /// What would be accepted, the other parameters unchanged.
    pub accepted: String,
}

impl SpecError {
    /// An error about `--parameter value`.
    pub fn new(
        parameter: &'static str,
        value: impl ToString,
        reason: impl Into<String>,
        accepted: impl Into<String>,
    ) -> Self {
        let (value, reason) = (value.to_string(), reason.into());
        Self { parameter, value, reason, accepted: accepted.into() }
    }
}

/// Beats that are legal one by one, of which the phase they come in makes nothing whole.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("phase {phase}, stream {stream}: {what}; accepted: {accepted}")]
pub struct PhaseError {
    /// Number of the phase, from 1.
    pub phase: usize,
    /// Name of the stream.
    pub stream: &'static str,
    /// What is wrong with its beats.
    pub what: String,
    /// What would be accepted, the other streams unchanged.
    pub accepted: String,
}

/// Why a design cannot be made from a command line.
#[derive(Debug, thiserror::Error)]
pub enum DesignError {
    /// A flag is unknown or a value does not parse; clap's text names it and the accepted values.
    #[error("{0}")]
    Flags(#[from] clap::Error),
    /// The flags parse, but contradict each other.
    #[error(transparent)]
    Spec(#[from] SpecError),
    /// `--name` is not usable as a module name.
    #[error(transparent)]
    Name(#[from] crate::verilog::IdentError),
    /// `--name` is not usable beside other designs.
    #[error(transparent)]
    Taken(#[from] crate::TakenName),
}
