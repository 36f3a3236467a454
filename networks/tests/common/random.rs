//! The source of chance of tests: the same seed gives the same numbers on every machine.

use rand_core::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;

pub struct Random(Pcg64Mcg);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(Pcg64Mcg::seed_from_u64(seed))
    }

    /// A whole number in `low..=high`.
    pub fn within(&mut self, low: i64, high: i64) -> i64 {
        let span = (high - low) as u128 + 1;
        low + ((u128::from(self.0.next_u64()) * span) >> 64) as i64
    }

    /// A size in `low..=high`.
    pub fn size(&mut self, low: usize, high: usize) -> usize {
        self.within(low as i64, high as i64) as usize
    }

    /// So many numbers in `low..=high`.
    pub fn list(&mut self, count: usize, low: i32, high: i32) -> Vec<i32> {
        (0..count).map(|_| self.within(low.into(), high.into()) as i32).collect()
    }
}
