//! LeNet-5 of `models/lenet5` as a network: the logits and the classes that its training script
//! recorded, and the same from its file.

mod common;

use common::{element, kind, network, node, square, weights};
use hwgen_networks::operators::{ArgMax, Conv, MaxPool};
use hwgen_networks::{Network, Node, Operator, file};
use hwgen_numerics::{Axis, Coefficients, Requantisation, Tensor, TensorType};
use serde::Deserialize;
use std::io::Read;

/// A file of `models/lenet5`.
macro_rules! model {
    ($name:literal) => {
        concat!(env!("CARGO_MANIFEST_DIR"), "/../models/lenet5/", $name)
    };
}

#[derive(Deserialize)]
struct Recorded {
    measured: Measured,
    layers: Vec<Layer>,
}

#[derive(Deserialize)]
struct Measured {
    test_images: usize,
    correct: usize,
}

#[derive(Deserialize)]
struct Layer {
    name: String,
    filters: usize,
    padding: usize,
    kernel: usize,
    relu: bool,
    pool: usize,
    cut: u32,
    scale: Vec<i32>,
    bias: Vec<i64>,
    weights: Vec<Vec<Vec<Vec<i32>>>>,
}

#[derive(Deserialize)]
struct Images {
    labels: Vec<i32>,
    logits: Vec<Vec<i32>>,
    images: Vec<Vec<Vec<i32>>>,
}

fn recorded() -> Recorded {
    serde_json::from_str(include_str!(model!("lenet5.json"))).expect("the recording")
}

fn image_kind() -> TensorType {
    kind([1, 28, 28], element(8, true, 0))
}

/// `saturate8(floor(((sum + bias) scale + 2^(cut - 1)) / 2^cut))` is `m = scale`,
/// `b = bias scale + 2^(cut - 1)`, `s = cut`.
fn conv(layer: &Layer) -> Operator {
    let Layer { filters, padding, kernel, relu, cut, .. } = *layer;
    let coefficients = layer.scale.iter().zip(&layer.bias).map(|(&scale, &bias)| Coefficients {
        multipliers: [scale],
        bias: bias * i64::from(scale) + <Coefficients>::half(cut),
        shift: cut,
    });
    let low = if relu { 0 } else { -128 };
    let requantisation =
        Requantisation::new(element(8, true, 0), low..=127, coefficients.collect());
    Operator::Conv(Conv {
        window: square(Axis::kernel(kernel).padding(padding, padding)),
        groups: 1,
        weights: weights(filters, layer.weights.concat().concat().concat()),
        requantisation: requantisation.expect("a legal requantisation"),
    })
}

fn nodes(layers: &[Layer]) -> Vec<Node> {
    let mut nodes: Vec<Node> = Vec::new();
    for layer in layers {
        let before = nodes.last().map_or("image".to_owned(), |node| node.name.clone());
        nodes.push(node(&layer.name, &[&before], conv(layer)));
        if layer.pool > 1 {
            let window = square(Axis::kernel(layer.pool).stride(layer.pool));
            let name = format!("pool of {}", layer.name);
            nodes.push(node(&name, &[&layer.name], Operator::MaxPool(MaxPool { window })));
        }
    }
    nodes.push(node("class", &["fc2"], Operator::ArgMax(ArgMax)));
    nodes
}

fn lenet5() -> Network {
    network(image_kind(), nodes(&recorded().layers), &["fc2", "class"]).expect("a legal network")
}

#[test]
fn recorded_images_give_the_recorded_logits() {
    let text = include_str!(model!("images.json"));
    let Images { labels, logits, images } = serde_json::from_str(text).expect("the recording");
    let image = |rows: &Vec<Vec<i32>>| Tensor { kind: image_kind(), elements: rows.concat() };
    let images: Vec<_> = images.iter().map(image).collect();
    let outputs = lenet5().infer(&images).expect("legal images");
    assert_eq!(outputs.len(), 100);
    for (number, output) in outputs.iter().enumerate() {
        assert_eq!(output[0].elements, logits[number], "image {number}");
        assert_eq!(output[1].elements, [labels[number]], "image {number}");
    }
}

#[test]
fn all_test_images_are_classified_as_recorded() {
    let Measured { test_images, correct } = recorded().measured;
    let mut bytes = Vec::new();
    let packed = include_bytes!(model!("test_images.gz"));
    flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut bytes).expect("gzip");
    let labels = bytes.split_off(test_images * 28 * 28);
    let image = |pixels: &[u8]| Tensor {
        kind: image_kind(),
        elements: pixels.iter().copied().map(i32::from).collect(),
    };
    let images: Vec<_> = bytes.chunks_exact(28 * 28).map(image).collect();
    let outputs = lenet5().infer(&images).expect("legal images");
    let right = outputs.iter().zip(&labels);
    let right = right.filter(|(output, label)| output[1].elements == [i32::from(**label)]);
    assert_eq!((outputs.len(), right.count()), (10_000, correct));
    assert_eq!(correct, 9913);
}

/// Products as `models/lenet5/README.md` counts weights, times the windows of each layer.
#[test]
fn products_are_counted() {
    let network = lenet5();
    let products: Vec<_> = (0..network.nodes().len()).map(|node| network.products(node)).collect();
    assert_eq!(products, [784 * 150, 0, 100 * 2400, 0, 48_000, 10_080, 840, 0]);
}

#[test]
fn the_file_is_the_network() {
    let network = lenet5();
    let files = file::write(&network).expect("files");
    assert_eq!(file::read(&files.graph, &files.arrays).expect("its own files"), network);
    assert_eq!(file::write(&network).expect("files"), files);
    assert_eq!(files.graph.lines().count(), 4 + network.nodes().len() + 3);
}
