//! The files under `hdl/`: written by hand, the same for every design but for names of modules.

use crate::Source;
use crate::verilog::{Ident, Part, Ports};

/// A module under `hdl/`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cell {
    name: &'static str,
    text: &'static str,
}

impl Cell {
    /// Its file in the design that `top` belongs to.
    pub(crate) fn source(self, top: &Ident) -> Source {
        Source::library(top, self.name, self.text)
    }

    /// What the module `outer` of a design, whose ports are `ports`, makes instances of.
    pub(crate) fn within(self, outer: &Ident, ports: &Ports) -> Part {
        Part::declared(&outer.shared(self.name), self.text, ports)
    }
}

/// `hdl!("prim", "fifo")`
macro_rules! hdl {
    ($folder:literal, $name:literal) => {
        Cell {
            name: $name,
            text: include_str!(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/../hdl/",
                $folder,
                "/",
                $name,
                ".v"
            )),
        }
    };
}

pub(crate) const CHARGE_COUNTING_FRONT_END: Cell = hdl!("analog", "charge_counting_front_end");
pub(crate) const CHARGE_COUNTING_SLICE: Cell = hdl!("analog", "charge_counting_slice");
pub(crate) const CHARGE_DOMAIN_CLUSTERS: Cell = hdl!("analog", "charge_domain_clusters");
pub(crate) const CHARGE_DOMAIN_SLICE: Cell = hdl!("analog", "charge_domain_slice");
pub(crate) const CHARGE_INJECTION_DAC: Cell = hdl!("analog", "charge_injection_dac");
pub(crate) const CHARGE_INJECTION_FRONT_END: Cell = hdl!("analog", "charge_injection_front_end");
pub(crate) const CHARGE_SHARING_LINE: Cell = hdl!("analog", "charge_sharing_line");
pub(crate) const CHARGE_SHARING_NODE: Cell = hdl!("analog", "charge_sharing_node");
pub(crate) const CLOCKED_COMPARATOR: Cell = hdl!("analog", "clocked_comparator");
pub(crate) const CURRENT_STEERING_DACS: Cell = hdl!("analog", "current_steering_dacs");
pub(crate) const GAUSSIAN_SOURCE: Cell = hdl!("analog", "gaussian_source");
pub(crate) const DELAY_LINE: Cell = hdl!("prim", "delay_line");
pub(crate) const FIFO: Cell = hdl!("prim", "fifo");
pub(crate) const FLIP_FLOP: Cell = hdl!("prim", "flip_flop");
pub(crate) const MEMORY: Cell = hdl!("prim", "memory");
pub(crate) const MEMORY_FIFO: Cell = hdl!("prim", "memory_fifo");
pub(crate) const MEMORY_LOADER: Cell = hdl!("prim", "memory_loader");
pub(crate) const REGISTER_FILE: Cell = hdl!("prim", "register_file");
