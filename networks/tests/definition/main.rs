//! Inference against a second implementation that is naive on purpose, on random small networks of
//! all operators.

#[path = "../common/mod.rs"]
mod common;
mod generate;
mod naive;

use common::random::Random;
use generate::generate;
use hwgen_networks::{Source, file};
use hwgen_numerics::Tensor;
use std::collections::BTreeMap;

const NETWORKS: u64 = 300;

#[test]
fn inference_is_the_definition() {
    let mut seen = BTreeMap::new();
    for seed in 0..NETWORKS {
        let mut random = Random::new(seed);
        let network = generate(&mut random);
        let kind = network.input().kind;
        let (low, high) = kind.element.range().into_inner();
        let elements = random.list(kind.shape.elements(), low, high);
        let image = Tensor { kind, elements };
        let results = network.trace(&image).expect("a legal image");
        for (number, node) in network.nodes().iter().enumerate() {
            let inputs = network.sources(number).iter().map(|&source| match source {
                Source::Input => &image,
                Source::Node(node) => &results[node],
            });
            let expected = naive::result(&node.operator, &inputs.collect::<Vec<_>>());
            let got = &results[number];
            assert_eq!(got.check(), Ok(()), "{} of seed {seed}", node.name);
            assert_eq!(got.elements, expected, "{} of seed {seed}: {node:?}", node.name);
            *seen.entry(node.operator.key()).or_insert(0) += 1;
        }
        let outputs = network.infer(std::slice::from_ref(&image)).expect("a legal image");
        let traced: Vec<_> = network.outputs().iter().map(|&node| results[node].clone()).collect();
        assert_eq!(outputs, [traced], "seed {seed}");
    }
    assert_eq!(seen.len(), 9, "{seen:?}");
    assert!(seen.values().all(|&count| count >= 30), "{seen:?}");
}

#[test]
fn files_of_random_networks_read_back() {
    for seed in 0..NETWORKS {
        let network = generate(&mut Random::new(seed));
        let files = file::write(&network).expect("files");
        let again = file::read(&files.graph, &files.arrays).expect("its own files");
        assert_eq!(again, network, "seed {seed}");
        assert_eq!(file::write(&again).expect("files"), files, "seed {seed}");
    }
}
