//! The analog front end in numbers, and in IEEE double precision, operation for operation as in
//! `hdl/analog/`.
//!
//! Voltages are drops below the supply; an ideal drop is a small multiple of a power of two, so
//! ideal arithmetic is exact and ties are ties.

/// LSB of a 7-bit converter: a swing of 64 LSB is 390.6 mV, what 128 inputs of 15 steps of 40 mV
/// give after charge sharing. Other widths divide the same swing.
const LSB_VOLTS_AT_7_BITS: f64 = 25.0 / 4096.0;

/// Capacitance of an output line: 128 capacitors of 1.2 fF and 80 fF of wire, in attofarad.
pub(super) const CAPACITANCE: f64 = 128.0 * 1200.0 + 80_000.0;

/// LSB of a converter of `bits` bits.
pub(super) fn lsb_volts(bits: u32) -> f64 {
    LSB_VOLTS_AT_7_BITS * 2.0_f64.powi(7 - bits as i32)
}

/// What a front end is like.
#[derive(Clone, Copy, Debug)]
pub(in crate::blocks) struct Analog {
    pub bits: u32,
    /// What one ideal cell moves a node by.
    pub lsb_volts: f64,
    /// Capacitance of a node, attofarad.
    pub capacitance: f64,
    /// Deviation of a cell's charge, relative.
    pub cell_sigma: f64,
    /// Deviation of a comparator's offset, LSB.
    pub offset_sigma: f64,
    /// Noise of a comparison, LSB rms.
    pub noise_sigma: f64,
    pub seed: u32,
}

impl Analog {
    /// Attocoulomb that move a line by one LSB.
    pub fn cell_charge(&self) -> f64 {
        self.capacitance * self.lsb_volts
    }
}

/// The generator of `gaussian_source`: one sequence per seed and stream.
#[derive(Clone, Debug)]
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

    const fn step(&mut self) {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
    }

    /// The next number: mean 0, deviation 1.
    pub fn number(&mut self) -> f64 {
        const SLICE_MEAN: i64 = 12 * 65535 / 2;
        let mut sum = -SLICE_MEAN;
        for _ in 0..3 {
            sum += (0..4).map(|slice| (self.0 >> (16 * slice) & 0xFFFF) as i64).sum::<i64>();
            self.step();
        }
        sum as f64 / 65536.0
    }
}

/// The front end of one channel.
#[derive(Clone, Debug)]
pub(super) struct FrontEnd {
    analog: Analog,
    /// Volts that the groups up to each one take off a node.
    drops: Vec<f64>,
    offset: f64,
    chance: Gaussian,
    drop_plus: f64,
    drop_minus: f64,
}

impl FrontEnd {
    /// Channel `channel` after reset.
    pub fn new(analog: Analog, channel: u32) -> Self {
        let stream = |part: u16| (channel as u16) << 1 | part;
        let mut cells = Gaussian::new(analog.seed, stream(0));
        let mut chance = Gaussian::new(analog.seed, stream(1));
        let mut group = |cells_of_group| {
            let mut charge = 0.0;
            for _ in 0..cells_of_group {
                charge += analog.cell_charge() * (1.0 + analog.cell_sigma * cells.number());
            }
            charge
        };
        let mut charge = group(1);
        let mut drops = vec![charge / analog.capacitance];
        for index in 0..analog.bits - 3 {
            charge += group(1 << index);
            drops.push(charge / analog.capacitance);
        }
        let offset = analog.offset_sigma * chance.number() * analog.lsb_volts;
        Self { analog, drops, offset, chance, drop_plus: 0.0, drop_minus: 0.0 }
    }

    /// Noise as of the `run`-th reset of channel `channel`, each with noise of its own.
    pub fn restart_noise(&mut self, run: u32, channel: u32) {
        let seed = self.analog.seed.wrapping_add(run.wrapping_mul(0x9E37_79B9));
        self.chance = Gaussian::new(seed, (channel as u16) << 1 | 1);
        self.chance.number(); // the offset
    }

    /// Takes the input, volts.
    pub const fn sample(&mut self, drop_plus: f64, drop_minus: f64) {
        self.drop_plus = drop_plus;
        self.drop_minus = drop_minus;
    }

    /// Fires the first `groups` groups once, on the minus or on the plus side.
    pub fn fire(&mut self, groups: usize, minus: bool) {
        let drop = if minus { &mut self.drop_minus } else { &mut self.drop_plus };
        *drop += self.drops[groups - 1];
    }

    /// Compares once.
    pub fn compare(&mut self) -> bool {
        let mut noise = 0.0;
        if self.analog.noise_sigma > 0.0 {
            noise = self.analog.noise_sigma * self.chance.number() * self.analog.lsb_volts;
        }
        self.drop_plus >= self.drop_minus + (self.offset + noise)
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

    #[test]
    fn ideal_parts_are_exact() {
        for bits in 4..=10 {
            let analog = Analog {
                bits,
                lsb_volts: lsb_volts(bits),
                capacitance: CAPACITANCE,
                cell_sigma: 0.0,
                offset_sigma: 0.0,
                noise_sigma: 0.0,
                seed: 1,
            };
            let mut front_end = FrontEnd::new(analog, 0);
            front_end.sample(0.0, 0.0);
            front_end.fire(1, true);
            assert_eq!(front_end.drop_minus, analog.lsb_volts);
            front_end.fire(bits as usize - 2, true);
            let cells = f64::from(1 << (bits - 3));
            assert_eq!(front_end.drop_minus, (cells + 1.0) * analog.lsb_volts);
        }
    }
}
