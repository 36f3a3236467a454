use crate::layer::{Layer, Network};

/// ResNet-50 with the stride in the first 1x1 layer of a stage (He et al., CVPR 2016).
pub fn resnet50() -> Network {
    let mut layers = vec![Layer::same("conv1", [3, 224], 7, 64).stride(2)];
    layers.extend(STAGES.iter().flat_map(Stage::layers));
    Network { name: "ResNet-50", layers }
}

/// Bottleneck blocks of the same size.
struct Stage {
    name: &'static str,
    /// Channels and side of the map that enters the stage.
    input: [u64; 2],
    /// Of the first block; the others have 1.
    stride: u64,
    /// Filters of the first two layers of a block; the third has four times as many.
    filters: u64,
    blocks: u64,
}

impl Stage {
    fn layers(&self) -> Vec<Layer> {
        let (side, wide) = (self.input[1] / self.stride, 4 * self.filters);
        let layer = |part, input, kernel, filters| {
            Layer::same(format!("{} {part}", self.name), input, kernel, filters)
        };
        vec![
            layer("shortcut", self.input, 1, wide).stride(self.stride),
            layer("first reduce", self.input, 1, self.filters).stride(self.stride),
            layer("reduce", [wide, side], 1, self.filters).repetitions(self.blocks - 1),
            layer("3x3", [self.filters, side], 3, self.filters).repetitions(self.blocks),
            layer("expand", [self.filters, side], 1, wide).repetitions(self.blocks),
        ]
    }
}

const STAGES: [Stage; 4] = [
    Stage { name: "conv2", input: [64, 56], stride: 1, filters: 64, blocks: 3 },
    Stage { name: "conv3", input: [256, 56], stride: 2, filters: 128, blocks: 4 },
    Stage { name: "conv4", input: [512, 28], stride: 2, filters: 256, blocks: 6 },
    Stage { name: "conv5", input: [1024, 14], stride: 2, filters: 512, blocks: 3 },
];
