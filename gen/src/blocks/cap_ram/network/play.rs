//! Networks as stimulus: the weights, then layer by layer and operation by operation a setup and
//! the inputs of every image at every position.
//!
//! Every layer takes what [`Machine`](super::Machine) gives for the layer before, so that a fault
//! shows in the layer that has it.

use super::file::File;
use super::lenet5::{ADC_BITS, Image, class, lenet5};
use super::mapper::{Geometry, PUBLISHED, Placement};
use super::{ACTIVATION_BITS, Programmed};
use crate::WorkloadError;
use crate::block::{Experiment, Fact, Figure, Findings, Workload};
use crate::blocks::cap_ram::golden::{INPUTS, RESULTS, SETUP, Setup};
use crate::blocks::cap_ram::{ArrayModel, CapRam, Correction, Engine, Script};
use crate::error::demand;
use crate::random::Random;
use crate::traffic::Traffic;

/// Images that are played in every kind of co-simulation, with stalls too.
const RECORDED_IMAGES: usize = 1;

/// Operations of a file's images, at most: about a gigabyte of beats.
const MOST_OPERATIONS: usize = 1 << 20;

/// LeNet-5 on a few images, if `spec` can run it.
pub(in super::super) fn recordings(spec: &CapRam) -> Vec<Traffic> {
    let images = &lenet5().images[..RECORDED_IMAGES];
    if runs_lenet5(spec) {
        stimulus(spec, &lenet5().programmed, &elements(images))
    } else {
        Vec::new()
    }
}

/// LeNet-5 on all recorded images, if `spec` can run it and its array takes little time.
pub(in super::super) fn experiments(spec: &CapRam) -> Vec<Experiment> {
    let fast = spec.model == ArrayModel::Integer;
    if fast && runs_lenet5(spec) { vec![experiment(spec)] } else { Vec::new() }
}

/// Whether LeNet-5 has its place in `spec`, and its codes.
fn runs_lenet5(spec: &CapRam) -> bool {
    let own = Geometry::of(spec);
    spec.adc_bits() == ADC_BITS
        && own.rows >= PUBLISHED.rows
        && Geometry { rows: PUBLISHED.rows, ..own } == PUBLISHED
}

fn elements(images: &[Image]) -> Vec<Vec<u8>> {
    images.iter().map(|image| image.elements.clone()).collect()
}

/// A network from a file on its images, or on one of chance if it has none: in the places that the
/// mapper finds in `spec`.
pub(in super::super) fn workload(spec: &CapRam, text: &str) -> Result<Workload, WorkloadError> {
    let file = File::read(text)?;
    let network = Programmed::new(Geometry::of(spec), file.layers()?)?;
    let shape = network.layers[0].takes();
    let mut images = file.images(shape)?;
    let mut facts = facts(&network);
    let kind = if images.is_empty() { "of chance: the file has none" } else { "of the file" };
    if images.is_empty() {
        let mut random = Random::new(1, 0);
        let largest = (1 << ACTIVATION_BITS) - 1;
        let elements = 0..shape.into_iter().product();
        images.push(elements.map(|_: usize| random.within(0, largest) as u8).collect());
    }
    let each = network.mapping.operations();
    let (count, all) = (images.len(), images.len() * each);
    demand(all <= MOST_OPERATIONS, || {
        format!(
            "{all} operations; accepted: at most {MOST_OPERATIONS} ({count} image(s) of {each} \
             each)"
        )
    })?;
    facts.push(Fact::number("images", count, "", kind));
    Ok(Workload { phases: stimulus(spec, &network, &images), facts })
}

/// Rows and cycles of every layer, and of all.
fn facts(network: &Programmed) -> Vec<Fact> {
    let mapping = &network.mapping;
    let layer = |placement: &Placement| {
        let ([plus, minus], cycles) = (placement.most_rows(), placement.cycles());
        let meaning =
            format!("per image; rows per plus slice {plus}, per minus slice {minus} at most");
        Fact::number(format!("layer {}", placement.demand.name), cycles, "global cycles", meaning)
    };
    let mut facts: Vec<_> = mapping.layers.iter().map(layer).collect();
    let available = mapping.geometry.slices * mapping.geometry.rows;
    facts.push(Fact::number("network", mapping.cycles(), "global cycles", "per image"));
    let meaning = format!("of {available} rows of slices are used");
    facts.push(Fact::number("rows", mapping.used_rows(), "", meaning));
    facts
}

fn stimulus(spec: &CapRam, network: &Programmed, images: &[Vec<u8>]) -> Vec<Traffic> {
    let mut script = Script::new(spec);
    program(&mut script, spec, network);
    let mut machine = network.on(Engine::new(spec));
    let mut maps = images.to_vec();
    for (number, placement) in network.mapping.layers.iter().enumerate() {
        for operation in &placement.operations {
            script.phase().setup(operation.precision, &operation.row_numbers());
            script.phase();
            for map in &maps {
                for position in 0..placement.demand.positions {
                    let inputs = network.columns(number, operation, map, position);
                    script.operate(|column| inputs.get(column).copied().unwrap_or_default());
                }
            }
        }
        if number + 1 < network.layers.len() {
            maps = maps.iter().map(|map| machine.activations(number, map)).collect();
        }
    }
    script.phases
}

/// Fills the memory, and takes all corrections back.
fn program(script: &mut Script<'_>, spec: &CapRam, network: &Programmed) {
    script.phase();
    script.correct(&Correction::none(spec));
    for slice in 0..spec.slices() {
        for row in 0..network.cells.rows() {
            script.write(slice, row, network.cells.read(slice, row));
        }
    }
}

fn experiment(spec: &CapRam) -> Experiment {
    let (network, images) = (&lenet5().programmed, &lenet5().images);
    let stimulus = stimulus(spec, network, &elements(images));
    let cycles = global_cycles(spec, &stimulus);
    let evaluate = move |results: &Traffic| {
        let logits = maps(network, results, images.len()).pop().unwrap_or_default();
        findings(images, &logits, cycles)
    };
    Experiment { name: "LeNet-5", stimulus, evaluate: Box::new(evaluate) }
}

/// Global cycles of all operations of `phases`.
fn global_cycles(spec: &CapRam, phases: &[Traffic]) -> u64 {
    let mut cycles = 0;
    let mut setup = Setup::after_reset(spec);
    for Traffic(streams) in phases {
        if let Some(last) = streams[SETUP].len().checked_sub(1) {
            setup = Setup::read(spec, &streams[SETUP], last);
        }
        cycles += streams[INPUTS].len() as u64 * u64::from(setup.precision.global_cycles());
    }
    cycles
}

/// The maps that follow from the results of every layer, image by image. They are the last results.
fn maps(network: &Programmed, results: &Traffic, images: usize) -> Vec<Vec<Vec<i64>>> {
    let beats = &results.0[RESULTS];
    let mut first = beats.len() - images * network.mapping.operations();
    let layers = network.layers.iter().zip(&network.mapping.layers);
    let maps = layers.map(|(layer, placement)| {
        let (before, positions) = (first, layer.positions());
        first += images * placement.operations.len() * positions;
        let sums = |image: usize, position: usize| {
            let mut sums = vec![0; placement.demand.filters];
            for (number, operation) in placement.operations.iter().enumerate() {
                let beat = before + (number * images + image) * positions + position;
                let level = operation.precision.level() as usize;
                operation.add(&mut sums, |result| beats.get(beat, level, result));
            }
            sums
        };
        let of_image = |image| layer.finish((0..positions).map(|position| sums(image, position)));
        (0..images).map(of_image).collect()
    });
    maps.collect()
}

fn findings(images: &[Image], logits: &[Vec<i64>], cycles: u64) -> Findings {
    let count = images.len();
    let pairs = || images.iter().zip(logits);
    let right = pairs().filter(|(image, logits)| class(logits) == image.label).count();
    let all = pairs().flat_map(|(image, logits)| image.logits.iter().zip(logits));
    let (equal, expected) = all.fold((0, 0), |(equal, all), (recorded, logit)| {
        (equal + u32::from(recorded == logit), all + 1)
    });
    let of_mnist = format!("of the first {count} test images of MNIST, by LeNet-5");
    let figure = |name, value, unit, condition| Figure { name, value, unit, condition };
    Findings {
        figures: vec![
            figure("correct", 100.0 * right as f64 / count as f64, "%", of_mnist),
            figure(
                "logits",
                equal.into(),
                "equal",
                format!("of {expected} recorded when LeNet-5 was trained"),
            ),
            figure("cycles", cycles as f64 / count as f64, "global", "per image".to_owned()),
        ],
        ..Findings::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::{Block, Measurement, Package, Proof};
    use crate::blocks::cap_ram::Generated;
    use crate::blocks::cap_ram::network::lenet5::Lenet5;

    fn design(flags: &str) -> CapRam {
        Generated::parse(flags).expect("legal flags")
    }

    /// What the golden model makes of `phases`.
    fn results(spec: &CapRam, phases: &[Traffic]) -> Traffic {
        let mut results = Traffic::new(&spec.interface().outputs());
        let mut golden = spec.golden();
        phases.iter().for_each(|phase| golden.run(phase, &mut results));
        results
    }

    #[test]
    fn setups_and_inputs_say_the_network() {
        let Lenet5 { programmed, images, .. } = lenet5();
        for flags in ["", "--array integer", "--rows-per-cluster 9", "--curve-points 16"] {
            let spec = design(flags);
            let mut phases = spec.corners().concat();
            phases.extend(spec.recordings());
            let maps = maps(programmed, &results(&spec, &phases), RECORDED_IMAGES);
            let mut machine = programmed.on(Engine::new(&spec));
            for (number, image) in images[..RECORDED_IMAGES].iter().enumerate() {
                let mut map = image.elements.clone();
                for (layer, maps) in maps[..maps.len() - 1].iter().enumerate() {
                    map = machine.activations(layer, &map);
                    let inferred: Vec<_> = map.iter().copied().map(i64::from).collect();
                    assert_eq!(maps[number], inferred, "{flags:?}, layer {layer}");
                }
                assert_eq!(maps[maps.len() - 1][number], image.logits, "{flags:?}");
            }
        }
    }

    #[test]
    fn all_recorded_images_are_classified_as_recorded() {
        let spec = design("--array integer");
        let Experiment { stimulus, evaluate, .. } = experiment(&spec);
        let figures = evaluate(&results(&spec, &stimulus)).figures;
        let right =
            lenet5().images.iter().filter(|image| class(&image.logits) == image.label).count();
        let values: Vec<_> = figures.iter().map(|figure| figure.value).collect();
        assert_eq!(values, [right as f64, 1000.0, 709.0]);
    }

    #[test]
    fn designs_that_compute_otherwise_are_left_alone() {
        for flags in ["--columns 127", "--slices 56", "--rows-per-cluster 7", "--adc-bits 8"] {
            assert!(design(flags).recordings().is_empty(), "{flags:?}");
            let flags = format!("{flags} --array integer");
            assert!(design(&flags).experiments().iter().all(|found| found.name != "LeNet-5"));
        }
    }

    #[test]
    fn wrong_classes_and_logits_are_counted() {
        let image = |label, logits| Image { elements: Vec::new(), label, logits };
        let images = [image(0, vec![1, 0]), image(0, vec![1, 0]), image(1, vec![0, 1])];
        let logits = [vec![1, 0], vec![0, 1], vec![0, 2]];
        let figures = findings(&images, &logits, 30).figures;
        let values: Vec<_> = figures.iter().map(|figure| figure.value.round()).collect();
        assert_eq!(values, [67.0, 3.0, 10.0]);
    }
}
