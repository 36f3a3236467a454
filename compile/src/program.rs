//! A network made ready for a design.

use crate::Answer;
use hwgen_gen::traffic::Traffic;
use hwgen_gen::{Machine, MachineError};
use hwgen_numerics::Tensor;

/// What a target makes of a network.
pub struct Program {
    /// What it says of each node of the network.
    pub answers: Vec<Answer>,
    /// What is played once, after the reset: weights that stay, calibration.
    pub setup: Option<Box<dyn Setup>>,
    /// What the hardware computes, in the order of the network's nodes. Each node that is not
    /// refused is in exactly one of them.
    pub stages: Vec<Box<dyn Stage>>,
}

/// What has to happen before the first image.
pub trait Setup: Send + Sync {
    /// Plays it; what comes back may decide what follows.
    ///
    /// # Errors
    /// Those of the machine.
    fn play(&self, machine: &mut dyn Machine) -> Result<(), MachineError>;
}

/// Nodes that the hardware computes in one go: a convolution with its pool, for example.
pub trait Stage: Send + Sync {
    /// The nodes, in order. The first takes the stage's input, the last gives its result; nothing
    /// else takes the results of those before it.
    fn nodes(&self) -> &[usize];

    /// Stimulus for one input of each image of a batch; must not rely on other stages.
    fn phases(&self, inputs: &[&Tensor]) -> Vec<Traffic>;

    /// The result for each of `images` images, in order, from what came back.
    fn decode(&self, results: &Traffic, images: usize) -> Vec<Tensor>;
}
