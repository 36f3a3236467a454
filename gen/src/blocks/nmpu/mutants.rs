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
    (
        "a result is not offered before it can be taken",
        "valid_q[Stages-1];",
        "valid_q[Stages-1] & out_ready_i;",
    ),
    (
        "an answer is not offered before it can be taken",
        "readback_valid_o = readback_valid_q;",
        "readback_valid_o = readback_valid_q & readback_ready_i;",
    ),
    (
        "an entry waits until the one before has left the first stage",
        "in_ready_o  = stage_ready[0];",
        "in_ready_o  = stage_ready[0] & ~valid_q[0];",
    ),
    ("entries on their way outlive a reset", "valid_q <= {Stages{1'b0}};", "valid_q <= valid_q;"),
    (
        "a waiting answer outlives a reset",
        "readback_valid_q <= 1'b0;",
        "readback_valid_q <= readback_valid_q;",
    ),
    ("an answer changes while it waits", "if (readback_load) begin", "if (1'b1) begin"),
    (
        "a request is answered from the entry's column",
        ".read_column_i  (config_column_i)",
        ".read_column_i  (in_column_i)",
    ),
];

/// Where the index of a unit can exceed the last one.
const UNITS_BEYOND: &[Fault] = &[(
    "units beyond the last are the first",
    "= FirstUnit << config_unit_i;",
    "= ((FirstUnit << config_unit_i) == {Units{1'b0}}) ? FirstUnit : FirstUnit << config_unit_i;",
)];

const SEVERAL_UNITS: &[Fault] =
    &[("an answer mixes what all units hold", "if (unit_select[index]) begin", "if (1'b1) begin")];

/// Where the index of a column can exceed the last one: faults of the register file.
const COLUMNS_BEYOND: &[Fault] = &[
    (
        "columns beyond the last are written to the first",
        "if (write_i && write_legal) begin\n            words_q[write_index_i]",
        "if (write_i) begin\n            words_q[write_legal ? write_index_i : {IndexWidth{1'b0}}]",
    ),
    (
        "entries of columns beyond the last get coefficients of the first",
        "read_a_legal ? words_q[read_a_index_i] : {Width{1'b0}}",
        "words_q[read_a_legal ? read_a_index_i : {IndexWidth{1'b0}}]",
    ),
    (
        "columns beyond the last are read as the first",
        "read_b_legal ? words_q[read_b_index_i] : {Width{1'b0}}",
        "words_q[read_b_legal ? read_b_index_i : {IndexWidth{1'b0}}]",
    ),
];

const SEVERAL_COLUMNS: &[Fault] = &[(
    "the highest bit of a column is stuck when it is written",
    "words_q[write_index_i] <=",
    "words_q[write_index_i << 1 >> 1] <=",
)];

/// Faults of the unit, whatever its parameters.
const UNIT: &[Fault] = &[
    (
        "an entry gets the coefficients of the column that is being configured",
        ".read_a_index_i (column_i)",
        ".read_a_index_i (read_column_i)",
    ),
    (
        "the offset's sign is not extended",
        "{(SumWidth-OffsetWidth){offset_sign}}",
        "{(SumWidth-OffsetWidth){1'b0}}",
    ),
    (
        "the offset is misaligned by one bit",
        "offset_product} << OffsetShift",
        "offset_product} << (OffsetShift + 1)",
    ),
    ("the rounding bit is ignored", "{{(KeptWidth-1){1'b0}}, kept[0]}", "{KeptWidth{1'b0}}"),
    ("the rounding bit has no carry", "rounded = halved + dropped", "rounded = halved | dropped"),
];

const ONE_SCALE: &[Fault] = &[(
    "the highest bit of a scale is ignored",
    "scale_fetched[ScaleWidth-1:ScaleLowWidth]}",
    "(scale_fetched[ScaleWidth-1:ScaleLowWidth] << 1 >> 1)}",
)];

const TWO_SCALES: &[Fault] = &[(
    "the highest bit of the negative count's scale is ignored",
    "scale_n_fetched[ScaleWidth-1:ScaleLowWidth]}",
    "(scale_n_fetched[ScaleWidth-1:ScaleLowWidth] << 1 >> 1)}",
)];

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

const TWO_UNSIGNED_BRANCHES: &[Fault] = &[
    (
        "the positive product is cut short by one bit",
        "{(SumWidth-ProductWidth){1'b0}}, product_p}",
        "{(SumWidth-ProductWidth+1){1'b0}}, product_p[ProductWidth-2:0]}",
    ),
    (
        "the highest bit of a positive count is ignored",
        "{{ScaleHighWidth{1'b0}}, entry_p_fetched}",
        "{{ScaleHighWidth{1'b0}}, (entry_p_fetched << 1 >> 1)}",
    ),
];

const SATURATING: &[Fault] = &[
    ("results wrap around", "fits ? value[ResultWidth-1:0]", "1'b1 ? value[ResultWidth-1:0]"),
    (
        "a result of twice the largest is taken to fit",
        "fits = (&upper) | ~(|upper)",
        "fits = (&upper[ValueWidth-ResultWidth:1]) | ~(|upper[ValueWidth-ResultWidth:1])",
    ),
];

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
    let scales = if two { TWO_SCALES } else { ONE_SCALE };
    let branches = if two { TWO_BRANCHES } else { ONE_BRANCH };
    let mut unit = [UNIT, branches, products, scales].concat();
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
    let (unit_name, register_file) = (rtl::unit_name(top), top.shared("register_file"));
    let faults = [
        (true, top, TOP),
        (spec.units > 1, top, SEVERAL_UNITS),
        (!spec.units.is_power_of_two() || spec.units == 1, top, UNITS_BEYOND),
        (true, &unit_name, &unit),
        (spec.columns > 1, &register_file, SEVERAL_COLUMNS),
        (!spec.columns.is_power_of_two() || spec.columns == 1, &register_file, COLUMNS_BEYOND),
    ];
    let pipeline = rtl::Pipeline::new(spec.stages);
    let mutant = |module: &Ident, &(what, find, replace): &Fault| {
        let named =
            |text| if *module == unit_name { pipeline.named(text) } else { text.to_owned() };
        Mutant::new(what, module, &named(find), &named(replace))
    };
    let shown = faults.iter().filter(|(shows, ..)| *shows);
    shown.flat_map(|(_, module, faults)| faults.iter().map(|fault| mutant(module, fault))).collect()
}
