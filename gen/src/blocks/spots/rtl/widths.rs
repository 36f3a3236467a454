//! Widths of everything, from the sizes of the design.

use crate::blocks::gemm;
use crate::blocks::spots::Spots;
use crate::blocks::spots::interface::COUNT_WIDTH;
use crate::blocks::spots::registers::{LARGEST_POOL, Registers};
use crate::interface::Field;
use crate::verilog::Width;

/// Columns of the matrix of weights in a word of bitmap M1.
pub(super) const WORD_COLUMNS: u32 = 32;

/// Widths of everything.
#[derive(Clone, Copy, Debug)]
pub(super) struct Widths {
    // Registers
    pub kernel: Width,
    pub channels: Width,
    pub map: Width,
    pub patches: Width,
    pub groups: Width,
    pub pool: Width,
    pub cut: Width,
    pub layer: Width,
    // Derived numbers
    pub filters: Width,
    pub blocks: Width,
    pub all_steps: Width,
    pub all_lines: Width,
    pub pool_area: Width,
    pub steps: Width,
    pub lines: Width,
    pub registers: Width,
    pub count: Width,
    // Data
    pub group: Width,
    pub elements: Width,
    pub weights: Width,
    pub block: Width,
    pub sum: Width,
    pub sums: Width,
    pub scale: Width,
    pub biased: Width,
    pub product: Width,
    pub result: Width,
    pub results: Width,
    pub partial: Width,
    // Addresses and places
    pub map_address: Width,
    pub line: Width,
    pub total_lines: Width,
    /// Columns in a word of bitmap M1.
    pub columns: Width,
    pub column_word: Width,
    pub buffer_address: Width,
    pub reckoned_address: Width,
    pub register_count: Width,
    pub filter_address: Width,
    pub beat_block: Width,
    pub column: Width,
    pub array: Width,
    pub pool_address: Width,
    pub pool_bases: Width,
    pub pool_shift: Width,
    pub pool_word: Width,
    pub tile_steps: Width,
    pub tile_registers: Width,
    pub tile_split: Width,
    pub tag: Width,
    pub window_state: Width,
}

/// Width that holds every number up to `largest`.
pub(super) fn holding(largest: u32) -> Width {
    Width::index(largest + 1)
}

pub(super) fn wider(a: Width, b: Width) -> Width {
    Width::new(a.bits().max(b.bits()))
}

impl Spots {
    pub(super) fn widths(&self) -> Widths {
        let registers = Registers::declared(self);
        let of = |field: Field| field.format.width();
        let data = self.data().width();
        let (kernel, channels, map) =
            (of(registers.kernel), of(registers.channels), of(registers.width));
        let filters = holding(self.max_filters);
        let blocks = wider(filters, holding(self.rows)).shifted_left(1);
        let steps = wider(holding(self.patch_steps), Width::new(6));
        let lines = Width::index(self.map_lines).shifted_left(1);
        let register_count = holding(self.acc_regs);
        let most_registers = self.max_filters.div_ceil(self.block_rows() as u32);
        // It holds more than an element has, so that it is worth comparing with that.
        let line_registers = wider(holding(most_registers), holding(self.acc_regs + 1));
        let line = Width::index(self.weight_lines);
        let group = data.times(self.cols);
        let sum = Width::new(self.acc_width);
        let scale = Width::new(self.scale_width);
        let biased = sum.shifted_left(1);
        let pool_word = Width::index(self.pool_words);
        let pool_address = wider(pool_word, blocks.shifted_left(1));
        let array = Width::index(self.arrays());
        let buffer_address = Width::index(2 * self.patch_steps);
        let filter_address = Width::index(self.filter_blocks());
        let patches = of(registers.windows);
        let pool = of(registers.pool);
        let (patches_bits, map_bits) = (patches.bits(), map.bits());
        let result = data;
        let tile = gemm::TileBeat::declared(&self.array);
        Widths {
            kernel,
            channels,
            map,
            patches,
            groups: of(registers.groups),
            pool,
            cut: of(registers.cut),
            layer: Width::new(registers.fields().iter().map(|field| field.width().bits()).sum()),
            filters,
            blocks: blocks.named("BlocksWidth"),
            all_steps: wider(kernel.product(kernel).product(channels), steps.shifted_left(1)),
            all_lines: wider(map.product(map).product(channels), lines.shifted_left(1)),
            pool_area: wider(map.product(blocks), pool_address).shifted_left(2),
            steps: steps.named("StepsWidth"),
            lines: lines.named("LinesWidth"),
            registers: line_registers.named("RegistersWidth"),
            count: Width::new(COUNT_WIDTH),
            group,
            elements: group.times(self.arrays()).named("ElementsWidth"),
            weights: data.times(self.rows).named("WeightsWidth"),
            block: data.times(self.block_rows() as u32),
            sum,
            sums: sum.times(self.rows),
            scale,
            biased,
            product: biased.product(scale),
            result,
            results: result.times(self.lanes).named("ResultsWidth"),
            // A sum of the largest window's elements
            partial: data.shifted_left(2 * LARGEST_POOL.ilog2()),
            map_address: Width::index(self.map_lines),
            line: line.named("LineAddressWidth"),
            total_lines: wider(steps.product(line_registers), line.shifted_left(1)),
            columns: Width::new(WORD_COLUMNS).named("ColumnsWidth"),
            column_word: Width::index(self.column_words()).named("ColumnAddressWidth"),
            buffer_address,
            reckoned_address: wider(buffer_address, steps).shifted_left(1),
            register_count,
            filter_address: filter_address.named("FilterAddressWidth"),
            beat_block: Width::index(self.rows / self.lanes),
            column: Width::index(self.cols),
            array: array.named("ArrayWidth"),
            pool_address: pool_address.named("PoolAddressWidth"),
            pool_bases: pool_address.times(self.arrays()).named("PoolBasesWidth"),
            // Shifts by twice the logarithm of a window's rows
            pool_shift: Width::index(2 * LARGEST_POOL.ilog2() + 1).named("PoolShiftWidth"),
            pool_word,
            tile_steps: of(tile.steps).named("TileStepsWidth"),
            tile_registers: of(tile.registers).named("TileRegistersWidth"),
            tile_split: of(tile.split),
            tag: Width::new(filter_address.bits() + array.bits() + pool_address.bits() + 4),
            window_state: Width::new(
                patches_bits + 2 * map_bits + 2 * pool.bits() + pool_address.bits(),
            ),
        }
    }

    /// Words of bitmap M1, 32 columns each; a memory has at least two.
    pub(super) fn column_words(&self) -> u32 {
        self.patch_steps.div_ceil(WORD_COLUMNS).max(2)
    }

    /// Words of biases and scales; a memory has at least two.
    pub(super) fn filter_blocks(&self) -> u32 {
        self.max_filters.div_ceil(self.lanes).max(2)
    }

    /// Results of a tile, and one at work.
    pub(in super::super) const fn buffer_depth(&self) -> u32 {
        self.acc_regs * self.cols + 1
    }
}
