//! The one source of chance: the same seed gives the same beats on every machine.

use rand_core::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;

/// A seeded generator of stimulus.
#[derive(Clone, Debug)]
pub struct Random(Pcg64Mcg);

impl Random {
    /// The stream of numbers number `index` that belongs to `seed`: batches differ, reruns do not.
    pub fn new(seed: u64, index: u64) -> Self {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        bytes[8..].copy_from_slice(&index.to_le_bytes());
        let mut generator = Pcg64Mcg::from_seed(bytes);
        for _ in 0..4 {
            generator.next_u64(); // neighbouring seeds start alike; a few steps part them
        }
        Self(generator)
    }

    /// 64 even bits.
    pub fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A whole number in `low..=high`.
    pub fn within(&mut self, low: i64, high: i64) -> i64 {
        let span = (high - low) as u128 + 1;
        let scaled = (u128::from(self.bits()) * span) >> 64;
        low + scaled as i64
    }

    /// One of `choices`.
    pub fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.within(0, choices.len() as i64 - 1) as usize]
    }

    /// A number of `format`: mostly any, often one of those where arithmetic goes wrong
    /// (extremes, their neighbours, zero, one, minus one), sometimes one of any magnitude.
    pub fn number(&mut self, format: crate::verilog::Format) -> i64 {
        let (min, max) = (format.min() as i64, format.max() as i64);
        match self.within(0, 7) {
            0 => self.pick(&[
                min,
                (min + 1).min(max),
                0,
                1.min(max),
                (-1).max(min),
                max,
                (max - 1).max(min),
            ]),
            1 => self.within(min, max) >> self.within(0, format.width().msb().into()),
            _ => self.within(min, max),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verilog::Format;

    #[test]
    fn repeatable_and_in_range() {
        let draw = |seed, index| {
            let mut random = Random::new(seed, index);
            (0..100).map(|_| random.within(-3, 5)).collect::<Vec<_>>()
        };
        assert_eq!(draw(1, 0), draw(1, 0));
        assert_ne!(draw(1, 0), draw(1, 1));
        assert_ne!(draw(1, 0), draw(2, 0));
        let all = draw(7, 0);
        assert!((-3..=5).all(|value| all.contains(&value)));
        assert!(all.iter().all(|value| (-3..=5).contains(value)));
    }

    #[test]
    fn numbers_fit_their_format_and_reach_its_ends() {
        for format in [Format::flag(), Format::signed(1, 0), Format::signed(7, 1)] {
            let mut random = Random::new(3, 0);
            let drawn: Vec<_> = (0..500).map(|_| i128::from(random.number(format))).collect();
            assert_eq!(drawn.iter().copied().min(), Some(format.min()));
            assert_eq!(drawn.iter().copied().max(), Some(format.max()));
        }
    }
}
