use crate::layer::{Layer, Network};

/// VGG-16, configuration D (Simonyan and Zisserman, ICLR 2015).
pub fn vgg16() -> Network {
    let layers = vec![
        Layer::same("conv1-1", [3, 224], 3, 64),
        Layer::same("conv1-2", [64, 224], 3, 64),
        Layer::same("conv2-1", [64, 112], 3, 128),
        Layer::same("conv2-2", [128, 112], 3, 128),
        Layer::same("conv3-1", [128, 56], 3, 256),
        Layer::same("conv3-2", [256, 56], 3, 256),
        Layer::same("conv3-3", [256, 56], 3, 256),
        Layer::same("conv4-1", [256, 28], 3, 512),
        Layer::same("conv4-2", [512, 28], 3, 512),
        Layer::same("conv4-3", [512, 28], 3, 512),
        Layer::same("conv5-1", [512, 14], 3, 512),
        Layer::same("conv5-2", [512, 14], 3, 512),
        Layer::same("conv5-3", [512, 14], 3, 512),
    ];
    Network { name: "VGG-16", layers }
}
