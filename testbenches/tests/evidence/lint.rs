//! Three independent readers of Verilog, and none of them complains.

use hwgen_gen::{Backend, Module};
use hwgen_sim::lint;
use hwgen_testbenches::{Check, Layer, cases, itself, random_cases, twin_cases};

/// Random designs per block and run.
const RANDOM_DESIGNS: usize = 8;

/// The checks of this layer.
pub fn checks() -> Vec<Check> {
    let mut layer = Layer::new("lint");
    layer.needs(&lint::TOOLS);
    let designs = [cases(), random_cases(5, RANDOM_DESIGNS)].concat();
    layer.each(designs, |case| match lint::run(&case.design) {
        Ok(report) => said(&report.findings),
        Err(error) => vec![error.to_string()],
    });
    layer.each(twin_cases(), |case| {
        let rtl = case.design.rtl_from(Backend::RustHdl).expect("a twin");
        match lint::run_rtl(&rtl, case.design.name.as_str()) {
            Ok(findings) => said(&findings),
            Err(error) => vec![error.to_string()],
        }
    });
    itself!(layer, every_tool_is_listened_to);
    layer.checks()
}

fn said(findings: &[lint::Finding]) -> Vec<String> {
    findings.iter().map(ToString::to_string).collect()
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

fn every_tool_is_listened_to() {
    assert_eq!(seen_by("assign q_o = {a_i, b_i};"), [false, false, false], "nothing wrong");
    assert_eq!(seen_by("assign q_o = a_i & b_i;"), [true, false, false], "width");
    assert_eq!(seen_by("assign q_o = {a_i, b_i}"), [true, true, true], "a semicolon is missing");
    assert_eq!(seen_by("missing u_missing (a_i, b_i, q_o);"), [true, true, true], "no such module");
    assert!(seen_by("assign q_o = {a_i, b_i};\nwire c = a_i;")[0], "a signal is not used");
    let latch = "reg c; always @(*) if (a_i) c = b_i; assign q_o = {a_i, c};";
    assert!(seen_by(latch)[0], "a latch");
    let circle = "wire c, d; assign c = d ^ a_i; assign d = c & b_i; assign q_o = {c, d};";
    assert!(seen_by(circle)[0], "a loop");
}
