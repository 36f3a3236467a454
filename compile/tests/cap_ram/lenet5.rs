//! LeNet-5 of `models/lenet5_cap_ram`: what was recorded when it was trained, on the macro and by
//! definition.

use crate::common::{design, outputs, program};
use hwgen_compile::cap_ram::CapRamTarget;
use hwgen_compile::cap_ram::mapper::Placement;
use hwgen_compile::{GoldenMachine, Session};
use hwgen_gen::block::Block;
use hwgen_gen::blocks::cap_ram::Generated;
use hwgen_gen::blocks::cap_ram::linearity::MEASURED;
use hwgen_networks::{Network, data, file};
use hwgen_numerics::Tensor;
use rayon::prelude::*;
use serde::Deserialize;
use std::io::Read;

/// A file of `models`.
macro_rules! model {
    ($name:literal) => {
        concat!(env!("CARGO_MANIFEST_DIR"), "/../models/", $name)
    };
}

/// Bits of an element of all test images that activations do not have.
const CUT: u32 = 3;

/// Images of a session where several run side by side, each with a macro of its own.
const SHARE: usize = 1000;

/// Images of a batch.
const BATCH: usize = 100;

#[derive(Deserialize)]
struct Measured {
    test_images: usize,
    correct: usize,
    correct_by_definition: usize,
    /// On macros with the measured deviations: one number per chip, their seeds counted from 1.
    correct_on_chips: Vec<usize>,
    logits: Vec<Vec<i32>>,
}

fn measured() -> Measured {
    serde_json::from_str(include_str!(model!("lenet5_cap_ram/measured.json"))).expect("a record")
}

fn lenet5() -> Network {
    let graph = include_str!(model!("lenet5_cap_ram/lenet5_cap_ram.json"));
    let arrays = include_bytes!(model!("lenet5_cap_ram/lenet5_cap_ram.safetensors"));
    file::read(graph, arrays).expect("the network")
}

/// The first test images and their labels.
fn first(network: &Network) -> (Vec<Tensor>, Vec<usize>) {
    let images = include_bytes!(model!("lenet5_cap_ram/images.npy"));
    let labels = include_bytes!(model!("lenet5_cap_ram/labels.npy"));
    let images = data::images(images, network.input().kind).expect("images");
    (images, data::labels(labels).expect("labels"))
}

/// All test images and their labels.
fn all(network: &Network) -> (Vec<Tensor>, Vec<usize>) {
    let mut bytes = Vec::new();
    let packed = include_bytes!(model!("lenet5/test_images.gz"));
    flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut bytes).expect("gzip");
    let labels = bytes.split_off(measured().test_images * 28 * 28);
    let kind = network.input().kind;
    let image = |pixels: &[u8]| Tensor {
        kind,
        elements: pixels.iter().map(|pixel| i32::from(pixel >> CUT)).collect(),
    };
    let images = bytes.chunks_exact(28 * 28).map(image).collect();
    (images, labels.into_iter().map(usize::from).collect())
}

/// How many of the classes are the labels.
fn right(classes: &[Tensor], labels: &[usize]) -> usize {
    let pairs = classes.iter().zip(labels);
    pairs.filter(|(class, label)| class.elements == [**label as i32]).count()
}

/// Shares of the test images: all in the tier `thorough`, which takes minutes, and else the first.
fn shares(network: &Network) -> Vec<(Vec<Tensor>, Vec<usize>)> {
    let thorough = std::env::var_os("HWGEN_TIER").is_some_and(|tier| tier == "thorough");
    let (images, labels) = all(network);
    let shares = images.chunks(SHARE).zip(labels.chunks(SHARE));
    let shares = shares.map(|(images, labels)| (images.to_vec(), labels.to_vec()));
    shares.take(if thorough { usize::MAX } else { 1 }).collect()
}

/// How many images of each share the macro of these flags classifies correctly, each share in a
/// session of its own.
fn right_on(flags: &str, network: &Network) -> Vec<usize> {
    let design = design("cap_ram", flags);
    let program = program(&design, network);
    let of_share = |(images, labels): (Vec<Tensor>, Vec<usize>)| {
        let session = Session::new(network, &program, GoldenMachine::new(&design));
        let mut session = session.expect("a setup");
        let batches = images.chunks(BATCH).zip(labels.chunks(BATCH));
        let of_batch = |(images, labels)| {
            let outcomes = session.run(images).expect("a play");
            let class = network.outputs()[1];
            let outputs: Vec<_> = outcomes
                .into_iter()
                .map(|outcome| outcome.results[class].clone().expect("a class"))
                .collect();
            right(&outputs, labels)
        };
        batches.map(of_batch).sum()
    };
    shares(network).into_par_iter().map(of_share).collect()
}

#[test]
fn recorded_images_give_the_recorded_logits() {
    let network = lenet5();
    let (images, labels) = first(&network);
    let recorded = measured().logits;
    for flags in ["", "--array integer", "--rows-per-cluster 9", "--curve-points 16"] {
        // A design that differs in nothing that matters needs no more than a look.
        let images = if flags.is_empty() { &images[..] } else { &images[..2] };
        let design = design("cap_ram", flags);
        let outputs = outputs(&design, &network, &program(&design, &network), images);
        for (number, output) in outputs.iter().enumerate() {
            assert_eq!(output[0].elements, recorded[number], "{flags:?}, image {number}");
        }
        if flags.is_empty() {
            let classes: Vec<_> = outputs.iter().map(|output| output[1].clone()).collect();
            assert_eq!((outputs.len(), right(&classes, &labels)), (100, 100));
        }
    }
}

#[test]
fn layers_say_what_a_code_counts_and_take_the_published_cycles() {
    let network = lenet5();
    let spec = Generated::parse("").expect("legal flags");
    let answers = program(&design("cap_ram", ""), &network).answers;
    let said: Vec<_> = answers.iter().map(ToString::to_string).collect();
    let code =
        |products: u32| format!("approximate: an ADC of 7 bits: a code counts {products} products");
    let host = "host: no convolution; accepted: conv or dense";
    let [conv1, conv2, fc1, fc2] = [6, 30, 30, 15].map(code);
    assert_eq!(said, [&conv1, host, &conv2, host, host, &fc1, &fc2, host]);
    let mapping = CapRamTarget::new(&spec).mapping(&network);
    // Published: 576 for the first layer, 4 for the first fully connected one.
    let cycles: Vec<_> = mapping.placed().map(Placement::cycles).collect();
    assert_eq!((cycles, mapping.used_rows()), (vec![576, 128, 4, 1], 456));
}

#[test]
fn all_test_images_are_classified_as_recorded_by_definition() {
    let (network, Measured { test_images, correct_by_definition, .. }) = (lenet5(), measured());
    let (images, labels) = all(&network);
    let outputs = network.infer(&images).expect("legal images");
    let classes: Vec<_> = outputs.into_iter().map(|mut output| output.remove(1)).collect();
    assert_eq!((classes.len(), right(&classes, &labels)), (test_images, correct_by_definition));
}

#[test]
fn test_images_are_classified_as_recorded_on_an_ideal_macro() {
    let right = right_on("--array integer", &lenet5());
    eprintln!("IDEAL {right:?}");
}

#[test]
fn test_images_survive_the_measured_errors() {
    for seed in 1..=1 {
        let right = right_on(&format!("{MEASURED} --analog-seed {seed}"), &lenet5());
        eprintln!("CHIP {seed} {right:?}");
    }
}
