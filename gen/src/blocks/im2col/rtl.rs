//! From the specification to Verilog: widths, ports inside, template contexts.

use super::{COUNTER_WIDTH, ERROR_WIDTH, Im2col};
use crate::Source;
use crate::block::Spec;
use crate::interface::Stream;
use crate::source::hdl;
use crate::verilog::{Direction, Ident, Literal, Port, PortGroup, Ports, Width};
use askama::Template;

/// Widths of everything.
#[derive(Clone, Copy, Debug)]
pub(super) struct Widths {
    pub kernel: Width,
    pub stride: Width,
    pub channels: Width,
    /// Rows or columns of a map.
    pub map: Width,
    /// A row or a column.
    pub coordinate: Width,
    /// Windows of a layer.
    pub count: Width,
    /// A unit.
    pub lane: Width,
    /// A bit per unit.
    pub lanes: Width,
    /// A line of the memory.
    pub line: Width,
    /// An element of the memory.
    pub address: Width,
    /// Sums of all of these.
    pub number: Width,
    pub factor_a: Width,
    pub factor_b: Width,
    pub product: Width,
    pub data: Width,
    pub counter: Width,
    /// Errors but for an illegal layer.
    pub faults: Width,
    /// Elements of a line or of a beat.
    pub beat_elements: Width,
    /// The same and `last`.
    pub beat: Width,
    /// Number of units.
    pub amount: Width,
}

impl Im2col {
    pub(super) fn widths(&self) -> Widths {
        let data = self.data().width();
        let stride = Width::index(self.max_stride + 1);
        // A stride fits too, so that the two can be compared
        let kernel = Width::index(self.max_kernel + 1).max(stride);
        let channels = Width::index(self.max_channels + 1);
        let map = Width::index(self.max_map + 1);
        let count = Width::index(self.max_map * self.max_map + 1);
        let line = Width::index(self.memory_lines);
        let address = line.shifted_left(self.lane_bits());
        let plane = Width::index((self.max_map * self.max_map).div_ceil(self.units) + 1);
        // Padding on two sides, and a stride beyond
        let padded = map.sum(kernel.shifted_left(1)).sum(stride);
        let grouped = count.shifted_left(self.lane_bits());
        let number = padded.max(grouped).max(address).max(channels);
        let (factor_a, factor_b) = (map.max(plane), map.max(channels));
        let beat_elements = data.times(self.units);
        Widths {
            kernel,
            stride,
            channels,
            map,
            coordinate: Width::index(self.max_map),
            count,
            lane: Width::index(self.units),
            lanes: Width::new(self.units),
            line,
            address,
            number,
            factor_a,
            factor_b,
            product: factor_a.product(factor_b).max(number).max(line.shifted_left(1)),
            data,
            counter: Width::new(COUNTER_WIDTH),
            faults: Width::new(ERROR_WIDTH - 1),
            beat_elements,
            beat: beat_elements.shifted_left(1),
            amount: Width::index(self.units + 1),
        }
    }

    /// Low bits of an address that choose an element of a line.
    const fn lane_bits(&self) -> u32 {
        self.units.ilog2()
    }

    const fn several(&self) -> bool {
        self.units > 1
    }

    /// Most elements under way from a unit to the next: they come `S` beats before they are due,
    /// and there are `K - S` of them in a row.
    fn link_words(&self) -> u32 {
        self.max_stride.min(self.max_kernel / 2)
    }
}

#[derive(Template)]
#[template(path = "im2col/im2col.v.askama")]
struct TopModule<'a> {
    top: &'a Ident,
    spec: &'a Im2col,
    ports: Ports,
    widths: Widths,
    names: &'a Names,
    several: bool,
    constants: Vec<PortGroup>,
    layer_stream: Vec<String>,
    descriptor: Vec<Port>,
    walker_constants: Vec<&'static str>,
    input_constants: Vec<&'static str>,
    input_descriptor: Vec<&'static str>,
    units_constants: Vec<&'static str>,
    units_descriptor: Vec<&'static str>,
}

#[derive(Template)]
#[template(path = "im2col/im2col_layer.v.askama")]
struct LayerModule<'a> {
    name: &'a str,
    ports: Ports,
    widths: Widths,
    several: bool,
    lane_bits: u32,
    lane_msb: u32,
    lane_zero: Literal,
    max_kernel: Literal,
    max_stride: Literal,
    max_channels: Literal,
    max_map: Literal,
    units: Literal,
    memory_lines: Literal,
    counter_zero: Literal,
    error_illegal: Literal,
}

#[derive(Template)]
#[template(path = "im2col/im2col_walker.v.askama")]
struct WalkerModule<'a> {
    name: &'a str,
    spec: &'a Im2col,
    ports: Ports,
    widths: Widths,
    several: bool,
    one_lane: Literal,
    first_lane: Literal,
    last_lane: Literal,
}

#[derive(Template)]
#[template(path = "im2col/im2col_input.v.askama")]
struct InputModule<'a> {
    name: &'a str,
    spec: &'a Im2col,
    ports: Ports,
    widths: Widths,
    several: bool,
    first_unit: Literal,
}

#[derive(Template)]
#[template(path = "im2col/im2col_units.v.askama")]
struct UnitsModule<'a> {
    name: &'a str,
    spec: &'a Im2col,
    ports: Ports,
    widths: Widths,
    several: bool,
    unit_module: &'a str,
    link_words: u32,
}

#[derive(Template)]
#[template(path = "im2col/im2col_unit.v.askama")]
struct UnitModule<'a> {
    name: &'a str,
    spec: &'a Im2col,
    ports: Ports,
    widths: Widths,
}

#[derive(Template)]
#[template(path = "im2col/im2col_output.v.askama")]
struct OutputModule<'a> {
    name: &'a str,
    ports: Ports,
    widths: Widths,
}

#[derive(Template)]
#[template(path = "im2col/im2col_bench.v.askama")]
struct BenchModule<'a> {
    name: &'a str,
    top: &'a Ident,
    spec: &'a Im2col,
    ports: Ports,
    widths: Widths,
    unit_ports: Vec<String>,
}

pub(super) const fn bit() -> Width {
    Width::new(1)
}

/// What a layer sets for all its time, in groups with a title.
fn constants(widths: &Widths) -> Vec<PortGroup> {
    let group = |title: &str, wires: &[(&str, Width)]| {
        let ports = wires.iter().map(|&(name, width)| Port::output(name, width)).collect();
        PortGroup::new(title, ports)
    };
    vec![
        group("Elements go straight to the output; whole lines", &[
            ("bypass", bit()),
            ("lines", bit()),
        ]),
        group("Kernel: last row and column, step, rows in common with the window below", &[
            ("kernel_last", widths.kernel),
            ("stride", widths.stride),
            ("overlap", widths.kernel),
            ("channels", widths.channels),
        ]),
        group("Map within the padded map: first row and column, last row and column, plus one", &[
            ("top", widths.map),
            ("bottom", widths.map),
            ("right", widths.map),
        ]),
        group("Windows: in a row, to build, with one below, groups; where they begin; last column", &[
            ("row_windows", widths.map),
            ("patches", widths.count),
            ("covered", widths.count),
            ("groups", widths.count),
            ("start_row", widths.coordinate),
            ("start_column", widths.coordinate),
            ("last_column", widths.coordinate),
        ]),
        group(
            "Addresses: first window; from the last window of a row to the next one, from a row\n\
             and from a channel of elements to the next one, over the rows in common",
            &[
                ("start_address", widths.address),
                ("row_jump", widths.address),
                ("row_step", widths.address),
                ("channel_step", widths.address),
                ("skip", widths.address),
            ],
        ),
        group("Stores in use", &[("reserve", bit()), ("wrap", bit())]),
    ]
}

const WALKER_CONSTANTS: &[&str] = &[
    "stride",
    "row_windows",
    "patches",
    "covered",
    "groups",
    "start_row",
    "start_column",
    "last_column",
    "start_address",
    "row_jump",
    "reserve",
    "wrap",
];

const INPUT_CONSTANTS: &[&str] = &[
    "bypass",
    "lines",
    "kernel_last",
    "stride",
    "overlap",
    "channels",
    "top",
    "bottom",
    "right",
    "row_step",
    "channel_step",
    "skip",
];

const UNITS_CONSTANTS: &[&str] = &["kernel_last", "stride", "overlap", "channels"];

/// What a group says of every unit.
fn descriptor(widths: &Widths) -> Vec<(&'static str, Width)> {
    let flags = widths.lanes;
    let each = |width: Width| width.times(flags.bits());
    vec![
        ("group_window", flags),
        ("group_left", flags),
        ("group_right", flags),
        ("group_above", flags),
        ("group_below", flags),
        ("group_below_alone", flags),
        ("group_row", each(widths.coordinate)),
        ("group_column", each(widths.coordinate)),
        ("group_address", each(widths.address)),
    ]
}

const INPUT_DESCRIPTOR: &[&str] =
    &["group_window", "group_left", "group_above", "group_row", "group_column", "group_address"];

const UNITS_DESCRIPTOR: &[&str] = &[
    "group_window",
    "group_left",
    "group_right",
    "group_above",
    "group_below",
    "group_below_alone",
    "group_row",
    "group_column",
];

/// Ports of a stream of the top module that a part serves.
fn stream_group(stream: &Stream) -> PortGroup {
    let bit = bit();
    let (valid, ready) = match stream.direction {
        Direction::Input => (Port::input(stream.valid(), bit), Port::output(stream.ready(), bit)),
        Direction::Output => (Port::output(stream.valid(), bit), Port::input(stream.ready(), bit)),
    };
    let fields = stream.fields.iter().map(|field| Port {
        name: stream.data(field),
        direction: stream.direction,
        width: field.width(),
    });
    PortGroup::new(stream.doc.clone(), [valid, ready].into_iter().chain(fields).collect())
}

/// Constants as inputs, without those that a part does not read.
fn constant_inputs(widths: &Widths, read: &[&str]) -> Vec<PortGroup> {
    let groups = constants(widths).into_iter().map(|group| {
        let ports = group.ports.iter().filter(|port| read.contains(&port.name.as_str()));
        let ports = ports.map(|port| Port::input(format!("{}_i", port.name), port.width));
        PortGroup::new(group.title, ports.collect())
    });
    groups.filter(|group| !group.ports.is_empty()).collect()
}

fn descriptor_inputs(widths: &Widths, read: &[&str]) -> Vec<Port> {
    let fields = descriptor(widths).into_iter().filter(|(name, _)| read.contains(name));
    fields.map(|(name, width)| Port::input(format!("{name}_i"), width)).collect()
}

fn start() -> PortGroup {
    PortGroup::new("A layer begins", vec![Port::input("start_i", bit())])
}

fn layer_ports(spec: &Im2col, widths: &Widths) -> Ports {
    let streams = spec.streams();
    let mut groups = vec![PortGroup::clock_and_reset(), stream_group(&streams[0])];
    groups.push(stream_group(&streams[2]));
    groups.push(PortGroup::new("A layer begins", vec![Port::output("start_o", bit())]));
    groups.extend(constants(widths).into_iter().map(|group| {
        let ports = group.ports.into_iter();
        let ports = ports.map(|port| Port::output(format!("{}_o", port.name), port.width));
        PortGroup::new(group.title, ports.collect())
    }));
    groups.push(PortGroup::new(
        "The last beat of a group leaves; what the layer took from outside; errors",
        vec![
            Port::input("group_over_i", bit()),
            Port::input("fetched_i", widths.counter),
            Port::input("reads_i", widths.counter),
            Port::input("errors_i", widths.faults),
        ],
    ));
    Ports(groups)
}

fn walker_ports(widths: &Widths) -> Ports {
    let mut groups = vec![PortGroup::clock_and_reset(), start()];
    groups.extend(constant_inputs(widths, WALKER_CONSTANTS));
    let mut ports = vec![Port::output("group_valid_o", bit()), Port::input("group_take_i", bit())];
    let fields = descriptor(widths).into_iter();
    ports.extend(fields.map(|(name, width)| Port::output(format!("{name}_o"), width)));
    groups.push(PortGroup::new(
        "Group: units that have a window, that share with their neighbours, with the window\n\
         above and below, whose window below has no neighbour to the left; where their windows are",
        ports,
    ));
    Ports(groups)
}

fn new_element_ports(widths: &Widths, port: fn(String, Width) -> Port) -> Vec<Port> {
    let suffix = if port(String::new(), bit()).direction == Direction::Input { "i" } else { "o" };
    vec![
        port(format!("new_element_{suffix}"), widths.data),
        port(format!("new_row_{suffix}"), widths.coordinate),
        port(format!("new_column_{suffix}"), widths.coordinate),
    ]
}

fn beat_ports(widths: &Widths) -> PortGroup {
    PortGroup::new("Beat for the output", vec![
        Port::output("beat_push_o", bit()),
        Port::input("beat_space_i", bit()),
        Port::output("beat_element_o", widths.beat_elements),
        Port::output("beat_last_o", bit()),
    ])
}

fn input_ports(widths: &Widths) -> Ports {
    let mut groups = vec![PortGroup::clock_and_reset(), start()];
    groups.extend(constant_inputs(widths, INPUT_CONSTANTS));
    let mut group = vec![Port::output("group_ready_o", bit()), Port::input("group_take_i", bit())];
    group.extend(descriptor_inputs(widths, INPUT_DESCRIPTOR));
    groups.push(PortGroup::new("Next group", group));
    groups.push(PortGroup::new("Memory", vec![
        Port::output("memory_read_o", bit()),
        Port::output("memory_address_o", widths.line),
        Port::input("memory_data_i", widths.beat_elements),
    ]));
    let mut new = vec![
        Port::output("new_push_o", widths.lanes),
        Port::input("new_space_i", widths.lanes),
    ];
    new.extend(new_element_ports(widths, Port::output));
    groups.push(PortGroup::new("New element, for the unit that it is pushed to", new));
    groups.push(beat_ports(widths));
    groups.push(PortGroup::new("Elements put in, memory reads", vec![
        Port::output("fetched_o", widths.counter),
        Port::output("reads_o", widths.counter),
    ]));
    Ports(groups)
}

fn units_ports(spec: &Im2col, widths: &Widths) -> Ports {
    let mut groups = vec![PortGroup::clock_and_reset(), start()];
    groups.extend(constant_inputs(widths, UNITS_CONSTANTS));
    if spec.several() {
        groups.push(PortGroup::new(
            "Units from a window's to that of the window below",
            vec![Port::input("rotation_i", widths.lane)],
        ));
    }
    let mut group = vec![Port::input("group_push_i", bit()), Port::output("group_space_o", bit())];
    group.extend(descriptor_inputs(widths, UNITS_DESCRIPTOR));
    groups.push(PortGroup::new("Next group", group));
    let mut new = vec![
        Port::input("new_push_i", widths.lanes),
        Port::output("new_space_o", widths.lanes),
    ];
    new.extend(new_element_ports(widths, Port::input));
    groups.push(PortGroup::new("New element, for the unit that it is pushed to", new));
    groups.push(beat_ports(widths));
    groups.push(PortGroup::new(
        "A reserve was too small, the wrap store was, an element was not the expected one",
        vec![Port::output("errors_o", widths.faults)],
    ));
    Ports(groups)
}

fn unit_ports(widths: &Widths) -> Ports {
    let word = Width::new(widths.data.bits() + 2 * widths.coordinate.bits());
    let flag = |name: &str| Port::input(name, bit());
    Ports(vec![
        PortGroup::clock_and_reset(),
        PortGroup::new(
            "A layer begins; the element that is due leaves; from now on all are zero",
            vec![flag("start_i"), flag("beat_i"), flag("spoilt_i")],
        ),
        PortGroup::new(
            "The element that is due: row and column in the kernel, who has it, who is to get it",
            vec![
                Port::input("kernel_row_i", widths.kernel),
                Port::input("kernel_column_i", widths.kernel),
                flag("take_left_i"),
                flag("take_above_i"),
                flag("give_right_i"),
                flag("give_below_i"),
            ],
        ),
        PortGroup::new("Window, if there is one: its top left in the padded map", vec![
            flag("window_i"),
            Port::input("row_i", widths.coordinate),
            Port::input("column_i", widths.coordinate),
        ]),
        PortGroup::new("New elements", vec![
            flag("new_push_i"),
            Port::input("new_word_i", word),
            Port::output("new_space_o", bit()),
        ]),
        PortGroup::new("Elements of the left neighbour, and of the window above", vec![
            Port::input("left_word_i", word),
            flag("left_valid_i"),
            Port::output("left_take_o", bit()),
            Port::input("above_word_i", word),
            flag("above_valid_i"),
            Port::output("above_take_o", bit()),
        ]),
        PortGroup::new("The element that was taken, for the right neighbour if it is given", vec![
            Port::output("right_give_o", bit()),
            Port::output("taken_o", word),
        ]),
        PortGroup::new("Reserve, for the unit of the window below", vec![
            flag("reserved_take_i"),
            Port::output("reserved_word_o", word),
            Port::output("reserved_valid_o", bit()),
            Port::output("overflow_o", bit()),
        ]),
        PortGroup::new("No new element yet; the element; the one before was not the expected one", vec![
            Port::output("waiting_o", bit()),
            Port::output("element_o", widths.data),
            Port::output("fault_o", bit()),
        ]),
    ])
}

fn output_ports(spec: &Im2col, widths: &Widths) -> Ports {
    let beat = |from: &str| {
        vec![
            Port::input(format!("{from}_push_i"), bit()),
            Port::input(format!("{from}_element_i"), widths.beat_elements),
            Port::input(format!("{from}_last_i"), bit()),
        ]
    };
    Ports(vec![
        PortGroup::clock_and_reset(),
        start(),
        PortGroup::new("There is room for a beat", vec![Port::output("space_o", bit())]),
        PortGroup::new("Beat of the units", beat("units")),
        PortGroup::new("Beat of a bypass", beat("bypass")),
        stream_group(&spec.streams()[1]),
        PortGroup::new("The last beat of a group leaves", vec![Port::output("group_over_o", bit())]),
    ])
}

/// Names of the modules below the top, as they are emitted.
pub(super) struct Names {
    pub layer: String,
    pub walker: String,
    pub input: String,
    pub units: String,
    pub unit: String,
    pub output: String,
}

impl Names {
    pub(super) fn new(top: &Ident) -> Self {
        let part = |part: &str| format!("{top}_{part}");
        Self {
            layer: part("layer"),
            walker: part("walker"),
            input: part("input"),
            units: part("units"),
            unit: part("unit"),
            output: part("output"),
        }
    }
}

pub(super) fn bench_name(top: &Ident) -> String {
    format!("{top}_bench")
}

fn names_of(group: PortGroup) -> Vec<String> {
    group.ports.into_iter().map(|port| port.name).collect()
}

fn top_module(spec: &Im2col, top: &Ident, names: &Names) -> Source {
    let widths = spec.widths();
    let streams = spec.streams();
    let descriptor = descriptor(&widths).into_iter();
    let template = TopModule {
        top,
        spec,
        ports: spec.interface().ports(),
        widths,
        names,
        several: spec.several(),
        constants: constants(&widths),
        layer_stream: [&streams[0], &streams[2]].map(stream_group).map(names_of).concat(),
        descriptor: descriptor.map(|(name, width)| Port::output(name, width)).collect(),
        walker_constants: WALKER_CONSTANTS.to_vec(),
        input_constants: INPUT_CONSTANTS.to_vec(),
        input_descriptor: INPUT_DESCRIPTOR.to_vec(),
        units_constants: UNITS_CONSTANTS.to_vec(),
        units_descriptor: UNITS_DESCRIPTOR.to_vec(),
    };
    Source::generated(top, &template)
}

fn layer_module(spec: &Im2col, names: &Names) -> Source {
    let widths = spec.widths();
    let number = |value: u32| Literal::unsigned(value.into(), widths.number);
    let template = LayerModule {
        name: &names.layer,
        ports: layer_ports(spec, &widths),
        widths,
        several: spec.several(),
        lane_bits: spec.lane_bits(),
        lane_msb: widths.lane.msb(),
        lane_zero: Literal::unsigned(0, widths.lane),
        max_kernel: number(spec.max_kernel),
        max_stride: number(spec.max_stride),
        max_channels: number(spec.max_channels),
        max_map: number(spec.max_map),
        units: number(spec.units),
        memory_lines: Literal::unsigned(spec.memory_lines.into(), widths.product),
        counter_zero: Literal::unsigned(0, widths.counter),
        error_illegal: Literal::unsigned(1, Width::new(ERROR_WIDTH)),
    };
    Source::generated(&names.layer, &template)
}

fn walker_module(spec: &Im2col, names: &Names) -> Source {
    let widths = spec.widths();
    let lane = |value: u32| Literal::unsigned(value.into(), widths.lane);
    let template = WalkerModule {
        name: &names.walker,
        spec,
        ports: walker_ports(&widths),
        widths,
        several: spec.several(),
        one_lane: lane(1),
        first_lane: lane(0),
        last_lane: lane(spec.units - 1),
    };
    Source::generated(&names.walker, &template)
}

fn input_module(spec: &Im2col, names: &Names) -> Source {
    let widths = spec.widths();
    let template = InputModule {
        name: &names.input,
        spec,
        ports: input_ports(&widths),
        widths,
        several: spec.several(),
        first_unit: Literal::unsigned(1, widths.lanes),
    };
    Source::generated(&names.input, &template)
}

fn units_module(spec: &Im2col, names: &Names) -> Source {
    let widths = spec.widths();
    let template = UnitsModule {
        name: &names.units,
        spec,
        ports: units_ports(spec, &widths),
        widths,
        several: spec.several(),
        unit_module: &names.unit,
        link_words: spec.link_words(),
    };
    Source::generated(&names.units, &template)
}

pub(super) fn modules(spec: &Im2col, top: &Ident) -> Vec<Source> {
    let names = Names::new(top);
    let widths = spec.widths();
    let unit = UnitModule { name: &names.unit, spec, ports: unit_ports(&widths), widths };
    let output =
        OutputModule { name: &names.output, ports: output_ports(spec, &widths), widths };
    vec![
        top_module(spec, top, &names),
        layer_module(spec, &names),
        walker_module(spec, &names),
        input_module(spec, &names),
        units_module(spec, &names),
        Source::generated(&names.unit, &unit),
        Source::generated(&names.output, &output),
        hdl!("prim", "fifo"),
        hdl!("prim", "memory_fifo"),
        hdl!("prim", "memory"),
    ]
}

pub(super) fn cells(spec: &Im2col, top: &Ident) -> Vec<Source> {
    let name = bench_name(top);
    let streams = spec.streams();
    let bench = BenchModule {
        name: &name,
        top,
        spec,
        ports: spec.bench_interface().ports(),
        widths: spec.widths(),
        unit_ports: streams.iter().flat_map(|stream| names_of(stream_group(stream))).collect(),
    };
    vec![Source::generated(&name, &bench)]
}
