//! What is left to the host, with the reason.

use crate::common::{design, element, kind, network, node, outputs, program, shifted, sums};
use hwgen_compile::Answer;
use hwgen_networks::operators::{ArgMax, Conv, Dense};
use hwgen_networks::{Network, Operator};
use hwgen_numerics::{Axis, Element, Tensor, Weights, Window};

fn dense(filters: usize, channels: usize, weight: i32) -> Operator {
    let weights = Weights::new(filters, vec![weight; filters * channels]).expect("legal weights");
    Operator::Dense(Dense { weights, requantisation: sums(filters) })
}

/// A fully connected layer on such elements.
fn of(element: Element, weight: i32) -> Network {
    network(kind([3, 1, 1], element), vec![node("dense", &["image"], dense(2, 3, weight))])
}

fn reason(network: &Network) -> String {
    let program = program(&design("cap_ram", "--slices 8"), network);
    let reasons: Vec<_> = program.answers.iter().filter(|answer| !answer.is_computed()).collect();
    let [Answer::Refused(reason)] = reasons[..] else { panic!("{:?}", program.answers) };
    assert_eq!(program.setup.is_some(), !program.stages.is_empty());
    reason.clone()
}

#[test]
fn elements_and_weights_are_those_of_the_macro() {
    let message = "elements of signed 8 bits; accepted: unsigned, up to 8 bits";
    assert_eq!(reason(&of(element(8, true, 0), 1)), message);
    let message = "elements of unsigned 9 bits; accepted: unsigned, up to 8 bits";
    assert_eq!(reason(&of(element(9, false, 0), 1)), message);
    assert_eq!(reason(&of(element(8, false, 0), 128)), "weight 128; accepted: -128 to 127");
    assert_eq!(reason(&of(element(8, false, 0), -129)), "weight -129; accepted: -128 to 127");
    for weight in [-128, 127] {
        let program = program(&design("cap_ram", "--slices 8"), &of(element(8, false, 0), weight));
        assert!(program.answers[0].is_computed(), "{weight}");
    }
}

#[test]
fn what_has_no_products_is_the_hosts() {
    let nodes = vec![
        node("dense", &["image"], dense(2, 3, 1)),
        node("class", &["dense"], Operator::ArgMax(ArgMax)),
    ];
    let network = network(kind([3, 1, 1], element(4, false, 0)), nodes);
    assert_eq!(reason(&network), "no convolution; accepted: conv or dense");
}

/// The first layer fits, the second does not, the third does: the host computes the second.
#[test]
fn a_network_that_is_too_large_is_computed_as_far_as_it_fits() {
    let wide = |filters, channels| {
        let axis = Axis::kernel(1);
        let weights = Weights::new(filters, vec![1; filters * channels]).expect("legal weights");
        let conv = Conv {
            window: Window { rows: axis, columns: axis },
            groups: 1,
            weights,
            requantisation: shifted(element(8, false, 0), filters, 2),
        };
        Operator::Conv(conv)
    };
    let nodes = vec![
        node("first", &["image"], wide(4, 3)),
        node("second", &["first"], wide(40, 4)),
        node("third", &["second"], wide(2, 40)),
    ];
    let image = kind([3, 2, 2], element(4, false, 0));
    let network = network(image, nodes);
    let message = "12 of the 40 rows of slices that it takes find no place (all layers take 46, the \
                   macro has 32); accepted: 6 rows per slice instead of 4, which all layers fit, or \
                   28 filters of 40, which fit as it is";
    let design = design("cap_ram", "--slices 8 --columns 64 --rows-per-cluster 4");
    let program = program(&design, &network);
    let refused = program.answers.iter().filter_map(|answer| match answer {
        Answer::Refused(reason) => Some(reason.as_str()),
        _ => None,
    });
    assert_eq!(refused.collect::<Vec<_>>(), [message]);
    assert_eq!(program.stages.len(), 2);
    let image = Tensor { kind: image, elements: vec![7; 12] };
    let given = outputs(&design, &network, &program, std::slice::from_ref(&image));
    let second = network.apply(1, &[&given[0][0]]);
    assert_eq!(given[0][1], second);
}
