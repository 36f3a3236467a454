//! LeNet-5 as stimulus: layer by layer, each with its weights once and then the map of every image.
//!
//! Every layer takes what [`Network::infer`] gives for the layer before, so that a fault shows in
//! the layer that has it.

use super::file::File;
use super::lenet5::{Image, Lenet5, class, lenet5};
use super::{Map, Network, Trained};
use crate::WorkloadError;
use crate::block::{Experiment, Fact, Figure, Findings, Package, Workload};
use crate::blocks::spots::layer::LayerError;
use crate::blocks::spots::registers::Registers;
use crate::blocks::spots::sparse::Packed;
use crate::blocks::spots::{Spots, stream};
use crate::random::Random;
use crate::traffic::Traffic;

/// Images that are played in every kind of co-simulation, with stalls too.
const RECORDED_IMAGES: usize = 2;

/// LeNet-5 on a few images, if `spec` can run it.
pub(in super::super) fn recordings(spec: &Spots) -> Vec<Traffic> {
    let Lenet5 { network, images, .. } = lenet5();
    let driver = Driver::new(spec, network);
    let images: Vec<_> = images[..RECORDED_IMAGES].iter().map(|image| &image.elements).collect();
    driver.map(|driver| driver.stimulus(&images)).into_iter().collect()
}

/// LeNet-5 on all recorded images, if `spec` can run it.
pub(in super::super) fn experiments(spec: &Spots) -> Vec<Experiment> {
    let Lenet5 { network, images, .. } = lenet5();
    let driver = Driver::new(spec, network);
    driver.map(|driver| driver.experiment(images)).into_iter().collect()
}

/// A network from a file on its images, or on one of chance if it has none: layer by layer, in the
/// arithmetic of `spec`.
pub(in super::super) fn workload(spec: &Spots, text: &str) -> Result<Workload, WorkloadError> {
    let file = File::read(text)?;
    let network = file.network(spec.arithmetic())?;
    let driver = Driver::load(spec, &network)?;
    let mut images = file.images(&network)?;
    let (min, max) = (spec.data().min() as i64, spec.data().max() as i64);
    if let Some(element) = images.iter().flatten().find(|element| !(min..=max).contains(element)) {
        return Err(WorkloadError(format!(
            "element {element} of an image; accepted: {min}..={max}"
        )));
    }
    if images.is_empty() {
        let shape = &network.layers[0].layer.shape;
        let mut random = Random::new(1, 0);
        let elements = 0..shape.channels * shape.height * shape.width;
        images.push(elements.map(|_| random.number(spec.data())).collect());
    }
    let facts = driver.layers.iter().map(|layer| {
        let steps = layer.dense_steps(spec) as u64;
        let meaning = "of the array per image, if none were skipped";
        Fact::number(format!("layer {}", layer.trained.name), steps, "steps", meaning)
    });
    let phases = vec![driver.stimulus(&images.iter().collect::<Vec<_>>())];
    Ok(Workload { phases, facts: facts.collect() })
}

/// A network that a design can run.
struct Driver<'a> {
    spec: &'a Spots,
    network: &'a Network,
    layers: Vec<Loaded<'a>>,
}

/// A layer as the design takes it.
struct Loaded<'a> {
    trained: &'a Trained,
    registers: Registers,
    packed: Packed,
}

impl<'a> Loaded<'a> {
    fn new(spec: &Spots, trained: &'a Trained) -> Result<Self, WorkloadError> {
        let refuse = |error: LayerError| WorkloadError(format!("layer {}: {error}", trained.name));
        trained.check(spec)?;
        let layer = spec.divided(&trained.layer).map_err(refuse)?;
        let shape = &layer.shape;
        let rows: Vec<_> = (0..shape.filters).map(|filter| trained.row(filter)).collect();
        let weight = |filter: usize, column: usize| rows.get(filter).map_or(0, |row| row[column]);
        let packed = spec.cut(shape.filters, shape.patch(), layer.split).pack(weight);
        let (lines, most) = (packed.blocks.len(), spec.weight_lines);
        if lines > most as usize {
            let name = &trained.name;
            let reason =
                format!("layer {name}: {lines} lines of weights; accepted: at most {most}");
            return Err(WorkloadError(reason));
        }
        Ok(Self { trained, registers: spec.registers(&layer).map_err(refuse)?, packed })
    }

    /// Steps of the array for one map if nothing is skipped.
    fn dense_steps(&self, spec: &Spots) -> i64 {
        let shape = &self.trained.layer.shape;
        let cut = spec.cut(shape.filters, shape.patch(), self.registers.split as u32);
        self.registers.groups * (cut.registers * cut.columns) as i64
    }
}

impl<'a> Driver<'a> {
    /// The network, if `spec` computes as it needs and has room for it.
    fn new(spec: &'a Spots, network: &'a Network) -> Option<Self> {
        let (ours, needed) = (spec.arithmetic(), &network.arithmetic);
        let alike = ours.product_cut == needed.product_cut
            && ours.result_width == needed.result_width
            && ours.sum_width >= needed.sum_width;
        if alike { Self::load(spec, network).ok() } else { None }
    }

    /// The network, if `spec` has room for it.
    fn load(spec: &'a Spots, network: &'a Network) -> Result<Self, WorkloadError> {
        let layers = network.layers.iter().map(|trained| Loaded::new(spec, trained));
        Ok(Self { spec, network, layers: layers.collect::<Result<_, _>>()? })
    }

    fn stimulus(&self, images: &[&Map]) -> Traffic {
        let mut traffic = Traffic::new(&self.spec.interface().inputs());
        let mut maps = images.to_vec();
        let inferred: Vec<_> = images.iter().map(|image| self.network.infer(image)).collect();
        for (index, layer) in self.layers.iter().enumerate() {
            self.push_layer(&mut traffic, layer, &maps);
            maps = inferred.iter().map(|maps| &maps[index]).collect();
        }
        traffic
    }

    /// A run per map; the first brings the weights.
    fn push_layer(&self, traffic: &mut Traffic, layer: &Loaded<'_>, maps: &[&Map]) {
        let shape = &layer.trained.layer.shape;
        self.spec.push_weights(traffic, &layer.packed);
        self.spec.push_filters(traffic, &layer.trained.channels);
        for (number, map) in maps.iter().enumerate() {
            let load_weights = i64::from(number == 0);
            let registers = Registers { load_weights, ..layer.registers.clone() };
            registers.push(&mut traffic.0[stream::LAYER]);
            let element =
                |channel, row, column| map[(channel * shape.height + row) * shape.width + column];
            self.spec.push_map(traffic, shape, element);
        }
    }

    fn experiment(&self, images: &[Image]) -> Experiment {
        let classes = self.layers.last().map_or(0, |layer| layer.trained.layer.shape.filters);
        let lanes = self.spec.lanes as usize;
        let steps = self.layers.iter().map(|layer| layer.dense_steps(self.spec)).sum();
        let labels: Vec<_> = images.iter().map(|image| image.label).collect();
        let evaluate = move |results: &Traffic| {
            let logits = logits(results, labels.len(), classes, lanes);
            findings(&labels, &logits, kept(results), steps)
        };
        let images: Vec<_> = images.iter().map(|image| &image.elements).collect();
        let stimulus = self.stimulus(&images);
        Experiment { name: "LeNet-5", stimulus: vec![stimulus], evaluate: Box::new(evaluate) }
    }
}

/// What the last layer, of a single window, gave for every image: the last beats of all.
fn logits(results: &Traffic, images: usize, classes: usize, lanes: usize) -> Vec<Vec<i64>> {
    let beats = &results.0[stream::RESULTS];
    let blocks = classes.div_ceil(lanes);
    let first = beats.len() - images * blocks;
    let logit = |image: usize, class: usize| {
        beats.get(first + image * blocks + class / lanes, 0, class % lanes)
    };
    (0..images).map(|image| (0..classes).map(|class| logit(image, class)).collect()).collect()
}

/// Steps that the array took.
fn kept(results: &Traffic) -> i64 {
    let reports = &results.0[stream::REPORT];
    (0..reports.len()).map(|report| reports.get(report, 4, 0)).sum()
}

fn findings(labels: &[usize], logits: &[Vec<i64>], kept: i64, dense: i64) -> Findings {
    let images = labels.len();
    let right = labels.iter().zip(logits).filter(|(label, logits)| class(logits) == **label);
    let correct = 100.0 * right.count() as f64 / images as f64;
    let condition = format!("of the first {images} test images of MNIST, by LeNet-5");
    let steps = kept as f64 / images as f64;
    let taken = format!("of the array per image, {dense} if none were skipped");
    Findings {
        figures: vec![
            Figure { name: "correct", value: correct, unit: "%", condition },
            Figure { name: "steps", value: steps, unit: "steps", condition: taken },
        ],
        ..Findings::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Block;
    use crate::block::{Measurement, Proof};
    use crate::blocks::spots::Generated;

    /// The configuration made for the network, and flags that contradict some of its own.
    fn design(flags: &str) -> Spots {
        let own = Generated::CONFIGURATIONS.iter().find(|(name, _)| *name == "lenet");
        let (_, own) = own.expect("a configuration for the network");
        Generated::parse(&format!("{own} {flags}")).expect("a legal design")
    }

    /// What the golden model makes of `phase`.
    fn results(spec: &Spots, phase: &Traffic) -> Traffic {
        let mut results = Traffic::new(&spec.interface().outputs());
        spec.golden().run(phase, &mut results);
        results
    }

    #[test]
    fn registers_and_streams_say_the_network() {
        for flags in ["", "--split 1", "--cols 8", "--acc-width 30 --rows 64"] {
            let spec = design(flags);
            let results = results(&spec, &spec.recordings()[0]);
            let reports = &results.0[stream::REPORT];
            let refused =
                (0..reports.len()).filter(|&beat| (0..3).any(|bit| reports.get(beat, bit, 0) == 1));
            assert_eq!((reports.len(), refused.count()), (5 * RECORDED_IMAGES, 0), "{flags:?}");
            let logits = logits(&results, RECORDED_IMAGES, 10, spec.lanes as usize);
            for (image, logits) in lenet5().images.iter().zip(logits) {
                assert_eq!(image.logits, logits, "{flags:?}");
            }
        }
    }

    #[test]
    fn designs_that_compute_otherwise_are_left_alone() {
        for flags in [
            "--data-width 9",
            "--acc-width 23",
            "--scale-width 15",
            "--weight-lines 799",
            "--max-kernel 4",
        ] {
            assert!(design(flags).recordings().is_empty(), "{flags:?}");
            assert!(design(flags).experiments().is_empty(), "{flags:?}");
        }
    }

    #[test]
    fn layers_are_divided_so_that_the_array_takes_the_fewest_steps() {
        let spec = design("");
        let driver = Driver::new(&spec, &lenet5().network).expect("a design for the network");
        let splits: Vec<_> = driver.layers.iter().map(|layer| layer.registers.split).collect();
        assert_eq!(splits, [2, 1, 0, 0, 0]);
        let dense: Vec<_> = driver.layers.iter().map(|layer| layer.dense_steps(&spec)).collect();
        assert_eq!(dense, [56 * 25, 15 * 150, 4 * 400, 3 * 120, 84]);
    }

    #[test]
    fn wrong_classes_and_steps_are_counted() {
        let logits = [vec![1, 0], vec![0, 1], vec![0, 1], vec![2, 3]];
        let figures = findings(&[0, 0, 1, 1], &logits, 30, 9).figures;
        assert_eq!((figures[0].value, figures[1].value), (75.0, 7.5));
    }
}
