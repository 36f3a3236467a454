//! What the front page shows of the registry and of emitted Verilog is what the tool prints now.

use expect_test::expect_file;
use hwgen_gen::{blocks, catalogue};
use hwgen_testbenches::{Check, Layer, itself};
use std::path::PathBuf;

/// The checks of this layer.
pub fn checks() -> Vec<Check> {
    let mut layer = Layer::new("documents");
    itself!(layer, the_front_page_is_up_to_date);
    layer.checks()
}

const BEGIN: &str = "<!-- begin ";
const END: &str = "<!-- end -->";

/// Text of the part that `what` names: `blocks`, or `MODULE of COMMAND`.
fn generated(what: &str) -> String {
    match what.split_once(" of ") {
        Some((module, command)) => format!("```verilog\n{}```\n", emitted(module, command)),
        None => catalogue::markdown(),
    }
}

/// The file `<module>.v` that `command` (`hwgen emit --block NAME …`) emits.
fn emitted(module: &str, command: &str) -> String {
    let flags = command.strip_prefix("hwgen emit --block ").expect("a command");
    let (block, flags) = flags.split_once(' ').unwrap_or((flags, ""));
    let generator = blocks::find(block).unwrap_or_else(|| panic!("no such block: {command}"));
    let design = generator.parse(flags).expect("legal flags");
    let modules = design.rtl().into_iter().find(|candidate| candidate.name == module);
    modules.unwrap_or_else(|| panic!("{command} emits no {module}")).text
}

/// `page` with every generated part made anew.
fn refreshed(page: &str) -> String {
    let mut fresh = String::new();
    let mut rest = page;
    while let Some((before, after)) = rest.split_once(BEGIN) {
        let (what, after) = after.split_once(" -->").expect("a closed mark");
        let (_, after) = after.split_once(END).expect("an end to every generated part");
        fresh += &format!("{before}{BEGIN}{what} -->\n{}{END}", generated(what));
        rest = after;
    }
    fresh + rest
}

fn the_front_page_is_up_to_date() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    let page = std::fs::read_to_string(&path).expect("the front page");
    assert!(page.contains(BEGIN), "the front page generates nothing");
    expect_file![path].assert_eq(&refreshed(&page));
}
