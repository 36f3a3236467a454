//! Deliberate faults: at least one in every part and in every mechanism of the accelerator itself.
//! The array and the IM2COL units have faults of their own where they are blocks of their own.

use super::rtl::Names;
use super::{Registers, Spots};
use crate::block::Mutant;
use crate::verilog::Ident;

/// What breaks, the text as emitted and the text of the fault.
type Fault = (&'static str, &'static str, &'static str);

const CONTROL: &[Fault] = &[
    (
        "a layer runs although its streams disagree",
        "refused = illegal | (|errors_i) | useless",
        "refused = illegal | useless",
    ),
    ("the map of other channels is used", "(map_channels_q != channels_q)", "1'b0"),
    ("the map of another height is used", "(map_height_q != height_q)", "1'b0"),
    ("the map of another width is used", "(map_width_q != width_q)", "1'b0"),
    ("the weights of other channels are used", "(weights_channels_q != channels_q)", "1'b0"),
    ("the weights of another kernel are used", "(weights_kernel_q != kernel_q)", "1'b0"),
    ("the weights of other filters are used", "(weights_filters_q != filters_q)", "1'b0"),
    ("the weights of another split are used", "(weights_split_q != split_q)", "1'b0"),
    ("illegal registers are not refused", "assign illegal = (", "assign illegal = 1'b0 & ("),
    (
        "registers of weights are not rounded up",
        "filters_up >> register_shift",
        "filters >> register_shift",
    ),
    ("a layer is over before its results are out", "(abandoned | finished_i)", "1'b1"),
    ("a refusal of a unit is not noticed", "discard_o    = abandoned", "discard_o    = 1'b0"),
    ("no filter is accepted", "illegal = (filters_q == ", "illegal = 1'b0 & (filters_q == "),
    ("no step is accepted", "(steps_q == {AllStepsWidth{1'b0}}) |", "1'b0 |"),
    ("patches beyond a buffer are accepted", "| (steps_q > ", "| 1'b0 & (steps_q > "),
    ("patches that fill a buffer are refused", "| (steps_q > ", "| (steps_q >= "),
    ("a map that fills the memory is refused", "| (lines_q > ", "| (lines_q >= "),
    ("a first array without windows is accepted", "| ~used[0]", "| 1'b0"),
    ("a pool of nothing is accepted", "(pool_q == 4'd0) |", "1'b0 |"),
    ("a pool beyond the largest is accepted", "| (pool_q > 4'd8)", "| 1'b0"),
    ("the largest pool is refused", "| (pool_q > 4'd8)", "| (pool_q >= 4'd8)"),
    ("a mean of 3 x 3 is accepted", "(pool_q == 4'd3) |", "1'b0 |"),
    ("a mean of 5 x 5 is accepted", "(pool_q == 4'd5) |", "1'b0 |"),
    ("a mean of 6 x 6 is accepted", "(pool_q == 4'd6) |", "1'b0 |"),
    ("a mean of 7 x 7 is accepted", "| (pool_q == 4'd7)", "| 1'b0"),
    ("a mean of 8 x 8 is one of 4 x 4", "(pool_q == 4'd8) ? 3'd6", "(pool_q == 4'd8) ? 3'd4"),
    ("a pool beyond its memory is accepted", "(pool_all_q > ", "1'b0 & (pool_all_q > "),
    ("a pool that fills its memory is refused", "(pool_all_q > ", "(pool_all_q >= "),
    (
        "a refusal of a unit is forgotten when the next layer comes",
        "unit_errors_q <= {ErrorWidth{1'b0}};",
        "unit_errors_q <= unit_errors_q;",
    ),
    (
        "elements of the layer before are counted",
        "fetched_q     <= {CountWidth{1'b0}};",
        "fetched_q     <= fetched_q;",
    ),
    (
        "a report is not offered before it can be taken",
        "report_valid_o   = state_q == StReport",
        "report_valid_o   = (state_q == StReport) & report_ready_i",
    ),
    ("a layer at work outlives a reset", "state_q   <= StIdle;", "state_q   <= state_q;"),
    (
        "units that refuse have fetched something",
        "fetched_q & {CountWidth{~abandoned}}",
        "fetched_q",
    ),
    (
        "overflows of a wrap store are not reported",
        "unit_errors_q[1] | unit_errors_q[2]",
        "unit_errors_q[1]",
    ),
];

/// Where the registers can exceed the design.
/// Faults that show only where something is used that was never loaded.
const UNLOADED: &[Fault] = &[
    ("a map that was never loaded is used", "useless = ~map_loaded_q |", "useless = 1'b0 |"),
    ("weights that were never loaded are used", "| ~weights_loaded_q |", "| 1'b0 |"),
];
const LOADED_FIRST: &str = "the vectors of a package load before they use: gates may hand on what a \
                            comparison with registers that nobody has written gives, the unknown";

/// What shows only to a layer that follows a reset, loads nothing, and has the shape loaded last.
const OUTLIVING: &[Fault] = &[(
    "what was loaded outlives a reset",
    "map_loaded_q     <= 1'b0;",
    "map_loaded_q     <= map_loaded_q;",
)];
const SAME_SHAPE: &str = "the bench resets wherever the run happens to be, and the layer that follows \
                          would have to be of the shape that was loaded last, and load nothing";

const FILTERS_BEYOND: &[Fault] =
    &[("filters beyond the most are accepted", "| (filters_q > ", "| 1'b0 & (filters_q > ")];

const SPLIT_BEYOND: &[Fault] =
    &[("a split beyond the finest is accepted", "| (split_q > ", "| 1'b0 & (split_q > ")];

const WEIGHTS: &[Fault] = &[
    ("stray columns are not noticed", "error_q | stray |", "error_q |"),
    ("blocks of zeros are not cleared", "& ~blocks_block_i;", "& {Blocks{1'b0}};"),
    (
        "a payload that is too long is not noticed",
        "error_d = ~(blocks_ended & weights_ended);",
        "error_d = ~blocks_ended;",
    ),
    ("a bitmap that is too short is not noticed", "error_d = blocks_ended;", "error_d = 1'b0;"),
    ("weights beyond the store are accepted", "| (lines > MostLines)", "| 1'b0"),
    ("weights that fill the store are refused", "| (lines > MostLines)", "| (lines >= MostLines)"),
    (
        "32 live columns of 32 count as none",
        "{{(StepsWidth-6){1'b0}}, live_in_word}",
        "{{(StepsWidth-5){1'b0}}, live_in_word[4:0]}",
    ),
    ("the last 32 columns are beyond the last", "<< columns_left_q[5:0]", "<< columns_left_q[4:0]"),
    (
        "a bitmap of the wrong length is not noticed",
        "stray | (columns_last_i != last_word)",
        "stray",
    ),
    (
        "an error of the weights before is reported again",
        "error_q <= ~start_i & error_d",
        "error_q <= error_d",
    ),
    (
        "loading outlives a reset",
        "            state_q <= StIdle;",
        "            state_q <= state_q;",
    ),
];

const COMPRESS: &[Fault] = &[
    (
        "a block is skipped although it has something",
        "column_live & (~skip_i |",
        "column_live & (1'b0 & ~skip_i | ~block[0] &",
    ),
    ("blocks of zeros are not skipped", "(~skip_i | (block", "(1'b1 | (block"),
    (
        "a rank counts columns that do not live",
        "{{(StepsWidth-1){1'b0}}, column_live}",
        "{{(StepsWidth-1){1'b0}}, 1'b1}",
    ),
    ("a group may have no step", "store  = taken & (stays | alone)", "store  = taken & stays"),
    ("a buffer is filled while it is used", "room   = ~filled_q[fill_q]", "room   = 1'b1"),
    ("a bitmap's word ends a column early", "column_q == 5'd31", "column_q == 5'd30"),
    ("units without windows give what they have", "& {GroupWidth{used[unit]}}", ""),
    ("the second buffer lies upon the first", "(use_q ? SecondHalf :", "(1'b0 ? SecondHalf :"),
];

const FEEDER: &[Fault] = &[
    ("every chunk has the weights of the first", "base_q + chunk_lines[LineWidth-1:0]", "base_q"),
    (
        "all registers get the weights of the first",
        "walked_register_q};",
        "{RegisterWidth{1'b0}}};",
    ),
    ("a step is lost when the array waits", "offer_free   = ~offered_q |", "offer_free   = 1'b1 |"),
    (
        "a chunk that fills the registers has one after it",
        "left_q <= MostRegisters",
        "left_q < MostRegisters",
    ),
];

const POST: &[Fault] = &[
    ("the last group comes once too often", "group_ends & last_group,", "group_ends & 1'b0,"),
    (
        "every register belongs to the first filters",
        "filter_block = register_base_q + block_q",
        "filter_block = block_q",
    ),
    (
        "blocks beyond the last filter give results",
        "\n        | (filter_block == filter_blocks_i - OneBlock)",
        "",
    ),
    ("arrays have the rows of the first", "array_base_q + block_q", "block_q"),
    ("results at work outlive a reset", "valid_q <= 5'd0;", "valid_q <= valid_q;"),
];

const WINDOW: &[Fault] = &[
    ("windows beyond the last give results", "exists_o  = left != ", "exists_o  = 1'b1 | left != "),
    (
        "a pool begins anew in every row",
        "pool_row_ends ? {PoolWidth{1'b0}} : row_phase + OnePhase",
        "{PoolWidth{1'b0}}",
    ),
    (
        "a pool's window that is not whole gives a result",
        "pooled_o  = pool_column < pool_columns_i",
        "pooled_o  = pool_column <= pool_columns_i",
    ),
    (
        "a pool's last row is short",
        "closes_o  = pool_ends & pool_row_ends",
        "closes_o  = pool_ends",
    ),
    (
        "a pool is at most 4 x 4",
        "last_phase  = pool_i - OnePhase",
        "last_phase  = (pool_i > 4'd4) ? 4'd3 : pool_i - OnePhase",
    ),
];

const LANE: &[Fault] = &[
    ("the rounding bit is ignored", "{{(ResultWidth-1){1'b0}}, kept_q[0]}", "{ResultWidth{1'b0}}"),
    ("results wrap around", "overflows = ~fits_q |", "overflows ="),
    ("negative results are not rectified", "relu_i & saturated", "1'b0 & saturated"),
    ("the carry of the bias is lost", "{sum_i[SumWidth-1], sum_i}", "{1'b0, sum_i}"),
    ("the cut is a bit short", "product_q >>> cut_i", "product_q >>> cut_i[4:0]"),
    ("the sign is lost in the cut", "product_q >>> cut_i", "product_q >> cut_i"),
    (
        "a scale of half the largest and more is negative",
        "{{(ProductWidth-ScaleWidth){1'b0}}, scale_q}",
        "{{(ProductWidth-ScaleWidth){scale_q[ScaleWidth-1]}}, scale_q}",
    ),
    (
        "a result of twice the largest is taken to fit",
        "shifted[ProductWidth-1:ResultWidth] == {(ProductWidth-ResultWidth){negative}}",
        "shifted[ProductWidth-1:ResultWidth+1] == {(ProductWidth-ResultWidth-1){negative}}",
    ),
    ("the rounding bit has no carry", "kept_q[ResultWidth:1] + ", "kept_q[ResultWidth:1] | "),
];

const POOL: &[Fault] = &[
    ("the largest is the smallest", "(old > own) ? old : own", "(old > own) ? own : old"),
    ("a mean is rounded down", "(joint + half) >>> pool_shift_i", "joint >>> pool_shift_i"),
    (
        "a partial result is used before it is written",
        "forward_q <= combine & (window_next_address_i == window_address_i)",
        "forward_q <= 1'b0",
    ),
    (
        "a layer is over before its last result is taken",
        "finished_o       = finished_q & ~valid_q",
        "finished_o       = finished_q",
    ),
    (
        "a result is not offered before it can be taken",
        "results_valid_o  = valid_q",
        "results_valid_o  = valid_q & results_ready_i",
    ),
    (
        "a sum of 64 results overflows",
        "wire signed [PartialWidth-1:0] sum   = old + own;",
        "wire signed [PartialWidth-1:0] sum   = {{2{old[PartialWidth-2]}}, old[PartialWidth-3:0]} + own;",
    ),
];

/// Faults of the cells shared by all designs.
const LOADER: &[Fault] = &[
    ("a transfer of the wrong length is not noticed", "(taken & ~agrees)", "(taken & 1'b0)"),
    (
        "an error of the transfer before is reported again",
        "error_q <= ~start_i & (error_q |",
        "error_q <= (error_q |",
    ),
];

/// Faults of the program.
const PROGRAM: &[Fault] = &[(
    "more layers are taken than can wait",
    "space_o    = count_q != Depth[CountWidth-1:0]",
    "space_o    = 1'b1",
)];

/// Elements of an array that is compiled quickly.
const SMALL: u32 = 100;

/// A large design takes long to compile: what small ones show just as well is left to them.
pub(super) fn mutants(spec: &Spots, top: &Ident) -> Vec<Mutant> {
    let names = Names::new(top);
    let (loader, program) = (top.shared("memory_loader"), top.shared("fifo"));
    let small = spec.rows * spec.cols <= SMALL;
    let filters_may_exceed = Registers::declared(spec).filters.may_exceed();
    let faults = [
        (true, &names.lane, LANE),
        (small, &names.control, CONTROL),
        (small, &names.weights, WEIGHTS),
        (small, &names.compress, COMPRESS),
        (small, &names.feeder, FEEDER),
        (small, &names.post, POST),
        (small, &names.window, WINDOW),
        (small, &names.pool, POOL),
        (small, &loader, LOADER),
        (small, &program, PROGRAM),
        (small && filters_may_exceed, &names.control, FILTERS_BEYOND),
        (small && spec.arrays() < 4, &names.control, SPLIT_BEYOND),
    ];
    let mutant =
        |module: &Ident, &(what, find, replace): &Fault| Mutant::new(what, module, find, replace);
    let shown = faults.iter().filter(|(shows, ..)| *shows);
    let several = if small { usize::MAX } else { 1 };
    let unseen = [(UNLOADED, LOADED_FIRST), (OUTLIVING, SAME_SHAPE)].into_iter();
    let (control, mutant) = (&names.control, &mutant);
    let unseen = unseen.filter(|_| small).flat_map(|(faults, why)| {
        faults.iter().map(move |fault| mutant(control, fault).unseen(why))
    });
    shown
        .flat_map(|(_, module, faults)| faults.iter().map(move |fault| mutant(module, fault)))
        .chain(unseen)
        .take(several)
        .collect()
}
