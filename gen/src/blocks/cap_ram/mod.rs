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
//! An operation takes the setup that was accepted before it. Rows or slices that do not exist
//! read as zero, and what is written there is lost. Accesses to the memory wait until no
//! conversion is running; then they go before operations.
//!
//! # Timing
//! A global cycle is `n + 5` clock cycles: reset, input, multiply, and the conversion's `n + 2`.
//! Operations of `G` global cycles follow each other every `G (n + 5)` clock cycles; a result is
//! taken 7 cycles after that at the earliest, 8 with a master curve. A result that nobody takes
//! makes the next but one operation wait before its columns take their inputs: charge does not
//! keep.
//!
//! # Source
//! Chen et al., "CAP-RAM: A Charge-Domain In-Memory Computing 6T-SRAM for Accurate and
//! Precision-Programmable CNN Inference", IEEE JSSC 2021: array, converters, encodings, levels,
//! two cycles for long inputs, gain and offset, and that a master curve can follow. Clock cycles
//! within a global cycle, formats, streams, ties, segments of the curve, encodings 1 and 2, and one
//! row per slice and setup are our choice.

mod analog;
mod calibration;
mod cells;
mod charging;
mod counting;
mod dot_product;
mod engine;
mod experiments;
mod golden;
pub mod linearity;
mod master_curve;
mod mutants;
pub mod network;
mod precision;
mod rtl;
mod schedule;
mod speed;
mod twin;
mod vectors;

pub use calibration::{Calibration, CalibrationError, Correction};
pub use cells::{Cells, Inputs};
pub use engine::{Engine, Selection, Side};
pub use master_curve::{MasterCurve, MasterCurveError};
pub use precision::{Encoding, Precision, PrecisionError};

use super::sar_adc::{Analog, Mode, SarAdc};
use crate::block::{
    Bench, Block, Configuration, Experiment, Fact, Golden, Kernel, Mutant, Path, Spec, Workload,
};
use crate::interface::{Field, Interface, Stream};
use crate::params::{Range, RealUpTo};
use crate::random::Random;
use crate::traffic::Traffic;
use crate::verilog::{Format, Ident, Port, PortGroup, Width};
use crate::{Source, SpecError, WorkloadError};
use analog::Deviations;
use serde::Serialize;

const SLICES: Range = Range(8, 64);
const COLUMNS: Range = Range(4, 128);
const ROWS: Range = Range(2, 16);
const ADC_BITS: Range = Range(4, 10);
const CURVE_POINTS: Range = Range(0, 1024);
const DAC_SIGMA: RealUpTo = RealUpTo(20.0);
const CAPACITOR_SIGMA: RealUpTo = RealUpTo(0.1);
const WIRE_SIGMA: RealUpTo = RealUpTo(0.1);
const RESIDUE_SIGMA: RealUpTo = RealUpTo(10.0);
const LEAKAGE: RealUpTo = RealUpTo(10.0);
const CELL_SIGMA: RealUpTo = RealUpTo(0.1);
const OFFSET_SIGMA: RealUpTo = RealUpTo(8.0);
const NOISE_SIGMA: RealUpTo = RealUpTo(4.0);
const ANALOG_SEED: Range = Range(0, 65535);

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

/// Segments of a master curve, at least.
const LEAST_CURVE_POINTS: u32 = 8;

/// How the bench models the array and the analog half of the converters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ArrayModel {
    /// Charges and voltages, with deviations
    Real,
    /// Counts of bits: ideal, and fast
    Integer,
}

/// What may be typed.
#[derive(Clone, Debug, clap::Args, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Params {
    /// Slices, a multiple of 8
    #[arg(long, default_value_t = 64, value_parser = SLICES, value_name = SLICES.to_string())]
    pub slices: u32,
    /// Columns: inputs of an operation
    #[arg(long, default_value_t = 128, value_parser = COLUMNS, value_name = COLUMNS.to_string())]
    pub columns: u32,
    /// Rows of a slice: cells that share a capacitor
    #[arg(long, default_value_t = 8, value_parser = ROWS, value_name = ROWS.to_string())]
    pub rows_per_cluster: u32,
    /// Bits of a converter, the sign among them
    #[arg(long, default_value_t = 7, value_parser = ADC_BITS, value_name = ADC_BITS.to_string())]
    pub adc_bits: u32,
    /// Segments of the master curve, common to all converters: 0 for none, or a power of two
    #[arg(long, default_value_t = 0, value_parser = CURVE_POINTS,
          value_name = CURVE_POINTS.to_string())]
    pub curve_points: u32,
    /// Behavioural model of the array
    #[arg(long, value_enum, default_value_t = ArrayModel::Real)]
    pub array: ArrayModel,
    /// Deviation of an input line at full level in the behavioural model, mV
    #[arg(long, default_value_t = 0.0, value_parser = DAC_SIGMA,
          value_name = DAC_SIGMA.to_string())]
    pub dac_sigma: f64,
    /// Deviation of a cluster's capacitor in the behavioural model, relative
    #[arg(long, default_value_t = 0.0, value_parser = CAPACITOR_SIGMA,
          value_name = CAPACITOR_SIGMA.to_string())]
    pub capacitor_sigma: f64,
    /// Deviation of an output line's own capacitance in the behavioural model, relative
    #[arg(long, default_value_t = 0.0, value_parser = WIRE_SIGMA,
          value_name = WIRE_SIGMA.to_string())]
    pub wire_sigma: f64,
    /// Deviation of what coupling and injection leave on an output line, mV
    #[arg(long, default_value_t = 0.0, value_parser = RESIDUE_SIGMA,
          value_name = RESIDUE_SIGMA.to_string())]
    pub residue_sigma: f64,
    /// What an input loses by leakage of its cluster, mV
    #[arg(long, default_value_t = 0.0, value_parser = LEAKAGE, value_name = LEAKAGE.to_string())]
    pub leakage: f64,
    /// Deviation of a converter cell's charge in the behavioural model, relative
    #[arg(long, default_value_t = 0.0, value_parser = CELL_SIGMA,
          value_name = CELL_SIGMA.to_string())]
    pub cell_sigma: f64,
    /// Deviation of a comparator's offset in the behavioural model, LSB
    #[arg(long, default_value_t = 0.0, value_parser = OFFSET_SIGMA,
          value_name = OFFSET_SIGMA.to_string())]
    pub offset_sigma: f64,
    /// Noise of a comparison in the behavioural model, LSB rms
    #[arg(long, default_value_t = 0.0, value_parser = NOISE_SIGMA,
          value_name = NOISE_SIGMA.to_string())]
    pub noise_sigma: f64,
    /// Seed of all deviations in the behavioural model
    #[arg(long, default_value_t = 1, value_parser = ANALOG_SEED,
          value_name = ANALOG_SEED.to_string())]
    pub analog_seed: u32,
}

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
        ("nonideal", concat!("--slices 16 --columns 32 --analog-seed 5 ", linearity::measured!())),
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
        CapRam::new(params)
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
    /// The design that `params` describe.
    pub fn new(params: &Params) -> Result<Self, SpecError> {
        let slices = params.slices;
        if !slices.is_multiple_of(OCTET) {
            let reason = format!("weights of 8 bits take {OCTET} slices each");
            let accepted = format!("multiples of {OCTET} in {SLICES}");
            return Err(SpecError::new("slices", slices, reason, accepted));
        }
        check_curve_points(params.curve_points, params.adc_bits)?;
        let deviations = Deviations {
            dac: params.dac_sigma,
            capacitor: params.capacitor_sigma,
            wire: params.wire_sigma,
            residue: params.residue_sigma,
            leakage: params.leakage,
            seed: params.analog_seed,
        };
        let analog = Analog {
            bits: params.adc_bits,
            lsb_volts: analog::product_volts(params.columns)
                * products_per_lsb(params.columns, params.adc_bits),
            capacitance: f64::from(params.columns) * (analog::CAPACITOR + analog::WIRE),
            cell_sigma: params.cell_sigma,
            offset_sigma: params.offset_sigma,
            noise_sigma: params.noise_sigma,
            seed: params.analog_seed,
        };
        let design = Self {
            slices,
            columns: params.columns,
            rows: params.rows_per_cluster,
            adc_bits: params.adc_bits,
            curve_points: params.curve_points,
            model: params.array,
            deviations,
            analog,
            adc: SarAdc::new(Mode::Runtime, slices / 2, analog),
        };
        if design.model == ArrayModel::Integer && !design.is_ideal() {
            let reason = "counts of bits know no deviations, leakage or noise";
            return Err(SpecError::new("array", "integer", reason, "real"));
        }
        Ok(design)
    }

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

    /// Bits of a converter.
    pub const fn adc_bits(&self) -> u32 {
        self.adc_bits
    }

    /// Segments of the master curve; 0: there is none.
    pub const fn curve_points(&self) -> u32 {
        self.curve_points
    }

    /// Clock cycles of a global cycle: reset, input, multiply, conversion.
    pub const fn global_cycle(&self) -> u32 {
        3 + self.adc.interval()
    }

    /// Whether array and converters have neither deviations nor noise.
    pub fn is_ideal(&self) -> bool {
        let analog = &self.analog;
        self.deviations.are_zero()
            && [analog.cell_sigma, analog.offset_sigma, analog.noise_sigma] == [0.0; 3]
    }

    const fn pairs(&self) -> u32 {
        self.slices / 2
    }

    const fn gain(&self) -> Format {
        Format::unsigned(1, GAIN_FRACTION)
    }

    /// Half of the range of a single-ended code.
    const fn offset(&self) -> Format {
        Format::signed(self.adc_bits - 1, RESULT_FRACTION)
    }

    /// Correction of a segment of the master curve: less than 4 LSB.
    const fn curve_correction(&self) -> Format {
        Format::signed(3, RESULT_FRACTION)
    }

    /// A corrected code: at most twice a code, an offset of half the largest one and 4 LSB of the
    /// master curve; `2^n + 2^(n-2) + 4`, less than `2^(n+1)`.
    const fn value(&self) -> Format {
        Format::signed(self.adc_bits + 2, RESULT_FRACTION)
    }

    /// A result that `2^level` slices give: 17 values at most, then 3, 5 and 17 of the level below.
    const fn result(&self, level: usize) -> Format {
        let growth = [5, 7, 10, 15][level];
        Format::signed(self.value().integer + growth, RESULT_FRACTION)
    }

    /// The ports of a word of the memory.
    fn address(&self) -> Vec<Field> {
        let index = |count| Format::unsigned(Width::index(count).bits(), 0);
        vec![
            Field::new("slice", index(self.slices), "slice"),
            Field::new("row", index(self.rows), "row of the slice"),
        ]
    }

    fn word(&self) -> Field {
        Field::array("word", Format::flag(), self.columns, "bit of every column")
    }

    fn streams(&self) -> Vec<Stream> {
        let row = self.address().remove(1);
        let rows = Field::array("row", row.format, self.slices, "row at work, of every slice");
        let setup = vec![
            Field::new("encoding", Format::unsigned(2, 0), "how weights lie in the slices"),
            Field::new("level", Format::unsigned(2, 0), "a weight takes 2^level slices"),
            Field::new("input_bits", Format::unsigned(3, 0), "bits of an input, less one"),
            rows,
        ];
        let calibration = vec![
            self.address().remove(0),
            Field::new("gain", self.gain(), "factor of the slice's codes"),
            Field::new("offset", self.offset(), "added after the gain, LSB"),
        ];
        let mut write = self.address();
        write.push(self.word());
        let input = Format::unsigned(INPUT_BITS, 0);
        let inputs = Field::array("value", input, self.columns, "input of every column");
        let names = ["one", "two", "four", "eight"];
        let results = names.into_iter().enumerate().map(|(level, name)| {
            let doc = format!("results of weights in {name} slice(s), LSB; zero at other levels");
            Field::array(name, self.result(level), self.slices >> level, doc)
        });
        let mut streams = vec![
            Stream::input("setup", "What the operations from the next one on do", setup),
            Stream::input(
                "calibration",
                "Correction of a slice's codes; from reset on gain 1, offset 0",
                calibration,
            ),
            Stream::input("write", "Writes a word of the memory", write),
            Stream::input("read", "Reads a word of the memory", self.address()),
            Stream::input(
                "inputs",
                "One beat per operation, column 0 in the low bits",
                vec![inputs],
            ),
        ];
        streams.extend(self.curve_stream());
        streams.push(Stream::output("words", "Words read", vec![self.word()]));
        let doc = "Results of an operation, first slices low";
        streams.push(Stream::output("results", doc, results.collect()));
        streams
    }

    fn curve_stream(&self) -> Option<Stream> {
        let segment = Format::unsigned(Width::index(self.curve_points).bits(), 0);
        let fields = vec![
            Field::new("segment", segment, "segment of the range of codes, lowest first"),
            Field::new("correction", self.curve_correction(), "added to values in it, LSB"),
        ];
        let doc = "Point of the master curve, for all slices; from reset on 0";
        (self.curve_points > 0).then(|| Stream::input("curve", doc, fields))
    }

    fn pins(&self) -> Vec<PortGroup> {
        let bit = Width::new(1);
        let (columns, pairs) = (Width::new(self.columns), Width::new(self.pairs()));
        vec![
            PortGroup::new(
                "Word lines, slice by slice, row 0 low; bit lines; write, read: one cycle each",
                vec![
                    Port::output("word_line_o", Width::new(self.slices * self.rows)),
                    Port::output("write_o", bit),
                    Port::output("read_o", bit),
                    Port::output("bit_line_o", columns),
                    Port::input("bit_line_i", columns),
                ],
            ),
            PortGroup::new(
                "Phases of a global cycle: capacitors are precharged; take their column's input; \
                 keep\nor lose it as the cell says; share it, all of the plus, all of the minus slices",
                vec![
                    Port::output("precharge_o", bit),
                    Port::output("input_o", bit),
                    Port::output("multiply_o", bit),
                    Port::output("share_plus_o", bit),
                    Port::output("share_minus_o", bit),
                ],
            ),
            PortGroup::new(
                "Input lines: the columns' bits 0, then bits 1, 2, 3",
                vec![Port::output("input_line_o", columns.times(NIBBLE))],
            ),
            PortGroup::new(
                "To all converters: take the input and reset the cells; compare; groups of cells \
                 that fire;\nboth inputs count; the plus input is the minus slice",
                vec![
                    Port::output("sample_o", bit),
                    Port::output("compare_o", bit),
                    Port::output("groups_o", Width::new(self.adc.groups())),
                    Port::output("differential_o", bit),
                    Port::output("swap_o", bit),
                ],
            ),
            PortGroup::new(
                "Per converter: cells fire on this side; comparator: 1 if the minus node is higher, \
                 or tie",
                vec![
                    Port::output("fire_plus_o", pairs),
                    Port::output("fire_minus_o", pairs),
                    Port::input("decision_i", pairs),
                ],
            ),
        ]
    }
}

/// Segments of a master curve are equal, and no finer than an LSB.
fn check_curve_points(points: u32, adc_bits: u32) -> Result<(), SpecError> {
    let legal: Vec<_> = (LEAST_CURVE_POINTS.ilog2()..=adc_bits).map(|bits| 1 << bits).collect();
    if points == 0 || legal.contains(&points) {
        return Ok(());
    }
    let reason = match points {
        ..LEAST_CURVE_POINTS => "too few segments for a curve".to_owned(),
        _ => format!("{} codes do not make {points} equal segments", 1 << adc_bits),
    };
    let legal: Vec<_> = legal.iter().map(u32::to_string).collect();
    let accepted = format!("0, {}", legal.join(", "));
    Err(SpecError::new("curve-points", points, reason, accepted))
}

/// Dot product that moves a code by one.
fn products_per_lsb(columns: u32, adc_bits: u32) -> f64 {
    f64::from(15 * columns) / f64::from(1 << (adc_bits - 1))
}

impl Spec for CapRam {
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
        Bench { module: rtl::bench_name(top), interface }
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

    fn workload(&self, text: &str) -> Result<Workload, WorkloadError> {
        network::play::workload(self, text)
    }

    fn vectors(&self, random: &mut Random, beats: usize) -> Vec<Traffic> {
        vectors::random(self, random, beats)
    }

    fn timing(&self) -> Vec<Path> {
        Vec::new() // depends on the setup; see predicted_cycles
    }

    fn predicted_cycles(&self, phases: &[Traffic]) -> Option<u64> {
        Some(schedule::cycles(self, phases))
    }

    fn facts(&self) -> Vec<Fact> {
        let bits = self.slices * self.rows * self.columns;
        let lsb = products_per_lsb(self.columns, self.adc_bits);
        vec![
            Fact::new("memory", format!("{bits} bits"), "slices, rows and columns"),
            Fact::new(
                "global cycle",
                format!("{} clock cycles", self.global_cycle()),
                "precharge, input, multiply and a conversion",
            ),
            Fact::new(
                "products",
                format!("{} per global cycle", self.pairs() * self.columns),
                "of 4-bit inputs and a weight's bit or digit, each with its addition",
            ),
            Fact::new("lsb", format!("{lsb} products"), "dot product that moves a code by one"),
            Fact::new("result", self.result(3), "format of the widest results"),
        ]
    }

    fn mutants(&self, top: &Ident) -> Vec<Mutant> {
        mutants::mutants(self, top)
    }

    fn twin(&self, top: &Ident) -> Vec<Source> {
        twin::modules(top)
    }

    fn experiments(&self) -> Vec<Experiment> {
        let mut all = experiments::all(self);
        all.extend(network::play::experiments(self));
        all
    }

    fn kernels(&self) -> Vec<Kernel> {
        speed::all(self)
    }
}
