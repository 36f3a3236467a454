//! Which hardware blocks exist, and everything that can be said about them without running a tool.
//!
//! ```text
//! argv --clap--> Params --Block::spec--> Spec --+-- modules   --> Verilog
//!       typed           checks, derives         +-- golden    --> bit-exact model
//!       only            the only fallible step  +-- vectors   --> corners, then seeded random
//!                                               +-- interface --> ports, bench, metadata, harness
//! ```
//!
//! This crate starts no process and prints nothing.

pub mod beat;
pub mod block;
pub mod blocks;
pub mod catalogue;
mod design;
mod error;
mod generator;
pub mod goals;
pub mod interface;
mod json;
mod library;
mod machine;
mod memory;
mod names;
pub mod package;
pub mod params;
pub mod random;
mod source;
pub mod stimulus;
pub mod traffic;
mod twin;
pub mod verilog;

pub use beat::Beat;
pub use block::{Block, Golden, Spec};
pub use design::{Backend, Design, Module, Twin};
pub use error::{DesignError, PhaseError, SpecError};
pub use generator::Generator;
pub use machine::{GoldenMachine, Machine, MachineError, Played};
pub use memory::{Memory, MemoryKind};
pub use names::TakenName;
pub use source::Source;

/// Version of the generator, as every emitted file names it.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
