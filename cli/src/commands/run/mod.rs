//! `hwgen run`.

mod report;

use super::whole_number;
use crate::exit::{Exit, Usage};
use crate::terminal::{self, line, say};
use hwgen_compile::{Outcome, Program, Session, target};
use hwgen_gen::params::Range;
use hwgen_gen::{Design, GoldenMachine, Machine, MachineError};
use hwgen_networks::{Network, data, file};
use hwgen_numerics::Tensor;
use hwgen_sim::cosim::cache::Cache;
use hwgen_sim::cosim::{self, Wrong};
use hwgen_sim::input;
use indicatif::ProgressBar;
use report::{Report, Said};
use serde::Serialize;
use serde_json::json;
use std::path::{Path, PathBuf};

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
    #[arg(long, value_name = BATCH.to_string(), default_value_t = 10, value_parser = BATCH,
          requires = "target")]
    batch: u32,
    /// Seed of what the RTL holds before its reset
    #[arg(long, value_name = "NUMBER", default_value_t = 1, value_parser = whole_number::<u64>,
          requires = "target")]
    seed: u64,
    /// Print JSON, with the outputs of all images
    #[arg(long)]
    json: bool,
}

/// Runs a network, on `design` if it is given.
pub fn run(design: Option<&Design>, options: &Options) -> anyhow::Result<Exit> {
    let on = on(design, options)?;
    let network = file::load(&options.network).map_err(|error| Usage(error.to_string()))?;
    let (images, labels) = examples(&network, options)?;
    let program = design.map(|design| {
        let target = target(design);
        let target = target.unwrap_or_else(|| unreachable!("the parser accepts targets alone"));
        target.compile(&network)
    });
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
        Err(Stopped::Wrong(wrong)) => return failed(&wrong, options),
        Err(Stopped::Error(error)) => return Err(error),
    };
    let said = Said {
        file: options.network.display().to_string(),
        target: design.map(|design| design.command.clone()),
        on,
    };
    let (program, labels) = (program.as_ref(), labels.as_deref());
    let report = Report::new(said, &network, program, &computed, &expected, labels);
    if options.json {
        terminal::json(&report)?;
    } else {
        report.print();
    }
    Ok(Exit::Success)
}

/// What computes: as asked for, or what there is.
fn on(design: Option<&Design>, options: &Options) -> Result<On, Usage> {
    let usual = if design.is_some() { On::Golden } else { On::Definition };
    let on = options.on.unwrap_or(usual);
    match (on, design) {
        (On::Definition, Some(design)) => {
            let target = design.generator.name;
            Err(Usage(format!("--target {target}: --on definition needs none; accepted: without")))
        }
        (On::Golden | On::Rtl, None) => {
            let on = if on == On::Golden { "golden" } else { "rtl" };
            let accepted = hwgen_compile::names().join(", ");
            Err(Usage(format!("--target is missing, which --on {on} needs; accepted: {accepted}")))
        }
        _ => Ok(on),
    }
}

/// The images asked for, with their labels if there are any.
fn examples(
    network: &Network,
    options: &Options,
) -> anyhow::Result<(Vec<Tensor>, Option<Vec<usize>>)> {
    let path = options.images.display();
    let images = data::images(&input::unpacked(&options.images)?, network.input().kind);
    let mut images = images.map_err(|error| Usage(format!("{path}: {error}")))?;
    let there = images.len();
    if there == 0 {
        anyhow::bail!(Usage(format!("{path}: 0 images; accepted: one or more")));
    }
    let classes = report::classes(network);
    let labels = |file: &PathBuf| labels(file, there, classes);
    let mut labels = options.labels.as_ref().map(labels).transpose()?;
    let wanted = options.count.unwrap_or(there);
    if wanted > there || wanted == 0 {
        let accepted = format!("1..={there}, the images of {path}");
        anyhow::bail!(Usage(format!("--count {wanted}; accepted: {accepted}")));
    }
    images.truncate(wanted);
    labels.iter_mut().for_each(|labels| labels.truncate(wanted));
    Ok((images, labels))
}

/// The labels of so many images, each one of so many classes.
fn labels(file: &Path, images: usize, classes: usize) -> anyhow::Result<Vec<usize>> {
    let path = file.display();
    let labels = data::labels(&input::unpacked(file)?);
    let labels = labels.map_err(|error| Usage(format!("{path}: {error}")))?;
    let given = labels.len();
    if given != images {
        let accepted = format!("{images}, one for each image");
        anyhow::bail!(Usage(format!("{path}: {given} labels; accepted: {accepted}")));
    }
    if let Some(number) = labels.iter().position(|&label| label >= classes) {
        let accepted = format!("0..={}, the classes of the network", classes - 1);
        let label = labels[number];
        anyhow::bail!(Usage(format!("{path}: label {number}: {label}; accepted: {accepted}")));
    }
    Ok(labels)
}

/// Says what the RTL does wrong.
fn failed(wrong: &Wrong, options: &Options) -> anyhow::Result<Exit> {
    if options.json {
        terminal::json(&json!({ "failure": wrong.0 }))?;
    } else {
        say!("{}", terminal::command());
        line("verdict", wrong);
    }
    Ok(Exit::Failed)
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
            let rtl = cosim::Session::open(design, None, options.seed, &cache, again);
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
