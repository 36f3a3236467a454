//! The tables of a cell's times: what is wrong with them, and what a tool that needs some gets in
//! their place.

use super::arcs::{Arc, ArcKind};
use super::syntax::{Group, Statement};
use std::collections::BTreeMap;

/// Tables of a delay, and those without which OpenSTA takes a slope for infinitely steep.
const PAIRED: [(&str, &str); 2] =
    [("cell_rise", "rise_transition"), ("cell_fall", "fall_transition")];

/// All tables of a time that paths are made of.
pub(super) const TABLES: [&str; 6] = [
    "cell_rise",
    "cell_fall",
    "rise_transition",
    "fall_transition",
    "rise_constraint",
    "fall_constraint",
];

/// The template of a table that is one number; every library has it.
const SCALAR: &str = "scalar";

/// Axes that a table may have.
pub(super) const AXES: [&str; 3] = ["1", "2", "3"];

/// What makes the times of a cell unfit for use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The pin whose times it concerns.
    pub pin: String,
    /// What is wrong.
    pub what: String,
}

/// Templates of tables by name.
pub(super) struct Templates<'a>(BTreeMap<&'a str, &'a Group>);

impl<'a> Templates<'a> {
    /// Those that `library` declares.
    pub fn of(library: &'a Group) -> Self {
        let templates = library.groups("lu_table_template");
        Self(templates.map(|template| (template.name(), template)).collect())
    }

    /// What is wrong with the table `table`.
    fn fault(&self, table: &Group) -> Option<String> {
        let (head, name) = (&table.head, table.name());
        let values = numbers(table, "values");
        if name == SCALAR {
            let one = values.is_ok_and(|values| values == Some(1));
            return (!one).then(|| format!("{head}: its values are not one number"));
        }
        let Some(template) = self.0.get(name) else {
            if name.is_empty() {
                return Some(format!("{head} names no table template"));
            }
            return Some(format!("table template {name} is not declared"));
        };
        let axes = AXES.map(|axis| {
            template.value(&format!("variable_{axis}"))?;
            let index = format!("index_{axis}");
            let own = numbers(table, &index).transpose();
            Some(own.or_else(|| numbers(template, &index).transpose()).unwrap_or(Ok(0)))
        });
        let axes: Result<Vec<_>, _> = axes.into_iter().flatten().collect();
        match (axes, values) {
            (Err(reason), _) | (_, Err(reason)) => Some(format!("{head}: {reason}")),
            (Ok(axes), _) if axes.is_empty() => {
                Some(format!("table template {name} names no variable"))
            }
            (Ok(axes), Ok(values)) => {
                let (wanted, found) = (axes.iter().product::<usize>(), values.unwrap_or(0));
                (wanted != found || found == 0)
                    .then(|| format!("{head} has {found} values; its indices make {wanted}"))
            }
        }
    }
}

/// How many numbers the list `name` has, if there is such a list; the error names what is none.
fn numbers(group: &Group, name: &str) -> Result<Option<usize>, String> {
    let Some(words) = group.list(name) else { return Ok(None) };
    let words = words.iter().flat_map(|word| word.split([',', ' ', '\t']));
    let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
    let odd = words.iter().find(|word| !word.parse().is_ok_and(f64::is_finite));
    odd.map_or(Ok(Some(words.len())), |odd| Err(format!("{name}: '{odd}' is not a number")))
}

/// The groups `timing` of the cell `group`, and their pins.
fn timings(group: &Group) -> impl Iterator<Item = (&str, &Group)> {
    group.groups("pin").flat_map(|pin| pin.groups("timing").map(|timing| (pin.name(), timing)))
}

/// What is wrong with the times of the cell `group`, each matter once: tables that cannot be read,
/// and those that are missing beside others.
pub(super) fn faults(group: &Group, templates: &Templates<'_>) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (pin, timing) in timings(group) {
        let has = |name: &str| timing.groups(name).next().is_some();
        let tables = TABLES.into_iter().flat_map(|name| timing.groups(name));
        let unfit = tables.filter_map(|table| templates.fault(table));
        let lacking = PAIRED.into_iter().filter(|(delay, slope)| has(delay) && !has(slope));
        let lacking = lacking.map(|(delay, slope)| format!("{delay} without {slope}"));
        for what in unfit.chain(lacking) {
            let fault = Fault { pin: pin.to_owned(), what };
            if !faults.contains(&fault) {
                faults.push(fault);
            }
        }
    }
    faults
}

/// Takes the tables that cannot be read out of the cell `group`: OpenSTA crashes at some of them,
/// and takes for missing what stands behind others.
pub(super) fn drop_unfit(group: &mut Group, templates: &Templates<'_>) {
    let is_unfit =
        |table: &Group| TABLES.contains(&table.head.as_str()) && templates.fault(table).is_some();
    for timing in inner(group, "pin").flat_map(|pin| inner(pin, "timing")) {
        let is_fit = |statement: &Statement| !matches!(statement, Statement::Group(table) if is_unfit(table));
        timing.statements.retain(is_fit);
    }
}

/// The groups `head` in `group`, to be changed.
fn inner<'a>(group: &'a mut Group, head: &'static str) -> impl Iterator<Item = &'a mut Group> {
    group.statements.iter_mut().filter_map(move |statement| match statement {
        Statement::Group(group) if group.is(head) => Some(group),
        _ => None,
    })
}

/// Whether the cell `group` lacks a table of the time between the pins of one of `arcs`, as ABC
/// reads it: it does not know several pins in one group.
pub(super) fn is_incomplete(group: &Group, arcs: &[Arc]) -> bool {
    let is_whole = |timing: &Group| {
        let has = |name: &str| timing.groups(name).next().is_some();
        let pairs = PAIRED.map(|(delay, slope)| (has(delay), has(slope)));
        pairs.contains(&(true, true)) && pairs.iter().all(|(delay, slope)| delay == slope)
    };
    let is_timed = |arc: &Arc| {
        let mut timings = timings(group)
            .filter(|(pin, timing)| {
                *pin == arc.to && timing.value("related_pin") == Some(arc.from.as_str())
            })
            .peekable();
        timings.peek().is_some() && timings.all(|(_, timing)| is_whole(timing))
    };
    arcs.iter().any(|arc| arc.kind == ArcKind::Delay && !is_timed(arc))
}

/// Puts hardly any time in the place of all times of the cell `group`, whose functions show `arcs`.
pub(super) fn neglect(group: &mut Group, arcs: &[Arc]) {
    for pin in inner(group, "pin") {
        pin.statements
            .retain(|inner| !matches!(inner, Statement::Group(group) if group.is("timing")));
        let arcs = arcs.iter().filter(|arc| arc.kind == ArcKind::Delay && arc.to == pin.name());
        let instant: Vec<_> = arcs.map(|arc| Statement::Group(instant(&arc.from))).collect();
        pin.statements.extend(instant);
    }
}

/// A group `timing` after which the output follows the input `from` nearly at once: ABC refuses zero.
fn instant(from: &str) -> Group {
    let group = |head: &str, argument: &str, statements| Group {
        head: head.to_owned(),
        arguments: vec![argument.to_owned()],
        statements,
    };
    let related = Statement::Value("related_pin".to_owned(), format!("\"{from}\""));
    let tables = PAIRED.into_iter().flat_map(|(delay, slope)| [delay, slope]).map(|head| {
        let values = Statement::List("values".to_owned(), vec!["\"0.001\"".to_owned()]);
        Statement::Group(group(head, SCALAR, vec![values]))
    });
    group("timing", "", [related].into_iter().chain(tables).collect())
}
