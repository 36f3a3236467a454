//! Short hands for what tests build: elements, nodes, networks.
#![allow(dead_code, reason = "every test file uses some of it")]

use hwgen_networks::{Input, Network, NetworkError, Node, Operator};
use hwgen_numerics::{
    Axis, Coefficients, Element, Requantisation, Shape, Tensor, TensorType, Weights, Window,
};

pub mod random;

pub fn element(bits: u32, signed: bool, zero_point: i32) -> Element {
    Element::new(bits, signed, zero_point).expect("a legal element")
}

pub fn kind([channels, rows, columns]: [usize; 3], element: Element) -> TensorType {
    TensorType { shape: Shape { channels, rows, columns }, element }
}

pub fn input(kind: TensorType) -> Input {
    Input { name: "image".to_owned(), kind, scale: None }
}

pub fn node(name: &str, inputs: &[&str], operator: Operator) -> Node {
    let inputs = inputs.iter().map(|&input| input.to_owned()).collect();
    Node { name: name.to_owned(), inputs, operator, scale: None }
}

pub fn network(
    kind: TensorType,
    nodes: Vec<Node>,
    outputs: &[&str],
) -> Result<Network, NetworkError> {
    let outputs: Vec<_> = outputs.iter().map(|&output| output.to_owned()).collect();
    Network::new(input(kind), nodes, &outputs)
}

/// What a network of a single operator gives for an image.
pub fn apply(operator: Operator, kind: TensorType, elements: &[i32]) -> Vec<i32> {
    let network = network(kind, vec![node("only", &["image"], operator)], &["only"]);
    let image = Tensor { kind, elements: elements.to_vec() };
    let outputs = network.expect("a legal network").infer(&[image]).expect("a legal image");
    let [output] = &outputs[0][..] else { panic!("one output, not {}", outputs[0].len()) };
    assert_eq!(output.check(), Ok(()));
    output.elements.clone()
}

pub fn window(rows: Axis, columns: Axis) -> Window {
    Window { rows, columns }
}

pub fn square(axis: Axis) -> Window {
    window(axis, axis)
}

pub fn weights(filters: usize, elements: Vec<i32>) -> Weights {
    Weights::new(filters, elements).expect("legal weights")
}

/// The same coefficients for every filter, clamped at the ends of the element.
pub fn requantise(
    element: Element,
    filters: usize,
    multiplier: i32,
    bias: i64,
    shift: u32,
) -> Requantisation {
    let coefficients = vec![Coefficients { multipliers: [multiplier], bias, shift }; filters];
    Requantisation::new(element, element.range(), coefficients).expect("a legal requantisation")
}
