//! Running the self-checking bench of an emitted package, as a user would, in two simulators.

use crate::SimError;
use crate::ending::Scratch;
use crate::tool::{self, Tool};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

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

/// The bench of a package, built.
pub struct Bench {
    simulator: Simulator,
    package: PathBuf,
    folder: Scratch,
}

/// Runs the bench of the package `name` in `package`, all of it.
pub fn run(simulator: Simulator, package: &Path, name: &str) -> Result<Outcome, SimError> {
    Bench::build(simulator, package, name)?.play(&[])
}

impl Bench {
    /// Builds the bench of the package `name` in `package`.
    pub fn build(simulator: Simulator, package: &Path, name: &str) -> Result<Self, SimError> {
        let bench = Self { simulator, package: package.to_owned(), folder: Scratch::new()? };
        let mut compile = match simulator {
            Simulator::Icarus => Tool::Icarus.command()?,
            Simulator::Verilator => Tool::Verilator.command()?,
        };
        match simulator {
            Simulator::Icarus => {
                compile.args(["-g2005", "-s", &format!("tb_{name}"), "-o"]).arg(bench.program());
            }
            Simulator::Verilator => {
                compile.args(VERILATOR).args(["--top-module", &format!("tb_{name}")]);
                compile.arg("--Mdir").arg(bench.folder.path()).args(["-o", PROGRAM]);
                tool::use_compiler_cache(&mut compile);
            }
        }
        tool::work_in(&mut compile, package);
        compile.args(["-f", &format!("{name}_sim.f")]);
        tool::run_for(&mut compile, &bench.program())?;
        Ok(bench)
    }

    /// Plays it with `plusargs`, such as `+stall=0`.
    ///
    /// The verdict is the last line the bench prints, and the simulator's exit status agrees with
    /// it. A bench that ends without a verdict, or with two, is an error.
    pub fn play(&self, plusargs: &[&str]) -> Result<Outcome, SimError> {
        let mut command = self.command(plusargs);
        let output = tool::launch(&mut command)?;
        self.judge(&command, &output)
    }

    /// Plays it like [`Self::play`] for `limit` at most, and returns all that it printed as well;
    /// nothing if it took longer.
    pub fn play_within(
        &self,
        plusargs: &[&str],
        limit: Duration,
    ) -> Result<Option<(Outcome, String)>, SimError> {
        let mut command = self.command(plusargs);
        let Some(output) = tool::launch_within(&mut command, limit)? else { return Ok(None) };
        Ok(Some((self.judge(&command, &output)?, tool::all(&output))))
    }

    fn command(&self, plusargs: &[&str]) -> Command {
        let mut command = match self.simulator {
            Simulator::Icarus => {
                let mut command = Command::new("vvp"); // comes with iverilog
                command.arg("-n").arg(self.program());
                command
            }
            Simulator::Verilator => Command::new(self.program()),
        };
        command.current_dir(&self.package).args(plusargs);
        command
    }

    fn judge(&self, command: &Command, output: &Output) -> Result<Outcome, SimError> {
        outcome(self.simulator, output).ok_or_else(|| {
            let reason = "the bench ended without PASS or FAIL, or its exit status says otherwise";
            tool::failure(command, output, format!("{reason} ({})", output.status))
        })
    }

    fn program(&self) -> PathBuf {
        self.folder.path().join(PROGRAM)
    }
}

/// Name of what a simulator makes of a bench.
const PROGRAM: &str = "bench";

/// A bench is played once: what counts is the time to compile it, which grows faster than the
/// length of a function.
const VERILATOR: &[&str] = &[
    "--binary",
    "--timing",
    "-O1",
    "-Wno-fatal",
    "-Wno-lint",
    "-j",
    "2",
    "--output-split-cfuncs",
    "300",
    "-MAKEFLAGS",
    "OPT_FAST=-O0 OPT_SLOW=-O0 OPT_GLOBAL=-O0",
];

/// Reads the verdict: `PASS 1234 beats`, or `FAIL` and why; the exit status has to say the same.
fn outcome(simulator: Simulator, output: &Output) -> Option<Outcome> {
    let log = tool::tail(output);
    let verdict = log.lines().rev().find_map(|line| {
        let passed = line.strip_prefix("PASS").map(|rest| (true, rest));
        passed.or_else(|| line.strip_prefix("FAIL").map(|rest| (false, rest)))
    });
    let (passed, rest) = verdict?;
    let beats = rest.split_whitespace().next().and_then(|word| word.parse().ok());
    if passed != output.status.success() || passed && beats.is_none() {
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
        let said = |stdout: &str, status: i32| {
            let status = std::process::ExitStatus::from_raw(status);
            let output = Output { status, stdout: stdout.into(), stderr: Vec::new() };
            outcome(Simulator::Icarus, &output).map(|outcome| (outcome.passed, outcome.beats))
        };
        assert_eq!(said("PASS 12 beats\n", 0), Some((true, 12)));
        assert_eq!(said("PASS 12 beats\n- tb.v:3: $finish\n", 0), Some((true, 12)));
        let (one, aborted) = (1 << 8, 6);
        for status in [one, aborted] {
            assert_eq!(said("out: beat 3: expected 1\nFAIL 7 faults\n", status), Some((false, 0)));
            assert_eq!(said("PASS 12 beats\n", status), None);
        }
        assert_eq!(said("FAIL 7 faults\n", 0), None);
        assert_eq!(said("all is well\n", 0), None);
        assert_eq!(said("PASS\n", 0), None);
    }
}
