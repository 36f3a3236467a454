//! What is no network: every refusal names the place, the field, its value and what is accepted.

mod common;

use common::{element, input, kind, network, node, requantise, square, weights};
use hwgen_networks::operators::{
    Add, ArgMax, Concat, Conv, Dense, Flatten, MaxPool, SumPool, Threshold,
};
use hwgen_networks::{Network, Node, Operator};
use hwgen_numerics::{Axis, Coefficients, Element, Requantisation, Tensor, TensorType, Thresholds};

fn signed() -> Element {
    element(8, true, 0)
}

fn image() -> TensorType {
    kind([2, 4, 4], signed())
}

fn flatten(name: &str, input: &str) -> Node {
    node(name, &[input], Operator::Flatten(Flatten))
}

fn conv(groups: usize, kernel: usize, weights_each: usize, coefficients: usize) -> Operator {
    Operator::Conv(Conv {
        window: square(Axis::kernel(kernel)),
        groups,
        weights: weights(2, vec![1; 2 * weights_each]),
        requantisation: requantise(signed(), coefficients, 1, 0, 0),
    })
}

fn refusal(nodes: Vec<Node>, outputs: &[&str]) -> String {
    network(image(), nodes, outputs).expect_err("no network").to_string()
}

/// What is said of a single operator.
fn refused(inputs: &[&str], operator: Operator) -> String {
    let text = refusal(vec![node("only", inputs, operator)], &["only"]);
    text.strip_prefix("node only: ").expect("the name of the node").to_owned()
}

#[test]
fn names_are_known_and_single() {
    let twice = vec![flatten("a", "image"), flatten("a", "image")];
    let message = "node a: name a; accepted: a name that neither the input nor another node has";
    assert_eq!(refusal(twice, &["a"]), message);
    assert!(refusal(vec![flatten("image", "image")], &["image"]).starts_with("node image: name"));
    let message = "node a: input b; accepted: the name of the network's input or of a node";
    assert_eq!(refusal(vec![flatten("a", "b")], &["a"]), message);
    let message = "node : characters of the name 0; accepted: 1 to 256";
    assert_eq!(refusal(vec![flatten("", "image")], &[""]), message);
    let long = "n".repeat(257);
    assert!(refusal(vec![flatten(&long, "image")], &[&long]).contains("257; accepted: 1 to 256"));
    let message = "name a\\nb; accepted: no control characters";
    let message = format!("node a\\nb: {message}");
    assert_eq!(refusal(vec![flatten("a\nb", "image")], &["a\nb"]), message);
    assert!(refusal(vec![flatten("a", "b\n")], &["a"]).starts_with("node a: input b\\n; "));
    assert!(refusal(vec![flatten("a", "image")], &["b\n"]).starts_with("network: output b\\n; "));
}

#[test]
fn outputs_are_nodes_each_once() {
    let a = || vec![flatten("a", "image")];
    assert_eq!(refusal(a(), &[]), "network: outputs 0; accepted: 1 and more");
    let message = "network: output image; accepted: the name of a node, each once";
    assert_eq!(refusal(a(), &["image"]), message);
    assert!(refusal(a(), &["a", "a"]).starts_with("network: output a"));
    assert!(refusal(a(), &["b"]).starts_with("network: output b"));
}

#[test]
fn nothing_is_unused_and_nothing_waits_for_itself() {
    let nodes = vec![flatten("a", "image"), flatten("b", "a"), flatten("c", "a")];
    let message = "node c: uses 0; accepted: 1 and more, by other nodes or as an output";
    assert_eq!(refusal(nodes.clone(), &["b"]), message);
    let nodes =
        vec![flatten("d", "image"), flatten("a", "c"), flatten("b", "a"), flatten("c", "b")];
    let message = "node a: inputs c; accepted: inputs that do not depend, through other nodes, on \
                   themselves";
    assert_eq!(refusal(nodes, &["b", "d"]), message);
    assert!(refusal(vec![flatten("a", "a")], &["a"]).starts_with("node a: inputs a"));
}

#[test]
fn nodes_come_in_any_order_and_are_computed_in_theirs() {
    let nodes =
        vec![flatten("c", "b"), flatten("b", "a"), flatten("x", "image"), flatten("a", "x")];
    let network = network(image(), nodes, &["c", "x"]).expect("a legal network");
    let names: Vec<_> = network.nodes().iter().map(|node| node.name.as_str()).collect();
    assert_eq!(names, ["x", "a", "b", "c"]);
    assert_eq!(network.outputs(), [3, 0]);
}

#[test]
fn inputs_and_scales_are_legal() {
    let build = |kind, scale| {
        let input = hwgen_networks::Input { scale, ..input(kind) };
        Network::new(input, vec![flatten("a", "image")], &["a".to_owned()])
    };
    let refusal = |kind, scale| build(kind, scale).expect_err("no network").to_string();
    assert!(build(image(), Some(0.5)).is_ok());
    let message = "input: shape 0 x 4 x 4; accepted: 1 to 67108864 elements";
    assert_eq!(refusal(kind([0, 4, 4], signed()), None), message);
    let message = "input: scale 0; accepted: a finite number above zero";
    assert_eq!(refusal(image(), Some(0.0)), message);
    assert!(refusal(image(), Some(f64::NAN)).starts_with("input: scale NaN"));
    let node = Node { scale: Some(-1.0), ..flatten("a", "image") };
    let message = "node a: scale -1; accepted: a finite number above zero";
    let refused = network(image(), vec![node], &["a"]).expect_err("no network").to_string();
    assert_eq!(refused, message);
}

#[test]
fn convolutions_fit_their_maps_and_arrays() {
    let conv = |groups, kernel, each, coefficients| {
        refused(&["image"], conv(groups, kernel, each, coefficients))
    };
    let message = "groups 3; accepted: a divisor of 2 channels and of 2 filters";
    assert_eq!(conv(3, 1, 2, 2), message);
    assert!(conv(1, 5, 50, 2).starts_with("kernel along rows 5 of extent 5; accepted"));
    let message = "weights of a filter 3; accepted: 2, the elements of a patch";
    assert_eq!(conv(1, 1, 3, 2), message);
    assert_eq!(conv(2, 1, 2, 2), "weights of a filter 2; accepted: 1, the elements of a patch");
    let message = "number of coefficients 3; accepted: 2, one for each filter or channel";
    assert_eq!(conv(1, 1, 2, 3), message);
}

#[test]
fn operators_take_as_many_inputs_as_they_need() {
    let two = &["image", "image"];
    assert_eq!(refused(two, conv(1, 1, 2, 2)), "number of inputs 2; accepted: 1");
    assert_eq!(refused(&[], Operator::Flatten(Flatten)), "number of inputs 0; accepted: 1");
    assert_eq!(refused(two, Operator::ArgMax(ArgMax)), "number of inputs 2; accepted: 1");
    let message = "number of inputs 1; accepted: 2 and more";
    assert_eq!(refused(&["image"], Operator::Concat(Concat)), message);
    assert!(refused(&[], Operator::Concat(Concat)).starts_with("number of inputs 0"));
    assert_eq!(refused(&["image"], add(2)), "number of inputs 1; accepted: 2");
}

fn add(channels: usize) -> Operator {
    let coefficients = vec![Coefficients { multipliers: [1, 1], bias: 0, shift: 0 }; channels];
    let requantisation = Requantisation::new(signed(), -128..=127, coefficients);
    Operator::Add(Add { requantisation: requantisation.expect("a legal requantisation") })
}

#[test]
fn other_operators_fit_their_inputs() {
    let dense = |weights_each| {
        let weights = weights(1, vec![1; weights_each]);
        Operator::Dense(Dense { weights, requantisation: requantise(signed(), 1, 1, 0, 0) })
    };
    let message = "map 2 x 4 x 4; accepted: 32 x 1 x 1, for example after flatten";
    assert_eq!(refused(&["image"], dense(32)), message);
    let nodes = vec![flatten("a", "image"), node("b", &["a"], dense(31))];
    let message = "node b: weights of a filter 31; accepted: 32, one for each channel";
    assert_eq!(refusal(nodes, &["b"]), message);
    let window = square(Axis::kernel(5));
    let pool = Operator::MaxPool(MaxPool { window });
    assert!(refused(&["image"], pool).starts_with("kernel along rows 5"));
    let pool = SumPool {
        window: square(Axis::kernel(2)),
        requantisation: requantise(signed(), 1, 1, 0, 0),
    };
    let message = "number of coefficients 1; accepted: 2, one for each filter or channel";
    assert_eq!(refused(&["image"], Operator::SumPool(pool)), message);
    let thresholds = Thresholds::new(signed(), 0, 1, vec![0; 3]).expect("legal thresholds");
    let message = "channels with thresholds 3; accepted: 2, those of the input";
    let threshold = Operator::Threshold(Threshold { thresholds });
    assert_eq!(refused(&["image"], threshold), message);
}

#[test]
fn joined_tensors_are_alike() {
    let with = |operator| {
        refusal(
            vec![node("a", &["image"], conv(1, 2, 8, 2)), node("b", &["image", "a"], operator)],
            &["b"],
        )
    };
    let message = "node b: shape of the second input 2 x 3 x 3; accepted: 2 x 4 x 4, that of the \
                   first input";
    assert_eq!(with(add(2)), message);
    let message = "node b: input 1 2 x 3 x 3 of signed 8 bits with zero point 0; accepted: \
                   2 x 4 x 4 of signed 8 bits with zero point 0, as input 0";
    assert_eq!(with(Operator::Concat(Concat)), message);
    let message = "number of coefficients 3; accepted: 2, one for each filter or channel";
    assert_eq!(refused(&["image", "image"], add(3)), message);
    let steps = Thresholds::new(element(2, false, 0), 0, 1, vec![0; 2]).expect("legal thresholds");
    let bits = node("a", &["image"], Operator::Threshold(Threshold { thresholds: steps }));
    let both = node("b", &["image", "a"], Operator::Concat(Concat));
    let message = "node b: input 1 2 x 4 x 4 of unsigned 2 bits with zero point 0; accepted: \
                   2 x 4 x 4 of signed 8 bits with zero point 0, as input 0";
    assert_eq!(refusal(vec![bits, both], &["b"]), message);
}

#[test]
fn networks_beyond_all_memory_are_refused() {
    let large = kind([1, 1 << 13, 1 << 13], signed());
    let names = ["image", "a", "b", "c", "d"];
    let nodes: Vec<_> = names.windows(2).map(|pair| flatten(pair[1], pair[0])).collect();
    let refused = network(large, nodes[..3].to_vec(), &["c"]).map(|_| ());
    assert_eq!(refused, Ok(()));
    let refused = network(large, nodes, &["d"]).expect_err("no network").to_string();
    let message = "node d: elements of all tensors up to this one 335544320; accepted: 1 to \
                   268435456";
    assert_eq!(refused, message);
}

#[test]
fn images_are_of_the_inputs_type() {
    let network = network(image(), vec![flatten("a", "image")], &["a"]).expect("a legal network");
    let right = Tensor { kind: image(), elements: vec![0; 32] };
    let refusal = |wrong: Tensor| {
        let traced = network.trace(&wrong).expect_err("no image").to_string();
        let inferred = network.infer(&[right.clone(), wrong]).expect_err("no image").to_string();
        assert_eq!(inferred, traced.replace("image:", "image 1:"));
        traced
    };
    let other = kind([2, 4, 4], element(8, false, 0));
    let message = "image: type 2 x 4 x 4 of unsigned 8 bits with zero point 0; accepted: \
                   2 x 4 x 4 of signed 8 bits with zero point 0";
    assert_eq!(refusal(Tensor { kind: other, elements: vec![0; 32] }), message);
    let message = "image: elements 31; accepted: 32, for 2 x 4 x 4";
    assert_eq!(refusal(Tensor { kind: image(), elements: vec![0; 31] }), message);
    let message = "image: element 128; accepted: -128 to 127";
    assert_eq!(refusal(Tensor { kind: image(), elements: vec![128; 32] }), message);
}
