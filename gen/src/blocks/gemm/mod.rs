//! `gemm`: tall output-stationary systolic array for matrix multiplication.
//!
//! # Contract
//! A *tile* is `A x B`: `A` holds one row of weights per array row and register, `B` one patch per
//! array column, of R rows and C columns. Every processing element keeps its sums while weights enter from the left, one
//! array row per row of `A`, and patches from the top, one array column per column of `B`. With
//! `K` steps and `q` registers, array row `i`, column `j` and register `r` compute
//!
//! ```text
//! sum(i,j,r)    = sum over k of floor(weight(k,r,i) * patch(k,j) / 2^product_cut)
//!                 modulo 2^acc_width, two's complement: it wraps around
//! result(i,j,r) = saturate(round(sum / 2^cut))     round half up, clamp to the output width
//! ```
//!
//! A tile of `K` steps and `q` registers takes
//!
//! | stream    | beats | what beat number `n` holds |
//! |-----------|-------|----------------------------|
//! | `tile`    | 1     | `steps` = K - 1, `registers` = q - 1, `split`, `cut` |
//! | `weights` | K q   | `n = k q + r`: `weight(k,r,i)` of every row `i` |
//! | `patches` | K     | `n = k`: `patch(k,j)` of every column `j`; held for the q steps of k |
//! | `results` | q C   | `n = r C + j`: `result(i,j,r)` of every row `i`, for C columns |
//!
//! Where the design allows it, `split` = 1 or 2 divides the rows into p = 2 or 4 arrays of `R / p`
//! rows. Each has patches of its own: array `s` takes elements `s C + j`. Weights are broadcast:
//! row `i` of every small array takes element `i`, the others are ignored. Results stay where
//! their rows are. The mode may change from tile to tile and costs nothing.
//!
//! A field beyond its largest value means the largest; a `cut` of `acc_width` or more gives zero.
//!
//! # Timing
//! Steps follow each other in every clock cycle, from one tile to the next without a gap. A
//! missing beat is a bubble that travels through the array; a result that is not taken freezes
//! all of it. The first step of a tile replaces the sums, so clearing takes no time.
//!
//! Results leave straight from the sums, for C cycles per register a word per row and cycle. Where
//! there are several registers, each exists twice: tiles take turns. So leaving is hidden as long as
//! the next tile has `K >= C` for as many registers. Otherwise the last step of the next tile
//! waits: its `drain` begins `q C` cycles after this one's at the earliest. With tile 1 taken in
//! cycle 0, and all streams ready at once,
//!
//! ```text
//! first(1)   = 1                                       first step of tile 1
//! drain(n)   = max(first(n) + (K(n) - 1) q(n), drain(n-1) + q(n-1) C)
//! first(n+1) = drain(n) + q(n)
//! cycles     = drain(N) + q(N) C + R + 4               the last result is taken in cycle `cycles` - 1
//! ```
//!
//! Data is skewed inside, by one cycle per row and column, in every mode alike.
//!
//! # Power
//! A zero never enters an operand register: the register holds and a flag travels in its place.
//! With either flag set, the sum holds too. The first step of a tile is exempt.
//!
//! # Source
//! Soltaniyeh, Martin, Nagarakatte, "An Accelerator for Sparse Convolutional Neural Networks
//! Leveraging Systolic General Matrix-Matrix Multiplication" (ACM TACO 2022): 128 x 4 processing
//! elements, 16-bit operands, 24-bit accumulators, 4 registers each, one tall array or several
//! small ones. Skew, drain path, rounding, number formats and the geometry of the small arrays
//! are our choice.

mod cycles;
mod golden;
mod interface;
mod mutants;
mod params;
mod rtl;

mod vectors;

pub use cycles::{Inputs, Outputs, Stepper, Tile};

pub(super) use interface::TileBeat;
pub use params::{Multiplier, Params, Split};

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

/// Bits of the number of steps: enough for the longest patch of any network we know.
const STEPS_WIDTH: u32 = 16;

/// The registry's handle.
pub struct Generated;

impl Block for Generated {
    type Params = Params;
    type Spec = Gemm;

    const NAME: &'static str = "gemm";
    const SUMMARY: &'static str = "tall output-stationary systolic array, divisible at run time";
    const SOURCE: &'static str =
        "Soltaniyeh et al., SPOTS: sparse CNN accelerator, systolic GEMM, ACM TACO 2022";
    const CONFIGURATIONS: &'static [Configuration] = &[
        ("default", ""),
        ("int8_8x8", "--rows 8 --cols 8 --acc-regs 1 --data-width 8 --split 1 --multiplier booth"),
        ("split2", "--rows 6 --cols 3 --acc-regs 3 --data-width 5 --split 2"),
        (
            "single",
            "--rows 1 --cols 1 --acc-regs 1 --data-width 2 --acc-width 4 --out-width 4 --split 1",
        ),
        (
            "booth_odd",
            "--rows 4 --cols 2 --acc-regs 2 --data-width 7 --acc-width 20 --product-cut 3 \
             --multiplier booth",
        ),
        // Delays too long for shift registers, in a design that is built quickly
        (
            "column",
            "--rows 12 --cols 1 --acc-regs 2 --data-width 4 --acc-width 12 --out-width 8 --split 1",
        ),
        ("square", "--rows 16 --cols 16 --acc-regs 2 --data-width 8 --acc-width 32 --split 1"),
    ];

    const CONTRADICTIONS: &'static [&'static str] = &[
        "--rows 6 --split 4",
        "--product-cut 7",
        "--data-width 4 --product-cut 8",
        "--acc-width 12 --out-width 13",
    ];

    fn spec(params: &Params) -> Result<Gemm, SpecError> {
        params.design()
    }
}

/// A legal design.
#[derive(Clone, Debug)]
pub struct Gemm {
    rows: u32,
    cols: u32,
    acc_regs: u32,
    data_width: u32,
    acc_width: u32,
    product_cut: u32,
    out_width: u32,
    split: Split,
    multiplier: Multiplier,
}

impl Gemm {
    const fn data(&self) -> Format {
        Format::signed(self.data_width, 0)
    }

    const fn result(&self) -> Format {
        Format::signed(self.out_width, 0)
    }

    const fn several_registers(&self) -> bool {
        self.acc_regs > 1
    }

    fn is_divisible(&self) -> bool {
        self.split != Split::One
    }
}

impl Package for Gemm {
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
        golden::check(self, phases)
    }

    fn timing(&self) -> Vec<Path> {
        Vec::new() // beats do not correspond one to one; see predicted_cycles
    }

    fn predicted_cycles(&self, phases: &[Traffic]) -> Prediction {
        Prediction::Cycles(self.predict(phases))
    }

    fn facts(&self) -> Vec<Fact> {
        let skew = |count: u32| count * (count - 1) / 2;
        let words = skew(self.rows) + self.split.arrays() * skew(self.cols);
        vec![
            Fact::number(
                "processing elements",
                self.rows * self.cols,
                "",
                "products per clock cycle when no beat is missing",
            ),
            Fact::number(
                "split",
                self.split.arrays(),
                "",
                "arrays that the rows can be divided into",
            ),
            Fact::number("out-width", self.out_width, "", "bits of a result"),
            Fact::number(
                "product-cut",
                self.product_cut,
                "",
                "low bits of a product dropped (floor) before it is added",
            ),
            Fact::number(
                "fill and drain",
                self.latency(),
                "cycles",
                "from the last step of register 0 to its last result, both included",
            ),
            Fact::number("skew in", words, "words", "storage that lets whole beats meet the array"),
            Fact::number(
                "skew out",
                skew(self.rows),
                "words",
                "storage that makes whole beats again",
            ),
        ]
    }
}

impl Proof for Gemm {
    fn corners(&self) -> Vec<Scene> {
        vectors::corners(self)
    }

    fn crosses(&self) -> Vec<Cross> {
        let divisible = self.several_registers() && self.is_divisible();
        let pairs = divisible.then_some([TileBeat::AT.registers, TileBeat::AT.split]);
        pairs.map(|fields| Cross { stream: "tile", fields }).into_iter().collect()
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

impl Measurement for Gemm {}
