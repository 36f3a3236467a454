//! The report, one file per table.

pub mod digital;
pub mod linearity;
pub mod network;
pub mod throughput;

use super::GLOBAL_CYCLES_PER_SECOND;

/// What all of it amounts to.
pub fn conclusions() -> Vec<String> {
    let mapping = network::mapped();
    let images = GLOBAL_CYCLES_PER_SECOND / mapping.cycles() as f64;
    vec![
        format!(
            "At the paper's 70 M global cycles/s throughput follows from the macro's size alone, and \
             the cycles of a network from its mapping; both agree with the paper. In OSU018, 180 nm, \
             the digital half reaches {:.1} M global cycles/s.",
            digital::global_cycles_per_second() / 1e6
        ),
        format!(
            "LeNet-5 takes {} global cycles per image, {images:.0} images/s at 70 M global cycles/s; its first \
             layer alone takes 576 of them.",
            mapping.cycles()
        ),
        "Power is the paper's, by components; nothing here was measured on silicon of ours. The \
         deviations were chosen so that noise and largest error are the published ones, so they \
         confirm nothing by themselves; what they do to a network is ours."
            .to_owned(),
    ]
}
