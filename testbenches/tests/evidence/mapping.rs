//! Registers become flip-flops that do what they do, whatever the flip-flops of a library look
//! like; what a library has no cell for is refused.

use crate::liberty::read_by_yosys;
use hwgen_gen::Module;
use hwgen_sim::SimError;
use hwgen_sim::equivalence::{self, Description, Verdict};
use hwgen_sim::liberty::{Library, osu018};
use hwgen_sim::synth::{self, Options, Report, Target};
use hwgen_sim::tool::{self, Tool};
use hwgen_testbenches::{Check, Layer, assert_none, itself};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// The checks of this layer.
pub fn checks() -> Vec<Check> {
    let mut layer = Layer::new("mapping");
    layer.needs_cells(&[Tool::Yosys, Tool::OpenSta, Tool::Icarus]);
    itself!(
        layer,
        registers_are_mapped_right_whatever_flip_flops_look_like,
        edges_sets_and_resets_are_mapped_right,
        what_a_library_has_no_flip_flop_for_is_refused_in_one_sentence,
        cells_that_are_not_for_the_function_are_not_chosen,
        a_cell_that_is_used_has_an_area,
    );
    layer.checks()
}

/// Registers of all kinds; none shows at an output before it is written.
const REGISTERS: &str = "module top (input wire clk_i, input wire rst_ni, input wire [1:0] a_i,\n\
    output wire [4:0] q_o);\n\
    reg started_q, zero_q, one_q, enabled_q, cleared_q;\n\
    always @(posedge clk_i) if (a_i[1]) cleared_q <= 1'b0; else cleared_q <= ~a_i[0];\n\
    genvar bit;\n\
    generate for (bit = 0; bit < 2; bit = bit + 1) begin : gen_bit\n\
    reg [1:0] plain_q;\n\
    always @(posedge clk_i) plain_q <= {a_i[bit], a_i[bit] ^ rst_ni};\n\
    end endgenerate\n\
    always @(posedge clk_i or negedge rst_ni)\n\
    if (!rst_ni) begin\n\
    started_q <= 1'b0; zero_q <= 1'b0; one_q <= 1'b1; enabled_q <= 1'b0;\n\
    end else begin\n\
    started_q <= 1'b1; zero_q <= a_i[0]; one_q <= ^a_i; if (a_i[1]) enabled_q <= a_i[0];\n\
    end\n\
    assign q_o = {enabled_q, one_q, zero_q, cleared_q & started_q,\n\
    (&gen_bit[0].plain_q | gen_bit[1].plain_q[0]) & started_q};\n\
    endmodule\n";

/// The names of the registers.
const NAMES: [&str; 8] = [
    "cleared_q",
    "enabled_q",
    "gen_bit[0].plain_q[0]",
    "gen_bit[0].plain_q[1]",
    "gen_bit[1].plain_q[0]",
    "one_q",
    "started_q",
    "zero_q",
];

/// Registers that the solver has no notion of: both edges, and a set beside a reset.
const EDGES: &str = "module top (input wire clk_i, input wire rst_ni, input wire [1:0] a_i,\n\
    output wire [4:0] q_o);\n\
    reg rise_q, fall_q, both_q;\n\
    always @(posedge clk_i) rise_q <= a_i[0];\n\
    always @(negedge clk_i) fall_q <= a_i[0];\n\
    always @(posedge clk_i or negedge rst_ni or posedge a_i[1])\n\
    if (!rst_ni) both_q <= 1'b0; else if (a_i[1]) both_q <= 1'b1; else both_q <= a_i[0];\n\
    assign q_o = {2'b00, both_q, fall_q, rise_q};\n\
    endmodule\n";

/// A name, texts of OSU018 and what replaces them, and cells that are not used.
type Variant = (&'static str, &'static [(&'static str, &'static str)], &'static [&'static str]);

/// Other libraries.
const LIBRARIES: [Variant; 9] = [
    ("as it is", &[], &[]),
    (
        "the input inverted",
        &[(NEXT, "next_state : \"!D\";\n    clocked_on : \"CLK\";\n    clear")],
        &[],
    ),
    ("the output inverted", &[("function : \"P0002\"", "function : \"P0003\"")], &[]),
    (
        "both inverted",
        &[
            (NEXT, "next_state : \"(D')\";\n    clocked_on : \"CLK\";\n    clear"),
            ("function : \"P0002\"", "function : \"(!(P0002))\""),
        ],
        &[],
    ),
    (
        "set and reset high",
        &[("\"(!R)\"", "\"R\""), ("\"(!S)\"", "\"(S)\""), ("when : \"S&R\"", "when : \"!S&!R\"")],
        &[],
    ),
    ("set and reset exchanged", &[("\"(!R)\"", "\"S'\""), ("\"(!S)\"", "\"R'\"")], &[]),
    ("falling edge", &[(NEXT, "next_state : \"D\";\n    clocked_on : \"!CLK\";\n    clear")], &[]),
    ("resets only", &[], &["DFFPOSX1", "DFFNEG*"]),
    ("falling edges", &[], &["DFFPOS*"]),
];

/// What is in DFFSR alone.
const NEXT: &str = "next_state : \"D\";\n    clocked_on : \"CLK\";\n    clear";

/// A Liberty file.
struct Liberty {
    _folder: TempDir,
    path: PathBuf,
}

impl Liberty {
    /// OSU018 with some text replaced.
    fn with(replaced: &[(&str, &str)]) -> Self {
        let text = fs::read(osu018().expect("the cells")).expect("the cells");
        let mut text = String::from_utf8_lossy(&text).into_owned();
        for (from, to) in replaced {
            assert!(text.contains(from), "no {from}");
            text = text.replace(from, to);
        }
        let folder = tempfile::tempdir().expect("a temporary directory");
        let path = folder.path().join("cells.lib");
        fs::write(&path, text).expect("a file");
        Self { _folder: folder, path }
    }
}

/// `rtl` mapped, and the netlist.
fn map(rtl: &str, liberty: &Path, dont_use: &[&str]) -> Result<(Report, Module), SimError> {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let netlist = folder.path().join("netlist.v");
    let options = Options {
        target: Target::Liberty,
        liberty: vec![liberty.to_owned()],
        dont_use: dont_use.iter().map(|&pattern| pattern.to_owned()).collect(),
        netlist: Some(netlist.clone()),
        ..Options::default()
    };
    let report = synth::run_rtl(&[top(rtl)], "top", &options)?;
    let text = fs::read_to_string(netlist).expect("a netlist");
    Ok((report, Module { name: "top".to_owned(), text }))
}

fn top(text: &str) -> Module {
    Module { name: "top".to_owned(), text: text.to_owned() }
}

/// What is wrong with the netlist of [`REGISTERS`], as Yosys reads the library.
fn differences(liberty: &Path, dont_use: &[&str]) -> Option<String> {
    let (report, netlist) = map(REGISTERS, liberty, dont_use).expect("Yosys runs");
    if !report.problems.is_empty() {
        return Some(format!("{:?}", report.problems));
    }
    let names = |name: &&&str| !netlist.text.contains(&format!("{name}_reg "));
    if let Some(name) = NAMES.iter().find(names) {
        return Some(format!("no flip-flop is called {name}"));
    }
    let paths = report.timing.expect("OpenSTA runs").paths;
    let ends = paths.iter().flat_map(|path| [&path.start, &path.end]);
    let is_known =
        |end: &str| NAMES.contains(&end) || end.starts_with("a_i") || end.starts_with("q_o");
    if let Some(end) = ends.into_iter().find(|end| !is_known(end)) {
        return Some(format!("a path begins or ends at {end}"));
    }
    let (gold, gate) = ([top(REGISTERS)], [netlist, read_by_yosys(liberty)]);
    let description = |modules| Description { modules, top: "top" };
    let verdict = equivalence::prove(description(&gold), description(&gate));
    let verdict = verdict.expect("Yosys runs");
    (verdict != Verdict::Proven).then(|| format!("{verdict:?}"))
}

fn registers_are_mapped_right_whatever_flip_flops_look_like() {
    let found = LIBRARIES.into_iter().filter_map(|(name, replaced, dont_use)| {
        let liberty = Liberty::with(replaced);
        Some(format!("{name}: {}", differences(&liberty.path, dont_use)?))
    });
    assert_none("wrong netlists", &found.collect::<Vec<_>>());
}

/// Both descriptions side by side, with inputs that change at any time.
const BENCH: &str = "module bench;\n\
    reg clk, rst_n; reg [1:0] a; wire [4:0] gold, gate; integer step, errors;\n\
    gold u_gold (.clk_i(clk), .rst_ni(rst_n), .a_i(a), .q_o(gold));\n\
    top u_gate (.clk_i(clk), .rst_ni(rst_n), .a_i(a), .q_o(gate));\n\
    initial begin\n\
    clk = 0; rst_n = 0; a = 0; errors = 0;\n\
    for (step = 0; step < 2000; step = step + 1) begin\n\
    #1 case ($random & 3) 0: a[0] = $random; 1: a[1] = ($random & 7) == 0;\n\
    2: rst_n = ($random & 7) != 0; default: clk = ~clk; endcase\n\
    #1 if (gate !== gold) errors = errors + 1;\n\
    end\n\
    $display(\"%0d errors\", errors);\n\
    $finish;\nend\nendmodule\n";

/// What Icarus says of a netlist of [`EDGES`] whose cells are our own models.
fn played(liberty: &Path, report: &Report, netlist: &Module) -> String {
    let library = Library::read(&[liberty.to_owned()], &[]).expect("a library");
    let mut modules = library.models(report.cells.keys().map(String::as_str)).expect("models");
    modules.push(netlist.clone());
    // In hardware a set that outlasts the reset has its effect when the reset ends.
    let gold = EDGES.replace("module top", "module gold");
    modules.push(top(&gold.replace("posedge a_i[1])", "posedge (rst_ni & a_i[1]))")));
    modules.push(top(BENCH));
    let folder = tempfile::tempdir().expect("a temporary directory");
    let text: String = modules.iter().map(|module| module.text.as_str()).collect();
    fs::write(folder.path().join("all.v"), text).expect("a file");
    let mut icarus = Tool::Icarus.command().expect("Icarus");
    icarus.current_dir(folder.path()).args(["-g2005", "-s", "bench", "-o", "bench", "all.v"]);
    tool::run(&mut icarus).expect("Icarus reads the netlist");
    let output = tool::run(Command::new("vvp").current_dir(folder.path()).arg("bench"));
    String::from_utf8(output.expect("the simulation ends").stdout).expect("text")
}

fn edges_sets_and_resets_are_mapped_right() {
    for (name, replaced, dont_use) in LIBRARIES {
        let liberty = Liberty::with(replaced);
        match map(EDGES, &liberty.path, dont_use) {
            // What both together do is told of one of the two kept bits, by `clear_preset_var1 : L`.
            Err(error) => {
                assert_eq!(name, "the output inverted", "{error}");
                assert!(error.to_string().contains("no flip-flop with asynchronous set and reset"));
            }
            Ok((report, netlist)) => {
                assert_ne!(name, "the output inverted");
                assert_eq!(played(&liberty.path, &report, &netlist), "0 errors\n", "{name}");
            }
        }
    }
}

fn what_a_library_has_no_flip_flop_for_is_refused_in_one_sentence() {
    let liberty = Liberty::with(&[]);
    let refusal = |dont_use: &[&str]| {
        map(REGISTERS, &liberty.path, dont_use).expect_err("no flip-flop").to_string()
    };
    let lacks = |what: &str| format!("{}: it has {what} that may be used", liberty.path.display());
    let reset = "no flip-flop with asynchronous reset or set (needed: 4)";
    assert_eq!(refusal(&["DFFSR"]), lacks(reset));
    assert_eq!(refusal(&["DFF*"]), lacks(&format!("no flip-flop (needed: 4) and {reset}")));
}

fn cells_that_are_not_for_the_function_are_not_chosen() {
    // A flip-flop that is smaller, but also has an input for scanning; and one of two bits.
    let scan = "cell (SMALL) { area : 1; ff (IQ, IQN) { clocked_on : \"C\";\n\
        next_state : \"(D&!E) | (S&E)\"; }\n\
        pin (C) { direction : input; } pin (D) { direction : input; }\n\
        pin (E) { direction : input; } pin (S) { direction : input; }\n\
        pin (Q) { direction : output; function : \"IQ\"; } }\n";
    let wide = "cell (WIDE) { area : 1; ff_bank (IQ, IQN, 2) { clocked_on : \"C\";\n\
        next_state : \"D\"; } pin (C) { direction : input; }\n\
        bundle (D) { members (D0, D1); pin (D0) { direction : input; }\n\
        pin (D1) { direction : input; } }\n\
        bundle (Q) { members (Q0, Q1); direction : output; function : \"IQ\"; } }\n";
    let reserved = "cell (FORBIDDEN) { area : 1; dont_use : true;\n\
        pin (A) { direction : input; capacitance : 0.01; }\n\
        pin (Y) { direction : output; function : \"A'\"; } }\n";
    let first = "cell (AND2X1) {";
    let more = [scan, wide, reserved, first].concat();
    let liberty = Liberty::with(&[(first, &more)]);
    let (report, _) = map(REGISTERS, &liberty.path, &["NAND*", "INVX[248]"]).expect("Yosys runs");
    assert!(report.passed(), "{report:?}");
    let unwanted = ["SMALL", "WIDE", "FORBIDDEN", "NAND2X1", "NAND3X1", "INVX2"];
    let found: Vec<_> = unwanted.iter().filter(|kind| report.cells.contains_key(**kind)).collect();
    assert!(found.is_empty(), "{found:?}");
    let error = map(REGISTERS, &liberty.path, &["INV*"]).expect_err("no inverter").to_string();
    assert!(error.contains("no inverter that may be used"), "{error}");
}

fn a_cell_that_is_used_has_an_area() {
    let sequential = "cell (DFFPOSX1) {\narea : 96";
    for area in ["", "area : 0;"] {
        let cell = format!("cell (DFFPOSX1) {{\n{area} x : 96");
        let liberty = Liberty::with(&[(sequential, &cell)]);
        let error = map(REGISTERS, &liberty.path, &["DFFNEG*", "DFFSR"]).expect_err("no area");
        let sentence = "it gives no area of cell DFFPOSX1, which is used";
        assert!(error.to_string().contains(sentence), "{error}");
    }
    // A missing semicolon is no missing area.
    let liberty = Liberty::with(&[(&format!("{sequential};"), sequential)]);
    let (report, _) = map(REGISTERS, &liberty.path, &[]).expect("Yosys runs");
    let plain = Liberty::with(&[]);
    let (plain, _) = map(REGISTERS, &plain.path, &[]).expect("Yosys runs");
    assert_eq!((report.area_um2, report.passed()), (plain.area_um2, true));
}
