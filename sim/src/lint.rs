//! Lint: what three independent readers of Verilog have to say about a design. The aim is
//! nothing.

use crate::SimError;
use crate::tool::{self, Tool};
use crate::yosys::{self, Workplace};
use hwgen_gen::{Design, Module};
use serde::Serialize;
use std::process::{Command, Output};

/// The readers.
pub const TOOLS: [Tool; 3] = [Tool::Verilator, Tool::Yosys, Tool::Icarus];

/// Yosys reports how it stores a small array; that is no fault.
const NO_FAULT: &str = "Replacing memory ";

/// One complaint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Tool that complains.
    pub tool: &'static str,
    /// File it complains about; empty if about none.
    pub file: String,
    /// Line of the file.
    pub line: Option<u32>,
    /// What it says.
    pub message: String,
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: ", self.tool)?;
        if !self.file.is_empty() {
            write!(f, "{}:", self.file)?;
            if let Some(line) = self.line {
                write!(f, "{line}:")?;
            }
            write!(f, " ")?;
        }
        f.write_str(&self.message)
    }
}

/// What was read, and every complaint.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Command that makes the design.
    #[serde(rename = "design")]
    pub command: String,
    /// Synthesizable modules, read by every tool.
    pub rtl: usize,
    /// Behavioural modules, read by the simulators.
    pub cells: usize,
    /// Complaints.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Whether no tool complains.
    pub fn passed(&self) -> bool {
        self.findings.is_empty()
    }
}

/// Reads the RTL of `design` with every tool, and its behavioural modules with the simulators.
pub fn run(design: &Design) -> Result<Report, SimError> {
    let (rtl, cells) = (design.rtl(), design.cells());
    let mut findings = run_rtl(&rtl, design.name.as_str())?;
    if !cells.is_empty() {
        let bench = &design.bench.module;
        let modules = Modules::new([rtl.clone(), cells.clone()].concat(), bench)?;
        findings.extend([modules.verilator()?, modules.icarus()?].concat());
    }
    let command = design.command.clone();
    Ok(Report { command, rtl: rtl.len(), cells: cells.len(), findings })
}

/// Reads synthesizable modules, whose top is `top`, with every tool.
pub fn run_rtl(rtl: &[Module], top: &str) -> Result<Vec<Finding>, SimError> {
    let modules = Modules::new(rtl.to_vec(), top)?;
    Ok([modules.verilator()?, modules.yosys()?, modules.icarus()?].concat())
}

/// Files in a directory.
struct Modules<'a> {
    workplace: Workplace,
    modules: Vec<Module>,
    top: &'a str,
}

impl<'a> Modules<'a> {
    fn new(modules: Vec<Module>, top: &'a str) -> Result<Self, SimError> {
        Ok(Self { workplace: Workplace::new(&modules)?, modules, top })
    }

    fn files(&self) -> impl Iterator<Item = String> {
        self.modules.iter().map(yosys::file_of)
    }

    fn verilator(&self) -> Result<Vec<Finding>, SimError> {
        let mut command = Tool::Verilator.command()?;
        tool::work_in(&mut command, self.workplace.folder());
        command.args(["--lint-only", "--timing", "-Wall", "--top-module", self.top]);
        command.args(["--stats", "--Mdir", "read"]).args(self.files());
        let output = tool::launch(&mut command)?;
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        let findings = text.lines().filter_map(verilator_finding).collect();
        self.judge(findings, &command, &output, &format!("read/V{}__stats.txt", self.top))
    }

    fn yosys(&self) -> Result<Vec<Finding>, SimError> {
        let read = yosys::read(&self.modules);
        let script = format!("{read}hierarchy -check -top {}\nwrite_rtlil read.il\n", self.top);
        let mut command = self.workplace.yosys(&script)?;
        let output = tool::launch(&mut command)?;
        let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
        text += &String::from_utf8_lossy(&output.stderr);
        let mut findings: Vec<_> = text.lines().filter_map(yosys_finding).collect();
        findings.dedup(); // errors go to both outputs
        self.judge(findings, &command, &output, "read.il")
    }

    fn icarus(&self) -> Result<Vec<Finding>, SimError> {
        let mut command = Tool::Icarus.command()?;
        tool::work_in(&mut command, self.workplace.folder());
        command.args(["-g2005", "-Wall", "-tnull", "-M", "read.txt", "-s", self.top]);
        command.args(self.files());
        let output = tool::launch(&mut command)?;
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        let findings = text.lines().filter_map(|line| finding(Tool::Icarus, line)).collect();
        self.judge(findings, &command, &output, "read.txt")
    }

    /// What a tool found. One that finds nothing has to succeed, and to leave the file `proof`, which
    /// it writes when it has read the design; else it is the tool that is broken.
    fn judge(
        &self,
        findings: Vec<Finding>,
        command: &Command,
        output: &Output,
        proof: &str,
    ) -> Result<Vec<Finding>, SimError> {
        let reason = if !findings.is_empty() {
            return Ok(findings);
        } else if !output.status.success() {
            output.status.to_string()
        } else if !self.workplace.path(proof).exists() {
            "it did not read the design".to_owned()
        } else {
            return Ok(findings);
        };
        Err(tool::failure(command, output, reason))
    }
}

/// `%Warning-WIDTH: file.v:3:16: text`, `%Error: file.v:3:16: text`
fn verilator_finding(line: &str) -> Option<Finding> {
    let (kind, rest) = line.strip_prefix('%')?.split_once(": ")?;
    if rest.starts_with("Exiting due to") {
        return None;
    }
    let place = finding(Tool::Verilator, rest);
    let unplaced = || Finding {
        tool: Tool::Verilator.program(),
        file: String::new(),
        line: None,
        message: rest.to_owned(),
    };
    let found = place.unwrap_or_else(unplaced);
    Some(Finding { message: format!("{kind}: {}", found.message), ..found })
}

/// `file.v:3: Warning: text`, `Warning: text`, `ERROR: text`
fn yosys_finding(line: &str) -> Option<Finding> {
    let complains = line.contains("Warning: ") || line.contains("ERROR: ");
    if !complains || line.contains(NO_FAULT) {
        return None;
    }
    let tool = Tool::Yosys.program();
    let unplaced = Finding { tool, file: String::new(), line: None, message: line.to_owned() };
    Some(finding(Tool::Yosys, line).unwrap_or(unplaced))
}

/// `file.v:3: text`, `file.v:3:16: text`
fn finding(tool: Tool, line: &str) -> Option<Finding> {
    let (file, rest) = line.split_once(".v:")?;
    let (number, message) = rest.split_once(": ")?;
    let number = number.split(':').next()?.parse().ok()?;
    let (file, message) = (format!("{file}.v"), message.trim().to_owned());
    Some(Finding { tool: tool.program(), file, line: Some(number), message })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complaints_are_read() {
        let line = "%Warning-LATCH: bad.v:13:5: Latch inferred for signal 'q_o'";
        let found = verilator_finding(line).expect("a complaint");
        assert_eq!((found.file.as_str(), found.line), ("bad.v", Some(13)));
        assert_eq!(found.message, "Warning-LATCH: Latch inferred for signal 'q_o'");
        assert_eq!(verilator_finding("%Error: Exiting due to 5 warning(s)"), None);
        assert!(verilator_finding("%Error: Cannot find file").is_some());
        assert_eq!(yosys_finding("Warning: Replacing memory \\a with list. See a.v:3"), None);
        assert!(yosys_finding("ERROR: Module `\\b' is not part of the design.").is_some());
        let found = finding(Tool::Icarus, "bad.v:7: warning: implicit definition of wire 'a'.");
        assert_eq!(found.map(|found| found.line), Some(Some(7)));
    }
}
