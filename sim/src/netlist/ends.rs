//! Where the timing paths of a flat netlist end, and what kind of start reaches each end: what a
//! timing analysis has to find.

use super::{Bit, JsonCell, Netlist};
use crate::liberty::{Arc, ArcKind};
use hwgen_gen::interface::{CLOCK, RESET};
use std::collections::BTreeMap;

/// An end of paths that a register or an input reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct End {
    /// Port, or `instance/pin` of a register.
    pub name: String,
    /// It is an input of a register, else an output of the design.
    pub is_register: bool,
    /// What reaches it.
    pub starts: Starts,
}

/// Kinds of starts that reach a net.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Starts {
    /// Registers.
    pub registers: bool,
    /// Inputs of the design; clock and reset are none.
    pub inputs: bool,
}

impl Starts {
    fn join(&mut self, other: Self) -> bool {
        let before = *self;
        self.registers |= other.registers;
        self.inputs |= other.inputs;
        *self != before
    }
}

impl Netlist {
    /// All ends of paths; `arcs` tells how the pins of a type of cells depend on each other.
    pub(crate) fn ends<'a>(&self, arcs: impl Fn(&str) -> &'a [Arc]) -> Vec<End> {
        let starts = self.starts(&arcs);
        let reached = |bit: &Bit| {
            let starts = bit.net().map(|net| starts[net as usize]).unwrap_or_default();
            (starts != Starts::default()).then_some(starts)
        };
        let registers = self.arcs(&arcs, ArcKind::Setup).filter_map(|(instance, cell, arc)| {
            let starts = reached(cell.bit(&arc.to)?)?;
            Some(End { name: format!("{instance}/{}", arc.to), is_register: true, starts })
        });
        let outputs = self.port_bits("output").filter_map(|(name, bit)| {
            Some(End { name, is_register: false, starts: reached(bit)? })
        });
        registers.chain(outputs).collect()
    }

    /// An instance for every arc of every type of cells that is used: one in which the arc's input
    /// is no constant.
    pub(crate) fn examples<'a>(
        &self,
        arcs: impl Fn(&str) -> &'a [Arc],
    ) -> Vec<(String, String, Arc)> {
        let kinds = [ArcKind::Delay, ArcKind::ClockToOutput, ArcKind::Setup];
        let all = kinds.into_iter().flat_map(|kind| self.arcs(&arcs, kind));
        let mut examples = BTreeMap::new();
        for (instance, cell, arc) in all {
            let is_net = |pin| cell.bit(pin).is_some_and(|bit| bit.net().is_some());
            if is_net(&arc.from) && is_net(&arc.to) {
                examples.entry((&cell.kind, arc)).or_insert(instance);
            }
        }
        let examples = examples.into_iter();
        examples
            .map(|((kind, arc), instance)| (kind.clone(), instance.clone(), arc.clone()))
            .collect()
    }

    /// What reaches every net.
    fn starts<'a>(&self, arcs: &impl Fn(&str) -> &'a [Arc]) -> Vec<Starts> {
        let mut starts = vec![Starts::default(); self.top().nets() as usize];
        let mut changed = Vec::new();
        let mut reach = |net: u32, by: Starts, changed: &mut Vec<u32>| {
            if starts[net as usize].join(by) {
                changed.push(net);
            }
            starts[net as usize]
        };
        let mut readers: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (_, cell, arc) in self.arcs(arcs, ArcKind::Delay) {
            if let (Some(from), Some(to)) = (cell.net(&arc.from), cell.net(&arc.to)) {
                readers.entry(from).or_default().push(to);
            }
        }
        for (_, cell, arc) in self.arcs(arcs, ArcKind::ClockToOutput) {
            if let Some(net) = cell.net(&arc.to) {
                reach(net, Starts { registers: true, inputs: false }, &mut changed);
            }
        }
        for (name, bit) in self.port_bits("input") {
            if let (Some(net), false) = (bit.net(), [CLOCK, RESET].contains(&name.as_str())) {
                reach(net, Starts { registers: false, inputs: true }, &mut changed);
            }
        }
        while let Some(net) = changed.pop() {
            let by = reach(net, Starts::default(), &mut changed);
            for &reader in readers.get(&net).into_iter().flatten() {
                reach(reader, by, &mut changed);
            }
        }
        starts
    }

    /// Every arc of one kind of every instance.
    fn arcs<'n, 'a: 'n>(
        &'n self,
        arcs: &'n impl Fn(&str) -> &'a [Arc],
        kind: ArcKind,
    ) -> impl Iterator<Item = (&'n String, &'n JsonCell, &'a Arc)> {
        self.top().cells.iter().flat_map(move |(instance, cell)| {
            let own = arcs(&cell.kind).iter().filter(move |arc| arc.kind == kind);
            own.map(move |arc| (instance, cell, arc))
        })
    }

    /// The bits of all ports of one direction, by name.
    fn port_bits(&self, direction: &'static str) -> impl Iterator<Item = (String, &Bit)> {
        let ports = self.top().ports.iter().filter(move |(_, port)| port.direction == direction);
        ports.flat_map(|(name, port)| {
            let whole = port.bits.len() == 1;
            port.bits.iter().enumerate().map(move |(index, bit)| {
                (if whole { name.clone() } else { format!("{name}[{index}]") }, bit)
            })
        })
    }
}

impl JsonCell {
    /// What is at a pin of one bit.
    fn bit(&self, pin: &str) -> Option<&Bit> {
        self.connections.get(pin)?.first()
    }

    fn net(&self, pin: &str) -> Option<u32> {
        self.bit(pin)?.net()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::netlist::tests::parse;

    /// An input and a register meet in a gate in front of the register; the register alone is seen
    /// at an output; another output is the clock.
    const LOOPED: &str = r#"{"top": {
        "ports": {
            "clk_i": {"direction": "input", "bits": [2]},
            "a_i": {"direction": "input", "bits": [3]},
            "q_o": {"direction": "output", "bits": [4, "1"]},
            "clock_o": {"direction": "output", "bits": [2]}},
        "cells": {
            "gate": {"type": "AND", "connections": {"A": [3], "B": [4], "Y": [5]}},
            "tied": {"type": "AND", "connections": {"A": ["1"], "B": [4], "Y": [6]}},
            "q": {"type": "DFF", "connections": {"C": [2], "D": [5], "Q": [4]}}}}}"#;

    fn arc(kind: ArcKind, from: &str, to: &str) -> Arc {
        Arc { kind, from: from.to_owned(), to: to.to_owned() }
    }

    #[test]
    fn ends_know_what_reaches_them() {
        let and = [arc(ArcKind::Delay, "A", "Y"), arc(ArcKind::Delay, "B", "Y")];
        let dff = [arc(ArcKind::ClockToOutput, "C", "Q"), arc(ArcKind::Setup, "C", "D")];
        let arcs = |kind: &str| if kind == "AND" { and.as_slice() } else { dff.as_slice() };
        let netlist = parse(LOOPED);
        let both = Starts { registers: true, inputs: true };
        let end =
            |name: &str, is_register, starts| End { name: name.to_owned(), is_register, starts };
        let register = Starts { registers: true, inputs: false };
        let expected = [end("q/D", true, both), end("q_o[0]", false, register)];
        assert_eq!(netlist.ends(arcs), expected);
        let examples = netlist.examples(arcs);
        assert!(examples.contains(&("AND".to_owned(), "gate".to_owned(), and[0].clone())));
        assert_eq!(examples.len(), 4, "{examples:?}");
    }
}
