//! Energy of a layer: accesses, times a declared energy each.
//!
//! Counted are 16-bit words. A weight moves on to its neighbour in every cycle that is not skipped;
//! an element that is zero is gated and does not move. Not counted are control, clock, leakage,
//! bitmaps, and DRAM traffic of maps that do not fit on the chip, so the sum is a lower bound.

use super::cycles::passes;
use super::prototype::Mode;
use super::sparsity::Sparsity;
use crate::layer::Layer;
use crate::reads::{self, Reuse};

/// Picojoules per access of a 16-bit word: the 65 nm table with which the tests of `nn_dataflow`
/// (Stanford MAST) model the Eyeriss chip.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// External memory.
    pub dram: f64,
    /// Buffer shared by all processing elements.
    pub buffer: f64,
    /// From one processing element to its neighbour.
    pub hop: f64,
    /// Register or small memory beside the arithmetic.
    pub register: f64,
    /// Multiplication with addition.
    pub mac: f64,
}

/// The declared energies.
pub const TABLE: Table = Table { dram: 460.0, buffer: 15.0, hop: 4.0, register: 1.0, mac: 2.0 };

/// Picojoules per image.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Energy {
    /// On the chip.
    pub chip: f64,
    /// Of the external memory.
    pub dram: f64,
}

impl std::iter::Sum for Energy {
    fn sum<I: Iterator<Item = Self>>(energies: I) -> Self {
        energies.fold(Self::default(), |sum, next| Self {
            chip: sum.chip + next.chip,
            dram: sum.dram + next.dram,
        })
    }
}

/// Energy of a layer in all repetitions.
pub fn layer(layer: &Layer, mode: Mode, sparsity: &Sparsity) -> Energy {
    let kept = sparsity.kept(mode);
    let passes = passes(layer, mode);
    let (count, windows) = (passes.len() as f64, layer.windows());
    let macs = layer.macs() as f64;
    let all_patches = (layer.repetitions * layer.groups * windows * layer.patch()) as f64;
    // A patch element stays at a processing element for as many cycles as it has sums in use.
    let rows = passes.iter().map(|pass| pass.filters as f64 / pass.registers as f64);
    let patch_hops = all_patches * rows.sum::<f64>();
    let weight_reads = layer.weights() as f64 * windows.div_ceil(mode.patches()) as f64;
    let map_reads = reads::padded(layer, Reuse::Full) as f64 * count;
    let results = (layer.repetitions * layer.filters * windows) as f64;
    let map = (layer.repetitions * layer.channels * layer.height * layer.width) as f64;
    let worked = macs * sparsity.multiplications;
    let chip = worked * (TABLE.mac + 2.0 * TABLE.register) // the sum is read and written
        + (macs * kept + patch_hops * sparsity.multiplications) * TABLE.hop
        + all_patches * count * 2.0 * TABLE.register // into a patch unit and out of it
        + (weight_reads * kept + map_reads + results) * TABLE.buffer;
    let dram = (layer.weights() as f64 * sparsity.columns + map + results) * TABLE.dram;
    Energy { chip, dram }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_access_is_counted() {
        // 16 patches of 2 elements, 128 filters: one sum per processing element, 4 patches a step.
        let shape = Layer::same("any", [2, 4], 1, 128);
        let energy = layer(&shape, Mode::Tall, &Sparsity::DENSE);
        let macs = 16.0 * 2.0 * 128.0;
        let chip = macs * 4.0 + 2.0 * macs * 4.0 + 32.0 * 2.0;
        let buffer = 256.0 * 4.0 + 32.0 + 16.0 * 128.0;
        assert_eq!(energy.chip, chip + buffer * 15.0);
        assert_eq!(energy.dram, (256.0 + 32.0 + 2048.0) * 460.0);
    }

    #[test]
    fn more_sums_per_element_move_patches_less() {
        // 32 patches of one element, 256 filters: two sums in the tall array, four in two arrays.
        let shape = Layer::same("any", [1, 4], 1, 256).repetitions(2);
        let [tall, two] = [Mode::Tall, Mode::Two].map(|mode| layer(&shape, mode, &Sparsity::DENSE));
        let patch_hops = 32.0 * (128.0 - 64.0);
        let weight_reads = 512.0 * (4.0 - 2.0);
        assert_eq!(tall.chip - two.chip, patch_hops * TABLE.hop + weight_reads * TABLE.buffer);
    }

    #[test]
    fn what_is_skipped_takes_no_energy() {
        let shape = Layer::same("any", [16, 8], 3, 128);
        let dense = layer(&shape, Mode::Tall, &Sparsity::DENSE);
        let half = layer(&shape, Mode::Tall, &Sparsity::uniform(0.5));
        assert!(half.chip < 0.6 * dense.chip && half.dram < dense.dram);
    }
}
