//! How fast the compiled model and its harness are, golden model and comparison left out.

use super::Options;
use super::build;
use super::harness::Recording;
use super::jobs::play;
use super::library::Stalls;
use crate::SimError;
use hwgen_gen::Design;
use hwgen_gen::random::Random;
use hwgen_gen::stimulus::Stimulus;
use std::time::Instant;

/// A measured speed of simulation.
#[derive(Clone, Copy, Debug, serde::Serialize)]
pub struct Rate {
    /// Beats moved on all streams.
    pub beats: u64,
    /// Clock cycles simulated.
    pub cycles: u64,
    /// Time spent.
    pub seconds: f64,
}

impl Rate {
    /// Beats per second.
    pub fn beats_per_second(&self) -> f64 {
        self.beats as f64 / self.seconds
    }
}

/// Plays the same random batch of `beats` input beats `rounds` times, without stalls.
pub fn measure(design: &Design, beats: usize, rounds: u32) -> Result<Rate, SimError> {
    let loaded = build::load(design, None, Recording::default(), &Options::default())?;
    let phases = design.spec.vectors(&mut Random::new(1, 0), beats);
    let stimulus = Stimulus::new(design, &phases);
    let mut model = loaded.model(1, None)?;
    let mut rate = Rate { beats: 0, cycles: 0, seconds: 0.0 };
    let started = Instant::now();
    for _ in 0..rounds {
        let outcome = play(&stimulus, &mut model, 1, Stalls::None);
        rate.beats += stimulus.beats() as u64;
        rate.cycles += outcome.cycles;
    }
    rate.seconds = started.elapsed().as_secs_f64();
    Ok(rate)
}
