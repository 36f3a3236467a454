//! What `synth` and `lint` print and write.

use crate::{folder, hwgen, outcome, some_block};
use hwgen_sim::synth::osu018;
use hwgen_sim::tool::Tool;
use hwgen_testbenches::{available, or_skip};
use std::fs;
use std::io::Write;
use std::path::Path;

const YOSYS: &[Tool] = &[Tool::Yosys];

#[test]
fn a_netlist_is_written_and_can_be_read() {
    if !available(&[Tool::Yosys, Tool::Icarus]) {
        return;
    }
    let folder = folder();
    let arguments =
        ["synth", "--block", some_block(), "--target", "ice40", "--netlist", "mapped.v", "--json"];
    let (code, stdout, stderr) = outcome(hwgen(folder.path(), &arguments));
    assert_eq!(code, 0, "{stderr}");
    let report: serde_json::Value = serde_json::from_str(&stdout).expect("JSON");
    let netlist = fs::read_to_string(folder.path().join("mapped.v")).expect("a netlist");
    let luts = report["cells"]["SB_LUT4"].as_u64().expect("a number of cells");
    assert_eq!(netlist.matches("SB_LUT4 #(").count() as u64, luts);
    assert_eq!(report["target"], "ice40");
}

#[test]
fn a_liberty_file_is_checked_before_it_is_used() {
    if !available(YOSYS) {
        return;
    }
    let folder = folder();
    fs::write(folder.path().join("no.lib"), "module top; endmodule").expect("a file");
    for (file, complaint) in [("no.lib", "not a Liberty file"), ("absent.lib", "absent.lib")] {
        let arguments = ["synth", "--block", some_block(), "--liberty", file];
        let (code, _, stderr) = outcome(hwgen(folder.path(), &arguments));
        assert_eq!(code, 2, "{stderr}");
        assert!(stderr.contains(complaint) && stderr.contains(file), "{stderr}");
        assert!(stderr.matches("os error").count() <= 1, "said once: {stderr}");
    }
}

#[test]
fn standard_cells_give_area_and_worst_paths() {
    if !available(&[Tool::Yosys, Tool::OpenSta]) {
        return;
    }
    let folder = folder();
    let Some(cells) = or_skip(osu018()) else { return };
    // A path that needs quoting wherever it is printed into a script.
    fs::copy(cells, folder.path().join("my {cells} $1.lib")).expect("a copy");
    for more in [["--target", "liberty"], ["--liberty", "my {cells} $1.lib"]] {
        let arguments = ["synth", "--block", some_block(), more[0], more[1]];
        let (code, stdout, stderr) = outcome(hwgen(folder.path(), &arguments));
        assert_eq!(code, 0, "{stderr}");
        for line in ["area", "fmax", "register to register", "worst path", "assumptions", "PASS"] {
            assert!(stdout.contains(line), "no '{line}' in\n{stdout}");
        }
    }
}

/// The report of `synth` as JSON.
fn synthesized(folder: &Path, more: &[&str]) -> serde_json::Value {
    let arguments = [&["synth", "--block", some_block(), "--json"], more].concat();
    let (code, stdout, stderr) = outcome(hwgen(folder, &arguments));
    assert_eq!(code, 0, "{more:?}: {stderr}");
    serde_json::from_str(&stdout).expect("JSON")
}

#[test]
fn cells_may_come_from_several_files_of_any_kind() {
    if !available(&[Tool::Yosys, Tool::OpenSta]) {
        return;
    }
    let Some(cells) = or_skip(osu018()) else { return };
    let folder = folder();
    let text = String::from_utf8_lossy(&fs::read(cells).expect("the cells")).into_owned();
    // One file without a semicolon, compressed under a plain name; one with what is left.
    let split = text.find("cell (XOR2X1)").expect("a cell");
    let xor = &text[split..];
    let head = &text[..text.find("cell (AND2X1)").expect("a cell")];
    let rest = text[..split].to_owned() + "}";
    let other = [head, &xor.replacen("area : 56;", "area : 56", 1)].concat();
    fs::write(folder.path().join("rest.lib"), rest).expect("a file");
    let file = fs::File::create(folder.path().join("other.lib")).expect("a file");
    let mut packed = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
    packed.write_all(other.as_bytes()).and_then(|()| packed.finish().map(drop)).expect("a file");
    let whole = synthesized(folder.path(), &["--target", "liberty"]);
    let parts = ["--liberty", "rest.lib", "--liberty", "other.lib"];
    let joined = synthesized(folder.path(), &parts);
    for what in ["cells", "area_um2", "timing"] {
        assert_eq!(joined[what], whole[what], "{what}");
    }
    assert!(whole["cells"]["XOR2X1"].as_u64() > Some(0), "{whole}");
    let without = synthesized(folder.path(), &["--target", "liberty", "--dont-use", "XOR*"]);
    assert_eq!(without["cells"]["XOR2X1"], serde_json::Value::Null);
}

#[test]
fn patterns_that_say_nothing_and_files_that_contradict_are_refused() {
    let folder = folder();
    let cell = |name: &str, unit: &str| {
        format!("library (l) {{ time_unit : \"{unit}\"; cell ({name}) {{ area : 1; }} }}")
    };
    for (file, name, unit) in [("a.lib", "A", "1ns"), ("b.lib", "A", "1ns"), ("c.lib", "C", "1ps")]
    {
        fs::write(folder.path().join(file), cell(name, unit)).expect("a file");
    }
    let twice = "cell A is described twice, in a.lib and in b.lib";
    let units = "time_unit is 1ns in a.lib and 1ps in c.lib";
    for (more, expected, complaint) in [
        (&["--liberty", "a.lib", "--liberty", "b.lib"][..], 2, twice),
        (&["--liberty", "a.lib", "--liberty", "c.lib"], 2, units),
        (&["--liberty", "a.lib", "--dont-use", "B*"], 2, "--dont-use 'B*': l has no such cell"),
        (&["--liberty", "a.lib", "--dont-use", "["], 2, "--dont-use '['"),
        (
            &["--dont-use", "A"],
            2,
            "--dont-use PATTERN: the target is generic, which has no standard cells; accepted: with",
        ),
        (&["--liberty", "a.lib"], 2, "it has no inverter that may be used"),
    ] {
        let arguments = [&["synth", "--block", some_block()], more].concat();
        let (code, _, stderr) = outcome(hwgen(folder.path(), &arguments));
        assert!(code == expected && stderr.contains(complaint), "{more:?}: {code} {stderr}");
    }
}

#[test]
fn a_library_that_lacks_something_is_refused_in_one_line() {
    if !available(YOSYS) || or_skip(osu018()).is_none() {
        return;
    }
    let folder = folder();
    for (pattern, complaint) in [
        ("DFFSR", "it has no flip-flop with asynchronous reset or set (needed: 2)"),
        ("DFF*", "it has no flip-flop (needed: 59) and no flip-flop with asynchronous reset"),
        ("*BUF*", "it has no buffer that may be used"),
        ("INV*", "it has no inverter that may be used"),
        ("[AON]*", "it has no gate of two inputs (NAND, NOR, AND, OR) that may be used"),
    ] {
        let (code, stdout, stderr) = on_cells(folder.path(), &["--dont-use", pattern]);
        assert_eq!((code, stdout.as_str(), stderr.lines().count()), (2, "", 1), "{stderr}");
        assert!(stderr.contains(complaint), "{stderr}");
    }
}

/// The verdict says what was looked at, and registers that the bench does not exercise have names.
#[test]
fn a_verdict_says_what_it_rests_on() {
    if !available(&[Tool::Yosys, Tool::Icarus]) {
        return;
    }
    let folder = folder();
    let block = ["--block", some_block(), "--width", "4", "--stages", "1", "--columns", "1"];
    let run = |more: &[&str]| {
        let (code, stdout, stderr) =
            outcome(hwgen(folder.path(), &[&["synth"], &block[..], more].concat()));
        assert_eq!(code, 0, "{stderr}");
        stdout
    };
    assert!(run(&[]).contains("driven once; the netlist plays the bench"));
    assert!(run(&["--no-judge"]).contains("driven once; the netlist not judged"));
    let report: serde_json::Value = serde_json::from_str(&run(&["--json"])).expect("JSON");
    let netlist = &report["netlist"];
    let [registers, toggled] = ["registers", "toggled"].map(|name| netlist[name].as_u64());
    let named = netlist["never_toggled"].as_array().expect("names").len() as u64;
    let silent = registers.zip(toggled).map(|(registers, toggled)| registers - toggled);
    assert_eq!(silent.map(|silent| silent.min(20)), Some(named), "{netlist}");
}

#[test]
fn lint_names_every_tool() {
    if !available(&hwgen_sim::lint::TOOLS) {
        return;
    }
    let folder = folder();
    let (code, stdout, stderr) = outcome(hwgen(folder.path(), &["lint", "--block", some_block()]));
    assert_eq!(code, 0, "{stderr}");
    for tool in hwgen_sim::lint::TOOLS {
        assert!(stdout.contains(tool.program()), "{stdout}");
    }
    assert!(stdout.contains("PASS: no tool complains"), "{stdout}");
}

/// `synth` of the first block, small, on the OSU018 cells, without playing the bench.
fn on_cells(folder: &std::path::Path, more: &[&str]) -> (i32, String, String) {
    let block = ["synth", "--block", some_block(), "--width", "4", "--stages", "1", "--columns"];
    let cells = ["1", "--target", "liberty", "--no-judge"];
    outcome(hwgen(folder, &[&block[..], &cells[..], more].concat()))
}

#[test]
fn a_clock_is_met_or_named() {
    if !available(&[Tool::Yosys, Tool::OpenSta]) || or_skip(osu018()).is_none() {
        return;
    }
    let folder = folder();
    let (code, stdout, stderr) = on_cells(folder.path(), &["--clock-period", "20", "--json"]);
    assert_eq!(code, 0, "{stderr}");
    let report: serde_json::Value = serde_json::from_str(&stdout).expect("JSON");
    let slack = report["margin"]["slack_ns"].as_f64().expect("a slack");
    let delay = report["timing"]["paths"][0]["delay_ns"].as_f64().expect("a delay");
    assert!((slack + delay - 20.0).abs() < 0.001, "{slack} {delay}");
    let (code, stdout, _) = on_cells(folder.path(), &["--clock-period", "1"]);
    assert_eq!(code, 1, "{stdout}");
    assert!(stdout.contains("not met: slack -"), "{stdout}");
    // With the same clock, and everything around it, a file says the same.
    let around = "create_clock -name c -period 20 [get_ports clk_i]\n\
        foreach port [all_inputs] {\n\
        if {[lsearch {clk_i rst_ni} [get_full_name $port]] >= 0} { continue }\n\
        set_input_delay 0 -clock c $port\nset_driving_cell -lib_cell BUFX2 $port\n}\n\
        set_output_delay 0 -clock c [all_outputs]\nset_false_path -from [get_ports rst_ni]\n";
    fs::write(folder.path().join("my.sdc"), around).expect("a file");
    let (code, stdout, stderr) = on_cells(folder.path(), &["--sdc", "my.sdc", "--json"]);
    assert_eq!(code, 0, "{stderr}");
    let report: serde_json::Value = serde_json::from_str(&stdout).expect("JSON");
    let found = report["margin"]["slack_ns"].as_f64().expect("a slack");
    assert!((found - slack).abs() < 0.1, "{found} {slack}");
    assert_eq!(report["margin"]["constrained"], report["margin"]["ends"]);
}

#[test]
fn constraints_of_a_package_are_read() {
    if !available(&[Tool::Yosys, Tool::OpenSta]) || or_skip(osu018()).is_none() {
        return;
    }
    let folder = folder();
    let (code, _, stderr) =
        outcome(hwgen(folder.path(), &["emit", "--block", some_block(), "--out", "package"]));
    assert_eq!(code, 0, "{stderr}");
    let file = format!("package/{}.sdc", some_block());
    let (code, stdout, stderr) = on_cells(folder.path(), &["--sdc", &file]);
    assert!(code == 0 && stdout.contains("met: slack"), "{stdout}{stderr}");
    let constrained = |line: &str| {
        let words: Vec<_> = line.split_whitespace().collect();
        matches!(words[..], [some, "of", all, "ends", ..] if some == all)
    };
    assert!(stdout.lines().any(constrained), "all ends are constrained: {stdout}");
    assert!(stdout.contains("all 99 ends of paths timed; the clock met; the netlist"), "{stdout}");
}

#[test]
fn constraints_that_cannot_be_judged_are_refused() {
    if !available(&[Tool::Yosys, Tool::OpenSta]) || or_skip(osu018()).is_none() {
        return;
    }
    let folder = folder();
    let clock = "create_clock -period 9 [get_ports clk_i]\n";
    for (text, complaint) in [
        ("# nothing\n".to_owned(), "no clock at clk_i"),
        ("create_clock -name virtual -period 9\n".to_owned(), "no clock at clk_i"),
        (
            format!("{clock}set_input_delay 1 -clock clk_i [get_ports lost_i]\n"),
            "'lost_i' not found",
        ),
        (format!("{clock}set_odd 1\n"), "line 2: invalid command name \"set_odd\""),
        (format!("{clock}set_false_path -from [all_registers]\n"), "constrains no path"),
    ] {
        fs::write(folder.path().join("my.sdc"), text).expect("a file");
        let (code, _, stderr) = on_cells(folder.path(), &["--sdc", "my.sdc"]);
        assert_eq!(code, 2, "{complaint}: {stderr}");
        assert!(stderr.contains(complaint) && stderr.contains("my.sdc"), "{complaint}: {stderr}");
    }
}

#[test]
fn netlists_are_verilog_or_json_and_clocks_need_times() {
    let folder = folder();
    for (arguments, complaint) in [
        (["--netlist", "netlist.txt"], ".json (for nextpnr)"),
        (["--clock-period", "5"], "accepted: with --target liberty"),
        (["--sdc", "my.sdc"], "accepted: with --target liberty"),
        (["--clock-period", "0"], "above zero"),
    ] {
        let command = ["synth", "--block", some_block(), arguments[0], arguments[1]];
        let (code, _, stderr) = outcome(hwgen(folder.path(), &command));
        assert_eq!(code, 2, "{stderr}");
        assert!(stderr.contains(complaint) && stderr.contains(arguments[0]), "{stderr}");
    }
    let both = ["synth", "--block", some_block(), "--clock-period", "5", "--sdc", "my.sdc"];
    assert_eq!(outcome(hwgen(folder.path(), &both)).0, 2);
}

#[test]
fn a_json_netlist_has_the_mapped_cells() {
    if !available(YOSYS) {
        return;
    }
    let folder = folder();
    let netlist = ["--netlist", "mapped.json", "--no-judge", "--json"];
    let command = [&["synth", "--block", some_block(), "--target", "ice40"], &netlist[..]].concat();
    let (code, stdout, stderr) = outcome(hwgen(folder.path(), &command));
    assert_eq!(code, 0, "{stderr}");
    let report: serde_json::Value = serde_json::from_str(&stdout).expect("JSON");
    let text = fs::read_to_string(folder.path().join("mapped.json")).expect("a netlist");
    let netlist: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let cells = netlist["modules"][some_block()]["cells"].as_object().expect("cells");
    let luts = cells.values().filter(|cell| cell["type"] == "SB_LUT4").count() as u64;
    assert_eq!(Some(luts), report["cells"]["SB_LUT4"].as_u64());
    // Nothing is left of a netlist that cannot be put where it should be.
    let command = ["synth", "--block", some_block(), "--no-judge", "--netlist", "absent/mapped.v"];
    let (code, _, stderr) = outcome(hwgen(folder.path(), &command));
    assert_eq!(code, 4, "{stderr}");
    assert!(stderr.contains("absent/mapped.v"), "{stderr}");
    assert_eq!(stderr.matches("os error").count(), 1, "said once: {stderr}");
}
