//! Ports of the modules below the top.

use super::Widths;
use crate::blocks::im2col::Im2col;
use crate::verilog::{Direction, Port, PortGroup, Ports, Width};

pub(in super::super) const fn bit() -> Width {
    Width::new(1)
}

/// A part that reads what others say for several.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reader {
    Walker,
    Input,
    Units,
}

use Reader::{Input, Units, Walker};

/// A signal with several readers.
struct Shared {
    name: &'static str,
    width: Width,
    readers: &'static [Reader],
}

impl Shared {
    fn output(&self) -> Port {
        Port::output(format!("{}_o", self.name), self.width)
    }

    fn input(&self) -> Port {
        Port::input(format!("{}_i", self.name), self.width)
    }
}

const fn shared(name: &'static str, width: Width, readers: &'static [Reader]) -> Shared {
    Shared { name, width, readers }
}

/// What a layer sets for all its time, in groups with a title.
fn constants(widths: &Widths) -> Vec<(&'static str, Vec<Shared>)> {
    vec![
        (
            "Elements go straight to the output; whole lines",
            vec![shared("bypass", bit(), &[Input]), shared("lines", bit(), &[Input])],
        ),
        (
            "Kernel: last row and column, step, rows in common with the window below",
            vec![
                shared("kernel_last", widths.kernel, &[Input, Units]),
                shared("stride", widths.stride, &[Walker, Input, Units]),
                shared("overlap", widths.kernel, &[Input, Units]),
                shared("channels", widths.channels, &[Input, Units]),
            ],
        ),
        (
            "Map within the padded map: first row and column, last row and column, plus one",
            vec![
                shared("top", widths.map, &[Input]),
                shared("bottom", widths.map, &[Input]),
                shared("right", widths.map, &[Input]),
            ],
        ),
        (
            "Windows: in a row, to build, with one below, groups; where they begin; last column",
            vec![
                shared("row_windows", widths.map, &[Walker]),
                shared("patches", widths.count, &[Walker]),
                shared("covered", widths.count, &[Walker]),
                shared("groups", widths.count, &[Walker]),
                shared("start_row", widths.coordinate, &[Walker]),
                shared("start_column", widths.coordinate, &[Walker]),
                shared("last_column", widths.coordinate, &[Walker]),
            ],
        ),
        (
            "Addresses: first window; from the last window of a row to the next one, from a row\n\
             and from a channel of elements to the next one, over the rows in common",
            vec![
                shared("start_address", widths.address, &[Walker]),
                shared("row_jump", widths.address, &[Walker]),
                shared("row_step", widths.address, &[Input]),
                shared("channel_step", widths.address, &[Input]),
                shared("skip", widths.address, &[Input]),
            ],
        ),
        (
            "Stores in use",
            vec![shared("reserve", bit(), &[Walker]), shared("wrap", bit(), &[Walker])],
        ),
    ]
}

/// What a group says of every unit.
fn descriptor(widths: &Widths) -> Vec<Shared> {
    let flags = widths.lanes;
    vec![
        shared("group_window", flags, &[Input, Units]),
        shared("group_left", flags, &[Input, Units]),
        shared("group_right", flags, &[Units]),
        shared("group_above", flags, &[Input, Units]),
        shared("group_below", flags, &[Units]),
        shared("group_below_alone", flags, &[Units]),
        shared("group_row", widths.coordinates, &[Input, Units]),
        shared("group_column", widths.coordinates, &[Input, Units]),
        shared("group_address", widths.addresses, &[Input]),
    ]
}

/// What `reader` reads of them.
fn read_by(reader: Reader, signals: &[Shared]) -> Vec<Port> {
    let read = signals.iter().filter(|signal| signal.readers.contains(&reader));
    read.map(Shared::input).collect()
}

fn constant_inputs(widths: &Widths, reader: Reader) -> Vec<PortGroup> {
    let groups = constants(widths).into_iter();
    let groups = groups.map(|(title, signals)| PortGroup::new(title, read_by(reader, &signals)));
    groups.filter(|group| !group.ports.is_empty()).collect()
}

fn start() -> PortGroup {
    PortGroup::new("A layer begins", vec![Port::input("start_i", bit())])
}

pub(super) fn layer_ports(spec: &Im2col, widths: &Widths) -> Ports {
    let streams = spec.streams();
    let mut groups = vec![PortGroup::clock_and_reset(), streams[0].port_group()];
    groups.push(streams[2].port_group());
    groups.push(PortGroup::new("A layer begins", vec![Port::output("start_o", bit())]));
    groups.extend(constants(widths).into_iter().map(|(title, signals)| {
        PortGroup::new(title, signals.iter().map(Shared::output).collect())
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

pub(super) fn walker_ports(widths: &Widths) -> Ports {
    let mut groups = vec![PortGroup::clock_and_reset(), start()];
    groups.extend(constant_inputs(widths, Walker));
    let mut ports = vec![Port::output("group_valid_o", bit()), Port::input("group_take_i", bit())];
    ports.extend(descriptor(widths).iter().map(Shared::output));
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

/// The beats that `from` makes.
fn beat_ports(widths: &Widths, from: &str) -> PortGroup {
    PortGroup::new(
        "Beat for the output, where there is room for one",
        vec![
            Port::input("beat_space_i", bit()),
            Port::output(format!("{from}_push_o"), bit()),
            Port::output(format!("{from}_element_o"), widths.beat_elements),
            Port::output(format!("{from}_last_o"), bit()),
        ],
    )
}

pub(super) fn input_ports(widths: &Widths) -> Ports {
    let mut groups = vec![PortGroup::clock_and_reset(), start()];
    groups.extend(constant_inputs(widths, Input));
    let mut group = vec![Port::output("group_ready_o", bit()), Port::input("group_take_i", bit())];
    group.extend(read_by(Input, &descriptor(widths)));
    groups.push(PortGroup::new("Next group", group));
    groups.push(PortGroup::new(
        "Memory",
        vec![
            Port::output("memory_read_o", bit()),
            Port::output("memory_address_o", widths.line),
            Port::input("memory_data_i", widths.beat_elements),
        ],
    ));
    let mut new =
        vec![Port::output("new_push_o", widths.lanes), Port::input("new_space_i", widths.lanes)];
    new.extend(new_element_ports(widths, Port::output));
    groups.push(PortGroup::new("New element, for the unit that it is pushed to", new));
    groups.push(beat_ports(widths, "bypass"));
    groups.push(PortGroup::new(
        "Elements put in, memory reads",
        vec![Port::output("fetched_o", widths.counter), Port::output("reads_o", widths.counter)],
    ));
    Ports(groups)
}

pub(super) fn units_ports(spec: &Im2col, widths: &Widths) -> Ports {
    let mut groups = vec![PortGroup::clock_and_reset(), start()];
    groups.extend(constant_inputs(widths, Units));
    if spec.several() {
        groups.push(PortGroup::new(
            "Units from a window's to that of the window below",
            vec![Port::input("rotation_i", widths.lane)],
        ));
    }
    let mut group = vec![Port::input("group_push_i", bit()), Port::output("group_space_o", bit())];
    group.extend(read_by(Units, &descriptor(widths)));
    groups.push(PortGroup::new("Next group", group));
    let mut new =
        vec![Port::input("new_push_i", widths.lanes), Port::output("new_space_o", widths.lanes)];
    new.extend(new_element_ports(widths, Port::input));
    groups.push(PortGroup::new("New element, for the unit that it is pushed to", new));
    groups.push(beat_ports(widths, "units"));
    groups.push(PortGroup::new(
        "A reserve was too small, the wrap store was, an element was not the expected one",
        vec![Port::output("errors_o", widths.faults)],
    ));
    Ports(groups)
}

pub(super) fn unit_ports(widths: &Widths) -> Ports {
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
        PortGroup::new(
            "Window, if there is one: its top left in the padded map",
            vec![
                flag("window_i"),
                Port::input("row_i", widths.coordinate),
                Port::input("column_i", widths.coordinate),
            ],
        ),
        PortGroup::new(
            "New elements",
            vec![
                flag("new_push_i"),
                Port::input("new_word_i", word),
                Port::output("new_space_o", bit()),
            ],
        ),
        PortGroup::new(
            "Elements of the left neighbour, and of the window above",
            vec![
                Port::input("left_word_i", word),
                flag("left_valid_i"),
                Port::output("left_take_o", bit()),
                Port::input("above_word_i", word),
                flag("above_valid_i"),
                Port::output("above_take_o", bit()),
            ],
        ),
        PortGroup::new(
            "The element that was taken, for the right neighbour if it is given",
            vec![Port::output("right_give_o", bit()), Port::output("taken_o", word)],
        ),
        PortGroup::new(
            "Reserve, for the unit of the window below",
            vec![
                flag("reserved_take_i"),
                Port::output("reserved_word_o", word),
                Port::output("reserved_valid_o", bit()),
                Port::output("overflow_o", bit()),
            ],
        ),
        PortGroup::new(
            "No new element yet; the element; the one before was not the expected one",
            vec![
                Port::output("waiting_o", bit()),
                Port::output("element_o", widths.data),
                Port::output("fault_o", bit()),
            ],
        ),
    ])
}

pub(super) fn output_ports(spec: &Im2col, widths: &Widths) -> Ports {
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
        PortGroup::new("There is room for a beat", vec![Port::output("beat_space_o", bit())]),
        PortGroup::new("Beat of the units", beat("units")),
        PortGroup::new("Beat of a bypass", beat("bypass")),
        spec.streams()[1].port_group(),
        PortGroup::new(
            "The last beat of a group leaves",
            vec![Port::output("group_over_o", bit())],
        ),
    ])
}
