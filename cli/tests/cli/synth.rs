//! What `synth` and `lint` print and write.

use crate::{folder, hwgen, outcome, some_block};
use hwgen_sim::synth::osu018;
use hwgen_sim::tool::Tool;
use hwgen_testbenches::{available, or_skip};
use std::fs;

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
        assert_eq!(code, 4, "{stderr}");
        assert!(stderr.contains(complaint) && stderr.contains(file), "{stderr}");
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
