//! A design as Yosys sees it: the ports of the top module, and the cells of a flat netlist.

use crate::SimError;
use crate::yosys::{self, Workplace};
use hwgen_gen::Module;
use hwgen_gen::verilog::{Direction, Port, Width};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};

/// The attribute that a script puts on what was a register in the RTL.
pub(crate) const REGISTER: &str = "register";

/// What `write_json` writes, as far as it is of use.
#[derive(Deserialize)]
struct Json {
    modules: BTreeMap<String, Netlist>,
}

/// One module.
#[derive(Debug, Deserialize)]
pub struct Netlist {
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
    Net(u64),
    Constant(String),
}

/// The ports of `top`, sorted by name.
pub fn ports(modules: &[Module], top: &str) -> Result<Vec<Port>, SimError> {
    let workplace = Workplace::new(modules)?;
    let script = format!(
        "{}hierarchy -check -top {top}\nblackbox\nwrite_json ports.json\n",
        yosys::read(modules)
    );
    workplace.run(&script, "ports.json")?;
    Netlist::read(&workplace, "ports.json", top)?.ports(&workplace)
}

impl Netlist {
    /// The module `top` of a file that `write_json` wrote.
    pub(crate) fn read(workplace: &Workplace, file: &str, top: &str) -> Result<Self, SimError> {
        let json: Result<Json, _> = serde_json::from_str(&workplace.read(file)?);
        let content = |reason| SimError::Content { path: workplace.path(file), reason };
        let mut json = json.map_err(|error| content(error.to_string()))?;
        json.modules.remove(top).ok_or_else(|| content(format!("it has no module {top}")))
    }

    fn ports(&self, workplace: &Workplace) -> Result<Vec<Port>, SimError> {
        let ports = self.ports.iter().map(|(name, port)| {
            let direction = match port.direction.as_str() {
                "input" => Direction::Input,
                "output" => Direction::Output,
                other => {
                    let reason = format!("port {name} is {other}, neither input nor output");
                    return Err(SimError::Content { path: workplace.path(name), reason });
                }
            };
            let width = Width::new(port.bits.len() as u32);
            Ok(Port { name: name.clone(), direction, width })
        });
        ports.collect()
    }

    /// Types of cells, and how many there are of each.
    pub(crate) fn cells(&self) -> BTreeMap<String, u64> {
        let mut cells = BTreeMap::new();
        for cell in self.cells.values() {
            *cells.entry(cell.kind.clone()).or_default() += 1;
        }
        cells
    }

    /// The largest number of cells between two registers or ports; `holds_state` tells which
    /// types of cells end a path. A loop counts as nothing.
    pub(crate) fn depth(&self, holds_state: impl Fn(&str) -> bool) -> u32 {
        let logic: Vec<_> = self.cells.values().filter(|cell| !holds_state(&cell.kind)).collect();
        let mut readers: HashMap<&Bit, Vec<usize>> = HashMap::new();
        let mut drivers: HashMap<&Bit, usize> = HashMap::new();
        for (index, cell) in logic.iter().enumerate() {
            drivers.extend(cell.bits("output").map(|bit| (bit, index)));
        }
        // Inputs of a cell that still wait for the depth of what drives them.
        let mut waiting = vec![0_u32; logic.len()];
        for (index, cell) in logic.iter().enumerate() {
            for bit in cell.bits("input").filter(|bit| drivers.contains_key(bit)) {
                readers.entry(bit).or_default().push(index);
                waiting[index] += 1;
            }
        }
        let mut ready: Vec<_> = (0..logic.len()).filter(|&index| waiting[index] == 0).collect();
        let mut depth = vec![1_u32; logic.len()];
        let mut deepest = 0;
        while let Some(index) = ready.pop() {
            deepest = deepest.max(depth[index]);
            for &reader in logic[index].bits("output").filter_map(|bit| readers.get(bit)).flatten()
            {
                depth[reader] = depth[reader].max(depth[index] + 1);
                waiting[reader] -= 1;
                if waiting[reader] == 0 {
                    ready.push(reader);
                }
            }
        }
        deepest
    }

    /// The name a designer gave to the register in cell `instance`, such as `u_unit.sum_q[3]`.
    /// Of several names of a net, it is the one that bears the attribute [`REGISTER`].
    pub(crate) fn register(&self, instance: &str) -> Option<String> {
        let cell = self.cells.get(instance)?;
        cell.bits("output").find_map(|output| self.name(output))
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

impl JsonCell {
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
        let text = r#"{"ports": {}, "cells": {
            "a": {"type": "AND", "port_directions": {"A": "input", "B": "input", "Y": "output"},
                  "connections": {"A": [2], "B": [3], "Y": [4]}},
            "b": {"type": "AND", "port_directions": {"A": "input", "B": "input", "Y": "output"},
                  "connections": {"A": [4], "B": ["1"], "Y": [5]}},
            "q": {"type": "DFF", "port_directions": {"D": "input", "Q": "output"},
                  "connections": {"D": [5], "Q": [2]}}},
            "netnames": {
                "alias": {"hide_name": 0, "bits": [2]},
                "sum_q": {"hide_name": 0, "bits": [9, 2], "attributes": {"register": "1"}},
                "z": {"hide_name": 0, "bits": [2]}}}"#;
        let netlist: Netlist = serde_json::from_str(text).expect("a netlist");
        assert_eq!(netlist.depth(|kind| kind == "DFF"), 2);
        assert_eq!(netlist.cells()["AND"], 2);
        assert_eq!(netlist.register("q").as_deref(), Some("sum_q[1]"));
        // Without the register it is one loop.
        assert_eq!(netlist.depth(|_| false), 0);
    }
}
