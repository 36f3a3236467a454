//! `sar_adc`: controller of charge-injection successive-approximation converters.
//!
//! # Contract
//! A converter compares two nodes. `drop` is how far a node is below the supply, in LSB; it can
//! only grow, since cells take charge away. A conversion of `n` bits starts from the drops of its
//! inputs:
//!
//! ```text
//! for step in 2^(n-2), .., 2, 1:
//!     decision = drop_plus >= drop_minus      a tie decides 1
//!     drop of the higher node += step         decision 1: the minus node, else the plus node
//! decision = drop_plus >= drop_minus
//! ```
//!
//! The decisions, first one highest and inverted, are the code in two's complement. With ideal
//! cells and `d = drop_plus - drop_minus` it is `clamp(floor(d), -2^(n-1), 2^(n-1) - 1)`, ties
//! included. Single-ended, the minus node stays at the supply and the controller takes the first
//! decision for 1, so that an offset cannot turn a code near zero negative: the code is
//! `clamp(floor(d), 0, 2^(n-1) - 1)`.
//!
//! There are `2^(n-3)` cells, wired in groups of 1, 1, 2, 4, .. cells: the groups up to `k` are
//! the `2^k` cells of step `2^k`, always the same ones. The largest step fires all cells twice.
//!
//! One sequencer serves all channels: they start together, in the same mode, and their codes are
//! taken together.
//!
//! # Timing
//! `n + 2` cycles per conversion: one to sample, one per comparison, one more to fire the largest
//! step twice. The next conversion may follow at once. A result that nobody takes prolongs the
//! sampling of the next conversion; once sampled, a conversion never pauses.
//!
//! The pins towards the front end change after a rising edge of `clk_i`. The front end acts at the
//! falling edge in the middle of that cycle: it samples, or takes the charge of the cells that fire,
//! and compares; `decision_i` is taken at the rising edge that ends the cycle.
//!
//! # Analog parts
//! `cells/` models the front end with real voltages: the charge-sharing capacitors as the
//! sampling capacitor, cells with mismatch, a comparator with offset and noise. All deviations are
//! zero by default; others are drawn from a seed, and the golden model reproduces them bit for
//! bit.
//!
//! # Source
//! Chen et al., "CAP-RAM: A Charge-Domain In-Memory Computing 6T-SRAM for Accurate and
//! Precision-Programmable CNN Inference", IEEE JSSC 2021: 7 bits, 16 unary cells, the first step
//! fires all cells twice, one control for 32 converters, single-ended mode drops the sign. The
//! tie rule, the clock cycles and the size of an LSB are our choice.

mod analog;
mod chance;
mod converters;
mod golden;
mod interface;
mod measure;
mod params;
mod rtl;
mod transitions;
mod twin;
mod vectors;

use interface::StartBeat;
pub use params::{Mode, Params};

use crate::block::{
    Bench, Block, Configuration, Experiment, Fact, Golden, Measurement, Mutant, Package, Path,
    Proof, Scene,
};
use crate::interface::Interface;
use crate::random::Random;
use crate::traffic::Traffic;
use crate::verilog::{Format, Ident, Port, PortGroup, Width};
use crate::{Source, SpecError};
pub(super) use analog::{Analog, LANES, Lanes};
pub(super) use chance::Gaussian;
pub(super) use converters::{Converters, LineSteps, Lines};
pub(super) use transitions::{Transitions, largest};

/// Fraction bits of a drop on the bench.
const DROP_FRACTION: u32 = 4;

/// The registry's handle.
pub struct Generated;

impl Block for Generated {
    type Params = Params;
    type Spec = SarAdc;

    const NAME: &'static str = "sar_adc";
    const SUMMARY: &'static str =
        "controller of charge-injection SAR converters, with analog cells";
    const SOURCE: &'static str = "Chen et al., CAP-RAM, IEEE JSSC 2021, 7-bit charge-injection SAR";
    const CONFIGURATIONS: &'static [Configuration] = &[
        ("default", ""),
        ("bits4", "--bits 4"),
        ("bits10", "--bits 10"),
        ("single_ended", "--mode single-ended"),
        ("runtime", "--mode runtime"),
        ("macro32", "--mode runtime --channels 32"),
        (
            "nonideal",
            // One comparator has a positive, the other a negative offset.
            "--mode runtime --channels 2 --cell-sigma 0.03 \
             --offset-sigma 0.7 --noise-sigma 0.2 --analog-seed 5",
        ),
    ];

    const TWINS: &'static [&'static str] = &[
        "--bits 4",
        "--bits 5",
        "--bits 6",
        "--bits 7",
        "--bits 8",
        "--bits 9",
        "--bits 10",
        "--bits 4 --mode single-ended",
        "--bits 5 --mode single-ended",
        "--bits 6 --mode single-ended",
        "--bits 7 --mode single-ended",
        "--bits 8 --mode single-ended",
        "--bits 9 --mode single-ended",
        "--bits 10 --mode single-ended",
        "--bits 4 --mode runtime",
        "--bits 5 --mode runtime",
        "--bits 6 --mode runtime",
        "--bits 7 --mode runtime",
        "--bits 8 --mode runtime",
        "--bits 9 --mode runtime",
        "--bits 10 --mode runtime",
    ];

    fn spec(params: &Params) -> Result<SarAdc, SpecError> {
        params.design()
    }
}

/// A legal design.
#[derive(Clone, Debug)]
pub struct SarAdc {
    bits: u32,
    mode: Mode,
    channels: u32,
    analog: Analog,
}

impl SarAdc {
    /// The controller of `channels` converters with front ends as `analog` says.
    pub(super) const fn new(mode: Mode, channels: u32, analog: Analog) -> Self {
        Self { bits: analog.bits, mode, channels, analog }
    }

    const fn code(&self) -> Format {
        Format::signed(self.bits, 0)
    }

    /// Drop of a node on the bench, in LSB: reaches beyond full scale on either side.
    const fn drop(&self) -> Format {
        Format::unsigned(self.bits, DROP_FRACTION)
    }

    /// Unary cells of a converter.
    const fn cells(&self) -> u32 {
        1 << (self.bits - 3)
    }

    /// Groups the cells are wired in: 1, 1, 2, 4, .. cells.
    pub(super) const fn groups(&self) -> u32 {
        self.bits - 2
    }

    /// Cycles from start to start: sampling, comparisons, second firing of the largest step.
    pub(super) const fn interval(&self) -> u32 {
        1 + self.bits + 1
    }

    /// Cycles from the edge that takes a start to the edge that takes its result.
    const fn latency(&self) -> u32 {
        self.interval() + 1
    }

    /// Whether some conversion may be single-ended.
    fn single_ended_possible(&self) -> bool {
        self.mode != Mode::Differential
    }

    fn is_runtime(&self) -> bool {
        self.mode == Mode::Runtime
    }

    fn pins(&self) -> Vec<PortGroup> {
        let bit = Width::new(1);
        let channels = Width::new(self.channels).named("Channels");
        let mut shared = vec![
            Port::output("sample_o", bit),
            Port::output("compare_o", bit),
            Port::output("groups_o", Width::new(self.groups()).named("Groups")),
        ];
        if self.is_runtime() {
            shared.push(Port::output("differential_o", bit));
        }
        let mut title =
            "To all front ends: take the input and reset the cells; compare; groups of \
                         cells that fire"
                .to_owned();
        if self.is_runtime() {
            title += ";\nmode of the conversion";
        }
        vec![
            PortGroup::new(title, shared),
            PortGroup::new(
                "Per channel: cells fire on this side; comparator: 1 if the minus node is higher, \
                 or tie",
                vec![
                    Port::output("fire_plus_o", channels),
                    Port::output("fire_minus_o", channels),
                    Port::input("decision_i", channels),
                ],
            ),
        ]
    }
}

impl Package for SarAdc {
    fn interface(&self) -> Interface {
        Interface { streams: self.streams(StartBeat::of_module(self)), pins: self.pins() }
    }

    fn modules(&self, top: &Ident) -> Vec<Source> {
        rtl::modules(self, top)
    }

    fn cells(&self, top: &Ident) -> Vec<Source> {
        rtl::cells(self, top)
    }

    fn bench(&self, top: &Ident) -> Bench {
        Bench { module: rtl::bench_name(top).to_string(), interface: self.bench_interface() }
    }

    fn golden(&self) -> Box<dyn Golden> {
        Box::new(golden::Model::new(self))
    }

    fn timing(&self) -> Vec<Path> {
        let (latency, interval) = (self.latency(), self.interval());
        vec![Path { from: "start", to: "done", latency, interval }]
    }

    fn facts(&self) -> Vec<Fact> {
        vec![
            Fact::text("code", self.code(), "format of a code"),
            Fact::number("comparisons", self.bits, "", "one per bit"),
            Fact::number(
                "cells",
                self.cells(),
                "",
                "unary cells per channel; all fire twice for the sign",
            ),
            Fact::number(
                "groups",
                self.groups(),
                "",
                "wires that select cells: 1, 1, 2, 4, .. cells each",
            ),
            Fact::number("lsb", self.analog.lsb_volts * 1e3, "mV", "what one cell moves a node by"),
            Fact::number(
                "cell charge",
                self.analog.cell_charge(),
                "aC",
                "LSB times the capacitance of an output line, 128 x 1.2 fF + 80 fF",
            ),
        ]
    }
}

impl Proof for SarAdc {
    fn corners(&self) -> Vec<Scene> {
        vectors::corners(self)
    }

    fn vectors(&self, random: &mut Random, beats: usize) -> Vec<Traffic> {
        vec![vectors::random(self, random, beats)]
    }

    fn mutants(&self, top: &Ident) -> Vec<Mutant> {
        rtl::mutants(self, top)
    }

    fn twin(&self, top: &Ident) -> Vec<Source> {
        twin::modules(self, top)
    }
}

impl Measurement for SarAdc {
    fn experiments(&self) -> Vec<Experiment> {
        measure::all(self)
    }
}
