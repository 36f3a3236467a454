//! Nodes of every kind against the definition: equal where the answer says so, and else as near as
//! the cause that it names allows.

use crate::common::{design, element, kind, network, node, outputs, program, shifted, sums};
use hwgen_compile::cap_ram::CapRamTarget;
use hwgen_compile::cap_ram::mapper::Placement;
use hwgen_compile::{Answer, Session};
use hwgen_gen::GoldenMachine;
use hwgen_gen::block::Block;
use hwgen_gen::blocks::cap_ram::{Encoding, Generated};
use hwgen_gen::random::Random;
use hwgen_networks::operators::{Conv, Dense, Flatten, MaxPool};
use hwgen_networks::{Network, Node, Operator};
use hwgen_numerics::{Axis, Element, Tensor, TensorType, Weights, Window};

/// Codes finer than products: sums of a few pieces are certain.
const FINE: &str = "--slices 16 --columns 4 --adc-bits 10 --rows-per-cluster 16";

/// What an axis is drawn from: kernel, stride, dilation and pads on either side.
fn axis(random: &mut Random) -> Axis {
    let mut draw = |low, high| random.within(low, high) as usize;
    let axis = Axis::kernel(draw(1, 3)).stride(draw(1, 2)).dilation(draw(1, 2));
    let most = axis.extent() as i64 - 1;
    let mut pad = || random.within(0, most.min(2)) as usize;
    axis.padding(pad(), pad())
}

/// A convolution in groups with weights of `range` on a map of such elements.
fn convolution(random: &mut Random, element: Element, range: (i64, i64)) -> Network {
    let window = Window { rows: axis(random), columns: axis(random) };
    let mut draw = |low, high| random.within(low, high) as usize;
    let (groups, channels, filters) = (draw(1, 2), draw(1, 2), draw(1, 2));
    let (rows, columns) = (draw(5, 6), draw(5, 7));
    let count = groups * filters * channels * window.taps();
    let weights = (0..count).map(|_| random.within(range.0, range.1) as i32).collect();
    let weights = Weights::new(groups * filters, weights).expect("legal weights");
    let requantisation = sums(groups * filters);
    let conv = Operator::Conv(Conv { window, groups, weights, requantisation });
    let kind = kind([groups * channels, rows, columns], element);
    network(kind, vec![node("conv", &["image"], conv)])
}

fn image(random: &mut Random, kind: TensorType) -> Tensor {
    let (low, high) = kind.element.range().into_inner();
    let mut draw = || random.within(low.into(), high.into()) as i32;
    // A map of the largest elements makes the largest sums.
    let full = draw() % 4 == 0;
    let elements = (0..kind.shape.elements()).map(|_| if full { high } else { draw() });
    Tensor { kind, elements: elements.collect() }
}

#[test]
fn what_is_exact_equals_the_definition() {
    let design = design("cap_ram", FINE);
    let (mut random, mut exact) = (Random::new(13, 0), 0);
    for case in 0..60 {
        let bits = [1, 3, 4][case % 3];
        let zero_point = i32::from(bits == 3) * 5;
        let network = convolution(&mut random, element(bits, false, zero_point), (-1, 1));
        let program = program(&design, &network);
        if program.answers == [Answer::Exact] {
            exact += 1;
            let images: Vec<_> = (0..2).map(|_| image(&mut random, network.input().kind)).collect();
            let defined = network.infer(&images).expect("legal images");
            assert_eq!(outputs(&design, &network, &program, &images), defined, "case {case}");
        }
    }
    assert!(exact > 20, "{exact} of the networks are computed exactly");
}

/// Sum of the magnitudes of the weights of all conversions of a filter.
fn conversions(place: &Placement) -> f64 {
    let precision = place.demand.precision;
    let bits = precision.weight_bits();
    let digits = if precision.encoding() == Encoding::Ternary { bits - 1 } else { bits };
    let nibbles = if precision.is_long() { 17 } else { 1 };
    f64::from(((1 << digits) - 1) * nibbles) * place.pieces() as f64
}

/// The number before `products` in what an answer says; none if it is exact.
fn products_per_code(answer: &Answer) -> f64 {
    let cause = match answer {
        Answer::Exact => return 0.0,
        Answer::Approximate(cause) => cause,
        Answer::Refused(reason) => panic!("{reason}"),
    };
    let (before, _) = cause.split_once(" products").expect("products");
    before.rsplit(' ').next().and_then(|number| number.parse().ok()).expect("a number")
}

/// A code is read in the middle of what it counts: half of that, and at the ends of the range all of
/// it, for each conversion.
#[test]
fn what_is_approximate_is_so_within_its_cause() {
    let mut random = Random::new(14, 0);
    let (mut compared, mut differing) = (0, 0);
    for flags in ["--slices 16", "--slices 16 --columns 20 --adc-bits 8", "--slices 16 --columns 9"]
    {
        let spec = Generated::parse(flags).expect("legal flags");
        let design = design("cap_ram", flags);
        for (bits, range) in
            [(4, (0, 1)), (8, (-3, 3)), (5, (-8, 7)), (2, (-15, 15)), (7, (-128, 5))]
        {
            let element = element(bits, false, i32::from(bits == 5) * 9);
            let network = convolution(&mut random, element, range);
            let program = program(&design, &network);
            let mapping = CapRamTarget::new(&spec).mapping(&network);
            let Some(place) = mapping.placed().next() else { continue };
            let bound = conversions(place) * products_per_code(&program.answers[0]);
            let images: Vec<_> = (0..3).map(|_| image(&mut random, network.input().kind)).collect();
            let defined = network.infer(&images).expect("legal images");
            let given = outputs(&design, &network, &program, &images);
            let pairs = given
                .iter()
                .zip(&defined)
                .flat_map(|(given, defined)| given[0].elements.iter().zip(&defined[0].elements));
            for (given, defined) in pairs {
                let error = f64::from(given - defined).abs();
                // Rounding down takes up to one more.
                let most = if bound > 0.0 { bound + 1.0 } else { 0.0 };
                assert!(error <= most, "{flags}, {range:?}: {given} for {defined}, {bound}");
                compared += 1;
                differing += u32::from(given != defined);
            }
        }
    }
    assert!(compared > 1000 && differing > 100, "{differing} of {compared} differ");
}

/// Products of 60 at most and codes of 10 bits: all sums of a dense layer are certain, those at the
/// ends of the range too.
#[test]
fn a_dense_layer_is_exact_up_to_the_ends_of_the_range() {
    let weights = vec![1, 1, 1, 1, -1, -1, -1, -1, 1, -1, 1, 0];
    let weights = Weights::new(3, weights).expect("legal weights");
    let dense = Operator::Dense(Dense { weights, requantisation: sums(3) });
    let kind = kind([4, 1, 1], element(4, false, 0));
    let network = network(kind, vec![node("dense", &["image"], dense)]);
    let design = design("cap_ram", FINE);
    let program = program(&design, &network);
    assert_eq!(program.answers, [Answer::Exact]);
    let image = Tensor { kind, elements: vec![15; 4] };
    let given = outputs(&design, &network, &program, &[image]);
    assert_eq!(given[0][0].elements, [60, -60, 15]);
}

fn chain(random: &mut Random) -> Network {
    let mut weights = |filters: usize, length: usize| {
        let own = (0..filters * length).map(|_| random.within(-1, 1) as i32).collect();
        Weights::new(filters, own).expect("legal weights")
    };
    let axis = Axis::kernel(3).padding(1, 1);
    let window = Window { rows: axis, columns: axis };
    let (first, last) = (weights(2, 9), weights(3, 8));
    let conv = Conv {
        window,
        groups: 1,
        weights: first,
        requantisation: shifted(element(4, false, 0), 2, 1),
    };
    let pool = Axis::kernel(2).stride(2);
    let pool = MaxPool { window: Window { rows: pool, columns: pool } };
    let dense = Dense { weights: last, requantisation: sums(3) };
    let nodes: Vec<Node> = vec![
        node("conv", &["image"], Operator::Conv(conv)),
        node("pool", &["conv"], Operator::MaxPool(pool)),
        node("flatten", &["pool"], Operator::Flatten(Flatten)),
        node("dense", &["flatten"], Operator::Dense(dense)),
    ];
    network(kind([1, 4, 4], element(4, false, 0)), nodes)
}

/// Several images side by side give what they give one by one, in one session or in several.
#[test]
fn batches_change_nothing() {
    let mut random = Random::new(15, 0);
    let (design, network) = (design("cap_ram", "--slices 16 --columns 24"), chain(&mut random));
    let program = program(&design, &network);
    let images: Vec<_> = (0..5).map(|_| image(&mut random, network.input().kind)).collect();
    let together = outputs(&design, &network, &program, &images);
    let mut session =
        Session::new(&network, &program, GoldenMachine::new(&design)).expect("a setup");
    let mut cycles = Vec::new();
    for (number, image) in images.iter().enumerate() {
        let alone = outputs(&design, &network, &program, std::slice::from_ref(image));
        assert_eq!(alone[0], together[number], "image {number}");
        let outcomes = session.run(std::slice::from_ref(image)).expect("a play");
        let results: Vec<_> = outcomes[0].results.iter().flatten().cloned().collect();
        assert_eq!(results, together[number], "image {number}");
        cycles.push(session.cycles().to_vec());
    }
    assert_eq!(session.images(), 5);
    // 16 operations of a global cycle of 12 clock cycles, and the way in and out.
    let per_image = cycles[0][0].expect("predicted cycles");
    assert!((16 * 12..16 * 12 + 20).contains(&per_image), "{per_image}");
    assert_eq!(cycles[4][0], Some(5 * per_image));
}

/// What the host computes are the nodes without products.
#[test]
fn a_node_is_one_stage_or_the_hosts() {
    let network = chain(&mut Random::new(16, 0));
    let program = program(&design("cap_ram", ""), &network);
    let stages: Vec<_> = program.stages.iter().map(|stage| stage.nodes().to_vec()).collect();
    assert_eq!(stages, [[0], [3]]);
    let computed: Vec<_> = program.answers.iter().map(Answer::is_computed).collect();
    assert_eq!(computed, [true, false, false, true]);
}
