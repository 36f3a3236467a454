//! Every design is fit for synthesis; and what is unfit is found.

use hwgen_gen::Module;
use hwgen_sim::synth::{self, Kind, Options, Report, Target};
use hwgen_sim::tool::Tool;
use hwgen_testbenches::{Case, assert_none, available, cases, or_skip};
use rayon::prelude::*;

/// Module by module, since an array of equal units would otherwise be mapped unit by unit.
fn options(target: Target) -> Options {
    Options { target, by_module: true, ..Options::default() }
}

fn problems(case: &Case) -> Vec<String> {
    let problems = match synth::run(&case.design, &options(Target::Generic)) {
        Err(error) => vec![error.to_string()],
        Ok(report) if report.flip_flops == 0 => vec!["no flip-flop".to_owned()],
        Ok(report) => report.problems.iter().map(|problem| format!("{problem:?}")).collect(),
    };
    problems.iter().map(|problem| format!("{}: {problem}", case.name)).collect()
}

#[test]
fn every_design_is_fit_for_synthesis() {
    if !available(&[Tool::Yosys]) {
        return;
    }
    let problems: Vec<_> = cases().par_iter().flat_map(problems).collect();
    assert_none("problems", &problems);
}

/// Synthesizes a module whose body is `body`.
fn synthesize(body: &str, target: Target) -> Report {
    let text = format!(
        "module top (input wire clk_i, input wire rst_ni, input wire a_i, input wire b_i,\n\
         output wire q_o);\n{body}\nendmodule\n"
    );
    let modules = [Module { name: "top".to_owned(), text }];
    synth::run_rtl(&modules, "top", &options(target)).expect("Yosys runs")
}

#[test]
fn what_is_unfit_for_synthesis_is_found() {
    if !available(&[Tool::Yosys]) {
        return;
    }
    let cases = [
        ("reg q; always @(*) if (a_i) q = b_i; assign q_o = q;", Kind::Latch, "top.q (top.v:"),
        ("wire lost; assign q_o = a_i & lost;", Kind::Undriven, "top.lost"),
        (
            "wire x, y; assign x = y ^ a_i; assign y = x & b_i; assign q_o = x;",
            Kind::Loop,
            "top.v:",
        ),
        ("assign q_o = a_i; assign q_o = b_i;", Kind::Conflict, "top."),
    ];
    for (body, kind, place) in cases {
        let report = synthesize(body, Target::Generic);
        let found = report.problems.iter().find(|problem| problem.kind == kind);
        assert!(found.is_some_and(|problem| problem.what.contains(place)), "{body}\n{report:?}");
        assert!(!report.passed());
    }
}

/// Two registers with a chain of gates in between.
const REGISTERS: &str = "reg first_q; reg second_q;\n\
    always @(posedge clk_i) begin\n\
    first_q <= a_i; second_q <= ~(first_q ^ b_i);\nend\nassign q_o = second_q;";

#[test]
fn a_design_of_known_size_is_measured() {
    if !available(&[Tool::Yosys]) {
        return;
    }
    for target in [Target::Generic, Target::Ice40, Target::Ecp5] {
        let report = synthesize(REGISTERS, target);
        assert_eq!((report.flip_flops, report.depth), (2, 1), "{report:?}");
        assert_eq!((report.total, report.problems.len()), (3, 0), "{report:?}");
        assert_eq!(report.area_um2, None, "only standard cells have an area");
    }
}

#[test]
fn standard_cells_have_area_and_worst_paths() {
    if !available(&[Tool::Yosys, Tool::OpenSta]) || or_skip(synth::osu018()).is_none() {
        return;
    }
    let report = synthesize(REGISTERS, Target::Liberty);
    assert!(report.passed(), "{report:?}");
    assert_eq!(report.cells["DFFPOSX1"], 2);
    // In the layout of these cells a flip-flop is 9.6 um x 10 um, and an XNOR gate 5.6 um x 10 um.
    assert_eq!(report.area_um2, Some(2.0 * 96.0 + 56.0), "{report:?}");
    let timing = report.timing.expect("OpenSTA runs");
    let path = timing.paths.iter().find(|path| path.group == "register to register");
    let path = path.expect("a path between the registers");
    assert_eq!((path.start.as_str(), path.end.as_str()), ("first_q", "q_o"));
    let cells: Vec<_> = path.stages.iter().map(|stage| stage.cell.as_str()).collect();
    assert_eq!(cells, ["DFFPOSX1", "XNOR2X1"]);
    let total: f64 = path.stages.iter().map(|stage| stage.delay_ns).sum();
    assert!((total + path.setup_ns - path.delay_ns).abs() < 0.001, "{path:?}");
    assert!((timing.fmax_mhz - 1e3 / timing.paths[0].delay_ns).abs() < 0.001);
    let groups: Vec<_> = timing.paths.iter().map(|path| path.group).collect();
    assert!(groups.contains(&"input to register") && groups.contains(&"register to output"));
    assert!(!groups.contains(&"input to output"), "there is no such path: {groups:?}");
}

#[test]
fn a_netlist_without_registers_has_no_clock_frequency_between_them() {
    if !available(&[Tool::Yosys, Tool::OpenSta]) || or_skip(synth::osu018()).is_none() {
        return;
    }
    let timing = synthesize("assign q_o = a_i & b_i;", Target::Liberty).timing;
    let paths = timing.expect("one path").paths;
    assert_eq!(paths.len(), 1, "{paths:?}");
    assert_eq!(paths[0].group, "input to output");
}
