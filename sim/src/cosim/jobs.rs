//! What is run: one job per batch, each from reset and independent of all others.

use super::library::{Batch, Input, Model, Outcome, Stalls};
use hwgen_gen::random::Random;
use hwgen_gen::traffic::Traffic;
use hwgen_gen::{Design, Golden};

/// Beats of a random batch: large enough to hide what a batch costs, small enough for memory.
pub(super) const BATCH_BEATS: usize = 1 << 14;

/// Jobs before the random ones: the corners without stalls, and again with stalls.
pub(super) const CORNER_JOBS: usize = 2;

/// One batch to run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Job {
    /// Number by which a user can ask for it again.
    pub number: usize,
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
                number,
                beats: left.min(BATCH_BEATS),
                stalls: stalls.unwrap_or_else(|| Self::usual_stalls(number)),
            }
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

    /// Its stimulus, phase by phase.
    pub fn phases(&self, design: &Design, seed: u64) -> Vec<Traffic> {
        if self.number < CORNER_JOBS {
            return design.spec.corners();
        }
        let mut random = Random::new(seed, self.number as u64);
        design.spec.vectors(&mut random, self.beats)
    }
}

/// Stimulus joined to one piece per stream, with the results that the golden model expects.
pub(super) struct Stimulus {
    pub inputs: Traffic,
    pub expected: Traffic,
    /// Beats of each input stream accepted when each phase is over.
    pub input_ends: Vec<Vec<u64>>,
    /// Beats of each output stream that belong to each phase and all before.
    pub output_ends: Vec<Vec<u64>>,
    phases: usize,
}

impl Stimulus {
    /// Runs the golden model, from reset, over `phases`.
    pub fn new(design: &Design, phases: &[Traffic]) -> Self {
        let interface = design.spec.bench(&design.name).interface;
        let mut golden: Box<dyn Golden> = design.spec.golden();
        let mut inputs = Traffic::new(&interface.inputs());
        let mut expected = Traffic::new(&interface.outputs());
        let mut input_ends = vec![Vec::new(); inputs.0.len()];
        let mut output_ends = vec![Vec::new(); expected.0.len()];
        for phase in phases {
            golden.run(phase, &mut expected);
            for (all, beats) in inputs.0.iter_mut().zip(&phase.0) {
                all.append(beats);
            }
            for (ends, beats) in input_ends.iter_mut().zip(&inputs.0) {
                ends.push(beats.len() as u64);
            }
            for (ends, beats) in output_ends.iter_mut().zip(&expected.0) {
                ends.push(beats.len() as u64);
            }
        }
        Self { inputs, expected, input_ends, output_ends, phases: phases.len() }
    }

    /// The phase in which a beat of an output stream belongs.
    pub fn phase_of(&self, output: usize, beat: usize) -> usize {
        self.output_ends[output].partition_point(|&end| end <= beat as u64)
    }

    /// Applies it to `model`.
    pub fn apply(&self, model: &mut Model, seed: u64, stalls: Stalls) -> Outcome {
        let inputs = self.inputs.0.iter().zip(&self.input_ends).map(|(beats, ends)| Input {
            words: beats.words(),
            words_per_beat: beats.words_per_beat(),
            phase_ends: ends.clone(),
        });
        let expected = self.expected.0.iter().map(|beats| (beats.words_per_beat(), beats.len()));
        model.run(&Batch {
            inputs: inputs.collect(),
            expected: expected.collect(),
            phases: self.phases,
            stalls,
            seed,
            stamps: stalls == Stalls::None,
        })
    }
}
