//! What was published of the chip, layer by layer (Chen et al., IEEE JSSC 2017, tables V and VI).
//!
//! Of AlexNet, processing times and active elements are those that the tests of `nn_dataflow`
//! (Stanford MAST) quote. The other figures, and all of VGG-16, are **recalled** and could not be
//! checked against the paper; they add up to the totals, and these to the frame rates and powers of
//! its abstract.

/// One layer, measured on a batch of images at 200 MHz.
#[derive(Clone, Copy, Debug)]
pub struct Measured {
    /// Time for the whole batch without waiting for DRAM.
    pub processing_ms: f64,
    /// Processing elements in use.
    pub active_elements: f64,
    /// Zeros in the input map.
    pub zeros: f64,
    /// Traffic of the global buffer for the whole batch.
    pub buffer_mb: f64,
}

/// A network, measured.
#[derive(Clone, Copy, Debug)]
pub struct Chip {
    /// Its name, as in [`networks`](crate::networks).
    pub network: &'static str,
    /// Images processed together.
    pub batch: u64,
    /// Power and time of the whole batch, waiting for DRAM included.
    pub power_mw: f64,
    /// Time of the whole batch, waiting for DRAM included.
    pub total_ms: f64,
    /// Convolution layers, in order.
    pub layers: &'static [Measured],
}

impl Chip {
    /// Cycles per image without waiting for DRAM.
    pub fn cycles(&self) -> f64 {
        let milliseconds: f64 = self.layers.iter().map(|layer| layer.processing_ms).sum();
        milliseconds / 1e3 * super::CLOCK_HZ / self.batch as f64
    }

    /// Energy of the chip per image, in millijoules, without DRAM.
    pub fn energy_mj(&self) -> f64 {
        self.power_mw * self.total_ms / 1e3 / self.batch as f64
    }
}

/// What was published of `network`, if anything was.
pub fn of(network: &str) -> Option<&'static Chip> {
    CHIPS.iter().find(|chip| chip.network == network)
}

const CHIPS: [Chip; 2] = [
    Chip { network: "AlexNet", batch: 4, power_mw: 278.0, total_ms: 115.3, layers: &ALEXNET },
    Chip { network: "VGG-16", batch: 3, power_mw: 236.0, total_ms: 4309.5, layers: &VGG16 },
];

const ALEXNET: [Measured; 5] = [
    measured(16.5, 154.0, 0.01, 18.5),
    measured(39.2, 135.0, 38.7, 77.6),
    measured(21.8, 156.0, 72.5, 50.2),
    measured(16.0, 156.0, 79.3, 37.4),
    measured(10.0, 156.0, 77.6, 24.9),
];

const VGG16: [Measured; 13] = [
    measured(38.0, 156.0, 1.6, 112.6),
    measured(810.6, 156.0, 47.7, 2402.8),
    measured(405.3, 156.0, 24.8, 1201.4),
    measured(810.8, 156.0, 38.7, 2402.8),
    measured(204.0, 156.0, 39.7, 607.4),
    measured(408.1, 156.0, 58.1, 1214.8),
    measured(408.1, 156.0, 58.7, 1214.8),
    measured(105.1, 168.0, 64.3, 321.8),
    measured(210.0, 168.0, 74.7, 643.7),
    measured(210.0, 168.0, 85.4, 643.7),
    measured(48.3, 168.0, 79.4, 90.0),
    measured(48.5, 168.0, 87.4, 90.0),
    measured(48.5, 168.0, 88.5, 90.0),
];

const fn measured(
    processing_ms: f64,
    active_elements: f64,
    zeros_percent: f64,
    buffer_mb: f64,
) -> Measured {
    Measured { processing_ms, active_elements, zeros: zeros_percent / 100.0, buffer_mb }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_add_up_to_the_published_totals() {
        let totals = CHIPS.map(|chip| {
            let sum = |of: fn(&Measured) -> f64| chip.layers.iter().map(of).sum::<f64>();
            [sum(|layer| layer.processing_ms), sum(|layer| layer.buffer_mb)]
        });
        let published = [[103.5, 208.5], [3755.2, 11_036.0]];
        for (total, published) in totals.as_flattened().iter().zip(published.as_flattened()) {
            assert!((total / published - 1.0).abs() < 1e-3, "{total} for {published}");
        }
    }

    #[test]
    fn frame_rates_are_those_of_the_abstract() {
        let rates = CHIPS.map(|chip| chip.batch as f64 / chip.total_ms * 1e3);
        assert!((rates[0] - 34.7).abs() < 0.05 && (rates[1] - 0.7).abs() < 0.05, "{rates:?}");
        let energies = CHIPS.map(|chip| chip.energy_mj());
        assert!((energies[0] - 8.0).abs() < 0.05 && (energies[1] - 339.0).abs() < 0.5);
    }
}
