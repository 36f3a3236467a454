//! What can run networks.

use crate::{Program, cap_ram, spots};
use hwgen_gen::{Block, Design};
use hwgen_networks::Network;
use std::any::Any;

/// A design that runs networks, or parts of them.
pub trait Target: Send + Sync {
    /// Makes `network` ready; what it cannot compute, the program refuses, node by node.
    fn compile(&self, network: &Network) -> Program;
}

/// All targets: a block and what makes its designs one. One line makes one known.
macro_rules! targets {
    ($($block:path: $open:path,)*) => {
        /// Names of the blocks whose designs are targets.
        pub fn names() -> Vec<&'static str> {
            vec![$(<$block as Block>::NAME),*]
        }

        /// `design` as a target, if its block is one.
        pub fn target(design: &Design) -> Option<Box<dyn Target>> {
            let spec: &dyn Any = &*design.spec;
            $(if let Some(spec) = spec.downcast_ref::<<$block as Block>::Spec>() {
                return Some(Box::new($open(spec)));
            })*
            None
        }
    };
}

targets! {
    hwgen_gen::blocks::cap_ram::Generated: cap_ram::CapRamTarget::new,
    hwgen_gen::blocks::spots::Generated: spots::SpotsTarget::new,
}
