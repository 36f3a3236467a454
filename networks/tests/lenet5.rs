//! LeNet-5 of `models/lenet5`: the logits and the classes that its training script recorded.

use flate2::read::GzDecoder;
use hwgen_networks::{Network, data, file};
use serde::Deserialize;
use std::io::Read;
use std::path::PathBuf;

#[derive(Deserialize)]
struct Measured {
    test_images: usize,
    correct: usize,
}

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../models/lenet5").join(name)
}

fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(path(name)).expect("a file of the model")
}

fn lenet5() -> Network {
    file::load(&path("lenet5.json")).expect("a network")
}

#[test]
fn recorded_images_give_the_recorded_logits() {
    let network = lenet5();
    let images = data::images(&bytes("images.npy"), network.input().kind).expect("images");
    let labels = data::labels(&bytes("labels.npy")).expect("labels");
    let outputs = network.infer(&images).expect("legal images");
    assert_eq!(outputs.len(), 100);
    // A .npy file of `[100, 10]` bytes ends with them.
    let logits = bytes("logits.npy");
    let logits = logits[logits.len() - 1000..].iter().map(|&byte| i32::from(byte as i8));
    let given = outputs.iter().flat_map(|output| output[0].elements.iter().copied());
    assert!(logits.eq(given));
    let classes = outputs.iter().map(|output| output[1].elements[0] as usize);
    assert!(classes.eq(labels)); // the first hundred are all right
}

#[test]
fn all_test_images_are_classified_as_recorded() {
    let network = lenet5();
    let measured: Measured = serde_json::from_slice(&bytes("measured.json")).expect("numbers");
    let mut unpacked = Vec::new();
    let packed = bytes("test_images.npy.gz");
    GzDecoder::new(&packed[..]).read_to_end(&mut unpacked).expect("gzip");
    let images = data::images(&unpacked, network.input().kind).expect("images");
    let labels = data::labels(&bytes("test_labels.npy")).expect("labels");
    let outputs = network.infer(&images).expect("legal images");
    let right = outputs.iter().zip(&labels);
    let right = right.filter(|(output, label)| output[1].elements == [**label as i32]).count();
    assert_eq!((outputs.len(), right), (measured.test_images, measured.correct));
    assert_eq!((measured.test_images, measured.correct), (10_000, 9913));
}

/// Products as `models/lenet5/README.md` counts weights, times the windows of each layer.
#[test]
fn products_are_counted() {
    let network = lenet5();
    let products: Vec<_> = (0..network.nodes().len()).map(|node| network.products(node)).collect();
    assert_eq!(products, [784 * 150, 0, 100 * 2400, 0, 48_000, 10_080, 840, 0]);
}

/// Whichever language wrote it, a network has one text.
#[test]
fn the_file_is_the_network() {
    let network = lenet5();
    let files = file::write(&network).expect("files");
    assert_eq!(files.graph.as_bytes(), bytes("lenet5.json"));
    assert_eq!(file::read(&files.graph, &files.arrays).expect("its own files"), network);
}
