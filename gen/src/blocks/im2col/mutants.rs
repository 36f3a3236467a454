//! Deliberate faults: in every step from layer to beat, in every store and in every handshake.

use super::Im2col;
use super::rtl::Names;
use crate::block::Mutant;
use crate::verilog::Ident;

/// What breaks, the text as emitted and the text of the fault.
type Fault = (&'static str, &'static str, &'static str);

/// Faults of the layer's check and of what follows from a layer.
const LAYER: &[Fault] = &[
    ("an illegal layer is run", "state_d = illegal_q ? StReport : StStart", "state_d = StStart"),
    (
        "a kernel larger than the map is not noticed",
        "| (kernel > padded_height_q)",
        "| (One > padded_height_q)",
    ),
    ("too much padding is accepted", "| (padding >= kernel)", "| (padding > kernel)"),
    (
        "a map larger than the memory is accepted",
        "illegal_q       <= memory_error_q |",
        "illegal_q       <=",
    ),
    ("a start between windows is accepted", "| ~column_found_q", "| 1'b0"),
    ("a patch too many is accepted", "| (patches > limit_q)", "| 1'b0"),
    (
        "padding shifts the map by a row",
        "corner_q        <= margin_q + padding",
        "corner_q        <= margin_q",
    ),
    (
        "the report does not wait for the last group",
        "if (group_over_i & last_group) begin",
        "if (last_group) begin",
    ),
];

/// Faults of the walk from window to window.
const WALKER: &[Fault] = &[
    (
        "the first patch of a layer asks its neighbour",
        "left         = window & ~first_q &",
        "left         = window &",
    ),
    ("a row's first window has a left neighbour", "& ~left_edge & from_left", "& from_left"),
    (
        "a group is overwritten before it is taken",
        "step = active_q & (~complete_q | group_take_i)",
        "step = active_q",
    ),
    (
        "nothing is reserved for the last window",
        "below        = reserve_i & (covered_q != {CountWidth{1'b0}})",
        "below        = reserve_i & (covered_q > One)",
    ),
    (
        "the address does not follow to the next row",
        "address_q <= address_q + row_jump_i",
        "address_q <= address_q",
    ),
];

/// Faults of the walk that need several units.
const LINKED_WALKER: &[Fault] = &[(
    "the wrap store is used unasked",
    "from_left    = (lane_q != FirstLane) | wrap_i",
    "from_left    = 1'b1",
)];

/// Faults of the input controller.
const INPUT: &[Fault] = &[
    (
        "elements are pushed without room",
        "assign move         = ~(came_valid_q & blocked)",
        "assign move         = 1'b1",
    ),
    (
        "padding is read",
        "read_o    = move & memory_valid_q & memory_in_map_q",
        "read_o    = move & memory_valid_q",
    ),
    (
        "padding is not zero",
        "{DataWidth{came_in_map_q}} & elements",
        "{DataWidth{1'b1}} & elements",
    ),
    ("reserved rows are fetched again", "group_window_i & ~group_above_i", "group_window_i"),
    ("rows not shared are skipped too", "(next_row >= overlap_i) ? late_q : early_q", "early_q"),
    (
        "the next channel begins in its first row",
        "channels_q      <= channels_q - OneChannel;\n            offset_q        <= next_channel_q + (skips_q ? skip_i : {AddressWidth{1'b0}})",
        "channels_q      <= channels_q - OneChannel;\n            offset_q        <= next_channel_q",
    ),
    (
        "whole lines are not used",
        "came_units_q[place]) begin",
        "came_units_q[place] & ~lines_i) begin",
    ),
    (
        "a group without windows has no beats in a bypass",
        "(lines_i | (group_window_i == NoUnit))",
        "lines_i",
    ),
    (
        "a beat keeps what the one before gathered",
        "gathered_q <= came_ends_q ? {(Units*DataWidth){1'b0}} : gathered",
        "gathered_q <= gathered",
    ),
];

/// Faults of what the units do in common.
const UNITS: &[Fault] = &[
    (
        "a beat does not wait for new elements",
        "& beat_space_i & (waiting == {Units{1'b0}})",
        "& beat_space_i",
    ),
    (
        "a beat does not wait for room",
        "group_valid & beat_space_i & (waiting",
        "group_valid & (waiting",
    ),
    (
        "elements are passed on that are not shared",
        "give_right_q <= next_column >= stride",
        "give_right_q <= 1'b1",
    ),
    (
        "a row without a left neighbour is not reserved in full",
        "(below_alone[unit] | ~take_left_q)",
        "(~take_left_q)",
    ),
    (
        "an overflow of the wrap store is not reported",
        "wrap_full_q | wrap_overflow;",
        "wrap_full_q;",
    ),
    (
        "elements after an overflow are not zero",
        "spoilt_q       <= spoilt_q\n                | (beat & last &",
        "spoilt_q       <= spoilt_q\n                | (1'b0 &",
    ),
];

/// Faults of the rotation between reserves.
const ROTATION: &[Fault] =
    &[("reserves go to the same unit", "source = Own - rotation_i", "source = Own")];

/// Faults of a unit.
const UNIT: &[Fault] = &[
    (
        "a reserved element is taken although the neighbour has it",
        "from_above = take_above_i & ~take_left_i & ~spoilt_i",
        "from_above = take_above_i & ~spoilt_i",
    ),
    (
        "a full reserve is not noticed",
        "overflow_o = give_below & reserve_full",
        "overflow_o = 1'b0 & reserve_full",
    ),
    (
        "a missing element is not expected where it is",
        "row_i + {{(CoordinateWidth-KernelWidth){1'b0}}, kernel_row_i}",
        "row_i",
    ),
    (
        "units without a window are not zero",
        "{DataWidth{window_i & ~spoilt_i}}",
        "{DataWidth{~spoilt_i}}",
    ),
];

/// Faults of the output.
const OUTPUT: &[Fault] = &[(
    "a group is over before its last beat is taken",
    "patches_valid_o & patches_ready_i & patches_last_o",
    "patches_valid_o & patches_last_o",
)];

/// Faults of the stores.
const STORE: &[Fault] = &[(
    "the head is lost if nothing is behind it",
    "head_q <= read | (head_q & ~pop_i)",
    "head_q <= read",
)];

/// Every fault that shows in this design.
pub(super) fn mutants(spec: &Im2col, top: &Ident) -> Vec<Mutant> {
    let names = Names::new(top);
    let several = spec.units > 1;
    let store = top.shared("memory_fifo");
    let faults = [
        (true, &names.layer, LAYER),
        (true, &names.walker, WALKER),
        (several, &names.walker, LINKED_WALKER),
        (true, &names.input, INPUT),
        (true, &names.units, UNITS),
        (several, &names.units, ROTATION),
        (true, &names.unit, UNIT),
        (true, &names.output, OUTPUT),
        (true, &store, STORE),
    ];
    let mutant =
        |module: &Ident, &(what, find, replace): &Fault| Mutant::new(what, module, find, replace);
    faults
        .into_iter()
        .filter(|(shows, ..)| *shows)
        .flat_map(|(_, module, faults)| faults.iter().map(move |fault| mutant(module, fault)))
        .collect()
}
