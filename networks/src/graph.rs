//! The graph alone: names, who takes what, the order of computation.

use crate::{NetworkError, Node, Source};
use hwgen_numerics::Illegal;
use std::collections::{BTreeSet, HashMap, HashSet};

/// Most characters of a name.
const LONGEST_NAME: usize = 256;

/// Nodes in an order in which they can be computed.
pub struct Graph {
    pub nodes: Vec<Node>,
    pub sources: Vec<Vec<Source>>,
    pub outputs: Vec<usize>,
}

impl Graph {
    /// Orders `nodes`; among those that could be next, the first one given comes first.
    pub fn new(input: &str, nodes: Vec<Node>, outputs: &[String]) -> Result<Self, NetworkError> {
        let names = names(input, &nodes)?;
        let sources = sources(&nodes, &names)?;
        let given = given(outputs, &names)?;
        check_needed(&nodes, &sources, &given)?;
        let order = order(&nodes, &sources)?;
        let mut place = vec![0; nodes.len()];
        order.iter().enumerate().for_each(|(new, &old)| place[old] = new);
        let moved = |&source: &Source| match source {
            Source::Input => Source::Input,
            Source::Node(old) => Source::Node(place[old]),
        };
        let mut waiting: Vec<_> = nodes.into_iter().map(Some).collect();
        Ok(Self {
            nodes: order.iter().filter_map(|&old| waiting[old].take()).collect(),
            sources: order.iter().map(|&old| sources[old].iter().map(moved).collect()).collect(),
            outputs: given.into_iter().map(|old| place[old]).collect(),
        })
    }
}

/// What each name stands for.
fn names<'a>(input: &'a str, nodes: &'a [Node]) -> Result<HashMap<&'a str, Source>, NetworkError> {
    check_name(input).map_err(NetworkError::input)?;
    let mut names = HashMap::from([(input, Source::Input)]);
    for (number, node) in nodes.iter().enumerate() {
        let name = node.name.as_str();
        check_name(name).map_err(|error| NetworkError::node(name, error))?;
        if names.insert(name, Source::Node(number)).is_some() {
            let accepted = "a name that neither the input nor another node has";
            return Err(NetworkError::node(name, Illegal::new("name", name, accepted)));
        }
    }
    Ok(names)
}

fn check_name(name: &str) -> Result<(), Illegal> {
    let length = name.chars().count();
    Illegal::outside("characters of the name", length, 1..=LONGEST_NAME)?;
    Illegal::unless(!name.contains(char::is_control), "name", name, "no control characters")
}

/// What each node takes.
fn sources(
    nodes: &[Node],
    names: &HashMap<&str, Source>,
) -> Result<Vec<Vec<Source>>, NetworkError> {
    let of_node = |node: &Node| {
        let source = |input: &String| {
            names.get(input.as_str()).copied().ok_or_else(|| {
                let accepted = "the name of the network's input or of a node";
                NetworkError::node(&node.name, Illegal::new("input", input, accepted))
            })
        };
        node.inputs.iter().map(source).collect()
    };
    nodes.iter().map(of_node).collect()
}

/// The nodes whose results are asked for.
fn given(outputs: &[String], names: &HashMap<&str, Source>) -> Result<Vec<usize>, NetworkError> {
    let count = outputs.len();
    Illegal::unless(count > 0, "outputs", count, "1 and more").map_err(NetworkError::network)?;
    let mut seen = HashSet::new();
    let node = |output: &String| match names.get(output.as_str()) {
        Some(&Source::Node(node)) if seen.insert(node) => Ok(node),
        _ => Err(Illegal::new("output", output, "the name of a node, each once")),
    };
    outputs.iter().map(node).collect::<Result<_, _>>().map_err(NetworkError::network)
}

/// Refuses nodes whose results nobody takes.
fn check_needed(
    nodes: &[Node],
    sources: &[Vec<Source>],
    outputs: &[usize],
) -> Result<(), NetworkError> {
    let mut needed = vec![false; nodes.len()];
    let taken = sources.iter().flatten().filter_map(|source| match source {
        Source::Input => None,
        Source::Node(node) => Some(node),
    });
    taken.chain(outputs).for_each(|&node| needed[node] = true);
    match needed.iter().position(|needed| !needed) {
        None => Ok(()),
        Some(node) => {
            let accepted = "1 and more, by other nodes or as an output";
            Err(NetworkError::node(&nodes[node].name, Illegal::new("uses", 0, accepted)))
        }
    }
}

/// Nodes in an order in which each follows those that it takes (Kahn, 1962).
fn order(nodes: &[Node], sources: &[Vec<Source>]) -> Result<Vec<usize>, NetworkError> {
    let mut takers = vec![Vec::new(); nodes.len()];
    let mut missing = vec![0_usize; nodes.len()];
    for (node, sources) in sources.iter().enumerate() {
        for source in sources {
            if let Source::Node(source) = *source {
                takers[source].push(node);
                missing[node] += 1;
            }
        }
    }
    let mut ready: BTreeSet<_> = (0..nodes.len()).filter(|&node| missing[node] == 0).collect();
    let mut order = Vec::with_capacity(nodes.len());
    while let Some(node) = ready.pop_first() {
        order.push(node);
        for &taker in &takers[node] {
            missing[taker] -= 1;
            if missing[taker] == 0 {
                ready.insert(taker);
            }
        }
    }
    let Some(stuck) = missing.iter().position(|&missing| missing > 0) else { return Ok(order) };
    let Node { name, inputs, .. } = &nodes[stuck];
    let accepted = "inputs that do not depend, through other nodes, on themselves";
    Err(NetworkError::node(name, Illegal::new("inputs", inputs.join(", "), accepted)))
}
