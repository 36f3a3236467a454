//! Ports of the modules below the top.

use super::Curve;
use crate::blocks::cap_ram::CapRam;
use crate::verilog::{Port, PortGroup, Ports, Width};

const fn bit() -> Width {
    Width::new(1)
}

fn inputs(ports: &[(&str, Width)]) -> Vec<Port> {
    ports.iter().map(|&(name, width)| Port::input(name, width)).collect()
}

fn outputs(ports: &[(&str, Width)]) -> Vec<Port> {
    ports.iter().map(|&(name, width)| Port::output(name, width)).collect()
}

fn group(title: &str, inputs_: &[(&str, Width)], outputs_: &[(&str, Width)]) -> PortGroup {
    PortGroup::new(title, [inputs(inputs_), outputs(outputs_)].concat())
}

pub(super) fn sequencer_ports() -> Ports {
    let two = Width::new(2);
    Ports(vec![
        PortGroup::clock_and_reset(),
        group(
            "Inputs of an operation; whether something goes before it; whether a result waits",
            &[("inputs_valid_i", bit()), ("blocked_i", bit()), ("results_wait_i", bit())],
            &[("inputs_ready_o", bit())],
        ),
        group(
            "Setup of the next operation: encoding, level, inputs of more than 4 bits",
            &[("encoding_i", two), ("level_i", two), ("long_i", bit())],
            &[],
        ),
        group(
            "An operation begins; nothing converts; the low nibble's turn",
            &[],
            &[("accept_o", bit()), ("idle_o", bit()), ("low_o", bit())],
        ),
        group(
            "Pins of array and converters",
            &[],
            &[
                ("precharge_o", bit()),
                ("input_o", bit()),
                ("multiply_o", bit()),
                ("share_plus_o", bit()),
                ("share_minus_o", bit()),
                ("swap_o", bit()),
            ],
        ),
        group(
            "Converters: mode, and whether they are ready; multiply starts them",
            &[("adc_ready_i", bit())],
            &[("differential_o", bit())],
        ),
        group(
            "A code that is complete: of a minus slice; goes to the odd sum; after the high \
             nibble's;\nthe operation's last; pairs that negate it; level; slices take turns",
            &[],
            &[
                ("code_minus_o", bit()),
                ("code_odd_o", bit()),
                ("code_shift_o", bit()),
                ("code_last_o", bit()),
                ("code_negate_o", Width::new(3)),
                ("code_level_o", two),
                ("code_turns_o", bit()),
            ],
        ),
    ])
}

pub(super) fn word_line_ports(spec: &CapRam) -> Ports {
    let row = spec.row_index();
    Ports(vec![
        PortGroup::clock_and_reset(),
        group(
            "Rows at work from the operation on that is accepted",
            &[("accept_i", bit()), ("row_i", row.times(spec.slices))],
            &[],
        ),
        group(
            "Capacitors multiply next: plus slices, minus slices in use",
            &[("multiply_i", bit()), ("plus_i", bit()), ("minus_i", bit())],
            &[],
        ),
        group(
            "The memory is accessed next",
            &[("access_i", bit()), ("slice_i", spec.slice_index()), ("address_i", row)],
            &[],
        ),
        group(
            "Word lines, slice by slice, row 0 low",
            &[],
            &[("word_line_o", Width::new(spec.slices * spec.rows))],
        ),
    ])
}

pub(super) fn pair_ports(spec: &CapRam) -> Ports {
    let sum = spec.level(0);
    let later = if spec.curve_points > 0 { "Three" } else { "Two" };
    let mut groups = vec![
        PortGroup::clock_and_reset(),
        group(
            "New correction of the plus, minus slice",
            &[
                ("calibrate_i", Width::new(2)),
                ("gain_i", spec.gain().width()),
                ("offset_i", spec.offset().width()),
            ],
            &[],
        ),
        group(
            "Code, and whether it is the minus slice's; the same one cycle later",
            &[
                ("code_i", Width::new(spec.adc_bits)),
                ("code_minus_i", bit()),
                ("product_minus_i", bit()),
            ],
            &[],
        ),
        group(
            &format!(
                "{later} cycles later: it is added to 16 times the sum, goes to the odd sum, negated"
            ),
            &[("accumulate_i", bit()), ("shift_i", bit()), ("odd_i", bit()), ("negate_i", bit())],
            &[],
        ),
    ];
    if let Some(curve) = spec.curve() {
        groups.push(group(CURVE_PORT, &[("curve_i", curve.width())], &[]));
    }
    groups.push(group("Sums", &[], &[("even_o", sum), ("odd_o", sum)]));
    Ports(groups)
}

const CURVE_PORT: &str =
    "Corrections of all segments: their bits 0, lowest segment first, then bits 1, ..";

pub(super) fn curve_ports(curve: Curve) -> Ports {
    Ports(vec![
        PortGroup::clock_and_reset(),
        group(
            "New correction of a segment",
            &[
                ("load_i", bit()),
                ("segment_i", curve.segment),
                ("correction_i", curve.correction.width()),
            ],
            &[],
        ),
        group(CURVE_PORT, &[], &[("curve_o", curve.width())]),
    ])
}

pub(super) fn tree_ports(spec: &CapRam) -> Ports {
    Ports(vec![
        group("Clock", &[("clk_i", bit())], &[]),
        group(
            "Sums enter, slices taking turns or not; sums of four, of eight slices follow",
            &[
                ("load_i", bit()),
                ("load_turns_i", bit()),
                ("add_four_i", bit()),
                ("add_eight_i", bit()),
            ],
            &[],
        ),
        group("Sums of eight slices", &[("sum_i", spec.level(0).times(8))], &[]),
        group(
            "Weights in one, two, four, eight slices",
            &[],
            &[
                ("one_o", spec.level(0).times(8)),
                ("two_o", spec.level(1).times(4)),
                ("four_o", spec.level(2).times(2)),
                ("eight_o", spec.level(3)),
            ],
        ),
    ])
}
