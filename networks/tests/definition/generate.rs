//! Random small networks that are legal.

use crate::common::random::Random;
use crate::common::{kind, network, node};
use hwgen_networks::operators::{
    Add, ArgMax, Concat, Conv, Dense, Flatten, MaxPool, SumPool, Threshold,
};
use hwgen_networks::{Network, Node, Operator};
use hwgen_numerics::{
    Axis, Coefficients, Element, Requantisation, Shape, TensorType, Thresholds, Weights, Window,
};

/// A network of up to eight nodes; every tensor that nothing takes is an output.
pub fn generate(random: &mut Random) -> Network {
    let shape = [random.size(1, 4), random.size(1, 6), random.size(1, 6)];
    let image = kind(shape, element(random));
    let mut tensors = vec![("image".to_owned(), image)];
    let mut nodes: Vec<Node> = Vec::new();
    for number in 0..random.size(1, 8) {
        let (operator, inputs) = operator(random, &tensors);
        let inputs: Vec<_> = inputs.iter().map(|&input| tensors[input].0.as_str()).collect();
        let name = format!("node {number}");
        nodes.push(node(&name, &inputs, operator));
        let result = network(image, nodes.clone(), &unused(&nodes)).expect("a legal network");
        let last = result.nodes().iter().position(|node| node.name == name).expect("the node");
        tensors.push((name, result.kind(hwgen_networks::Source::Node(last))));
    }
    network(image, nodes.clone(), &unused(&nodes)).expect("a legal network")
}

fn unused(nodes: &[Node]) -> Vec<&str> {
    let used = |name: &String| nodes.iter().any(|node| node.inputs.contains(name));
    nodes.iter().map(|node| &node.name).filter(|name| !used(name)).map(String::as_str).collect()
}

/// Any element, often a small one.
fn element(random: &mut Random) -> Element {
    let bits = if random.size(0, 3) == 0 { random.size(1, 16) } else { random.size(2, 8) } as u32;
    let signed = random.size(0, 1) == 1;
    let range = Element::new(bits, signed, 0).expect("a legal element").range();
    let zero = random.within((*range.start()).into(), (*range.end()).into()) as i32;
    Element::new(bits, signed, zero).expect("a legal element")
}

/// An operator and the tensors that it takes.
fn operator(random: &mut Random, tensors: &[(String, TensorType)]) -> (Operator, Vec<usize>) {
    let input = random.size(0, tensors.len() - 1);
    let TensorType { shape, .. } = tensors[input].1;
    let alike = |wanted: &dyn Fn(TensorType) -> bool| -> Vec<usize> {
        (0..tensors.len()).filter(|&other| wanted(tensors[other].1)).collect()
    };
    match random.size(0, 9) {
        0 => match alike(&|kind| kind.shape.positions() == 1).last() {
            Some(&flat) => (dense(random, tensors[flat].1.shape), vec![flat]),
            None => (Operator::Flatten(Flatten), vec![input]),
        },
        1 => (Operator::Flatten(Flatten), vec![input]),
        2 => (Operator::MaxPool(MaxPool { window: window(random, shape) }), vec![input]),
        3 => {
            let window = window(random, shape);
            let requantisation = requantisation(random, shape.channels);
            (Operator::SumPool(SumPool { window, requantisation }), vec![input])
        }
        4 => {
            let others = alike(&|other| other.shape == shape);
            let other = others[random.size(0, others.len() - 1)];
            let requantisation = requantisation(random, shape.channels);
            (Operator::Add(Add { requantisation }), vec![input, other])
        }
        5 => (threshold(random, tensors[input].1), vec![input]),
        6 => {
            let own = tensors[input].1;
            let places = |kind: TensorType| (kind.shape.rows, kind.shape.columns, kind.element);
            let others = alike(&|other| places(other) == places(own));
            let more = (0..random.size(1, 2)).map(|_| others[random.size(0, others.len() - 1)]);
            (Operator::Concat(Concat), std::iter::once(input).chain(more).collect())
        }
        7 if random.size(0, 1) == 0 => (Operator::ArgMax(ArgMax), vec![input]),
        _ => (conv(random, shape), vec![input]),
    }
}

/// Weights of up to 8 bits, sometimes of 16.
fn filter_weights(random: &mut Random, filters: usize, length: usize) -> Weights {
    let most = if random.size(0, 4) == 0 { 32_767 } else { 100 };
    Weights::new(filters, random.list(filters * length, -most - 1, most)).expect("legal weights")
}

fn dense(random: &mut Random, shape: Shape) -> Operator {
    let filters = random.size(1, 5);
    let weights = filter_weights(random, filters, shape.channels);
    Operator::Dense(Dense { weights, requantisation: requantisation(random, filters) })
}

fn conv(random: &mut Random, shape: Shape) -> Operator {
    let window = window(random, shape);
    let divisors: Vec<_> =
        (1..=shape.channels).filter(|&by| shape.channels.is_multiple_of(by)).collect();
    let groups = divisors[random.size(0, divisors.len() - 1)];
    let filters = groups * random.size(1, 3);
    let weights = filter_weights(random, filters, shape.channels / groups * window.taps());
    Operator::Conv(Conv {
        window,
        groups,
        weights,
        requantisation: requantisation(random, filters),
    })
}

fn threshold(random: &mut Random, input: TensorType) -> Operator {
    let element = element(random);
    let (start, end) = element.range().into_inner();
    let steps = random.size(1, 7.min((end - start) as usize));
    let first = random.within(start.into(), (end - steps as i32).into()) as i32;
    let (low, high) = input.element.range().into_inner();
    let values = (0..input.shape.channels).flat_map(|_| {
        let mut own = random.list(steps, low - 1, high + 1);
        own.sort_unstable();
        own
    });
    let thresholds = Thresholds::new(element, first, steps, values.collect());
    Operator::Threshold(Threshold { thresholds: thresholds.expect("legal thresholds") })
}

/// Multipliers of all signs and magnitudes, clamps that bite.
fn requantisation<const SUMS: usize>(random: &mut Random, filters: usize) -> Requantisation<SUMS> {
    let element = element(random);
    let (start, end) = element.range().into_inner();
    let low = random.within(start.into(), element.zero_point().into()) as i32;
    let high = random.within(element.zero_point().into(), end.into()) as i32;
    let coefficients = (0..filters).map(|_| {
        let bits = random.size(0, 31) as u32;
        let most = ((1_i64 << bits) - 1) as i32;
        let multipliers =
            [0; SUMS].map(|_: i32| random.within(-i64::from(most), most.into()) as i32);
        let shift = (bits + random.size(0, 16) as u32).min(62);
        let bias = random.within(-(1 << shift), 1 << shift);
        Coefficients { multipliers, bias, shift }
    });
    let coefficients = coefficients.collect();
    Requantisation::new(element, low..=high, coefficients).expect("a legal requantisation")
}

/// Any legal axis on a map of this length.
fn axis(random: &mut Random, length: usize) -> Axis {
    let axis = Axis {
        kernel: random.size(1, 3),
        stride: random.size(1, 3),
        dilation: random.size(1, 2),
        before: 0,
        after: 0,
    };
    let most = axis.extent() - 1;
    let axis = axis.padding(random.size(0, most), random.size(0, most));
    if axis.check("axis", length).is_ok() { axis } else { Axis::kernel(1) }
}

fn window(random: &mut Random, shape: Shape) -> Window {
    Window { rows: axis(random, shape.rows), columns: axis(random, shape.columns) }
}
