//! Stimulus. Coefficients and entries never share a phase: their order would be undefined.

use super::interface::{CoefficientsBeat, EntriesBeat};
use super::recorded::recorded;
use super::{Coefficients, Nmpu};
use crate::beat::Beat;
use crate::block::{Package, Scene};
use crate::interface::Field;
use crate::random::Random;
use crate::traffic::Traffic;
use crate::verilog::Format;

const CONFIG: usize = 0;
const IN: usize = 1;

/// Values at which arithmetic goes wrong.
fn extremes(format: Format) -> Vec<i64> {
    let (min, max) = (format.min() as i64, format.max() as i64);
    let mut values = vec![min, min + 1, -1, 0, 1, max / 2, max / 2 + 1, max - 1, max];
    values.retain(|value| (min..=max).contains(value));
    values.sort_unstable();
    values.dedup();
    values
}

fn phase(spec: &Nmpu) -> Traffic {
    Traffic::new(&spec.interface().inputs())
}

/// Sets of coefficients: every pair of extreme scales with every extreme offset.
pub(super) fn corner_coefficients(spec: &Nmpu) -> Vec<Coefficients> {
    let scales = [0, 1, 1 << spec.scale.fraction.min(62), spec.scale.max() as i64];
    let scales: Vec<_> =
        scales.into_iter().filter(|&s| i128::from(s) <= spec.scale.max()).collect();
    let second = if spec.two_branches() { scales.clone() } else { vec![0] };
    let mut sets = Vec::new();
    for &scale in &scales {
        for &other in &second {
            for offset in extremes(spec.offset) {
                let relu = spec.relu_is_written() && sets.len() % 2 == 1;
                sets.push(Coefficients { scales: [scale, other], offset, relu });
            }
        }
    }
    sets
}

/// Writes coefficients.
fn write(spec: &Nmpu, phase: &mut Traffic, unit: i64, column: i64, coefficients: &Coefficients) {
    let beat = coefficients.beat(spec.branches as usize);
    CoefficientsBeat { write: 1, unit, column, ..beat }.push(&mut phase.0[CONFIG]);
}

/// Asks for coefficients.
fn read(phase: &mut Traffic, unit: i64, column: i64) {
    let beat = CoefficientsBeat { unit, column, ..CoefficientsBeat::default() };
    beat.push(&mut phase.0[CONFIG]);
}

/// Coefficients of which `value` makes those that the design has, in turn.
pub(super) fn coefficients(spec: &Nmpu, mut value: impl FnMut(Field) -> i64) -> Coefficients {
    let CoefficientsBeat { scale_p, scale_n, scale, offset, relu, .. } =
        CoefficientsBeat::declared(spec);
    let scales =
        if spec.two_branches() { [value(scale_p), value(scale_n)] } else { [value(scale), 0] };
    let offset = value(offset);
    let relu = spec.relu_is_written() && value(relu) != 0;
    Coefficients { scales, offset, relu }
}

/// All indices the ports can carry, legal or not.
fn indices(format: Format) -> std::ops::RangeInclusive<i64> {
    0..=format.max() as i64
}

fn read_everything(spec: &Nmpu) -> Traffic {
    let mut reads = phase(spec);
    for unit in indices(spec.unit()) {
        for column in indices(spec.column()) {
            read(&mut reads, unit, column);
        }
    }
    reads
}

/// All coefficients that there are.
fn read_legal(spec: &Nmpu) -> Traffic {
    let mut reads = phase(spec);
    for unit in 0..i64::from(spec.units) {
        for column in 0..i64::from(spec.columns) {
            read(&mut reads, unit, column);
        }
    }
    reads
}

/// Every extreme entry under every set of extreme coefficients, and every index, legal or not,
/// written and read back.
pub(super) fn corners(spec: &Nmpu) -> Vec<Scene> {
    let sets = corner_coefficients(spec);
    let entries = corner_entries(spec);
    let rounds = sets.len().div_ceil(spec.columns as usize);
    let scene = |round: usize| {
        let mut writes = phase(spec);
        for unit in indices(spec.unit()) {
            for column in indices(spec.column()) {
                // Units get different sets in every column, so that a crossed wire shows.
                let beyond = column as usize / spec.columns as usize;
                let set = round + column as usize * rounds + beyond + unit as usize * 7;
                write(spec, &mut writes, unit, column, &sets[set % sets.len()]);
            }
        }
        let mut beats = phase(spec);
        for column in indices(spec.column()) {
            for (index, _) in entries.iter().enumerate() {
                push_entries(spec, &mut beats, column, |unit| {
                    entries[(index + unit) % entries.len()]
                });
            }
        }
        if round == 0 { vec![writes, read_everything(spec), beats] } else { vec![writes, beats] }
    };
    let recorded = recorded_scene(spec);
    let recorded = Some(recorded).filter(|scene| !scene.is_empty());
    (0..rounds).map(scene).chain(magnitudes(spec)).chain(recorded).collect()
}

/// Coefficients of every order of magnitude, column by column, read back, and on entries of every
/// one.
fn magnitudes(spec: &Nmpu) -> Vec<Scene> {
    let fields = CoefficientsBeat::declared(spec).coefficients().fields();
    let count = fields.iter().map(|field| field.telling_values().len()).max().unwrap_or_default();
    // Fields take different turns, so that pairs of values differ from set to set.
    let set = |number: usize| {
        let mut turns = (number..).step_by(3);
        coefficients(spec, |field| {
            let values = field.telling_values();
            turns.next().map_or(0, |turn| values[turn % values.len()])
        })
    };
    let entries = &Field::new(spec.entry()).telling_values();
    let scene = |first: usize| {
        let (mut writes, mut beats) = (phase(spec), phase(spec));
        for column in 0..spec.columns as usize {
            for unit in 0..spec.units as usize {
                let set = set(first + column + unit);
                write(spec, &mut writes, unit as i64, column as i64, &set);
            }
            for turn in 0..entries.len().div_ceil(2) {
                push_entries(spec, &mut beats, column as i64, |unit| {
                    let entry = |number: usize| entries[number % entries.len()];
                    [entry(2 * turn + column + unit), entry(turn + first + 5 * unit)]
                });
            }
        }
        vec![writes, read_legal(spec), beats]
    };
    (0..count).step_by(spec.columns as usize).map(scene).collect()
}

pub(super) fn corner_entries(spec: &Nmpu) -> Vec<[i64; 2]> {
    let first = extremes(spec.entry());
    let second = if spec.two_branches() { first.clone() } else { vec![0] };
    first.iter().flat_map(|&p| second.iter().map(move |&n| [p, n])).collect()
}

fn push_entries(
    spec: &Nmpu,
    phase: &mut Traffic,
    column: i64,
    mut entry: impl FnMut(usize) -> [i64; 2],
) {
    let beats = &mut phase.0[IN];
    let places = EntriesBeat::of_branches(spec.branches as usize);
    beats.push_zero();
    beats.set_last(EntriesBeat::AT.column, 0, column);
    for unit in 0..spec.units as usize {
        for (&place, x) in places.iter().zip(entry(unit)) {
            beats.set_last(place, unit, x);
        }
    }
}

/// The recorded layer, where its counts fit the entries and it can be folded into this design.
pub(super) fn recorded_scene(spec: &Nmpu) -> Scene {
    let recorded = recorded();
    if !spec.two_branches() || spec.entry().max() < recorded.largest_count().into() {
        return Vec::new();
    }
    let Ok(folded) = spec.fold(&recorded.layer()) else { return Vec::new() };
    let units = spec.units as usize;
    let columns = folded.len().div_ceil(units).min(spec.columns as usize);
    let mut phases = Vec::new();
    for first in (0..folded.len()).step_by(units * columns) {
        // What is left over in the last round repeats the first channels.
        let channel = |unit, column| (first + column * units + unit) % folded.len();
        let mut writes = phase(spec);
        for unit in 0..units {
            for column in 0..columns {
                let set = &folded[channel(unit, column)].coefficients;
                write(spec, &mut writes, unit as i64, column as i64, set);
            }
        }
        let mut entries = phase(spec);
        for image in 0..recorded.images() {
            for column in 0..columns {
                push_entries(spec, &mut entries, column as i64, |unit| {
                    let channel = channel(unit, column);
                    folded[channel].entries(recorded.counts(image, channel))
                });
            }
        }
        phases.extend([writes, entries]);
    }
    phases
}

/// Fresh coefficients everywhere, then entries; some of the coefficients are read back.
pub(super) fn random(spec: &Nmpu, random: &mut Random, beats: usize) -> Vec<Traffic> {
    let mut writes = phase(spec);
    for unit in 0..i64::from(spec.units) {
        for column in 0..i64::from(spec.columns) {
            let set = coefficients(spec, |field| random.number(field.format));
            write(spec, &mut writes, unit, column, &set);
        }
    }
    let mut reads = phase(spec);
    for _ in 0..(beats / 100).clamp(4, 256) {
        let (unit, column) = (random.number(spec.unit()), random.number(spec.column()));
        read(&mut reads, unit, column);
    }
    let mut entries = phase(spec);
    let spent = writes.len() + reads.len();
    for _ in 0..beats.saturating_sub(spent).max(1) {
        let column = random.within(0, spec.column().max() as i64);
        push_entries(spec, &mut entries, column, |_| {
            [random.number(spec.entry()), random.number(spec.entry())]
        });
    }
    vec![writes, reads, entries]
}
