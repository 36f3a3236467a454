//! A design as Yosys sees it: the ports of the top module, and the cells of a netlist.

mod arrays;
mod depth;
mod ends;
mod registers;

pub use arrays::{Array, arrays};
pub(crate) use ends::End;

use crate::SimError;
use crate::yosys::{self, Workplace};
use hwgen_gen::verilog::{Direction, Port, Width};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The attribute that a script puts on what was a register in the RTL.
pub(crate) const REGISTER: &str = "register";

/// What follows the name of a register in the name of its flip-flop.
pub(crate) const REGISTER_CELL: &str = "_reg";

/// A design as `write_json` writes it: flat, or with modules in modules.
#[derive(Debug, Deserialize)]
pub struct Netlist {
    #[serde(skip)]
    top: String,
    modules: BTreeMap<String, Module>,
}

/// One module.
#[derive(Debug, Deserialize)]
struct Module {
    #[serde(default)]
    attributes: BTreeMap<String, serde_json::Value>,
    ports: BTreeMap<String, JsonPort>,
    #[serde(default)]
    cells: BTreeMap<String, JsonCell>,
    #[serde(default)]
    netnames: BTreeMap<String, JsonNet>,
}

#[derive(Debug, Deserialize)]
struct JsonPort {
    direction: String,
    bits: Vec<Bit>,
}

#[derive(Debug, Deserialize)]
struct JsonCell {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    port_directions: BTreeMap<String, String>,
    connections: BTreeMap<String, Vec<Bit>>,
}

#[derive(Debug, Deserialize)]
struct JsonNet {
    hide_name: u8,
    bits: Vec<Bit>,
    #[serde(default)]
    attributes: BTreeMap<String, serde_json::Value>,
}

/// One bit of a signal: the number of a net, or a constant.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(untagged)]
enum Bit {
    Net(u32),
    Constant(String),
}

/// The ports of `top`, sorted by name.
pub fn ports(modules: &[hwgen_gen::Module], top: &str) -> Result<Vec<Port>, SimError> {
    let workplace = Workplace::new(modules)?;
    let script = format!(
        "{}hierarchy -check -top {top}\nblackbox\nwrite_json ports.json\n",
        yosys::read(modules)
    );
    workplace.run(&script, "ports.json")?;
    Netlist::read(&workplace, "ports.json", top)?.ports(&workplace)
}

impl Netlist {
    /// The design `top` in a file that `write_json` wrote.
    pub(crate) fn read(workplace: &Workplace, file: &str, top: &str) -> Result<Self, SimError> {
        let netlist = Self::parse(&workplace.read(file)?, top);
        netlist.map_err(|reason| SimError::Product { path: workplace.path(file), reason })
    }

    fn parse(text: &str, top: &str) -> Result<Self, String> {
        let netlist: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if !netlist.modules.contains_key(top) {
            return Err(format!("it has no module {top}"));
        }
        Ok(Self { top: top.to_owned(), ..netlist })
    }

    /// Name of the top module.
    pub(crate) fn top_name(&self) -> &str {
        &self.top
    }

    fn top(&self) -> &Module {
        &self.modules[&self.top]
    }

    /// The module behind a type of cells, if it is not a cell of the target or a macro.
    fn inside(&self, kind: &str) -> Option<&Module> {
        let foreign = |module: &&Module| {
            ["blackbox", "whitebox"].iter().any(|name| module.attributes.contains_key(*name))
        };
        self.modules.get(kind).filter(|module| !foreign(module))
    }

    fn ports(&self, workplace: &Workplace) -> Result<Vec<Port>, SimError> {
        let ports = self.top().ports.iter().map(|(name, port)| {
            let direction = match port.direction.as_str() {
                "input" => Direction::Input,
                "output" => Direction::Output,
                other => {
                    let reason = format!("port {name} is {other}, neither input nor output");
                    return Err(SimError::Product { path: workplace.path(name), reason });
                }
            };
            let width = Width::new(port.bits.len() as u32);
            Ok(Port { name: name.clone(), direction, width })
        });
        ports.collect()
    }

    /// Types of cells, and how many there are of each in all modules together.
    pub(crate) fn cells(&self) -> BTreeMap<String, u64> {
        let mut cells = BTreeMap::new();
        self.add_cells(self.top(), 1, &mut cells);
        cells
    }

    fn add_cells(&self, module: &Module, instances: u64, cells: &mut BTreeMap<String, u64>) {
        let mut own = BTreeMap::<&str, u64>::new();
        for cell in module.cells.values() {
            *own.entry(&cell.kind).or_default() += instances;
        }
        for (kind, count) in own {
            match self.inside(kind) {
                Some(inner) => self.add_cells(inner, count, cells),
                None => *cells.entry(kind.to_owned()).or_default() += count,
            }
        }
    }

    /// The largest number of cells between two registers or ports, across modules; `holds_state`
    /// tells which types of cells end a path. A loop counts as nothing.
    pub(crate) fn depth(&self, holds_state: impl Fn(&str) -> bool) -> u32 {
        depth::Graph::new(self, holds_state).longest()
    }

    /// The name a designer gave to the register in cell `instance` of the top module, such as `u_unit.sum_q[3]`.
    /// Of several names of a net, it is the one that bears the attribute [`REGISTER`].
    pub(crate) fn register(&self, instance: &str) -> Option<String> {
        let cell = self.top().cells.get(instance)?;
        if let Some(register) = instance.strip_suffix(REGISTER_CELL) {
            return Some(register.to_owned());
        }
        cell.bits("output").find_map(|output| self.top().name(output))
    }

    /// The name a designer knows the end `instance/pin` of a path by; a port keeps its own.
    pub(crate) fn end(&self, name: &str) -> String {
        let register = name.split_once('/').and_then(|(instance, _)| self.register(instance));
        register.unwrap_or_else(|| name.to_owned())
    }
}

impl Module {
    /// How many nets it has, at most: their numbers are below this.
    fn nets(&self) -> u32 {
        let ports = self.ports.values().flat_map(|port| &port.bits);
        let cells = self.cells.values().flat_map(|cell| cell.connections.values().flatten());
        ports.chain(cells).filter_map(Bit::net).map(|net| net + 1).max().unwrap_or(0)
    }

    fn name(&self, bit: &Bit) -> Option<String> {
        let public = self.netnames.iter().filter(|(_, net)| net.hide_name == 0);
        let names = public.filter_map(|(name, net)| {
            let index = net.bits.iter().position(|candidate| candidate == bit)?;
            let whole = net.bits.len() == 1;
            let name = if whole { name.clone() } else { format!("{name}[{index}]") };
            Some((net.attributes.contains_key(REGISTER), name))
        });
        names.max_by_key(|(is_register, _)| *is_register).map(|(_, name)| name)
    }
}

impl Bit {
    const fn net(&self) -> Option<u32> {
        match self {
            Self::Net(number) => Some(*number),
            Self::Constant(_) => None,
        }
    }
}

impl JsonCell {
    fn nets(&self, direction: &'static str) -> impl Iterator<Item = u32> {
        self.bits(direction).filter_map(Bit::net)
    }

    fn bits(&self, direction: &'static str) -> impl Iterator<Item = &Bit> {
        let ports = self.port_directions.iter().filter(move |(_, d)| *d == direction);
        let bits = ports.filter_map(|(port, _)| self.connections.get(port)).flatten();
        bits.filter(|bit| matches!(bit, Bit::Net(_)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_counts_logic_between_registers() {
        let netlist = parse(
            r#"{"top": {"ports": {}, "cells": {
            "a": {"type": "AND", "port_directions": {"A": "input", "B": "input", "Y": "output"},
                  "connections": {"A": [2], "B": [3], "Y": [4]}},
            "b": {"type": "AND", "port_directions": {"A": "input", "B": "input", "Y": "output"},
                  "connections": {"A": [4], "B": ["1"], "Y": [5]}},
            "q": {"type": "DFF", "port_directions": {"D": "input", "Q": "output"},
                  "connections": {"D": [5], "Q": [2]}}},
            "netnames": {
                "alias": {"hide_name": 0, "bits": [2]},
                "sum_q": {"hide_name": 0, "bits": [9, 2], "attributes": {"register": "1"}},
                "z": {"hide_name": 0, "bits": [2]}}}}"#,
        );
        assert_eq!(netlist.depth(|kind| kind == "DFF"), 2);
        assert_eq!(netlist.cells()["AND"], 2);
        assert_eq!(netlist.register("q").as_deref(), Some("sum_q[1]"));
        // Without the register it is one loop.
        assert_eq!(netlist.depth(|_| false), 0);
    }

    /// Three inverters in a row: the second is in a module, which also lets a signal pass.
    const HIERARCHY: &str = r#"{
        "top": {
            "ports": {
                "i": {"direction": "input", "bits": [2]},
                "o": {"direction": "output", "bits": [5]}},
            "cells": {
                "first": {"type": "NOT", "port_directions": {"A": "input", "Y": "output"},
                    "connections": {"A": [2], "Y": [3]}},
                "one": {"type": "inner", "port_directions": {"a": "input", "y": "output"},
                    "connections": {"a": [3, 9], "y": [4, 10]}},
                "two": {"type": "inner", "port_directions": {"a": "input", "y": "output"},
                    "connections": {"a": ["0", 4], "y": [6, 7]}},
                "last": {"type": "NOT", "port_directions": {"A": "input", "Y": "output"},
                    "connections": {"A": [7], "Y": [5]}},
                "macro": {"type": "memory", "port_directions": {"q": "output"},
                    "connections": {"q": [9]}}}},
        "inner": {
            "ports": {
                "a": {"direction": "input", "bits": [2, 3]},
                "y": {"direction": "output", "bits": [4, 3]}},
            "cells": {
                "only": {"type": "NOT", "port_directions": {"A": "input", "Y": "output"},
                    "connections": {"A": [2], "Y": [4]}}}},
        "memory": {
            "attributes": {"blackbox": "1"},
            "ports": {"q": {"direction": "output", "bits": [2]}}}}"#;

    #[test]
    fn modules_count_as_often_as_they_are_used_and_paths_cross_them() {
        let netlist = parse(HIERARCHY);
        let cells = [("NOT".to_owned(), 4), ("memory".to_owned(), 1)];
        assert_eq!(netlist.cells(), BTreeMap::from(cells));
        assert_eq!(netlist.depth(|kind| kind == "memory"), 3);
    }

    pub(super) fn parse(modules: &str) -> Netlist {
        Netlist::parse(&format!(r#"{{"modules": {modules}}}"#), "top").expect("a netlist")
    }
}
