//! Designs and sessions, as tests need them.
#![allow(dead_code, reason = "every test file uses some of it")]

use hwgen_compile::{Program, Session, target};
use hwgen_gen::{Design, GoldenMachine, blocks};
use hwgen_networks::{Input, Network, Node, Operator};
use hwgen_numerics::{Coefficients, Element, Requantisation, Shape, Tensor, TensorType};

/// The design of these flags.
pub fn design(block: &str, flags: &str) -> Design {
    blocks::find(block).expect("a block").parse(flags).expect("legal flags")
}

/// What `design` makes of `network`.
pub fn program(design: &Design, network: &Network) -> Program {
    target(design).expect("a target").compile(network)
}

/// The outputs for each of `images` from a golden model fresh from its reset, in one batch.
pub fn outputs(
    design: &Design,
    network: &Network,
    program: &Program,
    images: &[Tensor],
) -> Vec<Vec<Tensor>> {
    let session = Session::new(network, program, GoldenMachine::new(design));
    let outcomes = session.expect("a setup").run(images).expect("a play");
    let outputs = outcomes.into_iter().map(|outcome| {
        let output = |&node: &usize| outcome.results[node].clone().expect("an output");
        network.outputs().iter().map(output).collect()
    });
    outputs.collect()
}

pub fn element(bits: u32, signed: bool, zero_point: i32) -> Element {
    Element::new(bits, signed, zero_point).expect("a legal element")
}

pub fn kind([channels, rows, columns]: [usize; 3], element: Element) -> TensorType {
    TensorType { shape: Shape { channels, rows, columns }, element }
}

pub fn node(name: &str, inputs: &[&str], operator: Operator) -> Node {
    let inputs = inputs.iter().map(|&input| input.to_owned()).collect();
    Node { name: name.to_owned(), inputs, operator, scale: None }
}

/// A network whose outputs are the results of all nodes.
pub fn network(kind: TensorType, nodes: Vec<Node>) -> Network {
    let outputs: Vec<_> = nodes.iter().map(|node| node.name.clone()).collect();
    let input = Input { name: "image".to_owned(), kind, scale: None };
    Network::new(input, nodes, &outputs).expect("a legal network")
}

/// Results of 16 bits, which are the sums as long as those have no more.
pub fn sums(filters: usize) -> Requantisation {
    shifted(element(16, true, 0), filters, 0)
}

/// Sums without their lowest bits, clamped to what such elements can be.
pub fn shifted(element: Element, filters: usize, shift: u32) -> Requantisation {
    let same = vec![Coefficients { multipliers: [1], bias: 0, shift }; filters];
    Requantisation::new(element, element.range(), same).expect("a legal requantisation")
}
