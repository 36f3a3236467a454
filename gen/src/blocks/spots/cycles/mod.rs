//! How many clock cycles loading takes, and with it whole batches of layers.

mod compute;

use super::golden::{Model, Rest, Running, shape};
use super::interface::{BlocksBeat, ColumnsBeat};
use super::registers::Registers;
use super::{Spots, stream};
use crate::beat::Beat;
use crate::block::Prediction;
use crate::traffic::Traffic;
use compute::DERIVE;
use std::ops::Range;

/// Cycles in which loading begins: one starts the loaders, one sees what they do.
const LOAD: u64 = 2;

/// What the loader of weights takes, and how its lines end.
struct Weights<'a> {
    phase: &'a Traffic,
    columns: Range<usize>,
    blocks: Range<usize>,
    weights: Range<usize>,
}

impl Weights<'_> {
    /// Cycles of the transfer: a word of M1 each, one to count lines, a line of M2 each, a block
    /// each; parts that disagree, and those of an illegal layer, are taken to their ends at the same
    /// time.
    fn cycles(&self, spec: &Spots, registers: &Registers, is_illegal: bool) -> u64 {
        let words = self.columns.len() as u64 + 1;
        let (blocks, weights) = (self.blocks.len(), self.weights.len());
        let lines = if is_illegal { None } else { self.lines(spec, registers) };
        let Some(lines) = lines else { return words + self.drain(blocks, weights) };
        let mut cycles = words;
        let (mut line, mut block) = (0, 0);
        let beats = &self.phase.0[stream::BLOCKS];
        loop {
            let bits = beats.get(self.blocks.start + line, BlocksBeat::AT.block, 0);
            line += 1;
            cycles += 1;
            let marked = bits.count_ones() as usize;
            if block + marked > weights || (marked > 0 && block == weights) {
                // The payload ends within the line.
                let rest = weights - block;
                return cycles + rest as u64 + self.drain(blocks - line, 0);
            }
            block += marked;
            cycles += marked as u64;
            let last = line == lines;
            if last && line == blocks && block == weights {
                return cycles;
            }
            if last || line == blocks {
                return cycles + self.drain(blocks - line, weights - block);
            }
        }
    }

    /// Streams that are left are taken at the same time; to see that none is takes a cycle.
    fn drain(&self, blocks: usize, weights: usize) -> u64 {
        blocks.max(weights).max(1) as u64
    }

    /// How many lines M1 says follow, if it is one.
    fn lines(&self, spec: &Spots, registers: &Registers) -> Option<usize> {
        let beats = &self.phase.0[stream::COLUMNS];
        let live = ColumnsBeat::AT.live;
        let words = self.columns.clone().map(|beat| beats.get(beat, live, 0) as u32);
        let live: u32 = words.clone().map(u32::count_ones).sum();
        let shape = shape(registers);
        let patch = shape.patch();
        let stray = words.enumerate().any(|(index, word)| {
            (0..32).any(|bit| word >> bit & 1 == 1 && 32 * index + bit >= patch)
        });
        let cut = spec.cut(shape.filters, patch, registers.split as u32);
        let lines = live as usize * cut.registers;
        let complete = self.columns.len() == patch.div_ceil(32);
        let fits = complete && !stray && lines > 0 && lines <= spec.weight_lines as usize;
        fits.then_some(lines)
    }
}

impl Spots {
    /// Clock cycles from the one that takes the first layer of `phases`, played from reset, to the
    /// one that takes the last report, both included, while nothing stalls.
    pub(super) fn predict(&self, phases: &[Traffic]) -> Prediction {
        let mut model = Model::new(self);
        // The first layer has to come out of the program.
        let mut cycles = 1;
        for phase in phases {
            let mut rest = Rest::new(phase);
            for beat in 0..phase.0[stream::LAYER].len() {
                let registers = Registers::read(&phase.0[stream::LAYER], beat);
                let most = Prediction::MOST - cycles;
                match self.layer_cycles(&mut model, &registers, phase, &mut rest, most) {
                    Some(layer) if layer <= most => cycles += layer,
                    _ => return Prediction::Beyond,
                }
            }
        }
        Prediction::Cycles(cycles)
    }

    /// Cycles from the one that takes the registers to the one that takes the report; none if it
    /// computes for more than `most`.
    fn layer_cycles(
        &self,
        model: &mut Model,
        registers: &Registers,
        phase: &Traffic,
        rest: &mut Rest<'_>,
        most: u64,
    ) -> Option<u64> {
        let before: Vec<_> = (0..phase.0.len()).map(|stream| rest.taken(stream)).collect();
        model.load(rest, registers);
        let taken = |stream: usize| before[stream]..rest.taken(stream);
        let weights = Weights {
            phase,
            columns: taken(stream::COLUMNS),
            blocks: taken(stream::BLOCKS),
            weights: taken(stream::WEIGHTS),
        };
        let is_illegal = model.exceeds(registers);
        let weights = match registers.load_weights {
            1 => weights.cycles(self, registers, is_illegal),
            _ => 0,
        };
        let loads = [taken(stream::MAP).len() as u64, taken(stream::FILTERS).len() as u64, weights];
        let load = LOAD + loads.into_iter().max().unwrap_or_default();
        let compute = if is_illegal || model.is_useless(registers) {
            0
        } else if model.units_refuse(registers) {
            self.refused_cycles(registers, most)?
        } else {
            // Units emit a beat per cycle: what is longer is not even looked at.
            let least = (registers.groups as u64).saturating_mul(shape(registers).patch() as u64);
            if least > most {
                return None;
            }
            let steps = model.group_steps(&Running::new(self, registers));
            self.compute_cycles(registers, &|group| steps[group] as u64, most)?
        };
        Some(1 + DERIVE + load + compute + 1)
    }
}
