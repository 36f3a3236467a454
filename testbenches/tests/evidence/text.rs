//! What every emitted Verilog file has in common: plain text that a person can read, in one dialect.

use hwgen_gen::{Design, blocks};
use hwgen_testbenches::{Case, Check, Layer, cases, files_below, itself, random_cases};
use std::path::PathBuf;

const LONGEST_LINE: usize = 100;

/// Random designs per block and run.
const RANDOM_DESIGNS: usize = 20;

/// The checks of this layer.
pub fn checks() -> Vec<Check> {
    let mut layer = Layer::new("text");
    layer.each([cases(), random_cases(2, RANDOM_DESIGNS)].concat(), |case| {
        let modules = [case.design.rtl(), case.design.cells()].concat();
        let faults = modules.iter().flat_map(|module| faults(&module.text, &module.name));
        let rtl = case.design.rtl();
        let strange = rtl.iter().flat_map(|module| {
            let name = &module.name;
            dialect(&module.text).into_iter().map(move |fault| format!("{name}: {fault}"))
        });
        faults.chain(strange).chain(differences(case)).collect()
    });
    itself!(layer, every_fault_is_seen, no_template_connects_by_hand);
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

/// What is not written as in all other synthesizable modules.
fn dialect(text: &str) -> Vec<String> {
    let lines: Vec<_> = text.lines().collect();
    let mut faults = Vec::new();
    let mut clocked = false; // within a process of registers
    let mut column = None; // of the connections of an instance
    for (number, line) in lines.iter().enumerate() {
        let code = line.split("//").next().unwrap_or_default().trim();
        let mut demand = |holds: bool, fault: &str| {
            if !holds {
                faults.push(format!("line {} {fault}", number + 1));
            }
        };
        demand(!code.contains("@*"), "has a process that is not @(*)");
        if ["always", "assign", "wire"].iter().any(|word| code.starts_with(word)) {
            clocked = code.contains("posedge");
        }
        if let Some(register) = assigned(code).filter(|_| clocked) {
            demand(register.ends_with("_q"), "has a register whose name does not end with _q");
        }
        demand(!ends_with_bare_number(code), "assigns a number without a width");
        let connection = connection(line);
        demand(column.is_none() || connection.is_none() || connection == column, "is not aligned");
        column = match code {
            _ if connection.is_some() => connection,
            _ if code.ends_with('(') || code.ends_with(");") => None,
            _ => column,
        };
        if let Some(state) = state(code) {
            demand(is_explained(&lines, number, state), "has a state without a comment");
        }
    }
    faults
}

/// The register that a line assigns: `count_q[lane] <= count_d;`
fn assigned(code: &str) -> Option<&str> {
    let (left, _) = code.split_once("<=")?;
    let name = left.trim().split(['[', ' ']).next()?;
    let is_name = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    (is_name && !name.is_empty() && !left.contains('(')).then_some(name)
}

/// Whether a line assigns a plain number to something that is no constant.
fn ends_with_bare_number(code: &str) -> bool {
    let is_constant = ["localparam", "parameter", "for "].iter().any(|word| code.starts_with(word));
    let value = code.rsplit_once("= ").map_or("", |(_, value)| value.trim_end_matches(';'));
    !is_constant && !value.is_empty() && value.bytes().all(|c| c.is_ascii_digit())
}

/// Where the signal of a connection begins: `.name   (signal)`.
fn connection(line: &str) -> Option<usize> {
    let name = line.trim_start().strip_prefix('.')?;
    let end = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '_')?;
    name[end..].starts_with(' ').then(|| line.find('(')).flatten()
}

/// The state that a line declares.
fn state(code: &str) -> Option<&str> {
    let (declared, _) = code.strip_prefix("localparam [")?.split_once('=')?;
    let name = declared.split_whitespace().next_back()?;
    let begins = name.strip_prefix("St")?.starts_with(|c: char| c.is_ascii_uppercase());
    begins.then_some(name)
}

/// Whether a comment stands above the state, where it is declared or where it is chosen.
fn is_explained(lines: &[&str], declared: usize, state: &str) -> bool {
    let below_comment = |at: usize| at > 0 && lines[at - 1].trim_start().starts_with("//");
    let chosen = format!("{state}: begin");
    let mut choices = (0..lines.len()).filter(|&at| lines[at].trim() == chosen);
    below_comment(declared) || choices.any(below_comment)
}

/// Each fault in the smallest text that has it.
fn every_fault_is_seen() {
    let process = "    always @(posedge clk_i or negedge rst_ni) begin\n";
    let examples = [
        ("    always @* begin\n", "has a process that is not @(*)"),
        (&format!("{process}        count <= 2'd0;\n"), "has a register whose name"),
        (
            "    always @(posedge clk_i) begin\n        count <= next;\n",
            "has a register whose name",
        ),
        (&format!("{process}        count_q <= 0;\n"), "assigns a number without a width"),
        (
            "    ring u_ring (\n        .clk_i (clk_i),\n        .in_i (in)\n    );\n",
            "is not aligned",
        ),
        ("\n    localparam [1:0] StIdle = 2'd0;\n", "has a state without a comment"),
    ];
    for (text, expected) in examples {
        let faults = dialect(text);
        assert!(faults.len() == 1 && faults[0].contains(expected), "{text}: {faults:?}");
    }
    let sound = "    ring #(\n        .Width (8)\n    ) u_ring (\n        .clk_i  (clk_i),\n        \
                 .data_i (data)\n    );\n    // Nothing to do\n    localparam [1:0] StIdle = 2'd0;\n";
    assert_eq!(dialect(sound), Vec::<String>::new());
}

/// Instances in the templates of blocks are printed from the ports of their modules.
fn no_template_connects_by_hand() {
    let templates = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../templates");
    for block in blocks::ALL.iter().map(|generator| generator.name) {
        for file in files_below(&templates.join(block)) {
            let text = std::fs::read_to_string(&file).expect("a template");
            let by_hand = text.lines().find(|line| connection(line).is_some());
            assert_eq!(by_hand, None, "{}", file.display());
        }
    }
}
