//! Why something is no network.

use hwgen_numerics::Illegal;

/// What is wrong, and where.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("{place}: {illegal}")]
pub struct NetworkError {
    /// The node, as `node NAME`; else the input, an image by its number, or the network.
    pub place: String,
    /// The field, its value and what would be accepted.
    #[source]
    pub illegal: Illegal,
}

impl NetworkError {
    /// `illegal` was found in the node of this name.
    pub(crate) fn node(name: &str, illegal: Illegal) -> Self {
        Self { place: format!("node {}", name.escape_debug()), illegal }
    }

    /// `illegal` was found in the input.
    pub(crate) fn input(illegal: Illegal) -> Self {
        Self { place: "input".to_owned(), illegal }
    }

    /// `illegal` was found in the network as a whole.
    pub(crate) fn network(illegal: Illegal) -> Self {
        Self { place: "network".to_owned(), illegal }
    }
}
