//! What OpenSTA warns of, and whether it matters for the cells that a netlist uses.

use std::collections::{BTreeMap, BTreeSet};

/// Groups of a Liberty file about power and noise: no delay depends on them.
const NO_DELAY: [&str; 8] = [
    "power",
    "leakage",
    "current",
    "ccsn_",
    "noise",
    "output_voltage_",
    "receiver_capacitance",
    "intrinsic_",
];

/// Warnings sorted by whom they concern.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Warnings {
    /// About the netlist, its constraints, or the timing of a cell that is used.
    pub findings: Vec<String>,
    /// About the library as a whole.
    pub notes: Vec<String>,
}

impl Warnings {
    /// Sorts what stands in `said`; `liberty` is the text of the file `file`, `is_used` tells which
    /// cells the netlist has. Each matter is named once, wherever else it occurs in the cell.
    pub fn read(said: &str, file: &str, liberty: &str, is_used: impl Fn(&str) -> bool) -> Self {
        let warnings = said.lines().filter_map(|line| line.strip_prefix("Warning: "));
        let (of_library, others): (Vec<_>, Vec<_>) =
            warnings.partition(|warning| warning.starts_with(file));
        let of_library: Vec<_> =
            of_library.iter().filter_map(|warning| numbered(warning.strip_prefix(file)?)).collect();
        let places = places(liberty, of_library.iter().map(|(line, _)| *line).collect());
        let (mut findings, mut notes) = (BTreeSet::new(), BTreeSet::new());
        for (line, what) in of_library {
            let Some(place) = places.get(&line) else { continue };
            match &place.cell {
                None => notes.insert(format!("library: {what}")),
                Some(cell) if place.of_timing && is_used(cell) => {
                    findings.insert(format!("cell {cell}: {what}"))
                }
                Some(_) => false,
            };
        }
        let matters = |warning: &&str| cell_of(warning).is_none_or(&is_used);
        findings.extend(others.into_iter().filter(matters).map(str::to_owned));
        Self { findings: findings.into_iter().collect(), notes: notes.into_iter().collect() }
    }
}

/// The cell that a warning is about: `cell library/LATCH CLK -> Q latch enable is inconsistent`.
fn cell_of(warning: &str) -> Option<&str> {
    let (_, name) = warning.strip_prefix("cell ")?.split_whitespace().next()?.rsplit_once('/')?;
    Some(name)
}

/// `, line 1675 table template hold_3x5 not found.`
fn numbered(warning: &str) -> Option<(usize, &str)> {
    let (number, what) = warning.strip_prefix(", line ")?.split_once(' ')?;
    Some((number.parse().ok()?, what.trim_end_matches('.')))
}

/// Where a line of a Liberty file is.
#[derive(Debug, PartialEq, Eq)]
struct Place {
    /// Cell around it.
    cell: Option<String>,
    /// No group around it is about power or noise.
    of_timing: bool,
}

/// The places of some lines, counted from 1.
fn places(liberty: &str, lines: BTreeSet<usize>) -> BTreeMap<usize, Place> {
    let mut groups = Vec::new();
    let mut head = String::new();
    let mut places = BTreeMap::new();
    for (index, line) in liberty.lines().enumerate() {
        let mut quoted = false;
        for letter in line.chars() {
            match letter {
                '"' => quoted = !quoted,
                _ if quoted => {}
                '{' => groups.push(std::mem::take(&mut head)),
                '}' => {
                    groups.pop();
                    head.clear();
                }
                ';' => head.clear(),
                _ => {}
            }
            if !"{};\"".contains(letter) {
                head.push(letter);
            }
        }
        if lines.contains(&(index + 1)) {
            places.insert(index + 1, Place::of(&groups));
        }
    }
    places
}

impl Place {
    fn of(groups: &[String]) -> Self {
        let heads = groups.iter().filter_map(|group| {
            // What stands before may be a comment, or a value without a semicolon.
            let (before, argument) = group.rsplit_once('(')?;
            let ends = |letter: char| !letter.is_ascii_alphanumeric() && letter != '_';
            let kind = before.trim_end().rsplit(ends).next()?;
            Some((kind, argument.split(')').next()?.trim()))
        });
        let heads: Vec<_> = heads.collect();
        let cell = heads.iter().find(|(kind, _)| *kind == "cell");
        Self {
            cell: cell.map(|(_, name)| (*name).to_owned()),
            of_timing: !heads
                .iter()
                .any(|(kind, _)| NO_DELAY.iter().any(|word| kind.contains(word))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIBERTY: &str = "library (tiny) {\n  unknown : 1;\n  /* no. 1 */cell (\"USED\") {\n    pin (Y) {\n\
        timing () {\n        cell_rise (lost) {\n        }\n      }\n      internal_power () {\n\
        rise_power (lost) { }\n      }\n      ccsn_last_stage () { dc_current (lost) { } }\n    }\n\
        }\n  cell (OTHER) {\n    pin (Y) {\n      capacitance : none;\n    }\n  }\n}\n";

    #[test]
    fn only_what_times_a_used_cell_is_a_finding() {
        let warn =
            |line| format!("Warning: cells.lib, line {line} table template lost not found.\n");
        let said = [6, 7, 10, 12, 17].map(warn).concat() + "PART x\n" + &warn(2);
        let found = Warnings::read(&said, "cells.lib", LIBERTY, |cell| cell == "USED");
        assert_eq!(found.findings, ["cell USED: table template lost not found"]);
        assert_eq!(found.notes, ["library: table template lost not found"]);
        let box_ = "Warning: timing.v, line 9 module LOST not found.  Creating black box for u.\n";
        let found = Warnings::read(box_, "cells.lib", LIBERTY, |_| true);
        assert_eq!(found.findings.len(), 1, "{found:?}");
    }
}
