//! LeNet-5 of `models/lenet5_cap_ram`: what was recorded when it was trained, on the macro and by
//! definition.

use crate::common::{design, element, outputs, program};
use flate2::read::GzDecoder;
use hwgen_compile::Session;
use hwgen_compile::cap_ram::CapRamTarget;
use hwgen_compile::cap_ram::mapper::Placement;
use hwgen_gen::GoldenMachine;
use hwgen_gen::block::Block;
use hwgen_gen::blocks::cap_ram::Generated;
use hwgen_gen::blocks::cap_ram::measure::MEASURED;
use hwgen_networks::{Network, data, file};
use hwgen_numerics::{Tensor, TensorType};
use rayon::prelude::*;
use serde::Deserialize;
use std::io::Read;
use std::path::PathBuf;

/// Bits of an element of all test images that activations do not have.
const CUT: u32 = 3;

/// Images of a session where several run side by side, each with a macro of its own.
const SHARE: usize = 1000;

/// Images of a batch.
const BATCH: usize = 100;

/// Of the first share, those that are classified correctly on the ideal macro and on the first chip.
const RIGHT_OF_FIRST_SHARE: [usize; 2] = [986, 983];

/// What the network has to reach on all test images on every chip.
const LEAST_SHARE: f64 = 0.988;

/// Test images, and how many of them are classified correctly, as the training scripts say.
#[derive(Deserialize)]
struct Measured {
    test_images: usize,
    correct: usize,
    correct_by_definition: usize,
}

/// Test images that macros with the measured deviations classify correctly: one number per chip,
/// their seeds counted from 1.
#[derive(Deserialize)]
struct Chips {
    correct: Vec<usize>,
}

/// A file of `models`.
fn bytes(name: &str) -> Vec<u8> {
    let models = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../models");
    std::fs::read(models.join(name)).expect("a file of the models")
}

fn measured() -> Measured {
    serde_json::from_slice(&bytes("lenet5_cap_ram/measured.json")).expect("numbers")
}

fn lenet5() -> Network {
    let name = "../models/lenet5_cap_ram/lenet5_cap_ram.json";
    file::load(&PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)).expect("a network")
}

/// The first test images and their labels.
fn first(network: &Network) -> (Vec<Tensor>, Vec<usize>) {
    let images = bytes("lenet5_cap_ram/images.npy");
    let images = data::images(&images, network.input().kind).expect("images");
    (images, data::labels(&bytes("lenet5_cap_ram/labels.npy")).expect("labels"))
}

/// The logits of the first test images: a .npy file of `[100, 10]` words ends with them.
fn logits() -> Vec<Vec<i32>> {
    let bytes = bytes("lenet5_cap_ram/logits.npy");
    let words = bytes[bytes.len() - 2000..].chunks_exact(2);
    let logits: Vec<_> =
        words.map(|word| i32::from(i16::from_le_bytes([word[0], word[1]]))).collect();
    logits.chunks_exact(10).map(<[i32]>::to_vec).collect()
}

/// All test images and their labels.
fn all(network: &Network) -> (Vec<Tensor>, Vec<usize>) {
    let mut unpacked = Vec::new();
    let packed = bytes("lenet5/test_images.npy.gz");
    GzDecoder::new(&packed[..]).read_to_end(&mut unpacked).expect("gzip");
    let kind = network.input().kind;
    let whole = TensorType { element: element(8, false, 0), ..kind };
    let images = data::images(&unpacked, whole).expect("images");
    let image = |Tensor { elements, .. }: Tensor| Tensor {
        kind,
        elements: elements.into_iter().map(|element| element >> CUT).collect(),
    };
    let labels = data::labels(&bytes("lenet5/test_labels.npy")).expect("labels");
    (images.into_iter().map(image).collect(), labels)
}

/// How many of the classes are the labels.
fn right(classes: &[Tensor], labels: &[usize]) -> usize {
    let pairs = classes.iter().zip(labels);
    pairs.filter(|(class, label)| class.elements == [**label as i32]).count()
}

/// Whether whole data sets and all chips are asked for.
fn is_thorough() -> bool {
    std::env::var_os("HWGEN_TIER").is_some_and(|tier| tier == "thorough")
}

/// Shares of the test images: all in the tier `thorough`, which takes minutes, and else the first.
fn shares(network: &Network) -> Vec<(Vec<Tensor>, Vec<usize>)> {
    let (images, labels) = all(network);
    let shares = images.chunks(SHARE).zip(labels.chunks(SHARE));
    let shares = shares.map(|(images, labels)| (images.to_vec(), labels.to_vec()));
    shares.take(if is_thorough() { usize::MAX } else { 1 }).collect()
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
    let recorded = logits();
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

/// The first thousand; in the tier `thorough`, all.
#[test]
fn test_images_are_classified_as_recorded_on_an_ideal_macro() {
    let right = right_on("--array integer", &lenet5());
    assert_eq!(right[0], RIGHT_OF_FIRST_SHARE[0]);
    if is_thorough() {
        assert_eq!(right.iter().sum::<usize>(), measured().correct);
    }
}

/// The first thousand on the first chip; in the tier `thorough` all on all chips, which takes a
/// quarter of an hour.
#[test]
fn test_images_survive_the_measured_errors() {
    let network = lenet5();
    let Chips { correct } =
        serde_json::from_slice(&bytes("lenet5_cap_ram/chips.json")).expect("numbers");
    let chips = if is_thorough() { correct.len() } else { 1 };
    let on_chip = |seed: usize| right_on(&format!("{MEASURED} --analog-seed {seed}"), &network);
    let right: Vec<_> = (1..=chips).map(on_chip).collect();
    assert_eq!(right[0][0], RIGHT_OF_FIRST_SHARE[1]);
    if is_thorough() {
        let sums: Vec<usize> = right.iter().map(|shares| shares.iter().sum()).collect();
        assert_eq!(sums, correct);
    }
    let least = LEAST_SHARE * measured().test_images as f64;
    assert!(correct.iter().all(|&right| right as f64 >= least), "{correct:?}");
}
