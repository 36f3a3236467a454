//! The words of Verilog that cross from Rust into templates: widths, formats, names, literals, ports.
//!
//! Each type prints itself in exactly one place, so a template never computes and never decides
//! how a range or a literal is spelt.

mod format;
mod ident;
mod instance;
mod literal;
mod ports;
mod width;

pub use format::Format;
pub use ident::{Ident, IdentError};
pub use instance::{Instance, Part, Wires};
pub use literal::Literal;
pub use ports::{Direction, Port, PortGroup, Ports};
pub use width::Width;
