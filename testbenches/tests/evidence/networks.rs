//! Trained networks on the emitted RTL: the target's session beside the golden model's, image by
//! image, and the definition where the target promises it.

use hwgen_compile::{Answer, Program, Session, target};
use hwgen_gen::{MachineError, Module};
use hwgen_networks::{Network, data, file};
use hwgen_numerics::Tensor;
use hwgen_sim::cosim::{self, cache::Cache};
use hwgen_testbenches::{Case, Check, Layer, Tally, Tier, cases, itself, with_fault};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Faults that are tried, at most: some show in no network.
const FAULTS: usize = 4;

/// The checks of this layer.
pub fn checks() -> Vec<Check> {
    let mut layer = Layer::new("networks");
    itself!(layer, every_target_runs_a_network_and_every_network_a_target);
    layer.needs(crate::cosim::TOOLS);
    for (case, path) in pairs() {
        let name = format!("{}::{}", case.name(), stem(&path));
        let (tier, weight) = (case.tier(), case.weight());
        let (faulty, its_path) = (case.clone(), path.clone());
        layer.add(&name, tier, weight, move || differences(&case, &path));
        let name = format!("{name}::a_fault_is_found");
        layer.add(&name, tier, weight, move || faults_missed(&faulty, &its_path));
    }
    layer.checks()
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// The networks of `models`: folders whose name their graph has.
fn networks() -> Vec<PathBuf> {
    let models = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../models");
    let folders = fs::read_dir(models).expect("models").flatten().map(|entry| entry.path());
    let graph = |folder: PathBuf| {
        let name = folder.file_name()?.to_owned();
        Some(folder.join(name).with_extension("json"))
    };
    let mut graphs: Vec<_> = folders
        .filter_map(graph)
        .filter(|path| path.with_extension("safetensors").is_file())
        .collect();
    graphs.sort();
    graphs
}

/// Whether every node with products is computed by the target.
fn is_computed(network: &Network, program: &Program) -> bool {
    let mut answers = program.answers.iter().enumerate();
    answers.all(|(node, answer)| answer.is_computed() || network.products(node) == 0)
}

/// For every target and network the smallest configuration that computes all of its products.
fn pairs() -> Vec<(Arc<Case>, PathBuf)> {
    let mut pairs = Vec::new();
    for block in hwgen_compile::names() {
        for path in networks() {
            let network = file::load(&path).expect("a network");
            let own = cases().into_iter().filter(|case| case.design.generator.name == block);
            let fitting = own.filter(|case| {
                let program = target(&case.design).expect("a target").compile(&network);
                is_computed(&network, &program)
            });
            let smallest = fitting.min_by_key(|case| case.design.spec.units());
            pairs.extend(smallest.map(|case| (case, path)));
        }
    }
    pairs
}

fn every_target_runs_a_network_and_every_network_a_target() {
    let pairs = pairs();
    for block in hwgen_compile::names() {
        let runs = pairs.iter().any(|(case, _)| case.design.generator.name == block);
        assert!(runs, "{block} runs no network of models");
    }
    for path in networks() {
        assert!(pairs.iter().any(|(_, other)| *other == path), "no target runs {}", path.display());
    }
}

/// Runs images in two batches, so that the second one finds what the first one left.
fn differences(case: &Case, path: &Path) -> Vec<String> {
    let network = file::load(path).expect("a network");
    let images = fs::read(path.with_file_name("images.npy")).expect("images");
    let images = data::images(&images, network.input().kind).expect("images");
    let images = if Tier::of_run() == Tier::Thorough { &images[..] } else { &images[..3] };
    let program = target(&case.design).expect("a target").compile(&network);
    match outputs(case, None, &network, &program, images) {
        Err(error) => vec![error],
        Ok(outputs) => unlike(&network, &program, images, &outputs),
    }
}

/// Faults of the design, one after the other, until the session finds one: it would be of no use if
/// it found none.
fn faults_missed(case: &Case, path: &Path) -> Vec<String> {
    let network = file::load(path).expect("a network");
    let images = fs::read(path.with_file_name("images.npy")).expect("images");
    let images = data::images(&images, network.input().kind).expect("images");
    let program = target(&case.design).expect("a target").compile(&network);
    let mutants = case.design.spec.mutants(&case.design.name);
    for mutant in mutants.iter().take(FAULTS) {
        let rtl = with_fault(case.design.rtl(), mutant).expect("a mutant that applies");
        if let Err(said) = outputs(case, Some(&rtl), &network, &program, &images[..1]) {
            Tally::caught();
            return if said.contains("FAIL") { Vec::new() } else { vec![said] };
        }
    }
    vec![format!("none of {FAULTS} faults was found")]
}

/// Results of all nodes, as far as they leave the hardware, for each image.
type Results = Vec<Vec<Option<Tensor>>>;

fn outputs(
    case: &Case,
    rtl: Option<&[Module]>,
    network: &Network,
    program: &Program,
    images: &[Tensor],
) -> Result<Results, String> {
    let session = cosim::Session::open(&case.design, rtl, 1, &Cache::of_user(), case.name());
    let rtl = session.map_err(|error| error.to_string())?;
    let failed = |error: MachineError| error.to_string();
    let mut session = Session::new(network, program, rtl).map_err(failed)?;
    let mut outputs = Vec::new();
    for batch in images.chunks(images.len().div_ceil(2)) {
        let outcomes = session.run(batch).map_err(failed)?;
        outputs.extend(outcomes.into_iter().map(|outcome| outcome.results));
    }
    Ok(outputs)
}

/// Nodes, exact like all before them, whose results are not those of the definition.
fn unlike(network: &Network, program: &Program, images: &[Tensor], given: &Results) -> Vec<String> {
    let inexact = |answer: &Answer| matches!(answer, Answer::Approximate(_));
    let exact = program.answers.iter().position(inexact).unwrap_or(program.answers.len());
    let mut complaints = Vec::new();
    for (number, (image, given)) in images.iter().zip(given).enumerate() {
        let expected = network.trace(image).expect("a legal image");
        let pairs = given.iter().zip(&expected).take(exact).enumerate();
        let wrong = pairs.filter(|(_, (given, expected))| {
            given.as_ref().is_some_and(|given| given != *expected)
        });
        let name = |node: usize| &network.nodes()[node].name;
        complaints.extend(wrong.map(|(node, _)| format!("image {number}: {} differs", name(node))));
    }
    complaints
}
