//! Running the self-checking bench of an emitted package, as a user would, in two simulators.

use crate::SimError;
use crate::tool::{self, Tool};
use serde::Serialize;
use std::path::Path;
use std::process::Output;

/// A simulator that the bench has to run in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Simulator {
    /// Icarus Verilog, an interpreter.
    Icarus,
    /// Verilator, a compiler.
    Verilator,
}

impl Simulator {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Icarus, Self::Verilator];
}

/// What the bench said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// Where it ran.
    pub simulator: Simulator,
    /// It ended with PASS.
    pub passed: bool,
    /// Beats it compared, if it passed.
    pub beats: u64,
    /// The last lines it printed.
    pub log: String,
}

/// Runs the bench of the package `name` in `package`.
///
/// The verdict is the last line the bench prints. A bench that ends without one, or that a
/// simulator cannot read, is an error.
pub fn run(simulator: Simulator, package: &Path, name: &str) -> Result<Outcome, SimError> {
    let folder = tempfile::tempdir().map_err(SimError::file(&std::env::temp_dir()))?;
    let mut command = match simulator {
        Simulator::Icarus => icarus(package, name, folder.path())?,
        Simulator::Verilator => verilator(package, name, folder.path())?,
    };
    let output = tool::launch(command.current_dir(package))?;
    let outcome = outcome(simulator, &output);
    outcome.ok_or_else(|| {
        tool::failure(&command, &output, "the bench ended without PASS or FAIL".to_owned())
    })
}

fn icarus(package: &Path, name: &str, folder: &Path) -> Result<std::process::Command, SimError> {
    let program = folder.join("bench.vvp");
    let mut compile = Tool::Icarus.command()?;
    compile.current_dir(package).args(["-g2005", "-s", &format!("tb_{name}"), "-o"]);
    compile.arg(&program).args(["-f", &format!("{name}_sim.f")]);
    tool::run_for(&mut compile, &program)?;
    let mut command = std::process::Command::new("vvp"); // comes with iverilog
    command.arg("-n").arg(program);
    Ok(command)
}

fn verilator(package: &Path, name: &str, folder: &Path) -> Result<std::process::Command, SimError> {
    let program = folder.join("bench");
    let mut compile = Tool::Verilator.command()?;
    compile.current_dir(package);
    // A bench is played once: what counts is the time to compile it, which grows faster than the
    // length of a function.
    compile.args(["--binary", "--timing", "-O1", "-Wno-fatal", "-Wno-lint", "-j", "2"]);
    compile.args(["--output-split-cfuncs", "300"]);
    compile.args(["-MAKEFLAGS", "OPT_FAST=-O0 OPT_SLOW=-O0 OPT_GLOBAL=-O0"]);
    compile.args(["--top-module", &format!("tb_{name}"), "-f", &format!("{name}_sim.f")]);
    compile.arg("--Mdir").arg(folder).arg("-o").arg("bench");
    tool::use_compiler_cache(&mut compile);
    tool::run_for(&mut compile, &program)?;
    Ok(std::process::Command::new(program))
}

/// Reads the verdict: `PASS 1234 beats`, or `FAIL` and why.
fn outcome(simulator: Simulator, output: &Output) -> Option<Outcome> {
    let log = tool::tail(output);
    let verdict = log.lines().rev().find_map(|line| {
        let passed = line.strip_prefix("PASS").map(|rest| (true, rest));
        passed.or_else(|| line.strip_prefix("FAIL").map(|rest| (false, rest)))
    });
    let (passed, rest) = verdict?;
    let beats = rest.split_whitespace().next().and_then(|word| word.parse().ok());
    if passed && beats.is_none() {
        return None;
    }
    let beats = beats.filter(|_| passed).unwrap_or(0);
    Some(Outcome { simulator, passed, beats, log })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;

    #[test]
    fn only_the_verdict_line_counts() {
        let said = |stdout: &str| {
            let status = std::process::ExitStatus::from_raw(0);
            let output = Output { status, stdout: stdout.into(), stderr: Vec::new() };
            outcome(Simulator::Icarus, &output).map(|outcome| (outcome.passed, outcome.beats))
        };
        assert_eq!(said("PASS 12 beats\n"), Some((true, 12)));
        assert_eq!(said("PASS 12 beats\n- tb.v:3: $finish\n"), Some((true, 12)));
        assert_eq!(said("out: beat 3: expected 1\nFAIL 7 faults\n"), Some((false, 0)));
        assert_eq!(said("all is well\n"), None);
        assert_eq!(said("PASS\n"), None);
    }
}
