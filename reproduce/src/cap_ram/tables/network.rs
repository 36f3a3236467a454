//! LeNet-5 on one macro: mapping, energy, accuracy.

use crate::cap_ram::{GLOBAL_CYCLES_PER_SECOND, power};
use crate::recorded::{correct_on_chips, lenet5_cap_ram};
use crate::report::{Basis, Row, Section, Unit};
use hwgen_compile::cap_ram::CapRamTarget;
use hwgen_compile::cap_ram::mapper::{Mapping, Placement};
use hwgen_gen::Block;
use hwgen_gen::blocks::cap_ram::Generated;

/// Layers as they are called here.
const LAYERS: [&str; 4] = ["conv1", "conv2", "fc1", "fc2"];

/// LeNet-5 in the macro of the paper.
pub fn mapped() -> Mapping {
    let spec = Generated::parse("");
    let spec = spec.unwrap_or_else(|error| unreachable!("the default: {error}"));
    CapRamTarget::new(&spec).mapping(&lenet5_cap_ram().network)
}

/// Rows, cycles and energy of each layer.
pub fn mapping() -> Section {
    let mapping = mapped();
    let each = |of: &dyn Fn(&Placement) -> f64| {
        mapping.placed().map(|layer| Some(of(layer))).collect::<Vec<_>>()
    };
    let most = |side: usize| move |layer: &Placement| layer.most_rows()[side] as f64;
    let rows = vec![
        Row::new("weights", Unit::Count, each(&weights)).how(Basis::Counted, WEIGHTS),
        Row::new("rows per plus slice, at most", Unit::Count, each(&most(0)))
            .how(Basis::Counted, ROWS),
        Row::new("rows per minus slice, at most", Unit::Count, each(&most(1)))
            .how(Basis::Counted, ROWS),
        Row::new("global cycles per image", Unit::Count, each(&|layer| layer.cycles() as f64))
            .how(Basis::Counted, CYCLES),
        Row::new(
            "time per image, us",
            Unit::Of("us"),
            each(&|layer| 1e6 * layer.cycles() as f64 / GLOBAL_CYCLES_PER_SECOND),
        )
        .how(Basis::Counted, "row d at 70 MHz"),
        Row::new("energy per image, nJ", Unit::Of("nJ"), each(&|layer| 1e9 * joules(layer)))
            .how(Basis::Modelled, ENERGY),
        Row::new("efficiency, TOPS/W", Unit::Of("TOPS/W"), each(&efficiency))
            .how(Basis::Modelled, EFFICIENCY),
    ];
    Section { title: "LeNet-5, layer by layer", columns: LAYERS.to_vec(), rows }
}

fn weights(layer: &Placement) -> f64 {
    (layer.demand.filters * layer.demand.elements) as f64
}

fn joules(layer: &Placement) -> f64 {
    let operations = layer.operations.iter().map(|operation| power::joules(operation.precision));
    layer.demand.positions as f64 * operations.sum::<f64>()
}

fn efficiency(layer: &Placement) -> f64 {
    2.0 * weights(layer) * layer.demand.positions as f64 / joules(layer) / 1e12
}

/// Accuracies.
pub fn accuracy() -> Section {
    let measured = &lenet5_cap_ram().measured;
    let share = |correct: f64| Some(correct / measured.test_images as f64);
    let chips: Vec<_> = correct_on_chips().into_iter().map(|correct| correct as f64).collect();
    let mean = chips.iter().sum::<f64>() / chips.len() as f64;
    let worst = chips.iter().copied().fold(f64::INFINITY, f64::min);
    let best = chips.iter().copied().fold(0.0, f64::max);
    let correct = [measured.correct as f64, mean, worst, best].map(share);
    let rows = vec![
        Row::new("MNIST, LeNet-5", Unit::Share, correct.to_vec())
            .published(0.988)
            .how(Basis::Counted, MNIST),
        Row::new("CIFAR-10, ResNet-20", Unit::Share, vec![None; 4])
            .published(0.890)
            .how(Basis::NotReproduced, "not yet"),
    ];
    Section { title: "Accuracy", columns: vec!["ideal", "chips", "worst", "best"], rows }
}

const WEIGHTS: &str = "20 424 of the 430 500 of LeNet-5 with 20, 50, 500 and 10 filters, 95.3 % \
                       pruned; the paper: 19 149, 95.6 %";

const ROWS: &str = "of 8; conv1 in two's complement, in plus slices alone; the others in ternary \
                    digits, in both slices of a pair";

const CYCLES: &str = "by the mapper; published are 576 for the first layer, and 4 rows and 4 cycles \
                      for the first fully connected one";

const ENERGY: &str = "published power of the components that the layer's precision uses, times row \
                      e; reading images, pooling and scaling beside the macro are not in it";

const EFFICIENCY: &str = "two operations per weight and position over row f: weights of more bits, \
                          and slices and columns that stay empty or repeat others, lower it";

const MNIST: &str = "golden model of the macro, 10 000 test images; ideal, then mean, worst and best \
                     of 8 chips of other deviations, with noise of 0.35 LSB and errors of up to 2 \
                     LSB after calibration, as published; tests demand what becomes of the first \
                     thousand on the ideal macro and on the first chip, in the tier 'thorough' of \
                     all on all; the paper: 500 images on the chip";

#[cfg(test)]
mod tests {
    use super::*;

    /// What the text says.
    #[test]
    fn there_are_eight_chips() {
        assert_eq!(correct_on_chips().len(), 8);
    }
}
