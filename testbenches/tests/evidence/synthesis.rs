//! Every design is fit for synthesis; and what is unfit is found.

use crate::liberty::read_by_yosys;
use crate::netlist::doubt;
use hwgen_gen::{Module, blocks};
use hwgen_reproduce::{PAPERS, Synthesized};
use hwgen_sim::equivalence::{self, Description, Verdict};
use hwgen_sim::synth::{self, Kind, Macro, Options, Report, Target};
use hwgen_sim::tool::Tool;
use hwgen_testbenches::{Case, Check, Layer, Tier, cases, itself, small_cases};
use std::{fs, slice};

/// Module by module, since an array of equal units would otherwise be mapped unit by unit. Latches,
/// loops and drivers are looked for in the whole design all the same: it is flattened before.
fn options(target: Target) -> Options {
    Options { target, by_module: true, ..Options::default() }
}

/// The checks of this layer.
pub fn checks() -> Vec<Check> {
    let mut layer = Layer::new("synthesis");
    // A small netlist of every block has to do what the RTL does, too. Lint would have told of a
    // latch or a loop in any configuration: mapping the default of every block is enough.
    let small: Vec<_> = small_cases().iter().map(|case| case.name()).collect();
    let (small, others): (Vec<_>, Vec<_>) =
        cases().into_iter().partition(|case| small.contains(&case.name()));
    let (defaults, others) = others.into_iter().partition(|case| case.tier() == Tier::Quick);
    let only_mapped = |case: &Case| problems(case, false);
    layer.needs(&[Tool::Yosys]).from_tier(Tier::Full).each(defaults, only_mapped);
    layer.from_tier(Tier::Thorough).each(others, only_mapped);
    layer.from_tier(Tier::Full).needs(&[Tool::Yosys, Tool::Icarus]);
    layer.each(small, |case| problems(case, true));
    itself!(
        layer,
        what_is_unfit_for_synthesis_is_found,
        a_loop_across_modules_is_found,
        mapping_by_module_counts_what_flattening_counts,
        a_design_of_known_size_is_measured,
        macros_are_black_boxes_for_every_target,
    );
    layer.needs_cells(&[Tool::Yosys, Tool::OpenSta]);
    itself!(
        layer,
        standard_cells_have_area_and_worst_paths,
        a_netlist_without_registers_has_no_clock_frequency_between_them,
        paths_end_and_begin_at_macros,
        a_netlist_of_sums_does_what_the_rtl_does,
    );
    for quoted in PAPERS.iter().flat_map(|paper| paper.synthesized) {
        let name = format!("{}::as_reports_quote_it {}", quoted.block, quoted.flags);
        let name = name.trim().replace("--", "").replace(' ', "_");
        layer.add(&name, Tier::Full, 0, move || differs_from_reports(quoted));
    }
    layer.checks()
}

fn problems(case: &Case, judge: bool) -> Vec<String> {
    let options = Options { judge, ..options(Target::Generic) };
    match synth::run(&case.design, &options) {
        Err(error) => vec![error.to_string()],
        Ok(report) if report.flip_flops == 0 => vec!["no flip-flop".to_owned()],
        Ok(report) => {
            let problems = report.problems.iter().map(|problem| format!("{problem:?}"));
            problems.chain(judge.then(|| doubt(&report)).flatten()).collect()
        }
    }
}

/// A module whose body is `body`.
fn module(body: &str) -> Module {
    let text = format!(
        "module top (input wire clk_i, input wire rst_ni, input wire a_i, input wire b_i,\n\
         output wire q_o);\n{body}\nendmodule\n"
    );
    Module { name: "top".to_owned(), text }
}

fn synthesize(body: &str, target: Target) -> Report {
    synth::run_rtl(&[module(body)], "top", &options(target)).expect("Yosys runs")
}

fn what_is_unfit_for_synthesis_is_found() {
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

/// A register behind a gate, with and without parameters: joined with its user, or mapped alone.
const STEPS: [&str; 2] = ["step", "step #(.Width(1))"];

/// A top module with `body`, and a module `step` that it uses.
fn hierarchy(body: &str) -> [Module; 2] {
    let text = "module step #(parameter Width = 1) (input wire clk_i, input wire [Width-1:0] a_i,\n\
        input wire [Width-1:0] b_i, output wire [Width-1:0] y_o, output reg [Width-1:0] q_o);\n\
        assign y_o = a_i ^ b_i;\nalways @(posedge clk_i) q_o <= y_o;\nendmodule\n";
    [module(body), Module { name: "step".to_owned(), text: text.to_owned() }]
}

fn a_loop_across_modules_is_found() {
    for step in STEPS {
        let body = format!(
            "wire x, y, unused;\n\
             {step} u_one (.clk_i(clk_i), .a_i(a_i), .b_i(y), .y_o(x), .q_o(q_o));\n\
             {step} u_two (.clk_i(clk_i), .a_i(x), .b_i(b_i), .y_o(y), .q_o(unused));"
        );
        let report = synth::run_rtl(&hierarchy(&body), "top", &options(Target::Generic));
        let problems = report.expect("Yosys runs").problems;
        assert!(problems.iter().any(|problem| problem.kind == Kind::Loop), "{step}: {problems:?}");
    }
}

fn mapping_by_module_counts_what_flattening_counts() {
    for step in STEPS {
        let body = format!(
            "wire x, y, unused;\n\
             {step} u_one (.clk_i(clk_i), .a_i(a_i), .b_i(b_i), .y_o(x), .q_o(y));\n\
             {step} u_two (.clk_i(clk_i), .a_i(x), .b_i(y), .y_o(unused), .q_o(q_o));"
        );
        for by_module in [false, true] {
            let options = Options { by_module, ..options(Target::Generic) };
            let report = synth::run_rtl(&hierarchy(&body), "top", &options).expect("Yosys runs");
            let numbers = (report.flip_flops, report.depth);
            assert!(report.passed() && numbers == (2, 2), "{step}: {report:?}");
        }
    }
}

/// Two registers with a chain of gates in between.
const REGISTERS: &str = "reg first_q; reg second_q;\n\
    always @(posedge clk_i) begin\n\
    first_q <= a_i; second_q <= ~(first_q ^ b_i);\nend\nassign q_o = second_q;";

fn a_design_of_known_size_is_measured() {
    for target in [Target::Generic, Target::Ice40, Target::Ecp5] {
        let report = synthesize(REGISTERS, target);
        assert_eq!((report.flip_flops, report.depth), (2, 1), "{report:?}");
        assert_eq!((report.total, report.problems.len()), (3, 0), "{report:?}");
        assert_eq!(report.area_um2, None, "only standard cells have an area");
    }
}

fn standard_cells_have_area_and_worst_paths() {
    let report = synthesize(REGISTERS, Target::Liberty);
    assert!(report.passed(), "{report:?}");
    assert_eq!(report.cells["DFFPOSX1"], 2);
    // In the layout of these cells a flip-flop is 9.6 um x 10 um, and an XNOR gate 5.6 um x 10 um.
    assert_eq!(report.area_um2, Some(2.0 * 96.0 + 56.0), "{report:?}");
    let timing = report.timing.expect("OpenSTA runs");
    let path = timing.paths.iter().find(|path| path.group == "register to register");
    let path = path.expect("a path between the registers");
    assert_eq!((path.start.as_str(), path.end.as_str()), ("first_q", "second_q"));
    let cells: Vec<_> = path.stages.iter().map(|stage| stage.cell.as_str()).collect();
    assert_eq!(cells, ["DFFPOSX1", "XNOR2X1"]);
    let total: f64 = path.stages.iter().map(|stage| stage.delay_ns).sum();
    assert!((total + path.setup_ns - path.delay_ns).abs() < 0.001, "{path:?}");
    assert!((timing.fmax_mhz - 1e3 / timing.paths[0].delay_ns).abs() < 0.001);
    let groups: Vec<_> = timing.paths.iter().map(|path| path.group).collect();
    assert!(groups.contains(&"input to register") && groups.contains(&"register to output"));
    assert!(!groups.contains(&"input to output"), "there is no such path: {groups:?}");
}

/// How area and clock differ from those that reports of papers quote; tools of other versions may
/// map a little otherwise.
fn differs_from_reports(quoted: &Synthesized) -> Vec<String> {
    let Synthesized { block, flags, area_um2, fmax_mhz } = *quoted;
    let generator = blocks::find(block).unwrap_or_else(|| panic!("there is no block {block}"));
    let design = generator.parse(flags).expect("legal flags");
    let report = synth::run(&design, &options(Target::Liberty)).expect("Yosys runs");
    let timing = report.timing.as_ref().expect("OpenSTA runs");
    let found = [report.area_um2.unwrap_or_default(), timing.fmax_mhz];
    let alike = |(found, quoted): (f64, f64)| (found / quoted - 1.0).abs() < 0.01;
    let equal = found.into_iter().zip([area_um2, fmax_mhz]).all(alike);
    let quotes = || format!("um2 and MHz {found:?}, reports quote {quoted:?}");
    (!equal).then(quotes).into_iter().collect()
}

fn a_netlist_without_registers_has_no_clock_frequency_between_them() {
    let timing = synthesize("assign q_o = a_i & b_i;", Target::Liberty).timing;
    let paths = timing.expect("one path").paths;
    assert_eq!(paths.len(), 1, "{paths:?}");
    assert_eq!(paths[0].group, "input to output");
}

/// A register, two memories, a sum and a register.
fn around_a_memory() -> [Module; 2] {
    let top = "module top (input wire clk_i, input wire rst_ni, input wire [7:0] a_i,\n\
        output wire [7:0] q_o);\n\
        reg [7:0] a_q; reg [7:0] q_q; wire [7:0] word; wire [7:0] other;\n\
        always @(posedge clk_i) begin a_q <= a_i; q_q <= word + other; end\n\
        memory #(.Width(8), .Depth(32)) u_first (.clk_i(clk_i), .write_i(a_q[7]),\n\
        .write_address_i(~a_q[4:0]), .write_data_i(a_q), .read_i(1'b1),\n\
        .read_address_i(a_q[4:0]), .read_data_o(word));\n\
        memory #(.Width(8), .Depth(16)) u_second (.clk_i(clk_i), .write_i(a_q[7]),\n\
        .write_address_i(a_q[3:0]), .write_data_i(a_q), .read_i(1'b1),\n\
        .read_address_i(a_q[3:0]), .read_data_o(other));\n\
        assign q_o = q_q;\nendmodule\n";
    let memory = include_str!("../../../hdl/prim/memory.v");
    [("top", top), ("memory", memory)]
        .map(|(name, text)| Module { name: name.to_owned(), text: text.to_owned() })
}

fn macros_are_black_boxes_for_every_target() {
    let expected =
        [16 * 8, 32 * 8].map(|bits| Macro { module: "memory".to_owned(), count: 1, bits });
    for target in [Target::Generic, Target::Ice40, Target::Ecp5] {
        for by_module in [false, true] {
            let options = Options { by_module, ..options(target) };
            let report = synth::run_rtl(&around_a_memory(), "top", &options).expect("Yosys runs");
            assert!(report.passed(), "{report:?}");
            assert_eq!(report.flip_flops, 16, "{report:?}");
            let mut macros = report.macros;
            macros.sort_by_key(|found| found.bits);
            assert_eq!(macros, expected, "{target:?}");
        }
    }
}

fn paths_end_and_begin_at_macros() {
    let options = options(Target::Liberty);
    let report = synth::run_rtl(&around_a_memory(), "top", &options).expect("Yosys runs");
    assert!(report.passed() && report.macros.len() == 2, "{report:?}");
    assert_eq!(report.cells["DFFPOSX1"], 16, "{report:?}");
    let paths = report.timing.expect("OpenSTA runs").paths;
    let ends = |group: &str| {
        let path = paths.iter().find(|path| path.group == group).expect("such a path");
        (path.start.split('[').next(), path.end.split('[').next())
    };
    let (start, end) = ends("register to output");
    assert!(start == Some("a_q") && end.is_some_and(|end| end.starts_with("u_first.write_")));
    let (start, _) = ends("input to register");
    assert!(start.is_some_and(|start| start.ends_with(".read_data_o")), "{start:?}");
}

/// Three numbers added, and four bits counted.
const ADDERS: &str = "module top (input wire clk_i, input wire rst_ni, input wire [3:0] a_i,\n\
    input wire [3:0] b_i, input wire [3:0] c_i, output reg [5:0] q_o, output wire [2:0] n_o);\n\
    assign n_o = {2'b00, a_i[0]} + {2'b00, a_i[1]} + {2'b00, a_i[2]} + {2'b00, a_i[3]};\n\
    always @(posedge clk_i or negedge rst_ni)\n\
    if (!rst_ni) q_o <= 6'd0; else q_o <= {2'b00, a_i} + {2'b00, b_i} + {2'b00, c_i};\n\
    endmodule\n";

fn a_netlist_of_sums_does_what_the_rtl_does() {
    let liberty = synth::osu018().expect("the cells");
    let folder = tempfile::tempdir().expect("a temporary directory");
    let path = folder.path().join("netlist.v");
    let rtl = Module { name: "top".to_owned(), text: ADDERS.to_owned() };
    let options = Options { netlist: Some(path.clone()), ..options(Target::Liberty) };
    let report = synth::run_rtl(slice::from_ref(&rtl), "top", &options).expect("Yosys runs");
    assert!(report.passed(), "{report:?}");
    let text = fs::read_to_string(path).expect("a netlist");
    let prove = |text: String| {
        let netlist = Module { name: "top".to_owned(), text };
        let gate = [netlist, read_by_yosys(&liberty)];
        let (gold, gate) = (slice::from_ref(&rtl), gate.as_slice());
        let description = |modules| Description { modules, top: "top" };
        equivalence::prove(description(gold), description(gate)).expect("Yosys runs")
    };
    let swapped = text.replacen("XNOR2X1 ", "XOR2X1 ", 1);
    assert_ne!(swapped, text, "there is such a gate");
    assert_eq!(prove(text), Verdict::Proven);
    assert!(matches!(prove(swapped), Verdict::Refuted(_)), "another gate");
}
