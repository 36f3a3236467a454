//! Stimulus: whole tiles, several to a phase, so that they follow each other back to back.

use super::golden::{Descriptor, PATCHES, TILE, WEIGHTS};
use super::interface::{PatchesBeat, TileBeat, WeightsBeat};
use super::{Gemm, STEPS_WIDTH};
use crate::beat::{Beat, Place};
use crate::block::{Package, Scene};
use crate::interface::Field;
use crate::random::Random;
use crate::traffic::Traffic;
use crate::verilog::Format;

/// Steps that a corner may take to make sums wrap around.
const LONGEST_CORNER: u64 = 1500;

/// Elements of an array that plays the longest tile there can be.
const LITTLE: u32 = 2;

/// Beats for bubbles to meet.
const BUBBLE_BEATS: usize = 3000;

/// Elements per array for which a random run plays all the beats it is asked for; larger arrays
/// play fewer, because each of their beats is more work.
const FULL_VOLUME: usize = 128;

/// A phase under construction.
struct Phase<'a> {
    spec: &'a Gemm,
    traffic: Traffic,
}

impl<'a> Phase<'a> {
    fn new(spec: &'a Gemm) -> Self {
        Self { spec, traffic: Traffic::new(&spec.interface().inputs()) }
    }

    /// Adds a tile whose operands are drawn from `weight(beat, row)` and `patch(beat, element)`.
    fn tile(
        &mut self,
        tile: TileBeat,
        mut weight: impl FnMut(usize, usize) -> i64,
        mut patch: impl FnMut(usize, usize) -> i64,
    ) {
        let tiles = &mut self.traffic.0[TILE];
        tile.push(tiles);
        let tile = Descriptor::read(self.spec, tiles, tiles.len() - 1);
        let elements = (self.spec.cols * self.spec.split.arrays()) as usize;
        let (weights, rows) = (tile.steps * tile.registers, self.spec.rows as usize);
        self.fill(WEIGHTS, WeightsBeat::AT.weight, weights, rows, &mut weight);
        self.fill(PATCHES, PatchesBeat::AT.patch, tile.steps, elements, &mut patch);
    }

    fn fill(
        &mut self,
        stream: usize,
        field: Place,
        count: usize,
        elements: usize,
        value: &mut dyn FnMut(usize, usize) -> i64,
    ) {
        let beats = &mut self.traffic.0[stream];
        for beat in 0..count {
            beats.push_zero();
            for element in 0..elements {
                beats.set_last(field, element, value(beat, element));
            }
        }
    }
}

/// Values at which arithmetic goes wrong.
fn extremes(format: Format) -> [i64; 7] {
    let (min, max) = (format.min() as i64, format.max() as i64);
    [min, -1, 0, 1, max, min + 1, max - 1]
}

/// The largest raw values of the fields, legal or not.
fn largest(spec: &Gemm) -> TileBeat {
    let max = |field: Field| if field.is_present() { field.format.max() as i64 } else { 0 };
    let tile = TileBeat::declared(spec);
    TileBeat {
        steps: 0,
        registers: max(tile.registers),
        split: max(tile.split),
        cut: max(tile.cut),
    }
}

pub(super) fn corners(spec: &Gemm) -> Vec<Scene> {
    let mut phases = vec![every_cut(spec), every_mode(spec), zeros(spec)];
    phases.extend(every_shape(spec));
    phases.extend(wrapping(spec));
    phases.extend(long(spec));
    // A bubble has many places where it can do harm: corners are stalled too, and these are enough
    // tiles for every one of them.
    phases.extend(random(spec, &mut Random::new(0, 0), BUBBLE_BEATS));
    phases.into_iter().map(|phase| vec![phase]).collect()
}

/// Steps, less one, of the longest tile that is played: all that there can be where the array is
/// so small that they take a second.
pub(super) const fn longest_tile(spec: &Gemm) -> u32 {
    if spec.rows * spec.cols <= LITTLE { (1 << STEPS_WIDTH) - 1 } else { 1 << 11 }
}

/// Tiles of every order of magnitude, each after one whose sums it must not add to.
fn long(spec: &Gemm) -> Vec<Traffic> {
    let longest = i64::from(longest_tile(spec));
    let lengths = (5..STEPS_WIDTH).map(|bit| 1_i64 << bit).take_while(|steps| *steps < longest);
    let tile = |steps: i64| {
        let mut phase = Phase::new(spec);
        let cut = i64::from(spec.acc_width.saturating_sub(spec.out_width));
        let value = |k: usize, element: usize| [1, -1, 0][(k / 3 + element) % 3];
        for steps in [0, steps] {
            phase.tile(
                TileBeat { steps, cut, ..TileBeat::default() },
                |k, _| 1 - (k % 2) as i64,
                value,
            );
        }
        phase.traffic
    };
    lengths.chain([longest]).map(tile).collect()
}

/// Every division with every number of registers, legal or not, in tiles of two steps.
fn every_mode(spec: &Gemm) -> Traffic {
    let largest = largest(spec);
    let mut phase = Phase::new(spec);
    for split in 0..=largest.split {
        for registers in 0..=largest.registers {
            let value = |k: usize, element: usize| [1, -1, 1][(k + element) % 3];
            let tile = TileBeat { steps: 1, registers, split, cut: 0 };
            phase.tile(tile, value, |k, element| value(element / 2 + 1, k));
        }
    }
    phase.traffic
}

/// Extreme operands in tiles of every mode and number of registers, shorter and longer than the
/// drain needs, so that some wait for it.
fn every_shape(spec: &Gemm) -> Vec<Traffic> {
    let values = extremes(spec.data());
    let largest = largest(spec);
    let mut phases = Vec::new();
    let mut round = 0;
    for steps in [0, 1, i64::from(spec.cols) - 1, i64::from(spec.cols)] {
        let mut phase = Phase::new(spec);
        for split in 0..=largest.split {
            for registers in 0..=largest.registers {
                // Neighbours differ in everything, so that a crossed wire shows.
                round += 1;
                let registers =
                    if round % 2 == 0 { registers } else { largest.registers - registers };
                let tile = TileBeat { steps, registers, split, cut: round as i64 % 4 };
                let pick = |beat: usize, element: usize, stride: usize| {
                    values[(round + beat * stride + element * (beat + 1)) % values.len()]
                };
                phase.tile(tile, |k, row| pick(k, row, 3), |k, element| pick(k, element, 1));
            }
        }
        phases.push(phase.traffic);
    }
    phases
}

/// Every cut with sums of both signs: ties, results that saturate and results that do not.
fn every_cut(spec: &Gemm) -> Traffic {
    let values = extremes(spec.data());
    let largest = largest(spec);
    let mut phase = Phase::new(spec);
    for cut in 0..=largest.cut {
        let turn = cut as usize;
        let tile = TileBeat { steps: 1, registers: 0, split: 0, cut };
        phase.tile(
            tile,
            |k, row| values[(turn + k + row) % values.len()],
            |k, element| values[(turn + 2 * k + element * 3) % values.len()],
        );
    }
    phase.traffic
}

/// Zeros in the first, in the last, in every step, on one side or on both.
fn zeros(spec: &Gemm) -> Traffic {
    let mut phase = Phase::new(spec);
    for pattern in 0..64_usize {
        let zero = |k: usize, side: usize| pattern >> (side * 3 + k % 3) & 1 == 1;
        let tile = TileBeat { steps: 2, ..TileBeat::default() };
        let value = |k, side| if zero(k, side) { 0 } else { 1 - 2 * (k as i64 % 2) };
        phase.tile(tile, |k, _| value(k, 0), |k, _| value(k, 1));
    }
    phase.traffic
}

/// Sums that wrap around in both directions, where that takes no more steps than we like.
fn wrapping(spec: &Gemm) -> Option<Traffic> {
    let (min, max) = (spec.data().min() as i64, spec.data().max() as i64);
    let largest = (min * min) >> spec.product_cut;
    let steps = (1_u64 << spec.acc_width) / (largest.max(1) as u64) + 2;
    if steps > LONGEST_CORNER {
        return None;
    }
    let mut phase = Phase::new(spec);
    let cut = i64::from(spec.acc_width - spec.out_width);
    let tile = TileBeat { steps: steps as i64 - 1, cut, ..TileBeat::default() };
    phase.tile(tile, |_, _| min, |_, element| if element % 2 == 0 { min } else { max });
    Some(phase.traffic)
}

/// Tiles of any shape, mostly short, with operands that are often zero.
pub(super) fn random(spec: &Gemm, random: &mut Random, beats: usize) -> Vec<Traffic> {
    let elements = (spec.rows * spec.cols) as usize;
    let budget = beats * FULL_VOLUME / (FULL_VOLUME + elements);
    let largest = largest(spec);
    let mut phases = Vec::new();
    let mut spent = 0;
    while spent < budget.max(1) {
        let mut phase = Phase::new(spec);
        for _ in 0..random.within(1, 12) {
            let columns = i64::from(spec.cols);
            let steps = match random.within(0, 7) {
                0 => random.within(0, 64),
                1 => columns - 1,
                _ => random.within(0, 2 * columns + 2),
            };
            let tile = TileBeat {
                steps,
                registers: random.within(0, largest.registers),
                split: random.within(0, largest.split),
                cut: random_cut(spec, random),
            };
            let share = random.within(0, 3);
            let zeros = [share.min(2), (3 - share).min(2)]; // of 4
            let mut patches = Random::new(random.bits(), 0);
            phase.tile(
                tile,
                |_, _| operand(spec, random, zeros[0]),
                |_, _| operand(spec, &mut patches, zeros[1]),
            );
            if phase.traffic.len() + spent > budget {
                break;
            }
        }
        spent += phase.traffic.len();
        phases.push(phase.traffic);
    }
    phases
}

/// Zero in `zeros` of four cases.
fn operand(spec: &Gemm, random: &mut Random, zeros: i64) -> i64 {
    if random.within(0, 3) < zeros { 0 } else { random.number(spec.data()) }
}

/// Mostly a cut that brings a typical sum into the range of results.
fn random_cut(spec: &Gemm, random: &mut Random) -> i64 {
    let fitting = 2 * i64::from(spec.data_width) - i64::from(spec.product_cut + spec.out_width);
    match random.within(0, 3) {
        0 => random.within(0, largest(spec).cut),
        _ => (fitting + random.within(-2, 2)).clamp(0, largest(spec).cut),
    }
}
