//! The longest way through the logic of a netlist, seen as if it were flat.

use super::{Module, Netlist};
use std::collections::HashMap;

/// No node drives this net.
const NONE: u32 = u32::MAX;

/// Logic without hierarchy: every node has a weight, nets it reads and nets it drives.
#[derive(Default)]
pub(super) struct Graph {
    weights: Vec<u32>,
    /// Per node, where its nets end in `inputs` and in `outputs`.
    ends: Vec<(usize, usize)>,
    inputs: Vec<u32>,
    outputs: Vec<u32>,
    nets: u32,
}

impl Graph {
    /// All cells of `netlist` but those that hold state, each of weight 1. A port of an instance is
    /// a node of weight 0 between a net outside and a net inside.
    pub fn new(netlist: &Netlist, holds_state: impl Fn(&str) -> bool) -> Self {
        let mut builder = Builder { netlist, holds_state, nets: HashMap::new() };
        let mut graph = Self::default();
        let base = builder.reserve(&mut graph, &netlist.top, netlist.top());
        builder.place(&mut graph, netlist.top(), base);
        graph
    }

    fn node(
        &mut self,
        weight: u32,
        inputs: impl IntoIterator<Item = u32>,
        outputs: impl IntoIterator<Item = u32>,
    ) {
        self.weights.push(weight);
        self.inputs.extend(inputs);
        self.outputs.extend(outputs);
        self.ends.push((self.inputs.len(), self.outputs.len()));
    }

    fn inputs(&self, node: usize) -> &[u32] {
        let begin = node.checked_sub(1).map_or(0, |before| self.ends[before].0);
        &self.inputs[begin..self.ends[node].0]
    }

    fn outputs(&self, node: usize) -> &[u32] {
        let begin = node.checked_sub(1).map_or(0, |before| self.ends[before].1);
        &self.outputs[begin..self.ends[node].1]
    }

    /// The largest sum of weights along a way. A loop counts as nothing.
    pub fn longest(&self) -> u32 {
        let mut driver = vec![NONE; self.nets as usize];
        for node in 0..self.weights.len() {
            for &net in self.outputs(node) {
                driver[net as usize] = node as u32;
            }
        }
        let (begins, readers) = self.readers(&driver);
        // Inputs of a node that still wait for the depth of what drives them.
        let waits = |node| self.inputs(node).iter().filter(|&&net| driver[net as usize] != NONE);
        let mut waiting: Vec<_> = (0..self.weights.len()).map(|node| waits(node).count()).collect();
        let mut ready: Vec<_> = (0..waiting.len()).filter(|&node| waiting[node] == 0).collect();
        let mut depth = self.weights.clone();
        let mut deepest = 0;
        while let Some(node) = ready.pop() {
            deepest = deepest.max(depth[node]);
            for &net in self.outputs(node) {
                let net = net as usize;
                for &reader in &readers[begins[net]..begins[net + 1]] {
                    let reader = reader as usize;
                    depth[reader] = depth[reader].max(depth[node] + self.weights[reader]);
                    waiting[reader] -= 1;
                    if waiting[reader] == 0 {
                        ready.push(reader);
                    }
                }
            }
        }
        deepest
    }

    /// The nodes that read a driven net, net after net, and where those of a net begin.
    fn readers(&self, driver: &[u32]) -> (Vec<usize>, Vec<u32>) {
        let mut begins = vec![0; self.nets as usize + 1];
        for &net in self.inputs.iter().filter(|&&net| driver[net as usize] != NONE) {
            begins[net as usize + 1] += 1;
        }
        for net in 0..self.nets as usize {
            begins[net + 1] += begins[net];
        }
        let mut next = begins.clone();
        let mut readers = vec![NONE; begins[self.nets as usize]];
        for node in 0..self.weights.len() {
            for &net in self.inputs(node).iter().filter(|&&net| driver[net as usize] != NONE) {
                readers[next[net as usize]] = node as u32;
                next[net as usize] += 1;
            }
        }
        (begins, readers)
    }
}

/// Takes the hierarchy apart.
struct Builder<'a, F> {
    netlist: &'a Netlist,
    holds_state: F,
    /// Nets of every module, once they are counted.
    nets: HashMap<&'a str, u32>,
}

impl<'a, F: Fn(&str) -> bool> Builder<'a, F> {
    /// Makes room for the nets of one more instance of `module`; the first one's number.
    fn reserve(&mut self, graph: &mut Graph, name: &'a str, module: &Module) -> u32 {
        let base = graph.nets;
        graph.nets += *self.nets.entry(name).or_insert_with(|| module.nets());
        base
    }

    /// Adds what is in `module`, whose net number 0 is number `base` of the graph.
    fn place(&mut self, graph: &mut Graph, module: &'a Module, base: u32) {
        for cell in module.cells.values() {
            let Some(inner) = self.netlist.inside(&cell.kind) else {
                if !(self.holds_state)(&cell.kind) {
                    let nets = |direction| cell.nets(direction).map(|net| base + net);
                    graph.node(1, nets("input"), nets("output"));
                }
                continue;
            };
            let inner_base = self.reserve(graph, &cell.kind, inner);
            for (port, outside) in &cell.connections {
                let Some(inside) = inner.ports.get(port) else { continue };
                for (outside, within) in outside.iter().zip(&inside.bits) {
                    let (Some(outside), Some(within)) = (outside.net(), within.net()) else {
                        continue;
                    };
                    let (outside, within) = (base + outside, inner_base + within);
                    match inside.direction.as_str() {
                        "input" => graph.node(0, [outside], [within]),
                        _ => graph.node(0, [within], [outside]),
                    }
                }
            }
            self.place(graph, inner, inner_base);
        }
    }
}
