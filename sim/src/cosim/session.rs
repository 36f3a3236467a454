//! The emitted RTL at work: one reset, many plays, each compared with the golden model beat by beat.

use super::cache::Cache;
use super::harness::Recording;
use super::jobs::{self, Job};
use super::library::{Model, Stalls};
use super::verdict::{Failure, Judge};
use super::{Options, build};
use crate::SimError;
use hwgen_gen::stimulus::Stimulus;
use hwgen_gen::traffic::Traffic;
use hwgen_gen::{Design, Golden, Machine, MachineError, Module, Played};

/// The RTL does not keep its contract.
#[derive(Debug, thiserror::Error)]
#[error("FAIL: {0}")]
pub struct Wrong(pub Box<Failure>);

/// A compiled design after one reset. Memory does not grow with the number of plays.
pub struct Session<'a> {
    design: &'a Design,
    options: Options,
    model: Model,
    golden: Box<dyn Golden>,
    /// The command that shows a failure again.
    again: String,
    is_fresh: bool,
}

impl<'a> Session<'a> {
    /// Compiles `design`, with other RTL in the place of its own if some is given, or finds it in
    /// `cache`. What has no reset starts with bits drawn from `seed`; failures name the command
    /// `again`.
    ///
    /// # Errors
    /// Those of building.
    pub fn open(
        design: &'a Design,
        rtl: Option<&[Module]>,
        seed: u64,
        cache: &Cache,
        again: String,
    ) -> Result<Self, SimError> {
        let options = Options { seed, cache: cache.clone(), ..Options::default() };
        let model = build::load(design, rtl, Recording::default(), &options)?.model(seed, None)?;
        let golden = design.spec.golden();
        Ok(Self { design, options, model, golden, again, is_fresh: true })
    }
}

impl Machine for Session<'_> {
    /// Plays `phases` as fast as the design takes them, in the state that the play before left.
    ///
    /// # Errors
    /// [`Wrong`]: the first beat that is not the golden model's, a broken handshake, or
    /// a promise about cycles that is not kept. The session is of no use then.
    fn play(&mut self, phases: &[Traffic]) -> Result<Played, MachineError> {
        let stimulus = Stimulus::following(self.design, &mut *self.golden, phases);
        let mut batch = jobs::batch(&stimulus, self.options.seed, Stalls::None);
        batch.resets = std::mem::take(&mut self.is_fresh);
        let outcome = self.model.run(&batch);
        let job = Job { number: None, beats: stimulus.beats(), stalls: Stalls::None };
        let (design, options) = (self.design, &self.options);
        let judge = Judge { design, options, job, stimulus: &stimulus, outcome: &outcome };
        let failure = judge.beats().or_else(|| judge.cycles().err().map(|failure| *failure));
        if let Some(failure) = failure {
            let reproduce = self.again.clone();
            let failure = Box::new(Failure { reproduce, ..failure });
            return Err(MachineError::new(Wrong(failure)));
        }
        Ok(Played { results: stimulus.expected, cycles: outcome.measured_cycles() })
    }
}
