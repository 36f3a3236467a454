//! Deliberate faults: at least one in every step from operand to result and in every handshake.

use super::rtl::Names;
use super::vectors::longest_tile;
use super::{Gemm, Multiplier, Split};
use crate::block::Mutant;
use crate::verilog::Ident;

/// What breaks, the text as emitted and the text of the fault.
type Fault = (&'static str, &'static str, &'static str);

/// Faults of the top module.
const TOP: &[Fault] = &[
    (
        "a result that cannot be taken is lost",
        "skid_valid_q <= results_valid_o & ~results_ready_i",
        "skid_valid_q <= 1'b0",
    ),
    (
        "the array moves on while its results are not taken",
        "wire advance = ~skid_valid_q",
        "wire advance = 1'b1",
    ),
    (
        "a result is announced one cycle early",
        "arrived = valid_q[LastLatency-1]",
        "arrived = valid_q[LastLatency-2]",
    ),
    (
        "a result is not offered before it can be taken",
        "results_valid_o  = skid_valid_q | arrived",
        "results_valid_o  = (skid_valid_q | arrived) & results_ready_i",
    ),
    (
        "a result that moved aside is overwritten",
        "if (advance & arrived) begin",
        "if (arrived) begin",
    ),
    (
        "results on their way outlive a reset",
        "valid_q <= {LastLatency{1'b0}};",
        "valid_q <= valid_q;",
    ),
    (
        "a zero in the first step keeps the sums of the tile before",
        "never_gated = step & first",
        "never_gated = 1'b0 & first",
    ),
];

/// Faults of the control, whatever its parameters.
const CONTROL: &[Fault] = &[
    (
        "a bubble between tiles",
        "tile_ready_o    = ~active_q | tile_done",
        "tile_ready_o    = ~active_q",
    ),
    (
        "a step is taken without its patch",
        "step          = may_step & weights_valid_i & patches_valid_i",
        "step          = may_step & weights_valid_i",
    ),
    (
        "a step enters while the array stands still",
        "may_step      = advance_i & active_q",
        "may_step      = active_q",
    ),
    (
        "the sums of the tile before are added to",
        "first_o         = step & first_q",
        "first_o         = step & first_q & (steps_q == {StepsWidth{1'b0}})",
    ),
    (
        "a tile's cut is used for the tile before",
        "            if (drain_start) begin\n                drain_cut_q <= cut_q;",
        "            begin\n                drain_cut_q <= cut_q;",
    ),
    (
        "a tile at work outlives a reset",
        "            active_q <= 1'b0;",
        "            active_q <= active_q;",
    ),
    (
        "a tile of 64 steps more has none more",
        "steps_q     <= tile_steps_i;",
        "steps_q     <= {tile_steps_i[StepsWidth-1:7], 1'b0, tile_steps_i[5:0]};",
    ),
];

/// Only where stimulus plays a tile of all steps that there can be.
const ALL_STEPS: Fault = (
    "the number of steps is a bit short",
    "steps_q     <= tile_steps_i;",
    "steps_q     <= {1'b0, tile_steps_i[StepsWidth-2:0]};",
);

/// Why a bench does not notice it.
const TOO_MANY_STEPS: &str = "it takes a tile of more than 32,768 steps, each of them a beat of \
    weights and one of patches; a bench plays some thousand beats";

const CLAMPED_REGISTERS: &[Fault] = &[(
    "more registers than there are count",
    "(tile_registers_i > LastRegister) ? LastRegister : tile_registers_i",
    "tile_registers_i",
)];

const CLAMPED_SPLIT: &[Fault] = &[(
    "the largest split is none",
    "(tile_split_i == 2'd3) ? 2'd2 : tile_split_i",
    "(tile_split_i == 2'd3) ? 2'd0 : tile_split_i",
)];

const SEVERAL_COLUMNS: &[Fault] = &[
    (
        "a tile does not wait for the tile before to leave",
        "slot_free   = slot_q == {SlotWidth{1'b0}}",
        "slot_free   = 1'b1",
    ),
    (
        "the last column's result has no time to leave",
        "drain ? LastSlot :",
        "drain ? LastSlot - {{(SlotWidth-1){1'b0}}, 1'b1} :",
    ),
];

const SEVERAL_REGISTERS: &[Fault] = &[
    (
        "a tile's sums are looked for among the next's",
        "drain_bank_q <= bank_q",
        "drain_bank_q <= ~bank_q",
    ),
    (
        "a register leaves before its last step has entered",
        "entered    = ~at_work_q |",
        "entered    = 1'b1 |",
    ),
    (
        "patches are not held for all registers",
        "patches_ready_o = may_step & weights_valid_i & last_register",
        "patches_ready_o = may_step & weights_valid_i",
    ),
];

const WAITING: &[Fault] = &[("sums grow where others still wait", "bank_q ^ take", "1'b0")];

/// Faults of the outlet.
const OUTLET: &[Fault] = &[
    ("the rounding bit is ignored", "{{(ResultWidth-1){1'b0}}, kept_q[0]}", "{ResultWidth{1'b0}}"),
    ("the sign is lost in the cut", "guarded >>> cut_q", "guarded >> cut_q"),
    ("the cut is a bit short", "guarded >>> cut_q", "guarded >>> cut_q[CutWidth-2:0]"),
    (
        "the rounding bit has no carry",
        "kept_q[ResultWidth:1] + half",
        "kept_q[ResultWidth:1] | half",
    ),
];

const SATURATING: &[Fault] = &[
    ("results wrap around", "overflows = ~fits_q |", "overflows ="),
    ("rounding wraps around", "| (~negative_q & rounded[ResultWidth-1])", "| 1'b0"),
    (
        "a result of twice the largest is taken to fit",
        "shifted[AccWidth:ResultWidth] == {(AccWidth-ResultWidth+1){negative}}",
        "shifted[AccWidth:ResultWidth+1] == {(AccWidth-ResultWidth){negative}}",
    ),
    (
        "negative results saturate at the largest",
        "{negative_q, {(ResultWidth-1){~negative_q}}}",
        "{1'b0, {(ResultWidth-1){1'b1}}}",
    ),
];

/// Faults of the processing element, whatever its parameters.
const ELEMENT: &[Fault] = &[
    (
        "a zero patch does not stop the sum",
        "live = ~(weight_idle_q | patch_idle_q)",
        "live = ~weight_idle_q",
    ),
    (
        "the sum moves while the array stands still",
        "if (advance_i && live) begin",
        "if (live) begin",
    ),
];

const HIGH: &[Fault] = &[
    ("the high part takes over carries of no step", "delta_q <= {2{live}} &", "delta_q <= 2'b11 &"),
    (
        "the high part is not replaced by a new tile",
        "high_base = high_load ?",
        "high_base = 1'b0 ?",
    ),
    (
        "the high part never takes one away",
        "{{(HighWidth-1){delta[1]}}, delta[0]}",
        "{{(HighWidth-1){1'b0}}, delta[0]}",
    ),
];

const CUT_PRODUCT: &[Fault] =
    &[("products are rounded up", "{ProductCut{1'b0}}}", "{ProductCut{1'b1}}}")];

const OPERATOR: &[Fault] = &[(
    "the patch has no sign",
    "{{(TotalWidth-DataWidth){patch_q[DataWidth-1]}}, patch_q}",
    "{{(TotalWidth-DataWidth){1'b0}}, patch_q}",
)];

const BOOTH: &[Fault] = &[
    ("a complement lacks its one", "term[2*digit-2] = complement", "term[2*digit-2] = 1'b0"),
    (
        "a digit does not see the bit below",
        "once       = recoding[2*digit] ^",
        "once       = 1'b0 ^",
    ),
];

const DIVISIBLE: &[Fault] = &[(
    "small arrays get their patches one row late",
    ".Depth (entry * Height + column)",
    ".Depth (entry * Height + column + 1)",
)];

const DIVISIBLE_BY_FOUR: &[Fault] = &[
    ("quarters share the weights of a half", "split[1] ? quarter :", "split[1] ? shared :"),
    (
        "the second of two arrays begins too early",
        "(split[0] & (entry == 2))",
        "(split[0] & (entry == 1))",
    ),
    (
        "the second of two arrays gets the patches of the third of four",
        "split[1] ? patches_patch_i[Index*DataWidth +: DataWidth] : second",
        "patches_patch_i[Index*DataWidth +: DataWidth]",
    ),
];

/// Faults of long delays.
const LONG_DELAY: &[Fault] =
    &[("a long delay is one cycle short", "Last = Depth - 32'd2", "Last = Depth - 32'd3")];

/// Elements of an array that is compiled quickly.
const SMALL: u32 = 100;

/// Rows from which on delays are no longer shift registers.
const LONG: u32 = 10;

/// Every fault that shows in this design. A large array takes long to compile: what small ones
/// show just as well is left to them.
pub(super) fn mutants(spec: &Gemm, top: &Ident) -> Vec<Mutant> {
    let names = Names::new(top);
    let delay = top.shared("delay_line");
    let multiplier = match spec.multiplier {
        Multiplier::Operator => OPERATOR,
        Multiplier::Booth => BOOTH,
    };
    let small = spec.rows * spec.cols <= SMALL;
    // The last register leaves (q - 1) C cycles after register 0 took its last step; the next tile
    // reaches it after 2 q - 1 cycles.
    let waits = (spec.acc_regs - 1) * spec.cols > 2 * spec.acc_regs - 1;
    let faults = [
        (spec.rows >= LONG, &delay, LONG_DELAY),
        (spec.is_divisible(), top, DIVISIBLE),
        (small && spec.split == Split::Four, top, DIVISIBLE_BY_FOUR),
        (small && spec.split == Split::Four, &names.control, CLAMPED_SPLIT),
        (small && !spec.acc_regs.is_power_of_two(), &names.control, CLAMPED_REGISTERS),
        (small && spec.product_cut > 0, &names.pe, CUT_PRODUCT),
        (small, top, TOP),
        (small, &names.control, CONTROL),
        (small && spec.cols > 1, &names.control, SEVERAL_COLUMNS),
        (small && spec.several_registers(), &names.control, SEVERAL_REGISTERS),
        (small && waits, &names.control, WAITING),
        (small, &names.outlet, OUTLET),
        (small && spec.acc_width > spec.out_width, &names.outlet, SATURATING),
        (small, &names.pe, ELEMENT),
        (small, &names.pe, multiplier),
        (small && spec.has_high_part(), &names.pe, HIGH),
    ];
    let all_steps = longest_tile(spec) == u32::from(u16::MAX);
    let shown = faults.into_iter().filter(|(shows, ..)| *shows);
    let mutant =
        |module: &Ident, &(what, find, replace): &Fault| Mutant::new(what, module, find, replace);
    shown
        .flat_map(|(_, module, faults)| faults.iter().map(move |fault| mutant(module, fault)))
        .chain(all_steps.then(|| mutant(&names.control, &ALL_STEPS).unseen(TOO_MANY_STEPS)))
        .collect()
}
