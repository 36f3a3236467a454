//! The report, one file per table.

pub mod digital;
pub mod linearity;
pub mod network;
pub mod throughput;

use super::CLOCK_HZ;
use hwgen_gen::blocks::cap_ram::network::lenet5::lenet5;

/// What all of it amounts to.
pub fn conclusions() -> Vec<String> {
    let mapping = lenet5().programmed.mapping();
    let images = CLOCK_HZ / mapping.cycles() as f64;
    vec![
        "Throughput and cycles follow from the macro's size and the network's mapping alone; they \
         agree with the paper."
            .to_owned(),
        format!(
            "LeNet-5 takes {} global cycles per image, {images:.0} images/s at 70 MHz; its first \
             layer alone takes 576 of them.",
            mapping.cycles()
        ),
        "Power is the paper's, by components; nothing here was measured on silicon of ours. The \
         deviations were chosen so that noise and largest error are the published ones, so they \
         confirm nothing by themselves; what they do to a network is ours."
            .to_owned(),
    ]
}
