//! Deliberate faults: at least one in every step from entry to result and in every handshake.

use super::{Activation, Nmpu, rtl};
use crate::block::Mutant;
use crate::verilog::Ident;

/// What breaks, the text as emitted and the text of the fault.
type Fault = (&'static str, &'static str, &'static str);

/// Faults of the top module.
const TOP: &[Fault] = &[
    (
        "a stalled stage is overwritten",
        "assign stage_ready[0] = out_ready_i |",
        "assign stage_ready[0] = 1'b1 |",
    ),
    ("a stalled entry is lost", "valid_d  = load | (~stage_ready & valid_q)", "valid_d  = load"),
    (
        "the column does not wait for its result",
        "out_column_o = column_q[Stages-1]",
        "out_column_o = in_column_i",
    ),
    (
        "coefficients are written to every unit",
        "{Units{config_take & config_write_i}} & unit_select",
        "{Units{config_take & config_write_i}}",
    ),
    ("a request writes", "{Units{config_take & config_write_i}}", "{Units{config_take}}"),
    (
        "an answer does not wait",
        "readback_load | (readback_valid_q & ~readback_ready_i)",
        "readback_load",
    ),
    (
        "a waiting answer is overwritten",
        "config_ready_o   = ~readback_valid_q | readback_ready_i",
        "config_ready_o   = 1'b1",
    ),
];

/// Faults of the unit, whatever its parameters.
const UNIT: &[Fault] = &[
    (
        "an entry gets the coefficients of the column that is being configured",
        ".read_a_index_i (column_i)",
        ".read_a_index_i (read_column_i)",
    ),
    (
        "the offset's sign is not extended",
        "{(SumWidth-OffsetWidth){offset_product[OffsetWidth-1]}}",
        "{(SumWidth-OffsetWidth){1'b0}}",
    ),
    (
        "the offset is misaligned by one bit",
        "offset_product} << OffsetShift",
        "offset_product} << (OffsetShift + 1)",
    ),
    ("the rounding bit is ignored", "{{(KeptWidth-1){1'b0}}, kept[0]}", "{KeptWidth{1'b0}}"),
];

const ONE_BRANCH: &[Fault] = &[(
    "carries between the partial products are lost",
    "addend_low + addend_high",
    "addend_low | addend_high",
)];

const TWO_BRANCHES: &[Fault] = &[
    (
        "carries between the partial products of the negative count are lost",
        "addend_n_low + addend_n_high",
        "addend_n_low | addend_n_high",
    ),
    ("the negative count is added", "scaled_p - scaled_n", "scaled_p + scaled_n"),
];

const ONE_SIGNED_BRANCH: &[Fault] = &[(
    "the product is cut short by one bit",
    "{(SumWidth-ProductWidth){product[ProductWidth-1]}}, product}",
    "{(SumWidth-ProductWidth+1){product[ProductWidth-2]}}, product[ProductWidth-2:0]}",
)];

const ONE_UNSIGNED_BRANCH: &[Fault] = &[(
    "the product is cut short by one bit",
    "{(SumWidth-ProductWidth){1'b0}}, product}",
    "{(SumWidth-ProductWidth+1){1'b0}}, product[ProductWidth-2:0]}",
)];

const TWO_SIGNED_BRANCHES: &[Fault] = &[(
    "the positive product is cut short by one bit",
    "{(SumWidth-ProductWidth){product_p[ProductWidth-1]}}, product_p}",
    "{(SumWidth-ProductWidth+1){product_p[ProductWidth-2]}}, product_p[ProductWidth-2:0]}",
)];

const TWO_UNSIGNED_BRANCHES: &[Fault] = &[(
    "the positive product is cut short by one bit",
    "{(SumWidth-ProductWidth){1'b0}}, product_p}",
    "{(SumWidth-ProductWidth+1){1'b0}}, product_p[ProductWidth-2:0]}",
)];

const SATURATING: &[Fault] =
    &[("results wrap around", "fits ? value[ResultWidth-1:0]", "1'b1 ? value[ResultWidth-1:0]")];

/// Only where negative results may leave the unit.
const SATURATING_BELOW: &[Fault] = &[(
    "negative results saturate at the largest",
    "{negative, {(ResultWidth-1){~negative}}}",
    "{1'b0, {(ResultWidth-1){1'b1}}}",
)];

const ALWAYS_RELU: &[Fault] =
    &[("ReLU passes negatives", "clear = negative", "clear = 1'b0 & negative")];

const RUNTIME_RELU: &[Fault] = &[
    ("ReLU passes negatives", "clear = relu_value & negative", "clear = 1'b0 & negative"),
    ("ReLU cannot be turned off", "clear = relu_value & negative", "clear = negative"),
];

pub(super) fn mutants(spec: &Nmpu, top: &Ident) -> Vec<Mutant> {
    let two = spec.two_branches();
    let products = match (two, spec.signed) {
        (false, false) => ONE_UNSIGNED_BRANCH,
        (false, true) => ONE_SIGNED_BRANCH,
        (true, false) => TWO_UNSIGNED_BRANCHES,
        (true, true) => TWO_SIGNED_BRANCHES,
    };
    let mut unit = [UNIT, if two { TWO_BRANCHES } else { ONE_BRANCH }, products].concat();
    if spec.saturates() {
        unit.extend(SATURATING);
    }
    if spec.saturates() && spec.activation != Activation::Relu {
        unit.extend(SATURATING_BELOW);
    }
    unit.extend(match spec.activation {
        Activation::None => &[],
        Activation::Relu => ALWAYS_RELU,
        Activation::Runtime => RUNTIME_RELU,
    });
    let unit_name = rtl::unit_name(top);
    let mutant = |module: &Ident, fault: &Fault| Mutant::new(fault.0, module, fault.1, fault.2);
    let in_top = TOP.iter().map(|fault| mutant(top, fault));
    let in_unit = unit.iter().map(|fault| mutant(&unit_name, fault));
    in_top.chain(in_unit).collect()
}
