//! Scenes under construction.

use super::super::golden::{LAYER, MAP};
use crate::beat::Beat;
use crate::block::Scene;
use crate::blocks::im2col::interface::MapBeat;
use crate::blocks::im2col::{Convolution, Im2col, Layer, LayerBeat};
use crate::interface::Interface;
use crate::random::Random;
use crate::traffic::Traffic;

/// Scenes under construction: in each, lines and layers take turns.
pub(super) struct Scenes<'a> {
    pub unit: &'a Im2col,
    pub interface: Interface,
    pub scenes: Vec<Scene>,
    /// Where elements come from.
    pub random: Random,
    /// Beats on all streams so far, those that come out among them.
    pub beats: u64,
}

impl<'a> Scenes<'a> {
    pub fn new(unit: &'a Im2col, random: Random) -> Self {
        let interface = unit.bench_interface();
        Self { unit, interface, scenes: Vec::new(), random, beats: 0 }
    }

    /// Another phase of the scene.
    pub fn begin(&mut self) -> &mut Traffic {
        let phase = Traffic::new(&self.interface.inputs());
        if self.scenes.is_empty() {
            self.scenes.push(Scene::new());
        }
        let last = self.scenes.len() - 1;
        self.scenes[last].push(phase);
        let scene = &mut self.scenes[last];
        let phase = scene.len() - 1;
        &mut scene[phase]
    }

    /// Begins a scene with a map: fills all lines that it takes.
    pub fn map(&mut self, map: &Convolution) {
        self.scenes.push(Scene::new());
        let units = self.unit.units;
        let lines = (map.height * map.width).div_ceil(units) * map.channels;
        let lines = lines.min(self.unit.memory_lines);
        let mut random = self.random.clone();
        let data = self.unit.data();
        let phase = self.begin();
        for line in 0..lines {
            let elements = (0..units).map(|_| random.number(data));
            let beat = MapBeat { address: line.into(), line: elements.collect() };
            beat.push(&mut phase.0[MAP]);
        }
        self.random = random;
        self.beats += u64::from(lines);
    }

    /// Runs layers, legal or not, one after the other.
    pub fn layers(&mut self, layers: &[Layer]) {
        let beats = layers.iter().map(|layer| 2 + length(self.unit, layer)).sum::<u64>();
        let phase = self.begin();
        for layer in layers {
            LayerBeat::from(layer).push(&mut phase.0[LAYER]);
        }
        self.beats += beats;
    }

    /// Runs layers that are legal on a new map.
    pub fn on_new_map(&mut self, map: &Convolution, layers: &[Layer]) {
        let legal = layers.iter().filter(|layer| layer.check(self.unit).is_ok());
        let legal: Vec<_> = legal.copied().collect();
        if !legal.is_empty() {
            self.map(map);
            self.layers(&legal);
        }
    }
}

/// Beats of patches of a layer.
pub(super) fn length(unit: &Im2col, layer: &Layer) -> u64 {
    let legal = layer.check(unit).is_ok();
    if legal { u64::from(layer.groups) * u64::from(layer.convolution.patch()) } else { 0 }
}

pub(super) const fn convolution(kernel: u32, stride: u32, padding: u32) -> Convolution {
    Convolution { kernel, stride, padding, channels: 1, height: 1, width: 1 }
}

impl Convolution {
    /// The same with a map that has so many rows and columns of windows, and `spare` rows and
    /// columns that no window reaches.
    pub(super) fn with_windows(mut self, rows: u32, columns: u32, spare: u32) -> Self {
        let size = |windows: u32| {
            let padded = (windows - 1) * self.stride + self.kernel + spare.min(self.stride - 1);
            padded.saturating_sub(2 * self.padding).max(1)
        };
        (self.height, self.width) = (size(rows), size(columns));
        self
    }

    pub(super) const fn with_channels(mut self, channels: u32) -> Self {
        self.channels = channels;
        self
    }
}

impl Layer {
    /// The same with stores in use as the bits of `choice` say, whether they suffice or not.
    pub(super) const fn with_stores(mut self, choice: u32) -> Self {
        self.reserve = choice & 1 != 0;
        self.wrap = choice & 2 != 0;
        self
    }
}
