//! The array with real voltages, in IEEE double precision, operation for operation as in
//! `hdl/analog/charge_domain_slice.v` and `hdl/analog/current_steering_dacs.v`.
//!
//! Ideal deviations are exact zeros and ones, an ideal charge is a whole number of attofarads
//! times steps, and what one product moves a line by is a short binary fraction: ideal arithmetic
//! is exact, and ties are ties.

use crate::blocks::sar_adc::Gaussian;

/// Capacitance of a cluster's capacitor, attofarad.
pub(super) const CLUSTER: f64 = 1200.0;

/// Capacitance of the output line per column, attofarad: 80 fF for 128 columns.
pub(super) const WIRE: f64 = 625.0;

/// Drop of an output line when all cells are 1 and all inputs are 15: about this many volts, what
/// 128 inputs of 15 steps of 40 mV give after charge sharing.
const SWING: f64 = 0.390625;

/// Fraction bits of what one product moves a line by.
const PRODUCT_FRACTION: i32 = 28;

/// Volts that one product, a cell of 1 and an input of 1, moves a line of `columns` columns by.
pub(super) fn product_volts(columns: u32) -> f64 {
    let scale = 2.0_f64.powi(PRODUCT_FRACTION);
    (SWING / f64::from(15 * columns) * scale).round() / scale
}

/// Share of a binary current path in the deviation of the full level: sqrt(2^k / 15).
pub(super) const PATH_SHARES: [f64; 4] =
    [0.2581988897471611, 0.3651483716701107, 0.5163977794943222, 0.7302967433402214];

/// Streams of chance: one per column from here on, one per slice from here on.
pub(super) const COLUMN_STREAM: u16 = 0x4000;
pub(super) const SLICE_STREAM: u16 = 0x8000;

/// Deviations of the array. All zero: ideal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Deviations {
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
    product_volts(columns) * f64::from(columns) * (CLUSTER + WIRE) / CLUSTER
}

/// All parts of an array.
#[derive(Clone, Debug)]
pub(super) struct Array {
    slices: usize,
    /// Volts per product.
    product: f64,
    /// Per column: steps that each bit of an input is worth.
    paths: Vec<[f64; 4]>,
    /// What a capacitor loses, steps.
    leakage: f64,
    /// Per column, then slice: capacitance, attofarad.
    capacitors: Vec<f64>,
    /// Per slice: capacitance that counts as one product.
    scale: Vec<f64>,
    /// Per slice, volts.
    residue: Vec<f64>,
}

impl Array {
    pub fn new(slices: u32, columns: u32, deviations: &Deviations) -> Self {
        let dac = deviations.dac_steps(columns);
        let stream = |first: u16, index: u32| Gaussian::new(deviations.seed, first + index as u16);
        let paths = (0..columns).map(|column| {
            let mut chance = stream(COLUMN_STREAM, column);
            [0, 1, 2, 3].map(|bit: usize| {
                f64::from(1 << bit) + dac * PATH_SHARES[bit] * chance.number()
            })
        });
        let (slices, columns) = (slices as usize, f64::from(columns));
        let mut array = Self {
            slices,
            product: product_volts(columns as u32),
            paths: paths.collect(),
            leakage: deviations.leakage_steps(columns as u32),
            capacitors: vec![0.0; slices * columns as usize],
            scale: Vec::new(),
            residue: Vec::new(),
        };
        for slice in 0..slices {
            let mut chance = stream(SLICE_STREAM, slice as u32);
            let mut total = 0.0;
            for column in 0..columns as usize {
                let capacitor = CLUSTER * (1.0 + deviations.capacitor * chance.number());
                array.capacitors[column * slices + slice] = capacitor;
                total += capacitor;
            }
            total += columns * WIRE * (1.0 + deviations.wire * chance.number());
            array.scale.push(total / (columns * (CLUSTER + WIRE)) * CLUSTER);
            array.residue.push(deviations.residue_volts() * chance.number());
        }
        array
    }

    /// Capacitances of the clusters whose cell is 1, by column and slice; zero for the others.
    pub fn active(&self, words: &[u128]) -> Vec<f64> {
        let columns = self.capacitors.chunks(self.slices).enumerate();
        let active = columns.flat_map(|(column, capacitors)| {
            let bit = move |word: &u128| if word >> column & 1 == 1 { 1.0 } else { 0.0 };
            words.iter().zip(capacitors).map(move |(word, capacitor)| bit(word) * capacitor)
        });
        active.collect()
    }

    /// Drops of all output lines, volts, when the columns hold `nibble`.
    pub fn drops(&self, active: &[f64], nibble: [u128; 4], drops: &mut Vec<f64>) {
        drops.clear();
        drops.resize(self.slices, 0.0);
        for (column, capacitors) in active.chunks(self.slices).enumerate() {
            let level = self.level(column, nibble);
            if level > 0.0 {
                for (charge, capacitor) in drops.iter_mut().zip(capacitors) {
                    *charge += capacitor * level;
                }
            }
        }
        for ((drop, scale), residue) in drops.iter_mut().zip(&self.scale).zip(&self.residue) {
            *drop = *drop * self.product / scale + residue;
        }
    }

    /// Steps that the capacitors of a column keep.
    fn level(&self, column: usize, nibble: [u128; 4]) -> f64 {
        let mut level = 0.0;
        for (path, plane) in self.paths[column].iter().zip(nibble) {
            if plane >> column & 1 == 1 {
                level += path;
            }
        }
        (level - self.leakage).max(0.0)
    }
}
