//! From the specification to Verilog: widths, ports and template contexts.

use super::registers::{LARGEST_POOL, Registers};
use super::{COUNT_WIDTH, Spots};
use crate::Source;
use crate::block::Spec;
use crate::interface::{Field, Stream};
use crate::source::hdl;
use crate::verilog::{Ident, Literal, Port, PortGroup, Ports, Width};
use askama::Template;
use std::fmt;

/// Bits of an IM2COL unit's error, and what they mean.
const UNIT_ERRORS: u32 = 4;

/// Registers that only the control reads.
const KEPT: [&str; 3] = ["filters", "load_map", "load_weights"];

/// Registers that every IM2COL unit gets alike.
const SHARED: [&str; 10] = [
    "kernel",
    "stride",
    "padding",
    "channels",
    "height",
    "width",
    "row_windows",
    "groups",
    "reserve",
    "wrap",
];

/// Widths of everything.
#[derive(Clone, Copy, Debug)]
struct Widths {
    // Registers
    kernel: Width,
    channels: Width,
    map: Width,
    patches: Width,
    groups: Width,
    pool: Width,
    cut: Width,
    layer: Width,
    // Derived numbers
    filters: Width,
    blocks: Width,
    all_steps: Width,
    all_lines: Width,
    pool_area: Width,
    steps: Width,
    lines: Width,
    registers: Width,
    count: Width,
    // Data
    group: Width,
    elements: Width,
    weights: Width,
    block: Width,
    sum: Width,
    sums: Width,
    scale: Width,
    biased: Width,
    product: Width,
    result: Width,
    partial: Width,
    // Addresses and places
    map_address: Width,
    line: Width,
    total_lines: Width,
    column_word: Width,
    buffer_address: Width,
    reckoned_address: Width,
    register_count: Width,
    filter_address: Width,
    beat_block: Width,
    column: Width,
    array: Width,
    pool_address: Width,
    pool_word: Width,
    tag: Width,
    window_state: Width,
}

/// Width that holds every number up to `largest`.
fn holding(largest: u32) -> Width {
    Width::index(largest + 1)
}

fn wider(a: Width, b: Width) -> Width {
    Width::new(a.bits().max(b.bits()))
}

impl Spots {
    fn widths(&self) -> Widths {
        let fields = Registers::fields(self);
        let register = |name: &str| {
            let field = fields.iter().find(|field| field.name == name);
            field.map_or(Width::new(1), |field| field.format.width())
        };
        let data = self.data().width();
        let (kernel, channels, map) = (register("kernel"), register("channels"), register("width"));
        let filters = holding(self.max_filters);
        let blocks = wider(filters, holding(self.rows)).shifted_left(1);
        let steps = wider(holding(self.patch_steps), Width::new(6));
        let lines = Width::index(self.map_lines).shifted_left(1);
        let register_count = holding(self.acc_regs);
        let most_registers = self.max_filters.div_ceil(self.block_rows() as u32);
        // It holds more than an element has, so that it is worth comparing with that.
        let registers = wider(holding(most_registers), holding(self.acc_regs + 1));
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
        let patches = register("windows");
        let pool = register("pool");
        let (patches_bits, map_bits) = (patches.bits(), map.bits());
        Widths {
            kernel,
            channels,
            map,
            patches,
            groups: register("groups"),
            pool,
            cut: register("cut"),
            layer: Width::new(fields.iter().map(|field| field.width().bits()).sum()),
            filters,
            blocks,
            all_steps: wider(kernel.product(kernel).product(channels), steps.shifted_left(1)),
            all_lines: wider(map.product(map).product(channels), lines.shifted_left(1)),
            pool_area: wider(map.product(blocks), pool_address).shifted_left(2),
            steps,
            lines,
            registers,
            count: Width::new(COUNT_WIDTH),
            group,
            elements: group.times(self.arrays()),
            weights: data.times(self.rows),
            block: data.times(self.block_rows() as u32),
            sum,
            sums: sum.times(self.rows),
            scale,
            biased,
            product: biased.product(scale),
            result: data,
            // A sum of the largest window's elements
            partial: data.shifted_left(2 * LARGEST_POOL.ilog2()),
            map_address: Width::index(self.map_lines),
            line,
            total_lines: wider(steps.product(registers), line.shifted_left(1)),
            column_word: Width::index(self.column_words()),
            buffer_address,
            reckoned_address: wider(buffer_address, steps).shifted_left(1),
            register_count,
            filter_address,
            beat_block: Width::index(self.rows / self.lanes),
            column: Width::index(self.cols),
            array,
            pool_address,
            pool_word,
            tag: Width::new(filter_address.bits() + array.bits() + pool_address.bits() + 4),
            window_state: Width::new(
                patches_bits + 2 * map_bits + 2 * pool.bits() + pool_address.bits(),
            ),
        }
    }

    /// Words of bitmap M1, 32 columns each; a memory has at least two.
    fn column_words(&self) -> u32 {
        self.patch_steps.div_ceil(32).max(2)
    }

    /// Words of biases and scales; a memory has at least two.
    fn filter_blocks(&self) -> u32 {
        self.max_filters.div_ceil(self.lanes).max(2)
    }

    /// Results of a tile, and one at work.
    pub(super) const fn buffer_depth(&self) -> u32 {
        self.acc_regs * self.cols + 1
    }

    /// A field of the stream `tile` of the array.
    fn tile_field(&self, name: &str) -> Option<Width> {
        let interface = self.array.interface();
        let tile = interface.inputs().into_iter().find(|stream| stream.name == "tile")?.clone();
        tile.fields.iter().find(|field| field.name == name).map(Field::width)
    }
}

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
    pub control: String,
    pub weights: String,
    pub compress: String,
    pub feeder: String,
    pub post: String,
    pub window: String,
    pub lane: String,
    pub pool: String,
    pub array: Ident,
    pub main: Ident,
    pub small: Ident,
}

impl Names {
    pub(super) fn new(top: &Ident) -> Self {
        let part = |part: &str| format!("{top}_{part}");
        Self {
            control: part("control"),
            weights: part("weights"),
            compress: part("compress"),
            feeder: part("feeder"),
            post: part("post"),
            window: part("window"),
            lane: part("lane"),
            pool: part("pool"),
            array: top.part("array"),
            main: top.part("main"),
            small: top.part("small"),
        }
    }
}

/// An IM2COL unit in the top module.
struct Unit {
    name: &'static str,
    module: Ident,
    index: u32,
}

/// A register that each unit has its own value of: port of the unit, name and width.
struct Own {
    port: &'static str,
    name: &'static str,
    width: Width,
}

#[derive(Template)]
#[template(path = "spots/spots.v.askama")]
struct TopModule<'a> {
    top: &'a Ident,
    spec: &'a Spots,
    ports: Ports,
    widths: Widths,
    names: &'a Names,
    arrays: u32,
    fields: Vec<Field>,
    waiting: Declarations,
    registers: Declarations,
    passed: Vec<Field>,
    shared: Vec<&'static str>,
    own: Vec<Own>,
    units: Vec<Unit>,
    unit_errors: u32,
    tile_steps: Width,
    tile_registers: Width,
    tile_split: Width,
    several: bool,
    no_cut: Literal,
}

#[derive(Template)]
#[template(path = "spots/spots_control.v.askama")]
struct ControlModule<'a> {
    name: &'a str,
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
    name: &'a str,
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
    name: &'a str,
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
    name: &'a str,
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
    name: &'a str,
    spec: &'a Spots,
    ports: Ports,
    widths: Widths,
    arrays: u32,
    buffer_depth: u32,
    filter_depth: u32,
    block_sums: Width,
    window_module: &'a str,
    lane_module: &'a str,
    one_group: Literal,
    one_block: Literal,
    one_array: Literal,
    one_column: Literal,
    last_column: Literal,
}

#[derive(Template)]
#[template(path = "spots/spots_window.v.askama")]
struct WindowModule<'a> {
    name: &'a str,
    ports: Ports,
    widths: Widths,
    one_window: Literal,
    one_map: Literal,
    one_phase: Literal,
}

#[derive(Template)]
#[template(path = "spots/spots_lane.v.askama")]
struct LaneModule<'a> {
    name: &'a str,
    ports: Ports,
    widths: Widths,
}

#[derive(Template)]
#[template(path = "spots/spots_pool.v.askama")]
struct PoolModule<'a> {
    name: &'a str,
    spec: &'a Spots,
    ports: Ports,
    widths: Widths,
}

const fn bit() -> Width {
    Width::new(1)
}

fn literal(value: u32, width: Width) -> Literal {
    Literal::unsigned(value.into(), width)
}

fn inputs(ports: &[(&str, Width)]) -> Vec<Port> {
    ports.iter().map(|&(name, width)| Port::input(name, width)).collect()
}

fn outputs(ports: &[(&str, Width)]) -> Vec<Port> {
    ports.iter().map(|&(name, width)| Port::output(name, width)).collect()
}

fn group(title: &str, ports: impl IntoIterator<Item = Port>) -> PortGroup {
    PortGroup::new(title, ports.into_iter().collect())
}

/// The ports of a stream of the top module, as a part of it has them.
fn stream(spec: &Spots, name: &str) -> PortGroup {
    let interface = spec.interface();
    let stream: Option<&Stream> = interface.streams.iter().find(|stream| stream.name == name);
    stream.map_or_else(|| group(name, []), Stream::port_group)
}

fn passed(spec: &Spots) -> Vec<Field> {
    let fields = Registers::fields(spec).into_iter();
    fields.filter(|field| !KEPT.contains(&field.name)).collect()
}

fn control_ports(spec: &Spots, widths: &Widths) -> Ports {
    let arrays = Width::new(spec.arrays());
    let registers = passed(spec);
    let registers = registers.iter().map(|f| Port::output(format!("{}_o", f.name), f.width()));
    let pool_bases = widths.pool_address.times(spec.arrays());
    Ports(vec![
        PortGroup::clock_and_reset(),
        stream(spec, "layer"),
        group("Registers of the layer at work", registers),
        group(
            "What follows from them: elements of a patch, lines of the map, lines per column of the\n\
             matrix of weights, blocks of filters, blocks of an array's rows, number of the last array",
            outputs(&[
                ("steps_o", widths.steps),
                ("lines_o", widths.lines),
                ("registers_o", widths.registers),
                ("filter_blocks_o", widths.blocks),
                ("array_blocks_o", widths.blocks),
                ("last_array_o", widths.array),
                ("pool_shift_o", Width::new(3)),
                ("pool_base_o", pool_bases),
            ]),
        ),
        group(
            "Loading: map, filters, weights",
            [
                outputs(&[("load_map_o", bit()), ("load_weights_o", bit())]),
                inputs(&[("busy_i", Width::new(3)), ("errors_i", Width::new(3))]),
            ]
            .concat(),
        ),
        group(
            "Computing: begins, lasts, is given up, is over",
            [
                outputs(&[("compute_o", bit()), ("running_o", bit()), ("discard_o", bit())]),
                inputs(&[("finished_i", bit()), ("array_step_i", bit())]),
            ]
            .concat(),
        ),
        group(
            "IM2COL units",
            [
                outputs(&[("used_o", arrays), ("unit_valid_o", arrays)]),
                inputs(&[
                    ("unit_ready_i", arrays),
                    ("unit_report_valid_i", arrays),
                    ("unit_error_i", arrays.times(UNIT_ERRORS)),
                    ("unit_fetched_i", widths.count.times(spec.arrays())),
                ]),
            ]
            .concat(),
        ),
        stream(spec, "report"),
    ])
}

fn weights_ports(spec: &Spots, widths: &Widths) -> Ports {
    Ports(vec![
        PortGroup::clock_and_reset(),
        group(
            "Transfer: elements of a patch, lines per column; whether it goes on or went wrong, and\n\
             how many columns live",
            [
                inputs(&[
                    ("start_i", bit()),
                    ("steps_i", widths.steps),
                    ("registers_i", widths.registers),
                ]),
                outputs(&[("busy_o", bit()), ("error_o", bit()), ("live_o", widths.steps)]),
            ]
            .concat(),
        ),
        stream(spec, "columns"),
        stream(spec, "blocks"),
        stream(spec, "weights"),
        group(
            "Read ports: a word of M1, a line of weights",
            [
                inputs(&[("column_read_i", bit()), ("column_address_i", widths.column_word)]),
                outputs(&[("column_word_o", Width::new(32))]),
                inputs(&[("line_read_i", bit()), ("line_address_i", widths.line)]),
                outputs(&[("line_o", widths.weights)]),
            ]
            .concat(),
        ),
    ])
}

fn compress_ports(spec: &Spots, widths: &Widths) -> Ports {
    let arrays = Width::new(spec.arrays());
    Ports(vec![
        PortGroup::clock_and_reset(),
        group(
            "A layer starts, runs, is given up; blocks of zeros are skipped; units in use",
            inputs(&[
                ("start_i", bit()),
                ("running_i", bit()),
                ("discard_i", bit()),
                ("skip_i", bit()),
                ("used_i", arrays),
            ]),
        ),
        group(
            "Patches of the units",
            [
                inputs(&[("patches_valid_i", arrays)]),
                outputs(&[("patches_ready_o", arrays)]),
                inputs(&[("patches_element_i", widths.elements), ("patches_last_i", arrays)]),
            ]
            .concat(),
        ),
        group(
            "Bitmap M1",
            [
                outputs(&[("column_read_o", bit()), ("column_address_o", widths.column_word)]),
                inputs(&[("column_word_i", Width::new(32))]),
            ]
            .concat(),
        ),
        group(
            "Patch buffer that is used: whether it is filled, with how many steps; a step comes one\n\
             cycle after its read",
            [
                outputs(&[("filled_o", bit()), ("steps_o", widths.steps)]),
                inputs(&[("step_read_i", bit()), ("step_address_i", widths.steps)]),
                outputs(&[("step_rank_o", widths.steps), ("step_patches_o", widths.elements)]),
                inputs(&[("release_i", bit())]),
            ]
            .concat(),
        ),
    ])
}

fn feeder_ports(spec: &Spots, widths: &Widths) -> Ports {
    let mut tile = outputs(&[("tile_valid_o", bit())]);
    tile.push(Port::input("tile_ready_i", bit()));
    for name in ["steps", "registers"] {
        let width = spec.tile_field(name);
        tile.extend(width.map(|width| Port::output(format!("tile_{name}_o"), width)));
    }
    Ports(vec![
        PortGroup::clock_and_reset(),
        group(
            "A layer starts: lines per column of weights, columns that live",
            inputs(&[
                ("start_i", bit()),
                ("registers_i", widths.registers),
                ("live_i", widths.steps),
            ]),
        ),
        group(
            "Patch buffer",
            [
                inputs(&[("filled_i", bit()), ("steps_i", widths.steps)]),
                outputs(&[("step_read_o", bit()), ("step_address_o", widths.steps)]),
                inputs(&[("step_rank_i", widths.steps), ("step_patches_i", widths.elements)]),
                outputs(&[("release_o", bit())]),
            ]
            .concat(),
        ),
        group(
            "Weight store: the line comes one cycle after its read",
            outputs(&[("line_read_o", bit()), ("line_address_o", widths.line)]),
        ),
        group("Tiles of the array", tile),
        group(
            "Operands of a step: these patches, and the line read last",
            [
                outputs(&[("operands_valid_o", bit())]),
                inputs(&[("operands_ready_i", bit())]),
                outputs(&[("patches_o", widths.elements)]),
            ]
            .concat(),
        ),
    ])
}

/// What the post-processing tells the pool of a block of results.
fn block_tags(spec: &Spots, widths: &Widths) -> Vec<(&'static str, Width)> {
    vec![
        ("valid", bit()),
        ("exists", bit()),
        ("opens", bit()),
        ("closes", bit()),
        ("finishes", bit()),
        ("next_address", widths.pool_address),
        ("address", widths.pool_address),
        ("array", widths.array),
        ("filter_block", widths.filter_address),
        ("results", widths.result.times(spec.lanes)),
    ]
}

fn post_ports(spec: &Spots, widths: &Widths) -> Ports {
    let tags = block_tags(spec, widths);
    let tags = tags.iter().map(|(name, width)| Port::output(format!("{name}_o"), *width));
    let lanes = |width: Width| width.times(spec.lanes);
    Ports(vec![
        PortGroup::clock_and_reset(),
        group(
            "A layer starts; nothing moves unless the pool takes results",
            inputs(&[("start_i", bit()), ("advance_i", bit())]),
        ),
        group(
            "Registers of the layer, and what follows from them",
            inputs(&[
                ("groups_i", widths.groups),
                ("row_windows_i", widths.map),
                ("windows_i", widths.patches.times(spec.arrays())),
                ("filter_blocks_i", widths.blocks),
                ("array_blocks_i", widths.blocks),
                ("last_array_i", widths.array),
                ("cut_i", widths.cut),
                ("relu_i", bit()),
                ("pool_i", widths.pool),
                ("pool_columns_i", widths.map),
                ("pool_base_i", widths.pool_address.times(spec.arrays())),
            ]),
        ),
        group(
            "Biases and scales",
            inputs(&[
                ("filters_write_i", bit()),
                ("filters_address_i", widths.filter_address),
                ("filters_bias_i", lanes(widths.sum)),
                ("filters_scale_i", lanes(widths.scale)),
            ]),
        ),
        group(
            "Sums from the array",
            [
                inputs(&[("results_valid_i", bit())]),
                outputs(&[("results_ready_o", bit())]),
                inputs(&[("results_result_i", widths.sums)]),
            ]
            .concat(),
        ),
        group(
            "Results of one window, its place in the pool, and the address of the next one's",
            tags,
        ),
    ])
}

fn window_ports(widths: &Widths) -> Ports {
    Ports(vec![
        group("Clock", inputs(&[("clk_i", bit())])),
        group(
            "A layer starts: windows of the array, its words in the pool, and the pool's measures",
            inputs(&[
                ("start_i", bit()),
                ("windows_i", widths.patches),
                ("base_i", widths.pool_address),
                ("row_windows_i", widths.map),
                ("pool_i", widths.pool),
                ("pool_columns_i", widths.map),
                ("filter_blocks_i", widths.blocks),
            ]),
        ),
        group(
            "On to the next window, or back to the group's first; a new group begins there",
            inputs(&[("next_i", bit()), ("again_i", bit()), ("commit_i", bit())]),
        ),
        group(
            "There is a window; it falls into the pool, is its window's first, last; its words",
            outputs(&[
                ("exists_o", bit()),
                ("pooled_o", bit()),
                ("opens_o", bit()),
                ("closes_o", bit()),
                ("address_o", widths.pool_address),
            ]),
        ),
    ])
}

fn lane_ports(widths: &Widths) -> Ports {
    Ports(vec![
        group(
            "Clock; nothing moves unless the pool takes results",
            inputs(&[("clk_i", bit()), ("advance_i", bit())]),
        ),
        group(
            "Sum of one filter, and what becomes of it",
            inputs(&[
                ("sum_i", widths.sum),
                ("bias_i", widths.sum),
                ("scale_i", widths.scale),
                ("cut_i", widths.cut),
                ("relu_i", bit()),
            ]),
        ),
        group("Result", outputs(&[("result_o", widths.result)])),
    ])
}

fn pool_ports(spec: &Spots, widths: &Widths) -> Ports {
    let tags = block_tags(spec, widths);
    let tags = tags.iter().map(|(name, width)| Port::input(format!("{name}_i"), *width));
    Ports(vec![
        PortGroup::clock_and_reset(),
        group(
            "A layer starts; mean or largest; elements of a window as a power of two",
            inputs(&[("start_i", bit()), ("average_i", bit()), ("shift_i", Width::new(3))]),
        ),
        group("Results of one window move on", outputs(&[("advance_o", bit())])),
        group("What they are, and the address of the next", tags),
        stream(spec, "results"),
        group("The last results of the layer are out", outputs(&[("finished_o", bit())])),
    ])
}

fn top_module(spec: &Spots, top: &Ident, names: &Names, widths: Widths) -> Source {
    let small = ["second", "third", "fourth"].into_iter().zip(1_u32..);
    let small = small.map(|(name, index)| Unit { name, module: names.small.clone(), index });
    let main = Unit { name: "main", module: names.main.clone(), index: 0 };
    let own = |port, name| Own { port, name, width: widths.map };
    let template = TopModule {
        top,
        spec,
        ports: spec.interface().ports(),
        widths,
        names,
        arrays: spec.arrays(),
        fields: Registers::fields(spec),
        waiting: Declarations {
            kind: "wire",
            prefix: "waiting_",
            suffix: "",
            fields: Registers::fields(spec),
        },
        registers: Declarations {
            kind: "wire",
            prefix: "",
            suffix: "",
            fields: passed(spec),
        },
        passed: passed(spec),
        shared: SHARED.to_vec(),
        own: vec![
            own("start_row", "start_row"),
            own("start_column", "start_column"),
            Own { port: "patches", name: "windows", width: widths.patches },
        ],
        units: std::iter::once(main).chain(small).take(spec.arrays() as usize).collect(),
        unit_errors: UNIT_ERRORS,
        tile_steps: spec.tile_field("steps").unwrap_or(bit()),
        tile_registers: spec.tile_field("registers").unwrap_or(bit()),
        tile_split: spec.tile_field("split").unwrap_or(bit()),
        several: spec.acc_regs > 1,
        no_cut: literal(0, spec.tile_field("cut").unwrap_or(bit())),
    };
    Source::generated(top, &template)
}

fn control_module(spec: &Spots, names: &Names, widths: Widths) -> Source {
    let template = ControlModule {
        name: &names.control,
        spec,
        ports: control_ports(spec, &widths),
        widths,
        arrays: spec.arrays(),
        fields: Registers::fields(spec),
        registers: Declarations {
            kind: "reg",
            prefix: "",
            suffix: "_q",
            fields: Registers::fields(spec),
        },
        passed: passed(spec),
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
    let template = WeightsModule {
        name: &names.weights,
        spec,
        ports: weights_ports(spec, &widths),
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
    let template = CompressModule {
        name: &names.compress,
        spec,
        ports: compress_ports(spec, &widths),
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
        ports: feeder_ports(spec, &widths),
        widths,
        most_registers: literal(spec.acc_regs, widths.registers),
        one_register: literal(1, widths.register_count),
        one_step: literal(1, widths.steps),
        tile_steps: spec.tile_field("steps").unwrap_or(bit()),
        tile_registers: spec.tile_field("registers").unwrap_or(bit()),
        several: spec.acc_regs > 1,
    };
    Source::generated(&names.feeder, &template)
}

fn post_module(spec: &Spots, names: &Names, widths: Widths) -> Source {
    let template = PostModule {
        name: &names.post,
        spec,
        ports: post_ports(spec, &widths),
        widths,
        arrays: spec.arrays(),
        buffer_depth: spec.buffer_depth(),
        filter_depth: spec.filter_blocks(),
        block_sums: widths.sum.times(spec.lanes),
        window_module: &names.window,
        lane_module: &names.lane,
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
        ports: window_ports(&widths),
        widths,
        one_window: literal(1, widths.patches),
        one_map: literal(1, widths.map),
        one_phase: literal(1, widths.pool),
    };
    Source::generated(&names.window, &template)
}

fn lane_module(names: &Names, widths: Widths) -> Source {
    let template = LaneModule { name: &names.lane, ports: lane_ports(&widths), widths };
    Source::generated(&names.lane, &template)
}

fn pool_module(spec: &Spots, names: &Names, widths: Widths) -> Source {
    let template = PoolModule {
        name: &names.pool,
        spec,
        ports: pool_ports(spec, &widths),
        widths,
    };
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
    let parts = [(&spec.array, &names.array)].map(|(part, name)| part.modules(name));
    modules.extend(parts.into_iter().flatten());
    modules.extend(spec.main.modules(&names.main));
    if spec.arrays() > 1 {
        modules.extend(spec.small.modules(&names.small));
    }
    modules.push(hdl!("prim", "memory_loader"));
    modules.push(hdl!("prim", "memory_fifo"));
    modules.push(hdl!("prim", "memory"));
    modules.push(hdl!("prim", "fifo"));
    once(modules)
}

/// Every module once: parts share the cells of the library.
fn once(modules: Vec<Source>) -> Vec<Source> {
    let mut names = std::collections::BTreeSet::new();
    modules.into_iter().filter(|module| names.insert(module.name.clone())).collect()
}
