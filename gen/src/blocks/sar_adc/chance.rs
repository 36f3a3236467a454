//! Normally distributed numbers, those of `hdl/analog/gaussian_source.v`.

/// The generator of `gaussian_source`: one sequence per seed and stream.
#[derive(Clone, Copy, Debug)]
pub(in crate::blocks) struct Gaussian(u64);

impl Gaussian {
    pub fn new(seed: u32, stream: u16) -> Self {
        let packed = u64::from(seed) << 17 | u64::from(stream) << 1 | 1;
        let mut gaussian = Self(packed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        for _ in 0..16 {
            gaussian.step();
        }
        gaussian
    }

    #[inline(always)]
    const fn step(&mut self) {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
    }

    /// The next number: mean 0, deviation 1. Without branches, so that many generators side by
    /// side become vector instructions.
    #[inline(always)]
    pub fn number(&mut self) -> f64 {
        const SLICE_MEAN: i32 = 12 * 65535 / 2;
        const EVEN_SLICES: u64 = 0x0000_FFFF_0000_FFFF;
        let mut sums = 0; // of even slices, and of odd ones: in 32-bit fields
        for _ in 0..3 {
            sums += (self.0 & EVEN_SLICES) + (self.0 >> 16 & EVEN_SLICES);
            self.step();
        }
        let sum = (sums as u32 + (sums >> 32) as u32) as i32 - SLICE_MEAN;
        f64::from(sum) / 65536.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_normal_and_streams_differ() {
        const COUNT: usize = 100_000;
        let draw = |seed, stream| {
            let mut gaussian = Gaussian::new(seed, stream);
            (0..COUNT).map(|_| gaussian.number()).collect::<Vec<_>>()
        };
        let one = draw(1, 0);
        let mean = |numbers: &[f64]| numbers.iter().sum::<f64>() / COUNT as f64;
        let within = |sigma: f64| one.iter().filter(|x| x.abs() < sigma).count() as f64;
        // Five deviations of each estimate.
        assert!(mean(&one).abs() < 0.016);
        assert!((mean(&one.iter().map(|x| x * x).collect::<Vec<_>>()) - 1.0).abs() < 0.022);
        assert!((within(1.0) / COUNT as f64 - 0.6827).abs() < 0.01);
        for other in [draw(1, 1), draw(2, 0), draw(1, 2)] {
            let product: Vec<_> = one.iter().zip(&other).map(|(x, y)| x * y).collect();
            assert!(mean(&product).abs() < 0.016);
        }
    }
}
