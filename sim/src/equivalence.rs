//! Proving that two descriptions of one module do the same, for ever, after a reset.
//!
//! Yosys joins both to a miter whose output `trigger` is high in a cycle in which any output
//! differs, and proves by temporal induction that it stays low. The reset is low in the first
//! cycle and free afterwards. Registers without reset start with any value, each description
//! with its own: they must not show at an output before they are written.

use crate::SimError;
use crate::tool;
use crate::yosys::{self, Workplace};
use hwgen_gen::Module;
use hwgen_gen::interface::RESET;
use serde::Serialize;

/// Depth at which an induction that does not close is given up.
const STEPS: u32 = 60;

/// Seconds for one question to the solver.
const SECONDS: u32 = 120;

/// One of the two descriptions.
#[derive(Clone, Copy, Debug)]
pub struct Description<'a> {
    /// Its modules.
    pub modules: &'a [Module],
    /// The top of them.
    pub top: &'a str,
}

/// What came of a proof.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Equal in every cycle after a reset.
    Proven,
    /// Different: inputs and outputs cycle by cycle until they differ.
    Refuted(String),
    /// Neither was found: why.
    Undecided(String),
}

/// Compares `gold` and `gate`, which have the same ports.
pub fn prove(gold: Description<'_>, gate: Description<'_>) -> Result<Verdict, SimError> {
    let gold_files = renamed("gold", gold.modules);
    let gate_files = renamed("gate", gate.modules);
    let workplace = Workplace::new(&[gold_files.clone(), gate_files.clone()].concat())?;
    let script = format!(
        "{}{}\
         design -copy-from gold -as gold gold\n\
         design -copy-from gate -as gate gate\n\
         miter -equiv -flatten -make_outputs gold gate miter\n\
         hierarchy -top miter\n\
         async2sync\n\
         opt -full\n\
         tee -o verdict.txt sat -prove trigger 0 -set-at 1 in_{RESET} 0 -seq 1 -tempinduct \
         -maxsteps {STEPS} -timeout {SECONDS} -show-inputs -show-outputs miter\n",
        load("gold", &gold_files, gold.top),
        load("gate", &gate_files, gate.top),
    );
    let mut command = workplace.yosys(&script)?;
    let output = tool::run_for(&mut command, &workplace.path("verdict.txt"))?;
    let text = workplace.read("verdict.txt")?;
    let verdict = verdict(&text);
    verdict.ok_or_else(|| tool::failure(&command, &output, "it gave no verdict".to_owned()))
}

/// Files of both sides lie in one directory, and may have the same names.
fn renamed(side: &str, modules: &[Module]) -> Vec<Module> {
    let renamed = |module: &Module| Module {
        name: format!("{side}_{}", module.name),
        text: module.text.clone(),
    };
    modules.iter().map(renamed).collect()
}

/// Reads one side into a flat module called `side`, and puts it away.
fn load(side: &str, files: &[Module], top: &str) -> String {
    format!(
        "{}hierarchy -check -top {top}\nproc\nflatten\nmemory\nopt_clean\nrename -top {side}\n\
         design -stash {side}\n",
        yosys::read(files)
    )
}

fn verdict(text: &str) -> Option<Verdict> {
    if text.contains("Induction step proven: SUCCESS!") {
        Some(Verdict::Proven)
    } else if let Some((_, model)) = text.split_once("model found for base case: FAIL!") {
        let table = model.lines().skip_while(|line| !line.contains("Time Signal Name"));
        let lines: Vec<_> = table.map(str::trim_end).collect();
        Some(Verdict::Refuted(lines.join("\n").trim_end().to_owned()))
    } else if text.contains("Interrupted SAT solver: TIMEOUT!") || text.contains("timed out") {
        Some(Verdict::Undecided(format!("no answer within {SECONDS} s")))
    } else if text.contains("Reached maximum number of time steps") {
        Some(Verdict::Undecided(format!("no induction up to {STEPS} cycles")))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_yosys_says_is_understood() {
        assert_eq!(verdict("Induction step proven: SUCCESS!"), Some(Verdict::Proven));
        let long = verdict("Reached maximum number of time steps -> proof failed.");
        assert!(matches!(long, Some(Verdict::Undecided(_))));
        assert_eq!(verdict("something else"), None);
    }
}
