//! The four networks that the papers report: convolution layers only, as first published.

mod alexnet;
mod googlenet;
mod resnet50;
mod vgg16;

use crate::layer::Network;

/// All four, in the order in which the papers list them.
pub fn all() -> [Network; 4] {
    [alexnet(), vgg16(), googlenet(), resnet50()]
}

pub use alexnet::alexnet;
pub use googlenet::googlenet;
pub use resnet50::resnet50;
pub use vgg16::vgg16;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::Layer;

    #[test]
    fn macs_are_the_published_ones() {
        let macs = all().map(|network| network.sum(Layer::macs));
        assert_eq!(macs, [665_784_864, 15_346_630_656, 1_581_647_872, 3_855_925_248]);
    }

    #[test]
    fn every_network_has_all_its_layers() {
        let layers = all().map(|network| network.sum(|layer| layer.repetitions));
        assert_eq!(layers, [5, 13, 57, 53]);
    }

    #[test]
    fn weights_are_the_published_ones() {
        let weights = [alexnet(), vgg16(), resnet50()].map(|network| network.sum(Layer::weights));
        assert_eq!(weights, [2_332_704, 14_710_464, 23_454_912], "without biases");
    }
}
