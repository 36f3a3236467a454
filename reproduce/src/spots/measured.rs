//! Sparsity of a real network: filters that were really pruned, and the maps of real images.

use super::counted::count;
use super::sparsity::Sparsity;
use crate::layer::Layer;
use crate::recorded::lenet5;
use hwgen_networks::operators::Conv;
use hwgen_networks::{Network, Operator, Source};
use hwgen_numerics::{Shape, Tensor};

/// A layer, and what was counted in it on average over images.
#[derive(Clone, Debug)]
pub struct Measured {
    /// Its shape.
    pub layer: Layer,
    /// Elements of its map that are zero, in shares of one.
    pub zeros: f64,
    /// What is left of it.
    pub sparsity: Sparsity,
}

/// The convolutions of LeNet-5 on the recorded test images of MNIST.
pub fn layers() -> Vec<Measured> {
    let network = &lenet5().network;
    let layers = convolutions(network).map(|(node, conv)| {
        Measured::new(network, node, conv, &maps(network, node, &lenet5().images))
    });
    layers.collect()
}

/// The convolutions of a network, with the numbers of their nodes.
pub fn convolutions(network: &Network) -> impl Iterator<Item = (usize, &Conv)> {
    network.nodes().iter().enumerate().filter_map(|(number, node)| match &node.operator {
        Operator::Conv(conv) => Some((number, conv)),
        _ => None,
    })
}

/// What `node` takes for each of `images`.
fn maps(network: &Network, node: usize, images: &[Tensor]) -> Vec<Vec<i64>> {
    let map = |image: &Tensor| {
        let trace = network.trace(image);
        let results = trace.unwrap_or_else(|error| unreachable!("the recording: {error}"));
        let taken = match network.sources(node)[0] {
            Source::Input => image,
            Source::Node(node) => &results[node],
        };
        taken.elements.iter().copied().map(i64::from).collect()
    };
    images.iter().map(map).collect()
}

impl Measured {
    fn new(network: &Network, node: usize, conv: &Conv, maps: &[Vec<i64>]) -> Self {
        let name = &network.nodes()[node].name;
        let layer = layer(name, conv, network.kind(network.sources(node)[0]).shape);
        let weights: Vec<_> = conv.weights.elements().iter().copied().map(i64::from).collect();
        let counted = maps.iter().map(|map| {
            let counted = count(&layer, map, &weights);
            counted.unwrap_or_else(|error| unreachable!("the recording: {error}"))
        });
        let counted: Vec<_> = counted.collect();
        let elements = maps.iter().flatten();
        let zero = elements.clone().filter(|element| **element == 0).count();
        let zeros = zero as f64 / elements.count() as f64;
        Self { layer, zeros, sparsity: mean(&counted) }
    }

    /// What would be left if zeros were independent of each other.
    pub fn independent(&self) -> Sparsity {
        Sparsity::independent(self.sparsity.columns, self.zeros)
    }
}

/// A convolution with a square kernel, as the cycle rules see it.
fn layer(name: &str, conv: &Conv, map: Shape) -> Layer {
    let axis = conv.window.rows;
    Layer {
        name: name.to_owned(),
        channels: map.channels as u64,
        height: map.rows as u64,
        width: map.columns as u64,
        kernel: axis.kernel as u64,
        stride: axis.stride as u64,
        padding: axis.before as u64,
        filters: conv.weights.filters() as u64,
        groups: conv.groups as u64,
        repetitions: 1,
    }
}

fn mean(all: &[Sparsity]) -> Sparsity {
    let mean = |of: &dyn Fn(&Sparsity) -> f64| all.iter().map(of).sum::<f64>() / all.len() as f64;
    Sparsity {
        columns: mean(&|one| one.columns),
        steps: std::array::from_fn(|mode| mean(&|one| one.steps[mode])),
        multiplications: mean(&|one| one.multiplications),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spots::prototype::Mode;
    use hwgen_compile::{Stage, Target, spots::SpotsTarget};
    use hwgen_gen::Block;
    use hwgen_gen::block::Package;
    use hwgen_gen::blocks::spots::{Generated, ReportBeat, stream};
    use hwgen_gen::traffic::Traffic;

    /// Zero columns as the training script counted them.
    #[test]
    fn columns_are_those_that_training_left() {
        let expected = [20.0 / 25.0, 88.0 / 150.0, 200.0 / 400.0, 1.0, 79.0 / 84.0];
        for (measured, expected) in layers().iter().zip(expected) {
            let error = measured.sparsity.columns - expected;
            assert!(error.abs() < 1e-12, "{}: {error}", measured.layer.name);
        }
    }

    #[test]
    fn a_layer_of_one_window_keeps_what_is_not_zero_in_its_patch() {
        for measured in &layers()[2..] {
            let Sparsity { steps, multiplications, .. } = measured.sparsity;
            assert_eq!(steps, [multiplications; 3], "{}", measured.layer.name);
        }
    }

    /// The golden model of the accelerator counts on its own, and the RTL is checked against it.
    #[test]
    fn the_accelerator_takes_the_steps_that_are_kept() {
        let configurations = Generated::CONFIGURATIONS;
        let own = configurations.iter().find(|(name, _)| *name == "lenet").expect("flags for it").1;
        // As many rows as the largest layer has filters: every group of patches passes once.
        let spec = Generated::parse(&format!("{own} --split 1 --rows 128")).expect("a design");
        let (network, images) = (&lenet5().network, &lenet5().images[..2]);
        let stages = SpotsTarget::new(&spec).compile(network).stages;
        for ((node, conv), stage) in convolutions(network).zip(&stages) {
            let maps = maps(network, node, images);
            let Measured { layer, sparsity, .. } = Measured::new(network, node, conv, &maps);
            let all = (layer.windows().div_ceil(Mode::Tall.patches()) * layer.patch()) as f64;
            let kept = (sparsity.kept(Mode::Tall) * all * images.len() as f64).round() as i64;
            assert_eq!(steps(&spec, network, node, &**stage, &maps), kept, "{}", layer.name);
        }
    }

    /// Steps that the golden model of the accelerator reports for a stage on these maps.
    fn steps(
        spec: &hwgen_gen::blocks::spots::Spots,
        network: &Network,
        node: usize,
        stage: &dyn Stage,
        maps: &[Vec<i64>],
    ) -> i64 {
        let kind = network.kind(network.sources(node)[0]);
        let tensor = |map: &Vec<i64>| Tensor {
            kind,
            elements: map.iter().map(|&element| element as i32).collect(),
        };
        let tensors: Vec<_> = maps.iter().map(tensor).collect();
        let mut results = Traffic::new(&spec.interface().outputs());
        let mut golden = spec.golden();
        for phase in stage.phases(&tensors.iter().collect::<Vec<_>>()) {
            golden.run(&phase, &mut results);
        }
        let reports = &results.0[stream::REPORT];
        (0..reports.len()).map(|report| reports.get(report, ReportBeat::AT.steps, 0)).sum()
    }

    #[test]
    fn real_zeros_lie_together() {
        for measured in &layers()[..2] {
            let (real, model) = (measured.sparsity, measured.independent());
            for mode in Mode::ALL {
                assert!(real.kept(mode) < model.kept(mode), "{} {mode:?}", measured.layer.name);
            }
        }
    }
}
