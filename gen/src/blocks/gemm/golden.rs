//! The contract of [`super`], in wide plain integers: a matrix product from its definition.

use super::Gemm;
use super::interface::{PatchesBeat, ResultsBeat, TileBeat, WeightsBeat};
use crate::PhaseError;
use crate::beat::Beat;
use crate::block::Golden;
use crate::traffic::{Beats, Traffic};

/// Streams by position in the interface.
pub(super) const TILE: usize = 0;
pub(super) const WEIGHTS: usize = 1;
pub(super) const PATCHES: usize = 2;
const RESULTS: usize = 0;

/// A tile descriptor as it is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Descriptor {
    pub steps: usize,
    pub registers: usize,
    pub arrays: usize,
    pub cut: u32,
}

impl Descriptor {
    /// What beat number `tile` of the stream `tile` means.
    pub fn read(spec: &Gemm, beats: &Beats, tile: usize) -> Self {
        let tile = TileBeat::read(beats, tile);
        Self {
            steps: tile.steps as usize + 1,
            registers: (tile.registers as usize + 1).min(spec.acc_regs as usize),
            arrays: 1 << tile.split.min(spec.split.largest_mode().into()),
            cut: tile.cut as u32,
        }
    }
}

/// Whether each of `phases` has the beats of whole tiles.
pub(super) fn check(spec: &Gemm, phases: &[Traffic]) -> Result<(), PhaseError> {
    for (number, phase) in phases.iter().enumerate() {
        let tiles = &phase.0[TILE];
        let tiles = (0..tiles.len()).map(|tile| Descriptor::read(spec, tiles, tile));
        let (weights, patches) = tiles.fold((0, 0), |(weights, patches), tile| {
            (weights + tile.steps * tile.registers, patches + tile.steps)
        });
        for (stream, position, beats) in
            [("weights", WEIGHTS, weights), ("patches", PATCHES, patches)]
        {
            let got = phase.0[position].len();
            if got != beats {
                return Err(PhaseError {
                    phase: number + 1,
                    stream,
                    what: format!("{got} beats"),
                    accepted: format!("{beats}, as the tiles of the phase ask for"),
                });
            }
        }
    }
    Ok(())
}

/// The array keeps nothing from tile to tile.
pub(super) struct Model {
    spec: Gemm,
}

impl Model {
    pub(super) fn new(spec: &Gemm) -> Self {
        Self { spec: spec.clone() }
    }

    /// A sum on its way out.
    fn result(&self, sum: i64, cut: u32) -> i64 {
        let largest = (1_i128 << (self.spec.out_width - 1)) - 1;
        let half = if cut == 0 { 0 } else { 1_i128 << (cut - 1) };
        ((i128::from(sum) + half) >> cut).clamp(-largest - 1, largest) as i64
    }

    /// `sum` modulo 2^acc_width, as a two's-complement number.
    fn wrapped(&self, sum: i64) -> i64 {
        let range = 1_i64 << self.spec.acc_width;
        let wrapped = sum.rem_euclid(range);
        if wrapped >= range / 2 { wrapped - range } else { wrapped }
    }

    fn sum(&self, element: &Element<'_>, tile: Descriptor, register: usize) -> i64 {
        let products = (0..tile.steps).map(|k| {
            let weight = element.weights.get(
                element.first_weights + k * tile.registers + register,
                WeightsBeat::AT.weight,
                element.weight,
            );
            let beat = element.first_patches + k;
            let patch = element.patches.get(beat, PatchesBeat::AT.patch, element.patch);
            (weight * patch) >> self.spec.product_cut
        });
        products.fold(0, |sum, product| self.wrapped(sum + product))
    }
}

/// Where the operands of one processing element are found.
struct Element<'a> {
    weights: &'a Beats,
    patches: &'a Beats,
    /// First beat of the tile.
    first_weights: usize,
    first_patches: usize,
    /// Element of every beat.
    weight: usize,
    patch: usize,
}

impl Golden for Model {
    fn run(&mut self, phase: &Traffic, results: &mut Traffic) {
        let (rows, columns) = (self.spec.rows as usize, self.spec.cols as usize);
        let (mut first_weights, mut first_patches) = (0, 0);
        for tile in 0..phase.0[TILE].len() {
            let tile = Descriptor::read(&self.spec, &phase.0[TILE], tile);
            let height = rows / tile.arrays;
            for register in 0..tile.registers {
                for column in 0..columns {
                    results.0[RESULTS].push_zero();
                    for row in 0..rows {
                        let element = Element {
                            weights: &phase.0[WEIGHTS],
                            patches: &phase.0[PATCHES],
                            first_weights,
                            first_patches,
                            weight: row % height,
                            patch: row / height * columns + column,
                        };
                        let sum = self.sum(&element, tile, register);
                        let result = self.result(sum, tile.cut);
                        results.0[RESULTS].set_last(ResultsBeat::AT.result, row, result);
                    }
                }
            }
            first_weights += tile.steps * tile.registers;
            first_patches += tile.steps;
        }
        debug_assert_eq!(first_weights, phase.0[WEIGHTS].len(), "a phase holds whole tiles");
        debug_assert_eq!(first_patches, phase.0[PATCHES].len(), "a phase holds whole tiles");
    }
}

#[cfg(test)]
mod tests {
    use super::super::Generated;
    use super::*;
    use crate::block::{Block, Package};

    /// `[[1, 2], [3, 4]] x [[5, 6], [7, 8]] = [[19, 22], [43, 50]]`, the textbook's.
    #[test]
    fn a_product_from_the_textbook() {
        let flags = "--rows 2 --cols 2 --acc-regs 1 --data-width 8 --split 1";
        let spec = Generated::parse(flags).expect("legal flags");
        let mut phase = Traffic::new(&spec.interface().inputs());
        let mut results = Traffic::new(&spec.interface().outputs());
        TileBeat { steps: 1, ..TileBeat::default() }.push(&mut phase.0[TILE]);
        for (weight, patch) in [([1, 3], [5, 6]), ([2, 4], [7, 8])] {
            WeightsBeat { weight: weight.to_vec() }.push(&mut phase.0[WEIGHTS]);
            PatchesBeat { patch: patch.to_vec() }.push(&mut phase.0[PATCHES]);
        }
        spec.golden().run(&phase, &mut results);
        let column = |column| ResultsBeat::read(&results.0[RESULTS], column).result;
        let got = [column(0), column(1)];
        assert_eq!(got, [[19, 43], [22, 50]]);
    }

    #[test]
    fn sums_wrap_and_results_round_half_up_and_saturate() {
        let flags = "--data-width 8 --acc-width 16 --rows 4";
        let model = Model::new(&Generated::parse(flags).expect("legal flags"));
        assert_eq!(model.wrapped(32_768), -32_768);
        assert_eq!(model.wrapped(-32_769), 32_767);
        assert_eq!(model.result(5, 1), 3);
        assert_eq!(model.result(-5, 1), -2);
        assert_eq!(model.result(128, 0), 127);
        assert_eq!(model.result(-129, 0), -128);
        assert_eq!(model.result(-32_768, 16), 0);
        assert_eq!(model.result(-32_768, 31), 0);
    }
}
