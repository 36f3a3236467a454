//! What a network computes, by definition.

use crate::{Network, NetworkError, Source};
use hwgen_numerics::{Illegal, Tensor};
use rayon::prelude::*;

impl Network {
    /// The outputs for each of `images`, side by side on all processors.
    ///
    /// # Errors
    /// The first image that is not of the input's type.
    pub fn infer(&self, images: &[Tensor]) -> Result<Vec<Vec<Tensor>>, NetworkError> {
        images.iter().enumerate().try_for_each(|(number, image)| {
            let place = || format!("image {number}");
            self.check(image).map_err(|illegal| NetworkError { place: place(), illegal })
        })?;
        Ok(images.par_iter().map(|image| self.outputs_of(image)).collect())
    }

    /// The result of every node for `image`, in the order of [`Self::nodes`].
    ///
    /// # Errors
    /// An image that is not of the input's type.
    pub fn trace(&self, image: &Tensor) -> Result<Vec<Tensor>, NetworkError> {
        self.check(image).map_err(|illegal| NetworkError { place: "image".to_owned(), illegal })?;
        Ok(self.results(image))
    }

    fn check(&self, image: &Tensor) -> Result<(), Illegal> {
        let (given, taken) = (image.kind, self.input().kind);
        Illegal::unless(given == taken, "type", given, taken.to_string())?;
        image.check()
    }

    fn outputs_of(&self, image: &Tensor) -> Vec<Tensor> {
        let mut results = self.results(image);
        let take = |&node: &usize| {
            let Tensor { kind, elements } = &mut results[node];
            Tensor { kind: *kind, elements: std::mem::take(elements) }
        };
        self.outputs().iter().map(take).collect()
    }

    /// What a node makes of these tensors, by definition.
    ///
    /// # Panics
    /// If they are not of the types that it takes.
    pub fn apply(&self, node: usize, inputs: &[&Tensor]) -> Tensor {
        let taken = self.sources(node).iter().map(|&source| self.kind(source));
        let fits = taken.eq(inputs.iter().map(|input| input.kind));
        assert!(fits, "node {} takes other tensors", self.nodes()[node].name);
        let kind = self.kind(Source::Node(node));
        let elements = self.nodes()[node].operator.operation().compute(inputs, kind);
        Tensor { kind, elements }
    }

    /// The results of all nodes; `image` is of the input's type.
    fn results(&self, image: &Tensor) -> Vec<Tensor> {
        let mut results: Vec<Tensor> = Vec::with_capacity(self.nodes().len());
        for node in 0..self.nodes().len() {
            let inputs = self.sources(node).iter().map(|&source| match source {
                Source::Input => image,
                Source::Node(node) => &results[node],
            });
            results.push(self.apply(node, &inputs.collect::<Vec<_>>()));
        }
        results
    }
}
