//! What every emitted Verilog file has in common: plain text that a person can read.

use hwgen_testbenches::{assert_none, cases, random_cases};

const LONGEST_LINE: usize = 100;

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

#[test]
fn every_file_is_plain_and_narrow() {
    let cases = cases().into_iter().chain(random_cases(2, 20));
    let modules = cases.flat_map(|case| {
        let modules = case.design.rtl().into_iter().chain(case.design.cells());
        modules.map(move |module| (case.name.clone(), module)).collect::<Vec<_>>()
    });
    let faults = modules.flat_map(|(case, module)| {
        let faults = faults(&module.text, &module.name);
        faults.into_iter().map(move |fault| format!("{case}: {fault}"))
    });
    assert_none("faults in emitted text", &faults.collect::<Vec<_>>());
}

#[test]
fn the_same_command_gives_the_same_bytes() {
    for (one, two) in cases().iter().zip(&cases()) {
        assert_eq!(one.design.rtl(), two.design.rtl(), "{}", one.name);
        assert_eq!(one.design.cells(), two.design.cells(), "{}", one.name);
    }
}

#[test]
fn the_command_in_the_header_makes_the_same_design() {
    for case in cases().into_iter().chain(random_cases(3, 20)) {
        let (_, flags) = case.design.command.split_once(case.generator.name).expect("the block");
        let again = case.generator.parse(flags).expect("the command that made it");
        assert_eq!(again.rtl(), case.design.rtl(), "{}", case.name);
    }
}
