//! Static timing analysis of the mapped netlist by OpenSTA: worst paths, and whether all paths were
//! timed.

mod complete;
mod margin;
mod report;
mod script;
mod warnings;

pub use self::margin::{Clock, Margin};

use self::complete::Expected;
use self::script::{GROUPS, part};
use self::warnings::Warnings;
use super::script::{LIBERTY, OUTPUT_FANOUT, TIMING_JSON, TIMING_VERILOG};
use super::{Options, problems};
use crate::SimError;
use crate::liberty::{Fault, Library};
use crate::netlist::Netlist;
use crate::tool::{self, Tool};
use crate::yosys::Workplace;
use serde::Serialize;
use std::process::{Command, Output};

/// Clock period of the analysis in ns. Delays do not depend on it.
const PERIOD: f64 = 10.0;

/// The worst paths of a netlist.
#[derive(Clone, Debug, Serialize)]
pub struct Timing {
    /// Highest clock frequency in MHz, over all groups of paths.
    pub fmax_mhz: f64,
    /// Data pins of flip-flops and outputs that a register or an input reaches: each of them has a
    /// path.
    pub ends: u64,
    /// The worst path of each group that has one; the longest first.
    pub paths: Vec<TimingPath>,
}

/// One path.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TimingPath {
    /// Where it starts and ends: register or port.
    pub group: &'static str,
    /// First register or port.
    pub start: String,
    /// Last register or port.
    pub end: String,
    /// Shortest clock period it allows in ns: the delay of all stages and the setup time.
    pub delay_ns: f64,
    /// Setup time of the last register in ns.
    pub setup_ns: f64,
    /// Its stages, the last register left out.
    pub stages: Vec<Stage>,
}

/// One cell on a path.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Stage {
    /// Type of the cell; empty for an input port.
    pub cell: String,
    /// Output pin.
    pub pin: String,
    /// The output rises, else falls.
    pub rises: bool,
    /// Delay of the cell in ns.
    pub delay_ns: f64,
    /// Delay from the start of the path to here in ns.
    pub total_ns: f64,
}

/// What came of an analysis.
pub(super) struct Analysis {
    /// The worst path of each group; none if the netlist has no path, or if not all were timed.
    pub timing: Option<Timing>,
    /// What is not timed although it is there.
    pub problems: Vec<super::Problem>,
    /// What OpenSTA says about the library as a whole.
    pub notes: Vec<String>,
}

/// Times the netlist of the workplace, which has the cells of `library`. Registers are called as in
/// `named`: the netlist before the pins of macros became ports, which may be other names of theirs.
pub(super) fn analyse(
    workplace: &Workplace,
    named: &Netlist,
    library: &Library,
    top: &str,
) -> Result<Analysis, SimError> {
    let netlist = Netlist::read(workplace, TIMING_JSON, top)?;
    let expected = Expected::of(&netlist, library);
    let verilog = report::with_round_brackets(&workplace.read(TIMING_VERILOG)?);
    workplace.write(TIMING_VERILOG, &verilog)?;
    let script = script::script(library, top, &expected.examples);
    let (command, output, said) = run(workplace, &script)?;
    let answer = String::from_utf8_lossy(&output.stdout).into_owned();
    let finished = !part(&answer, "end").is_empty() && !said.contains("\nError:");
    demand(finished, &command, &output, "it did not come to the end of its script")?;
    let cells = netlist.cells();
    let warnings =
        Warnings::read(&said, LIBERTY, &workplace.read_lossy(LIBERTY)?, |c| cells.contains_key(c));
    let used = cells.keys().filter_map(|kind| Some((kind, library.cells.get(kind)?)));
    let faults = used.flat_map(|(kind, cell)| {
        let said = move |Fault { pin, what }: &Fault| format!("cell {kind}, pin {pin}: {what}");
        cell.faults.iter().map(said)
    });
    let mut problems: Vec<_> = warnings.findings.into_iter().chain(faults).collect();
    problems.extend(expected.missing(&answer, named));
    let mut paths = Vec::new();
    for group in &GROUPS {
        let report = part(&answer, group.name);
        if !report.contains("Startpoint: ") {
            continue;
        }
        let path = report::path(group.name, report, named);
        demand(path.is_some(), &command, &output, "its report of a path cannot be read")?;
        paths.extend(path);
    }
    paths.sort_by(|a, b| b.delay_ns.total_cmp(&a.delay_ns));
    let fmax = paths.first().filter(|_| problems.is_empty()).map(|path| 1e3 / path.delay_ns);
    Ok(Analysis {
        timing: fmax.map(|fmax_mhz| Timing { fmax_mhz, ends: expected.ends(), paths }),
        problems: problems.into_iter().map(problems::timing).collect(),
        notes: warnings.notes,
    })
}

/// The margin that `timing` leaves against a clock of the user's.
pub(super) fn margin(
    workplace: &Workplace,
    named: &Netlist,
    clock: &Clock,
    timing: &Timing,
) -> Result<Option<Margin>, SimError> {
    match clock {
        Clock::Period(period) => Ok(Margin::of_period(*period, timing)),
        Clock::Constraints(file) => {
            Margin::of_constraints(workplace, named, file, timing).map(Some)
        }
    }
}

/// Runs OpenSTA: the command, its output, and all that it said.
fn run(workplace: &Workplace, script: &str) -> Result<(Command, Output, String), SimError> {
    workplace.write("timing.tcl", script)?;
    let mut command = Tool::OpenSta.command()?;
    tool::work_in(&mut command, workplace.folder());
    command.args(["-no_splash", "-no_init", "-exit", "timing.tcl"]);
    let output = tool::run(&mut command)?;
    let said = tool::all(&output);
    Ok((command, output, said))
}

/// The error of a report that does not hold what is wanted, if it does not.
fn demand(holds: bool, command: &Command, output: &Output, reason: &str) -> Result<(), SimError> {
    if holds { Ok(()) } else { Err(tool::failure(command, output, reason.to_owned())) }
}

/// What area and timing rest on, one line each.
pub(super) fn assumptions(
    library: &Library,
    options: &Options,
    timing: Option<&Timing>,
    has_macros: bool,
) -> Vec<String> {
    let mut lines = vec![format!("cells of {} at {}", library.name, library.corner)];
    if let Some(timing) = timing {
        lines.push(
            "before placement: no wires, an ideal clock (no skew, no jitter, no clock tree)"
                .to_owned(),
        );
        lines.push(format!(
            "fmax covers the paths to all {} ends (data of flip-flops, outputs), with nothing outside",
            timing.ends
        ));
        lines.push(match library.buffer() {
            Some((buffer, _)) => format!(
                "inputs are driven by one {buffer}, outputs drive {OUTPUT_FANOUT} of them; \
                 the reset is not timed"
            ),
            None => "inputs are ideal, outputs drive nothing; the reset is not timed".to_owned(),
        });
    }
    if has_macros {
        lines.push("macros: paths end and begin at their pins as at ports; no area".to_owned());
    }
    if options.by_module {
        lines.push("mapped module by module: nets between modules have no buffers".to_owned());
    }
    lines
}
