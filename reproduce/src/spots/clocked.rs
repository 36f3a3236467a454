//! Cycles of the accelerator itself: counted by the cycle model of block `spots`, which
//! co-simulation holds to the emitted RTL cycle for cycle.
//!
//! The design is the prototype, 128 x 4 elements and one main and three small IM2COL units, with
//! memories as large as the networks' layers need. Counted is a layer's computing: from the last
//! loaded word to the report, patches made on the way. Loading is left out, as everywhere here.

use super::prototype::Mode;
use super::sparsity::Sparsity;
use crate::layer::{Layer, Network};
use hwgen_gen::block::{Block, Prediction};
use hwgen_gen::blocks::spots::{Generated, Layer as Run, Pool, Shape, Spots};
use rayon::prelude::*;
use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

/// The prototype with memories that hold every layer of the networks.
pub const FLAGS: &str = "--max-channels 2048 --max-filters 2048 --map-lines 1048576";

static DESIGN: LazyLock<Spots> = LazyLock::new(|| {
    Generated::parse(FLAGS).unwrap_or_else(|error| unreachable!("{FLAGS}: {error}"))
});

/// What cycles depend on: shape, mode, steps left of a group of patches.
type Key = (Shape, Mode, u64);

/// Layers that were counted before.
static COUNTED: LazyLock<Mutex<HashMap<Key, u64>>> = LazyLock::new(Mutex::default);

/// Cycles of `layer` in all groups and repetitions. Of every group of patches equally many steps
/// are left: the average.
pub fn cycles(layer: &Layer, mode: Mode, sparsity: &Sparsity) -> u64 {
    layer.groups * layer.repetitions * once(key(layer, mode, sparsity))
}

/// Counts all layers of `networks` in all modes, on all processors at once, for what follows.
pub fn prepare<'a>(networks: impl IntoIterator<Item = (&'a Network, Vec<Sparsity>)>) {
    let layer =
        |(layer, sparsity): (&Layer, Sparsity)| Mode::ALL.map(|mode| key(layer, mode, &sparsity));
    let keys = networks.into_iter().flat_map(|(network, sparsity)| {
        network.layers.iter().zip(sparsity).flat_map(layer).collect::<Vec<_>>()
    });
    let mut keys: Vec<_> = keys.collect();
    // The longest first, so that none is left for the end.
    keys.sort_by_key(|(shape, _, _)| std::cmp::Reverse(shape.products()));
    keys.dedup();
    keys.into_par_iter().for_each(|key| {
        once(key);
    });
}

fn key(layer: &Layer, mode: Mode, sparsity: &Sparsity) -> Key {
    let shape = Shape {
        channels: (layer.channels / layer.groups) as usize,
        height: layer.height as usize,
        width: layer.width as usize,
        kernel: layer.kernel as usize,
        stride: layer.stride as usize,
        padding: layer.padding as usize,
        filters: layer.group_filters() as usize,
    };
    let steps = (shape.patch() as f64 * sparsity.kept(mode)).round() as u64;
    (shape, mode, steps.max(1))
}

fn once(key: Key) -> u64 {
    let known = || COUNTED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(&cycles) = known().get(&key) {
        return cycles;
    }
    let (shape, mode, steps) = key;
    let run = Run {
        shape,
        split: mode.arrays().ilog2(),
        skip: true,
        cut: 0,
        relu: true,
        pool: Pool { size: 1, average: false },
    };
    let registers = DESIGN.registers(&run);
    let registers = registers.unwrap_or_else(|error| unreachable!("{shape:?}: {error}"));
    let cycles = DESIGN.compute_cycles(&registers, &|_| steps, Prediction::MOST);
    let cycles = cycles.unwrap_or_else(|| unreachable!("{shape:?}: too long to be counted"));
    known().insert(key, cycles);
    cycles
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::networks;
    use crate::spots::cycles::{self, Feed};
    use crate::spots::prototype::ELEMENTS;

    /// The rule lets patches be in time and starts without delay: the RTL can only be slower, and
    /// is by the set-up of IM2COL units, the first patches and the last results.
    #[test]
    fn the_rule_is_never_slower_and_little_faster() {
        let network = networks::all().into_iter().find(|network| network.name == "AlexNet");
        for layer in &network.expect("a network").layers {
            for mode in Mode::ALL {
                let rule = cycles::layer_cycles(layer, mode, &Sparsity::DENSE, Feed::Ideal);
                let clocked = cycles(layer, mode, &Sparsity::DENSE);
                assert!(clocked >= rule, "{}, {mode:?}: {clocked} < {rule}", layer.name);
                assert!(clocked as f64 <= 1.15 * rule as f64, "{}, {mode:?}", layer.name);
            }
        }
    }

    /// What the project promises of this network.
    #[test]
    fn resnet_50_keeps_the_array_busy() {
        let network = networks::all().into_iter().find(|network| network.name == "ResNet-50");
        let network = network.expect("a network");
        prepare([(&network, crate::spots::sparsity::dense(&network))]);
        let dense = crate::spots::sparsity::dense(&network);
        let cycles = cycles::best_cycles(&network, &dense, Feed::Clocked) as f64;
        let macs = network.sum(Layer::macs) as f64;
        let utilisation = macs / ELEMENTS as f64 / cycles;
        assert!(utilisation >= 0.97, "{utilisation}");
    }

    #[test]
    fn skipping_saves_cycles_until_patches_are_late() {
        let layer = Layer::same("any", [32, 16], 3, 512);
        let cycles = |kept| cycles(&layer, Mode::Tall, &Sparsity::uniform(kept)) as f64;
        let dense = cycles(1.0);
        assert!((cycles(0.5) / dense - 0.5).abs() < 0.02);
        // Four registers leave the units four cycles per step: no speed beyond four times.
        assert!(cycles(0.1) / dense > 0.24);
    }
}
