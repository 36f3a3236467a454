//! LeNet-5, pruned and trained for the macro, and test images: `models/lenet5_cap_ram` and
//! `models/lenet5` say where they come from.

use super::Programmed;
use super::file::File;
use super::mapper::PUBLISHED;
use serde::Deserialize;
use std::sync::LazyLock;

/// A file of `models`.
macro_rules! model {
    ($name:literal) => {
        concat!(env!("CARGO_MANIFEST_DIR"), "/../models/", $name)
    };
}

/// Bits of an element of the recorded images that activations do not have.
const CUT: u32 = 3;

/// Bits of the converters for which the network was trained.
pub(super) const ADC_BITS: u32 = 7;

/// Test images that macros with [`MEASURED`](crate::blocks::cap_ram::linearity::MEASURED)
/// deviations, calibrated, classify correctly: one number per chip, their seeds counted from 1.
pub const CORRECT_ON_CHIPS: [usize; 8] = [9908, 9908, 9912, 9898, 9910, 9901, 9898, 9906];

static RECORDED: LazyLock<Lenet5> = LazyLock::new(|| {
    let network = include_str!(model!("lenet5_cap_ram/recorded.json"));
    Lenet5::read(network, include_str!(model!("lenet5/images.json")))
});

/// The network, in the macro of the paper, and what it makes of images.
pub fn lenet5() -> &'static Lenet5 {
    &RECORDED
}

/// A trained network and images.
#[derive(Clone, Debug)]
pub struct Lenet5 {
    /// The network in its cells.
    pub programmed: Programmed,
    /// What the training script measured.
    pub measured: Measured,
    /// The first test images.
    pub images: Vec<Image>,
}

/// Test images, and how many of them the training script's model classifies correctly.
#[derive(Clone, Debug, Deserialize)]
pub struct Measured {
    /// All test images of MNIST.
    pub test_images: usize,
    /// In the ideal macro.
    pub correct: usize,
    /// With noise, and offsets and gains left by calibration: one number per seed.
    pub correct_with_errors: Vec<usize>,
}

/// A test image.
#[derive(Clone, Debug)]
pub struct Image {
    /// Activations row after row.
    pub elements: Vec<u8>,
    /// The digit it shows.
    pub label: usize,
    /// What the last layer makes of it in the ideal macro, as the training script computed it.
    pub logits: Vec<i64>,
}

/// The class that the results of the last layer say: the first of the largest.
pub fn class(logits: &[i64]) -> usize {
    let largest = logits.iter().max();
    logits.iter().position(|logit| Some(logit) == largest).unwrap_or_default()
}

#[derive(Deserialize)]
struct RecordedNetwork {
    measured: Recorded,
}

#[derive(Deserialize)]
struct Recorded {
    #[serde(flatten)]
    measured: Measured,
    logits: Vec<Vec<i64>>,
}

#[derive(Deserialize)]
struct RecordedImages {
    labels: Vec<usize>,
    /// 0 to 127.
    images: Vec<Vec<Vec<u8>>>,
}

impl Lenet5 {
    fn read(network: &str, images: &str) -> Self {
        let RecordedNetwork { measured: Recorded { measured, logits } } = parse(network);
        let RecordedImages { labels, images } = parse(images);
        let layers = File::read(network).and_then(|file| file.layers());
        let programmed = recorded(layers.and_then(|layers| Programmed::new(PUBLISHED, layers)));
        let rows = images.into_iter().zip(labels).zip(logits);
        let images = rows.map(|((rows, label), logits)| Image {
            elements: activations(&rows.concat()),
            label,
            logits,
        });
        Self { programmed, measured, images: images.collect() }
    }
}

/// What the network takes of recorded elements of 0 to 127.
pub fn activations(elements: &[u8]) -> Vec<u8> {
    elements.iter().map(|element| element >> CUT).collect()
}

fn parse<'a, T: Deserialize<'a>>(text: &'a str) -> T {
    recorded(serde_json::from_str(text))
}

/// What cannot fail, as the recording is part of the program.
fn recorded<T, E: std::fmt::Display>(result: Result<T, E>) -> T {
    result.unwrap_or_else(|error| unreachable!("the recording: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::Block;
    use crate::blocks::cap_ram::linearity::{MEASURED, calibrations};
    use crate::blocks::cap_ram::network::Machine;
    use crate::blocks::cap_ram::{CapRam, Engine, Generated};
    use rayon::prelude::*;
    use std::io::Read;

    /// What the network has to reach on all test images in a macro with the measured errors.
    const LEAST_SHARE: f64 = 0.988;

    /// The macro of the paper with these flags.
    fn spec(flags: &str) -> CapRam {
        Generated::parse(flags).expect("legal flags")
    }

    #[test]
    fn recorded_images_give_the_recorded_results() {
        let Lenet5 { programmed, images, .. } = lenet5();
        assert_eq!(images.len(), 100);
        let mut machine = programmed.on(Engine::new(&spec("")));
        for (number, image) in images.iter().enumerate() {
            assert_eq!(machine.infer(&image.elements), image.logits, "image {number}");
        }
    }

    /// All test images and their labels.
    fn all() -> Vec<(Vec<u8>, u8)> {
        let mut images = Vec::new();
        let file = include_bytes!(model!("lenet5/test_images.gz"));
        flate2::read::GzDecoder::new(&file[..]).read_to_end(&mut images).expect("gzip");
        let labels = images.split_off(lenet5().measured.test_images * 28 * 28);
        images.chunks(28 * 28).map(activations).zip(labels).collect()
    }

    /// How many test images `machine` classifies correctly; of every batch, the noise is another.
    fn correct(machine: &Machine<'_>) -> usize {
        let images = all();
        let right = images.par_chunks(100).enumerate().map(|(run, batch)| {
            let mut machine = machine.clone();
            machine.engine().restart_noise(run as u32);
            let right = batch
                .iter()
                .filter(|(image, label)| class(&machine.infer(image)) == usize::from(*label));
            right.count()
        });
        right.sum()
    }

    #[test]
    fn all_test_images_are_classified_as_recorded() {
        let Lenet5 { programmed, measured, .. } = lenet5();
        assert_eq!(correct(&programmed.on(Engine::new(&spec("")))), measured.correct);
    }

    /// How many test images the chip of `seed` classifies correctly.
    fn correct_with_errors(seed: usize) -> usize {
        let spec = spec(&format!("{MEASURED} --analog-seed {seed}"));
        let mut engine = Engine::new(&spec);
        let calibrations = calibrations(&spec, &mut engine, 8).expect("lines");
        for (slice, calibration) in calibrations.into_iter().enumerate() {
            engine.calibrate(slice, calibration);
        }
        correct(&lenet5().programmed.on(engine))
    }

    /// The first chip; in the tier `thorough`, all, which takes minutes.
    #[test]
    fn all_test_images_survive_the_measured_errors() {
        let thorough = std::env::var_os("HWGEN_TIER").is_some_and(|tier| tier == "thorough");
        let chips = if thorough { CORRECT_ON_CHIPS.len() } else { 1 };
        let right: Vec<_> = (1..=chips).map(correct_with_errors).collect();
        assert_eq!(right, CORRECT_ON_CHIPS[..chips]);
        let least = LEAST_SHARE * lenet5().measured.test_images as f64;
        assert!(right.iter().all(|&right| right as f64 >= least), "{right:?}");
    }

    #[test]
    fn the_first_of_the_largest_is_the_class() {
        assert_eq!(class(&[-3, 5, 2, 5]), 1);
    }
}
