//! Layers that the design refuses, and streams that contradict each other.

use super::{DENSE, MOST_LINES, POINT, Phase, SQUARE, Zeros, layer};
use crate::beat::Beat;
use crate::blocks::spots::convolution::Shape;
use crate::blocks::spots::golden::{self, Running};
use crate::blocks::spots::layer::Layer;
use crate::blocks::spots::registers::Registers;
use crate::blocks::spots::sparse::Packed;
use crate::blocks::spots::{Spots, stream};
use crate::interface::{Field, Stream};
use crate::random::Random;
use crate::traffic::{Beats, Traffic};

/// After a reset: nothing is loaded, then a map alone, then weights.
pub(super) fn never_loaded(spec: &Spots, random: &mut Random) -> Traffic {
    let mut phase = Phase::new(spec);
    let layer = layer(spec, SQUARE);
    let Ok(registers) = spec.registers(&layer) else { return phase.traffic };
    for (load_map, load_weights) in [(0, 0), (1, 0), (0, 0), (0, 1), (0, 0)] {
        let registers = Registers { load_map, load_weights, ..registers.clone() };
        phase.run(&registers, &layer.shape, DENSE, random);
    }
    phase.traffic
}

/// Layers that load more than any has, each stream whole and all of them consistent, between
/// layers that run: more filters than there are, more arrays.
pub(super) fn loads_beyond(spec: &Spots, random: &mut Random) -> Traffic {
    let mut phase = Phase::new(spec);
    let good = layer(spec, POINT);
    let Ok(registers) = spec.registers(&good) else { return phase.traffic };
    let most = Registers::declared(spec).filters.format.max() as i64;
    if most > i64::from(spec.max_filters) {
        let shape = Shape { filters: most as usize, ..POINT };
        let many = Registers { filters: most, ..registers.clone() };
        phase.run(&many, &shape, DENSE, random);
        phase.layer(&good, DENSE, random);
    }
    // The streams are those of one array.
    let mut beyond = Phase::new(spec);
    beyond.run(&registers, &POINT, DENSE, random);
    beyond.traffic.0[stream::LAYER] = Phase::new(spec).traffic.0.swap_remove(stream::LAYER);
    Registers { split: 3, ..registers }.push(&mut beyond.traffic.0[stream::LAYER]);
    for (all, beats) in phase.traffic.0.iter_mut().zip(&beyond.traffic.0) {
        all.append(beats);
    }
    phase.layer(&good, DENSE, random);
    phase.traffic
}

/// A layer that is soon loaded, every number of which can be less.
const LITTLE: Shape =
    Shape { channels: 2, height: 3, width: 3, kernel: 2, stride: 1, padding: 0, filters: 3 };

/// A map or weights that were loaded for a layer of another shape, which differs in one number;
/// what does not depend on it is loaded anew.
pub(super) fn of_another_shape(spec: &Spots, random: &mut Random) -> Traffic {
    let mut phase = Phase::new(spec);
    let loaded = layer(spec, LITTLE);
    let other = |shape: Shape| Layer { shape, ..loaded };
    let split = Layer { split: spec.arrays().ilog2(), ..loaded };
    let maps = [
        other(Shape { channels: 1, ..LITTLE }),
        other(Shape { height: LITTLE.height - 1, ..LITTLE }),
        other(Shape { width: LITTLE.width - 1, ..LITTLE }),
    ];
    let weights = [
        other(Shape { channels: 1, ..LITTLE }),
        other(Shape { kernel: 1, ..LITTLE }),
        other(Shape { filters: LITTLE.filters - 1, ..LITTLE }),
        split,
    ];
    // What is loaded anew leaves the other as it is, so that it serves for all that follow.
    for (layers, load_map, load_weights) in [(&maps[..], 0, 1), (&weights[..], 1, 0)] {
        phase.layer(&loaded, DENSE, random);
        for layer in layers {
            let Ok(registers) = spec.registers(layer) else { continue };
            let registers = Registers { load_map, load_weights, ..registers };
            phase.run(&registers, &layer.shape, DENSE, random);
        }
    }
    phase.traffic
}

/// Reuse stores that are too small, each followed by a layer that runs: the smallest of some maps
/// on which that happens.
pub(super) fn overflows(spec: &Spots, random: &mut Random) -> Vec<Traffic> {
    let kernels = [3, 5, spec.max_kernel as usize];
    let shapes =
        kernels.into_iter().flat_map(|kernel| (1..=64).map(move |channels| (kernel, channels)));
    let shapes = shapes.map(|(kernel, channels)| {
        let width = 3 * spec.cols as usize + kernel - 1;
        Shape { channels, kernel, height: kernel + 1, width, ..POINT }
    });
    let shapes: Vec<_> =
        shapes.filter(|shape| spec.registers(&layer(spec, *shape)).is_ok()).collect();
    let of_stores = |(reserve, wrap): (i64, i64), split: u32| {
        let overflowing = shapes.iter().filter_map(|shape| {
            let registers = spec.registers(&Layer { split, ..layer(spec, *shape) }).ok()?;
            let registers = Registers { reserve, wrap, ..registers };
            let running = Running::new(spec, &registers);
            running.overflows().then_some((*shape, registers))
        });
        overflowing.min_by_key(|(shape, _)| shape.patch() * shape.width)
    };
    let mut phases = Vec::new();
    for (stores, split) in [((0, 1), 0), ((1, 0), spec.arrays().ilog2()), ((1, 1), 0)] {
        let Some((shape, registers)) = of_stores(stores, split) else { continue };
        if shape.patch() > MOST_LINES {
            continue;
        }
        let mut phase = Phase::new(spec);
        phase.run(&registers, &shape, Zeros { map: 0, columns: 80, weights: 0 }, random);
        phase.layer(&layer(spec, SQUARE), DENSE, random);
        phases.push(phase.traffic);
    }
    phases
}

/// Elements of a map that a short scene loads, at most.
const FEW_ELEMENTS: usize = 16;

/// Registers that exceed the design, each alone, between layers that run on what was loaded.
pub(super) fn refused_registers(spec: &Spots, random: &mut Random) -> Traffic {
    let all = |good: &Registers| refusals(spec, good);
    refused_in_turn(spec, random, FEW_ELEMENTS, &all)
}

/// Those of them that only IM2COL units refuse, and that take a large map to get there.
pub(super) fn refused_maps(spec: &Spots, random: &mut Random) -> Traffic {
    let large = |good: &Registers| {
        let is_large = |refused: &Registers| {
            let loads = |most| loading(spec, good, refused.clone(), most).load_map == 1;
            loads(MOST_LINES) && !loads(FEW_ELEMENTS)
        };
        refusals(spec, good).into_iter().filter(is_large).collect()
    };
    refused_in_turn(spec, random, MOST_LINES, &large)
}

/// The layers that `refusals` makes of a good one, of maps of at most `most` elements where they
/// load one, with the good one between them.
fn refused_in_turn(
    spec: &Spots,
    random: &mut Random,
    most: usize,
    refusals: &dyn Fn(&Registers) -> Vec<Registers>,
) -> Traffic {
    let mut phase = Phase::new(spec);
    let shape =
        Shape { kernel: 2, stride: 1, padding: 1, filters: 1, height: 2, width: 2, channels: 1 };
    let Ok(good) = spec.registers(&layer(spec, shape)) else { return phase.traffic };
    let again = Registers { load_map: 0, load_weights: 0, ..good.clone() };
    let refusals = refusals(&again);
    if refusals.is_empty() {
        return phase.traffic;
    }
    phase.run(&good, &shape, DENSE, random);
    let mut loaded = good;
    for (number, refused) in refusals.into_iter().enumerate() {
        let runs = (number % 8 == 7).then(|| again.clone());
        // Weights that no layer uses are as few as can be.
        let few = Zeros { columns: 100, ..DENSE };
        for (registers, zeros) in [(Some(refused), few), (runs, DENSE)] {
            let Some(registers) = registers else { continue };
            let registers = loading(spec, &loaded, registers, most);
            phase.run(&registers, &golden::shape(&registers), zeros, random);
            if registers.load_map == 1 {
                loaded = registers;
            }
        }
    }
    phase.run(&loading(spec, &loaded, again, most), &shape, DENSE, random);
    phase.traffic
}

/// The same registers, which load what they need if they are of another shape than those that
/// `loaded` last, so that only the IM2COL units are left to refuse them. Not if control refuses them
/// first, or if there is nothing to load, or a map of more than `most` elements.
fn loading(spec: &Spots, loaded: &Registers, registers: Registers, most: usize) -> Registers {
    let same = registers.map_shape() == loaded.map_shape()
        && registers.weights_shape() == loaded.weights_shape();
    let shape = golden::shape(&registers);
    let fits = (1..=most).contains(&(shape.channels * shape.height * shape.width));
    if same || !fits || golden::Model::new(spec).exceeds(&registers) {
        return registers;
    }
    Registers { load_map: 1, load_weights: 1, ..registers }
}

/// Every field with the values before and after the legal ones, and the largest; and what is
/// illegal together. Whatever the field, its value alone makes the layer illegal.
fn refusals(spec: &Spots, good: &Registers) -> Vec<Registers> {
    let fields = Registers::declared(spec).fields();
    let mut beats = Beats::new(&Stream::input("layer", "", fields.clone()));
    // Where each unit has one, that of the first
    let mut with = |field: &Field, value: i128| {
        good.push(&mut beats);
        beats.set_last(field.place, 0, value as i64);
        Registers::read(&beats, beats.len() - 1)
    };
    let mut refused: Vec<_> = fields
        .iter()
        .flat_map(|field| {
            let (low, high) = field.legal;
            let values = [low - 1, high + 1, field.format.max()];
            let beyond = |value: &i128| {
                let fits = (field.format.min()..=field.format.max()).contains(value);
                fits && !(low..=high).contains(value)
            };
            let values = values.into_iter().filter(beyond);
            values.map(|value| with(field, value)).collect::<Vec<_>>()
        })
        .collect();
    let mut refuse = |change: &dyn Fn(&mut Registers)| {
        let mut registers = good.clone();
        change(&mut registers);
        refused.push(registers);
    };
    refuse(&|registers| registers.height = 0);
    refuse(&|registers| registers.padding = registers.kernel);
    // A map that the memory cannot hold, although every field is legal
    let side = i64::from(spec.max_map) - 2 * good.padding;
    let channels = i64::from(spec.max_channels.min(spec.patch_steps / 4));
    if channels * (side * side) > i64::from(spec.map_lines * spec.cols) {
        refuse(&|registers| {
            (registers.height, registers.width, registers.channels) = (side, side, channels);
            registers.row_windows = side + 1;
        });
    }
    refuse(&|registers| registers.row_windows += 1);
    refuse(&|registers| registers.start_row[0] = registers.height + 2);
    refuse(&|registers| registers.windows[0] = 0);
    refuse(&|registers| registers.windows[0] += 1);
    refuse(&|registers| registers.groups -= 1);
    for pool in [3, 5, 6, 7] {
        refuse(&|registers| (registers.pool, registers.average) = (pool, 1));
    }
    if spec.arrays() > 1 {
        // The second unit refuses its part, the first does not.
        refuse(&|registers| {
            registers.split = 1;
            registers.windows[1] = registers.windows[0];
            registers.start_row[1] = registers.height + 2;
        });
        // Only the second unit has windows.
        refuse(&|registers| {
            registers.split = 1;
            registers.windows.swap(0, 1);
        });
    }
    let (area, most) = (i64::from(spec.max_kernel).pow(2), i64::from(spec.patch_steps));
    let channels = most / area + 1;
    if channels <= i64::from(spec.max_channels) {
        let kernel = i64::from(spec.max_kernel);
        // A patch that is too long
        refuse(&|registers| {
            (registers.kernel, registers.channels) = (kernel, channels);
            (registers.padding, registers.height, registers.width) = (0, kernel, kernel);
            (registers.row_windows, registers.windows[0], registers.groups) = (1, 1, 1);
            (registers.reserve, registers.wrap) = (0, 0);
        });
    }
    refused
}

/// A layer that is refused, but what it says it loads is taken; then one that runs.
pub(super) fn loads_for_nothing(spec: &Spots, random: &mut Random) -> Traffic {
    let mut phase = Phase::new(spec);
    let good = layer(spec, Shape { height: 2, width: 3, ..SQUARE });
    let Ok(registers) = spec.registers(&good) else { return phase.traffic };
    phase.run(&Registers { row_windows: 1, ..registers }, &good.shape, DENSE, random);
    phase.layer(&good, DENSE, random);
    phase.traffic
}

/// A packed matrix made wrong.
type Spoil = fn(&mut Packed);

const SPOILS: &[Spoil] = &[
    |packed| packed.columns.push(0),
    |packed| packed.columns.fill(0),
    // As many columns live, but one of them is beyond the last.
    |packed| packed.columns[0] = packed.columns[0] & (packed.columns[0] - 1) | 1 << 31,
    |packed| shorten(&mut packed.blocks),
    |packed| packed.blocks.push(1),
    |packed| shorten(&mut packed.weights),
    |packed| packed.weights.push(packed.weights[0].clone()),
    |packed| packed.blocks.fill(0),
];

/// One beat less, but never none: the layer would wait for it.
fn shorten<T>(beats: &mut Vec<T>) {
    if beats.len() > 1 {
        beats.pop();
    }
}

/// Streams that are too short, too long, or say different things. A layer follows each that loads
/// nothing, for what went wrong is not used again, and often one that runs.
pub(super) fn disagreements(spec: &Spots, random: &mut Random) -> Traffic {
    let mut phase = Phase::new(spec);
    let good = layer(spec, Shape { channels: 1, height: 2, width: 3, ..SQUARE });
    let Ok(registers) = spec.registers(&good) else { return phase.traffic };
    let again = Registers { load_map: 0, load_weights: 0, ..registers.clone() };
    let weights_anew = Registers { load_weights: 1, ..again.clone() };
    phase.layer(&good, DENSE, random);
    for (number, spoil) in SPOILS.iter().enumerate() {
        weights_anew.push(&mut phase.traffic.0[stream::LAYER]);
        let mut packed = phase.weights(&weights_anew, &good.shape, DENSE, random);
        spoil(&mut packed);
        spec.push_weights(&mut phase.traffic, &packed);
        phase.filters(&weights_anew, &good.shape, random);
        phase.run(&again, &good.shape, DENSE, random);
        if number % 2 == 1 {
            phase.run(&weights_anew, &good.shape, DENSE, random);
        }
    }
    // A map and a list of filters of the wrong length
    for (map, filters) in [(-1, 0), (1, 0), (0, spec.lanes)] {
        registers.push(&mut phase.traffic.0[stream::LAYER]);
        let width = (good.shape.width as i64 + map) as usize;
        phase.map(&Shape { width, ..good.shape }, DENSE, random);
        let packed = phase.weights(&registers, &good.shape, DENSE, random);
        spec.push_weights(&mut phase.traffic, &packed);
        let filters = good.shape.filters + filters as usize;
        phase.filters(&registers, &Shape { filters, ..good.shape }, random);
        phase.run(&again, &good.shape, DENSE, random);
        phase.layer(&good, DENSE, random);
    }
    phase.traffic
}
