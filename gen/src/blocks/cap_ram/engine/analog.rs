//! The array with real voltages, in IEEE double precision, operation for operation as in
//! `hdl/analog/charge_domain_clusters.v`, `hdl/analog/charge_sharing_line.v` and
//! `hdl/analog/current_steering_dacs.v`.
//!
//! Ideal deviations are exact zeros and ones, an ideal charge is a whole number of attofarads
//! times steps, and what one product moves a line by is a short binary fraction: ideal arithmetic
//! is exact, and ties are ties.

use crate::blocks::sar_adc::{Gaussian, LANES, Lanes};
use multiversion::multiversion;

/// Capacitance of a cluster's capacitor, attofarad.
pub(in super::super) const CAPACITOR: f64 = 1200.0;

/// Capacitance of the output line per column, attofarad: 80 fF for 128 columns.
pub(in super::super) const WIRE: f64 = 625.0;

/// Drop of an output line when all cells are 1 and all inputs are 15: about this many volts, what
/// 128 inputs of 15 steps of 40 mV give after charge sharing.
const SWING: f64 = 0.390625;

/// Fraction bits of what one product moves a line by.
const PRODUCT_FRACTION: i32 = 28;

/// Volts that one product, a cell of 1 and an input of 1, moves a line of `columns` columns by.
pub(in super::super) fn product_volts(columns: u32) -> f64 {
    let scale = 2.0_f64.powi(PRODUCT_FRACTION);
    (SWING / f64::from(15 * columns) * scale).round() / scale
}

/// Share of a binary current path in the deviation of the full level: sqrt(2^k / 15).
const PATH_SHARES: [f64; 4] =
    [0.2581988897471611, 0.3651483716701107, 0.5163977794943222, 0.7302967433402214];

/// Streams of chance: from here on one per column, per slice's clusters, per output line.
const COLUMN_STREAM: u16 = 0x4000;
const CLUSTER_STREAM: u16 = 0x8000;
const LINE_STREAM: u16 = 0xC000;

/// Deviations of the array. All zero: ideal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in super::super) struct Deviations {
    /// Deviation of an input line at full level, mV.
    pub dac: f64,
    /// Deviation of a cluster's capacitor, relative.
    pub capacitor: f64,
    /// Deviation of an output line's capacitance, relative.
    pub wire: f64,
    /// Deviation of what coupling and injection leave on an output line, mV.
    pub residue: f64,
    /// What a capacitor loses while its local bit line floats, mV.
    pub leakage: f64,
    pub seed: u32,
}

impl Deviations {
    pub fn are_zero(&self) -> bool {
        [self.dac, self.capacitor, self.wire, self.residue, self.leakage] == [0.0; 5]
    }

    /// Deviation of an input line at full level, steps.
    pub fn dac_steps(&self, columns: u32) -> f64 {
        volts(self.dac) / step_volts(columns)
    }

    /// What a capacitor loses, steps.
    pub fn leakage_steps(&self, columns: u32) -> f64 {
        volts(self.leakage) / step_volts(columns)
    }

    /// Deviation of what is left on an output line, volts.
    pub fn residue_volts(&self) -> f64 {
        volts(self.residue)
    }
}

fn volts(millivolts: f64) -> f64 {
    millivolts * 0.001
}

/// Volts per step of an input line: sharing charge divides them by all capacitance of the slice.
fn step_volts(columns: u32) -> f64 {
    product_volts(columns) * f64::from(columns) * (CAPACITOR + WIRE) / CAPACITOR
}

/// A number per plus and per minus slice of a bank of pairs.
pub(super) type Slices = [Lanes<f64>; 2];

/// All parts of an array. Its pairs of slices are computed in banks of [`LANES`], the last one
/// filled up.
#[derive(Clone, Debug)]
pub(super) struct Array {
    /// Volts per product.
    product: f64,
    /// Per bit of an input, then column: steps that it is worth.
    paths: [Vec<f64>; 4],
    /// What a capacitor loses, steps.
    leakage: f64,
    banks: Vec<Bank>,
}

/// The slices of a bank.
#[derive(Clone, Debug)]
struct Bank {
    /// Per column: capacitance of the cluster, attofarad.
    capacitors: Vec<Slices>,
    /// Capacitance of the whole slice, attofarad.
    total: Slices,
    /// Capacitance that counts as one capacitor, attofarad.
    share: Slices,
    /// Volts.
    residue: Slices,
}

impl Array {
    pub fn new(slices: u32, columns: u32, deviations: &Deviations) -> Self {
        let dac = deviations.dac_steps(columns);
        let mut paths = [const { Vec::new() }; 4];
        for column in 0..columns {
            let mut chance = Gaussian::new(deviations.seed, COLUMN_STREAM + column as u16);
            for (bit, paths) in paths.iter_mut().enumerate() {
                let ideal = f64::from(1 << bit);
                paths.push(ideal + dac * PATH_SHARES[bit] * chance.number());
            }
        }
        let first_slices = (0..slices as usize).step_by(2 * LANES);
        Self {
            product: product_volts(columns),
            paths,
            leakage: deviations.leakage_steps(columns),
            banks: first_slices.map(|first| Bank::new(first, columns, deviations)).collect(),
        }
    }

    /// Capacitances of all output lines, attofarad, by bank.
    pub fn capacitance(&self, side: usize) -> Vec<Lanes<f64>> {
        self.banks.iter().map(|bank| bank.total[side]).collect()
    }

    /// Capacitances of the clusters whose cell is 1, by bank and column; zero for the others.
    pub fn active(&self, words: &[u128]) -> Vec<Vec<Slices>> {
        let banks = self.banks.iter().zip(words.chunks(2 * LANES));
        banks.map(|(bank, words)| bank.active(words)).collect()
    }

    /// Drops of the output lines of all plus and of all minus slices, volts, by bank, when the
    /// columns hold `nibble`.
    pub fn drops(
        &self,
        active: &[Vec<Slices>],
        nibble: [u128; 4],
        drops: &mut [Vec<Lanes<f64>>; 2],
    ) {
        let levels = levels(&self.paths, nibble, self.leakage);
        drops.iter_mut().for_each(Vec::clear);
        for (bank, active) in self.banks.iter().zip(active) {
            let shared = bank.drops(charges(active, &levels), self.product);
            drops[0].push(shared[0]);
            drops[1].push(shared[1]);
        }
    }
}

impl Bank {
    fn new(first_slice: usize, columns: u32, deviations: &Deviations) -> Self {
        let none = [[0.0; LANES]; 2];
        let capacitors = vec![none; columns as usize];
        let mut bank = Self { capacitors, total: none, share: none, residue: none };
        for lane in 0..LANES {
            for side in 0..2 {
                bank.draw(lane, side, (first_slice + 2 * lane + side) as u16, deviations);
            }
        }
        bank
    }

    /// Draws the parts of one slice.
    fn draw(&mut self, lane: usize, side: usize, slice: u16, deviations: &Deviations) {
        let columns = self.capacitors.len() as f64;
        let mut chance = Gaussian::new(deviations.seed, CLUSTER_STREAM + slice);
        let mut total = 0.0;
        for capacitors in &mut self.capacitors {
            let capacitor = CAPACITOR * (1.0 + deviations.capacitor * chance.number());
            capacitors[side][lane] = capacitor;
            total += capacitor;
        }
        let mut chance = Gaussian::new(deviations.seed, LINE_STREAM + slice);
        total += columns * WIRE * (1.0 + deviations.wire * chance.number());
        self.total[side][lane] = total;
        self.share[side][lane] = total / (columns * (CAPACITOR + WIRE)) * CAPACITOR;
        self.residue[side][lane] = deviations.residue_volts() * chance.number();
    }

    fn active(&self, words: &[u128]) -> Vec<Slices> {
        let mut active = self.capacitors.clone();
        for (column, capacitors) in active.iter_mut().enumerate() {
            for (side, capacitors) in capacitors.iter_mut().enumerate() {
                for (lane, capacitor) in capacitors.iter_mut().enumerate() {
                    let word = words.get(2 * lane + side).copied().unwrap_or_default();
                    *capacitor *= if word >> column & 1 == 1 { 1.0 } else { 0.0 };
                }
            }
        }
        active
    }

    /// Drops after sharing `charge`, attofarad times steps; `product` is the volts of one product.
    fn drops(&self, charge: Slices, product: f64) -> Slices {
        let mut drops = charge;
        for (side, drops) in drops.iter_mut().enumerate() {
            for (lane, drop) in drops.iter_mut().enumerate() {
                *drop = *drop * product / self.share[side][lane] + self.residue[side][lane];
            }
        }
        drops
    }
}

/// Steps that the capacitors of every column keep: what their inputs' bits are worth, less
/// `leakage`.
#[multiversion(targets("x86_64+avx2"))]
fn levels(paths: &[Vec<f64>; 4], nibble: [u128; 4], leakage: f64) -> [f64; 128] {
    let mut levels = [0.0; 128];
    for (paths, plane) in paths.iter().zip(nibble) {
        let halves = levels.chunks_mut(64).zip(paths.chunks(64));
        for ((levels, paths), plane) in halves.zip([plane as u64, (plane >> 64) as u64]) {
            for (column, (level, path)) in levels.iter_mut().zip(paths).enumerate() {
                *level += if plane >> column & 1 == 1 { *path } else { 0.0 };
            }
        }
    }
    for level in &mut levels {
        *level = if *level > leakage { *level - leakage } else { 0.0 };
    }
    levels
}

/// Charge of all slices of a bank, column after column.
#[multiversion(targets("x86_64+avx2"))]
fn charges(active: &[Slices], levels: &[f64]) -> Slices {
    let mut charge = [[0.0; LANES]; 2];
    for (capacitors, level) in active.iter().zip(levels) {
        let slices = charge.as_flattened_mut().iter_mut().zip(capacitors.as_flattened());
        for (charge, capacitor) in slices {
            *charge += capacitor * level;
        }
    }
    charge
}
