//! The bits that flip-flops keep, by the names they have in a flat netlist written as Verilog.

use super::{Bit, Netlist};
use std::collections::HashMap;

impl Netlist {
    /// Per flip-flop, an expression of the top module that has the value of its first output;
    /// `is_flip_flop` tells which types of cells are flip-flops.
    pub(crate) fn registers(&self, is_flip_flop: impl Fn(&str) -> bool) -> Vec<String> {
        let mut names = HashMap::new();
        for (name, net) in &self.top().netnames {
            for (index, bit) in net.bits.iter().enumerate().filter(|(_, bit)| bit.net().is_some()) {
                names.entry(bit).or_insert((name, (net.bits.len() > 1).then_some(index)));
            }
        }
        let expression = |bit: &Bit| {
            let (name, index) = names.get(bit)?;
            let index = index.map(|index| format!("[{index}]")).unwrap_or_default();
            Some(format!("\\{name} {index}"))
        };
        let flip_flops = self.top().cells.values().filter(|cell| is_flip_flop(&cell.kind));
        flip_flops.filter_map(|cell| cell.bits("output").find_map(expression)).collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::netlist::tests::parse;

    #[test]
    fn a_register_is_called_as_its_net_or_as_a_bit_of_a_port() {
        let netlist = parse(
            r#"{"top": {"ports": {}, "cells": {
            "a": {"type": "DFF", "port_directions": {"D": "input", "Q": "output"},
                  "connections": {"D": [2], "Q": [3]}},
            "b": {"type": "DFF", "port_directions": {"D": "input", "Q": "output"},
                  "connections": {"D": [3], "Q": [4]}},
            "c": {"type": "AND", "port_directions": {"A": "input", "Y": "output"},
                  "connections": {"A": [4], "Y": [2]}}},
            "netnames": {
                "u_one.sum_q[0]": {"hide_name": 0, "bits": [3]},
                "q_o": {"hide_name": 0, "bits": [2, 4]}}}}"#,
        );
        let registers = netlist.registers(|kind| kind == "DFF");
        assert_eq!(registers, ["\\u_one.sum_q[0] ", "\\q_o [1]"]);
    }
}
