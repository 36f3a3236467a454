//! Whether all was timed that the netlist has: cells by their functions, ends of paths by who
//! reaches them.

use super::report::with_square_brackets;
use super::script::{END, GROUPS, ends_of, example, part};
use crate::liberty::{Arc, ArcKind, Library};
use crate::netlist::{End, Netlist};
use std::collections::BTreeSet;

/// What has to be timed.
pub(super) struct Expected {
    /// Type of cell, an instance, and the pins between which OpenSTA must know a time.
    pub examples: Vec<(String, String, Arc)>,
    ends: Vec<End>,
}

impl Expected {
    /// What the structure of `netlist` and the functions of the cells show.
    pub fn of(netlist: &Netlist, library: &Library) -> Self {
        let arcs = |kind: &str| library.cells.get(kind).map_or(&[][..], |cell| &cell.arcs);
        Self { examples: netlist.examples(arcs), ends: netlist.ends(arcs) }
    }

    /// How many ends of paths there are.
    pub fn ends(&self) -> u64 {
        self.ends.len() as u64
    }

    /// What of it is not in `answer`; registers are called as in `named`.
    pub fn missing(&self, answer: &str, named: &Netlist) -> Vec<String> {
        let arcs = self.examples.iter().enumerate();
        let arcs = arcs
            .filter_map(|(index, (kind, _, arc))| lacks(part(answer, &example(index)), kind, arc));
        let ends = GROUPS.iter().filter_map(|group| {
            let ends = self.ends.iter().filter(|end| group.expects(end));
            lost(group.name, &ends.collect::<Vec<_>>(), answer, named)
        });
        arcs.chain(ends).collect()
    }
}

impl super::script::Group {
    /// Whether the structure has a path of this group to `end`.
    fn expects(&self, end: &End) -> bool {
        let starts = if self.name.starts_with("register") {
            end.starts.registers
        } else {
            end.starts.inputs
        };
        starts && end.is_register == self.name.ends_with("register")
    }
}

/// Which times of an arc are not in OpenSTA's report of its edges, such as
///
/// ```text
/// CLK -> D setup
///   ^ -> v 0.16:0.16
/// ```
fn lacks(report: &str, kind: &str, arc: &Arc) -> Option<String> {
    let wanted: &[&str] = match arc.kind {
        ArcKind::Delay => &[" combinational", " Tristate Enable", " Tristate Disable"],
        ArcKind::ClockToOutput => &[" Reg Clk to Q"],
        ArcKind::Setup => &[" setup"],
    };
    let mut of_this_kind = false;
    let mut edges = BTreeSet::new();
    for line in report.lines() {
        let words: Vec<_> = line.split_whitespace().collect();
        match words[..] {
            ["^" | "v", "->", to, ..] if of_this_kind => {
                edges.insert(to);
            }
            [_, "->", _, _, ..] if !line.starts_with(' ') => {
                of_this_kind = wanted.iter().any(|wanted| line.ends_with(wanted));
            }
            _ => {}
        }
    }
    let lacking = match (edges.contains("^"), edges.contains("v")) {
        (true, true) => return None,
        (true, false) => " falling",
        (false, true) => " rising",
        (false, false) => "",
    };
    let Arc { from, to, .. } = arc;
    Some(match arc.kind {
        ArcKind::Setup => format!("cell {kind} has no setup time of {to}{lacking} before {from}"),
        _ => format!("cell {kind} has no delay from {from} to {to}{lacking}"),
    })
}

/// The ends of a group to which OpenSTA found no path.
fn lost(group: &str, expected: &[&End], answer: &str, named: &Netlist) -> Option<String> {
    let timed = part(answer, &ends_of(group)).lines().filter_map(|line| line.strip_prefix(END));
    let timed: BTreeSet<_> = timed.map(with_square_brackets).collect();
    let mut lost = expected.iter().filter(|end| !timed.contains(&end.name)).peekable();
    let first = named.end(&lost.peek()?.name);
    let (count, all) = (lost.count(), expected.len());
    Some(format!("{group}: {count} of {all} ends of paths are not timed, such as {first}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arc_needs_a_time_for_either_edge() {
        let arc = |kind| Arc { kind, from: "CLK".to_owned(), to: "D".to_owned() };
        let setup = |report| lacks(report, "DFF", &arc(ArcKind::Setup));
        let hold = "CLK -> D hold\n  ^ -> ^ 0.1:0.1\n  ^ -> v 0.1:0.1\n";
        let rising = "CLK -> D setup\n  Condition: S*R\n  ^ -> ^ 0.1:0.1\n";
        let both = format!("{hold}{rising}  ^ -> v 0.1:0.1\n");
        assert_eq!(setup(&both), None);
        let lack = |what| Some(format!("cell DFF has no setup time of D{what} before CLK"));
        assert_eq!(setup(rising), lack(" falling"));
        assert_eq!(setup(&format!("CLK -> D setup\n{hold}")), lack(""));
        assert!(lacks(&both, "DFF", &arc(ArcKind::Delay)).is_some());
    }
}
