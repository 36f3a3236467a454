//! A model of two terms, fitted to the published times of the chip: either multiplications or the
//! traffic of the global buffer bound a layer.
//!
//! ```text
//! cycles = max(multiplications / (0.872 active elements), buffer bytes / 15)
//! ```
//!
//! It needs the traffic of every layer, so it says nothing of networks that were not published.

use super::published::{Chip, Measured};
use crate::layer::{Layer, Network};

/// Multiplications per cycle and active element.
const OCCUPANCY: f64 = 0.872;

/// Bytes per cycle between global buffer and array.
const BUFFER_BYTES: f64 = 15.0;

/// Cycles of a layer per image of the batch.
pub fn layer(layer: &Layer, measured: &Measured, batch: u64) -> f64 {
    let multiplying = layer.macs() as f64 / (measured.active_elements * OCCUPANCY);
    let moving = measured.buffer_mb * 1e6 / BUFFER_BYTES / batch as f64;
    multiplying.max(moving)
}

/// Cycles of a network per image.
pub fn network(network: &Network, chip: &Chip) -> f64 {
    let layers = network.layers.iter().zip(chip.layers);
    layers.map(|(shape, measured)| layer(shape, measured, chip.batch)).sum()
}

#[cfg(test)]
mod tests {
    use super::super::{CLOCK_HZ, published};
    use super::*;
    use crate::networks;

    #[test]
    fn every_layer_takes_about_the_published_time() {
        for network in [networks::alexnet(), networks::vgg16()] {
            let chip = published::of(network.name).expect("published");
            assert_eq!(network.layers.len(), chip.layers.len());
            for (shape, measured) in network.layers.iter().zip(chip.layers) {
                let cycles = layer(shape, measured, chip.batch) * chip.batch as f64;
                let error = cycles / CLOCK_HZ * 1e3 / measured.processing_ms - 1.0;
                let allowed = if shape.name == "conv5" { 0.10 } else { 0.05 };
                assert!(error.abs() < allowed, "{} {}: {error:+.3}", network.name, shape.name);
            }
        }
    }

    #[test]
    fn whole_networks_take_the_published_time() {
        for shape in [networks::alexnet(), networks::vgg16()] {
            let chip = published::of(shape.name).expect("published");
            let error = network(&shape, chip) / chip.cycles() - 1.0;
            assert!(error.abs() < 0.01, "{}: {error:+.4}", shape.name);
        }
    }
}
