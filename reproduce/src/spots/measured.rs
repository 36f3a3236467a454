//! Sparsity of a real network: filters that were really pruned, and the maps of real images.

use super::counted::count;
use super::sparsity::Sparsity;
use crate::layer::Layer;
use hwgen_gen::blocks::spots::network::Trained;
use hwgen_gen::blocks::spots::network::lenet5::lenet5;

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

/// The layers of LeNet-5 on the recorded test images of MNIST.
pub fn layers() -> Vec<Measured> {
    let network = &lenet5().network;
    let mut maps: Vec<_> = lenet5().images.iter().map(|image| image.elements.clone()).collect();
    let layers = network.layers.iter().map(|trained| {
        let measured = Measured::new(trained, &maps);
        for map in &mut maps {
            *map = trained.apply(&network.arithmetic, map);
        }
        measured
    });
    layers.collect()
}

impl Measured {
    fn new(trained: &Trained, maps: &[Vec<i64>]) -> Self {
        let layer = layer(trained);
        let counted = maps.iter().map(|map| {
            let counted = count(&layer, map, &trained.weights);
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

fn layer(trained: &Trained) -> Layer {
    let shape = &trained.layer.shape;
    Layer {
        name: trained.name.clone(),
        channels: shape.channels as u64,
        height: shape.height as u64,
        width: shape.width as u64,
        kernel: shape.kernel as u64,
        stride: shape.stride as u64,
        padding: shape.padding as u64,
        filters: shape.filters as u64,
        groups: 1,
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
    use hwgen_gen::Block;
    use hwgen_gen::block::{Package, Proof};
    use hwgen_gen::blocks::spots::Generated;
    use hwgen_gen::traffic::Traffic;

    /// Position of the steps in a report.
    const STEPS: usize = 4;

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
        let phase = &spec.recordings()[0];
        let interface = spec.interface();
        let mut results = Traffic::new(&interface.outputs());
        spec.golden().run(phase, &mut results);
        let reports = &results.0[interface
            .outputs()
            .iter()
            .position(|stream| stream.name == "report")
            .expect("reports")];
        let network = &lenet5().network;
        let images = reports.len() / network.layers.len();
        let mut maps: Vec<_> =
            lenet5().images[..images].iter().map(|image| image.elements.clone()).collect();
        for (number, trained) in network.layers.iter().enumerate() {
            let Measured { layer, sparsity, .. } = Measured::new(trained, &maps);
            let all = (layer.windows().div_ceil(Mode::Tall.patches()) * layer.patch()) as f64;
            let kept = (sparsity.kept(Mode::Tall) * all * images as f64).round() as i64;
            let steps = (0..images).map(|image| reports.get(number * images + image, STEPS, 0));
            assert_eq!(steps.sum::<i64>(), kept, "{}", layer.name);
            for map in &mut maps {
                *map = trained.apply(&network.arithmetic, map);
            }
        }
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
