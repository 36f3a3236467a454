//! What plays phases: the golden model of a design, or whatever else keeps its contract.

use crate::traffic::Traffic;
use crate::{Design, Golden};
use std::error::Error;

/// What a play gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Played {
    /// Beats of every output stream, caused by the phases of this play.
    pub results: Traffic,
    /// Clock cycles from the one that takes the first beat to the one that takes the last result,
    /// both included, while nothing stalls; nothing if the contract does not say.
    pub cycles: Option<u64>,
}

/// Why a machine gave up.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct MachineError(Box<dyn Error + Send + Sync>);

impl MachineError {
    /// `error` ended the play.
    pub fn new(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(error.into())
    }

    /// What ended the play.
    pub fn into_inner(self) -> Box<dyn Error + Send + Sync> {
        self.0
    }
}

/// A design at work: reset once, then played to as often as one likes.
pub trait Machine {
    /// Plays `phases`, whatever earlier plays left behind.
    ///
    /// # Errors
    /// If it cannot, or does not keep its contract.
    fn play(&mut self, phases: &[Traffic]) -> Result<Played, MachineError>;
}

/// The golden model of a design.
pub struct GoldenMachine<'a> {
    design: &'a Design,
    golden: Box<dyn Golden>,
}

impl<'a> GoldenMachine<'a> {
    /// The model of `design` after a reset.
    pub fn new(design: &'a Design) -> Self {
        Self { design, golden: design.spec.golden() }
    }
}

impl Machine for GoldenMachine<'_> {
    fn play(&mut self, phases: &[Traffic]) -> Result<Played, MachineError> {
        let mut results = Traffic::new(&self.design.bench.interface.outputs());
        for phase in phases {
            self.golden.run(phase, &mut results);
        }
        Ok(Played { results, cycles: self.design.spec.predicted_cycles(phases).cycles() })
    }
}
