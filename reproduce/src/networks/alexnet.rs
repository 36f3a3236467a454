use crate::layer::{Layer, Network};

/// AlexNet in two groups, as it was trained (Krizhevsky et al., NIPS 2012).
pub fn alexnet() -> Network {
    let layers = vec![
        Layer::same("conv1", [3, 227], 11, 96).stride(4).padding(0),
        Layer::same("conv2", [96, 27], 5, 256).groups(2),
        Layer::same("conv3", [256, 13], 3, 384),
        Layer::same("conv4", [384, 13], 3, 384).groups(2),
        Layer::same("conv5", [384, 13], 3, 256).groups(2),
    ];
    Network { name: "AlexNet", layers }
}
