//! What may be typed, and when it makes a design.

use super::Gemm;
use crate::SpecError;
use crate::params::Range;
use serde::Serialize;

const ROWS: Range = Range(1, 256);
const COLS: Range = Range(1, 32);
const ACC_REGS: Range = Range(1, 8);
const DATA_WIDTH: Range = Range(2, 16);
const ACC_WIDTH: Range = Range(4, 48);
const PRODUCT_CUT: Range = Range(0, 31);
const OUT_WIDTH: Range = Range(2, 32);

/// Into how many arrays the rows can be divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, Serialize)]
pub enum Split {
    /// One tall array only
    #[value(name = "1")]
    #[serde(rename = "1")]
    One,
    /// One or two
    #[value(name = "2")]
    #[serde(rename = "2")]
    Two,
    /// One, two or four
    #[value(name = "4")]
    #[serde(rename = "4")]
    Four,
}

impl Split {
    const ALL: [Self; 3] = [Self::One, Self::Two, Self::Four];

    /// The largest that divides `rows`.
    fn largest(rows: u32) -> Self {
        Self::ALL.into_iter().rfind(|split| split.divides(rows)).unwrap_or(Self::One)
    }

    /// Whether all arrays get equally many of `rows`.
    const fn divides(self, rows: u32) -> bool {
        rows.is_multiple_of(self.arrays())
    }

    /// The largest number of arrays.
    pub const fn arrays(self) -> u32 {
        1 << self.largest_mode()
    }

    /// The largest value of the field `split`.
    pub(super) const fn largest_mode(self) -> u32 {
        match self {
            Self::One => 0,
            Self::Two => 1,
            Self::Four => 2,
        }
    }
}

/// How the multiplier is described.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Multiplier {
    /// The operator `*`: the fastest to simulate, and what FPGA tools map to DSP blocks
    Operator,
    /// Radix-4 Booth recoding, summed with the accumulator in carry-save form: small in cells
    Booth,
}

/// What may be typed.
#[derive(Clone, Debug, clap::Args, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Params {
    /// Rows of processing elements
    #[arg(long, default_value_t = 128, value_parser = ROWS, value_name = ROWS.to_string())]
    pub rows: u32,
    /// Columns of processing elements
    #[arg(long, default_value_t = 4, value_parser = COLS, value_name = COLS.to_string())]
    pub cols: u32,
    /// Registers per processing element: sums it can keep at a time
    #[arg(long, default_value_t = 4, value_parser = ACC_REGS, value_name = ACC_REGS.to_string())]
    pub acc_regs: u32,
    /// Bits of a weight and of a patch element, two's complement
    #[arg(long, default_value_t = 16, value_parser = DATA_WIDTH,
          value_name = DATA_WIDTH.to_string())]
    pub data_width: u32,
    /// Bits of a sum
    #[arg(long, default_value_t = 24, value_parser = ACC_WIDTH,
          value_name = ACC_WIDTH.to_string())]
    pub acc_width: u32,
    /// Low bits of a product dropped before it is added [default: so that the largest product fits]
    #[arg(long, value_parser = PRODUCT_CUT, value_name = PRODUCT_CUT.to_string())]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product_cut: Option<u32>,
    /// Bits of a result [default: those of the data, or of a sum if it has fewer]
    #[arg(long, value_parser = OUT_WIDTH, value_name = OUT_WIDTH.to_string())]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub out_width: Option<u32>,
    /// Largest number of arrays that the rows can be divided into, tile by tile [default: the largest
    /// that divides them]
    #[arg(long, value_enum)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub split: Option<Split>,
    /// How the multiplier is described
    #[arg(long, value_enum, default_value_t = Multiplier::Operator)]
    pub multiplier: Multiplier,
}

impl Params {
    /// The design, if the parameters do not contradict each other.
    pub(super) fn design(&self) -> Result<Gemm, SpecError> {
        let Self { rows, cols, acc_regs, data_width, acc_width, multiplier, .. } = *self;
        let split = self.split.unwrap_or_else(|| Split::largest(rows));
        let arrays = split.arrays();
        if !split.divides(rows) {
            let reason = format!("{rows} rows cannot be divided into {arrays} arrays");
            let legal = Split::ALL.into_iter().filter(|split| split.divides(rows));
            let legal: Vec<_> = legal.map(|split| split.arrays().to_string()).collect();
            return Err(SpecError::new("split", arrays, reason, legal.join(", ")));
        }
        let product = 2 * data_width;
        let cuts = Range(product.saturating_sub(acc_width), product - 1);
        let product_cut = self.product_cut.unwrap_or(cuts.0);
        if !(cuts.0..=cuts.1).contains(&product_cut) {
            let reason = format!(
                "a product of {product} bits (twice --data-width) has to fit a sum of {acc_width} \
                 (--acc-width) and keep one"
            );
            return Err(SpecError::new("product-cut", product_cut, reason, cuts.to_string()));
        }
        let out_width = self.out_width.unwrap_or(data_width.min(acc_width));
        if out_width > acc_width {
            let reason = format!("a sum has only {acc_width} bits (--acc-width)");
            let accepted = Range(OUT_WIDTH.0, acc_width.min(OUT_WIDTH.1)).to_string();
            return Err(SpecError::new("out-width", out_width, reason, accepted));
        }
        Ok(Gemm {
            rows,
            cols,
            acc_regs,
            data_width,
            acc_width,
            product_cut,
            out_width,
            split,
            multiplier,
        })
    }
}
