//! Networks on the macro: layer by layer, every product by the macro, all else in integers beside it.

pub mod lenet5;
pub mod mapper;

use super::{Cells, Engine, Inputs, Precision, Selection};
use mapper::{Demand, Geometry, MapError, Mapping, Placement};

/// Bits of an activation.
const ACTIVATION_BITS: u32 = 4;

/// A convolution without padding, of stride 1; a fully connected layer has a kernel as large as its
/// map. What follows the sums is `floor((sum scale + bias) / 2^cut)`.
#[derive(Clone, Debug)]
pub struct Layer {
    /// Name within its network.
    pub name: String,
    /// Channels of the map that comes in.
    pub channels: usize,
    /// Rows of the map that comes in.
    pub height: usize,
    /// Columns of the map that comes in.
    pub width: usize,
    /// Rows and columns of the kernel.
    pub kernel: usize,
    /// How weights and inputs are stored and applied.
    pub precision: Precision,
    /// Weights of each filter, in the order channel, row, column.
    pub weights: Vec<Vec<i32>>,
    /// Factor of the sums of each filter, which count in sixteenths of an LSB.
    pub scale: Vec<i64>,
    /// Added after the factor.
    pub bias: Vec<i64>,
    /// Bits cut off.
    pub cut: u32,
    /// Whether results are clamped to what an activation can be.
    pub relu: bool,
    /// Side and stride of the squares of which the maximum is taken.
    pub pool: usize,
}

impl Layer {
    /// Rows of positions.
    pub const fn rows(&self) -> usize {
        self.height - self.kernel + 1
    }

    /// Positions in a row.
    pub const fn columns(&self) -> usize {
        self.width - self.kernel + 1
    }

    /// What it asks of the mapper.
    pub fn demand(&self) -> Demand {
        Demand {
            name: self.name.clone(),
            filters: self.weights.len(),
            elements: self.channels * self.kernel * self.kernel,
            positions: self.rows() * self.columns(),
            precision: self.precision,
        }
    }

    /// The elements of `map` under the kernel at a position, in the order of the weights.
    fn patch(&self, map: &[u8], position: usize) -> Vec<u8> {
        let (top, left) = (position / self.columns(), position % self.columns());
        let rows = (0..self.channels).flat_map(|channel| {
            let first = (channel * self.height + top) * self.width + left;
            (0..self.kernel).map(move |row| first + row * self.width)
        });
        rows.flat_map(|start| &map[start..start + self.kernel]).copied().collect()
    }

    /// Results of the sums of one position.
    fn finish(&self, sums: &[i64]) -> Vec<i64> {
        let scaled = sums.iter().zip(&self.scale).zip(&self.bias);
        let results = scaled.map(|((sum, scale), bias)| (sum * scale + bias) >> self.cut);
        let largest = (1 << ACTIVATION_BITS) - 1;
        results.map(|result| if self.relu { result.clamp(0, largest) } else { result }).collect()
    }

    /// The map, filter after filter, of what [`Layer::finish`] gave at each position.
    fn pooled(&self, results: &[Vec<i64>]) -> Vec<i64> {
        let (rows, columns) = (self.rows() / self.pool, self.columns() / self.pool);
        let pooled = |filter: usize, place: usize| {
            let (top, left) = (place / columns * self.pool, place % columns * self.pool);
            let rows = (top..top + self.pool).map(|row| row * self.columns() + left);
            let square = rows.flat_map(|first| &results[first..first + self.pool]);
            square.map(|result| result[filter]).max().unwrap_or_default()
        };
        let filters = 0..self.weights.len();
        let places = 0..rows * columns;
        filters.flat_map(|filter| places.clone().map(move |place| pooled(filter, place))).collect()
    }
}

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
    /// If the network does not fit the macro.
    pub fn new(geometry: Geometry, layers: Vec<Layer>) -> Result<Self, MapError> {
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
        let mut map = image.to_vec();
        let mut results = Vec::new();
        for number in 0..self.network.layers.len() {
            results = self.layer(number, &map);
            map = results.iter().map(|&result| result.clamp(0, u8::MAX.into()) as u8).collect();
        }
        results
    }

    fn layer(&mut self, number: usize, map: &[u8]) -> Vec<i64> {
        let layer = &self.network.layers[number];
        let positions = 0..layer.rows() * layer.columns();
        let results: Vec<_> = positions
            .map(|position| layer.finish(&self.sums(number, &layer.patch(map, position))))
            .collect();
        layer.pooled(&results)
    }

    /// Sums of all filters of a layer at one position, sixteenths of an LSB.
    fn sums(&mut self, number: usize, patch: &[u8]) -> Vec<i64> {
        let placement = &self.network.mapping.layers[number];
        let geometry = self.network.mapping.geometry;
        let elements = placement.demand.piece_elements(geometry);
        let copies = placement.demand.copies(geometry);
        let mut sums = vec![0; placement.demand.filters];
        let mut products = Vec::new();
        for (operation, selection) in placement.operations.iter().zip(&self.selections[number]) {
            let piece = patch.chunks(elements).nth(operation.piece).unwrap_or_default();
            let mut columns = vec![0; copies * elements];
            columns.chunks_mut(elements).for_each(|copy| copy[..piece.len()].copy_from_slice(piece));
            let inputs = Inputs::new(&columns);
            self.engine.multiply(selection, operation.precision, &inputs, &mut products);
            for placed in &operation.filters {
                sums[placed.filter] += products[placed.result];
            }
        }
        sums
    }
}
