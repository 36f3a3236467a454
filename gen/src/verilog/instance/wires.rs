//! The signals that instances drive.

use super::INDENT;
use super::part::{Part, Pin};
use crate::verilog::Direction;
use std::fmt;

/// Declarations of what an instance drives, in the groups of its ports; lines after the first one
/// are indented.
#[derive(Clone, Debug)]
pub struct Wires<'a> {
    part: &'a Part,
    settings: Vec<(&'a str, &'a str)>,
    without: Vec<&'a str>,
    prefix: &'a str,
    indent: usize,
}

impl<'a> Wires<'a> {
    pub(super) const fn new(part: &'a Part) -> Self {
        Self { part, settings: Vec::new(), without: Vec::new(), prefix: "", indent: INDENT }
    }

    /// The same with `value` for the parameter `parameter`.
    ///
    /// # Panics
    /// If the module has no such parameter: a mistake in a template.
    #[must_use]
    pub fn set(mut self, parameter: &'a str, value: &'a str) -> Self {
        self.part.demand_parameter(parameter);
        self.settings.push((parameter, value));
        self
    }

    /// The same of an instance whose signals begin with `prefix`.
    #[must_use]
    pub const fn prefix(mut self, prefix: &'a str) -> Self {
        self.prefix = prefix;
        self
    }

    /// The same without that of `port`, which is connected to something else.
    ///
    /// # Panics
    /// If the module has no such port: a mistake in a template.
    #[must_use]
    pub fn without(mut self, port: &'a str) -> Self {
        self.part.demand_port(port);
        self.without.push(port);
        self
    }

    /// The same in a block whose lines are indented by `indent`.
    #[must_use]
    pub const fn indent(mut self, indent: usize) -> Self {
        self.indent = indent;
        self
    }

    fn is_declared(&self, pin: &Pin) -> bool {
        let passed_on = self.part.outer.contains(&format!("{}{}", self.prefix, pin.name));
        pin.direction == Direction::Output && !passed_on && !self.without.contains(&&*pin.name)
    }

    fn range(&self, pin: &Pin) -> String {
        let set = |range: String, (name, value): &(&str, &str)| range.replace(name, value);
        self.settings.iter().fold(pin.range.clone(), set)
    }
}

impl fmt::Display for Wires<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let groups = self.part.groups.iter().map(|group| {
            let declared = group.ports.iter().filter(|pin| self.is_declared(pin));
            (&group.title, declared.collect::<Vec<_>>())
        });
        let groups: Vec<_> = groups.filter(|(_, declared)| !declared.is_empty()).collect();
        let all = || groups.iter().flat_map(|(_, declared)| declared);
        let widest = all().map(|pin| self.range(pin).len()).max().unwrap_or(0);
        let gap = if widest == 0 { "" } else { " " };
        let mut lines = Vec::new();
        for (title, declared) in &groups {
            if groups.len() > 1 {
                lines.extend(title.lines().map(|line| format!("// {line}")));
            }
            let wire = |pin: &&Pin| {
                let signal = self.part.default_signal(pin, self.prefix);
                format!("wire{gap}{:widest$} {signal};", self.range(pin))
            };
            lines.extend(declared.iter().map(wire));
        }
        f.write_str(&lines.join(&format!("\n{:1$}", "", self.indent)))
    }
}
