//! Deliberate faults: at least one in every part and in every mechanism of the accelerator itself.
//! The array and the IM2COL units have faults of their own where they are blocks of their own.

use super::Spots;
use super::rtl::Names;
use crate::block::Mutant;
use crate::verilog::Ident;

/// What breaks, the text as emitted and the text of the fault.
type Fault = (&'static str, &'static str, &'static str);

const CONTROL: &[Fault] = &[
    (
        "a layer runs although its streams disagree",
        "refused = illegal | (|errors_i)",
        "refused = illegal",
    ),
    ("illegal registers are not refused", "assign illegal = (", "assign illegal = 1'b0 & ("),
    (
        "registers of weights are not rounded up",
        "filters_up >> register_shift",
        "filters >> register_shift",
    ),
    ("a layer is over before its results are out", "(abandoned | finished_i)", "1'b1"),
    ("a refusal of a unit is not noticed", "discard_o    = abandoned", "discard_o    = 1'b0"),
];

const WEIGHTS: &[Fault] = &[
    ("stray columns are not noticed", "error_q | stray |", "error_q |"),
    ("blocks of zeros are not cleared", "& ~blocks_block_i;", "& {Blocks{1'b0}};"),
    (
        "a payload that is too long is not noticed",
        "error_d = ~(blocks_ended & weights_ended);",
        "error_d = ~blocks_ended;",
    ),
    ("a bitmap that is too short is not noticed", "error_d = blocks_ended;", "error_d = 1'b0;"),
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
];

const FEEDER: &[Fault] = &[
    ("every chunk has the weights of the first", "base_q + chunk_lines[LineWidth-1:0]", "base_q"),
    (
        "all registers get the weights of the first",
        "walked_register_q};",
        "{RegisterWidth{1'b0}}};",
    ),
    ("a step is lost when the array waits", "offer_free   = ~offered_q |", "offer_free   = 1'b1 |"),
];

const POST: &[Fault] = &[
    ("the last group comes once too often", "group_ends & last_group,", "group_ends & 1'b0,"),
    (
        "every register belongs to the first filters",
        "filter_block = register_base_q + block_q",
        "filter_block = block_q",
    ),
];

const WINDOW: &[Fault] = &[
    ("windows beyond the last give results", "exists_o  = left != ", "exists_o  = 1'b1 | left != "),
    (
        "a pool begins anew in every row",
        "pool_row_ends ? {PoolWidth{1'b0}} : row_phase + OnePhase",
        "{PoolWidth{1'b0}}",
    ),
];

const LANE: &[Fault] = &[
    ("the rounding bit is ignored", "{{(ResultWidth-1){1'b0}}, kept_q[0]}", "{ResultWidth{1'b0}}"),
    ("results wrap around", "overflows = ~fits_q |", "overflows ="),
    ("negative results are not rectified", "relu_i & saturated", "1'b0 & saturated"),
    ("the carry of the bias is lost", "{sum_i[SumWidth-1], sum_i}", "{1'b0, sum_i}"),
];

const POOL: &[Fault] = &[
    ("the largest is the smallest", "(old > own) ? old : own", "(old > own) ? own : old"),
    ("a mean is rounded down", "(joint + half) >>> shift_i", "joint >>> shift_i"),
    (
        "a partial result is used before it is written",
        "forward_q <= combine & (next_address_i == address_i)",
        "forward_q <= 1'b0",
    ),
];

/// Faults of the cells shared by all designs.
const LOADER: &[Fault] =
    &[("a transfer of the wrong length is not noticed", "(taken & ~agrees)", "(taken & 1'b0)")];

/// Elements of an array that is compiled quickly.
const SMALL: u32 = 100;

/// A large design takes long to compile: what small ones show just as well is left to them.
pub(super) fn mutants(spec: &Spots, top: &Ident) -> Vec<Mutant> {
    let names = Names::new(top);
    let loader = top.shared("memory_loader");
    let small = spec.rows * spec.cols <= SMALL;
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
    ];
    let mutant =
        |module: &Ident, &(what, find, replace): &Fault| Mutant::new(what, module, find, replace);
    let shown = faults.iter().filter(|(shows, ..)| *shows);
    let several = if small { usize::MAX } else { 1 };
    shown
        .flat_map(|(_, module, faults)| faults.iter().map(move |fault| mutant(module, fault)))
        .take(several)
        .collect()
}
