//! Deliberate faults of the emitted RTL.

use super::rtl::{curve_name, pair_name, sequencer_name, tree_name, word_lines_name};
use super::{CapRam, OCTET};
use crate::block::Mutant;
use crate::verilog::Ident;

/// All faults in the smallest macros; building a larger one anew for each would take minutes, and
/// it consists of the same parts. With a master curve, its faults alone, for the same reason.
pub(super) fn mutants(spec: &CapRam, top: &Ident) -> Vec<Mutant> {
    if spec.curve_points > 0 {
        return of_curve(top);
    }
    let mut mutants = of_top(top);
    if spec.slices > OCTET {
        mutants.truncate(1);
        if !spec.rows.is_power_of_two() {
            mutants.extend(beyond(top));
        }
        return mutants;
    }
    mutants.extend(of_sequencer(top));
    mutants.extend(of_datapath(top));
    mutants
}

fn of_top(top: &Ident) -> Vec<Mutant> {
    let mutant = |what, find, replace| Mutant::new(what, top, find, replace);
    vec![
        mutant(
            "the low nibble comes first",
            "low ? planes_q[4*Columns-1:0] : planes_q[8*Columns-1:4*Columns]",
            "low ? planes_q[8*Columns-1:4*Columns] : planes_q[4*Columns-1:0]",
        ),
        mutant(
            "inputs keep the bits above their width",
            "inputs_value_i[8*column+place] & kept[place]",
            "inputs_value_i[8*column+place]",
        ),
        mutant(
            "the memory is written while a conversion runs",
            "assign write_ready_o = idle;",
            "assign write_ready_o = 1'b1;",
        ),
        mutant(
            "a correction changes while a code needs it",
            "idle & ~code_valid & ~product_valid_q;",
            "1'b1;",
        ),
        mutant(
            "a word that nobody takes is overwritten",
            "wire word_place = ~words_valid_q | words_ready_i;",
            "wire word_place = 1'b1;",
        ),
        mutant("a result that nobody takes is overwritten", "& ~add_eight_q & ~results_wait", ""),
        mutant(
            "results of one slice come at every level",
            "(level_of_results_q == 2'd0) ? one : {(Slices*OneWidth){1'b0}}",
            "one",
        ),
        mutant(
            "signs of two and four pairs are in each other's place",
            "((pair % 4) == 3) ? 2 : ((pair % 2) == 1) ? 1 : 0",
            "((pair % 4) == 3) ? 1 : ((pair % 2) == 1) ? 2 : 0",
        ),
        mutant(
            "results are not offered before they can be taken",
            "results_valid_o = results_valid_q",
            "results_valid_o = results_valid_q & results_ready_i",
        ),
        mutant(
            "a word is not offered before it can be taken",
            "words_valid_o = words_valid_q",
            "words_valid_o = words_valid_q & words_ready_i",
        ),
        mutant(
            "a read goes with a write",
            "idle & ~write_valid_i & ~read_q & word_place",
            "idle & ~read_q & word_place",
        ),
        mutant(
            "inputs of 4 bits take two cycles",
            "(input_bits_q[2])",
            "(input_bits_q[2] | (&input_bits_q[1:0]))",
        ),
        mutant(
            "inputs of 5 bits take one cycle",
            "(input_bits_q[2])",
            "(input_bits_q[2] & (|input_bits_q[1:0]))",
        ),
        mutant(
            "results that wait outlive a reset",
            "results_valid_q <= 1'b0",
            "results_valid_q <= results_valid_q",
        ),
        mutant(
            "a waiting word outlives a reset",
            "words_valid_q <= 1'b0",
            "words_valid_q <= words_valid_q",
        ),
        mutant(
            "corrections of every slice change",
            "calibrate & (calibration_slice_i == Number[SliceWidth-1:0])",
            "calibrate",
        ),
    ]
}

/// Where indices can exceed what there is.
fn beyond(top: &Ident) -> [Mutant; 2] {
    [
        Mutant::new(
            "rows beyond the last are the first",
            &word_lines_name(top),
            "(FirstRow << chosen)",
            "((FirstRow << chosen) == {Rows{1'b0}} ? FirstRow : FirstRow << chosen)",
        ),
        Mutant::new(
            "slices beyond the last are the first",
            top,
            "(calibration_slice_i == Number[SliceWidth-1:0])",
            "((calibration_slice_i < Slices ? calibration_slice_i : {SliceWidth{1'b0}}) \
             == Number[SliceWidth-1:0])",
        ),
    ]
}

fn of_sequencer(top: &Ident) -> Vec<Mutant> {
    let (sequencer, lines) = (sequencer_name(top), word_lines_name(top));
    let mutant = |what, find, replace| Mutant::new(what, &sequencer, find, replace);
    vec![
        mutant(
            "a third operation does not wait for a place of its results",
            "state_d = results_wait_i ? StPrecharge : StInput;",
            "state_d = StInput;",
        ),
        mutant(
            "the next operation begins a cycle late",
            "((state_q == StIdle) | (converted & last))",
            "(state_q == StIdle)",
        ),
        mutant(
            "minus slices have no turn",
            "last         = low_q & (~turns | minus_q)",
            "last = low_q",
        ),
        mutant(
            "the high nibble is left out",
            "wire       low_d      = accept ? ~long_i",
            "wire       low_d      = accept ? 1'b1",
        ),
        mutant("level 0 is taken for itself", "(level_i | {1'b0, no_level_0})", "level_i"),
        mutant(
            "the sign of one pair is positive",
            "ends_one   = is_signed & turns",
            "ends_one   = 1'b0 & turns",
        ),
        mutant("ternary digits have a sign bit", "minus_q : ~differential", "minus_q : 1'b1"),
        mutant(
            "minus slices are not connected for a difference",
            "share & (minus_q | differential)",
            "share & minus_q",
        ),
        mutant(
            "minus slices are converted as plus slices",
            "assign swap_o         = minus_q",
            "assign swap_o         = 1'b0",
        ),
        mutant(
            "a minus slice's sum counts as the pair's",
            "code_odd_q <= turns & minus_q",
            "code_odd_q <= 1'b0",
        ),
        Mutant::new(
            "a setup changes the rows of the running operation",
            &lines,
            "if (accept_i)",
            "if (1'b1)",
        ),
        mutant("an operation outlives a reset", "state_q <= StIdle;", "state_q <= state_q;"),
        mutant(
            "the sign of four pairs is positive",
            "negate = {ends_one | ends_two | ends_four,",
            "negate = {ends_one | ends_two,",
        ),
        Mutant::new(
            "the highest bit of an accessed row is stuck",
            &lines,
            ": address_i;",
            ": (address_i << 1 >> 1);",
        ),
        Mutant::new(
            "sampling takes a cycle more",
            &top.part("converters").part("sequencer"),
            "wire result_free = ~done_valid_q | done_ready_i;",
            "reg sampled_q;\n    always @(posedge clk_i) sampled_q <= sample;\n    \
             wire result_free = sampled_q & (~done_valid_q | done_ready_i);",
        ),
        Mutant::new(
            "an access selects its row in every slice",
            &lines,
            "access_i & (slice_i == Slice[SliceWidth-1:0])",
            "access_i",
        ),
    ]
}

fn of_curve(top: &Ident) -> Vec<Mutant> {
    let (pair, curve) = (pair_name(top), curve_name(top));
    let of_top = |what, find, replace| Mutant::new(what, top, find, replace);
    let of_pair = |what, find, replace| Mutant::new(what, &pair, find, replace);
    vec![
        of_pair("segments are off by one", "choices[segment]", "choices[segment - 1'b1]"),
        of_pair("values beyond the range start over", "in_range ?", "1'b1 ?"),
        of_pair(
            "values below the range count as above it",
            ": {SegmentWidth{~signs[2]}}",
            ": {SegmentWidth{1'b1}}",
        ),
        of_pair(
            "values above the range count as below it",
            ": {SegmentWidth{~signs[2]}}",
            ": {SegmentWidth{1'b0}}",
        ),
        of_pair(
            "corrections of the curve have no sign",
            "{(ValueWidth-CorrectionWidth){correction[CorrectionWidth-1]}}",
            "{(ValueWidth-CorrectionWidth){1'b0}}",
        ),
        of_top(
            "the curve changes while a conversion runs",
            "assign curve_ready_o = idle & ~code_valid & ~product_valid_q;",
            "assign curve_ready_o = 1'b1;",
        ),
        of_top(
            "the curve changes in the cycle before a value needs it",
            "assign curve_ready_o = idle & ~code_valid & ~product_valid_q;",
            "assign curve_ready_o = idle & ~code_valid;",
        ),
        of_top(
            "a sum is taken before the curve has corrected its value",
            "value_valid_q <= linear_valid_q;",
            "value_valid_q <= product_valid_q;",
        ),
        Mutant::new(
            "a reset leaves the curve",
            &curve,
            "correction_q <= {CorrectionWidth{1'b0}};",
            "correction_q <= correction_q;",
        ),
        Mutant::new(
            "the last segment has no correction",
            &curve,
            "segment_i == Number[SegmentWidth-1:0]",
            "segment_i == Number[SegmentWidth-1:0] && Number != Segments - 1",
        ),
        Mutant::new(
            "a correction counts for all segments",
            &curve,
            "load_i && segment_i == Number[SegmentWidth-1:0]",
            "load_i",
        ),
    ]
}

fn of_datapath(top: &Ident) -> Vec<Mutant> {
    let (pair, tree) = (pair_name(top), tree_name(top));
    let of_pair = |what, find, replace| Mutant::new(what, &pair, find, replace);
    let of_tree = |what, find, replace| Mutant::new(what, &tree, find, replace);
    vec![
        of_pair(
            "minus slices have the plus slice's gain",
            "code_minus_i ? gain_minus_q : gain_plus_q",
            "gain_plus_q",
        ),
        of_pair(
            "minus slices have the plus slice's offset",
            "product_minus_i ? offset_minus_q : offset_plus_q",
            "offset_plus_q",
        ),
        of_pair("values are rounded down", "1'b1, {(CutWidth-1){1'b0}}", "{CutWidth{1'b0}}"),
        of_pair("nibbles have the same weight", "earlier[SumWidth-5:0], 4'd0", "earlier"),
        of_pair("the high nibble is forgotten", "shift_i ?", "1'b0 ?"),
        of_pair(
            "a gain of one and more is negative",
            "{{(ProductWidth-GainWidth){1'b0}}, gain}",
            "{{(ProductWidth-GainWidth){gain[GainWidth-1]}}, gain}",
        ),
        of_pair(
            "an offset has no sign",
            "{{(ExactWidth-OffsetWidth-CutWidth){offset[OffsetWidth-1]}}, offset,",
            "{{(ExactWidth-OffsetWidth-CutWidth){1'b0}}, offset,",
        ),
        of_pair(
            "a code has no sign",
            "{{(ProductWidth-CodeWidth){code_i[CodeWidth-1]}}, code_i}",
            "{{(ProductWidth-CodeWidth){1'b0}}, code_i}",
        ),
        of_pair(
            "a value is a bit short",
            "{{(SumWidth-ValueWidth){value_q[ValueWidth-1]}}, value_q}",
            "{{(SumWidth-ValueWidth+1){value_q[ValueWidth-2]}}, value_q[ValueWidth-2:0]}",
        ),
        of_pair(
            "a reset leaves the gain of minus slices",
            "gain_minus_q <= GainOne;",
            "gain_minus_q <= gain_minus_q;",
        ),
        of_pair(
            "a reset leaves the offset of plus slices",
            "offset_plus_q <= {OffsetWidth{1'b0}};",
            "offset_plus_q <= offset_plus_q;",
        ),
        of_pair("a complement lacks its one", "+ {{(SumWidth-1){1'b0}}, negate_i}", ""),
        of_tree("odd sums count where slices take no turns", "& {OneWidth{load_turns_i}}", ""),
        of_tree("odd sums have no sign", "{odd[OneWidth-1], odd, 1'b0}", "{1'b0, odd, 1'b0}"),
        of_tree(
            "slices in turns are three bits apart where four make a weight",
            "{odd[TwoWidth-1], odd, 2'd0}",
            "{odd, 3'd0}",
        ),
        of_tree(
            "two pairs are two bits apart",
            "{{2{odd[TwoWidth-1]}}, odd, 1'b0}",
            "{odd[TwoWidth-1], odd, 2'd0}",
        ),
        of_tree(
            "four pairs are four bits apart",
            "{{3{four_odd[FourWidth-1]}}, four_odd, 2'd0}",
            "{four_odd[FourWidth-1], four_odd, 4'd0}",
        ),
    ]
}
