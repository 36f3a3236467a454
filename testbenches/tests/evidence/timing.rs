//! Timing is complete or says what is missing: libraries that lack a time that the netlist needs.

use hwgen_gen::Module;
use hwgen_sim::synth::{self, Kind, Options, Report, Target};
use hwgen_sim::tool::Tool;
use hwgen_testbenches::{Check, Layer, itself};
use std::fs;
use std::ops::Range;

/// The checks of this layer.
pub fn checks() -> Vec<Check> {
    let mut layer = Layer::new("timing");
    layer.needs_cells(&[Tool::Yosys, Tool::OpenSta]);
    itself!(
        layer,
        what_a_library_does_not_time_is_found,
        gates_whose_times_cannot_be_read_are_mapped_and_named,
        ends_without_a_path_are_named_by_group,
        what_concerns_no_time_of_a_used_cell_is_no_problem,
    );
    layer.checks()
}

/// A register, a gate and a register; and a register with reset.
const DESIGN: &str = "module top (input wire clk_i, input wire rst_ni, input wire a_i,\n\
    input wire b_i, output reg q_o, output reg reset_o);\n\
    reg first_q;\n\
    always @(posedge clk_i) begin first_q <= a_i; q_o <= first_q ^ b_i; end\n\
    always @(posedge clk_i or negedge rst_ni)\n\
    if (!rst_ni) reset_o <= 1'b0; else reset_o <= a_i;\n\
    endmodule\n";

/// The OSU018 cells.
fn osu018() -> String {
    let text = fs::read(synth::osu018().expect("the cells")).expect("the cells");
    String::from_utf8_lossy(&text).into_owned()
}

/// [`DESIGN`] mapped to the cells of `liberty`.
fn synthesize(liberty: &str) -> Report {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let path = folder.path().join("cells.lib");
    fs::write(&path, liberty).expect("a file");
    let rtl = Module { name: "top".to_owned(), text: DESIGN.to_owned() };
    let options = Options { target: Target::Liberty, liberty: vec![path], ..Options::default() };
    synth::run_rtl(&[rtl], "top", &options).expect("Yosys and OpenSTA run")
}

/// The group that begins with the last of `heads`, inside that of the one before, and so on.
fn group(text: &str, heads: &[&str]) -> Range<usize> {
    let mut range = 0..text.len();
    for head in heads {
        let at = text[range.clone()].find(head);
        let start = range.start + at.unwrap_or_else(|| panic!("there is no {head}"));
        let mut depth = 0;
        let letters = text[start..].char_indices();
        let end = letters.skip_while(|(_, letter)| *letter != '{').find_map(|(index, letter)| {
            depth += i32::from(letter == '{') - i32::from(letter == '}');
            (depth == 0).then_some(start + index + 1)
        });
        range = start..end.expect("a closing brace");
    }
    range
}

fn without(text: &str, heads: &[&str]) -> String {
    let mut text = text.to_owned();
    text.replace_range(group(&text, heads), "");
    text
}

fn replaced(text: &str, heads: &[&str], find: &str, replace: &str) -> String {
    let range = group(text, heads);
    let inside = text[range.clone()].replace(find, replace);
    assert_ne!(inside, text[range.clone()], "nothing was replaced");
    let mut text = text.to_owned();
    text.replace_range(range, &inside);
    text
}

fn what_a_library_does_not_time_is_found() {
    let osu018 = osu018();
    let flip_flop = "cell (DFFPOSX1)";
    let lost_check = |cell: &str, text: &str| {
        let text = replaced(text, &[cell], "setup_template", "lost_setup");
        replaced(&text, &[cell], "hold_template", "lost_hold")
    };
    let cases = [
        (lost_check("cell (DFFSR)", &lost_check(flip_flop, &osu018)), "no setup time of D before"),
        (replaced(&osu018, &[flip_flop], "setup_rising", "hold_rising"), "no setup time of D"),
        (
            replaced(&osu018, &[flip_flop], "fall_constraint(setup", "lost_constraint(setup"),
            "no setup time of D falling before CLK",
        ),
        (without(&osu018, &[flip_flop, "pin(Q)", "timing()"]), "no delay from CLK to Q"),
        (
            osu018.replace("lu_table_template(delay_template_5x6)", "lu_table_template(lost)"),
            "cell DFFPOSX1, pin Q: table template delay_template_5x6 is not declared",
        ),
        (
            without(&osu018, &["cell (XOR2X1)", "pin(Y)", "timing()", "rise_transition"]),
            "cell XOR2X1, pin Y: cell_rise without rise_transition",
        ),
    ];
    for (liberty, complaint) in cases {
        let report = synthesize(&liberty);
        assert!(!report.passed() && report.timing.is_none(), "{complaint}: {report:?}");
        let claims = report.assumptions.iter().any(|line| line.contains("fmax"));
        assert!(!claims && report.no_timing.is_some(), "{complaint}: {report:?}");
        let problems = report.problems.iter().filter(|problem| problem.kind == Kind::Timing);
        let said: Vec<_> = problems.map(|problem| problem.what.as_str()).collect();
        assert!(said.iter().any(|what| what.contains(complaint)), "{complaint}: {said:?}");
    }
}

/// What is found of times, and nothing else, when [`DESIGN`] is mapped to the cells of `liberty`.
fn findings(liberty: &str) -> Vec<String> {
    let report = synthesize(liberty);
    assert!(report.timing.is_none() && report.total > 0, "{report:?}");
    let others = report.problems.iter().find(|problem| problem.kind != Kind::Timing);
    assert_eq!(others, None);
    report.problems.into_iter().map(|problem| problem.what).collect()
}

/// ABC and OpenSTA crash at such libraries.
fn gates_whose_times_cannot_be_read_are_mapped_and_named() {
    let osu018 = osu018();
    let table = &["cell (XOR2X1)", "pin(Y)", "timing()", "cell_rise"];
    let own_values = |values: &str| {
        let text = replaced(&osu018, table, "values", "lost_values");
        replaced(&text, table, "index_1", &format!("values ({values});\n index_1"))
    };
    let template = "lu_table_template(delay_template_5x5)";
    for (liberty, complaint) in [
        (
            osu018.replace(template, "lu_table_template(lost)"),
            "cell XOR2X1, pin Y: table template delay_template_5x5 is not declared",
        ),
        (
            osu018.replace("lu_table_template(delay_", "lu_table_template(lost_"),
            "cell DFFPOSX1, pin Q: table template delay_template_5x6 is not declared",
        ),
        (
            replaced(&osu018, &[template], "variable_", "lost_"),
            "cell XOR2X1, pin Y: table template delay_template_5x5 names no variable",
        ),
        (
            replaced(&osu018, table, "delay_template_5x5", ""),
            "cell XOR2X1, pin Y: cell_rise names no table template",
        ),
        (own_values("\"1, 2\""), "cell XOR2X1, pin Y: cell_rise has 2 values; its indices make 25"),
        (
            replaced(&osu018, table, "values", "lost_values"),
            "cell XOR2X1, pin Y: cell_rise has 0 values; its indices make 25",
        ),
        (
            own_values("\"1, none\""),
            "cell XOR2X1, pin Y: cell_rise: values: 'none' is not a number",
        ),
        (
            without(&osu018, &["cell (XOR2X1)", "pin(Y)", "timing()"]),
            "cell XOR2X1 has no delay from A to Y",
        ),
    ] {
        let findings = findings(&liberty);
        assert!(findings.iter().any(|what| what == complaint), "{complaint}: {findings:#?}");
    }
}

fn ends_without_a_path_are_named_by_group() {
    let osu018 = osu018();
    let liberty = without(&osu018, &["cell (DFFPOSX1)", "pin(Q)", "timing()"]);
    let problems = synthesize(&liberty).problems;
    for lost in [
        "register to register: 1 of 1 ends of paths are not timed, such as q_o",
        "register to output: 1 of 2 ends of paths are not timed, such as q_o",
    ] {
        assert!(problems.iter().any(|problem| problem.what == lost), "{lost}: {problems:?}");
    }
}

fn what_concerns_no_time_of_a_used_cell_is_no_problem() {
    let osu018 = osu018();
    let timing = synthesize(&osu018).timing.expect("all is timed");
    let power = osu018.replace("power_lut_template(", "power_lut_template(lost_");
    let unused = replaced(&osu018, &["cell (LATCH)"], "timing_type : ", "timing_type : lost_");
    let unused = replaced(&unused, &["cell (LATCH)"], "delay_template", "lost_template");
    let stage = "ccsn_first_stage () { dc_current (\"ccsn_dc\") { index_1 (\"0, 1\"); \
        index_2 (\"0, 1\"); values (\"0, 1\", \"1, 0\"); } }\n";
    let start = group(&osu018, &["cell (XOR2X1)", "pin(A)"]).end - 1;
    let mut noise = osu018.clone();
    noise.insert_str(start, stage);
    for liberty in [power, unused, noise] {
        let report = synthesize(&liberty);
        assert!(report.passed(), "{:?}", report.problems);
        assert_eq!(report.timing.map(|timing| timing.fmax_mhz), Some(timing.fmax_mhz));
    }
}
