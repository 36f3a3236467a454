//! From the specification to Verilog: template contexts.

mod ports;
mod widths;

use self::ports::passed;
use self::widths::Widths;
use super::Spots;
use super::registers::{LARGEST_POOL, Registers};
use crate::block::Package;
use crate::blocks::{gemm, im2col};
use crate::interface::Field;
use crate::library;
use crate::verilog::{Ident, Literal, Part, Ports, Width};
use crate::{Memory, Source};
use askama::Template;
use std::fmt;

/// Bits of an IM2COL unit's error, and what they mean.
const UNIT_ERRORS: u32 = 4;

/// Declarations of registers or wires, one per field, in columns.
struct Declarations {
    kind: &'static str,
    prefix: &'static str,
    suffix: &'static str,
    fields: Vec<Field>,
}

impl fmt::Display for Declarations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, prefix, suffix, fields } = self;
        let ranges = fields.iter().map(|field| field.width().range());
        let widest = ranges.clone().map(|range| range.len()).max().unwrap_or(0);
        for (index, (field, range)) in fields.iter().zip(ranges).enumerate() {
            let line = if index == 0 { "" } else { "\n" };
            write!(f, "{line}    {kind} {range:widest$} {prefix}{}{suffix};", field.name)?;
        }
        Ok(())
    }
}

/// Names of the modules below the top, as they are emitted.
pub(super) struct Names {
    pub control: Ident,
    pub weights: Ident,
    pub compress: Ident,
    pub feeder: Ident,
    pub post: Ident,
    pub window: Ident,
    pub lane: Ident,
    pub pool: Ident,
    pub array: Ident,
    pub im2col: Ident,
}

impl Names {
    pub(super) fn new(top: &Ident) -> Self {
        let part = |part: &str| top.part(part);
        Self {
            control: part("control"),
            weights: part("weights"),
            compress: part("compress"),
            feeder: part("feeder"),
            post: part("post"),
            window: part("window"),
            lane: part("lane"),
            pool: part("pool"),
            array: part("array"),
            im2col: part("im2col"),
        }
    }
}

#[derive(Template)]
#[template(path = "spots/spots.v.askama")]
struct TopModule<'a> {
    top: &'a Ident,
    spec: &'a Spots,
    ports: Ports,
    widths: Widths,
    arrays: u32,
    fields: Vec<Field>,
    waiting: Declarations,
    unit_errors: u32,
    program: Literal,
    map_lines: Literal,
    main_reserved: u32,
    small_reserved: u32,
    tile_split: Width,
    several: bool,
    no_cut: Literal,
    fifo: Part,
    memory: Part,
    memory_loader: Part,
    control: Part,
    unit: Part,
    weights: Part,
    compress: Part,
    feeder: Part,
    array: Part,
    post: Part,
    pool: Part,
}

#[derive(Template)]
#[template(path = "spots/spots_control.v.askama")]
struct ControlModule<'a> {
    name: &'a Ident,
    spec: &'a Spots,
    ports: Ports,
    widths: Widths,
    arrays: u32,
    fields: Vec<Field>,
    registers: Declarations,
    passed: Vec<Field>,
    rows_literal: Literal,
    rows_log2: u32,
    lanes_log2: u32,
    cols_log2: u32,
    one_filter: Literal,
    lanes_less_one: Literal,
    cols_less_one: Literal,
    no_filters: Literal,
    /// The register can hold more than the design: only then is there something to compare.
    filters_may_exceed: bool,
    most_filters: Literal,
    most_split: Literal,
    most_steps: Literal,
    most_lines: Literal,
    most_pool: Literal,
    largest_pool: u32,
    unit_errors: u32,
}

#[derive(Template)]
#[template(path = "spots/spots_weights.v.askama")]
struct WeightsModule<'a> {
    memory: Part,
    name: &'a Ident,
    spec: &'a Spots,
    ports: Ports,
    widths: Widths,
    arrays: u32,
    block: usize,
    column_words: u32,
    most_lines: Literal,
    word_columns: Literal,
    last_word: Literal,
    one_word: Literal,
    one_block: Literal,
    one_line: Literal,
}

#[derive(Template)]
#[template(path = "spots/spots_compress.v.askama")]
struct CompressModule<'a> {
    memory: Part,
    name: &'a Ident,
    spec: &'a Spots,
    ports: Ports,
    widths: Widths,
    arrays: u32,
    one_step: Literal,
    one_word: Literal,
    second_half: Literal,
}

#[derive(Template)]
#[template(path = "spots/spots_feeder.v.askama")]
struct FeederModule<'a> {
    name: &'a Ident,
    ports: Ports,
    widths: Widths,
    most_registers: Literal,
    one_register: Literal,
    one_step: Literal,
    tile_steps: Width,
    tile_registers: Width,
    several: bool,
}

#[derive(Template)]
#[template(path = "spots/spots_post.v.askama")]
struct PostModule<'a> {
    name: &'a Ident,
    spec: &'a Spots,
    ports: Ports,
    widths: Widths,
    arrays: u32,
    buffer_depth: u32,
    filter_depth: u32,
    block_sums: Width,
    memory: Part,
    memory_fifo: Part,
    window: Part,
    lane: Part,
    one_group: Literal,
    one_block: Literal,
    one_array: Literal,
    one_column: Literal,
    last_column: Literal,
}

#[derive(Template)]
#[template(path = "spots/spots_window.v.askama")]
struct WindowModule<'a> {
    name: &'a Ident,
    ports: Ports,
    widths: Widths,
    one_window: Literal,
    one_map: Literal,
    one_phase: Literal,
}

#[derive(Template)]
#[template(path = "spots/spots_lane.v.askama")]
struct LaneModule<'a> {
    name: &'a Ident,
    ports: Ports,
    widths: Widths,
}

#[derive(Template)]
#[template(path = "spots/spots_pool.v.askama")]
struct PoolModule<'a> {
    memory: Part,
    name: &'a Ident,
    spec: &'a Spots,
    ports: Ports,
    widths: Widths,
}

fn literal(value: u32, width: Width) -> Literal {
    Literal::unsigned(value.into(), width)
}

fn top_module(spec: &Spots, top: &Ident, names: &Names, widths: Widths) -> Source {
    let ports = spec.interface().ports();
    let part = |name: &Ident, inner: Ports| Part::new(name, &inner, &ports);
    let word = Width::new(32);
    let template = TopModule {
        top,
        spec,
        widths,
        arrays: spec.arrays(),
        fields: Registers::declared(spec).fields(),
        waiting: Declarations {
            kind: "wire",
            prefix: "waiting_",
            suffix: "",
            fields: Registers::declared(spec).fields(),
        },
        unit_errors: UNIT_ERRORS,
        program: literal(spec.program, word),
        map_lines: literal(spec.map_lines, word),
        main_reserved: spec.main.reserved_words(),
        small_reserved: spec.small.reserved_words(),
        tile_split: widths.tile_split,
        several: spec.acc_regs > 1,
        no_cut: literal(0, gemm::TileBeat::declared(&spec.array).cut.width()),
        fifo: library::FIFO.within(top, &ports),
        memory: library::MEMORY.within(top, &ports),
        memory_loader: library::MEMORY_LOADER.within(top, &ports),
        control: part(&names.control, ports::control_ports(spec, &widths)),
        unit: part(&names.im2col, spec.main.interface().ports())
            .parameters(&[im2col::RESERVED_WORDS]),
        weights: part(&names.weights, ports::weights_ports(spec, &widths)),
        compress: part(&names.compress, ports::compress_ports(spec, &widths)),
        feeder: part(&names.feeder, ports::feeder_ports(spec, &widths)),
        array: part(&names.array, spec.array.interface().ports()),
        post: part(&names.post, ports::post_ports(spec, &widths)),
        pool: part(&names.pool, ports::pool_ports(spec, &widths)),
        ports,
    };
    Source::generated(top, &template)
}

fn control_module(spec: &Spots, names: &Names, widths: Widths) -> Source {
    let template = ControlModule {
        name: &names.control,
        spec,
        ports: ports::control_ports(spec, &widths),
        widths,
        arrays: spec.arrays(),
        fields: Registers::declared(spec).fields(),
        registers: Declarations {
            kind: "reg",
            prefix: "",
            suffix: "_q",
            fields: Registers::declared(spec).fields(),
        },
        passed: passed(spec, &widths),
        rows_literal: literal(spec.rows, widths.blocks),
        rows_log2: spec.rows.ilog2(),
        lanes_log2: spec.lanes.ilog2(),
        cols_log2: spec.cols.ilog2(),
        one_filter: literal(1, widths.blocks),
        lanes_less_one: literal(spec.lanes - 1, widths.blocks),
        cols_less_one: literal(spec.cols - 1, widths.map.times(2)),
        no_filters: literal(0, widths.filters),
        filters_may_exceed: spec.max_filters.count_ones() < widths.filters.bits(),
        most_filters: literal(spec.max_filters, widths.filters),
        most_split: literal(spec.arrays().ilog2(), Width::new(2)),
        most_steps: literal(spec.patch_steps, widths.all_steps),
        most_lines: literal(spec.map_lines, widths.all_lines),
        most_pool: literal(spec.pool_words, widths.pool_area),
        largest_pool: LARGEST_POOL,
        unit_errors: UNIT_ERRORS,
    };
    Source::generated(&names.control, &template)
}

fn weights_module(spec: &Spots, names: &Names, widths: Widths) -> Source {
    let ports = ports::weights_ports(spec, &widths);
    let template = WeightsModule {
        memory: library::MEMORY.within(&names.weights, &ports),
        name: &names.weights,
        spec,
        ports,
        widths,
        arrays: spec.arrays(),
        block: spec.block_rows(),
        column_words: spec.column_words(),
        most_lines: literal(spec.weight_lines, widths.total_lines),
        word_columns: literal(32, widths.steps),
        last_word: literal(spec.column_words() - 1, widths.column_word),
        one_word: literal(1, widths.column_word),
        one_block: literal(1, Width::new(spec.arrays())),
        one_line: literal(1, widths.line),
    };
    Source::generated(&names.weights, &template)
}

fn compress_module(spec: &Spots, names: &Names, widths: Widths) -> Source {
    let ports = ports::compress_ports(spec, &widths);
    let template = CompressModule {
        memory: library::MEMORY.within(&names.compress, &ports),
        name: &names.compress,
        spec,
        ports,
        widths,
        arrays: spec.arrays(),
        one_step: literal(1, widths.steps),
        one_word: literal(1, widths.column_word),
        second_half: literal(spec.patch_steps, widths.reckoned_address),
    };
    Source::generated(&names.compress, &template)
}

fn feeder_module(spec: &Spots, names: &Names, widths: Widths) -> Source {
    let template = FeederModule {
        name: &names.feeder,
        ports: ports::feeder_ports(spec, &widths),
        widths,
        most_registers: literal(spec.acc_regs, widths.registers),
        one_register: literal(1, widths.register_count),
        one_step: literal(1, widths.steps),
        tile_steps: widths.tile_steps,
        tile_registers: widths.tile_registers,
        several: spec.acc_regs > 1,
    };
    Source::generated(&names.feeder, &template)
}

fn post_module(spec: &Spots, names: &Names, widths: Widths) -> Source {
    let ports = ports::post_ports(spec, &widths);
    let template = PostModule {
        memory: library::MEMORY.within(&names.post, &ports),
        memory_fifo: library::MEMORY_FIFO.within(&names.post, &ports),
        window: Part::new(&names.window, &ports::window_ports(&widths), &ports),
        lane: Part::new(&names.lane, &ports::lane_ports(&widths), &ports),
        name: &names.post,
        spec,
        ports,
        widths,
        arrays: spec.arrays(),
        buffer_depth: spec.buffer_depth(),
        filter_depth: spec.filter_blocks(),
        block_sums: widths.sum.times(spec.lanes),
        one_group: literal(1, widths.groups),
        one_block: literal(1, widths.blocks),
        one_array: literal(1, widths.array),
        one_column: literal(1, widths.column),
        last_column: literal(spec.cols - 1, widths.column),
    };
    Source::generated(&names.post, &template)
}

fn window_module(names: &Names, widths: Widths) -> Source {
    let template = WindowModule {
        name: &names.window,
        ports: ports::window_ports(&widths),
        widths,
        one_window: literal(1, widths.patches),
        one_map: literal(1, widths.map),
        one_phase: literal(1, widths.pool),
    };
    Source::generated(&names.window, &template)
}

fn lane_module(names: &Names, widths: Widths) -> Source {
    let template = LaneModule { name: &names.lane, ports: ports::lane_ports(&widths), widths };
    Source::generated(&names.lane, &template)
}

fn pool_module(spec: &Spots, names: &Names, widths: Widths) -> Source {
    let ports = ports::pool_ports(spec, &widths);
    let memory = library::MEMORY.within(&names.pool, &ports);
    let template = PoolModule { memory, name: &names.pool, spec, ports, widths };
    Source::generated(&names.pool, &template)
}

pub(super) fn modules(spec: &Spots, top: &Ident) -> Vec<Source> {
    let names = Names::new(top);
    let widths = spec.widths();
    let mut modules = vec![
        top_module(spec, top, &names, widths),
        control_module(spec, &names, widths),
        weights_module(spec, &names, widths),
        compress_module(spec, &names, widths),
        feeder_module(spec, &names, widths),
        post_module(spec, &names, widths),
        window_module(&names, widths),
        lane_module(&names, widths),
        pool_module(spec, &names, widths),
    ];
    modules.extend(spec.main.modules(&names.im2col));
    modules.extend(spec.array.modules(&names.array));
    modules.push(library::MEMORY_LOADER.source(top));
    modules.push(library::MEMORY_FIFO.source(top));
    modules.push(library::MEMORY.source(top));
    modules.push(library::FIFO.source(top));
    once(modules)
}

/// Every module once: parts share the cells of the library.
fn once(modules: Vec<Source>) -> Vec<Source> {
    let mut names = std::collections::BTreeSet::new();
    modules.into_iter().filter(|module| names.insert(module.name.clone())).collect()
}

pub(super) fn memories(spec: &Spots) -> Vec<Memory> {
    let widths = spec.widths();
    let units = (0..spec.arrays()).flat_map(|index| {
        let unit = format!("gen_unit[{index}]");
        let map = Memory::new("u_map", widths.group, spec.map_lines).within(&unit);
        let own = spec.unit(index as usize).memories().into_iter();
        let own = own.map(move |memory| memory.within(format!("{unit}.u_unit")));
        std::iter::once(map).chain(own)
    });
    let lines = (0..spec.arrays()).map(|block| {
        Memory::new(
            format!("u_weights.gen_block[{block}].u_lines"),
            widths.block,
            spec.weight_lines,
        )
    });
    let step = Width::new(widths.steps.bits() + widths.elements.bits());
    let filter = Width::new(widths.sum.bits() + widths.scale.bits()).times(spec.lanes);
    let others = [
        Memory::new("u_weights.u_columns", widths.columns, spec.column_words()),
        Memory::new("u_compress.u_buffers", step, 2 * spec.patch_steps),
        Memory::of_fifo("u_post.u_buffer", widths.sums, spec.buffer_depth()),
        Memory::new("u_post.u_filters", filter, spec.filter_blocks()),
        Memory::new("u_pool.u_partials", widths.partial.times(spec.lanes), spec.pool_words),
    ];
    let array = spec.array.memories().into_iter().map(|memory| memory.within("u_array"));
    units.chain(lines).chain(others).chain(array).collect()
}
