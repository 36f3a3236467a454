//! What is run: one job per batch, each from reset and independent of all others.

use super::library::{Batch, Input, Model, Outcome, Stalls};
use hwgen_gen::Design;
use hwgen_gen::random::Random;
use hwgen_gen::stimulus::Stimulus;
use hwgen_gen::traffic::Traffic;

/// Beats of a random batch: large enough to hide what a batch costs, small enough for memory.
pub(super) const BATCH_BEATS: usize = 1 << 14;

/// Jobs before the random ones: corners without stalls, and again with stalls.
pub(super) const CORNER_JOBS: usize = 2;

/// One batch to run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Job {
    /// Number by which a user can ask for it again; an experiment has none.
    pub number: Option<usize>,
    pub beats: usize,
    pub stalls: Stalls,
}

impl Job {
    /// All jobs of a run with about `beats` random beats.
    pub fn all(beats: usize, stalls: Option<Stalls>) -> Vec<Self> {
        let batches = beats.div_ceil(BATCH_BEATS);
        let jobs = (0..CORNER_JOBS + batches).map(|number| {
            let left = beats.saturating_sub(number.saturating_sub(CORNER_JOBS) * BATCH_BEATS);
            Self {
                number: Some(number),
                beats: left.min(BATCH_BEATS),
                stalls: stalls.unwrap_or_else(|| Self::usual_stalls(number)),
            }
        });
        jobs.collect()
    }

    /// The jobs of beats of the user's: without stalls, and with.
    pub fn of_data(phases: &[Traffic], stalls: Option<Stalls>) -> Vec<Self> {
        let jobs = (0..CORNER_JOBS).map(|number| Self {
            number: Some(number),
            beats: phases.iter().map(Traffic::len).sum(),
            stalls: stalls.unwrap_or_else(|| Self::usual_stalls(number)),
        });
        jobs.collect()
    }

    /// Every kind of stall gets its share; timing is checked where nothing stalls.
    const fn usual_stalls(number: usize) -> Stalls {
        match number {
            0 => Stalls::None,
            1 => Stalls::Random,
            _ => match number % 4 {
                2 => Stalls::None,
                3 => Stalls::LateReady,
                _ => Stalls::Random,
            },
        }
    }

    /// The seed of what is random besides stimulus: stalls, and bits at power-up.
    pub fn seed(&self, seed: u64) -> u64 {
        seed.wrapping_add(self.number.unwrap_or(0) as u64)
    }

    /// Its stimulus, phase by phase.
    pub fn phases(&self, design: &Design, seed: u64) -> Vec<Traffic> {
        let number = self.number.unwrap_or(0);
        if number < CORNER_JOBS {
            let mut phases = design.spec.corners().concat();
            phases.extend(design.spec.essentials().concat());
            return phases;
        }
        let mut random = Random::new(seed, number as u64);
        design.spec.vectors(&mut random, self.beats)
    }
}

/// Plays that are broken off before one that is not: after some results, while one waits, and in
/// some cycle, in turn.
const BROKEN_OFF: i64 = 9;
/// Results of one of them, at most.
const RESULTS_BROKEN_OFF: i64 = 64;
/// Its cycles, as a power of two, at most: short ones are as likely as long ones.
const CYCLES_BROKEN_OFF: i64 = 12;

/// Resets `model` and plays `stimulus` to it. Where streams are stalled, others go before that are
/// broken off, so that resets come in mid run and have to clear what is on its way; if one of them
/// went wrong, it is what is returned.
pub(super) fn play(stimulus: &Stimulus, model: &mut Model, seed: u64, stalls: Stalls) -> Outcome {
    let mut batch = batch(stimulus, seed, stalls);
    if stalls != Stalls::None {
        let mut random = Random::new(seed, u64::MAX);
        for number in 0..BROKEN_OFF {
            (batch.most_results, batch.most_cycles) = (u64::MAX, u64::MAX);
            batch.while_waiting = number % 3 == 1;
            if number % 3 == 2 {
                let longest = 1 << random.within(1, CYCLES_BROKEN_OFF);
                batch.most_cycles = random.within(1, longest) as u64;
            } else {
                batch.most_results = random.within(1, RESULTS_BROKEN_OFF) as u64;
            }
            let outcome = model.run(&batch);
            if outcome.fault.is_some() || !begins_well(&outcome, stimulus) {
                return outcome;
            }
        }
        (batch.most_results, batch.most_cycles) = (u64::MAX, u64::MAX);
        batch.while_waiting = false;
    }
    model.run(&batch)
}

/// Whether all results that came are those expected.
fn begins_well(outcome: &Outcome, stimulus: &Stimulus) -> bool {
    outcome.outputs.iter().zip(&stimulus.expected.0).all(|(output, expected)| {
        let words = output.received as usize * expected.words_per_beat();
        output.surplus == 0 && output.words[..words] == expected.words()[..words]
    })
}

/// All of `stimulus`, from a reset.
pub(super) fn batch(stimulus: &Stimulus, seed: u64, stalls: Stalls) -> Batch<'_> {
    let inputs = stimulus.inputs.0.iter().zip(&stimulus.input_ends).map(|(beats, ends)| Input {
        words: beats.words(),
        words_per_beat: beats.words_per_beat(),
        phase_ends: ends.clone(),
    });
    let expected = stimulus.expected.0.iter().map(|beats| (beats.words_per_beat(), beats.words()));
    Batch {
        inputs: inputs.collect(),
        expected: expected.collect(),
        phases: stimulus.phases,
        stalls,
        seed,
        stamps: stalls == Stalls::None,
        most_results: u64::MAX,
        while_waiting: false,
        most_cycles: u64::MAX,
        idle_cycles: stimulus.idle_cycles,
        resets: true,
    }
}
