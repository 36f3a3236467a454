//! `cap_ram`: the digital half of a charge-domain SRAM macro, with its array in analog cells.
//!
//! # Contract
//! The array has `S` slices, in pairs of a plus slice (even) and a minus slice (odd). A slice has
//! `R` rows of `C` bits. For an operation every slice puts one of its rows, word `w`, to work, and
//! every column gets an input `x` of up to 8 bits without sign.
//!
//! In one *global cycle* columns hold a nibble `X` of their inputs, every slice shares its charge,
//! and the `n`-bit converter of every pair converts one of
//!
//! ```text
//! plus or minus slice alone   code = clamp(floor(D), 0, 2^(n-1) - 1)
//! plus less minus slice       code = clamp(floor(D), -2^(n-1), 2^(n-1) - 1)
//! D = sum over columns of w X, in LSB of 15 C / 2^(n-1): 30 for 128 columns and 7 bits
//! ```
//!
//! Codes are corrected, one gain and offset per slice, in sixteenths of an LSB, half up:
//! `value = round(gain code + offset)`. A difference is corrected as its plus slice. With a master
//! curve of `N` points, the range of codes has `N` equal segments, each with a correction that is
//! added to the values in it, whichever slice they come from; the outer two also count for values
//! beyond the range: `value + curve[clamp(floor(value N / 2^n) + N/2, 0, N - 1)]`.
//!
//! Inputs of more than 4 bits take two global cycles: `value(high) 16 + value(low)`. An adder tree
//! of four levels puts weights together; the lowest bit or digit lies in the first slice or pair:
//!
//! | encoding | slices converted | bits of a weight at level 0, 1, 2, 3 |
//! |---|---|---|
//! | 0: two's complement | plus, then minus slices | 1, 2, 4, 8: slice after slice |
//! | 1: two's complement | plus slices | -, 1, 2, 4: pair after pair |
//! | 2: two's complement | minus slices | -, 1, 2, 4: pair after pair |
//! | 3: ternary digits | plus less minus slices | -, 2, 3, 5: pair after pair |
//!
//! A weight at level `l` takes `2^l` slices. One bit is 0 or 1; of more bits the last one is
//! negative. Where an encoding has no level 0, it means level 1.
//!
//! Bits of an input above its width are ignored. An operation takes the setup, calibrations and
//! points of the curve that were accepted before it, and none that are accepted later: those wait
//! until no code needs the old ones. Rows are undefined before the first setup, words before they
//! are written. Rows or slices that do not exist read as zero, and what is
//! written there is lost. Accesses to the memory wait until no conversion is running; then they go
//! before operations, but for a read whose word has no place.
//!
//! Results are sums, in sixteenths of an LSB and no further scaled: multiplier, bias, shift and clamp of
//! a layer, `y = clamp(floor((sum m + b) / 2^s), low, high)`, are the driver's, after the sums of all
//! pieces of a filter.
//!
//! # Timing
//! A global cycle is `n + 5` clock cycles: precharge, input, multiply, and the conversion's `n + 2`.
//! Operations of `G` global cycles follow each other every `G (n + 5)` clock cycles; a result is
//! taken 7 cycles after that at the earliest, 8 with a master curve. While a result is
//! not taken, no column takes inputs, since charge does not keep; a global cycle that has them goes
//! on.
//!
//! The pins towards the analog side change after a rising edge of `clk_i`. The analog side acts at the
//! falling edge in the middle of that cycle: it precharges, takes inputs and words, multiplies, shares
//! charge, samples, takes the charge of the converters' cells that fire, and compares. `decision_i` and,
//! in a read, `bit_line_i` are taken at the rising edge that ends the cycle. There are `2^(n-3)` cells, wired in groups of 1, 1, 2,
//! 4, .. cells: those up to the highest set bit of `groups_o` fire, and the largest step fires all cells
//! twice.
//!
//! # Source
//! Chen et al., "CAP-RAM: A Charge-Domain In-Memory Computing 6T-SRAM for Accurate and
//! Precision-Programmable CNN Inference", IEEE JSSC 2021: array, converters, encodings, levels,
//! two cycles for long inputs, gain and offset, and that a master curve can follow. Clock cycles
//! within a global cycle, formats, streams, ties, segments of the curve, encodings 1 and 2, and one
//! row per slice and setup are our choice.

mod correction;
mod cycles;
mod engine;
mod golden;
mod interface;
pub mod measure;
mod mutants;
mod params;
mod precision;
mod rtl;
mod script;
mod twin;
mod vectors;

pub use correction::{Calibration, CalibrationError, Correction, MasterCurve, MasterCurveError};
pub use engine::{Cells, Engine, Inputs, Selection, Side};
use interface::SetupBeat;
pub use interface::{CalibrationBeat, CurveBeat};
pub use params::{ArrayModel, Params};
pub use precision::{Encoding, Precision, PrecisionError};
pub use script::{Script, product};

use super::sar_adc::{Analog, SarAdc};
use crate::block::{
    Bench, Block, Configuration, Experiment, Fact, Golden, Kernel, Measurement, Mutant, Package,
    Path, Prediction, Proof, Scene,
};
use crate::goals::Cross;
use crate::interface::Interface;
use crate::random::Random;
use crate::traffic::Traffic;
use crate::verilog::Ident;
use crate::{Source, SpecError};
use engine::analog::Deviations;

/// Slices that the largest weight takes.
const OCTET: u32 = 8;

/// Bits of an input.
const INPUT_BITS: u32 = 8;

/// Bits of an input that a column takes at a time.
const NIBBLE: u32 = 4;

/// Fraction bits of a result, and of an offset.
const RESULT_FRACTION: u32 = 4;

/// Fraction bits of a gain.
const GAIN_FRACTION: u32 = 10;

/// The registry's handle.
pub struct Generated;

impl Block for Generated {
    type Params = Params;
    type Spec = CapRam;

    const NAME: &'static str = "cap_ram";
    const SUMMARY: &'static str = "digital half of a charge-domain SRAM macro, with analog cells";
    const SOURCE: &'static str =
        "Chen et al., CAP-RAM, IEEE JSSC 2021, charge-domain in-memory computing SRAM";
    const CONFIGURATIONS: &'static [Configuration] = &[
        ("default", ""),
        ("small", "--slices 8 --columns 16"),
        ("integer", "--slices 16 --array integer"),
        ("lenet", "--array integer"),
        ("curve", "--slices 8 --columns 16 --curve-points 16"),
        ("odd", "--slices 24 --columns 10 --rows-per-cluster 3 --adc-bits 5 --array integer"),
        ("nonideal", concat!("--slices 16 --columns 32 --analog-seed 5 ", measure::measured!())),
    ];

    const CONTRADICTIONS: &'static [&'static str] = &[
        "--slices 12",
        "--curve-points 4",
        "--curve-points 24",
        "--adc-bits 5 --curve-points 64",
        "--array integer --noise-sigma 0.3",
        "--array integer --leakage 0.3",
    ];

    /// The sequencer is the same in every design; the smallest macro comes with its faults.
    const TWINS: &'static [&'static str] = &["--slices 8 --columns 16", ""];

    fn spec(params: &Params) -> Result<CapRam, SpecError> {
        params.design()
    }
}

/// A legal design.
#[derive(Clone, Debug)]
pub struct CapRam {
    slices: u32,
    columns: u32,
    rows: u32,
    adc_bits: u32,
    curve_points: u32,
    model: ArrayModel,
    deviations: Deviations,
    analog: Analog,
    adc: SarAdc,
}

impl CapRam {
    /// Number of slices.
    pub const fn slices(&self) -> usize {
        self.slices as usize
    }

    /// Number of columns.
    pub const fn columns(&self) -> usize {
        self.columns as usize
    }

    /// Rows of a slice.
    pub const fn rows(&self) -> usize {
        self.rows as usize
    }

    /// Rows that a slice of a design has at most.
    pub const MOST_ROWS: usize = params::ROWS.1 as usize;

    /// Bits of a converter.
    pub const fn adc_bits(&self) -> u32 {
        self.adc_bits
    }

    /// Segments of the master curve; 0: there is none.
    pub const fn curve_points(&self) -> u32 {
        self.curve_points
    }

    /// Clock cycles of a global cycle: precharge, input, multiply, conversion.
    pub const fn global_cycle(&self) -> u32 {
        3 + self.adc.interval()
    }

    /// Whether array and converters have neither deviations nor noise.
    pub fn is_ideal(&self) -> bool {
        let analog = &self.analog;
        self.deviations.are_zero()
            && [analog.cell_sigma, analog.offset_sigma, analog.noise_sigma] == [0.0; 3]
    }

    /// Whether two conversions of the same may give different codes.
    pub fn is_noisy(&self) -> bool {
        self.analog.noise_sigma > 0.0
    }

    const fn pairs(&self) -> u32 {
        self.slices / 2
    }
}

/// Dot product that moves a code by one.
fn products_per_lsb(columns: u32, adc_bits: u32) -> f64 {
    f64::from(15 * columns) / f64::from(1 << (adc_bits - 1))
}

impl Package for CapRam {
    fn interface(&self) -> Interface {
        Interface { streams: self.streams(), pins: self.pins() }
    }

    fn modules(&self, top: &Ident) -> Vec<Source> {
        rtl::modules(self, top)
    }

    fn cells(&self, top: &Ident) -> Vec<Source> {
        rtl::cells(self, top)
    }

    fn bench(&self, top: &Ident) -> Bench {
        let interface = Interface::of_streams(self.streams());
        Bench { module: rtl::bench_name(top).to_string(), interface }
    }

    fn golden(&self) -> Box<dyn Golden> {
        Box::new(golden::Model::new(self))
    }

    fn timing(&self) -> Vec<Path> {
        Vec::new() // depends on the setup; see predicted_cycles
    }

    fn predicted_cycles(&self, phases: &[Traffic]) -> Prediction {
        Prediction::Cycles(cycles::cycles(self, phases))
    }

    fn facts(&self) -> Vec<Fact> {
        let bits = self.slices * self.rows * self.columns;
        let lsb = products_per_lsb(self.columns, self.adc_bits);
        vec![
            Fact::number("memory", bits, "bits", "slices, rows and columns"),
            Fact::number(
                "global cycle",
                self.global_cycle(),
                "clock cycles",
                "precharge, input, multiply and a conversion",
            ),
            Fact::number(
                "products",
                self.pairs() * self.columns,
                "per global cycle",
                "of 4-bit inputs and a weight's bit or digit, each with its addition",
            ),
            Fact::number("lsb", lsb, "products", "dot product that moves a code by one"),
            Fact::text("result", self.result(3), "format of the widest results"),
        ]
    }
}

impl Proof for CapRam {
    fn corners(&self) -> Vec<Scene> {
        vectors::corners(self)
    }

    fn crosses(&self) -> Vec<Cross> {
        let SetupBeat { encoding, level, input_bits, .. } = SetupBeat::AT;
        let pairs = [[encoding, level], [encoding, input_bits], [level, input_bits]];
        pairs.map(|fields| Cross { stream: "setup", fields }).to_vec()
    }

    fn vectors(&self, random: &mut Random, beats: usize) -> Vec<Traffic> {
        vectors::random(self, random, beats)
    }

    /// Slices, a word of 32 columns at a time, as a simulator computes them.
    fn units(&self) -> u32 {
        self.slices * self.columns.div_ceil(32)
    }

    fn mutants(&self, top: &Ident) -> Vec<Mutant> {
        mutants::mutants(self, top)
    }

    fn twin(&self, top: &Ident) -> Vec<Source> {
        twin::modules(top)
    }
}

impl Measurement for CapRam {
    fn experiments(&self) -> Vec<Experiment> {
        vec![measure::experiment::experiment(self)]
    }

    fn kernels(&self) -> Vec<Kernel> {
        engine::speed::all(self)
    }
}
