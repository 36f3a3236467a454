//! Networks on the macro: layer by layer, every product by the macro, all else in integers beside
//! it.

mod file;
mod layer;
pub mod lenet5;
pub mod mapper;
pub(super) mod play;

use super::{Cells, Engine, Inputs, Selection};
use crate::WorkloadError;
use crate::error::demand;
pub use layer::Layer;
use mapper::{Geometry, Mapping, Operation, Placement};

/// Bits of an activation.
const ACTIVATION_BITS: u32 = 4;

/// A network in the cells of a macro.
#[derive(Clone, Debug)]
pub struct Programmed {
    layers: Vec<Layer>,
    mapping: Mapping,
    cells: Cells,
}

impl Programmed {
    /// Places the weights of `layers`, each of which takes the map that the one before gives.
    ///
    /// # Errors
    /// If there is no layer, if a layer's numbers contradict each other or the next layer's, or if
    /// the network does not fit the macro.
    pub fn new(geometry: Geometry, layers: Vec<Layer>) -> Result<Self, WorkloadError> {
        demand(!layers.is_empty(), || "there is no layer; accepted: 1 and more".to_owned())?;
        layers.iter().try_for_each(Layer::check)?;
        let mut pairs = layers.windows(2);
        pairs.try_for_each(|pair| pair[0].check_next(&pair[1]))?;
        let demands: Vec<_> = layers.iter().map(Layer::demand).collect();
        let mapping = mapper::map(geometry, &demands)?;
        let mut cells = Cells::new(geometry.slices, geometry.rows);
        for (layer, placement) in layers.iter().zip(&mapping.layers) {
            program(&mut cells, geometry, layer, placement);
        }
        Ok(Self { layers, mapping, cells })
    }

    /// Where the weights are.
    pub const fn mapping(&self) -> &Mapping {
        &self.mapping
    }

    /// The bits of the array.
    pub const fn cells(&self) -> &Cells {
        &self.cells
    }

    /// The layers.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// What the columns take for an operation of a layer: a piece of what is under the kernel at a
    /// position of `map`, as often as the piece is repeated.
    fn columns(&self, layer: usize, operation: &Operation, map: &[u8], position: usize) -> Vec<u8> {
        let (geometry, demand) = (self.mapping.geometry, &self.mapping.layers[layer].demand);
        let (elements, copies) = (demand.piece_elements(geometry), demand.copies(geometry));
        let patch = self.layers[layer].patch(map, position);
        let mut piece = patch.chunks(elements).nth(operation.piece).unwrap_or_default().to_vec();
        piece.resize(elements, 0);
        piece.repeat(copies)
    }

    /// A macro with the network in it.
    pub fn on(&self, engine: Engine) -> Machine<'_> {
        let select = |placement: &Placement| {
            let rows = placement.operations.iter().map(|operation| operation.row_numbers());
            rows.map(|rows| engine.select(&self.cells, &rows)).collect()
        };
        let selections = self.mapping.layers.iter().map(select).collect();
        Machine { network: self, engine, selections }
    }
}

/// Writes the weights of a layer, each piece as often as it is repeated.
fn program(cells: &mut Cells, geometry: Geometry, layer: &Layer, placement: &Placement) {
    let demand = &placement.demand;
    let (elements, copies) = (demand.piece_elements(geometry), demand.copies(geometry));
    for operation in &placement.operations {
        for placed in &operation.filters {
            let weights = layer.weights[placed.filter].chunks(elements).nth(operation.piece);
            let weights = weights.unwrap_or_default();
            let bits = weights.iter().map(|&weight| operation.precision.cells(weight));
            let bits: Vec<u8> = bits.map(Option::unwrap_or_default).collect();
            for slice in 0..1 << operation.precision.level() {
                let first = placed.result << operation.precision.level();
                let Some(row) = operation.rows[first + slice] else { continue };
                let mut word = 0;
                for (column, bits) in bits.iter().enumerate() {
                    let columns = (0..copies).map(|copy| copy * elements + column);
                    columns.for_each(|column| word |= u128::from(bits >> slice & 1) << column);
                }
                cells.write(first + slice, row, word);
            }
        }
    }
}

/// A network at work.
#[derive(Clone, Debug)]
pub struct Machine<'a> {
    network: &'a Programmed,
    engine: Engine,
    /// Per layer and operation.
    selections: Vec<Vec<Selection>>,
}

impl Machine<'_> {
    /// The macro.
    pub const fn engine(&mut self) -> &mut Engine {
        &mut self.engine
    }

    /// What the last layer makes of `image`, whose elements are activations.
    pub fn infer(&mut self, image: &[u8]) -> Vec<i64> {
        let last = self.network.layers.len() - 1;
        let map = (0..last).fold(image.to_vec(), |map, layer| self.activations(layer, &map));
        self.results(last, &map)
    }

    /// The map that a layer but the last gives for `map`.
    fn activations(&mut self, layer: usize, map: &[u8]) -> Vec<u8> {
        self.results(layer, map).into_iter().map(|result| result as u8).collect()
    }

    fn results(&mut self, layer: usize, map: &[u8]) -> Vec<i64> {
        let positions = 0..self.network.layers[layer].positions();
        let network = self.network;
        network.layers[layer].finish(positions.map(|position| self.sums(layer, map, position)))
    }

    /// Sums of all filters of a layer at one position, sixteenths of an LSB.
    fn sums(&mut self, layer: usize, map: &[u8], position: usize) -> Vec<i64> {
        let placement = &self.network.mapping.layers[layer];
        let mut sums = vec![0; placement.demand.filters];
        let mut products = Vec::new();
        for (operation, selection) in placement.operations.iter().zip(&self.selections[layer]) {
            let columns = self.network.columns(layer, operation, map, position);
            let inputs = Inputs::new(&columns);
            self.engine.multiply(selection, operation.precision, &inputs, &mut products);
            operation.add(&mut sums, |result| products[result]);
        }
        sums
    }
}
