//! How RTL is judged. Knows tools, not blocks: everything about a block comes from its
//! [`Design`](hwgen_gen::Design).

pub mod cosim;
mod error;
pub mod tool;

pub use error::SimError;
