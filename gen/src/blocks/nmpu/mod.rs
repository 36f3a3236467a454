//! `nmpu`: near-memory processing unit, the fixed-point post-processing of analog in-memory
//! computing.
//!
//! # Contract
//! Every entry belongs to a *column*; every unit keeps one set of coefficients per column. With
//! `x` the raw entry (one count, or a positive and a negative count), `s` the scale `U(i,f)`, `o`
//! the offset `S(i,f)` and `F` the larger of both fractions,
//!
//! ```text
//! t = s_p * x_p - s_n * x_n + o        exact, F fraction bits
//! u = t >>> cut_pre                    floor
//! v = (u + 1) >>> 1                    drop one bit, round half up
//! y = saturate(v >>> cut_post)         floor, then clamp to the output width (two's complement)
//! z = relu ? max(y, 0) : y
//! ```
//!
//! Together the three steps are `floor(e + 1/2^(cut_post+1))` of the ideal result
//! `e = t / 2^(cut_pre+1+cut_post)`: a result that is not saturated is off by less than 1, and by
//! at most 1/2 if nothing is cut after rounding.
//!
//! In the terms of a requantisation, `y = clamp(floor((x m + b) / 2^s), low, high)`, one branch computes
//! the instance
//!
//! ```text
//! m = s_p 2^(F - fraction of scales)       s = cut_pre + 1 + cut_post
//! b = o 2^(F - fraction of offsets) + 2^cut_pre
//! ```
//!
//! with `low` the smallest result, 0 with ReLU, and `high` the largest. Two branches compute that of a
//! sum, `x_p m_p + x_n m_n + b`, with `m_n = -s_n 2^(F - fraction of scales)`.
//!
//! A column index at or above `columns` is legal: its coefficients read as zero and writes to it
//! are dropped; so are reads and writes of a unit at or above `units`. Coefficients are undefined
//! until written. An entry uses the coefficients that were written before the edge that takes it.
//!
//! # Timing
//! One entry per unit and clock; `stages` cycles from entry to result; stages that hold nothing
//! fill up while the output is stalled, so back-pressure costs no bubble.
//!
//! # Source
//! Ferro et al., "A Precision-Optimized Fixed-Point Near-Memory Digital Processing Unit for
//! Analog In-Memory Computing" (2024): scale U(1,7), offset S(7,1), cut-round-cut, 64 units with
//! 4 columns each. Widths between the steps, the rounding rule and two branches of counts are our
//! reading of it.

mod folding;
mod golden;
mod interface;
mod mutants;
mod params;
mod recorded;
#[cfg(test)]
mod reference;
mod rtl;
mod vectors;

pub use folding::{BatchNorm, Channel, FoldError, Folded, Layer};
pub use golden::Coefficients;

pub use params::{Activation, Params};

use crate::block::{
    Block, Configuration, Fact, Golden, Measurement, Mutant, Package, Path, Proof, Scene,
};
use crate::interface::Interface;
use crate::random::Random;
use crate::traffic::Traffic;
use crate::verilog::{Format, Ident, Width};
use crate::{Memory, Source, SpecError};

/// A scale is split in two halves to shorten the multiplier, so it has at least two bits.
const SMALLEST_SCALE: u32 = 2;

/// Rounding looks at one bit and keeps at least one.
const SMALLEST_KEPT: u32 = 2;

/// The registry's handle.
pub struct Generated;

impl Block for Generated {
    type Params = Params;
    type Spec = Nmpu;

    const NAME: &'static str = "nmpu";
    const SUMMARY: &'static str = "near-memory processing unit: affine correction, rounding, ReLU";
    const SOURCE: &'static str =
        "Ferro et al., fixed-point NMPU for analog in-memory computing, 2024";
    const CONFIGURATIONS: &'static [Configuration] = &[
        ("default", ""),
        ("width16", "--width 16"),
        ("one_branch_signed", "--branches 1 --signed --activation none --stages 3"),
        ("array64", "--units 64"),
        (
            "narrow",
            "--width 2 --scale-int 0 --scale-frac 2 --offset-int 1 --offset-frac 0 \
             --out-width 32 --columns 1 --stages 1 --activation relu",
        ),
        (
            "wide",
            "--width 32 --signed --scale-int 8 --scale-frac 16 --offset-int 24 --offset-frac 16 \
             --cut-post 3 --columns 5 --units 3 --stages 6",
        ),
        // The recorded layer fits: as many columns as it has channels, wider offsets, finest cut.
        ("batch_norm", "--units 4 --columns 8 --offset-int 10 --cut-pre 10"),
        (
            "offset_finer_than_scale",
            "--scale-frac 3 --offset-frac 6 --cut-pre 0 --cut-post 2 --stages 2",
        ),
    ];

    const CONTRADICTIONS: &'static [&'static str] =
        &["--scale-int 0 --scale-frac 1", "--cut-pre 40", "--cut-pre 10 --cut-post 30"];

    fn spec(params: &Params) -> Result<Nmpu, SpecError> {
        params.design()
    }
}

/// A legal design.
#[derive(Clone, Debug)]
pub struct Nmpu {
    width: u32,
    branches: u32,
    signed: bool,
    scale: Format,
    offset: Format,
    cut_pre: u32,
    cut_post: u32,
    out_width: u32,
    activation: Activation,
    columns: u32,
    units: u32,
    stages: u32,
}

impl Nmpu {
    fn entry(&self) -> Format {
        if self.signed { Format::signed(self.width, 0) } else { Format::unsigned(self.width, 0) }
    }

    fn result(&self) -> Format {
        Format::signed(self.out_width, 0)
    }

    fn column(&self) -> Format {
        Format::unsigned(Width::index(self.columns).bits(), 0)
    }

    fn unit(&self) -> Format {
        Format::unsigned(Width::index(self.units).bits(), 0)
    }

    /// What a unit makes of one positive and one negative count, or of an entry and zero.
    pub fn apply(&self, coefficients: &Coefficients, entries: [i64; 2]) -> i64 {
        golden::Arithmetic::new(self).result(coefficients, entries)
    }

    const fn two_branches(&self) -> bool {
        self.branches == 2
    }

    fn relu_is_written(&self) -> bool {
        self.activation == Activation::Runtime
    }

    /// The cut that maps the largest entry at scale 1.0 to the largest result.
    fn filling_cut(&self) -> u32 {
        let fraction = self.scale.fraction.max(self.offset.fraction);
        let magnitude = self.width - u32::from(self.signed);
        (magnitude + fraction).saturating_sub(self.out_width + self.cut_post)
    }

    /// The largest cut before rounding that leaves the cut after it enough bits.
    fn largest_cut(&self) -> u32 {
        let sum = self.widths().sum.bits();
        sum - SMALLEST_KEPT.max(self.cut_post + 1)
    }
}

impl Package for Nmpu {
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

    fn timing(&self) -> Vec<Path> {
        vec![
            Path { from: "in", to: "out", latency: self.stages, interval: 1 },
            Path { from: "config", to: "readback", latency: 1, interval: 1 },
        ]
    }

    fn facts(&self) -> Vec<Fact> {
        let widths = self.widths();
        vec![
            Fact::text("entry", self.entry(), "format of an entry"),
            Fact::text("scale", self.scale, "format of a scale"),
            Fact::text("offset", self.offset, "format of an offset"),
            Fact::text("result", self.result(), "format of a result"),
            Fact::number("sum", widths.sum.bits(), "bits", "exact sum of products and offset"),
            Fact::number(
                "cut-pre",
                self.cut_pre,
                "",
                "low bits of the sum dropped (floor) before rounding",
            ),
            Fact::number("cut-post", self.cut_post, "", "low bits dropped (floor) after it"),
            Fact::number(
                "coefficients",
                self.units * self.columns,
                format!("of {} bits", widths.coefficients),
                "one set per unit and column, in flip-flops",
            ),
        ]
    }
}

impl Proof for Nmpu {
    fn corners(&self) -> Vec<Scene> {
        vectors::corners(self)
    }

    fn vectors(&self, random: &mut Random, beats: usize) -> Vec<Traffic> {
        vectors::random(self, random, beats)
    }

    fn mutants(&self, top: &Ident) -> Vec<Mutant> {
        mutants::mutants(self, top)
    }
}

impl Measurement for Nmpu {}
