//! Three independent readers of Verilog, and none of them complains.

use hwgen_gen::{Backend, Module};
use hwgen_sim::lint;
use hwgen_testbenches::{Case, assert_none, available, cases, random_cases, twin_cases};
use rayon::prelude::*;

/// Random designs per block and run.
const RANDOM_DESIGNS: usize = 8;

fn complaints(case: &Case) -> Vec<String> {
    let findings = match lint::run(&case.design) {
        Ok(report) => report.findings.iter().map(ToString::to_string).collect(),
        Err(error) => vec![error.to_string()],
    };
    findings.iter().map(|finding| format!("{}: {finding}", case.name)).collect()
}

#[test]
fn no_tool_complains_about_any_design() {
    if !available(&lint::TOOLS) {
        return;
    }
    let mut all = cases();
    all.extend(random_cases(5, RANDOM_DESIGNS));
    let complaints: Vec<_> = all.par_iter().flat_map(complaints).collect();
    assert_none("complaints", &complaints);
}

#[test]
fn no_tool_complains_about_a_twin() {
    if !available(&lint::TOOLS) {
        return;
    }
    let complaints = twin_cases().into_par_iter().flat_map(|case| {
        let rtl = case.design.rtl_from(Backend::RustHdl).expect("a twin");
        match lint::run_rtl(&rtl, case.design.name.as_str()) {
            Ok(findings) => findings.iter().map(|it| format!("{}: {it}", case.name)).collect(),
            Err(error) => vec![format!("{}: {error}", case.name)],
        }
    });
    assert_none("complaints", &complaints.collect::<Vec<_>>());
}

/// A module with a mistake in the line `fault`, and whether each of the tools sees it.
fn seen_by(fault: &str) -> [bool; 3] {
    let text = format!(
        "module top (input wire a_i, input wire b_i, output wire [1:0] q_o);\n{fault}\nendmodule\n"
    );
    let modules = [Module { name: "top".to_owned(), text }];
    let findings = lint::run_rtl(&modules, "top").expect("the tools run");
    lint::TOOLS.map(|tool| findings.iter().any(|finding| finding.tool == tool.program()))
}

#[test]
fn every_tool_is_listened_to() {
    if !available(&lint::TOOLS) {
        return;
    }
    assert_eq!(seen_by("assign q_o = {a_i, b_i};"), [false, false, false], "nothing wrong");
    assert_eq!(seen_by("assign q_o = a_i & b_i;"), [true, false, false], "width");
    assert_eq!(seen_by("assign q_o = {a_i, b_i}"), [true, true, true], "a semicolon is missing");
    assert_eq!(seen_by("missing u_missing (a_i, b_i, q_o);"), [true, true, true], "no such module");
    assert!(seen_by("assign q_o = {a_i, b_i};\nwire c = a_i;")[0], "a signal is not used");
}
