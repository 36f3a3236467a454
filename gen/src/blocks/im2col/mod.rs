//! `im2col`: makes the matrix of a convolution from a feature map, several patches at a time.
//!
//! # Contract
//! A *layer* is a map of `C x H x W` elements with `P` zeros around it, and windows of `K x K` that
//! move by `S`, `E` of them in a row. Window `n = i E + j` has its top left at row `i S`, column
//! `j S` of the padded map. Patch `m` of a layer is that of window `n0 + m`, where `n0` is the
//! window at `start_row`, `start_column`. `U` patches make a group: unit `p` builds the patches
//! `g U + p`. A group takes `C K K` beats, and beat `(c K + kr) K + (K - 1 - kc)` holds
//!
//! ```text
//! element(p) = map(c, i S + kr - P, j S + kc - P)     zero outside the map, and without a window
//! ```
//!
//! | stream    | beats    | what a beat holds |
//! |-----------|----------|-------------------|
//! | `layer`   | 1        | the numbers above, `patches`, `groups`, and which stores are in use |
//! | `patches` | G C K K  | `element(p)` of every unit; `last` with the last beat of a group |
//! | `report`  | 1        | elements put in, memory reads, errors; after the last beat |
//!
//! The memory holds element `(c, y, x)` at address `c D U + y W + x`, `D = ceil(H W / U)` lines of
//! `U` elements per channel. Its data come one cycle after a read and hold until the next one.
//!
//! # Reuse
//! Columns descend, so that a patch has every element that its right neighbour has too `S` beats
//! before it is due there. Each element of a patch comes from the first of these that has it:
//!
//! * the **ring**, if `kc < K - S` and the left neighbour in its row is a patch of this layer too.
//!   From the last unit to the first it leads through the *wrap store*: only if `wrap` is set;
//! * the **reserve**, if `kr < K - S`, the window above is a patch of this layer too, and `reserve`
//!   is set. It needs a row of at least `U` windows;
//! * the memory, or the padding: it is *put in*, one per cycle, by channel, row, unit and column.
//!
//! If `S >= K`, patches have nothing in common and elements go straight into the beat: `U` cycles
//! per beat, or one where a line of the memory is a beat (`K = S = 1`, `P = 0` and the first window
//! at the beginning of a line). Then a line is one read.
//!
//! # Errors
//! Bits of `error` in the report:
//!
//! | bit | meaning |
//! |-----|---------|
//! | 0 | the layer is illegal: nothing was done |
//! | 1 | a reserve was too small: all elements after this group are zero |
//! | 2 | the wrap store was too small: likewise |
//! | 3 | an element had other coordinates than expected: a fault in the hardware |
//!
//! A layer is legal if
//!
//! - `1 <= K <= max-kernel`, `1 <= S <= max-stride`, `1 <= C <= max-channels`, `P < K`;
//! - `1 <= H`, `K <= H + 2 P <= max-map`, and the same for `W`; `C D <= memory-lines`;
//! - `row_windows` is `E = (W + 2 P - K) div S + 1`;
//! - `start_row` is a multiple of `S` up to `H + 2 P - K`, `start_column` one up to `W + 2 P - K`;
//! - `patches`, which may be 0, is at most the windows from the first one to the end of the map;
//! - `groups` is at least 1, and `groups U` at least `patches`: groups beyond them are zero;
//! - `E >= U`, if `reserve` is set and `S < K`.
//!
//! # Report
//! `fetched` counts the elements put in, those of the padding too. `reads` counts those that lie in
//! the map, each one read; where a line is one, `C ceil(patches / U)`. What suffices for the stores,
//! however many patches there are: the wrap store `C K (K - S) + min(S, K - S)` words; a reserve,
//! with `d = ceil(E / U)`, `C (K - S) (S d + K - S)`, or `C (K - S) K d` if `wrap` is not set.
//!
//! # Timing
//! A layer is checked first. Cycles from the one that takes it to the one that takes its report,
//! both included, are 11 if a size is illegal (the first two lines above, but for the memory), and
//! 14 and the larger of the numbers of windows in a row and in a column of the map, if it is
//! illegal otherwise. A legal layer begins one cycle after that. Then units emit a beat per cycle
//! as long as new elements, one per cycle, come fast enough; `hwgen cycles` counts the cycles of
//! any list of layers exactly, up to 1,000,000,000 in all.
//!
//! # Source
//! Soltaniyeh, Martin, Nagarakatte, "An Accelerator for Sparse Convolutional Neural Networks
//! Leveraging Systolic General Matrix-Matrix Multiplication" (ACM TACO 2022): input controller,
//! patch units with new, neighbour and reserved buffers in a ring, bypass. The number of units,
//! descending columns, groups across row ends, the wrap store, all depths and the memory's layout
//! are our choice.

mod check;
mod cycles;
mod golden;
mod interface;
mod layer;
mod mutants;
mod params;
mod rtl;
mod vectors;

pub(crate) use rtl::RESERVED_WORDS;

pub use cycles::{Beat, Clock};
pub use golden::Fetches;
pub(super) use interface::LayerBeat;
pub use layer::{Convolution, Layer, LayerError};

pub use params::Params;

use crate::block::{
    Bench, Block, Configuration, Fact, Golden, Measurement, Mutant, Package, Path, Prediction,
    Proof, Scene,
};
use crate::goals::Cross;
use crate::interface::Interface;
use crate::random::Random;
use crate::traffic::Traffic;
use crate::verilog::{Format, Ident, Port, PortGroup};
use crate::{Memory, PhaseError, Source, SpecError};

/// Bits of a counter in the report: more than the elements of any layer.
const COUNTER_WIDTH: u32 = 32;

/// Patches and groups that stimulus plays in one layer at most: more take as many more beats.
const MOST_PLAYED: u32 = 1 << 10;

/// Bits of `error`.
const ERROR_WIDTH: u32 = 4;

/// Words of a store that small maps fill.
const LITTLE: u32 = 128;

/// The registry's handle.
pub struct Generated;

impl Block for Generated {
    type Params = Params;
    type Spec = Im2col;

    const NAME: &'static str = "im2col";
    const SUMMARY: &'static str = "makes patches of a feature map, reading every element once";
    const SOURCE: &'static str =
        "Soltaniyeh et al., SPOTS: sparse CNN accelerator, IM2COL unit, ACM TACO 2022";
    const CONFIGURATIONS: &'static [Configuration] = &[
        ("default", ""),
        (
            "pair",
            "--patch-units 2 --data-width 8 --max-kernel 5 --max-stride 2 --max-channels 8 \
             --max-map 24 --memory-lines 1024 --new-words 5 --reserved-words 40 \
             --neighbour-words 24",
        ),
        (
            "eight",
            "--patch-units 8 --data-width 5 --max-kernel 7 --max-stride 3 --max-channels 6 \
             --max-map 30 --memory-lines 400 --new-words 9 --reserved-words 70 \
             --neighbour-words 60",
        ),
        (
            "single",
            "--patch-units 1 --data-width 4 --max-kernel 4 --max-stride 8 --max-channels 5 \
             --max-map 16 --memory-lines 700 --new-words 4 --reserved-words 100 \
             --neighbour-words 20",
        ),
        (
            "narrow",
            "--patch-units 4 --data-width 2 --max-kernel 3 --max-stride 1 --max-channels 1 \
             --max-map 17 --memory-lines 64 --new-words 3 --reserved-words 16 \
             --neighbour-words 7",
        ),
    ];

    const CONTRADICTIONS: &'static [&'static str] =
        &["--patch-units 3", "--max-kernel 12 --new-words 11", "--patch-units 12"];

    fn spec(params: &Params) -> Result<Im2col, SpecError> {
        params.design()
    }
}

/// A legal design.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Im2col {
    units: u32,
    data_width: u32,
    max_kernel: u32,
    max_stride: u32,
    max_channels: u32,
    max_map: u32,
    memory_lines: u32,
    new_words: u32,
    reserved_words: u32,
    neighbour_words: u32,
}

impl Im2col {
    /// Patches side by side.
    pub const fn units(&self) -> u32 {
        self.units
    }

    /// Elements that a unit can reserve: all that units of the same hardware differ in.
    pub(crate) const fn reserved_words(&self) -> u32 {
        self.reserved_words
    }

    /// Small maps fill the stores.
    fn stores_are_little(&self) -> bool {
        self.reserved_words.max(self.neighbour_words) <= LITTLE
    }

    const fn data(&self) -> Format {
        Format::signed(self.data_width, 0)
    }
}

impl Package for Im2col {
    fn interface(&self) -> Interface {
        let widths = self.widths();
        let pins = vec![PortGroup::new(
            "Memory of the map: the line comes one cycle after a read and holds until the next one",
            vec![
                Port::output("memory_read_o", rtl::bit()),
                Port::output("memory_address_o", widths.line),
                Port::input("memory_data_i", widths.beat_elements),
            ],
        )];
        Interface { streams: self.streams(), pins }
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

    fn memories(&self) -> Vec<Memory> {
        rtl::memories(self)
    }

    fn golden(&self) -> Box<dyn Golden> {
        Box::new(golden::Model::new(self))
    }

    fn check(&self, phases: &[Traffic]) -> Result<(), PhaseError> {
        check::check(self, phases)
    }

    fn timing(&self) -> Vec<Path> {
        Vec::new() // beats do not correspond one to one; see predicted_cycles
    }

    fn predicted_cycles(&self, phases: &[Traffic]) -> Prediction {
        cycles::predict(self, phases)
    }

    fn facts(&self) -> Vec<Fact> {
        let widths = self.widths();
        let word = self.data_width + 2 * widths.coordinate.bits();
        let words = format!("words of {word} bits");
        vec![
            Fact::number("patch units", self.units, "", "patches side by side"),
            Fact::number(
                "word",
                word,
                "bits",
                "an element with its row and column in the padded map",
            ),
            Fact::number("reserve", self.reserved_words, &words, "memory of every unit"),
            Fact::number("wrap store", self.neighbour_words, &words, "memory between groups"),
            Fact::number(
                "map memory",
                self.memory_lines,
                format!("lines of {} bits", widths.beat_elements),
                "outside, behind the pins",
            ),
        ]
    }
}

impl Proof for Im2col {
    fn corners(&self) -> Vec<Scene> {
        vectors::corners(self).others
    }

    fn essentials(&self) -> Vec<Scene> {
        vectors::corners(self).essentials
    }

    fn crosses(&self) -> Vec<Cross> {
        let LayerBeat { kernel, stride, reserve, wrap, .. } = LayerBeat::AT;
        let pairs = [[kernel, stride], [reserve, wrap], [kernel, reserve]];
        pairs.map(|fields| Cross { stream: "layer", fields }).to_vec()
    }

    fn vectors(&self, random: &mut Random, beats: usize) -> Vec<Traffic> {
        vectors::random(self, random, beats)
    }

    fn mutants(&self, top: &Ident) -> Vec<Mutant> {
        mutants::mutants(self, top)
    }
}

impl Measurement for Im2col {}
