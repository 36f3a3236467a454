//! What runs: networks of integer operators, what they compute by definition, and their files.
//!
//! ```text
//! NAME.json, NAME.safetensors ── read ──► Network ── infer ──► outputs
//! nodes, tensors by name ── Network::new ──┘  └── trace ──► the tensor of every node
//! ```
//!
//! [`Network::new`] is the step that can fail: every node's result is inferred and checked there,
//! once. The arithmetic is that of `NUMERICS.md`, on the ground of [`hwgen_numerics`].

pub mod data;
mod error;
pub mod file;
mod graph;
mod inference;
mod network;
pub mod operators;

pub use error::NetworkError;
pub use network::{Input, Network, Node, Source};
pub use operators::Operator;
