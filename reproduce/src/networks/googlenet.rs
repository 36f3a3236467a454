use crate::layer::{Layer, Network};

/// GoogLeNet without its auxiliary classifiers (Szegedy et al., CVPR 2015).
pub fn googlenet() -> Network {
    let mut layers = vec![
        Layer::same("conv1", [3, 224], 7, 64).stride(2),
        Layer::same("conv2 reduce", [64, 56], 1, 64),
        Layer::same("conv2", [64, 56], 3, 192),
    ];
    layers.extend(INCEPTIONS.iter().flat_map(Inception::layers));
    Network { name: "GoogLeNet", layers }
}

/// Filters of the layers of an inception module.
struct Inception {
    name: &'static str,
    /// Channels and side of the input map.
    input: [u64; 2],
    /// The 1x1 branch.
    one: u64,
    /// The 3x3 branch: its reduction, then itself.
    three: [u64; 2],
    /// The 5x5 branch: its reduction, then itself.
    five: [u64; 2],
    /// The projection after pooling.
    pool: u64,
}

impl Inception {
    fn layers(&self) -> [Layer; 6] {
        let side = self.input[1];
        let layer = |branch, input, kernel, filters| {
            Layer::same(format!("{} {branch}", self.name), input, kernel, filters)
        };
        [
            layer("1x1", self.input, 1, self.one),
            layer("3x3 reduce", self.input, 1, self.three[0]),
            layer("3x3", [self.three[0], side], 3, self.three[1]),
            layer("5x5 reduce", self.input, 1, self.five[0]),
            layer("5x5", [self.five[0], side], 5, self.five[1]),
            layer("pool", self.input, 1, self.pool),
        ]
    }
}

const INCEPTIONS: [Inception; 9] = [
    inception("3a", [192, 28], 64, [96, 128], [16, 32], 32),
    inception("3b", [256, 28], 128, [128, 192], [32, 96], 64),
    inception("4a", [480, 14], 192, [96, 208], [16, 48], 64),
    inception("4b", [512, 14], 160, [112, 224], [24, 64], 64),
    inception("4c", [512, 14], 128, [128, 256], [24, 64], 64),
    inception("4d", [512, 14], 112, [144, 288], [32, 64], 64),
    inception("4e", [528, 14], 256, [160, 320], [32, 128], 128),
    inception("5a", [832, 7], 256, [160, 320], [32, 128], 128),
    inception("5b", [832, 7], 384, [192, 384], [48, 128], 128),
];

const fn inception(
    name: &'static str,
    input: [u64; 2],
    one: u64,
    three: [u64; 2],
    five: [u64; 2],
    pool: u64,
) -> Inception {
    Inception { name, input, one, three, five, pool }
}
