//! The ports of the emitted top module, as an independent reader sees them, are the interface.

use hwgen_gen::verilog::Port;
use hwgen_sim::netlist;
use hwgen_sim::tool::Tool;
use hwgen_testbenches::{Case, Check, Layer, cases, random_cases};

/// Random designs per block and run.
const RANDOM_DESIGNS: usize = 5;

/// The checks of this layer.
pub fn checks() -> Vec<Check> {
    let mut layer = Layer::new("structure");
    layer.needs(&[Tool::Yosys]);
    layer.each([cases(), random_cases(6, RANDOM_DESIGNS)].concat(), differences);
    layer.checks()
}

fn differences(case: &Case) -> Vec<String> {
    let groups = case.design.spec.interface().ports().0;
    let mut declared: Vec<Port> = groups.into_iter().flat_map(|group| group.ports).collect();
    declared.sort_by(|a, b| a.name.cmp(&b.name));
    match netlist::ports(&case.design.rtl(), case.design.name.as_str()) {
        Err(error) => vec![error.to_string()],
        Ok(read) if read == declared => Vec::new(),
        Ok(read) => vec![format!("declared {declared:?}\nread {read:?}")],
    }
}
