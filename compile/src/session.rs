//! A program at work: images in, tensors out, stage after stage.

use crate::{Program, Stage};
use hwgen_gen::{Machine, MachineError};
use hwgen_networks::{Network, Source};
use hwgen_numerics::Tensor;

/// Clock cycles of a stage over all images so far; nothing if its machine does not say.
pub type StageCycles = Option<u64>;

/// What a network gave for one image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The result of each node; nothing for those inside a stage, which never leave the hardware.
    pub results: Vec<Option<Tensor>>,
}

/// One machine, set up once, for as many batches of images as one likes.
pub struct Session<'a, M> {
    network: &'a Network,
    program: &'a Program,
    machine: M,
    cycles: Vec<StageCycles>,
    images: u64,
}

impl<'a, M: Machine> Session<'a, M> {
    /// Sets `machine` up, which comes from a reset.
    ///
    /// # Errors
    /// Those of the machine.
    pub fn new(
        network: &'a Network,
        program: &'a Program,
        mut machine: M,
    ) -> Result<Self, MachineError> {
        if let Some(setup) = &program.setup {
            setup.play(&mut machine)?;
        }
        let cycles = vec![Some(0); program.stages.len()];
        Ok(Self { network, program, machine, cycles, images: 0 })
    }

    /// Computes a batch: every stage for all its images, one stage after the other.
    ///
    /// # Errors
    /// Those of the machine.
    ///
    /// # Panics
    /// If an image is not of the network's input type.
    pub fn run(&mut self, images: &[Tensor]) -> Result<Vec<Outcome>, MachineError> {
        let kind = self.network.input().kind;
        assert!(images.iter().all(|image| image.kind == kind), "images are of type {kind}");
        let nodes = self.network.nodes().len();
        let mut results: Vec<Vec<Option<Tensor>>> = vec![vec![None; nodes]; images.len()];
        for node in 0..nodes {
            let mut stages = self.program.stages.iter().enumerate();
            match stages.find(|(_, stage)| stage.nodes().contains(&node)) {
                None => self.host(node, images, &mut results),
                Some((number, stage)) if stage.nodes().last() == Some(&node) => {
                    self.stage(number, &**stage, images, &mut results)?;
                }
                Some(_) => {} // comes with the last node of its stage
            }
        }
        self.images += images.len() as u64;
        Ok(results.into_iter().map(|results| Outcome { results }).collect())
    }

    /// Cycles of each stage over all images so far.
    pub fn cycles(&self) -> &[StageCycles] {
        &self.cycles
    }

    /// Images so far.
    pub const fn images(&self) -> u64 {
        self.images
    }

    /// The machine.
    pub const fn machine(&self) -> &M {
        &self.machine
    }

    /// Computes a node by definition.
    fn host(&self, node: usize, images: &[Tensor], results: &mut [Vec<Option<Tensor>>]) {
        for (image, results) in images.iter().zip(results) {
            let sources = self.network.sources(node).iter();
            let inputs: Vec<_> = sources.map(|source| taken(*source, image, results)).collect();
            results[node] = Some(self.network.apply(node, &inputs));
        }
    }

    /// Lets the machine compute a stage for all images.
    fn stage(
        &mut self,
        number: usize,
        stage: &dyn Stage,
        images: &[Tensor],
        results: &mut [Vec<Option<Tensor>>],
    ) -> Result<(), MachineError> {
        let (first, last) = (stage.nodes()[0], stage.nodes()[stage.nodes().len() - 1]);
        let source = self.network.sources(first)[0];
        let inputs = images.iter().zip(&*results);
        let inputs: Vec<_> = inputs.map(|(image, results)| taken(source, image, results)).collect();
        let played = self.machine.play(&stage.phases(&inputs))?;
        let total = self.cycles[number].zip(played.cycles).map(|(all, more)| all + more);
        self.cycles[number] = total;
        let decoded = stage.decode(&played.results, images.len());
        for (results, tensor) in results.iter_mut().zip(decoded) {
            results[last] = Some(tensor);
        }
        Ok(())
    }
}

/// The tensor of `source` for one image.
fn taken<'a>(source: Source, image: &'a Tensor, results: &'a [Option<Tensor>]) -> &'a Tensor {
    match source {
        Source::Input => image,
        Source::Node(node) => {
            let result = results[node].as_ref();
            result.unwrap_or_else(|| unreachable!("nodes inside a stage are taken by none"))
        }
    }
}
