//! What every emitted Verilog file has in common: plain text that a person can read.

use hwgen_gen::Design;
use hwgen_testbenches::{Case, Check, Layer, cases, random_cases};

const LONGEST_LINE: usize = 100;

/// Random designs per block and run.
const RANDOM_DESIGNS: usize = 20;

/// The checks of this layer.
pub fn checks() -> Vec<Check> {
    let mut layer = Layer::new("text");
    layer.each([cases(), random_cases(2, RANDOM_DESIGNS)].concat(), |case| {
        let modules = [case.design.rtl(), case.design.cells()].concat();
        let faults = modules.iter().flat_map(|module| faults(&module.text, &module.name));
        faults.chain(differences(case)).collect()
    });
    layer.checks()
}

/// The same command gives the same bytes, and so does the one in the header.
fn differences(case: &Case) -> Option<String> {
    let (_, flags) = case.design.command.split_once(case.generator.name).expect("the block");
    let again = case.generator.parse(flags).expect("the command that made it");
    let bytes = |design: &Design| (design.rtl(), design.cells());
    let same =
        [&case.design, &again].into_iter().all(|design| bytes(design) == bytes(&case.design));
    (!same).then(|| "the same command gives other bytes".to_owned())
}

fn faults(text: &str, module: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let mut demand = |holds: bool, fault: String| {
        if !holds {
            faults.push(format!("{module}: {fault}"));
        }
    };
    demand(text.is_ascii(), "not ASCII".to_owned());
    demand(text.ends_with('\n') && !text.ends_with("\n\n"), "not one final newline".to_owned());
    demand(!text.contains('\t') && !text.contains('\r'), "tab or carriage return".to_owned());
    demand(text.contains(&format!("module {module} ")), "file is not named after it".to_owned());
    demand(text.matches("\nendmodule").count() == 1, "not one module".to_owned());
    demand(!text.contains("lint_off"), "waives a warning".to_owned());
    for (number, line) in text.lines().enumerate() {
        let number = number + 1;
        demand(line.len() <= LONGEST_LINE, format!("line {number} is {} long", line.len()));
        demand(line.trim_end() == line, format!("line {number} ends with a space"));
    }
    faults
}
