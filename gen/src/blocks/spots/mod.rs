//! `spots`: sparse convolution accelerator, a tall systolic array fed by IM2COL units.
//!
//! # Contract
//! A *layer* is a convolution of a map of C x H x W elements, zeros around it, with M filters of
//! C x K x K weights, stride S, and what follows:
//!
//! ```text
//! sum(m,i,j)    = sum over c, r, s of floor(weight(m,c,r,s) * map(c, i S + r, j S + s) / 2^product_cut)
//!                 modulo 2^acc_width, two's complement: it wraps around
//! result(m,i,j) = saturate(floor((floor((sum + bias(m)) * scale(m) / 2^cut) + 1) / 2))
//!                 the rounding of `nmpu`; then max(result, 0) if `relu`
//! pool(m,i,j)   = largest, or mean rounded half up, of `pool` x `pool` results; whole windows only
//! ```
//!
//! | stream    | beats per layer | what |
//! |-----------|-----------------|------|
//! | `layer`   | 1 | the registers, see [`Registers`]; some more may wait in the program |
//! | `map`     | C ceil(H W / cols), if `load_map` | the map, channel by channel |
//! | `columns`, `blocks`, `weights` | if `load_weights` | the weights, see [`sparse`] |
//! | `filters` | ceil(M / lanes), if `load_weights` | biases and scales, filters in order |
//! | `results` | | `lanes` filters of one window: `block` says which, `array` where it was computed |
//! | `report`  | 1 | errors; elements fetched by the IM2COL units; steps of the array |
//!
//! Without `load_map` or `load_weights` what was loaded before is used again. Elements of a patch
//! are numbered channel by channel and row by row, each row **from right to left**: the order in
//! which IM2COL units build patches.
//!
//! Results come group by group (`cols` windows per array), register by register, window by window,
//! array by array and in rising order of filters.
//!
//! # Arrays
//! `split` divides the rows into p = 1, 2 or 4 arrays, each with an IM2COL unit of its own and its
//! own run of windows. One tall array uses the main unit alone.
//!
//! # Skipping
//! A step of the array is skipped where all filters have a zero (M1), and, if `skip` is set, where
//! all patches of the group have one. A group never takes less than one step.
//!
//! # Errors
//! A layer that exceeds the design (`illegal`), streams that are too short, too long or contradict
//! each other (`payload`), and a reuse store that overflows (`reuse`) are reported. The first two
//! give no results; in every case the streams are taken to the beat marked `last`.
//!
//! # Timing
//! One step per cycle, as long as patches come in time. [`Spots::compute_cycles`] is a model that
//! counts the cycles of any layer exactly.
//!
//! # Source
//! Soltaniyeh, Martin, Nagarakatte, "An Accelerator for Sparse Convolutional Neural Networks
//! Leveraging Systolic General Matrix-Matrix Multiplication" (ACM TACO 2022): array, IM2COL ring,
//! bitmaps M1 and M2, compress unit, one main and three small units. Memories, streams, formats,
//! post-processing and the order of elements are our choice.

mod clock;
mod convolution;
mod golden;
mod layer;
mod loading;
mod mutants;
pub mod network;
mod registers;
mod rtl;
mod sparse;
mod vectors;

pub use convolution::{Arithmetic, Channel, Pool, Shape};
pub use layer::{Layer, LayerError};
pub use registers::Registers;
pub use sparse::{Cut, Packed, PackedError};

use super::{gemm, im2col};
use crate::block::{Block, Configuration, Experiment, Fact, Golden, Mutant, Path, Spec};
use crate::interface::{Field, Interface, Stream};
use crate::params::Range;
use crate::random::Random;
use crate::traffic::Traffic;
use crate::verilog::{Format, Ident, Width};
use crate::{Source, SpecError};
use serde::Serialize;

const ROWS: Range = Range(4, 256);
const COLS: Range = Range(2, 16);
const ACC_REGS: Range = Range(1, 8);
const DATA_WIDTH: Range = Range(2, 16);
const ACC_WIDTH: Range = Range(4, 32);
const LANES: Range = Range(1, 64);
const SCALE_WIDTH: Range = Range(1, 16);
const MAX_KERNEL: Range = Range(2, 15);
const MAX_STRIDE: Range = Range(1, 8);
const MAX_CHANNELS: Range = Range(1, 4096);
const MAX_MAP: Range = Range(16, 512);
const MAX_FILTERS: Range = Range(1, 4096);
const MAP_LINES: Range = Range(32, 1 << 20);
const PATCH_STEPS: Range = Range(2, 32_767);
const STORE: Range = Range(2, 65_536);
const PROGRAM: Range = Range(1, 64);

/// New elements that can wait in a patch unit, at least.
const LEAST_NEW_WORDS: u32 = 16;

/// Bits of what a report counts.
const COUNT_WIDTH: u32 = 32;

/// What may be typed.
#[derive(Clone, Debug, clap::Args, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Params {
    /// Rows of processing elements, a power of two
    #[arg(long, default_value_t = 128, value_parser = ROWS, value_name = ROWS.to_string())]
    rows: u32,
    /// Columns of processing elements and patch units of an IM2COL unit, a power of two
    #[arg(long, default_value_t = 4, value_parser = COLS, value_name = COLS.to_string())]
    cols: u32,
    /// Registers per processing element: sums it can keep at a time
    #[arg(long, default_value_t = 4, value_parser = ACC_REGS, value_name = ACC_REGS.to_string())]
    acc_regs: u32,
    /// Bits of a weight, an element of a map and a result, two's complement
    #[arg(long, default_value_t = 16, value_parser = DATA_WIDTH,
          value_name = DATA_WIDTH.to_string())]
    data_width: u32,
    /// Bits of a sum and of a bias
    #[arg(long, default_value_t = 24, value_parser = ACC_WIDTH,
          value_name = ACC_WIDTH.to_string())]
    acc_width: u32,
    /// Largest number of arrays that the rows can be divided into, layer by layer
    #[arg(long, value_enum, default_value_t = gemm::Split::Four)]
    split: gemm::Split,
    /// Filters that the post-processing handles per cycle, a power of two
    #[arg(long, default_value_t = 16, value_parser = LANES, value_name = LANES.to_string())]
    lanes: u32,
    /// Bits of a scale, unsigned
    #[arg(long, default_value_t = 16, value_parser = SCALE_WIDTH,
          value_name = SCALE_WIDTH.to_string())]
    scale_width: u32,
    /// Largest kernel, in rows and columns
    #[arg(long, default_value_t = 11, value_parser = MAX_KERNEL,
          value_name = MAX_KERNEL.to_string())]
    max_kernel: u32,
    /// Largest stride
    #[arg(long, default_value_t = 4, value_parser = MAX_STRIDE,
          value_name = MAX_STRIDE.to_string())]
    max_stride: u32,
    /// Most channels of a map
    #[arg(long, default_value_t = 512, value_parser = MAX_CHANNELS,
          value_name = MAX_CHANNELS.to_string())]
    max_channels: u32,
    /// Most rows and columns of a map, padding included
    #[arg(long, default_value_t = 256, value_parser = MAX_MAP, value_name = MAX_MAP.to_string())]
    max_map: u32,
    /// Most filters
    #[arg(long, default_value_t = 512, value_parser = MAX_FILTERS,
          value_name = MAX_FILTERS.to_string())]
    max_filters: u32,
    /// Lines of a map memory, `cols` elements each
    #[arg(long, default_value_t = 40960, value_parser = MAP_LINES,
          value_name = MAP_LINES.to_string())]
    map_lines: u32,
    /// Lines of the weight store, `rows` weights each
    #[arg(long, default_value_t = 18432, value_parser = STORE, value_name = STORE.to_string())]
    weight_lines: u32,
    /// Steps of a patch buffer: most elements of a patch
    #[arg(long, default_value_t = 4608, value_parser = PATCH_STEPS,
          value_name = PATCH_STEPS.to_string())]
    patch_steps: u32,
    /// Words of the pool's memory, `lanes` partial results each
    #[arg(long, default_value_t = 2048, value_parser = STORE, value_name = STORE.to_string())]
    pool_words: u32,
    /// Elements that each patch unit of the main IM2COL unit keeps for the next row
    #[arg(long, default_value_t = 10240, value_parser = STORE, value_name = STORE.to_string())]
    reserved_words: u32,
    /// The same for the small IM2COL units
    #[arg(long, default_value_t = 2560, value_parser = STORE, value_name = STORE.to_string())]
    small_reserved_words: u32,
    /// Elements that an IM2COL unit keeps for the next group
    #[arg(long, default_value_t = 4096, value_parser = STORE, value_name = STORE.to_string())]
    neighbour_words: u32,
    /// Layers that wait in the program
    #[arg(long, default_value_t = 8, value_parser = PROGRAM, value_name = PROGRAM.to_string())]
    program: u32,
}

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
             --max-filters 40 --map-lines 128 --weight-lines 640 --patch-steps 128 \
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
        let Params { rows, cols, lanes, split, data_width, acc_width, .. } = *params;
        power_of_two("rows", rows, ROWS)?;
        power_of_two("cols", cols, COLS)?;
        power_of_two("lanes", lanes, LANES)?;
        let block = rows / split.arrays();
        if lanes > block {
            let reason = format!("the smallest array has {block} rows");
            return Err(SpecError::new("lanes", lanes, reason, Range(1, block).to_string()));
        }
        if acc_width < data_width {
            let reason = format!("a sum holds at least a result of {data_width} bits");
            let accepted = Range(data_width, ACC_WIDTH.1).to_string();
            return Err(SpecError::new("acc-width", acc_width, reason, accepted));
        }
        let unit = |reserved: u32| {
            im2col::Im2col::new(&im2col::Params {
                patch_units: cols,
                data_width,
                max_kernel: params.max_kernel,
                max_stride: params.max_stride,
                max_channels: params.max_channels,
                max_map: params.max_map,
                memory_lines: params.map_lines,
                new_words: params.max_kernel.max(LEAST_NEW_WORDS),
                reserved_words: reserved,
                neighbour_words: params.neighbour_words,
            })
        };
        Ok(Spots {
            rows,
            cols,
            acc_regs: params.acc_regs,
            data_width,
            acc_width,
            lanes,
            scale_width: params.scale_width,
            split,
            max_kernel: params.max_kernel,
            max_stride: params.max_stride,
            max_channels: params.max_channels,
            max_map: params.max_map,
            max_filters: params.max_filters,
            map_lines: params.map_lines,
            weight_lines: params.weight_lines,
            patch_steps: params.patch_steps,
            pool_words: params.pool_words,
            program: params.program,
            main: unit(params.reserved_words)?,
            small: unit(params.small_reserved_words)?,
            array: gemm::Generated::parse(&format!(
                "--rows {rows} --cols {cols} --acc-regs {} --data-width {data_width} \
                 --acc-width {acc_width} --out-width {acc_width} --split {}",
                params.acc_regs,
                split.arrays()
            )).map_err(|error| SpecError::new("rows", rows, error.to_string(), ""))?,
        })
    }
}

fn power_of_two(name: &'static str, value: u32, range: Range) -> Result<(), SpecError> {
    if value.is_power_of_two() {
        return Ok(());
    }
    let legal: Vec<_> = (0..32).map(|bits| 1 << bits).collect();
    let legal = legal.iter().filter(|value| (range.0..=range.1).contains(value));
    let legal: Vec<_> = legal.map(ToString::to_string).collect();
    Err(SpecError::new(name, value, "not a power of two", legal.join(", ")))
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

/// Streams by position in the interface.
mod stream {
    pub const LAYER: usize = 0;
    pub const MAP: usize = 1;
    pub const COLUMNS: usize = 2;
    pub const BLOCKS: usize = 3;
    pub const WEIGHTS: usize = 4;
    pub const FILTERS: usize = 5;
    /// Outputs.
    pub const RESULTS: usize = 0;
    pub const REPORT: usize = 1;
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

    const fn data(&self) -> Format {
        Format::signed(self.data_width, 0)
    }

    fn arithmetic(&self) -> Arithmetic {
        Arithmetic {
            product_cut: (2 * self.data_width).saturating_sub(self.acc_width),
            sum_width: self.acc_width,
            result_width: self.data_width,
        }
    }
}

impl Spec for Spots {
    fn interface(&self) -> Interface {
        let last = || Field::new("last", Format::flag(), "the transfer ends");
        let bits = |count: u32| Format::unsigned(count, 0);
        let lanes = |name, format, doc| Field::array(name, format, self.lanes, doc);
        let block = Width::index(self.max_filters.div_ceil(self.lanes)).bits();
        Interface::of_streams(vec![
            Stream::input("layer", "Registers of a layer", Registers::fields(self)),
            Stream::input(
                "map",
                "Map, elements of a channel row by row, the first in the low bits",
                vec![Field::array("element", self.data(), self.cols, "elements"), last()],
            ),
            Stream::input(
                "columns",
                "Bitmap M1: 32 columns of the matrix of weights",
                vec![Field::new("live", bits(32), "columns that are not all zero"), last()],
            ),
            Stream::input(
                "blocks",
                "Bitmap M2: a line of weights",
                vec![Field::new("block", bits(self.arrays()), "blocks not all zero"), last()],
            ),
            Stream::input(
                "weights",
                "Block of weights, its first row in the low bits",
                vec![
                    Field::array("weight", self.data(), self.block_rows() as u32, "weights"),
                    last(),
                ],
            ),
            Stream::input(
                "filters",
                "Bias and scale of filters, the first in the low bits",
                vec![
                    lanes("bias", Format::signed(self.acc_width, 0), "added to the sum"),
                    lanes("scale", bits(self.scale_width), "multiplied with it"),
                    last(),
                ],
            ),
            Stream::output(
                "results",
                "Results of one window, the first filter in the low bits",
                vec![
                    lanes("result", self.data(), "results"),
                    Field::new("block", bits(block), "number of the first filter / lanes"),
                    Field::new("array", bits(Width::index(self.arrays()).bits()), "whose window"),
                ],
            ),
            Stream::output(
                "report",
                "Report of a layer",
                vec![
                    Field::new("illegal", Format::flag(), "the layer exceeds the design"),
                    Field::new("payload", Format::flag(), "streams contradict each other"),
                    Field::new("reuse", Format::flag(), "a reuse store overflowed"),
                    Field::new("fetched", bits(COUNT_WIDTH), "elements that units fetched"),
                    Field::new("steps", bits(COUNT_WIDTH), "steps of the array"),
                ],
            ),
        ])
    }

    fn modules(&self, top: &Ident) -> Vec<Source> {
        rtl::modules(self, top)
    }

    fn golden(&self) -> Box<dyn Golden> {
        Box::new(golden::Model::new(self))
    }

    fn corners(&self) -> Vec<Traffic> {
        vectors::corners(self)
    }

    fn recordings(&self) -> Vec<Traffic> {
        network::play::recordings(self)
    }

    fn experiments(&self) -> Vec<Experiment> {
        network::play::experiments(self)
    }

    fn vectors(&self, random: &mut Random, beats: usize) -> Vec<Traffic> {
        vectors::random(self, random, beats)
    }

    fn timing(&self) -> Vec<Path> {
        Vec::new() // beats do not correspond one to one; see predicted_cycles
    }

    fn predicted_cycles(&self, phases: &[Traffic]) -> Option<u64> {
        Some(self.predict(phases))
    }

    fn facts(&self) -> Vec<Fact> {
        let bits = |words: u32, width: u32| u64::from(words) * u64::from(width);
        let kibibytes = |bits: u64| format!("{:.1} KiB", bits as f64 / 8192.0);
        let group = self.cols * self.data_width;
        vec![
            Fact::new(
                "processing elements",
                self.rows * self.cols,
                "products per clock cycle when nothing is skipped",
            ),
            Fact::new(
                "map memories",
                kibibytes(bits(self.map_lines, group) * u64::from(self.arrays())),
                format!("{} copies of the map, one per IM2COL unit", self.arrays()),
            ),
            Fact::new(
                "weight store",
                kibibytes(bits(self.weight_lines, self.rows * self.data_width)),
                format!("{} lines of {} weights", self.weight_lines, self.rows),
            ),
            Fact::new(
                "patch buffers",
                kibibytes(bits(2 * self.patch_steps, group * self.arrays())),
                format!("two of {} steps", self.patch_steps),
            ),
        ]
    }

    fn mutants(&self, top: &Ident) -> Vec<Mutant> {
        mutants::mutants(self, top)
    }
}
