//! What may be typed, and which of it is legal together.

use super::{Spots, gemm, im2col};
use crate::SpecError;
use crate::block::Block;
use crate::params::Range;
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

/// Lanes where the arrays are large enough.
const USUAL_LANES: u32 = 16;

/// New elements that can wait in a patch unit, at least.
const LEAST_NEW_WORDS: u32 = 16;

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
    /// Filters that the post-processing handles per cycle, a power of two [default: 16, or the rows
    /// of the smallest array if it has fewer]
    #[arg(long, value_parser = LANES, value_name = LANES.to_string())]
    #[serde(skip_serializing_if = "Option::is_none")]
    lanes: Option<u32>,
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

impl Params {
    /// The design that they describe.
    pub(super) fn design(&self) -> Result<Spots, SpecError> {
        let Self { rows, cols, split, data_width, acc_width, .. } = *self;
        power_of_two("rows", rows, ROWS)?;
        power_of_two("cols", cols, COLS)?;
        let block = rows / split.arrays();
        let lanes = self.lanes.unwrap_or(USUAL_LANES.min(block));
        power_of_two("lanes", lanes, LANES)?;
        if lanes > block {
            let reason = format!("the smallest array has {block} rows (--rows over --split)");
            let accepted = powers_of_two(Range(1, block)).join(", ");
            return Err(SpecError::new("lanes", lanes, reason, accepted));
        }
        if acc_width < data_width {
            let reason =
                format!("a sum holds at least a result of {data_width} bits (--data-width)");
            let accepted = Range(data_width, ACC_WIDTH.1).to_string();
            return Err(SpecError::new("acc-width", acc_width, reason, accepted));
        }
        let unit = |reserved: u32| {
            im2col::Params {
                patch_units: cols,
                data_width,
                max_kernel: self.max_kernel,
                max_stride: self.max_stride,
                max_channels: self.max_channels,
                max_map: self.max_map,
                memory_lines: self.map_lines,
                new_words: self.max_kernel.max(LEAST_NEW_WORDS),
                reserved_words: reserved,
                neighbour_words: self.neighbour_words,
            }
            .design()
        };
        Ok(Spots {
            rows,
            cols,
            acc_regs: self.acc_regs,
            data_width,
            acc_width,
            lanes,
            scale_width: self.scale_width,
            split,
            max_kernel: self.max_kernel,
            max_stride: self.max_stride,
            max_channels: self.max_channels,
            max_map: self.max_map,
            max_filters: self.max_filters,
            map_lines: self.map_lines,
            weight_lines: self.weight_lines,
            patch_steps: self.patch_steps,
            pool_words: self.pool_words,
            program: self.program,
            main: unit(self.reserved_words)?,
            small: unit(self.small_reserved_words)?,
            array: gemm::Generated::spec(&gemm::Params {
                rows,
                cols,
                acc_regs: self.acc_regs,
                data_width,
                acc_width,
                product_cut: None,
                out_width: Some(acc_width),
                split: Some(split),
                multiplier: gemm::Multiplier::Operator,
            })?,
        })
    }
}

fn power_of_two(name: &'static str, value: u32, range: Range) -> Result<(), SpecError> {
    if value.is_power_of_two() {
        return Ok(());
    }
    Err(SpecError::new(name, value, "not a power of two", powers_of_two(range).join(", ")))
}

fn powers_of_two(Range(least, most): Range) -> Vec<String> {
    let powers = (0..32).map(|bits| 1_u32 << bits);
    powers.filter(|power| (least..=most).contains(power)).map(|power| power.to_string()).collect()
}
