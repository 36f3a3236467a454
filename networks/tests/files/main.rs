//! The file of a network: its text, its schema, and what is refused.

mod arrays;
#[path = "../common/mod.rs"]
mod common;
mod disk;
mod graph;

use common::{element, kind, network, node, requantise, square, weights};
use hwgen_networks::operators::{
    Add, ArgMax, Concat, Conv, Dense, Flatten, MaxPool, SumPool, Threshold,
};
use hwgen_networks::{Network, Node, Operator, file};
use hwgen_numerics::{Axis, Coefficients, Requantisation, Thresholds};

/// A network of all operators: conv, max_pool, sum_pool, add, threshold, concat, flatten, dense,
/// arg_max.
fn sample() -> Network {
    let own = element(8, true, 0);
    let axis = Axis::kernel(3).padding(1, 1);
    let conv = Conv {
        window: square(axis),
        groups: 1,
        weights: weights(2, (0..18).map(|weight| weight - 9).collect()),
        requantisation: requantise(own, 2, 5, 8, 4),
    };
    let sum =
        SumPool { window: square(axis), requantisation: requantise(own, 2, 7282, 1 << 15, 16) };
    let both = vec![Coefficients { multipliers: [3, -1], bias: 0, shift: 1 }; 2];
    let add = Requantisation::new(own, 0..=127, both).expect("a legal requantisation");
    let steps = Thresholds::new(element(2, false, 0), 0, 2, vec![-3, 5, 0, 70_000]);
    let dense = Dense {
        weights: weights(3, (0..192).map(|weight| weight * 100 - 9600).collect()),
        requantisation: requantise(element(16, true, 0), 3, -1, 0, 3),
    };
    let nodes = vec![
        node("conv", &["image"], Operator::Conv(conv)),
        node("max", &["conv"], Operator::MaxPool(MaxPool { window: square(axis) })),
        Node { scale: Some(0.1), ..node("mean", &["conv"], Operator::SumPool(sum)) },
        node("sum", &["max", "mean"], Operator::Add(Add { requantisation: add })),
        node("bits", &["sum"], threshold(steps)),
        node("both", &["bits", "bits"], Operator::Concat(Concat)),
        node("flat", &["both"], Operator::Flatten(Flatten)),
        node("logits", &["flat"], Operator::Dense(dense)),
        node("class", &["logits"], Operator::ArgMax(ArgMax)),
    ];
    network(kind([1, 4, 4], element(8, false, 128)), nodes, &["logits", "class"])
        .expect("a legal network")
}

fn threshold(steps: Result<Thresholds, hwgen_numerics::Illegal>) -> Operator {
    Operator::Threshold(Threshold { thresholds: steps.expect("legal thresholds") })
}

fn files() -> file::Files {
    file::write(&sample()).expect("files")
}

#[test]
fn what_is_written_reads_back() {
    let files = files();
    let again = file::read(&files.graph, &files.arrays).expect("its own files");
    assert_eq!(again, sample());
    assert_eq!(file::write(&again).expect("files"), files);
}
