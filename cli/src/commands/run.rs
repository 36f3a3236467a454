//! `hwgen run`.

use super::whole_number;
use crate::exit::{Exit, Usage};
use crate::terminal::{self, line, say, thousands};
use hwgen_compile::{Answer, Outcome, Program, Session, target};
use hwgen_gen::params::Range;
use hwgen_gen::{Design, GoldenMachine, Machine, MachineError};
use hwgen_networks::{Network, Operator, data, file};
use hwgen_numerics::Tensor;
use hwgen_sim::cosim::cache::Cache;
use hwgen_sim::cosim::{self, Wrong};
use hwgen_sim::input;
use indicatif::ProgressBar;
use serde::Serialize;
use std::path::PathBuf;

/// Images side by side.
const BATCH: Range = Range(1, 1000);

/// What computes the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
enum On {
    /// Inference by definition, without a target
    Definition,
    /// The golden model of the target
    Golden,
    /// The emitted RTL of the target, compared with its golden model beat by beat
    Rtl,
}

/// Flags of `run`.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// The network: NAME.json, with NAME.safetensors beside it
    network: PathBuf,
    /// Images: a .npy array of image, channel, row and column, packed (.gz) or not
    #[arg(long, value_name = "FILE")]
    images: PathBuf,
    /// Labels: a .npy array of one axis
    #[arg(long, value_name = "FILE")]
    labels: Option<PathBuf>,
    /// What computes [default: golden, without a target definition]
    #[arg(long, value_enum)]
    on: Option<On>,
    /// Take the first images only
    #[arg(long, value_name = "NUMBER", value_parser = whole_number::<usize>)]
    count: Option<usize>,
    /// Images that go through a layer side by side
    #[arg(long, value_name = BATCH.to_string(), default_value_t = 10, value_parser = BATCH)]
    batch: u32,
    /// Seed of what the RTL holds before its reset
    #[arg(long, value_name = "NUMBER", default_value_t = 1, value_parser = whole_number::<u64>)]
    seed: u64,
    /// Print JSON, with the outputs of all images
    #[arg(long)]
    json: bool,
}

/// Runs a network, on `design` if it is given.
pub fn run(design: Option<&Design>, options: &Options) -> anyhow::Result<Exit> {
    let network = file::load(&options.network).map_err(|error| Usage(error.to_string()))?;
    let images = images(&network, options)?;
    let labels = labels(&images, options)?;
    let usual = if design.is_some() { On::Golden } else { On::Definition };
    let on = options.on.unwrap_or(usual);
    let program = match (on, design) {
        (On::Definition, _) => None,
        (_, Some(design)) => Some(compile(design, &network)?),
        (_, None) => {
            let on = if on == On::Golden { "golden" } else { "rtl" };
            let accepted = hwgen_compile::names().join(", ");
            anyhow::bail!(Usage(format!(
                "--target is missing, which --on {on} needs; accepted: {accepted}"
            )))
        }
    };
    let bar = terminal::spinner("computing by definition");
    let expected = by_definition(&network, &images);
    let computed = match design.zip(program.as_ref()) {
        None => Ok(Computed { outputs: expected.clone(), cycles: Vec::new() }),
        Some((design, program)) => {
            on_hardware(design, &network, program, &images, on, options, &bar)
        }
    };
    bar.finish_and_clear();
    let computed = match computed {
        Ok(computed) => computed,
        Err(Stopped::Wrong(failure)) => {
            say!("{}", terminal::command());
            line("verdict", failure);
            return Ok(Exit::Failed);
        }
        Err(Stopped::Error(error)) => return Err(error),
    };
    let report = Report::new(&network, program.as_ref(), &computed, &expected, labels.as_deref());
    let report = Report {
        network: options.network.display().to_string(),
        target: design.filter(|_| on != On::Definition).map(|design| design.command.clone()),
        on,
        ..report
    };
    if options.json {
        terminal::json(&report)?;
    } else {
        print(&report);
    }
    Ok(Exit::Success)
}

fn compile(design: &Design, network: &Network) -> anyhow::Result<Program> {
    let target = target(design).ok_or_else(|| {
        let (block, targets) = (design.generator.name, hwgen_compile::names().join(", "));
        Usage(format!("--target {block}: it runs no networks; accepted: {targets}"))
    })?;
    Ok(target.compile(network))
}

fn images(network: &Network, options: &Options) -> anyhow::Result<Vec<Tensor>> {
    let path = &options.images;
    let images = data::images(&input::unpacked(path)?, network.input().kind);
    let mut images = images.map_err(|error| Usage(format!("{}: {error}", path.display())))?;
    let (there, wanted) = (images.len(), options.count.unwrap_or(images.len()));
    if wanted > there || wanted == 0 {
        let accepted = format!("1..={there}, the images of {}", path.display());
        anyhow::bail!(Usage(format!("--count {wanted}; accepted: {accepted}")));
    }
    images.truncate(wanted);
    Ok(images)
}

fn labels(images: &[Tensor], options: &Options) -> anyhow::Result<Option<Vec<usize>>> {
    let Some(path) = &options.labels else { return Ok(None) };
    let labels = data::labels(&input::unpacked(path)?);
    let mut labels = labels.map_err(|error| Usage(format!("{}: {error}", path.display())))?;
    if labels.len() < images.len() {
        let (file, given, needed) = (path.display(), labels.len(), images.len());
        anyhow::bail!(Usage(format!(
            "{file}: {given} labels; accepted: one for each of {needed} images"
        )));
    }
    labels.truncate(images.len());
    Ok(Some(labels))
}

/// Outputs of every image, in the order of the network's outputs.
type Outputs = Vec<Vec<Tensor>>;

fn by_definition(network: &Network, images: &[Tensor]) -> Outputs {
    let outputs = network.infer(images);
    outputs.unwrap_or_else(|error| unreachable!("images were checked: {error}"))
}

/// What a run gave.
struct Computed {
    outputs: Outputs,
    /// Cycles of each stage over all images.
    cycles: Vec<Option<u64>>,
}

/// Why a run did not come to its end.
enum Stopped {
    /// The RTL does not keep its contract.
    Wrong(Wrong),
    Error(anyhow::Error),
}

impl From<MachineError> for Stopped {
    fn from(error: MachineError) -> Self {
        match error.into_inner().downcast::<Wrong>() {
            Ok(wrong) => Self::Wrong(*wrong),
            Err(error) => Self::Error(anyhow::anyhow!(error)),
        }
    }
}

fn on_hardware(
    design: &Design,
    network: &Network,
    program: &Program,
    images: &[Tensor],
    on: On,
    options: &Options,
    bar: &ProgressBar,
) -> Result<Computed, Stopped> {
    match on {
        On::Definition | On::Golden => {
            let session = Session::new(network, program, GoldenMachine::new(design))?;
            batches(session, network, images, options, bar)
        }
        On::Rtl => {
            bar.set_message("compiling the model");
            let (cache, again) = (Cache::of_user(), terminal::command());
            let rtl = cosim::Session::open(design, options.seed, &cache, again);
            let rtl = rtl.map_err(|error| Stopped::Error(error.into()))?;
            batches(Session::new(network, program, rtl)?, network, images, options, bar)
        }
    }
}

fn batches(
    mut session: Session<'_, impl Machine>,
    network: &Network,
    images: &[Tensor],
    options: &Options,
    bar: &ProgressBar,
) -> Result<Computed, Stopped> {
    terminal::count(bar, images.len() as u64, "images");
    let mut outputs = Vec::with_capacity(images.len());
    for batch in images.chunks(options.batch as usize) {
        let outcomes = session.run(batch)?;
        outputs.extend(outcomes.into_iter().map(|outcome| taken(network, outcome)));
        bar.inc(batch.len() as u64);
    }
    Ok(Computed { outputs, cycles: session.cycles().to_vec() })
}

/// The outputs among the results of all nodes.
fn taken(network: &Network, mut outcome: Outcome) -> Vec<Tensor> {
    network.outputs().iter().filter_map(|&node| outcome.results[node].take()).collect()
}

/// What is said of a run.
#[derive(Serialize)]
struct Report {
    network: String,
    target: Option<String>,
    on: On,
    images: usize,
    nodes: Vec<NodeReport>,
    stages: Vec<StageReport>,
    /// Of all products, those that the host computes; nothing without a target.
    host_share_of_products: Option<f64>,
    cycles_per_image: Option<f64>,
    accuracy: Option<Accuracy>,
    /// Images whose outputs are those of the definition, to the last bit.
    equal_to_definition: usize,
    /// Per image and output its elements.
    outputs: Vec<Vec<Vec<i32>>>,
    output_names: Vec<String>,
}

#[derive(Serialize)]
struct NodeReport {
    name: String,
    operator: &'static str,
    result: String,
    products: u64,
    /// `exact`, `approximate` or `host`; nothing without a target.
    computed: Option<&'static str>,
    reason: Option<String>,
}

#[derive(Serialize)]
struct StageReport {
    nodes: Vec<String>,
    cycles_per_image: Option<f64>,
}

#[derive(Serialize)]
struct Accuracy {
    correct: usize,
    of: usize,
    output: String,
}

impl Report {
    fn new(
        network: &Network,
        program: Option<&Program>,
        computed: &Computed,
        expected: &Outputs,
        labels: Option<&[usize]>,
    ) -> Self {
        let images = computed.outputs.len();
        let per_image = |cycles: u64| cycles as f64 / images as f64;
        let name = |node: usize| network.nodes()[node].name.clone();
        let stages = program.iter().flat_map(|program| &program.stages).zip(&computed.cycles);
        let stages: Vec<_> = stages
            .map(|(stage, cycles)| StageReport {
                nodes: stage.nodes().iter().map(|&node| name(node)).collect(),
                cycles_per_image: cycles.map(per_image),
            })
            .collect();
        let all = computed.cycles.iter().copied().sum::<Option<u64>>();
        let equal = computed.outputs.iter().zip(expected).filter(|(given, own)| given == own);
        let elements = |outputs: &Vec<Tensor>| {
            outputs.iter().map(|output| output.elements.clone()).collect::<Vec<_>>()
        };
        Self {
            network: String::new(),
            target: None,
            on: On::Definition,
            images,
            nodes: nodes(network, program),
            cycles_per_image: all.filter(|_| !stages.is_empty()).map(per_image),
            stages,
            host_share_of_products: program.map(|program| host_share(network, program)),
            accuracy: labels.map(|labels| accuracy(network, &computed.outputs, labels)),
            equal_to_definition: equal.count(),
            outputs: computed.outputs.iter().map(elements).collect(),
            output_names: network.outputs().iter().map(|&node| name(node)).collect(),
        }
    }
}

fn nodes(network: &Network, program: Option<&Program>) -> Vec<NodeReport> {
    let answer = |node: usize| program.map(|program| &program.answers[node]);
    let report = |node: usize| NodeReport {
        name: network.nodes()[node].name.clone(),
        operator: network.nodes()[node].operator.key(),
        result: network.kind(hwgen_networks::Source::Node(node)).to_string(),
        products: network.products(node),
        computed: answer(node).map(Answer::word),
        reason: answer(node).and_then(Answer::reason).map(str::to_owned),
    };
    (0..network.nodes().len()).map(report).collect()
}

/// Of all products, those of nodes that the target refuses.
fn host_share(network: &Network, program: &Program) -> f64 {
    let products = |is_wanted: &dyn Fn(&Answer) -> bool| -> u64 {
        let answers = program.answers.iter().enumerate();
        let wanted = answers.filter(|(_, answer)| is_wanted(answer));
        wanted.map(|(node, _)| network.products(node)).sum()
    };
    let all = products(&|_| true);
    if all == 0 { 0.0 } else { products(&|answer| !answer.is_computed()) as f64 / all as f64 }
}

/// Images whose class is their label. The class is the result of the output that is an arg max, else
/// the largest element of the first output, the first of several.
fn accuracy(network: &Network, outputs: &Outputs, labels: &[usize]) -> Accuracy {
    let is_class = |&node: &usize| matches!(network.nodes()[node].operator, Operator::ArgMax(_));
    let told = network.outputs().iter().position(is_class);
    let class = |outputs: &Vec<Tensor>| match told {
        Some(output) => outputs[output].elements[0] as usize,
        None => {
            let elements = &outputs[0].elements;
            let largest = elements.iter().max();
            elements.iter().position(|element| Some(element) == largest).unwrap_or(0)
        }
    };
    let right = outputs.iter().zip(labels).filter(|(outputs, label)| class(outputs) == **label);
    let output = network.outputs()[told.unwrap_or(0)];
    let output = network.nodes()[output].name.clone();
    Accuracy { correct: right.count(), of: outputs.len(), output }
}

/// Images whose outputs are printed.
const SHOWN: usize = 10;

fn print(report: &Report) {
    let target =
        report.target.as_deref().map(|command| command.replacen("emit --block", "run --target", 1));
    say!("{}", target.as_deref().unwrap_or("by definition"));
    line("network", format_args!("{}, {} nodes", report.network, report.nodes.len()));
    for node in &report.nodes {
        let products = format!("{} products", thousands(node.products));
        let computed = node.computed.unwrap_or_default();
        line(&node.name, format_args!("{:<10} {:>22}  {computed}", node.operator, products));
        if let Some(reason) = &node.reason {
            line("", format_args!("  {reason}"));
        }
    }
    for stage in &report.stages {
        let cycles = stage.cycles_per_image.map_or("not known".to_owned(), cycles);
        line("cycles", format_args!("{cycles:>14} per image: {}", stage.nodes.join(", ")));
    }
    if let Some(all) = report.cycles_per_image {
        line("cycles", format_args!("{:>14} per image", cycles(all)));
    }
    if let Some(share) = report.host_share_of_products {
        line("host", format_args!("{:.1} % of the products", 100.0 * share));
    }
    for (number, outputs) in report.outputs.iter().take(SHOWN).enumerate() {
        for (name, elements) in report.output_names.iter().zip(outputs) {
            line(&format!("image {number}"), format_args!("{name} = {}", shortened(elements)));
        }
    }
    if report.images > SHOWN {
        line("", format_args!("{} images more; --json prints all", report.images - SHOWN));
    }
    if let Some(Accuracy { correct, of, output }) = &report.accuracy {
        let share = 100.0 * *correct as f64 / *of as f64;
        line(
            "accuracy",
            format_args!("{correct} of {of} images correct by {output} ({share:.2} %)"),
        );
    }
    if report.target.is_some() {
        let (equal, images) = (report.equal_to_definition, report.images);
        line("definition", format_args!("{equal} of {images} images give its integers"));
    }
    if report.on == On::Rtl {
        line("verdict", "PASS: the RTL equals the golden model, beat for beat");
    }
}

fn cycles(number: f64) -> String {
    thousands(number.round() as u64)
}

/// Elements of an output on one line.
fn shortened(elements: &[i32]) -> String {
    const MOST: usize = 12;
    let shown: Vec<_> = elements.iter().take(MOST).map(ToString::to_string).collect();
    let rest = elements.len().saturating_sub(MOST);
    let rest = if rest > 0 { format!(" .. ({rest} more)") } else { String::new() };
    format!("{}{rest}", shown.join(" "))
}
