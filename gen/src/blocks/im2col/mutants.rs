//! Deliberate faults: in every step from layer to beat, in every store and in every handshake.

use super::rtl::Names;
use super::{Im2col, LayerBeat};
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
    ("the largest kernel is refused", "(kernel > MaxKernel)", "(kernel >= MaxKernel)"),
    ("no stride is accepted", "(stride == Nothing) |", "1'b0 |"),
    ("the largest stride is refused", "(stride > MaxStride)", "(stride >= MaxStride)"),
    ("no channel is accepted", "(channels == Nothing) |", "1'b0 |"),
    (
        "the largest number of channels is refused",
        "(channels > MaxChannels)",
        "(channels >= MaxChannels)",
    ),
    ("no row is accepted", "(height == Nothing) |", "1'b0 |"),
    ("too many rows are accepted", "(padded_height_q > MaxMap)", "1'b0"),
    (
        "the largest number of rows is refused",
        "(padded_height_q > MaxMap)",
        "(padded_height_q >= MaxMap)",
    ),
    ("no column is accepted", "(width == Nothing) |", "1'b0 |"),
    ("too many columns are accepted", "(padded_width_q > MaxMap)", "1'b0"),
    (
        "the largest number of columns is refused",
        "(padded_width_q > MaxMap)",
        "(padded_width_q >= MaxMap)",
    ),
    ("a kernel wider than the map is not noticed", "(kernel > padded_width_q)", "1'b0"),
    ("no group is accepted", "(groups_q == {CountWidth{1'b0}}) |", "1'b0 |"),
    ("fewer groups than patches need are accepted", "| (grouped < patches)", "| 1'b0"),
    ("a row of windows of another length is accepted", "(windows_q != row_windows) |", "1'b0 |"),
    ("a start between rows is accepted", "~row_found_q |", "1'b0 |"),
    (
        "a stride beyond the kernel uses whole lines",
        "(kernel == One) & (stride == One) &",
        "(kernel == One) &",
    ),
    (
        "an illegal layer reports what the layer before counted",
        "if (state_q == StPrepare) begin\n            started_q <= 1'b0;",
        "if (1'b0) begin\n            started_q <= 1'b0;",
    ),
    (
        "a report is not offered before it can be taken",
        "report_valid_o   = state_q == StReport",
        "report_valid_o   = (state_q == StReport) & report_ready_i",
    ),
    (
        "a layer at work outlives a reset",
        "            state_q <= StIdle;",
        "            state_q <= state_q;",
    ),
];

/// Bounds that the registers can exceed.
const KERNEL_BEYOND: &[Fault] =
    &[("a kernel beyond the largest is accepted", "(kernel > MaxKernel)", "1'b0")];

const STRIDE_BEYOND: &[Fault] =
    &[("a stride beyond the largest is accepted", "(stride > MaxStride)", "1'b0")];

const CHANNELS_BEYOND: &[Fault] =
    &[("channels beyond the most are accepted", "(channels > MaxChannels)", "1'b0")];

/// Faults of the layer that need several units.
const LINKED_LAYER: &[Fault] = &[
    (
        "a row shorter than a group is reserved",
        "(reserve_q & ~bypass_q & (row_windows < Units))",
        "1'b0",
    ),
    (
        "lines of a channel are rounded down",
        "{{(ProductWidth-NumberWidth){1'b0}}, Units - One}",
        "{ProductWidth{1'b0}}",
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
    (
        "windows of the second row have none above",
        "uncovered_q  <= row_windows_i;",
        "uncovered_q  <= row_windows_i + OneWindow;",
    ),
    (
        "rows follow one by one",
        "row_q     <= row_q + wide_stride",
        "row_q     <= row_q + {{(CoordinateWidth-1){1'b0}}, 1'b1}",
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
    ("the row below the map is read", "(map_row < bottom_i)", "(map_row <= bottom_i)"),
    ("the column right of the map is read", "(map_column < right_i)", "(map_column <= right_i)"),
    ("the map's first row is padding", "(map_row >= top_i)", "(map_row > top_i)"),
    ("the map's first column is padding", "(map_column >= top_i)", "(map_column > top_i)"),
    (
        "elements of the layer before are counted",
        "fetched_q <= {CounterWidth{1'b0}};",
        "fetched_q <= fetched_q;",
    ),
    (
        "reads of the layer before are counted",
        "reads_q   <= {CounterWidth{1'b0}};",
        "reads_q   <= reads_q;",
    ),
];

/// Faults of the input controller that need several units.
const LINKED_INPUT: &[Fault] = &[(
    "a unit with a left neighbour gets all columns",
    ": unit_left ? {{(KernelWidth-StrideWidth){1'b0}}, stride_i} - OneStep",
    ": 1'b0 ? {{(KernelWidth-StrideWidth){1'b0}}, stride_i} - OneStep",
)];

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
        "the last channel is left out",
        "channels_q <= last ? channels_i :",
        "channels_q <= last ? OneChannel :",
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
const OUTPUT: &[Fault] = &[
    (
        "a group is over before its last beat is taken",
        "patches_valid_o & patches_ready_i & patches_last_o",
        "patches_valid_o & patches_last_o",
    ),
    (
        "a beat is not offered before it can be taken",
        "assign patches_valid_o = waiting;",
        "assign patches_valid_o = waiting & patches_ready_i;",
    ),
];

/// Faults of queues.
const QUEUE: &[Fault] = &[(
    "words are read in the wrong place after the end",
    "wire [PointerWidth-1:0] read_next = (read_q == Last[PointerWidth-1:0])",
    "wire [PointerWidth-1:0] read_next = (1'b0 & read_q == Last[PointerWidth-1:0])",
)];

/// Faults of the stores.
const STORE: &[Fault] = &[(
    "the head is lost if nothing is behind it",
    "head_q <= read | (head_q & ~pop_i)",
    "head_q <= read",
)];

/// Where stimulus fills a store to the last word.
const FULL_STORE: &[Fault] = &[(
    "the last word of a store is not used",
    "full_o  = count_q == Depth[CountWidth-1:0]",
    "full_o  = count_q == Last[CountWidth-1:0]",
)];

/// Faults of stores that overflow, where small maps are enough for that.
const OVERFLOW_OF_UNITS: &[Fault] = &[
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
    (
        "a layer after an overflow is zero, too",
        "spoilt_q       <= 1'b0;",
        "spoilt_q       <= spoilt_q;",
    ),
    (
        "an overflow of a reserve is reported again",
        "reserve_full_q <= 1'b0;",
        "reserve_full_q <= reserve_full_q;",
    ),
    (
        "an overflow of the wrap store is reported again",
        "wrap_full_q    <= 1'b0;",
        "wrap_full_q    <= wrap_full_q;",
    ),
    (
        "what waits after an overflow gets into the next layer",
        ") u_wrap (\n        .clk_i       (clk_i),\n        .rst_ni      (rst_ni),\n        .clear_i     (start_i)",
        ") u_wrap (\n        .clk_i       (clk_i),\n        .rst_ni      (rst_ni),\n        .clear_i     (1'b0)",
    ),
];

const OVERFLOW_OF_UNIT: &[Fault] = &[
    (
        "a full reserve is not noticed",
        "overflow_o = give_below & reserve_full",
        "overflow_o = 1'b0 & reserve_full",
    ),
    (
        "what a reserve holds after an overflow gets into the next layer",
        ") u_reserve (\n        .clk_i       (clk_i),\n        .rst_ni      (rst_ni),\n        .clear_i     (start_i)",
        ") u_reserve (\n        .clk_i       (clk_i),\n        .rst_ni      (rst_ni),\n        .clear_i     (1'b0)",
    ),
];

/// Where few lines of many are enough for a map that fills the memory.
const FULL_MEMORY: &[Fault] = &[(
    "a map that fills the memory is refused",
    "product_q > MemoryLines",
    "product_q >= MemoryLines",
)];

/// Every fault that shows in this design.
pub(super) fn mutants(spec: &Im2col, top: &Ident) -> Vec<Mutant> {
    let names = Names::new(top);
    let several = spec.units > 1;
    let little = spec.stores_are_little();
    let layer = LayerBeat::declared(spec);
    let (store, queue) = (top.shared("memory_fifo"), top.shared("fifo"));
    let faults = [
        (true, &names.layer, LAYER),
        (several, &names.layer, LINKED_LAYER),
        (layer.kernel.may_exceed(), &names.layer, KERNEL_BEYOND),
        (layer.stride.may_exceed(), &names.layer, STRIDE_BEYOND),
        (layer.channels.may_exceed(), &names.layer, CHANNELS_BEYOND),
        (true, &names.walker, WALKER),
        (several, &names.walker, LINKED_WALKER),
        (true, &names.input, INPUT),
        (several, &names.input, LINKED_INPUT),
        (true, &names.units, UNITS),
        (several, &names.units, ROTATION),
        (true, &names.unit, UNIT),
        (true, &names.output, OUTPUT),
        (true, &store, STORE),
        (little, &store, FULL_STORE),
        (little, &names.units, OVERFLOW_OF_UNITS),
        (little, &names.unit, OVERFLOW_OF_UNIT),
        (little, &names.layer, FULL_MEMORY),
        (!spec.new_words.is_power_of_two(), &queue, QUEUE),
    ];
    let mutant =
        |module: &Ident, &(what, find, replace): &Fault| Mutant::new(what, module, find, replace);
    faults
        .into_iter()
        .filter(|(shows, ..)| *shows)
        .flat_map(|(_, module, faults)| faults.iter().map(move |fault| mutant(module, fault)))
        .collect()
}
