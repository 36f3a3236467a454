//! `spots`: sparse convolution accelerator, a tall systolic array fed by IM2COL units.
//!
//! # Contract
//! A *layer* is a convolution of a map of C x H x W elements, zeros around it, with M filters of
//! C x K x K weights, stride S, and what follows:
//!
//! ```text
//! sum(m,i,j)    = sum over c, r, s of
//!                 floor(weight(m,c,r,s) * map(c, i S + r - padding, j S + s - padding) / 2^product_cut)
//!                 modulo 2^acc_width, two's complement: it wraps around
//! result(m,i,j) = saturate(floor((floor((sum + bias(m)) * scale(m) / 2^cut) + 1) / 2))
//!                 the rounding of `nmpu`, clamped to the range of a result; then max(result, 0) if `relu`
//! pool(m,i,j)   = largest, or mean rounded half up, of `pool` x `pool` results; whole windows only
//! product_cut   = max(2 data_width - acc_width, 0)
//! ```
//!
//! Where `product_cut` is 0 and no sum leaves `acc_width` bits, this is the instance
//! `m = scale`, `b = bias scale + 2^cut`, `s = cut + 1` of a requantisation
//! `result = clamp(floor((sum m + b) / 2^s), low, high)`, with `low` the smallest result, 0 with
//! `relu`, and `high` the largest.
//!
//! | stream    | beats per layer | what |
//! |-----------|-----------------|------|
//! | `layer`   | 1 | the registers; as many layers as `program` says may wait |
//! | `map`     | C ceil(H W / cols), if `load_map` | the map, channel by channel |
//! | `columns`, `blocks`, `weights` | if `load_weights` | the weights: see below |
//! | `filters` | ceil(M / lanes), if `load_weights` | biases and scales, filters in order |
//! | `results` | | `lanes` filters of one window: `block` says which, `array` where it was computed |
//! | `report`  | 1, after the last result was taken | errors; elements that the IM2COL units put in, zeros around the map included; steps of the array, one per column of weights, group and register |
//!
//! Streams of a layer are taken after its registers, and those of the next one after its report. The
//! map, `filters` and the weights are taken beside each other; of the weights all of `columns` first, then
//! line by line a beat of `blocks` and the `weights` that it marks. A report of a layer that gave no
//! results has 0 in `fetched` and `steps`.
//!
//! A channel of the map begins with a line of its own, whose `cols` elements follow each other
//! row by row; what is left of its last line is ignored. Without `load_map` or `load_weights` what
//! was loaded before is used again: the map by layers of the same `channels`, `height` and `width`,
//! weights, biases and scales by those of the same `channels`, `kernel`, `filters` and `split`.
//!
//! # Weights
//! The matrix of weights has a row per filter and a column per element of a patch. Elements of a
//! patch are numbered channel by channel and row by row, each row **from right to left**, the order
//! in which IM2COL units build patches: weight(m,c,r,s) is in column `(c K + r) K + K - 1 - s`.
//!
//! An array has `h = rows / p` rows (see Arrays). Filters are dealt out to `ceil(M / h)`
//! *registers*: register `q` holds filters `q h` to `q h + h - 1`, row `i` of the array filter
//! `q h + i`; rows beyond the last filter are zero. Registers come in *chunks* of `acc_regs`, the
//! last may be smaller. A *line* is one column of one register, cut into *blocks* of as many rows
//! as the smallest array of the design has. A column *lives* if any of its lines has a weight that
//! is not zero. Lines of live columns follow each other chunk by chunk; within it column by column;
//! within that register by register.
//!
//! | stream    | beats | what |
//! |-----------|-------|------|
//! | `columns` | ceil(C K K / 32) | M1: bit `b` of beat `w`: column `32 w + b` lives; beyond the last column 0 |
//! | `blocks`  | one per line | M2: bit `b`: block `b` of the line, its rows from `b` times a block's on, is not all zero; blocks beyond the array's rows are taken and ignored |
//! | `weights` | one per bit set in M2 | that block, its lowest row first; in the order of lines, lowest block first |
//!
//! A column may be said to live, and a block not to be zero, although it is; but at least one
//! column and one block have to be there. So a matrix of zeros is column 0, and block 0 of its
//! first line.
//!
//! # Results
//! Windows of the layer are numbered row by row. Array `a` computes `windows[a]` of them from the
//! one whose top left is at `start_row[a]`, `start_column[a]` of the padded map on, `cols` at a
//! time: a *group*. Together the arrays have to have each window once, in runs of any length; with
//! a pool, runs of whole rows of the pool's windows, of which array 0 has the first. `groups` is
//! that of the array with the most windows; more of them only take time.
//!
//! ```text
//! for each group, for each register, for each of the group's windows, for each array that has it,
//!     for each block of lanes of the register: a beat, if it is not beyond the last filter
//! ```
//!
//! Lane `l` of block `b` is filter `b lanes + l`; lanes beyond the last filter are computed like the
//! others, from zero weights and what `filters` gave them. With a pool, only the windows that are
//! the last, bottom right, of a pool's window give beats, in the same order; a pool's window is in
//! the first `pool_columns` of its row, `row_windows / pool` if none is to be left out; without a pool likewise. A mean
//! needs a `pool` of 1, 2, 4 or 8; the largest pool is 8. The pool's memory has to hold
//! `p pool_columns ceil(M / lanes)` words (`pool-words`).
//!
//! # Arrays
//! `split` divides the rows into p = 1, 2 or 4 arrays, each with an IM2COL unit of its own and its
//! own run of windows. One tall array uses the main unit alone; registers of units that a layer
//! does not use are ignored.
//!
//! # Skipping
//! A step of the array is skipped where all filters have a zero (M1), and, if `skip` is set, where
//! all patches of the group have one, those of all arrays. A group never takes less than one step.
//!
//! # Errors
//! Each gives a report with a bit set; the first two give no results. In every case the streams are
//! taken to the beat marked `last`: each stream that a layer loads has one, or the layer waits for it.
//!
//! - `illegal`, before anything is judged that the layer loads: `filters` is 0 or beyond `max-filters`,
//!   `split` beyond the arrays there are; C K K is 0 or beyond `patch-steps`, C ceil(H W / cols) beyond
//!   `map-lines`; array 0 has no windows; or the pool is as it must not be (see Results). The weights
//!   that such a layer loads are of no use to any layer.
//! - `illegal`, if there is no `payload`: an IM2COL unit that has windows refuses its part, as `im2col`
//!   does: `kernel`, `stride` or `channels` is beyond its range, padding >= K; K > H + 2 padding (or W),
//!   H + 2 padding (or W) beyond `max-map`, H or W is 0; `row_windows` is not
//!   (W + 2 padding - K) div S + 1; no window begins at `start_row`, `start_column`; fewer than
//!   `windows` are left from there on; `groups` times `cols` are fewer; or `reserve` is set,
//!   S < K, and a row has fewer than `cols` windows. What such a layer loads can be used again.
//! - `payload`: the registers are legal, but the streams of this layer, or of the one that loaded what it uses, were too short,
//!   too long, contradicted each other, or had more lines than `weight-lines`; what it uses was
//!   loaded for another shape, or never since the reset.
//! - `reuse`: a reserve or wrap store was too small. All patches of that unit after the group in
//!   which it overflowed are zero. What suffices: the wrap store (`neighbour-words`)
//!   C K (K - S) + min(S, K - S) elements; a reserve, with d = ceil(row_windows / cols),
//!   C (K - S) (S d + K - S), or C (K - S) K d without `wrap`.
//!
//! # Timing
//! One step per cycle, as long as patches come in time. `hwgen cycles` counts the cycles of any
//! list of layers exactly, up to 1,000,000,000 in all.
//!
//! # Source
//! Soltaniyeh, Martin, Nagarakatte, "An Accelerator for Sparse Convolutional Neural Networks
//! Leveraging Systolic General Matrix-Matrix Multiplication" (ACM TACO 2022): array, IM2COL ring,
//! bitmaps M1 and M2, compress unit, one main and three small units. Memories, streams, formats,
//! post-processing and the order of elements are our choice.

mod convolution;
mod cycles;
mod golden;
mod interface;
mod layer;
mod mutants;
mod params;
mod registers;
mod rtl;
mod sparse;
mod transfers;
mod vectors;

pub use convolution::{Arithmetic, Channel, Pool, Shape};
pub use layer::{Layer, LayerError};
pub use params::Params;
pub use registers::Registers;
pub use sparse::{Cut, Packed, PackedError};

use super::{gemm, im2col};
use crate::block::{
    Block, Configuration, Fact, Golden, Measurement, Mutant, Package, Path, Prediction, Proof,
    Scene,
};
use crate::goals::Cross;
use crate::interface::Interface;
use crate::random::Random;
use crate::traffic::Traffic;
use crate::verilog::{Format, Ident};
use crate::{Memory, PhaseError, Source, SpecError};
pub use interface::{ReportBeat, ResultsBeat, stream};

/// The registry's handle.
pub struct Generated;

/// A design for small maps: quick to build and to simulate.
const SMALL: &str = "--rows 16 --cols 4 --acc-regs 2 --data-width 8 --lanes 4 --max-kernel 5 \
    --max-stride 3 --max-channels 16 --max-map 32 --max-filters 64 --map-lines 512 \
    --weight-lines 2048 --patch-steps 256 --pool-words 128 --reserved-words 256 \
    --small-reserved-words 64 --neighbour-words 128 --program 2";

impl Block for Generated {
    type Params = Params;
    type Spec = Spots;

    const NAME: &'static str = "spots";
    const SUMMARY: &'static str = "sparse convolution accelerator: IM2COL units and systolic array";
    const SOURCE: &'static str =
        "Soltaniyeh et al., SPOTS: sparse CNN accelerator, systolic GEMM, ACM TACO 2022";
    const CONFIGURATIONS: &'static [Configuration] = &[
        ("default", ""),
        ("small", SMALL),
        (
            "tall",
            "--rows 8 --cols 2 --acc-regs 1 --data-width 8 --split 1 --lanes 8 --max-kernel 3 \
             --max-stride 2 --max-channels 8 --max-map 16 --max-filters 24 --map-lines 256 \
             --weight-lines 512 --patch-steps 72 --pool-words 32 --reserved-words 64 \
             --small-reserved-words 2 --neighbour-words 32 --program 1",
        ),
        (
            "halves",
            "--rows 8 --cols 8 --acc-regs 3 --data-width 6 --acc-width 16 --split 2 --lanes 1 \
             --scale-width 8 --max-kernel 4 --max-stride 4 --max-channels 8 --max-map 16 \
             --max-filters 40 --map-lines 128 --weight-lines 120 --patch-steps 128 \
             --pool-words 512 --reserved-words 48 --small-reserved-words 16 --neighbour-words 24 \
             --program 3",
        ),
        (
            "lenet",
            "--rows 32 --cols 4 --acc-regs 4 --data-width 8 --lanes 8 --max-kernel 5 --max-stride 1 \
             --max-channels 120 --max-map 32 --max-filters 120 --map-lines 294 --weight-lines 800 \
             --patch-steps 400 --pool-words 56 --reserved-words 168 --small-reserved-words 168 \
             --neighbour-words 121 --program 2",
        ),
    ];

    const CONTRADICTIONS: &'static [&'static str] =
        &["--rows 12", "--cols 3", "--lanes 64", "--lanes 6", "--acc-width 12 --data-width 16"];

    fn spec(params: &Params) -> Result<Spots, SpecError> {
        params.design()
    }
}

/// A legal design.
#[derive(Clone, Debug)]
pub struct Spots {
    rows: u32,
    cols: u32,
    acc_regs: u32,
    data_width: u32,
    acc_width: u32,
    lanes: u32,
    scale_width: u32,
    split: gemm::Split,
    max_kernel: u32,
    max_stride: u32,
    max_channels: u32,
    max_map: u32,
    max_filters: u32,
    map_lines: u32,
    weight_lines: u32,
    patch_steps: u32,
    pool_words: u32,
    program: u32,
    /// The IM2COL unit that serves the tall array.
    main: im2col::Im2col,
    /// Those that only small arrays have.
    small: im2col::Im2col,
    array: gemm::Gemm,
}

impl Spots {
    /// The largest number of arrays, and of IM2COL units.
    const fn arrays(&self) -> u32 {
        self.split.arrays()
    }

    /// IM2COL unit number `unit`.
    const fn unit(&self, unit: usize) -> &im2col::Im2col {
        if unit == 0 { &self.main } else { &self.small }
    }

    /// Rows of a block of weights: those of the smallest array.
    const fn block_rows(&self) -> usize {
        (self.rows / self.split.arrays()) as usize
    }

    /// Filters that a beat of biases or results holds.
    pub const fn lanes(&self) -> usize {
        self.lanes as usize
    }

    /// Lines that the weight store holds.
    pub const fn weight_lines(&self) -> usize {
        self.weight_lines as usize
    }

    /// Elements of maps and weights, and results.
    pub const fn data(&self) -> Format {
        Format::signed(self.data_width, 0)
    }

    /// Scales of filters.
    pub const fn scales(&self) -> Format {
        Format::unsigned(self.scale_width, 0)
    }

    /// How sums are kept.
    pub const fn arithmetic(&self) -> Arithmetic {
        Arithmetic {
            product_cut: (2 * self.data_width).saturating_sub(self.acc_width),
            sum_width: self.acc_width,
            result_width: self.data_width,
        }
    }
}

impl Package for Spots {
    fn interface(&self) -> Interface {
        self.ports()
    }

    fn modules(&self, top: &Ident) -> Vec<Source> {
        rtl::modules(self, top)
    }

    fn memories(&self) -> Vec<Memory> {
        rtl::memories(self)
    }

    fn golden(&self) -> Box<dyn Golden> {
        Box::new(golden::Model::new(self))
    }

    fn check(&self, phases: &[Traffic]) -> Result<(), PhaseError> {
        transfers::check(self, phases)
    }

    fn timing(&self) -> Vec<Path> {
        Vec::new() // beats do not correspond one to one; see predicted_cycles
    }

    fn predicted_cycles(&self, phases: &[Traffic]) -> Prediction {
        self.predict(phases)
    }

    fn facts(&self) -> Vec<Fact> {
        let bits = |words: u32, width: u32| u64::from(words) * u64::from(width);
        let kibibytes = |bits: u64| bits as f64 / 8192.0;
        let group = self.cols * self.data_width;
        vec![
            Fact::number(
                "processing elements",
                self.rows * self.cols,
                "",
                "products per clock cycle when nothing is skipped",
            ),
            Fact::number("lanes", self.lanes, "", "filters that are post-processed per cycle"),
            Fact::number(
                "product_cut",
                self.arithmetic().product_cut,
                "bits",
                "low bits that every product loses before it is added",
            ),
            Fact::number(
                "map memories",
                kibibytes(bits(self.map_lines, group) * u64::from(self.arrays())),
                "KiB",
                format!("{} copies of the map, one per IM2COL unit", self.arrays()),
            ),
            Fact::number(
                "weight store",
                kibibytes(bits(self.weight_lines, self.rows * self.data_width)),
                "KiB",
                format!("{} lines of {} weights", self.weight_lines, self.rows),
            ),
            Fact::number(
                "patch buffers",
                kibibytes(bits(2 * self.patch_steps, group * self.arrays())),
                "KiB",
                format!("two of {} steps", self.patch_steps),
            ),
        ]
    }
}

impl Proof for Spots {
    fn corners(&self) -> Vec<Scene> {
        vectors::corners(self)
    }

    fn essentials(&self) -> Vec<Scene> {
        vectors::essentials(self)
    }

    fn crosses(&self) -> Vec<Cross> {
        let Registers { kernel, stride, reserve, wrap, split, pool, average, .. } = Registers::AT;
        let pairs = [[kernel, stride], [pool, average], [split, pool], [reserve, wrap]];
        pairs.map(|fields| Cross { stream: "layer", fields }).to_vec()
    }

    fn vectors(&self, random: &mut Random, beats: usize) -> Vec<Traffic> {
        vectors::random(self, random, beats)
    }

    fn units(&self) -> u32 {
        self.rows * self.cols
    }

    fn mutants(&self, top: &Ident) -> Vec<Mutant> {
        mutants::mutants(self, top)
    }
}

impl Measurement for Spots {}
