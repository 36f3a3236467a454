//! The margin against a clock of the user's: a period, or a file of constraints.

use super::report::with_square_brackets;
use super::script::{constrained, part};
use super::{Timing, demand, run};
use crate::SimError;
use crate::netlist::Netlist;
use crate::synth::script::{PORTS_VERILOG, SDC};
use crate::yosys::Workplace;
use hwgen_gen::interface::CLOCK;
use serde::Serialize;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A clock of the user's.
#[derive(Clone, Debug, PartialEq)]
pub enum Clock {
    /// Its period in ns. What is around the design takes no time.
    Period(f64),
    /// Constraints, in nanoseconds and picofarads, that OpenSTA reads as they are.
    Constraints(PathBuf),
}

/// How the netlist stands to the clock: setup times only.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Margin {
    /// Slack of the worst path in ns; below zero, it is too slow.
    pub slack_ns: f64,
    /// First register or port of this path.
    pub start: String,
    /// Last register or port of this path.
    pub end: String,
    /// Ends of paths that the clock constrains.
    pub constrained: u64,
    /// Ends of paths that there are.
    pub ends: u64,
    /// What OpenSTA says of the constraints that changes nothing.
    pub notes: Vec<String>,
}

impl Margin {
    /// Whether no path is too slow.
    pub fn is_met(&self) -> bool {
        self.slack_ns >= 0.0
    }

    /// The margin against a clock with this period in ns.
    pub(super) fn of_period(period: f64, timing: &Timing) -> Option<Self> {
        let worst = timing.paths.first()?;
        Some(Self {
            slack_ns: period - worst.delay_ns,
            start: worst.start.clone(),
            end: worst.end.clone(),
            constrained: timing.ends,
            ends: timing.ends,
            notes: Vec::new(),
        })
    }

    /// The margin that the constraints in `file`, which the workplace has, leave; refused if OpenSTA
    /// complains of them, if they make no clock for the design, or if they constrain nothing.
    pub(super) fn of_constraints(
        workplace: &Workplace,
        named: &Netlist,
        file: &Path,
        timing: &Timing,
    ) -> Result<Self, SimError> {
        let verilog = super::report::with_round_brackets(&workplace.read(PORTS_VERILOG)?);
        workplace.write(PORTS_VERILOG, &verilog)?;
        let (command, output, said) = run(workplace, &constrained(named.top_name()))?;
        let refused = |reason: String| SimError::Content { path: file.to_owned(), reason };
        let complaints = said.lines().filter_map(complaint);
        let (notes, complaints): (Vec<_>, Vec<_>) = complaints.partition(|said| is_harmless(said));
        if !complaints.is_empty() {
            return Err(refused(complaints.join("; ")));
        }
        demand(said.contains("PART end"), &command, &output, "it did not end its script")?;
        if !part(&said, "clocks").lines().skip(1).any(|source| source == CLOCK) {
            return Err(refused(format!("it makes no clock at {CLOCK}")));
        }
        let paths = part(&said, "slacks").lines().filter_map(|line| {
            let mut words = line.splitn(3, ' ');
            let slack: f64 = words.next()?.parse().ok()?;
            Some((slack, words.next()?, words.next()?))
        });
        let paths: Vec<_> = paths.collect();
        let worst = paths.iter().min_by(|a, b| a.0.total_cmp(&b.0));
        let Some((slack_ns, start, end)) = worst else {
            return Err(refused("it constrains no path of this design".to_owned()));
        };
        let ends: BTreeSet<_> = paths.iter().map(|(_, _, end)| end).collect();
        let name = |name: &str| named.end(&with_square_brackets(name));
        Ok(Self {
            slack_ns: *slack_ns,
            start: name(start),
            end: name(end),
            constrained: ends.len() as u64,
            ends: timing.ends,
            notes,
        })
    }
}

/// `Error: user.sdc, 2 invalid command name "foo"` as `line 2: invalid command name "foo"`.
fn complaint(line: &str) -> Option<String> {
    let rest = line.strip_prefix("Error: ").or_else(|| line.strip_prefix("Warning: "))?;
    let rest = rest.strip_prefix(SDC)?.strip_prefix(", ")?;
    let (number, what) = rest.strip_prefix("line ").unwrap_or(rest).split_once(' ')?;
    Some(format!("line {number}: {}", what.trim_end_matches('.')))
}

/// Whether all that was asked of real paths is done: a pin where none begins or ends was named, too.
fn is_harmless(complaint: &str) -> bool {
    ["is not a valid startpoint", "is not a valid endpoint"]
        .iter()
        .any(|end| complaint.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::{complaint, is_harmless};

    #[test]
    fn complaints_name_the_line() {
        let said = "Error: user.sdc, 2 invalid command name \"foo\"";
        assert_eq!(complaint(said).as_deref(), Some("line 2: invalid command name \"foo\""));
        let said = "Warning: user.sdc, line 1 'q_reg/R' is not a valid startpoint.";
        let said = complaint(said).expect("a complaint");
        assert_eq!(said, "line 1: 'q_reg/R' is not a valid startpoint");
        assert!(is_harmless(&said));
        assert_eq!(complaint("Warning: cells.lib, line 3 table template x not found."), None);
    }
}
