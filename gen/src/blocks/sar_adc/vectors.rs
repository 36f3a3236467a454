//! Stimulus: inputs of conversions, in sixteenths of an LSB.

use super::interface::StartBeat;
use super::{DROP_FRACTION, Mode, SarAdc};
use crate::block::Scene;
use crate::interface::Field;
use crate::random::Random;
use crate::traffic::Traffic;

const START: usize = 0;

/// Bits of an input that stand for one LSB.
pub(super) const LSB: i64 = 1 << DROP_FRACTION;

/// Beats per phase of the corners, so that a small bench takes at least some of them.
const PHASE: usize = 256;

/// The inputs of one channel.
#[derive(Clone, Copy, Debug)]
pub(super) struct Inputs {
    pub plus: i64,
    pub minus: i64,
}

impl Inputs {
    /// A difference of `d`, both inputs as near the supply as possible.
    pub fn of_difference(d: i64) -> Self {
        Self { plus: d.max(0), minus: (-d).max(0) }
    }
}

pub(super) fn phase(spec: &SarAdc) -> Traffic {
    Traffic::new(&spec.bench_interface().inputs())
}

/// Appends a start; `inputs` of a channel.
pub(super) fn push(
    spec: &SarAdc,
    phase: &mut Traffic,
    differential: bool,
    mut inputs: impl FnMut(i64) -> Inputs,
) {
    let beats = &mut phase.0[START];
    beats.push_zero();
    if spec.is_runtime() {
        beats.set_last(StartBeat::AT.differential, 0, differential.into());
    }
    for channel in 0..spec.channels as usize {
        let inputs = inputs(channel as i64);
        beats.set_last(StartBeat::AT.drop_plus, channel, inputs.plus);
        if spec.mode != Mode::SingleEnded {
            beats.set_last(StartBeat::AT.drop_minus, channel, inputs.minus);
        }
    }
}

/// Modes a start may choose.
const fn modes(spec: &SarAdc) -> &'static [bool] {
    match spec.mode {
        Mode::Differential => &[true],
        Mode::SingleEnded => &[false],
        Mode::Runtime => &[true, false],
    }
}

/// Every code and two beyond, each at its lower edge (a tie) and a sixteenth of an LSB beside it.
/// Channels get different inputs, so that a crossed wire shows; the two modes alternate.
pub(super) fn corners(spec: &SarAdc) -> Vec<Scene> {
    let half = 1_i64 << (spec.bits - 1);
    let edges = (-half - 2..=half + 2).flat_map(|edge| (-1..=1).map(move |by| LSB * edge + by));
    let edges: Vec<_> = edges.collect();
    let mut scenes = Vec::new();
    for chunk in 0..edges.len().div_ceil(PHASE) {
        let mut beats = phase(spec);
        for index in chunk * PHASE..edges.len().min((chunk + 1) * PHASE) {
            for &differential in modes(spec) {
                push(spec, &mut beats, differential, |channel| {
                    let d = edges[(index + 11 * channel as usize) % edges.len()];
                    Inputs::of_difference(d)
                });
            }
        }
        scenes.push(vec![beats]);
    }
    scenes.push(magnitudes(spec));
    scenes
}

/// Inputs of every order of magnitude, the lowest against the highest and side by side.
fn magnitudes(spec: &SarAdc) -> Scene {
    let values = Field::new(spec.drop()).telling_values();
    let mut beats = phase(spec);
    for index in 0..values.len() {
        for other in [values.len() - 1 - index, (index + 1) % values.len()] {
            for &differential in modes(spec) {
                push(spec, &mut beats, differential, |_| Inputs {
                    plus: values[index],
                    minus: values[other],
                });
            }
        }
    }
    vec![beats]
}

/// Any inputs at all, differences near the edge of a code, and differences near zero.
pub(super) fn random(spec: &SarAdc, random: &mut Random, beats: usize) -> Traffic {
    let mut phase = phase(spec);
    let largest = spec.drop().max() as i64;
    let half = 1_i64 << (spec.bits - 1);
    for _ in 0..beats.max(1) {
        let differential = random.pick(modes(spec));
        push(spec, &mut phase, differential, |_| match random.within(0, 3) {
            0 => Inputs { plus: random.number(spec.drop()), minus: random.number(spec.drop()) },
            1 => {
                let d = random.within(-LSB, LSB);
                at_any_level(random, d, largest)
            }
            _ => {
                let edge = LSB * random.within(-half - 1, half + 1);
                let d = edge + random.within(-1, 1);
                at_any_level(random, d, largest)
            }
        });
    }
    phase
}

/// A difference of `d`, at any common level that keeps both inputs below `largest`.
fn at_any_level(random: &mut Random, d: i64, largest: i64) -> Inputs {
    let common = random.within(0, largest - d.abs());
    let Inputs { plus, minus } = Inputs::of_difference(d);
    Inputs { plus: plus + common, minus: minus + common }
}
