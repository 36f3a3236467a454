//! Every command on the page of a package does what the page says, and the package can be made again.

use crate::{folder, hwgen, outcome};
use hwgen_gen::Design;
use hwgen_sim::tool::Tool;
use hwgen_testbenches::{Case, available, small_cases};
use std::fs;
use std::path::Path;
use std::process::Command;

/// The command lines on `page`: the one that made the package, and those of the section on use.
fn commands(page: &str) -> Vec<&str> {
    let use_it = page.find("## Use it").expect("a section on use");
    let end = page[use_it + 2..].find("\n## ").expect("another section") + use_it;
    let lines = page[..end].lines().filter_map(|line| line.strip_prefix("    "));
    lines.collect()
}

/// Runs `line` as typed in `folder`; what it prints.
fn run(line: &str, folder: &Path, package: &Path) -> String {
    let hwgen = Path::new(env!("CARGO_BIN_EXE_hwgen")).parent().expect("a folder");
    let path = std::env::var("PATH").expect("a search path");
    let mut command = Command::new("sh");
    command.args(["-c", line]).current_dir(folder).env("PACKAGE", package);
    command.env("PATH", format!("{}:{path}", hwgen.display()));
    // Compiles fast: what it makes is run once.
    command.env("MAKEFLAGS", "OPT_FAST=-O0 OPT_SLOW=-O0 OPT_GLOBAL=-O0");
    let output = command.output().expect("a shell");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{line}\n{said}\n{complaints}");
    said
}

fn try_all_commands(case: &Case) {
    let (place, elsewhere) = (folder(), folder());
    let name = case.design.name.as_str();
    let mut arguments: Vec<_> = case.design.command.split(' ').skip(1).collect();
    arguments.extend(["--vectors", "10"]);
    let (code, _, stderr) = outcome(hwgen(place.path(), &arguments));
    assert_eq!(code, 0, "{stderr}");
    let package = place.path().join(name);
    let page = fs::read_to_string(package.join("README.md")).expect("a page");
    let mut benches = 0;
    for line in commands(&page) {
        let at = match line {
            _ if line.contains("$PACKAGE") => elsewhere.path(),
            _ if line.starts_with("hwgen emit") => place.path(),
            _ => &package,
        };
        let said = run(line, at, &package);
        if line.contains("tb_") {
            benches += 1;
            let verdict = said.lines().any(|line| line.starts_with("PASS "));
            assert!(verdict, "{line}\n{said}");
        }
    }
    assert_eq!(benches, 4, "two simulators, here and elsewhere");
    assert!(package.join(format!("build/{name}_netlist.v")).is_file());
    let (code, _, stderr) = outcome(hwgen(place.path(), &arguments));
    assert_eq!(code, 0, "what the commands leave behind is in the way: {stderr}");
    assert!(package.join(format!("build/{name}_netlist.v")).is_file());
}

fn characters(design: &Design) -> usize {
    design.rtl().iter().chain(&design.cells()).map(|module| module.text.len()).sum()
}

/// The smallest package with behavioural cells, and the smallest without.
#[test]
fn commands_on_pages_work_and_leave_nothing_in_the_way() {
    let tools = [Tool::Icarus, Tool::Verilator, Tool::Compiler, Tool::Yosys, Tool::FuseSoc];
    if available(&tools) {
        let (mut with, mut without): (Vec<_>, Vec<_>) =
            small_cases().into_iter().partition(|case| !case.design.cells().is_empty());
        for cases in [&mut with, &mut without] {
            cases.sort_by_key(|case| characters(&case.design));
            try_all_commands(&cases[0]);
        }
    }
}
