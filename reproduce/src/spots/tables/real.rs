//! A network that was really pruned, on real images.

use crate::recorded::lenet5;
use crate::report::{Basis, Row, Section, Unit};
use crate::spots::cycles::{Feed, best_mode, layer_cycles};
use crate::spots::measured::{Measured, convolutions};
use crate::spots::prototype::Mode;
use crate::spots::sparsity::Sparsity;

/// The table: a column per layer, and one for all together.
pub fn section(layers: &[Measured]) -> Section {
    let names = convolutions(&lenet5().network);
    let names = names.map(|(node, _)| lenet5().network.nodes()[node].name.as_str());
    let share = |name, of: &dyn Fn(&Measured) -> f64| {
        Row::new(
            name,
            Unit::Share,
            layers.iter().map(|layer| Some(of(layer))).chain([None]).collect(),
        )
    };
    let kept = |name, mode| share(name, &|layer: &Measured| layer.sparsity.kept(mode));
    let model = |name, mode| share(name, &|layer: &Measured| layer.independent().kept(mode));
    let counted = |row: Row, how| row.how(Basis::Counted, how);
    let modelled = |row: Row, how| row.how(Basis::Modelled, how);
    let mut rows = vec![
        counted(share("zeros in the map", &|layer| layer.zeros), ZEROS),
        counted(share("columns of filters left", &|layer| layer.sparsity.columns), COLUMNS),
        counted(kept("steps kept, one array", Mode::Tall), KEPT),
        modelled(model("  if zeros were independent", Mode::Tall), INDEPENDENT),
        counted(kept("steps kept, two arrays", Mode::Two), "8 successive patches"),
        modelled(model("  if zeros were independent", Mode::Two), "same rule"),
        counted(kept("steps kept, four arrays", Mode::Four), "16 successive patches"),
        modelled(model("  if zeros were independent", Mode::Four), "same rule"),
    ];
    rows.extend(cycle_rows(layers));
    let measured = &lenet5().measured;
    let correct = measured.correct as f64 / measured.test_images as f64;
    let ours = layers.iter().map(|_| None).chain([Some(correct)]).collect();
    rows.push(counted(Row::new("test images correct", Unit::Share, ours), CORRECT));
    let title = "LeNet-5, pruned, on MNIST";
    Section { title, columns: names.chain(["all"]).collect(), rows }
}

fn cycle_rows(layers: &[Measured]) -> [Row; 4] {
    let cycles = |sparse: bool, feed| {
        let of = |layer: &Measured| {
            let sparsity = if sparse { layer.sparsity } else { Sparsity::DENSE };
            let mode = best_mode(&layer.layer, &sparsity, feed);
            layer_cycles(&layer.layer, mode, &sparsity, feed) as f64
        };
        let mut cycles: Vec<_> = layers.iter().map(of).collect();
        cycles.push(cycles.iter().sum());
        cycles
    };
    let dense = cycles(false, Feed::Ideal);
    let [fast, slow] = [Feed::Ideal, Feed::OneStepPerCycle].map(|feed| cycles(true, feed));
    let speed = |sparse: &[f64]| {
        dense.iter().zip(sparse).map(|(dense, sparse)| Some(dense / sparse)).collect()
    };
    let count = |name, cycles: &[f64]| {
        Row::new(name, Unit::Count, cycles.iter().copied().map(Some).collect())
    };
    [
        count("cycles, dense", &dense).how(Basis::Modelled, DENSE),
        count("cycles, sparse", &fast).how(Basis::Modelled, "with the steps counted above"),
        Row::new("speed by skipping", Unit::Times, speed(&fast)).how(Basis::Modelled, SPEED),
        Row::new("  one step per cycle", Unit::Times, speed(&slow)).how(Basis::Modelled, SLOW),
    ]
}

const ZEROS: &str = "first 100 test images, in 8-bit integers, through a network trained, pruned \
                     and recorded by a script of ours; padding not included";

const COLUMNS: &str = "that are not zero in all filters";

const KEPT: &str = "4 successive patches, at least one step for them; mean of the images; conv3, fc1 and fc2 have a single \
                    patch, which is alone in its step in every mode";

const INDEPENDENT: &str = "columns left times 1 - z^n, n patches per step, zeros z of row a: what \
                           the tables above rest on";

const DENSE: &str = "512 elements, best of the three modes per layer; cycle rule of the table of \
                     utilisation";

const SPEED: &str = "cycles dense over sparse";

const SLOW: &str = "if patches arrive at one element each per cycle and are skipped afterwards";

const CORRECT: &str = "all 10 000 test images by the definition of the network, which a test repeats; \
                       of the first images the RTL itself gives the same results";
