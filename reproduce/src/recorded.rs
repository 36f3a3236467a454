//! The networks of `models` with their images, as the program carries them.

use hwgen_networks::{Network, data, file};
use hwgen_numerics::Tensor;
use serde::Deserialize;
use std::sync::LazyLock;

/// A file of `models`.
macro_rules! model {
    ($name:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../models/", $name))
    };
}

/// A trained network.
#[derive(Debug)]
pub struct Recorded {
    /// The network.
    pub network: Network,
    /// The first test images.
    pub images: Vec<Tensor>,
    /// What was measured when it was trained.
    pub measured: Measured,
}

/// Test images, and how many of them are classified correctly.
#[derive(Debug, Deserialize)]
pub struct Measured {
    /// All test images.
    pub test_images: usize,
    /// Those of them that the network classifies correctly.
    pub correct: usize,
}

/// LeNet-5 in 8 bits, pruned: `models/lenet5`.
pub fn lenet5() -> &'static Recorded {
    static RECORDED: LazyLock<Recorded> = LazyLock::new(|| {
        Recorded::read(
            [model!("lenet5/lenet5.json"), model!("lenet5/lenet5.safetensors")],
            model!("lenet5/images.npy"),
            model!("lenet5/measured.json"),
        )
    });
    &RECORDED
}

/// LeNet-5 in 4 bits, pruned to the macro of CAP-RAM: `models/lenet5_cap_ram`.
pub fn lenet5_cap_ram() -> &'static Recorded {
    static RECORDED: LazyLock<Recorded> = LazyLock::new(|| {
        Recorded::read(
            [
                model!("lenet5_cap_ram/lenet5_cap_ram.json"),
                model!("lenet5_cap_ram/lenet5_cap_ram.safetensors"),
            ],
            model!("lenet5_cap_ram/images.npy"),
            model!("lenet5_cap_ram/measured.json"),
        )
    });
    &RECORDED
}

/// Test images that macros with deviations classify correctly with [`lenet5_cap_ram`]: one number
/// per chip.
pub fn correct_on_chips() -> Vec<usize> {
    #[derive(Deserialize)]
    struct Chips {
        correct: Vec<usize>,
    }
    let Chips { correct } = ours(serde_json::from_slice(model!("lenet5_cap_ram/chips.json")));
    correct
}

impl Recorded {
    fn read([graph, arrays]: [&[u8]; 2], images: &[u8], measured: &[u8]) -> Self {
        let graph = ours(std::str::from_utf8(graph));
        let network = ours(file::read(graph, arrays));
        let images = ours(data::images(images, network.input().kind));
        Self { network, images, measured: ours(serde_json::from_slice(measured)) }
    }
}

/// What cannot fail, as the recording is part of the program.
fn ours<T, E: std::fmt::Display>(result: Result<T, E>) -> T {
    result.unwrap_or_else(|error| unreachable!("the recording: {error}"))
}
