//! The network: a graph of operators, legal by construction.

use crate::graph::Graph;
use crate::{NetworkError, Operator};
use hwgen_numerics::{Illegal, TensorType};

/// What a network takes.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// Its name among those of the nodes.
    pub name: String,
    /// Its type.
    pub kind: TensorType,
    /// What a unit of it stands for: information only.
    pub scale: Option<f64>,
}

/// An operator and what it is applied to.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Its name, which is that of its result too.
    pub name: String,
    /// Names of the tensors that it takes, in the operator's order.
    pub inputs: Vec<String>,
    /// What it does.
    pub operator: Operator,
    /// What a unit of its result stands for: information only.
    pub scale: Option<f64>,
}

/// Where a tensor comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// It is the network's input.
    Input,
    /// It is the result of this node, counted in [`Network::nodes`].
    Node(usize),
}

/// A network in which every node is legal, has a known type and is needed.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    input: Input,
    nodes: Vec<Node>,
    sources: Vec<Vec<Source>>,
    kinds: Vec<TensorType>,
    outputs: Vec<usize>,
}

impl Network {
    /// The most elements of all tensors together: 2^28, a gibibyte.
    pub const MOST_ELEMENTS: usize = 1 << 28;

    /// The network of `nodes`, in whatever order, that gives the results named `outputs`.
    ///
    /// # Errors
    /// A name that is none or occurs twice, an unknown input or output, a cycle, a node that
    /// nothing needs, an input that is no legal tensor, and whatever an operator refuses: the
    /// number and types of its inputs, its geometry, arrays that do not fit. The error names the
    /// node, the field, its value and what would be accepted.
    pub fn new(input: Input, nodes: Vec<Node>, outputs: &[String]) -> Result<Self, NetworkError> {
        input.kind.shape.check("shape").map_err(NetworkError::input)?;
        check_scale(input.scale).map_err(NetworkError::input)?;
        let Graph { nodes, sources, outputs } = Graph::new(&input.name, nodes, outputs)?;
        let mut network = Self { input, nodes, sources, kinds: Vec::new(), outputs };
        let mut elements = network.input.kind.shape.elements();
        for (node, Node { name, .. }) in network.nodes.iter().enumerate() {
            let kind = network.result(node).map_err(|error| NetworkError::node(name, error))?;
            elements += kind.shape.elements();
            let most = Self::MOST_ELEMENTS;
            Illegal::outside("elements of all tensors up to this one", elements, 1..=most)
                .map_err(|error| NetworkError::node(name, error))?;
            network.kinds.push(kind);
        }
        Ok(network)
    }

    /// Type of a node's result, those of the nodes before it being known.
    fn result(&self, node: usize) -> Result<TensorType, Illegal> {
        check_scale(self.nodes[node].scale)?;
        let inputs: Vec<_> = self.sources[node].iter().map(|&source| self.kind(source)).collect();
        let kind = self.nodes[node].operator.operation().result(&inputs)?;
        kind.shape.check("result")?;
        Ok(kind)
    }

    /// What it takes.
    pub const fn input(&self) -> &Input {
        &self.input
    }

    /// Its nodes, each after those whose results it takes.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Where each input of a node comes from.
    pub fn sources(&self, node: usize) -> &[Source] {
        &self.sources[node]
    }

    /// Type of a tensor.
    pub fn kind(&self, source: Source) -> TensorType {
        match source {
            Source::Input => self.input.kind,
            Source::Node(node) => self.kinds[node],
        }
    }

    /// Nodes whose results it gives, in the order asked for.
    pub fn outputs(&self) -> &[usize] {
        &self.outputs
    }

    /// Multiplications with weights of a node for one image, by the definition: those with pads and
    /// with weights of zero among them.
    pub fn products(&self, node: usize) -> u64 {
        // Every operator refuses to be without inputs.
        let input = self.kind(self.sources[node][0]).shape;
        self.nodes[node].operator.operation().products(input)
    }
}

fn check_scale(scale: Option<f64>) -> Result<(), Illegal> {
    let fits = scale.is_none_or(|scale| scale.is_finite() && scale > 0.0);
    Illegal::unless(fits, "scale", scale.unwrap_or_default(), "a finite number above zero")
}
