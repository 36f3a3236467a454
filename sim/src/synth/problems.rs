//! What Yosys finds wrong with a design, read from its log.

use serde::Serialize;
use std::collections::BTreeSet;

/// Kinds of mistakes that make a design unfit for synthesis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A signal keeps its value outside any register.
    Latch,
    /// Logic depends on itself without a register in between.
    Loop,
    /// A signal is read and never driven.
    Undriven,
    /// A signal is driven twice.
    Conflict,
    /// The target has no cell for a part of the design.
    Unmapped,
    /// A path is there and its time is not.
    Timing,
}

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Problem {
    /// Its kind.
    pub kind: Kind,
    /// What it is about: signals, and where they are written.
    pub what: String,
}

/// A gap in the timing.
pub(super) const fn timing(what: String) -> Problem {
    Problem { kind: Kind::Timing, what }
}

/// The mistakes that `log` tells of, each once.
pub(super) fn found(log: &str) -> Vec<Problem> {
    let mut problems = BTreeSet::new();
    let mut lines = log.lines().peekable();
    while let Some(line) = lines.next() {
        if let Some(what) = latch(line) {
            problems.insert(Problem { kind: Kind::Latch, what });
            continue;
        }
        let Some(warning) = line.strip_prefix("Warning: ") else { continue };
        let mut details = Vec::new();
        while let Some(detail) = lines.next_if(|line| line.starts_with("    ")) {
            details.push(detail.trim());
        }
        problems.extend(warned(warning, &details));
    }
    once_per_signal(problems)
}

/// "Latch inferred for signal `\top.\signal' from process `\top.$proc$file.v:13$1': ..."
fn latch(line: &str) -> Option<String> {
    let (signal, process) = line.strip_prefix("Latch inferred for signal `")?.split_once('\'')?;
    let place = process.split('$').find(|part| part.contains(".v:"));
    Some(format!("{} ({})", plain(signal), place.unwrap_or("place unknown")))
}

fn warned(warning: &str, details: &[&str]) -> Option<Problem> {
    let (kind, what) = if let Some(rest) = warning.strip_prefix("Wire ") {
        (Kind::Undriven, plain(rest.strip_suffix(" is used but has no driver.")?))
    } else if let Some(signal) = warning.strip_prefix("multiple conflicting drivers for ") {
        (Kind::Conflict, plain(signal.trim_end_matches(':')))
    } else if warning.starts_with("found logic loop") {
        (Kind::Loop, around(details))
    } else {
        return None;
    };
    Some(Problem { kind, what })
}

/// The signals of a loop, and the lines its cells come from.
fn around(details: &[&str]) -> String {
    let wires = details.iter().filter_map(|detail| detail.strip_prefix("wire "));
    let mut signals: Vec<_> = wires.filter(|wire| wire.starts_with('\\')).map(plain).collect();
    let cells = details.iter().filter(|detail| detail.starts_with("cell "));
    let places = cells.filter_map(|cell| cell.split('$').find(|part| part.contains(".v:")));
    signals.extend(places.collect::<BTreeSet<_>>().into_iter().map(str::to_owned));
    signals.join(", ")
}

/// `\top.\signal [3]` as a person writes it.
fn plain(name: &str) -> String {
    name.replace(['\\', ' '], "")
}

/// A loop is found again in the netlist, where it has lost its names.
fn once_per_signal(problems: BTreeSet<Problem>) -> Vec<Problem> {
    let placed = |problem: &&Problem| problem.kind == Kind::Loop && problem.what.contains(".v:");
    let loops_are_placed = problems.iter().any(|problem| placed(&problem));
    let again =
        |problem: &&Problem| problem.kind == Kind::Loop && loops_are_placed && !placed(problem);
    problems.iter().filter(|problem| !again(problem)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_read_once_with_its_signals() {
        let log = "Latch inferred for signal `\\top.\\q_o' from process `\\top.$proc$top.v:13$1': x\n\
            Warning: Wire top.\\nothing is used but has no driver.\n\
            Warning: Wire top.\\nothing is used but has no driver.\n\
            Warning: multiple conflicting drivers for top.\\m_o:\n    module input a_i\n\
            Warning: found logic loop in module top:\n    cell $and$top.v:22$4 ($and)\n    \
            wire $and$top.v:22$4_Y\n    wire \\x\n\
            Warning: found logic loop in module top:\n    cell $abc$1$x.cc:386:f$3 ($_OR_)\n";
        let found: Vec<_> = found(log).into_iter().map(|p| (p.kind, p.what)).collect();
        let expected = [
            (Kind::Latch, "top.q_o (top.v:13)"),
            (Kind::Loop, "x, top.v:22"),
            (Kind::Undriven, "top.nothing"),
            (Kind::Conflict, "top.m_o"),
        ];
        assert_eq!(found, expected.map(|(kind, what)| (kind, what.to_owned())));
        assert!(super::found("Warning: Replacing memory \\a with registers.").is_empty());
    }
}
