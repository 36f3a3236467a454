//! Proofs: an emitted controller and its `rust_hdl` twin do the same in every cycle.

use hwgen_gen::block::Mutant;
use hwgen_gen::{Module, Twin};
use hwgen_sim::equivalence::{self, Description, Verdict};
use hwgen_sim::tool::Tool;
use hwgen_testbenches::{
    Case, Check, Layer, Tally, Tier, first_twin_cases, itself, twin_cases, with_fault,
};

/// The checks of this layer.
pub fn checks() -> Vec<Check> {
    let mut layer = Layer::new("formal");
    layer.needs(&[Tool::Yosys]).each(twin_cases(), doubts);
    for case in first_twin_cases() {
        let twin = twin(&case);
        let mut mutants = case.design.spec.mutants(&case.design.name);
        mutants.retain(|mutant| twin.template.iter().any(|module| module.name == mutant.module));
        assert!(!mutants.is_empty(), "{} has no faulty controller", case.name());
        for mutant in mutants {
            let name = format!("{}::{}", case.name(), mutant.what);
            let case = case.clone();
            layer.add(&name, Tier::Full, 0, move || believed(&case, &mutant));
        }
    }
    itself!(
        layer,
        equal_behaviour_is_proven,
        a_gate_that_differs_is_refuted_with_an_example,
        a_difference_that_shows_late_or_only_at_reset_is_refuted,
    );
    layer.checks()
}

fn twin(case: &Case) -> Twin {
    case.design.twin().unwrap_or_else(|| panic!("{} has no twin", case.design.command))
}

/// Compares `rtl` in the place of the template's modules with the twin.
fn prove(twin: &Twin, rtl: &[Module]) -> Result<Verdict, String> {
    let gold = Description { modules: &twin.rust_hdl, top: &twin.name };
    let gate = Description { modules: rtl, top: &twin.name };
    equivalence::prove(gold, gate).map_err(|error| error.to_string())
}

/// Why the controller of `case` is not proven equal to its twin, if it is not.
fn doubts(case: &Case) -> Vec<String> {
    let twin = twin(case);
    match prove(&twin, &twin.template) {
        Ok(Verdict::Proven) => Vec::new(),
        other => vec![format!("{}: {other:?}", case.design.command)],
    }
}

/// Why a faulty controller of `case` is not refuted, if it is not.
fn believed(case: &Case, mutant: &Mutant) -> Vec<String> {
    let twin = twin(case);
    let rtl = with_fault(twin.template.clone(), mutant).expect("a mutant that applies");
    match prove(&twin, &rtl) {
        Ok(Verdict::Refuted(_)) => {
            Tally::caught();
            Vec::new()
        }
        other => vec![format!("{other:?}")],
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

fn equal_behaviour_is_proven() {
    assert_eq!(compare("4'd0", "{4{~clear_i}} & (count_q - 4'd15)"), Verdict::Proven);
}

fn a_gate_that_differs_is_refuted_with_an_example() {
    let verdict = compare("4'd0", "clear_i ? 4'd0 : count_q + 4'd3");
    let Verdict::Refuted(example) = verdict else { panic!("{verdict:?}") };
    for signal in ["gold_count_o", "gate_count_o", "in_clear_i", "in_rst_ni"] {
        assert!(example.contains(signal), "no {signal} in\n{example}");
    }
}

fn a_difference_that_shows_late_or_only_at_reset_is_refuted() {
    let late = "clear_i ? 4'd0 : (count_q == 4'd11) ? 4'd13 : count_q + 4'd1";
    for (reset, next) in [("4'd0", late), ("4'd1", COUNT)] {
        let verdict = compare(reset, next);
        assert!(matches!(verdict, Verdict::Refuted(_)), "{reset}, {next}: {verdict:?}");
    }
}
