//! Why files are no network.

use crate::NetworkError;
use hwgen_numerics::Illegal;

/// What is wrong, and where.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The text is no graph of a network.
    #[error("line {line}, column {column}, {path}: {message}")]
    Graph {
        /// Line of the text, counted from 1.
        line: usize,
        /// Column of the line, counted from 1.
        column: usize,
        /// Keys and positions that lead there, such as `nodes[3].operator.conv.groups`.
        path: String,
        /// What was found, and what would be accepted.
        message: String,
    },
    /// The bytes are no container of arrays.
    #[error("arrays: {0}; accepted: a whole safetensors file")]
    Container(String),
    /// An array that a node needs is not there.
    #[error("array {0} is missing")]
    Missing(String),
    /// An array that no node needs is there.
    #[error("array {0} belongs to no node; accepted: arrays that nodes need, and no others")]
    Unused(String),
    /// An array has a wrong type or shape.
    #[error("array {array}: {illegal}")]
    Array {
        /// Its name.
        array: String,
        /// What is wrong with it.
        illegal: Illegal,
    },
    /// Both are well formed, but together no network.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// What is wrong is in this file.
    #[error("{path}: {error}")]
    In {
        /// Which file.
        path: String,
        /// What is wrong.
        error: Box<Self>,
    },
    /// A file cannot be read or written.
    #[error("{path}: {reason}")]
    Disk {
        /// Which file.
        path: String,
        /// Why not.
        reason: String,
    },
}

impl FileError {
    /// Whether it is about the file of arrays, not about the graph.
    pub(super) const fn is_of_arrays(&self) -> bool {
        matches!(self, Self::Container(_) | Self::Missing(_) | Self::Unused(_) | Self::Array { .. })
    }
}
