//! Instances of modules, wired by the ports of the module.

mod part;
#[cfg(test)]
mod tests;
mod wires;

pub use part::Part;
pub use wires::Wires;

use super::Direction;
use part::Pin;
use std::borrow::Borrow;
use std::fmt;

/// Spaces before a line of a module that is in no block.
const INDENT: usize = 4;

/// An instance; prints itself from the name of its module to the semicolon, columns aligned, lines
/// after the first one indented.
#[derive(Clone, Debug)]
pub struct Instance<'a> {
    part: &'a Part,
    name: &'a str,
    settings: Vec<(&'a str, String)>,
    connections: Vec<(&'a str, String)>,
    renamed: Vec<(&'a str, &'a str)>,
    prefix: &'a str,
    indent: usize,
}

impl<'a> Instance<'a> {
    const fn new(part: &'a Part, name: &'a str) -> Self {
        Self {
            part,
            name,
            settings: Vec::new(),
            connections: Vec::new(),
            renamed: Vec::new(),
            prefix: "",
            indent: INDENT,
        }
    }

    /// The same with `value` for the parameter `parameter`.
    ///
    /// # Panics
    /// If the module has no such parameter, or it has a value: a mistake in a template.
    #[must_use]
    pub fn set(mut self, parameter: &'a str, value: impl ToString) -> Self {
        self.part.demand_parameter(parameter);
        let module = &self.part.module;
        assert!(!given(&self.settings, parameter), "{module}: {parameter} is set twice");
        self.settings.push((parameter, value.to_string()));
        self
    }

    /// The same with `port` connected to `signal`, which may be of several lines.
    ///
    /// # Panics
    /// If the module has no such port, or it is connected to something else already: a mistake in
    /// a template.
    #[must_use]
    pub fn with(mut self, port: &'a str, signal: impl ToString) -> Self {
        self.part.demand_port(port);
        assert!(!given(&self.connections, port), "{}: {port} is connected twice", self.part.module);
        self.connections.push((port, signal.to_string()));
        self
    }

    /// The same, where `condition` holds, with `port`, which exists only then, connected to `signal`.
    #[must_use]
    pub fn with_if(
        self,
        condition: impl Borrow<bool>,
        port: &'a str,
        signal: impl ToString,
    ) -> Self {
        if *condition.borrow() { self.with(port, signal) } else { self }
    }

    /// The same with every port whose name begins with `from`, unless it is connected by its whole
    /// name, connected to the signal whose name begins with `to` instead.
    ///
    /// # Panics
    /// If no port begins so: a mistake in a template.
    #[must_use]
    pub fn renamed(mut self, from: &'a str, to: &'a str) -> Self {
        let known = self.part.pins().any(|pin| pin.name.starts_with(from));
        assert!(known, "{} has no port {from}..", self.part.module);
        self.renamed.push((from, to));
        self
    }

    /// The same with ports, or signals, whose names begin with `prefix`; but for clock and reset.
    #[must_use]
    pub const fn prefix(mut self, prefix: &'a str) -> Self {
        self.prefix = prefix;
        self
    }

    /// The same in a block whose lines are indented by `indent`.
    #[must_use]
    pub const fn indent(mut self, indent: usize) -> Self {
        self.indent = indent;
        self
    }

    /// What `pin` is connected to.
    fn signal(&self, pin: &Pin) -> String {
        let said = self.connections.iter().find(|(port, _)| *port == pin.name);
        let renamed = || {
            let (from, to) = self.renamed.iter().find(|(from, _)| pin.name.starts_with(from))?;
            Some(format!("{to}{}", &pin.signal()[from.len()..]))
        };
        let said = said.map(|(_, signal)| signal.clone()).or_else(renamed);
        said.unwrap_or_else(|| self.part.default_signal(pin, self.prefix))
    }

    /// The connections in the order of the ports.
    ///
    /// # Panics
    /// If an output is connected to what another port is connected to: a mistake in a template.
    fn connected(&self) -> Vec<(&str, String)> {
        let connected = |pin: &'a Pin| (pin.name.as_str(), self.signal(pin));
        let all: Vec<_> = self.part.pins().map(connected).collect();
        let outputs = self.part.pins().filter(|pin| pin.direction == Direction::Output);
        for (output, signal) in outputs.map(connected) {
            let to_it = all.iter().filter(|(_, other)| *other == signal).count();
            assert!(to_it == 1, "{}: {output} and another port are {signal}", self.name);
        }
        all
    }
}

fn given(named: &[(&str, String)], name: &str) -> bool {
    named.iter().any(|(known, _)| *known == name)
}

impl fmt::Display for Instance<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { part, name, indent, .. } = self;
        write!(f, "{} ", part.module)?;
        if !self.settings.is_empty() {
            write!(f, "#(")?;
            list(f, &self.settings, *indent)?;
            write!(f, "{:indent$}) ", "")?;
        }
        write!(f, "{name} (")?;
        list(f, &self.connected(), *indent)?;
        write!(f, "{:indent$});", "")
    }
}

/// `.name (value)`, one a line.
fn list(f: &mut fmt::Formatter<'_>, named: &[(&str, String)], indent: usize) -> fmt::Result {
    let widest = named.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let (step, further) = (indent + INDENT, indent + 2 * INDENT);
    writeln!(f)?;
    for (place, (name, value)) in named.iter().enumerate() {
        let comma = if place + 1 < named.len() { "," } else { "" };
        let mut lines = value.lines();
        write!(f, "{:step$}.{name:widest$} ({}", "", lines.next().unwrap_or_default())?;
        for line in lines {
            write!(f, "\n{:further$}{}", "", line.trim_start())?;
        }
        writeln!(f, "){comma}")?;
    }
    Ok(())
}
