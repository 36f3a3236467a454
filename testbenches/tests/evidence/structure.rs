//! The ports of the emitted top module, as an independent reader sees them, are the interface.

use hwgen_gen::verilog::Port;
use hwgen_sim::netlist;
use hwgen_sim::tool::Tool;
use hwgen_testbenches::{Case, assert_none, available, cases, random_cases};
use rayon::prelude::*;

/// Random designs per block and run.
const RANDOM_DESIGNS: usize = 5;

fn difference(case: &Case) -> Option<String> {
    let groups = case.design.spec.interface().ports().0;
    let mut declared: Vec<Port> = groups.into_iter().flat_map(|group| group.ports).collect();
    declared.sort_by(|a, b| a.name.cmp(&b.name));
    match netlist::ports(&case.design.rtl(), case.design.name.as_str()) {
        Err(error) => Some(format!("{}: {error}", case.name)),
        Ok(read) if read == declared => None,
        Ok(read) => Some(format!("{}: declared {declared:?}\nread {read:?}", case.name)),
    }
}

#[test]
fn ports_are_the_interface() {
    if !available(&[Tool::Yosys]) {
        return;
    }
    let mut all = cases();
    all.extend(random_cases(6, RANDOM_DESIGNS));
    let differences: Vec<_> = all.par_iter().filter_map(difference).collect();
    assert_none("designs whose ports are not their interface", &differences);
}
