//! LeNet-5, trained on MNIST and rounded to 8 bits, and test images: `models/lenet5` says where
//! they come from.

use super::Network;
use super::file::File;
use crate::blocks::spots::convolution::Arithmetic;
use serde::Deserialize;
use std::sync::LazyLock;

/// A file of `models/lenet5`.
macro_rules! model {
    ($name:literal) => {
        concat!(env!("CARGO_MANIFEST_DIR"), "/../models/lenet5/", $name)
    };
}

static RECORDED: LazyLock<Lenet5> = LazyLock::new(|| {
    Lenet5::read(include_str!(model!("lenet5.json")), include_str!(model!("images.json")))
});

/// The network, and what it makes of images.
pub fn lenet5() -> &'static Lenet5 {
    &RECORDED
}

/// A trained network and images.
#[derive(Clone, Debug)]
pub struct Lenet5 {
    /// The network.
    pub network: Network,
    /// All test images of MNIST.
    pub test_images: usize,
    /// Those of them that the network classifies correctly.
    pub correct: usize,
    /// The first of them.
    pub images: Vec<Image>,
}

/// A test image.
#[derive(Clone, Debug)]
pub struct Image {
    /// Elements row after row.
    pub elements: Vec<i64>,
    /// The digit it shows.
    pub label: usize,
    /// What the last layer makes of it, as the training script computed it.
    pub logits: Vec<i64>,
}

/// The class that the results of the last layer say: the first of the largest.
pub fn class(logits: &[i64]) -> usize {
    let largest = logits.iter().max();
    logits.iter().position(|logit| Some(logit) == largest).unwrap_or_default()
}

#[derive(Deserialize)]
struct RecordedNetwork {
    measured: Measured,
}

#[derive(Deserialize)]
struct Measured {
    test_images: usize,
    correct: usize,
}

#[derive(Deserialize)]
struct RecordedImages {
    labels: Vec<usize>,
    logits: Vec<Vec<i64>>,
    images: Vec<Vec<Vec<i64>>>,
}

impl Lenet5 {
    fn read(network: &str, images: &str) -> Self {
        let RecordedNetwork { measured } = parse(network);
        let RecordedImages { labels, logits, images } = parse(images);
        let rows = images.into_iter().zip(labels).zip(logits);
        let image = |((rows, label), logits): ((Vec<Vec<i64>>, usize), Vec<i64>)| Image {
            elements: rows.concat(),
            label,
            logits,
        };
        // No bit of a product is lost, and the training script keeps all sums within 24 bits.
        let arithmetic = Arithmetic { product_cut: 0, sum_width: 24, result_width: 8 };
        let network = File::read(network).and_then(|file| file.network(arithmetic));
        Self {
            network: network.unwrap_or_else(|error| unreachable!("the recording: {error}")),
            test_images: measured.test_images,
            correct: measured.correct,
            images: rows.map(image).collect(),
        }
    }
}

fn parse<'a, T: Deserialize<'a>>(text: &'a str) -> T {
    serde_json::from_str(text).unwrap_or_else(|error| unreachable!("the recording: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rayon::prelude::*;
    use std::io::Read;

    /// What the network has to reach on all test images.
    const LEAST_SHARE: f64 = 0.985;

    #[test]
    fn recorded_images_give_the_recorded_results() {
        let Lenet5 { network, images, .. } = lenet5();
        assert_eq!(images.len(), 100);
        images.par_iter().enumerate().for_each(|(number, image)| {
            let maps = network.infer(&image.elements);
            assert_eq!(maps.last(), Some(&image.logits), "image {number}");
        });
    }

    /// All test images and their labels.
    fn all() -> (Vec<u8>, Vec<u8>) {
        let mut images = Vec::new();
        let file = include_bytes!(model!("test_images.gz"));
        flate2::read::GzDecoder::new(&file[..]).read_to_end(&mut images).expect("gzip");
        let labels = images.split_off(lenet5().test_images * 28 * 28);
        (images, labels)
    }

    #[test]
    fn all_test_images_are_classified_as_recorded() {
        let Lenet5 { network, test_images, correct, .. } = lenet5();
        let (images, labels) = all();
        assert_eq!((images.len() / (28 * 28), labels.len()), (*test_images, *test_images));
        let images: Vec<_> = images.chunks(28 * 28).zip(labels).collect();
        let right = images.par_iter().filter(|(image, label)| {
            let elements: Vec<_> = image.iter().map(|&element| element.into()).collect();
            let maps = network.infer(&elements);
            class(&maps[maps.len() - 1]) == usize::from(*label)
        });
        let right = right.count();
        assert_eq!(right, *correct);
        assert!(right as f64 >= LEAST_SHARE * *test_images as f64, "{right} of {test_images}");
    }

    #[test]
    fn the_first_of_the_largest_is_the_class() {
        assert_eq!(class(&[-3, 5, 2, 5]), 1);
    }
}
