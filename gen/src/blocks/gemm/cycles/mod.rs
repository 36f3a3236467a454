//! How many clock cycles tiles take, from the contract of [`super`].
//!
//! With `K` steps and `q` registers per tile, `R` rows and `C` columns:
//!
//! ```text
//! last(n)  = cycle in which the drain of tile n begins: the last step of its register 0
//!          = max(last(n-1) + q(n-1) + (K(n) - 1) q(n),      one step per cycle
//!                last(n-1) + q(n-1) C)                      the way out is free again
//! cycles   = last(N) + (q(N) - 1) C + R + C - 2 + stages
//! ```
//!
//! Where every drain is hidden that is the rule of the paper, `sum of q K`, plus the fill
//! `R + C - 2`, plus what it leaves out: the pipeline and the registers after the first.

mod stepper;

pub use stepper::{Inputs, Outputs, Stepper};

use super::Gemm;
use super::golden::{Descriptor, TILE};
use crate::traffic::Traffic;

/// Cycles that a result spends in registers, whatever the size of the array: operands, sum, high
/// part of the sum, shifted sum, result, and the descriptor before them.
const STAGES: u64 = 1 + CONTROL_STAGES;

/// Of these, those from the turn of a register to its result in row 0: two until the turn reaches
/// the element, then low part, shifted sum and result.
pub(super) const CONTROL_STAGES: u64 = 5;

/// What of a tile matters to the schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tile {
    /// Steps, at least one.
    pub steps: u64,
    /// Registers in use, at least one.
    pub registers: u64,
}

/// Cycles are counted from the one in which the first descriptor is taken.
#[derive(Clone, Copy, Debug, Default)]
struct Clock {
    /// First cycle in which another step can begin.
    next_step: u64,
    /// First cycle in which another drain can begin.
    next_drain: u64,
}

impl Clock {
    /// Runs one tile.
    fn run(&mut self, tile: Tile, columns: u64) {
        let natural = self.next_step + (tile.steps - 1) * tile.registers;
        let drain = natural.max(self.next_drain);
        self.next_step = drain + tile.registers;
        self.next_drain = drain + tile.registers * columns;
    }
}

impl Gemm {
    /// Cycles from the last step of a register to its last result, both included.
    pub fn latency(&self) -> u64 {
        u64::from(self.rows + self.cols - 2) + STAGES
    }

    /// Clock cycles from the one that takes the first descriptor to the one that takes the last
    /// result, both included, for tiles back to back while no stream stalls.
    pub fn cycles(&self, tiles: &[Tile]) -> u64 {
        let mut clock = Clock { next_step: 1, next_drain: 0 };
        for &tile in tiles {
            clock.run(tile, self.cols.into());
        }
        self.end(clock)
    }

    /// The same for a conventional array that drains every tile before it begins the next:
    /// `(K q + R + C - 2)` per tile, as SCALE-Sim counts output-stationary folds.
    pub fn unoverlapped(&self, tiles: &[Tile]) -> u64 {
        let fill = u64::from(self.rows + self.cols - 2);
        tiles.iter().map(|tile| tile.steps * tile.registers + fill).sum()
    }

    /// The same as [`Self::cycles`] for stimulus in phases. A phase is offered only after the last
    /// beat of the one before was taken, so its first descriptor is taken one cycle late.
    pub(super) fn predict(&self, phases: &[Traffic]) -> u64 {
        let mut clock = Clock::default();
        for phase in phases {
            clock.next_step += 1;
            for tile in self.tiles(phase) {
                clock.run(tile, self.cols.into());
            }
        }
        self.end(clock)
    }

    /// The tiles of a phase.
    pub(super) fn tiles(&self, phase: &Traffic) -> Vec<Tile> {
        let descriptors = &phase.0[TILE];
        let tiles = (0..descriptors.len()).map(|tile| {
            let tile = Descriptor::read(self, descriptors, tile);
            Tile { steps: tile.steps as u64, registers: tile.registers as u64 }
        });
        tiles.collect()
    }

    /// The way out is free one cycle after the last column's result begins it; row by row and
    /// stage by stage the result follows.
    fn end(&self, clock: Clock) -> u64 {
        clock.next_drain + u64::from(self.rows - 1) + STAGES - 1
    }
}

#[cfg(test)]
mod tests {
    use super::super::Generated;
    use super::*;
    use crate::block::Block;

    fn gemm(rows: u64, cols: u64, registers: u64) -> Gemm {
        let flags = format!("--rows {rows} --cols {cols} --acc-regs {registers} --split 1");
        Generated::parse(&flags).expect("legal flags")
    }

    fn tiles(count: u64, steps: u64, registers: u64) -> Vec<Tile> {
        vec![Tile { steps, registers }; count as usize]
    }

    /// SCALE-Sim prints one cycle less than it counts. M x K x N = 256 x 256 x 128 in its order.
    #[test]
    fn unoverlapped_tiles_take_what_scale_sim_reports() {
        for (rows, cols, reported) in
            [(32_u64, 32_u64, 10_175), (128, 4, 24_703), (32, 16, 19_327), (16, 32, 19_327)]
        {
            let folds = 256_u64.div_ceil(rows) * 128_u64.div_ceil(cols);
            let gemm = gemm(rows, cols, 1);
            let cycles = gemm.unoverlapped(&tiles(folds, 256, 1));
            assert_eq!(cycles - 1, reported, "{rows} x {cols}");
        }
    }

    /// The rule of SPOTS: chunks of up to `4 R` weight rows, `q` registers each, groups of C
    /// patches: `sum of ceil(N / C) q K`, plus the fill, plus our stages and later registers.
    #[test]
    fn tiles_back_to_back_take_what_the_paper_implies() {
        // AlexNet conv3: 384 x 2304 x 169; VGG conv1-1: 64 x 27 x 50176.
        for (m, k, n) in [(384_u64, 2304, 169_u64), (64, 27, 50_176), (512, 4608, 196)] {
            let q = m.div_ceil(128).min(4);
            let groups = n.div_ceil(4);
            let rule = m.div_ceil(512) * groups * q * k;
            let cycles = gemm(128, 4, 4).cycles(&tiles(groups, k, q));
            assert_eq!(cycles, rule + 130 + (q - 1) * 3 + STAGES);
        }
    }

    #[test]
    fn a_tile_alone_is_a_fold_and_the_pipeline() {
        let gemm = gemm(128, 4, 1);
        let tile = tiles(1, 256, 1);
        assert_eq!(gemm.cycles(&tile), gemm.unoverlapped(&tile) + STAGES);
    }

    /// Tiles shorter than the array is wide are bound by the way out: C cycles per register.
    #[test]
    fn short_tiles_wait_for_the_drain() {
        let gemm = gemm(8, 8, 2);
        assert_eq!(gemm.cycles(&tiles(11, 3, 2)) - gemm.cycles(&tiles(10, 3, 2)), 16);
        assert_eq!(gemm.cycles(&tiles(11, 8, 2)) - gemm.cycles(&tiles(10, 8, 2)), 16);
        assert_eq!(gemm.cycles(&tiles(11, 9, 2)) - gemm.cycles(&tiles(10, 9, 2)), 18);
    }
}
