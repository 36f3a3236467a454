//! SPOTS as a target, on its golden model, against inference by definition.

use hwgen_compile::{Answer, Program, Session, target};
use hwgen_gen::random::Random;
use hwgen_gen::{Design, GoldenMachine, blocks};
use hwgen_networks::operators::{ArgMax, Conv, Dense, Flatten, MaxPool, SumPool};
use hwgen_networks::{Input, Network, Node, Operator, data, file};
use hwgen_numerics::{
    Axis, Coefficients, Element, Requantisation, Shape, Tensor, TensorType, Weights, Window,
};
use std::path::PathBuf;

fn design(configuration: &str, flags: &str) -> Design {
    let block = blocks::find("spots").expect("a block");
    let own = block.configurations.iter().find(|(name, _)| *name == configuration);
    block.parse(&format!("{} {flags}", own.expect("a configuration").1)).expect("legal flags")
}

fn compile(design: &Design, network: &Network) -> Program {
    target(design).expect("a target").compile(network)
}

/// The outputs for `images` on the golden model.
fn outputs(design: &Design, network: &Network, images: &[Tensor]) -> Vec<Vec<Tensor>> {
    let program = compile(design, network);
    let mut session = Session::new(network, &program, GoldenMachine::new(design)).expect("set up");
    let outcomes = session.run(images).expect("results");
    let taken = |results: &[Option<Tensor>]| {
        let output = |&node: &usize| results[node].clone().expect("an output");
        network.outputs().iter().map(output).collect()
    };
    outcomes.iter().map(|outcome| taken(&outcome.results)).collect()
}

fn node(name: &str, input: &str, operator: Operator) -> Node {
    Node { name: name.to_owned(), inputs: vec![input.to_owned()], operator, scale: None }
}

/// A network of operators one after the other.
fn chain(kind: TensorType, operators: Vec<Operator>) -> Network {
    let input = Input { name: "image".to_owned(), kind, scale: None };
    let names: Vec<_> = (0..operators.len()).map(|number| format!("node {number}")).collect();
    let sources = std::iter::once("image").chain(names.iter().map(String::as_str));
    let nodes = names.iter().zip(sources).zip(operators);
    let nodes = nodes.map(|((name, source), operator)| node(name, source, operator)).collect();
    Network::new(input, nodes, &names[names.len() - 1..]).expect("a legal network")
}

fn kind(shape: [usize; 3], element: Element) -> TensorType {
    let [channels, rows, columns] = shape;
    TensorType { shape: Shape { channels, rows, columns }, element }
}

fn element(bits: u32, signed: bool, zero: i32) -> Element {
    Element::new(bits, signed, zero).expect("a legal element")
}

fn image(random: &mut Random, kind: TensorType) -> Tensor {
    let (low, high) = kind.element.range().into_inner();
    let elements =
        (0..kind.shape.elements()).map(|_| random.within(low.into(), high.into()) as i32);
    Tensor { kind, elements: elements.collect() }
}

/// A requantisation as training makes it: the bias before the multiplier, rounded half up.
fn rounded(random: &mut Random, element: Element, filters: usize, low: i32) -> Requantisation {
    let coefficients = (0..filters).map(|_| {
        let shift = random.within(6, 14) as u32;
        let multiplier = random.within(-60, 60) as i32;
        let bias = random.within(-900, 900);
        let zero = i64::from(element.zero_point()) << shift;
        let whole = bias * i64::from(multiplier) + <Coefficients>::half(shift) - zero;
        // The zero point is no multiple of the multiplier in general.
        let bias = if element.zero_point() == 0 { whole } else { whole + zero };
        Coefficients { multipliers: [multiplier], bias, shift }
    });
    Requantisation::new(element, low..=*element.range().end(), coefficients.collect())
        .expect("a legal requantisation")
}

fn axis(random: &mut Random, stride: usize) -> Axis {
    let mut size = |low, high| random.within(low, high) as usize;
    let axis = Axis::kernel(size(1, 3)).dilation(size(1, 2)).stride(stride);
    let most = axis.extent() as i64 - 1;
    axis.padding(size(0, most), size(0, most))
}

/// Windows of all kinds, groups, signs, strides: whatever is accepted is exact where it says so, and
/// at most one lower where it says that.
#[test]
fn convolutions_of_any_window_are_those_of_the_definition() {
    let design = design("small", "");
    let (mut exact, mut approximate, mut refused) = (0, 0, 0);
    for seed in 0..1000 {
        let mut random = Random::new(seed, 0);
        let groups = random.within(1, 2) as usize;
        let channels = groups * random.within(1, 3) as usize;
        let filters = groups * random.within(1, 5) as usize;
        let stride = random.within(1, 3) as usize;
        let window = Window { rows: axis(&mut random, stride), columns: axis(&mut random, stride) };
        let input = element(random.within(2, 8) as u32, true, 0);
        let map = kind([channels, 7 + random.within(0, 4) as usize, 9], input);
        let count = filters * channels / groups * window.taps();
        let weights = (0..count).map(|_| random.within(-127, 127) * random.within(0, 1));
        let weights = Weights::new(filters, weights.map(|weight| weight as i32).collect());
        let zero = if random.within(0, 3) == 0 { random.within(-20, 20) as i32 } else { 0 };
        let result = element(8, true, zero);
        let low = if random.within(0, 1) == 0 { -128 } else { 0 };
        let requantisation = rounded(&mut random, result, filters, low);
        let weights = weights.expect("legal weights");
        let conv = Conv { window, groups, weights, requantisation };
        let network = chain(map, vec![Operator::Conv(conv)]);
        let tolerance = match &compile(&design, &network).answers[0] {
            Answer::Exact => {
                exact += 1;
                0
            }
            Answer::Approximate(_) => {
                approximate += 1;
                1
            }
            Answer::Refused(_) => {
                refused += 1;
                continue;
            }
        };
        let images: Vec<_> = (0..2).map(|_| image(&mut random, map)).collect();
        let expected = network.infer(&images).expect("legal images");
        for (given, expected) in outputs(&design, &network, &images).iter().zip(&expected) {
            let pairs = given[0].elements.iter().zip(&expected[0].elements);
            let wrong =
                pairs.filter(|(given, expected)| !(0..=tolerance).contains(&(*expected - *given)));
            assert_eq!(wrong.count(), 0, "seed {seed}");
        }
    }
    assert!(exact > 100 && approximate > 20 && refused > 20, "{exact} {approximate} {refused}");
}

/// The pool of every kind after a convolution, and one that is left to the host.
#[test]
fn pools_are_joined_where_the_hardware_has_them() {
    let design = design("small", "");
    let mut random = Random::new(7, 0);
    let result = element(8, true, 0);
    let map = kind([2, 9, 10], result);
    let window = |axis: Axis| Window { rows: axis, columns: axis };
    let mut conv = || {
        let weights = (0..5 * 2 * 9).map(|_| random.within(-99, 99) as i32).collect();
        let weights = Weights::new(5, weights).expect("legal weights");
        let requantisation = rounded(&mut random, result, 5, -128);
        let window = window(Axis::kernel(3).padding(1, 1));
        Operator::Conv(Conv { window, groups: 1, weights, requantisation })
    };
    let mean = |size: usize| {
        let count = (size * size) as u32;
        let numbers =
            Coefficients { multipliers: [1], bias: i64::from(count) / 2, shift: count.ilog2() };
        let requantisation =
            Requantisation::new(result, -128..=127, vec![numbers; 5]).expect("a mean");
        Operator::SumPool(SumPool {
            window: window(Axis::kernel(size).stride(size)),
            requantisation,
        })
    };
    let largest = |axis: Axis| Operator::MaxPool(MaxPool { window: window(axis) });
    let cases = [
        (largest(Axis::kernel(2).stride(2)), true),
        (largest(Axis::kernel(3).stride(3)), true),
        (mean(2), true),
        (mean(4), true),
        (largest(Axis::kernel(3).stride(2)), false),
        (largest(Axis::kernel(2).stride(2).padding(1, 1)), false),
        (mean(1), true),
    ];
    for (number, (pool, joined)) in cases.into_iter().enumerate() {
        let network = chain(map, vec![conv(), pool]);
        let program = compile(&design, &network);
        assert_eq!(program.answers[1].is_computed(), joined, "case {number}");
        assert_eq!(program.stages.len(), 1, "case {number}");
        let images: Vec<_> =
            (0..3).map(|_| image(&mut Random::new(number as u64, 1), map)).collect();
        let expected = network.infer(&images).expect("legal images");
        assert_eq!(outputs(&design, &network, &images), expected, "case {number}");
    }
}

#[test]
fn fully_connected_layers_take_maps_and_vectors() {
    let design = design("small", "");
    let mut random = Random::new(3, 0);
    let result = element(8, true, 0);
    for shape in [[3, 5, 5], [12, 1, 1]] {
        let map = kind(shape, result);
        let length: usize = shape.into_iter().product();
        let mut dense = |filters: usize, length: usize| {
            let weights = (0..filters * length).map(|_| random.within(-50, 50) as i32).collect();
            let weights = Weights::new(filters, weights).expect("legal weights");
            let requantisation = rounded(&mut random, result, filters, 0);
            Operator::Dense(Dense { weights, requantisation })
        };
        let layers = [dense(11, length), dense(10, 11)];
        let [first, second] = layers;
        let network =
            chain(map, vec![Operator::Flatten(Flatten), first, second, Operator::ArgMax(ArgMax)]);
        let program = compile(&design, &network);
        let words: Vec<_> = program.answers.iter().map(Answer::word).collect();
        assert_eq!(words, ["exact", "exact", "exact", "host"]);
        let images: Vec<_> = (0..3).map(|seed| image(&mut Random::new(seed, 2), map)).collect();
        let expected = network.infer(&images).expect("legal images");
        assert_eq!(outputs(&design, &network, &images), expected);
    }
}

fn lenet5() -> (Network, Vec<Tensor>) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../models/lenet5");
    let network = file::load(&path.join("lenet5.json")).expect("a network");
    let images = std::fs::read(path.join("images.npy")).expect("images");
    let images = data::images(&images, network.input().kind).expect("images");
    (network, images)
}

/// Rows divided in all ways, batches and single images.
#[test]
fn lenet5_is_exact_in_every_design_made_for_it() {
    let (network, images) = lenet5();
    let images = &images[..3];
    let expected = network.infer(images).expect("legal images");
    for flags in ["", "--split 1", "--cols 8", "--acc-width 30 --rows 64", "--data-width 12"] {
        let design = design("lenet", flags);
        let program = compile(&design, &network);
        let words: Vec<_> = program.answers.iter().map(Answer::word).collect();
        assert_eq!(words[..7], ["exact"; 7], "{flags:?}");
        assert_eq!((words[7], program.stages.len()), ("host", 5), "{flags:?}");
        assert_eq!(outputs(&design, &network, images), expected, "{flags:?}");
        let single =
            images.iter().flat_map(|image| outputs(&design, &network, std::slice::from_ref(image)));
        assert_eq!(single.collect::<Vec<_>>(), expected, "{flags:?}");
    }
}

#[test]
fn what_does_not_fit_is_left_to_the_host_with_what_would() {
    let (network, images) = lenet5();
    let refusals = [
        (
            "--acc-width 15",
            0,
            "products lose 1 bits in this design; accepted: --data-width up to 7 with --acc-width 15, ",
        ),
        ("--acc-width 18", 0, "sums up to 160896; accepted: up to 131071 (acc-width)"),
        ("--scale-width 8", 0, "raised by 0 bits to a shift"),
        ("--weight-lines 700", 4, "800 lines of weights; accepted: at most 700"),
        ("--max-kernel 4", 0, "kernel 5"),
        ("--data-width 7", 0, "a map of -128 to 127; accepted: within -64 to 63"),
    ];
    for (flags, node, message) in refusals {
        let design = design("lenet", flags);
        let program = compile(&design, &network);
        let reason = program.answers[node].reason().expect("a reason");
        assert!(reason.contains(message), "{flags}: {reason}");
        let expected = network.infer(&images[..1]).expect("a legal image");
        assert_eq!(outputs(&design, &network, &images[..1]), expected, "{flags}");
    }
}

/// Cycles are those that the contract predicts, stage by stage, and add up over batches.
#[test]
fn cycles_accumulate() {
    let (network, images) = lenet5();
    let design = design("lenet", "");
    let program = compile(&design, &network);
    let golden = GoldenMachine::new(&design);
    let mut session = Session::new(&network, &program, golden).expect("set up");
    session.run(&images[..1]).expect("results");
    let first: Vec<_> = session.cycles().iter().map(|cycles| cycles.expect("predicted")).collect();
    session.run(&images[..1]).expect("results");
    let both: Vec<_> = session.cycles().iter().map(|cycles| cycles.expect("predicted")).collect();
    assert_eq!(both, first.iter().map(|cycles| 2 * cycles).collect::<Vec<_>>());
    assert!(first.iter().all(|&cycles| cycles > 100));
    assert_eq!(session.images(), 2);
}
