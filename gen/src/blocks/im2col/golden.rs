//! The contract of [`super`], in plain integers: patches from their definition, no ring in it.

use super::interface::{MapBeat, PatchesBeat, ReportBeat};
use super::{Im2col, Layer};
use crate::beat::Beat;
use crate::block::Golden;
use crate::traffic::{Beats, Traffic};
use std::ops::Range;

/// Streams by position in the interface of the bench.
pub(super) const MAP: usize = 0;
pub(super) const LAYER: usize = 1;
const PATCHES: usize = 0;
const REPORT: usize = 1;

/// Bits of `error`.
const ILLEGAL: i64 = 1 << 0;
const RESERVE_FULL: i64 = 1 << 1;
const WRAP_FULL: i64 = 1 << 2;

/// What a layer takes from outside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fetches {
    /// Elements put in, padding included.
    pub elements: u64,
    /// Memory reads.
    pub reads: u64,
}

impl Layer {
    /// What a legal layer takes from outside: per patch and channel, a rectangle of the window.
    ///
    /// ```text
    /// (K - S if the window above reserves for it, else 0 .. K) rows
    ///   x (K - S if a left neighbour passes on, else 0 .. K) columns
    /// ```
    ///
    /// which is the table of the sources: `K K`, `K S`, `S K` or `S S`.
    pub fn fetches(&self, unit: &Im2col) -> Fetches {
        let channels = u64::from(self.convolution.channels);
        let mut fetches = Fetches::default();
        for patch in 0..self.patches {
            let (rows, columns) = self.new_elements(unit, patch);
            fetches.elements += channels * (rows.len() * columns.len()) as u64;
            if !self.takes_lines(unit) {
                let rows = self.inside(&rows, self.convolution.height);
                let columns = self.inside(&columns, self.convolution.width);
                fetches.reads += channels * rows * columns;
            }
        }
        if self.takes_lines(unit) {
            fetches.reads = channels * u64::from(self.patches.div_ceil(unit.units));
        }
        fetches
    }

    /// Rows and columns, in the padded map, of what has to be put in for patch number `patch`.
    fn new_elements(&self, unit: &Im2col, patch: u32) -> (Range<u32>, Range<u32>) {
        let (top, left) = self.corner(patch);
        let skipped = |shared: bool| if shared { self.convolution.overlap() } else { 0 };
        let kernel = self.convolution.kernel;
        (
            top + skipped(self.has_above(patch))..top + kernel,
            left + skipped(self.has_left(unit, patch))..left + kernel,
        )
    }

    /// How many of these rows or columns of the padded map are in the map of `size`.
    fn inside(&self, range: &Range<u32>, size: u32) -> u64 {
        let padding = self.convolution.padding;
        let (start, end) = (range.start.max(padding), range.end.min(padding + size));
        end.saturating_sub(start).into()
    }

    /// Top left of the window of patch number `patch`, in the padded map.
    pub(super) fn corner(&self, patch: u32) -> (u32, u32) {
        let window = self.first_window() + patch;
        let stride = self.convolution.stride;
        (window / self.row_windows * stride, window % self.row_windows * stride)
    }
}

/// The memory is all that lasts.
pub(super) struct Model {
    unit: Im2col,
    /// Elements by address.
    memory: Vec<i64>,
}

impl Model {
    pub(super) fn new(unit: &Im2col) -> Self {
        let elements = unit.memory_lines * unit.units;
        Self { unit: unit.clone(), memory: vec![0; elements as usize] }
    }

    fn write_line(&mut self, lines: &Beats, beat: usize) {
        let units = self.unit.units as usize;
        let first = lines.get(beat, MapBeat::AT.address, 0) as usize * units;
        for element in 0..units {
            // The bench's memory drops lines that it has no place for.
            if let Some(place) = self.memory.get_mut(first + element) {
                *place = lines.get(beat, MapBeat::AT.line, element);
            }
        }
    }

    /// Element of the padded map.
    fn element(&self, layer: &Layer, channel: u32, row: u32, column: u32) -> i64 {
        let map = &layer.convolution;
        let inside = |position: u32, size: u32| {
            position.checked_sub(map.padding).filter(|&position| position < size)
        };
        let (Some(row), Some(column)) = (inside(row, map.height), inside(column, map.width)) else {
            return 0;
        };
        let plane = (map.height * map.width).next_multiple_of(self.unit.units);
        self.memory[(channel * plane + row * map.width + column) as usize]
    }

    fn run_layer(&self, layer: &Layer, results: &mut Traffic) {
        if layer.check(&self.unit).is_err() {
            let report = ReportBeat { error: ILLEGAL, ..ReportBeat::default() };
            return report.push(&mut results.0[REPORT]);
        }
        let (spoilt, error) = layer.overflow(&self.unit);
        for group in 0..layer.groups {
            self.run_group(layer, group, group >= spoilt, &mut results.0[PATCHES]);
        }
        let Fetches { elements, reads } = layer.fetches(&self.unit);
        let report = ReportBeat { fetched: elements as i64, reads: reads as i64, error };
        report.push(&mut results.0[REPORT]);
    }

    fn run_group(&self, layer: &Layer, group: u32, spoilt: bool, beats: &mut Beats) {
        let kernel = layer.convolution.kernel;
        let length = layer.convolution.patch();
        for beat in 0..length {
            let (channel, row) = (beat / kernel / kernel, beat / kernel % kernel);
            let column = kernel - 1 - beat % kernel;
            beats.push_zero();
            for unit in 0..self.unit.units {
                let patch = group * self.unit.units + unit;
                if patch < layer.patches && !spoilt {
                    let (top, left) = layer.corner(patch);
                    let value = self.element(layer, channel, top + row, left + column);
                    beats.set_last(PatchesBeat::AT.element, unit as usize, value);
                }
            }
            beats.set_last(PatchesBeat::AT.last, 0, (beat == length - 1).into());
        }
    }
}

impl Golden for Model {
    fn run(&mut self, phase: &Traffic, results: &mut Traffic) {
        for beat in 0..phase.0[MAP].len() {
            self.write_line(&phase.0[MAP], beat);
        }
        for beat in 0..phase.0[LAYER].len() {
            self.run_layer(&Layer::read(&phase.0[LAYER], beat), results);
        }
    }
}

impl Layer {
    /// The first group after a store overflows, and the error bits; no error if none does.
    pub(in super::super) fn overflow(&self, unit: &Im2col) -> (u32, i64) {
        Stores::new(unit, self).overflow()
    }
}

/// How full the stores are, element by element: where one overflows.
struct Stores<'a> {
    unit: &'a Im2col,
    layer: &'a Layer,
    wrap: u32,
    /// Per unit that reserves.
    reserved: Vec<u32>,
    error: i64,
}

impl<'a> Stores<'a> {
    fn new(unit: &'a Im2col, layer: &'a Layer) -> Self {
        Self { unit, layer, wrap: 0, reserved: vec![0; unit.units as usize], error: 0 }
    }

    /// The first group after an overflow, and the error bits.
    fn overflow(mut self) -> (u32, i64) {
        if !self.layer.convolution.bypasses() && !self.layer.suffices(self.unit) {
            for group in 0..self.layer.patches.div_ceil(self.unit.units) {
                self.run_group(group);
                if self.error != 0 {
                    return (group + 1, self.error);
                }
            }
        }
        (u32::MAX, 0)
    }

    fn run_group(&mut self, group: u32) {
        let kernel = self.layer.convolution.kernel;
        for beat in 0..self.layer.convolution.patch() {
            let (row, column) = (beat / kernel % kernel, kernel - 1 - beat % kernel);
            let first = group * self.unit.units;
            let patches = first..(first + self.unit.units).min(self.layer.patches);
            for patch in patches.clone() {
                self.take(patch, row, column);
            }
            for patch in patches {
                self.give(patch, row, column);
            }
        }
    }

    /// Whether a patch gets this element from its left neighbour.
    fn takes_left(&self, patch: u32, column: u32) -> bool {
        column < self.layer.convolution.overlap() && self.layer.has_left(self.unit, patch)
    }

    /// Whether a patch gets this element from the window above.
    fn takes_above(&self, patch: u32, row: u32, column: u32) -> bool {
        row < self.layer.convolution.overlap()
            && self.layer.has_above(patch)
            && !self.takes_left(patch, column)
    }

    fn take(&mut self, patch: u32, row: u32, column: u32) {
        let units = self.unit.units;
        if self.takes_left(patch, column) {
            self.wrap -= u32::from(patch.is_multiple_of(units));
        } else if self.takes_above(patch, row, column) {
            self.reserved[((patch - self.layer.row_windows) % units) as usize] -= 1;
        }
    }

    fn give(&mut self, patch: u32, row: u32, column: u32) {
        let stride = self.layer.convolution.stride;
        let units = self.unit.units;
        let right = patch + 1;
        let wraps = right.is_multiple_of(units) && right < self.layer.patches;
        if wraps && column >= stride && self.takes_left(right, column - stride) {
            if self.wrap == self.unit.neighbour_words {
                self.error |= WRAP_FULL;
            } else {
                self.wrap += 1;
            }
        }
        let below = patch + self.layer.row_windows;
        let needed = below < self.layer.patches && row >= stride;
        if needed && self.takes_above(below, row - stride, column) {
            let words = &mut self.reserved[(patch % units) as usize];
            if *words == self.unit.reserved_words {
                self.error |= RESERVE_FULL;
            } else {
                *words += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Convolution, Generated};
    use super::*;
    use crate::block::Block;

    const fn convolution(
        channels: u32,
        size: u32,
        kernel: u32,
        stride: u32,
        padding: u32,
    ) -> Convolution {
        Convolution { kernel, stride, padding, channels, height: size, width: size }
    }

    const ALEXNET: [Convolution; 5] = [
        convolution(3, 227, 11, 4, 0),
        convolution(96, 27, 5, 1, 2),
        convolution(256, 13, 3, 1, 1),
        convolution(384, 13, 3, 1, 1),
        convolution(384, 13, 3, 1, 1),
    ];

    const VGG16: [Convolution; 13] = [
        convolution(3, 224, 3, 1, 1),
        convolution(64, 224, 3, 1, 1),
        convolution(64, 112, 3, 1, 1),
        convolution(128, 112, 3, 1, 1),
        convolution(128, 56, 3, 1, 1),
        convolution(256, 56, 3, 1, 1),
        convolution(256, 56, 3, 1, 1),
        convolution(256, 28, 3, 1, 1),
        convolution(512, 28, 3, 1, 1),
        convolution(512, 28, 3, 1, 1),
        convolution(512, 14, 3, 1, 1),
        convolution(512, 14, 3, 1, 1),
        convolution(512, 14, 3, 1, 1),
    ];

    fn fetched(network: &[Convolution], flags: &str) -> u64 {
        // Whole maps in memory; the numbers do not depend on its size.
        let unit = Generated::parse(&format!("--memory-lines 4194304 {flags}")).expect("legal");
        let layer = |&convolution| Layer::whole(convolution, &unit).expect("a legal layer");
        network.iter().map(layer).map(|layer| layer.fetches(&unit).elements).sum()
    }

    /// The whole-network counts of the table in `papers/spots.md` 2.4.
    #[test]
    fn the_default_reads_every_element_once() {
        assert_eq!(fetched(&ALEXNET, ""), 477_243);
        assert_eq!(fetched(&VGG16, ""), 9_615_500);
    }

    #[test]
    fn without_reserves_only_neighbours_share() {
        assert_eq!(fetched(&ALEXNET, "--reserved-words 2"), 1_412_805);
        assert_eq!(fetched(&VGG16, "--reserved-words 2"), 28_023_744);
    }

    #[test]
    fn without_any_store_a_group_shares() {
        let single = "--patch-units 1 --reserved-words 2 --neighbour-words 2";
        assert_eq!(fetched(&ALEXNET, single), 4_405_179);
        assert_eq!(fetched(&VGG16, single), 81_736_704);
    }
}
