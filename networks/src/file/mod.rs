//! The file of a network: `NAME.json` holds its graph, `NAME.safetensors` its arrays.
//!
//! The graph is for people: no key is optional but `scale`, unknown keys are refused at every
//! level, and errors name line, column and path. Its schema is
//! `networks/schema/network.schema.json`. Arrays are named `NODE.ARRAY`, and each is one that its
//! node needs. The same network gives the same bytes every time.

mod arrays;
mod disk;
mod error;
mod graph;
mod number;
mod object;
mod record;

pub(crate) use arrays::{Arrays, Stored};
pub use disk::{load, save};
pub use error::FileError;
pub(crate) use number::{natural, naturals, number, whole};
pub(crate) use object::{Object, object};
pub(crate) use record::{ElementRecord, WindowRecord};

use crate::Network;
use record::{FileRecord, NodeRecord};

/// The two files of a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    /// Text of `NAME.json`.
    pub graph: String,
    /// Bytes of `NAME.safetensors`.
    pub arrays: Vec<u8>,
}

/// Reads a network from the text of its graph and the bytes of its arrays.
///
/// # Errors
/// Text that is no such graph, bytes that are no such arrays, an array that is missing, is not
/// needed or has another type or shape, and whatever [`Network::new`] refuses.
pub fn read(graph: &str, arrays: &[u8]) -> Result<Network, FileError> {
    let FileRecord { input, nodes, outputs, .. } = graph::parse(graph)?;
    let mut arrays = Arrays::new(arrays)?;
    let nodes = nodes.into_iter().map(|Object(node)| node.node(&mut arrays));
    let nodes = nodes.collect::<Result<_, _>>()?;
    arrays.finish()?;
    Ok(Network::new(input.input()?, nodes, &outputs)?)
}

/// The files of `network`.
///
/// # Errors
/// More or longer names of arrays than the container has room for, 100 MB.
pub fn write(network: &Network) -> Result<Files, FileError> {
    let mut stored = Stored::default();
    let nodes = network.nodes().iter().map(|node| Object(NodeRecord::new(node, &mut stored)));
    let nodes = nodes.collect();
    let outputs = network.outputs().iter().map(|&node| network.nodes()[node].name.clone());
    let record = FileRecord::new(network.input().into(), nodes, outputs.collect());
    Ok(Files { graph: graph::text(&record)?, arrays: stored.bytes()? })
}
