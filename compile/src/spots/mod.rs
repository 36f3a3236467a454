//! SPOTS as a target: convolutions with the pools that follow them, layer by layer.
//!
//! A layer of SPOTS has a square kernel, one stride, the same padding on all four sides and no
//! groups. Every other window is embedded in such a kernel, and groups in a matrix without groups:
//! what is added are weights of zero, and columns of the matrix that hold only zeros cost nothing
//! (M1). Results are exact where the network's requantisation can be written as the hardware's,
//! `saturate(floor(((sum + bias) scale + 2^cut) / 2^(cut + 1)))`.

mod embed;
mod pool;
mod post;
mod stage;

use crate::target::Target;
use crate::{Answer, Program, Stage};
use hwgen_gen::blocks::spots::Spots;
use hwgen_networks::{Network, Operator, Source};
use stage::Layer;

/// A design of the block `spots`.
pub struct SpotsTarget {
    spec: Spots,
}

impl SpotsTarget {
    /// The target that `spec` is.
    pub fn new(spec: &Spots) -> Self {
        Self { spec: spec.clone() }
    }

    /// The stage that begins with `node`, and how exact it is.
    fn stage(&self, network: &Network, node: usize) -> Result<(Answer, Layer), String> {
        let head = match &network.nodes()[node].operator {
            Operator::Flatten(_) => sole_taker(network, node)
                .filter(|&taker| matches!(network.nodes()[taker].operator, Operator::Dense(_)))
                .map(|taker| vec![node, taker])
                .ok_or("no convolution; accepted: before a fully connected layer alone")?,
            Operator::Conv(_) | Operator::Dense(_) => vec![node],
            _ => return Err("no convolution; accepted: conv, dense, and the pool after one".into()),
        };
        let last = head[head.len() - 1];
        let pooled = sole_taker(network, last).map(|pool| [&head[..], &[pool]].concat());
        let with_pool = pooled.map(|nodes| Layer::new(&self.spec, network, nodes));
        match with_pool {
            Some(Ok(layer)) => Ok(layer),
            _ => Layer::new(&self.spec, network, head),
        }
    }
}

impl Target for SpotsTarget {
    fn compile(&self, network: &Network) -> Program {
        let mut answers: Vec<Option<Answer>> = vec![None; network.nodes().len()];
        let mut stages: Vec<Box<dyn Stage>> = Vec::new();
        for node in 0..network.nodes().len() {
            if answers[node].is_some() {
                continue;
            }
            match self.stage(network, node) {
                Ok((answer, layer)) => {
                    layer.nodes().iter().for_each(|&node| answers[node] = Some(answer.clone()));
                    stages.push(Box::new(layer));
                }
                Err(reason) => answers[node] = Some(Answer::Refused(reason)),
            }
        }
        Program { answers: answers.into_iter().flatten().collect(), setup: None, stages }
    }
}

/// The only node that takes the result of `node`, if there is one and nobody else wants it.
fn sole_taker(network: &Network, node: usize) -> Option<usize> {
    let takes = |other: &usize| network.sources(*other).contains(&Source::Node(node));
    let mut takers = (0..network.nodes().len()).filter(takes);
    let taker = takers.next()?;
    let alone = takers.next().is_none() && network.sources(taker).len() == 1;
    (alone && !network.outputs().contains(&node)).then_some(taker)
}
