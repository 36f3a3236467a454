//! What may be typed, and when it makes a design.

use super::Im2col;
use crate::SpecError;
use crate::params::Range;
use serde::Serialize;

const PATCH_UNITS: Range = Range(1, 16);
const DATA_WIDTH: Range = Range(2, 32);
const MAX_KERNEL: Range = Range(2, 15);
const MAX_STRIDE: Range = Range(1, 8);
const MAX_CHANNELS: Range = Range(1, 4096);
const MAX_MAP: Range = Range(16, 1024);
const MEMORY_LINES: Range = Range(32, 1 << 22);
const NEW_WORDS: Range = Range(2, 64);
const STORE_WORDS: Range = Range(2, 65_536);

/// What may be typed.
#[derive(Clone, Debug, clap::Args, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Params {
    /// Patches side by side, and elements of a memory line: a power of two
    #[arg(long, default_value_t = 4, value_parser = PATCH_UNITS,
          value_name = PATCH_UNITS.to_string())]
    pub patch_units: u32,
    /// Bits of an element, two's complement
    #[arg(long, default_value_t = 16, value_parser = DATA_WIDTH,
          value_name = DATA_WIDTH.to_string())]
    pub data_width: u32,
    /// Largest kernel, rows and columns
    #[arg(long, default_value_t = 11, value_parser = MAX_KERNEL,
          value_name = MAX_KERNEL.to_string())]
    pub max_kernel: u32,
    /// Largest stride
    #[arg(long, default_value_t = 4, value_parser = MAX_STRIDE,
          value_name = MAX_STRIDE.to_string())]
    pub max_stride: u32,
    /// Most channels
    #[arg(long, default_value_t = 512, value_parser = MAX_CHANNELS,
          value_name = MAX_CHANNELS.to_string())]
    pub max_channels: u32,
    /// Most rows and columns of a map, padding included
    #[arg(long, default_value_t = 256, value_parser = MAX_MAP, value_name = MAX_MAP.to_string())]
    pub max_map: u32,
    /// Lines of the memory that holds the map
    #[arg(long, default_value_t = 65_536, value_parser = MEMORY_LINES,
          value_name = MEMORY_LINES.to_string())]
    pub memory_lines: u32,
    /// New elements that can wait in a unit
    #[arg(long, default_value_t = 16, value_parser = NEW_WORDS,
          value_name = NEW_WORDS.to_string())]
    pub new_words: u32,
    /// Elements that a unit can reserve for the row of windows below
    #[arg(long, default_value_t = 10_240, value_parser = STORE_WORDS,
          value_name = STORE_WORDS.to_string())]
    pub reserved_words: u32,
    /// Elements that the wrap store can keep from group to group
    #[arg(long, default_value_t = 4096, value_parser = STORE_WORDS,
          value_name = STORE_WORDS.to_string())]
    pub neighbour_words: u32,
}

impl Params {
    /// The design, if the parameters do not contradict each other.
    pub(crate) fn design(&self) -> Result<Im2col, SpecError> {
        if !self.patch_units.is_power_of_two() {
            let reason = "units share the lines of the memory evenly";
            return Err(SpecError::new("patch-units", self.patch_units, reason, "1, 2, 4, 8, 16"));
        }
        if self.new_words < self.max_kernel {
            let reason = format!(
                "with --max-kernel {0} a unit waits for the others with up to {0} new elements of a row",
                self.max_kernel
            );
            let accepted = Range(self.max_kernel, NEW_WORDS.1).to_string();
            return Err(SpecError::new("new-words", self.new_words, reason, accepted));
        }
        Ok(Im2col {
            units: self.patch_units,
            data_width: self.data_width,
            max_kernel: self.max_kernel,
            max_stride: self.max_stride,
            max_channels: self.max_channels,
            max_map: self.max_map,
            memory_lines: self.memory_lines,
            new_words: self.new_words,
            reserved_words: self.reserved_words,
            neighbour_words: self.neighbour_words,
        })
    }
}
