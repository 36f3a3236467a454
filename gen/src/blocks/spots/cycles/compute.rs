//! How many clock cycles a layer takes: what the accelerator does per cycle, without the data.
//!
//! The parts are those of the RTL: IM2COL units, compress unit with its two patch buffers, feeder
//! with its three stages, array, buffer of results and post-processing. What depends on data is
//! one number per group of windows: the steps that are left of it.

use super::super::registers::Registers;
use super::super::{Spots, gemm, im2col};

/// Cycles in which the control derives numbers, after the one that takes the registers.
pub(super) const DERIVE: u64 = 4;

/// Cycles from a block of sums to its results.
const POST_LATENCY: u64 = 6;

/// A compute phase, cycle by cycle, while results are taken at once.
struct Clock<'a> {
    units: Vec<im2col::Clock>,
    compress: Compress,
    feeder: Feeder,
    array: gemm::Stepper,
    post: Post,
    /// Steps that are left of each group.
    steps: &'a dyn Fn(usize) -> u64,
}

impl Spots {
    /// Clock cycles that a legal layer computes: from the one after the last word was loaded to the
    /// one before the report, both included; none if they are more than `most`. `steps` are those
    /// left of a group of windows, at least one.
    pub fn compute_cycles(
        &self,
        registers: &Registers,
        steps: &dyn Fn(usize) -> u64,
        most: u64,
    ) -> Option<u64> {
        let part = |unit| im2col::Clock::new(self.unit(unit), &registers.part(unit));
        let mut clock = Clock {
            units: registers.units().map(part).collect(),
            compress: Compress::default(),
            feeder: Feeder::new(self, registers),
            array: gemm::Stepper::new(&self.array),
            post: Post::new(self, registers),
            steps,
        };
        // One cycle starts everything, one hands the units their parts.
        let mut cycles = 2;
        while clock.goes_on() {
            if cycles >= most {
                return None;
            }
            clock.step();
            cycles += 1;
        }
        Some(cycles)
    }

    /// The same for a layer that units refuse: the others are run empty.
    pub(super) fn refused_cycles(&self, registers: &Registers, most: u64) -> Option<u64> {
        let part = |unit| im2col::Clock::new(self.unit(unit), &registers.part(unit));
        let legal = |&unit: &usize| registers.part(unit).check(self.unit(unit)).is_ok();
        let (legal, illegal): (Vec<_>, Vec<_>) = registers.units().partition(legal);
        let mut refusing: Vec<_> = illegal.into_iter().map(part).collect();
        let mut running: Vec<_> = legal.into_iter().map(part).collect();
        let mut cycles = 2;
        let mut abandoned = false;
        while !running.iter().chain(&refusing).all(im2col::Clock::reports) {
            if cycles >= most {
                return None;
            }
            let refused = refusing.iter().any(im2col::Clock::reports);
            for unit in running.iter_mut().chain(&mut refusing) {
                unit.step(abandoned);
            }
            abandoned |= refused;
            cycles += 1;
        }
        Some(cycles + 1)
    }
}

impl Clock<'_> {
    fn goes_on(&self) -> bool {
        self.post.finished != Some(0) || !self.units.iter().all(im2col::Clock::reports)
    }

    fn step(&mut self) {
        // What is true before the edge
        let beats = self.units.iter().map(im2col::Clock::offer);
        let last = beats.map(|beat| beat.map(|beat| beat.last)).reduce(|a, b| a.and(b));
        let beat = last.flatten().filter(|_| self.compress.filled[self.compress.fill].is_none());
        let full = self.post.is_full();
        let array = self.array.step(gemm::Inputs {
            tile: self.feeder.tile,
            weights: self.feeder.offered,
            patches: self.feeder.offered,
            results: !full,
        });
        let walk = self.feeder.walk(self.compress.in_use(), array);

        // The edge
        for unit in &mut self.units {
            unit.step(beat.is_some());
        }
        self.post.step(array.results && !full);
        let released = self.feeder.step(walk, array);
        self.compress.step(beat, released, self.steps);
    }
}

/// Joins the units and fills two patch buffers.
#[derive(Default)]
struct Compress {
    /// Steps of each buffer that is filled.
    filled: [Option<u64>; 2],
    /// Buffer that fills, and buffer that is used.
    fill: usize,
    used: usize,
    group: usize,
}

impl Compress {
    const fn in_use(&self) -> Option<u64> {
        self.filled[self.used]
    }

    fn step(&mut self, beat: Option<bool>, released: bool, steps: &dyn Fn(usize) -> u64) {
        if released {
            self.filled[self.used] = None;
            self.used ^= 1;
        }
        if beat == Some(true) {
            self.filled[self.fill] = Some(steps(self.group));
            self.fill ^= 1;
            self.group += 1;
        }
    }
}

/// Walks through the steps of a group, chunk by chunk.
struct Feeder {
    most_registers: u64,
    all_registers: u64,
    /// Registers of this chunk and of those after it.
    left: u64,
    step: u64,
    register: u64,
    tile: Option<gemm::Tile>,
    walked: bool,
    addressed: bool,
    offered: bool,
}

/// What the feeder does in a cycle.
#[derive(Clone, Copy)]
struct Walk {
    steps: Option<u64>,
    offer_free: bool,
    address_free: bool,
    walk_free: bool,
}

impl Feeder {
    fn new(spec: &Spots, registers: &Registers) -> Self {
        let height = spec.height(registers.split as u32) as u64;
        let all_registers = (registers.filters as u64).div_ceil(height);
        Self {
            most_registers: spec.acc_regs.into(),
            all_registers,
            left: all_registers,
            step: 0,
            register: 0,
            tile: None,
            walked: false,
            addressed: false,
            offered: false,
        }
    }

    fn registers(&self) -> u64 {
        self.left.min(self.most_registers)
    }

    fn is_first(&self) -> bool {
        self.step == 0 && self.register == 0
    }

    fn walk(&self, filled: Option<u64>, array: gemm::Outputs) -> Walk {
        let offer_free = !self.offered || array.weights;
        let address_free = !self.addressed || offer_free;
        let walk_free = !self.walked || address_free;
        let tile_free = self.tile.is_none() || array.tile;
        let walks = walk_free && (!self.is_first() || tile_free);
        Walk { steps: filled.filter(|_| walks), offer_free, address_free, walk_free }
    }

    /// Ends the cycle; whether the patch buffer is released.
    fn step(&mut self, walk: Walk, array: gemm::Outputs) -> bool {
        if walk.offer_free {
            self.offered = self.addressed;
        }
        if walk.address_free {
            self.addressed = self.walked;
        }
        if walk.walk_free {
            self.walked = walk.steps.is_some();
        }
        if array.tile {
            self.tile = None;
        }
        let Some(steps) = walk.steps else { return false };
        if self.is_first() {
            self.tile = Some(gemm::Tile { steps, registers: self.registers() });
        }
        self.register += 1;
        if self.register < self.registers() {
            return false;
        }
        self.register = 0;
        self.step += 1;
        if self.step < steps {
            return false;
        }
        self.step = 0;
        let last_chunk = self.left <= self.most_registers;
        self.left = if last_chunk { self.all_registers } else { self.left - self.most_registers };
        last_chunk
    }
}

/// Buffer of results and walk through their blocks.
struct Post {
    depth: u64,
    /// Results in the buffer, those behind its head, and whether there is a head.
    count: u64,
    behind: u64,
    head: bool,
    /// Blocks of the head that are still to come; those of a result, register by register.
    block: u64,
    blocks: Vec<u64>,
    register: usize,
    columns: u64,
    column: u64,
    groups_left: u64,
    /// Cycles from the last block to the end, once it is through.
    latency: u64,
    finished: Option<u64>,
}

impl Post {
    fn new(spec: &Spots, registers: &Registers) -> Self {
        let lanes = u64::from(spec.lanes);
        let height = spec.height(registers.split as u32) as u64 / lanes;
        let all = (registers.filters as u64).div_ceil(lanes);
        let arrays = 1_u64 << registers.split;
        let blocks = (0..all).step_by(height as usize);
        let blocks: Vec<_> = blocks.map(|first| arrays * height.min(all - first)).collect();
        Self {
            depth: spec.buffer_depth().into(),
            count: 0,
            behind: 0,
            head: false,
            block: 0,
            blocks,
            register: 0,
            columns: spec.cols.into(),
            column: 0,
            groups_left: registers.groups as u64,
            latency: POST_LATENCY + u64::from(registers.last_block_leaves(spec.cols.into())) - 1,
            finished: None,
        }
    }

    const fn is_full(&self) -> bool {
        self.count == self.depth
    }

    fn step(&mut self, push: bool) {
        self.finished = self.finished.map(|left| left.saturating_sub(1));
        let pop = self.head && self.walk();
        let read = (!self.head || pop) && self.behind > 0;
        self.head = read || (self.head && !pop);
        self.count = self.count + u64::from(push) - u64::from(pop);
        self.behind = self.behind + u64::from(push) - u64::from(read);
    }

    /// Moves on by a block; whether the head is done with.
    fn walk(&mut self) -> bool {
        self.block += 1;
        if self.block < self.blocks[self.register] {
            return false;
        }
        self.block = 0;
        self.column += 1;
        if self.column == self.columns {
            self.column = 0;
            self.register += 1;
            if self.register == self.blocks.len() {
                self.register = 0;
                self.groups_left -= 1;
                if self.groups_left == 0 {
                    self.finished = Some(self.latency);
                }
            }
        }
        true
    }
}

impl Registers {
    /// Whether the last block of a layer gives a result: its window exists and closes a window of
    /// the pool.
    fn last_block_leaves(&self, columns: i64) -> bool {
        let array = (1_usize << self.split) - 1;
        let last = self.groups * columns - 1;
        let row_windows = self.row_windows;
        let (row, column) = (last / row_windows, last % row_windows);
        let closes = (row + 1) % self.pool == 0 && (column + 1) % self.pool == 0;
        last < self.windows[array] && closes && column / self.pool < self.pool_columns
    }
}

#[cfg(test)]
mod tests {
    use crate::block::Block;
    use crate::blocks::spots::{Generated, Layer, Pool, Shape};

    const FLAGS: &str = "--max-channels 1024 --max-filters 1024 --map-lines 65536";

    /// Cycles of a dense layer, and what the rule of the paper implies for it: `q K` per group and
    /// chunk of filters, all patches in time.
    fn cycles(shape: Shape, split: u32) -> (u64, u64) {
        let spec = Generated::parse(FLAGS).expect("legal flags");
        let pool = Pool { size: 1, average: false };
        let layer = Layer { shape, split, skip: false, cut: 0, relu: false, pool };
        let registers = spec.registers(&layer).expect("a legal layer");
        let cycles = spec.compute_cycles(&registers, &|_| shape.patch() as u64, u64::MAX);
        let cycles = cycles.expect("an end");
        let lines = (shape.filters as u64).div_ceil(128 >> split);
        let groups = (shape.windows() as u64).div_ceil(4 << split);
        (cycles, groups * lines * shape.patch() as u64)
    }

    #[test]
    fn cycles_are_counted_up_to_the_most_that_are_asked_for() {
        let spec = Generated::parse(FLAGS).expect("legal flags");
        let pool = Pool { size: 1, average: false };
        let shape = Shape {
            channels: 2,
            height: 6,
            width: 6,
            kernel: 3,
            stride: 1,
            padding: 1,
            filters: 9,
        };
        let layer = Layer { shape, split: 0, skip: false, cut: 0, relu: false, pool };
        let registers = spec.registers(&layer).expect("a legal layer");
        let cycles = |most| spec.compute_cycles(&registers, &|_| 18, most);
        let all = cycles(u64::MAX).expect("an end");
        assert_eq!((cycles(all), cycles(all - 1)), (Some(all), None));
    }

    /// Between layers there is set-up, the first group of patches, and the last results; in between
    /// the array never waits as long as units have two cycles per step.
    #[test]
    fn a_dense_layer_takes_what_the_rule_says_and_its_first_and_last_group() {
        let square = |channels, side, kernel, filters| Shape {
            channels,
            height: side,
            width: side,
            kernel,
            stride: 1,
            padding: kernel / 2,
            filters,
        };
        for (shape, split) in [
            (square(256, 28, 3, 512), 0),
            (square(64, 28, 3, 128), 2),
            (square(512, 14, 1, 1024), 0),
            (square(48, 14, 5, 256), 1),
        ] {
            let (cycles, rule) = cycles(shape, split);
            let first_group = 2 * shape.patch() as u64;
            let set_up = 60 + shape.rows() as u64 + shape.columns() as u64;
            let last_results = (128 + 4 * 4 * 8) as u64 + 40;
            assert!(cycles > rule, "{shape:?}: {cycles} against {rule}");
            let most = rule + first_group + set_up + last_results;
            assert!(cycles <= most, "{shape:?}: {cycles} against {rule} and at most {most}");
        }
    }
}
