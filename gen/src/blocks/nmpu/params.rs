//! What may be typed, and when it makes a design.

use super::{Nmpu, SMALLEST_KEPT, SMALLEST_SCALE};
use crate::SpecError;
use crate::params::Range;
use crate::verilog::Format;
use serde::Serialize;

const WIDTH: Range = Range(2, 32);
const BRANCHES: Range = Range(1, 2);
const SCALE_INT: Range = Range(0, 8);
const SCALE_FRAC: Range = Range(0, 16);
const OFFSET_INT: Range = Range(1, 24);
const OFFSET_FRAC: Range = Range(0, 16);
const CUT: Range = Range(0, 64);
const OUT_WIDTH: Range = Range(2, 32);
const COLUMNS: Range = Range(1, 256);
const UNITS: Range = Range(1, 64);
const STAGES: Range = Range(1, 6);

/// What happens to the result last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Activation {
    /// Nothing
    None,
    /// Negative results become zero
    Relu,
    /// One bit per unit and column, written with the coefficients, enables ReLU
    Runtime,
}

/// What may be typed.
#[derive(Clone, Debug, clap::Args, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Params {
    /// Bits per entry
    #[arg(long, default_value_t = 12, value_parser = WIDTH, value_name = WIDTH.to_string())]
    width: u32,
    /// Entries per result: 1, or 2 for a positive and a negative count with a scale each
    #[arg(long, default_value_t = 2, value_parser = BRANCHES, value_name = BRANCHES.to_string())]
    branches: u32,
    /// Entries are two's complement
    #[arg(long, overrides_with = "unsigned")]
    signed: bool,
    /// Entries are unsigned (the default)
    #[arg(long, overrides_with = "signed")]
    #[serde(skip)]
    unsigned: bool,
    /// Integer bits of a scale
    #[arg(long, default_value_t = 1, value_parser = SCALE_INT, value_name = SCALE_INT.to_string())]
    scale_int: u32,
    /// Fraction bits of a scale
    #[arg(long, default_value_t = 7, value_parser = SCALE_FRAC,
          value_name = SCALE_FRAC.to_string())]
    scale_frac: u32,
    /// Integer bits of an offset, the sign among them
    #[arg(long, default_value_t = 7, value_parser = OFFSET_INT,
          value_name = OFFSET_INT.to_string())]
    offset_int: u32,
    /// Fraction bits of an offset
    #[arg(long, default_value_t = 1, value_parser = OFFSET_FRAC,
          value_name = OFFSET_FRAC.to_string())]
    offset_frac: u32,
    /// Bits cut before rounding [default: so that a full-scale entry at scale 1.0 fills the output]
    #[arg(long, value_parser = CUT, value_name = CUT.to_string())]
    #[serde(skip_serializing_if = "Option::is_none")]
    cut_pre: Option<u32>,
    /// Bits cut after rounding
    #[arg(long, default_value_t = 0, value_parser = CUT, value_name = CUT.to_string())]
    cut_post: u32,
    /// Bits of a result, two's complement
    #[arg(long, default_value_t = 8, value_parser = OUT_WIDTH,
          value_name = OUT_WIDTH.to_string())]
    out_width: u32,
    /// Activation function
    #[arg(long, value_enum, default_value_t = Activation::Runtime)]
    activation: Activation,
    /// Columns served by one unit, each with its own coefficients
    #[arg(long, default_value_t = 4, value_parser = COLUMNS, value_name = COLUMNS.to_string())]
    columns: u32,
    /// Units working in lockstep on one column index
    #[arg(long, default_value_t = 1, value_parser = UNITS, value_name = UNITS.to_string())]
    units: u32,
    /// Pipeline stages
    #[arg(long, default_value_t = 5, value_parser = STAGES, value_name = STAGES.to_string())]
    stages: u32,
}

impl Params {
    /// The design, if the parameters do not contradict each other.
    pub(super) fn design(&self) -> Result<Nmpu, SpecError> {
        let scale_width = self.scale_int + self.scale_frac;
        if scale_width < SMALLEST_SCALE {
            return Err(SpecError::new(
                "scale-frac",
                self.scale_frac,
                format!("with --scale-int {} a scale has less than 2 bits", self.scale_int),
                Range(SMALLEST_SCALE - self.scale_int, SCALE_FRAC.1).to_string(),
            ));
        }
        let mut nmpu = Nmpu {
            width: self.width,
            branches: self.branches,
            signed: self.signed,
            scale: Format::unsigned(self.scale_int, self.scale_frac),
            offset: Format::signed(self.offset_int, self.offset_frac),
            cut_pre: 0,
            cut_post: self.cut_post,
            out_width: self.out_width,
            activation: self.activation,
            columns: self.columns,
            units: self.units,
            stages: self.stages,
        };
        let sum = nmpu.widths().sum.bits();
        let largest_pre = sum - SMALLEST_KEPT;
        nmpu.cut_pre = self.cut_pre.unwrap_or_else(|| nmpu.filling_cut().min(largest_pre));
        if nmpu.cut_pre > largest_pre {
            let reason = format!(
                "--width {}, the scale's bits and the offset's make a sum of {sum} bits, of which \
                 rounding needs {SMALLEST_KEPT}",
                self.width
            );
            let accepted = Range(0, largest_pre).to_string();
            return Err(SpecError::new("cut-pre", nmpu.cut_pre, reason, accepted));
        }
        let largest_post = sum - nmpu.cut_pre - 1;
        if nmpu.cut_post > largest_post {
            let cut = nmpu.cut_pre;
            let reason = format!("--cut-pre {cut} leaves {largest_post} of {sum} bits to cut");
            let accepted = Range(0, largest_post).to_string();
            return Err(SpecError::new("cut-post", nmpu.cut_post, reason, accepted));
        }
        Ok(nmpu)
    }
}
