//! A module as an instance needs it: its parameters and ports.

use super::{Instance, Wires};
use crate::interface::{CLOCK, RESET};
use crate::verilog::{Direction, Ident, Ports};
use std::collections::BTreeSet;

/// A module as the one sees it that makes instances of it.
#[derive(Clone, Debug)]
pub struct Part {
    pub(super) module: String,
    parameters: Vec<String>,
    pub(super) groups: Vec<Group>,
    /// Ports of the module that makes instances.
    pub(super) outer: BTreeSet<String>,
}

/// Ports that belong together, and what they are for.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub title: String,
    pub ports: Vec<Pin>,
}

/// A port: the range is as the outer module declares it.
#[derive(Clone, Debug)]
pub(super) struct Pin {
    pub name: String,
    pub direction: Direction,
    pub range: String,
}

impl Pin {
    /// The signal that it is connected to unless something else is said.
    pub fn signal(&self) -> &str {
        let ends = ["_ni", "_no", "_i", "_o"];
        ends.iter().find_map(|end| self.name.strip_suffix(end)).unwrap_or(&self.name)
    }
}

impl Part {
    /// The module `module`, in one whose ports are `outer`.
    pub fn new(module: &Ident, ports: &Ports, outer: &Ports) -> Self {
        let groups = ports.0.iter().map(|group| Group {
            title: group.title.clone(),
            ports: group
                .ports
                .iter()
                .map(|port| pin(&port.name, port.direction, port.width.named_range()))
                .collect(),
        });
        Self {
            module: module.to_string(),
            parameters: Vec::new(),
            groups: groups.collect(),
            outer: names(outer),
        }
    }

    /// The module `module` as the text of a file of `hdl/` declares it.
    pub fn declared(module: &Ident, text: &str, outer: &Ports) -> Self {
        let lines = || text.lines().map(str::trim_start);
        let ports = lines().filter_map(declared_port).collect();
        Self {
            module: module.to_string(),
            parameters: lines().filter_map(declared_parameter).collect(),
            groups: vec![Group { title: String::new(), ports }],
            outer: names(outer),
        }
    }

    /// The same with parameters.
    #[must_use]
    pub fn parameters(mut self, names: &[&str]) -> Self {
        self.parameters.extend(names.iter().map(|&name| name.to_owned()));
        self
    }

    /// An instance. Every port is connected: to the port of the outer module that is called alike;
    /// if it has none, to the signal that is called like the port without `_i`, `_o`.
    pub fn instance<'a>(&'a self, name: &'a str) -> Instance<'a> {
        Instance::new(self, name)
    }

    /// Declarations of the signals that an instance drives if nothing else is said.
    pub fn wires(&self) -> Wires<'_> {
        Wires::new(self)
    }

    pub(super) fn pins(&self) -> impl Iterator<Item = &Pin> {
        self.groups.iter().flat_map(|group| &group.ports)
    }

    pub(super) fn demand_port(&self, port: &str) {
        assert!(self.pins().any(|pin| pin.name == port), "{} has no port {port}", self.module);
    }

    pub(super) fn demand_parameter(&self, parameter: &str) {
        let Self { module, parameters, .. } = self;
        assert!(parameters.iter().any(|known| known == parameter), "{module} has no {parameter}");
    }

    /// What `pin` is connected to unless something else is said.
    pub(super) fn default_signal(&self, pin: &Pin, prefix: &str) -> String {
        let prefix = if [CLOCK, RESET].contains(&pin.name.as_str()) { "" } else { prefix };
        let port = format!("{prefix}{}", pin.name);
        if self.outer.contains(&port) { port } else { format!("{prefix}{}", pin.signal()) }
    }
}

fn pin(name: &str, direction: Direction, range: String) -> Pin {
    Pin { name: name.to_owned(), direction, range }
}

fn names(ports: &Ports) -> BTreeSet<String> {
    ports.0.iter().flat_map(|group| &group.ports).map(|port| port.name.clone()).collect()
}

/// `input  wire [Width-1:0] data_i,  // comment`
fn declared_port(line: &str) -> Option<Pin> {
    let direction = match line.split_whitespace().next()? {
        "input" => Direction::Input,
        "output" => Direction::Output,
        _ => return None,
    };
    let declared = line.split("//").next().unwrap_or_default();
    let name = declared.trim_end().trim_end_matches(',').split_whitespace().next_back()?;
    let range = declared.split_once('[').and_then(|(_, rest)| rest.split_once(']'));
    Some(pin(name, direction, range.map_or_else(String::new, |(range, _)| format!("[{range}]"))))
}

/// `parameter [31:0] Width = 32'd8,`
fn declared_parameter(line: &str) -> Option<String> {
    let declared = line.strip_prefix("parameter ")?.split('=').next()?;
    declared.split_whitespace().next_back().map(str::to_owned)
}
