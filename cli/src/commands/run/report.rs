//! What is said of a run: for machines, and for people.

use super::{Computed, On, Outputs};
use crate::terminal::{line, say, thousands};
use hwgen_compile::{Answer, Program};
use hwgen_networks::{Network, Operator, Source};
use hwgen_numerics::Tensor;
use serde::Serialize;

/// What was asked for.
pub struct Said {
    /// File of the network.
    pub file: String,
    /// The command that makes the target's design, if one computed.
    pub target: Option<String>,
    /// What computed.
    pub on: On,
}

/// What is said of a run.
#[derive(Serialize)]
pub struct Report {
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
    /// What is to be said of what was `computed`, and `expected` by definition.
    pub fn new(
        said: Said,
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
            network: said.file,
            target: said.target,
            on: said.on,
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
        result: network.kind(Source::Node(node)).to_string(),
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

/// Which of the outputs is an arg max, and so tells the class.
fn telling(network: &Network) -> Option<usize> {
    let is_class = |&node: &usize| matches!(network.nodes()[node].operator, Operator::ArgMax(_));
    network.outputs().iter().position(is_class)
}

/// Classes that it tells apart.
pub fn classes(network: &Network) -> usize {
    match telling(network) {
        Some(output) => {
            let source = network.sources(network.outputs()[output])[0];
            network.kind(source).shape.channels
        }
        None => network.kind(Source::Node(network.outputs()[0])).shape.elements(),
    }
}

/// Images whose class is their label. The class is the result of the output that is an arg max, else
/// the largest element of the first output, the first of several.
fn accuracy(network: &Network, outputs: &Outputs, labels: &[usize]) -> Accuracy {
    let told = telling(network);
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

impl Report {
    /// Prints it as a person reads it.
    pub fn print(&self) {
        let target = self
            .target
            .as_deref()
            .map(|command| command.replacen("emit --block", "run --target", 1));
        say!("{}", target.as_deref().unwrap_or("by definition"));
        line("network", format_args!("{}, {} nodes", self.network, self.nodes.len()));
        for node in &self.nodes {
            let products = format!("{} products", thousands(node.products));
            let computed = node.computed.unwrap_or_default();
            line(&node.name, format_args!("{:<10} {:>22}  {computed}", node.operator, products));
            if let Some(reason) = &node.reason {
                line("", format_args!("  {reason}"));
            }
        }
        for stage in &self.stages {
            let cycles = stage.cycles_per_image.map_or("not known".to_owned(), cycles);
            line("cycles", format_args!("{cycles:>14} per image: {}", stage.nodes.join(", ")));
        }
        if let Some(all) = self.cycles_per_image {
            line("cycles", format_args!("{:>14} per image", cycles(all)));
        }
        if let Some(share) = self.host_share_of_products {
            line("host", format_args!("{:.1} % of the products", 100.0 * share));
        }
        for (number, outputs) in self.outputs.iter().take(SHOWN).enumerate() {
            for (name, elements) in self.output_names.iter().zip(outputs) {
                line(&format!("image {number}"), format_args!("{name} = {}", shortened(elements)));
            }
        }
        if self.images > SHOWN {
            line("", format_args!("{} images more; --json prints all", self.images - SHOWN));
        }
        if let Some(Accuracy { correct, of, output }) = &self.accuracy {
            let share = 100.0 * *correct as f64 / *of as f64;
            line(
                "accuracy",
                format_args!("{correct} of {of} images correct by {output} ({share:.2} %)"),
            );
        }
        if self.target.is_some() {
            let (equal, images) = (self.equal_to_definition, self.images);
            line("definition", format_args!("{equal} of {images} images give its integers"));
        }
        if self.on == On::Rtl {
            line("verdict", "PASS: the RTL equals the golden model, beat for beat");
        }
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
