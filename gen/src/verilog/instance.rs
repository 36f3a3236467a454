//! Instances of modules, wired by the ports of the module.

use super::{Direction, Ident, Ports};
use crate::interface::{CLOCK, RESET};
use std::borrow::Borrow;
use std::collections::BTreeSet;
use std::fmt;

/// A module as the one sees it that makes instances of it.
#[derive(Clone, Debug)]
pub struct Part {
    module: String,
    parameters: Vec<String>,
    groups: Vec<Group>,
    /// Ports of the module that makes instances.
    outer: BTreeSet<String>,
}

/// Ports that belong together, and what they are for.
#[derive(Clone, Debug)]
struct Group {
    title: String,
    ports: Vec<Pin>,
}

/// A port: the range is as the outer module declares it.
#[derive(Clone, Debug)]
struct Pin {
    name: String,
    direction: Direction,
    range: String,
}

impl Pin {
    /// The signal that it is connected to unless something else is said.
    fn signal(&self) -> &str {
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
        Instance {
            part: self,
            name,
            settings: Vec::new(),
            connections: Vec::new(),
            renamed: Vec::new(),
            prefix: "",
            indent: INDENT,
        }
    }

    /// Declarations of the signals that an instance drives if nothing else is said.
    pub fn wires(&self) -> Wires<'_> {
        Wires { part: self, settings: Vec::new(), without: Vec::new(), prefix: "", indent: INDENT }
    }

    fn pins(&self) -> impl Iterator<Item = &Pin> {
        self.groups.iter().flat_map(|group| &group.ports)
    }

    fn demand_port(&self, port: &str) {
        assert!(self.pins().any(|pin| pin.name == port), "{} has no port {port}", self.module);
    }

    fn demand_parameter(&self, parameter: &str) {
        let Self { module, parameters, .. } = self;
        assert!(parameters.iter().any(|known| known == parameter), "{module} has no {parameter}");
    }

    /// What `pin` is connected to unless something else is said.
    fn default_signal(&self, pin: &Pin, prefix: &str) -> String {
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

#[cfg(test)]
mod tests {
    use super::super::{Port, PortGroup, Width};
    use super::*;

    fn ports(ports: Vec<Port>) -> Ports {
        Ports(vec![PortGroup::clock_and_reset(), PortGroup::new("Sum", ports)])
    }

    fn adder() -> Part {
        let sum = Width::new(12).named("SumWidth");
        let inner = ports(vec![
            Port::input("start_i", Width::new(1)),
            Port::input("addend_i", Width::new(11)),
            Port::output("sum_o", sum),
            Port::output("valid_o", Width::new(1)),
        ]);
        let outer = ports(vec![Port::output("valid_o", Width::new(1))]);
        Part::new(&Ident::new("adder").expect("a legal name"), &inner, &outer)
    }

    #[test]
    fn ports_are_connected_by_name_unless_something_else_is_said() {
        assert_eq!(
            adder().instance("u_adder").with("start_i", "go & ~wait").to_string(),
            "adder u_adder (\n        \
             .clk_i    (clk_i),\n        \
             .rst_ni   (rst_ni),\n        \
             .start_i  (go & ~wait),\n        \
             .addend_i (addend),\n        \
             .sum_o    (sum),\n        \
             .valid_o  (valid_o)\n    );"
        );
    }

    #[test]
    fn wires_are_what_is_driven_and_not_passed_on() {
        assert_eq!(adder().wires().to_string(), "wire [SumWidth-1:0] sum;");
        assert_eq!(adder().wires().without("sum_o").to_string(), "");
    }

    #[test]
    fn a_port_that_is_there_sometimes_is_connected_sometimes() {
        let adder = adder();
        let text = |there| adder.instance("u").with_if(there, "sum_o", "total").to_string();
        assert!(text(true).contains(".sum_o    (total)"));
        assert!(text(false).contains(".sum_o    (sum)"));
    }

    #[test]
    fn names_may_begin_otherwise() {
        let adder = adder();
        let text = adder.instance("u_left").prefix("left_").renamed("add", "sub").to_string();
        for expected in [".clk_i    (clk_i)", ".addend_i (subend)", ".sum_o    (left_sum)"] {
            assert!(text.contains(expected), "{text}");
        }
        let wires = adder.wires().prefix("left_").to_string();
        assert_eq!(wires, "wire [SumWidth-1:0] left_sum;\n    wire                left_valid;");
    }

    #[test]
    fn a_file_of_the_library_declares_parameters_and_ports() {
        let text = "module ring #(\n    parameter [31:0] Width = 32'd8,\n    \
                    parameter AddressWidth = $clog2(Depth)  // bits\n) (\n    \
                    input  wire             push_i,  // [no range]\n    \
                    output wire [Width-1:0] data_o\n);\n";
        let ring = Ident::new("ring").expect("a legal name");
        let part = Part::declared(&ring, text, &Ports(Vec::new()));
        assert_eq!(part.wires().to_string(), "wire [Width-1:0] data;");
        let wires = part.wires().set("Width", "WordWidth").to_string();
        assert_eq!(wires, "wire [WordWidth-1:0] data;");
        assert_eq!(
            part.instance("u_ring").set("AddressWidth", 3).indent(0).to_string(),
            "ring #(\n    .AddressWidth (3)\n) u_ring (\n    \
             .push_i (push),\n    .data_o (data)\n);"
        );
    }

    #[test]
    #[should_panic(expected = "adder has no port adend_i")]
    fn an_exception_is_of_a_port() {
        let _ = adder().instance("u_adder").with("adend_i", "two");
    }

    #[test]
    #[should_panic(expected = "adder: sum_o is connected twice")]
    fn a_port_is_connected_once() {
        let _ = adder().instance("u_adder").with("sum_o", "sum").with("sum_o", "total");
    }

    #[test]
    #[should_panic(expected = "u_adder: sum_o and another port are addend")]
    fn an_output_drives_what_no_other_port_is_connected_to() {
        let _ = adder().instance("u_adder").with("sum_o", "addend").to_string();
    }

    #[test]
    #[should_panic(expected = "adder has no Depth")]
    fn a_value_is_of_a_parameter() {
        let _ = adder().instance("u_adder").set("Depth", 3);
    }

    #[test]
    #[should_panic(expected = "adder has no port multiplier_")]
    fn what_begins_otherwise_is_there() {
        let _ = adder().instance("u_adder").renamed("multiplier_", "");
    }

    #[test]
    #[should_panic(expected = "adder has no port summ_o")]
    fn a_wire_that_is_left_out_is_of_a_port() {
        let _ = adder().wires().without("summ_o");
    }
}
