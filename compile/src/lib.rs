//! How networks run on the hardware.
//!
//! ```text
//! Network, Design ── target ──► Target ── compile ──► Program: setup, stages, what was said of nodes
//!                                                       │
//! images ──────────────────────────► Session ◄──────────┘
//!                                     │  ▲   phases out, results back
//!                                     ▼  │
//!                                    Machine: the golden model, or the simulated RTL
//! ```
//!
//! A target says of every node whether it computes it exactly, approximately or not at all; what it
//! does not, the host computes by definition. A session sends stage after stage to a machine, reads
//! what comes back into tensors, and hands those on. This crate starts no process and prints nothing.

mod answer;
pub mod cap_ram;
mod convolution;
mod program;
mod session;
pub mod spots;
mod target;

pub use answer::Answer;
pub use program::{Program, Setup, Stage};
pub use session::{Outcome, Session, StageCycles};
pub use target::{Target, names, target};
