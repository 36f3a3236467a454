//! Ports of the modules below the top.

use super::UNIT_ERRORS;
use super::widths::Widths;
use crate::block::Package;
use crate::blocks::spots::Spots;
use crate::blocks::spots::registers::Registers;
use crate::interface::{Field, Stream};
use crate::verilog::{Port, PortGroup, Ports, Width};

pub(super) const fn bit() -> Width {
    Width::new(1)
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

/// Registers that others than the control read.
pub(super) fn passed(spec: &Spots, widths: &Widths) -> Vec<Field> {
    let inside = [compress_ports(spec, widths), post_ports(spec, widths), pool_ports(spec, widths)];
    let outside = [spec.main.interface().ports(), spec.array.interface().ports()];
    let ports = inside.iter().chain(&outside).flat_map(|ports| &ports.0);
    let ports: Vec<_> = ports.flat_map(|group| &group.ports).map(|port| &port.name).collect();
    let read = |field: &Field| {
        // As a part calls it, as a beat of an IM2COL unit does, as a tile of the array does
        let names = ["", "layer_", "tile_"].map(|stream| format!("{stream}{}_i", field.name));
        ports.iter().any(|port| names.contains(port))
    };
    Registers::declared(spec).fields().into_iter().filter(read).collect()
}

pub(super) fn control_ports(spec: &Spots, widths: &Widths) -> Ports {
    let arrays = Width::new(spec.arrays()).named("Arrays");
    let registers = passed(spec, widths);
    let registers = registers.iter().map(|f| Port::output(format!("{}_o", f.name), f.width()));
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
                ("pool_shift_o", widths.pool_shift),
                ("pool_base_o", widths.pool_bases),
            ]),
        ),
        group(
            "Loading: map, filters, weights; for an illegal layer, whose streams are only taken",
            [
                outputs(&[("load_map_o", bit()), ("load_weights_o", bit()), ("illegal_o", bit())]),
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

pub(super) fn weights_ports(spec: &Spots, widths: &Widths) -> Ports {
    Ports(vec![
        PortGroup::clock_and_reset(),
        group(
            "Transfer: for an illegal layer or not, elements of a patch, lines per column; whether it\n\
             goes on or went wrong, and how many columns live",
            [
                inputs(&[
                    ("start_i", bit()),
                    ("illegal_i", bit()),
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
                outputs(&[("column_word_o", widths.columns)]),
                inputs(&[("line_read_i", bit()), ("line_address_i", widths.line)]),
                outputs(&[("line_o", widths.weights)]),
            ]
            .concat(),
        ),
    ])
}

pub(super) fn compress_ports(spec: &Spots, widths: &Widths) -> Ports {
    let arrays = Width::new(spec.arrays()).named("Arrays");
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
                inputs(&[("column_word_i", widths.columns)]),
            ]
            .concat(),
        ),
        group(
            "Patch buffer that is used: whether it is filled, with how many steps; a step comes one\n\
             cycle after its read",
            [
                outputs(&[("group_filled_o", bit()), ("group_steps_o", widths.steps)]),
                inputs(&[("step_read_i", bit()), ("step_address_i", widths.steps)]),
                outputs(&[("step_rank_o", widths.steps), ("step_patches_o", widths.elements)]),
                inputs(&[("group_release_i", bit())]),
            ]
            .concat(),
        ),
    ])
}

pub(super) fn feeder_ports(spec: &Spots, widths: &Widths) -> Ports {
    let mut tile = outputs(&[("tile_valid_o", bit())]);
    tile.push(Port::input("tile_ready_i", bit()));
    tile.push(Port::output("tile_steps_o", widths.tile_steps));
    if spec.acc_regs > 1 {
        tile.push(Port::output("tile_registers_o", widths.tile_registers));
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
                inputs(&[("group_filled_i", bit()), ("group_steps_i", widths.steps)]),
                outputs(&[("step_read_o", bit()), ("step_address_o", widths.steps)]),
                inputs(&[("step_rank_i", widths.steps), ("step_patches_i", widths.elements)]),
                outputs(&[("group_release_o", bit())]),
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
                outputs(&[("operands_patches_o", widths.elements)]),
            ]
            .concat(),
        ),
    ])
}

/// What the post-processing tells the pool of results of one window.
fn window_tags(widths: &Widths) -> Vec<(&'static str, Width)> {
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
        ("results", widths.results),
    ]
}

pub(super) fn post_ports(spec: &Spots, widths: &Widths) -> Ports {
    let tags = window_tags(widths);
    let tags = tags.iter().map(|(name, width)| Port::output(format!("window_{name}_o"), *width));
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
                ("pool_base_i", widths.pool_bases),
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
                inputs(&[("sums_valid_i", bit())]),
                outputs(&[("sums_ready_o", bit())]),
                inputs(&[("sums_i", widths.sums)]),
            ]
            .concat(),
        ),
        group(
            "Results of one window, its place in the pool, and the address of the next one's",
            tags,
        ),
    ])
}

pub(super) fn window_ports(widths: &Widths) -> Ports {
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

pub(super) fn lane_ports(widths: &Widths) -> Ports {
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

pub(super) fn pool_ports(spec: &Spots, widths: &Widths) -> Ports {
    let tags = window_tags(widths);
    let tags = tags.iter().map(|(name, width)| Port::input(format!("window_{name}_i"), *width));
    Ports(vec![
        PortGroup::clock_and_reset(),
        group(
            "A layer starts; mean or largest; elements of a window as a power of two",
            inputs(&[
                ("start_i", bit()),
                ("average_i", bit()),
                ("pool_shift_i", widths.pool_shift),
            ]),
        ),
        group("Results of one window move on", outputs(&[("advance_o", bit())])),
        group("What they are, and the address of the next", tags),
        stream(spec, "results"),
        group("The last results of the layer are out", outputs(&[("finished_o", bit())])),
    ])
}
