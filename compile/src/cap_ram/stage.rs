//! A layer as stimulus: operation after operation, each for all images at all positions.

use super::layer::Layer;
use super::mapper::{Operation, Placement};
use super::reading::Reading;
use crate::{Answer, Stage};
use hwgen_gen::blocks::cap_ram::{CapRam, Script, product};
use hwgen_gen::traffic::Traffic;
use hwgen_numerics::Tensor;

/// A layer in its place.
pub(super) struct Products {
    spec: CapRam,
    layer: Layer,
    place: Placement,
    reading: Reading,
}

impl Products {
    /// `layer` in its `place`.
    pub fn new(spec: &CapRam, layer: Layer, place: Placement) -> Self {
        let reading = Reading::new(spec, &place);
        Self { spec: spec.clone(), layer, place, reading }
    }

    /// How exact it is.
    pub fn answer(&self) -> Answer {
        if self.reading.is_exact() {
            return Answer::Exact;
        }
        let (bits, products) = (self.spec.adc_bits(), self.reading.products_per_code());
        let deviations =
            if self.spec.is_ideal() { "" } else { "; cells and converters deviate, calibrated" };
        Answer::Approximate(format!(
            "an ADC of {bits} bits: a code counts {products} products{deviations}"
        ))
    }

    fn positions(&self) -> usize {
        self.place.demand.positions
    }

    /// What the columns take for an operation: a piece of a patch, as often as it is repeated.
    fn columns(&self, operation: &Operation, patch: &[i32]) -> Vec<u8> {
        let elements = self.place.piece_elements();
        let piece = patch.chunks(elements).nth(operation.piece).unwrap_or_default();
        let mut piece: Vec<_> = piece.iter().map(|&element| element as u8).collect();
        piece.resize(elements, 0);
        piece.repeat(self.place.copies())
    }

    /// Results of all filters at all positions of `images` images, added up over pieces.
    fn sums(&self, results: &Traffic, images: usize) -> Vec<Vec<i64>> {
        let positions = self.positions();
        let mut sums = vec![vec![0; self.layer.kind.shape.elements()]; images];
        for (number, operation) in self.place.operations.iter().enumerate() {
            for (image, sums) in sums.iter_mut().enumerate() {
                let first = (number * images + image) * positions;
                for placed in &operation.filters {
                    let sums = &mut sums[placed.filter * positions..][..positions];
                    for (position, sum) in sums.iter_mut().enumerate() {
                        let beat = first + position;
                        *sum += product(results, beat, operation.precision, placed.result);
                    }
                }
            }
        }
        sums
    }
}

impl Stage for Products {
    fn nodes(&self) -> &[usize] {
        std::slice::from_ref(&self.layer.node)
    }

    fn phases(&self, inputs: &[&Tensor]) -> Vec<Traffic> {
        let mut script = Script::new(&self.spec);
        for operation in &self.place.operations {
            script.phase().setup(operation.precision, &operation.row_numbers());
            script.phase();
            for map in inputs {
                for position in 0..self.positions() {
                    let patch = self.layer.patch(map, operation.group, position);
                    script.operate_on(&self.columns(operation, &patch));
                }
            }
        }
        script.phases
    }

    fn decode(&self, results: &Traffic, images: usize) -> Vec<Tensor> {
        let (kind, positions) = (self.layer.kind, self.positions());
        let element = |(number, sum): (usize, i64)| {
            self.reading.element(&self.layer.requantisation, number / positions, sum)
        };
        let tensor = |sums: Vec<i64>| Tensor {
            kind,
            elements: sums.into_iter().enumerate().map(element).collect(),
        };
        self.sums(results, images).into_iter().map(tensor).collect()
    }
}
