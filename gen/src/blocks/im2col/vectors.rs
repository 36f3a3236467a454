//! Stimulus: maps, and layers that are run on them.

use super::golden::{LAYER, MAP};
use super::{Convolution, Im2col, Layer};
use crate::block::Spec;
use crate::interface::Interface;
use crate::random::Random;
use crate::traffic::Traffic;
use crate::verilog::Ident;

/// Phases under construction: lines and layers take turns.
struct Phases<'a> {
    unit: &'a Im2col,
    interface: Interface,
    phases: Vec<Traffic>,
    /// Element of the next map, to be drawn.
    random: Random,
    /// Beats on all streams so far, those that come out among them.
    beats: u64,
}

impl<'a> Phases<'a> {
    fn new(unit: &'a Im2col, random: Random) -> Self {
        let interface = unit.bench_interface();
        Self { unit, interface, phases: Vec::new(), random, beats: 0 }
    }

    fn phase(&self) -> Traffic {
        Traffic::new(&self.interface.inputs())
    }

    /// Fills all lines that a map takes.
    fn map(&mut self, map: &Convolution) {
        let mut phase = self.phase();
        let lines = (map.height * map.width).div_ceil(self.unit.units) * map.channels;
        let lines = lines.min(self.unit.memory_lines);
        for line in 0..lines {
            let beats = &mut phase.0[MAP];
            beats.push_zero();
            beats.set_last(0, 0, line.into());
            for element in 0..self.unit.units as usize {
                beats.set_last(1, element, self.random.number(self.unit.data()));
            }
        }
        self.beats += u64::from(lines);
        self.phases.push(phase);
    }

    /// Runs a layer, legal or not.
    fn layer(&mut self, layer: &Layer) {
        let mut phase = self.phase();
        phase.0[LAYER].push(&layer.values().map(i64::from));
        if layer.check(self.unit).is_ok() {
            self.beats += u64::from(layer.groups) * u64::from(layer.convolution.patch());
        }
        self.beats += 2;
        self.phases.push(phase);
    }
}

pub(super) fn corners(unit: &Im2col) -> Vec<Traffic> {
    let mut phases = Phases::new(unit, Random::new(0, 0));
    let convolution =
        Convolution { kernel: 2, stride: 1, padding: 0, channels: 1, height: 5, width: 6 };
    phases.map(&convolution);
    let layer = Layer::whole(convolution, unit).expect("legal");
    phases.layer(&layer);
    phases.phases
}

pub(super) fn random(unit: &Im2col, random: &mut Random, beats: usize) -> Vec<Traffic> {
    let mut phases = Phases::new(unit, Random::new(random.bits(), 0));
    while phases.beats < beats as u64 {
        let convolution = random_convolution(unit, random);
        let Ok(layer) = Layer::whole(convolution, unit) else { continue };
        phases.map(&convolution);
        phases.layer(&layer);
    }
    phases.phases
}

fn random_convolution(unit: &Im2col, random: &mut Random) -> Convolution {
    let mut within = |low: u32, high: u32| random.within(low.into(), high.into()) as u32;
    let kernel = within(1, unit.max_kernel.min(5));
    Convolution {
        kernel,
        stride: within(1, unit.max_stride),
        padding: within(0, kernel - 1),
        channels: within(1, unit.max_channels.min(4)),
        height: within(1, 12),
        width: within(1, 12),
    }
}
