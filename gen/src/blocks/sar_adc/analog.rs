//! The analog front ends in numbers, and in IEEE double precision, operation for operation as in
//! `hdl/analog/`.
//!
//! Voltages are drops below the supply; an ideal drop is a small multiple of a power of two, so
//! ideal arithmetic is exact and ties are ties.

use super::chance::Gaussian;

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
    /// What one ideal cell moves a node of nominal capacitance by.
    pub lsb_volts: f64,
    /// Nominal capacitance of a node, attofarad.
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

/// Channels of a bank: they are computed side by side, in vector registers.
pub(in crate::blocks) const LANES: usize = 8;

/// A number per channel of a bank.
pub(in crate::blocks) type Lanes<T> = [T; LANES];

/// The front ends of a bank of channels.
#[derive(Clone, Debug)]
pub(super) struct FrontEnds {
    analog: Analog,
    first_channel: u32,
    /// Attocoulomb that the groups up to each one move.
    charges: Vec<Lanes<f64>>,
    offset: Lanes<f64>,
    chance: Lanes<Gaussian>,
}

impl FrontEnds {
    /// The channels from `first_channel` on, after reset.
    pub fn new(analog: Analog, first_channel: u32) -> Self {
        let mut front_ends = Self {
            analog,
            first_channel,
            charges: vec![[0.0; LANES]; analog.bits as usize - 2],
            offset: [0.0; LANES],
            chance: comparator_chances(analog.seed, first_channel),
        };
        for lane in 0..LANES {
            let mut cells = Gaussian::new(analog.seed, stream(first_channel, lane, 0));
            let mut total = 0.0;
            for (group, charge) in front_ends.charges.iter_mut().enumerate() {
                total += group_charge(&analog, group, &mut cells);
                charge[lane] = total;
            }
            let offset = front_ends.chance[lane].number();
            front_ends.offset[lane] = analog.offset_sigma * offset * analog.lsb_volts;
        }
        front_ends
    }

    /// Volts that the groups up to each one take off nodes of `capacitance`, attofarad.
    pub fn steps(&self, capacitance: &Lanes<f64>) -> Vec<Lanes<f64>> {
        let step = |charge: &Lanes<f64>| {
            let mut step = *charge;
            step.iter_mut().zip(capacitance).for_each(|(step, capacitance)| *step /= capacitance);
            step
        };
        self.charges.iter().map(step).collect()
    }

    /// Noise as of the `run`-th reset, each with noise of its own.
    pub fn restart_noise(&mut self, run: u32) {
        let seed = self.analog.seed.wrapping_add(run.wrapping_mul(0x9E37_79B9));
        self.chance = comparator_chances(seed, self.first_channel);
        for chance in &mut self.chance {
            chance.number(); // the offset
        }
    }

    /// Compares once: all ones where the decision is 1.
    #[inline(always)]
    pub fn compare(&mut self, nodes: &Nodes) -> Lanes<u64> {
        let mut noise = [0.0; LANES];
        if self.analog.noise_sigma > 0.0 {
            for (noise, chance) in noise.iter_mut().zip(&mut self.chance) {
                *noise = self.analog.noise_sigma * chance.number() * self.analog.lsb_volts;
            }
        }
        let mut decisions = [0; LANES];
        for (lane, decision) in decisions.iter_mut().enumerate() {
            let threshold = nodes.minus[lane] + (self.offset[lane] + noise[lane]);
            *decision = u64::from(nodes.plus[lane] >= threshold).wrapping_neg();
        }
        decisions
    }
}

/// Stream of chance of a channel: part 0 for its cells, part 1 for its comparator.
const fn stream(first_channel: u32, lane: usize, part: u16) -> u16 {
    (first_channel as u16 + lane as u16) << 1 | part
}

fn comparator_chances(seed: u32, first_channel: u32) -> Lanes<Gaussian> {
    std::array::from_fn(|lane| Gaussian::new(seed, stream(first_channel, lane, 1)))
}

/// Charge of group 0, one cell, or of group `k`, `2^(k-1)` cells.
fn group_charge(analog: &Analog, group: usize, chance: &mut Gaussian) -> f64 {
    let cells = if group == 0 { 1 } else { 1 << (group - 1) };
    let mut charge = 0.0;
    for _ in 0..cells {
        charge += analog.cell_charge() * (1.0 + analog.cell_sigma * chance.number());
    }
    charge
}

/// Drops of both nodes of the channels of a bank, volts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Nodes {
    pub plus: Lanes<f64>,
    pub minus: Lanes<f64>,
}

impl Nodes {
    /// Takes a step off the minus node where the decision is all ones, off the plus node where it
    /// is zero.
    #[inline(always)]
    pub fn fire(&mut self, decisions: &Lanes<u64>, plus: &Lanes<f64>, minus: &Lanes<f64>) {
        let masked = |step: f64, mask: u64| f64::from_bits(step.to_bits() & mask);
        for (lane, &decision) in decisions.iter().enumerate() {
            self.plus[lane] += masked(plus[lane], !decision);
            self.minus[lane] += masked(minus[lane], decision);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            let steps = FrontEnds::new(analog, 0).steps(&[CAPACITANCE; LANES]);
            let largest = steps.len() - 1;
            let (zero, mut nodes) =
                ([0.0; LANES], Nodes { plus: [0.0; LANES], minus: [0.0; LANES] });
            nodes.fire(&[u64::MAX; LANES], &zero, &steps[0]);
            assert_eq!(nodes.minus, [analog.lsb_volts; LANES]);
            nodes.fire(&[u64::MAX; LANES], &zero, &steps[largest]);
            let cells = f64::from(1 << (bits - 3));
            assert_eq!(nodes.minus, [(cells + 1.0) * analog.lsb_volts; LANES]);
        }
    }
}
