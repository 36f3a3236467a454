//! The worked examples of `NUMERICS.md` that are about operators.

mod common;

use common::{apply, element, kind, network, node, requantise, square, weights, window};
use hwgen_networks::Operator;
use hwgen_networks::operators::{
    Add, ArgMax, Concat, Conv, Dense, Flatten, MaxPool, SumPool, Threshold,
};
use hwgen_numerics::{Axis, Coefficients, Requantisation, Tensor, Thresholds};

/// Unsigned elements with zero point 10, one pad on the left: sums of `2 (a - 10) - 3 (b - 10)`.
#[test]
fn zero_points_are_folded_into_biases_and_pads_are_zero_points() {
    let window = window(Axis::kernel(1), Axis::kernel(2).padding(1, 0));
    let conv = |bias| {
        Operator::Conv(Conv {
            window,
            groups: 1,
            weights: weights(1, vec![2, -3]),
            requantisation: requantise(element(8, true, 0), 1, 1, bias, 0),
        })
    };
    let image = kind([1, 1, 3], element(8, false, 10));
    assert_eq!(apply(conv(0), image, &[12, 9, 15]), [-16, -3, -27]);
    assert_eq!(apply(conv(10), image, &[12, 9, 15]), [-6, 7, -17]);
}

#[test]
fn groups_do_not_see_each_other() {
    let depthwise = Operator::Conv(Conv {
        window: square(Axis::kernel(1)),
        groups: 2,
        weights: weights(2, vec![3, -1]),
        requantisation: requantise(element(8, true, 0), 2, 1, 0, 0),
    });
    let image = kind([2, 1, 2], element(4, true, 0));
    assert_eq!(apply(depthwise, image, &[1, 2, 3, 4]), [3, 6, -3, -4]);
}

#[test]
fn a_dense_layer_joins_all_channels() {
    let dense = Operator::Dense(Dense {
        weights: weights(2, vec![1, 0, -1, 2, 2, 2]),
        requantisation: requantise(element(8, true, 0), 2, 1, 0, 0),
    });
    assert_eq!(apply(dense, kind([3, 1, 1], element(4, true, 0)), &[1, 2, 3]), [-2, 12]);
}

/// The second window has one element and one pad, which does not win.
#[test]
fn pads_never_win_a_maximum() {
    let window = window(Axis::kernel(1), Axis::kernel(2).stride(2).padding(0, 1));
    let pool = Operator::MaxPool(MaxPool { window });
    let image = kind([1, 1, 3], element(8, true, 0));
    assert_eq!(apply(pool, image, &[-5, -3, -9]), [-3, -9]);
}

/// Thirds are `21846 / 2^16`: 7 / 3 and 11 / 3, rounded half up.
#[test]
fn a_mean_is_a_sum_requantised() {
    let pool = Operator::SumPool(SumPool {
        window: window(Axis::kernel(1), Axis::kernel(3)),
        requantisation: requantise(element(8, true, 0), 1, 21_846, <Coefficients>::half(16), 16),
    });
    let image = kind([1, 2, 3], element(8, true, 0));
    assert_eq!(apply(pool, image, &[1, 2, 4, 2, 4, 5]), [2, 4]);
}

/// Branches of scale 1/2 and 1/4, rounded half up: 3.25 and -1.5.
#[test]
fn an_addition_gives_each_branch_its_multiplier() {
    let element = element(4, true, 0);
    let coefficients = vec![Coefficients { multipliers: [2, 1], bias: 2, shift: 2 }];
    let requantisation = Requantisation::new(element, element.range(), coefficients);
    let add = Add { requantisation: requantisation.expect("a legal requantisation") };
    // Both branches are cut out of one image: the first and the last two columns.
    let pair = kind([1, 1, 4], element);
    let columns = |name: &str, weight: Vec<i32>| {
        let conv = Conv {
            window: window(Axis::kernel(1), Axis::kernel(3)),
            groups: 1,
            weights: weights(1, weight),
            requantisation: requantise(element, 1, 1, 0, 0),
        };
        node(name, &["image"], Operator::Conv(conv))
    };
    let nodes = vec![
        columns("first", vec![1, 0, 0]),
        columns("second", vec![0, 0, 1]),
        node("sum", &["first", "second"], Operator::Add(add)),
    ];
    let network = network(pair, nodes, &["sum"]).expect("a legal network");
    let image = Tensor { kind: pair, elements: vec![5, -5, 3, 4] };
    let outputs = network.infer(&[image]).expect("a legal image");
    assert_eq!(outputs[0][0].elements, [3, -1]);
}

#[test]
fn thresholds_are_counted() {
    let thresholds = Thresholds::new(element(2, true, 0), -2, 3, vec![-10, 0, 10, 5, 5, 7]);
    let thresholds = thresholds.expect("legal thresholds");
    let image = kind([2, 1, 3], element(8, true, 0));
    let results =
        apply(Operator::Threshold(Threshold { thresholds }), image, &[-11, 0, 10, 4, 5, 7]);
    assert_eq!(results, [-2, 0, 1, -2, 0, 1]);
}

#[test]
fn the_lowest_of_equal_channels_wins() {
    let image = kind([3, 1, 2], element(4, true, 0));
    let results = apply(Operator::ArgMax(ArgMax), image, &[1, -8, 3, -8, 3, -8]);
    assert_eq!(results, [1, 0]);
}

#[test]
fn a_map_is_flattened_channel_by_channel_and_joined_tensor_by_tensor() {
    let image = kind([2, 1, 2], element(4, true, 0));
    assert_eq!(apply(Operator::Flatten(Flatten), image, &[1, 2, 3, 4]), [1, 2, 3, 4]);
    let pool = MaxPool { window: window(Axis::kernel(1), Axis::kernel(2).padding(1, 0)) };
    let nodes = vec![
        node("largest", &["image"], Operator::MaxPool(pool)),
        node("both", &["largest", "image"], Operator::Concat(Concat)),
    ];
    let network = network(image, nodes, &["both"]).expect("a legal network");
    let image = Tensor { kind: image, elements: vec![4, 2, 1, 3] };
    let outputs = network.infer(&[image]).expect("a legal image");
    assert_eq!(outputs[0][0].kind.shape.channels, 4);
    assert_eq!(outputs[0][0].elements, [4, 4, 1, 3, 4, 2, 1, 3]);
}
