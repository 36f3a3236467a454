//! Proofs: an emitted controller and its `rust_hdl` twin do the same in every cycle.

use hwgen_gen::{Module, Twin};
use hwgen_sim::equivalence::{self, Description, Verdict};
use hwgen_sim::tool::Tool;
use hwgen_testbenches::{Case, assert_none, available, first_twin_cases, twin_cases, with_fault};
use rayon::prelude::*;

fn twin(case: &Case) -> Twin {
    case.design.twin().unwrap_or_else(|| panic!("{} has no twin", case.design.command))
}

/// Compares `rtl` in the place of the template's modules with the twin.
fn prove(twin: &Twin, rtl: &[Module]) -> Result<Verdict, String> {
    let gold = Description { modules: &twin.rust_hdl, top: &twin.name };
    let gate = Description { modules: rtl, top: &twin.name };
    equivalence::prove(gold, gate).map_err(|error| error.to_string())
}

#[test]
fn controllers_equal_their_twins() {
    if !available(&[Tool::Yosys]) {
        return;
    }
    let cases = twin_cases();
    let unproven = cases.par_iter().filter_map(|case| {
        let twin = twin(case);
        match prove(&twin, &twin.template) {
            Ok(Verdict::Proven) => None,
            other => Some(format!("{}: {other:?}", case.design.command)),
        }
    });
    assert_none("controllers are not proven equal to their twins", &unproven.collect::<Vec<_>>());
}

#[test]
fn a_faulty_controller_is_not_proven_equal() {
    if !available(&[Tool::Yosys]) {
        return;
    }
    for case in &first_twin_cases() {
        let twin = twin(case);
        let mut mutants = case.design.spec.mutants(&case.design.name);
        mutants.retain(|mutant| twin.template.iter().any(|module| module.name == mutant.module));
        assert!(!mutants.is_empty(), "{} has no faulty controller", case.name);
        let proven = mutants.par_iter().filter_map(|mutant| {
            let rtl = with_fault(twin.template.clone(), mutant).expect("a mutant that applies");
            match prove(&twin, &rtl) {
                Ok(Verdict::Refuted(_)) => None,
                other => Some(format!("{}, {}: {other:?}", case.name, mutant.what)),
            }
        });
        assert_none("faults are not refuted", &proven.collect::<Vec<_>>());
    }
}

/// A counter with a clear input.
fn counter(reset: &str, next: &str) -> [Module; 1] {
    let text = format!(
        "module top (input wire clk_i, input wire rst_ni, input wire clear_i,\n\
         output wire [3:0] count_o);\n\
         reg [3:0] count_q;\n\
         always @(posedge clk_i or negedge rst_ni) begin\n\
         if (!rst_ni) count_q <= {reset}; else count_q <= {next};\n\
         end\n\
         assign count_o = count_q;\n\
         endmodule\n"
    );
    [Module { name: "top".to_owned(), text }]
}

const COUNT: &str = "clear_i ? 4'd0 : count_q + 4'd1";

/// Compares a counter with one that is written in another way.
fn compare(reset: &str, next: &str) -> Verdict {
    let (gold, gate) = (counter("4'd0", COUNT), counter(reset, next));
    let gold = Description { modules: &gold, top: "top" };
    let gate = Description { modules: &gate, top: "top" };
    equivalence::prove(gold, gate).expect("Yosys runs")
}

#[test]
fn equal_behaviour_is_proven() {
    if available(&[Tool::Yosys]) {
        assert_eq!(compare("4'd0", "{4{~clear_i}} & (count_q - 4'd15)"), Verdict::Proven);
    }
}

#[test]
fn a_gate_that_differs_is_refuted_with_an_example() {
    if !available(&[Tool::Yosys]) {
        return;
    }
    let verdict = compare("4'd0", "clear_i ? 4'd0 : count_q + 4'd3");
    let Verdict::Refuted(example) = verdict else { panic!("{verdict:?}") };
    for signal in ["gold_count_o", "gate_count_o", "in_clear_i", "in_rst_ni"] {
        assert!(example.contains(signal), "no {signal} in\n{example}");
    }
}

#[test]
fn a_difference_that_shows_late_or_only_at_reset_is_refuted() {
    if !available(&[Tool::Yosys]) {
        return;
    }
    let late = "clear_i ? 4'd0 : (count_q == 4'd11) ? 4'd13 : count_q + 4'd1";
    for (reset, next) in [("4'd0", late), ("4'd1", COUNT)] {
        let verdict = compare(reset, next);
        assert!(matches!(verdict, Verdict::Refuted(_)), "{reset}, {next}: {verdict:?}");
    }
}
