//! A network of layers with their weights, computed layer by layer from the definition.

mod file;
pub mod lenet5;
pub(super) mod play;

use super::convolution::{Arithmetic, Channel, Shape};
use super::layer::Layer;

/// A layer and what was trained for it.
#[derive(Clone, Debug)]
pub struct Trained {
    /// Name within its network.
    pub name: String,
    /// Its shape and what follows the sum.
    pub layer: Layer,
    /// Weights: filter after filter, in each channel after channel and row after row.
    pub weights: Vec<i64>,
    /// Bias and scale of every filter.
    pub channels: Vec<Channel>,
}

/// Layers one after the other.
#[derive(Clone, Debug)]
pub struct Network {
    /// How sums are kept and rounded.
    pub arithmetic: Arithmetic,
    /// In the order of computation; each takes the map that the one before gives.
    pub layers: Vec<Trained>,
}

/// A map: channel after channel, row after row.
pub type Map = Vec<i64>;

impl Network {
    /// The map after every layer, the first of which takes `image`.
    pub fn infer(&self, image: &[i64]) -> Vec<Map> {
        let mut maps: Vec<Map> = Vec::new();
        for trained in &self.layers {
            let map = trained.apply(&self.arithmetic, maps.last().map_or(image, Vec::as_slice));
            maps.push(map);
        }
        maps
    }
}

impl Trained {
    /// The weight of `filter` at a channel, row and column of its kernel.
    pub fn weight(&self, filter: usize, channel: usize, row: usize, column: usize) -> i64 {
        let shape = &self.layer.shape;
        let kernel = (channel * shape.kernel + row) * shape.kernel + column;
        self.weights[filter * shape.patch() + kernel]
    }

    /// The weights of a filter in the order in which patches have their elements.
    pub fn row(&self, filter: usize) -> Vec<i64> {
        let shape = &self.layer.shape;
        let mut row = vec![0; shape.patch()];
        for channel in 0..shape.channels {
            for kernel_row in 0..shape.kernel {
                for column in 0..shape.kernel {
                    row[shape.element(channel, kernel_row, column)] =
                        self.weight(filter, channel, kernel_row, column);
                }
            }
        }
        row
    }

    /// The map that the layer makes of `map`.
    pub fn apply(&self, arithmetic: &Arithmetic, map: &[i64]) -> Map {
        let Layer { shape, pool, cut, relu, .. } = self.layer;
        let padded = padded(&shape, map);
        let (rows, columns) = (shape.rows() / pool.size, shape.columns() / pool.size);
        let mut joined = Map::with_capacity(shape.filters * rows * columns);
        for (filter, channel) in self.channels.iter().enumerate() {
            let sums = self.sums(arithmetic, &padded, filter);
            for place in 0..rows * columns {
                let (top, left) = (place / columns * pool.size, place % columns * pool.size);
                let rows = (top..top + pool.size).map(|row| &sums[row * shape.columns() + left..]);
                let sums = rows.flat_map(|row| &row[..pool.size]);
                let results = sums.map(|&sum| arithmetic.requantise(sum, *channel, cut, relu));
                joined.push(pool.join(results));
            }
        }
        joined
    }

    /// [`Arithmetic::sum`] of `filter` at all windows. Weight by weight, so that the innermost loop
    /// runs along a row, and weights of zero cost nothing.
    fn sums(&self, arithmetic: &Arithmetic, padded: &[i64], filter: usize) -> Vec<i64> {
        let shape = &self.layer.shape;
        let columns = shape.columns();
        let [height, width] = [shape.height, shape.width].map(|length| length + 2 * shape.padding);
        let mut sums = vec![0_i64; shape.windows()];
        let weights = self.weights[filter * shape.patch()..][..shape.patch()].iter().enumerate();
        for (place, &weight) in weights.filter(|(_, weight)| **weight != 0) {
            let (channel, row) = (place / shape.kernel.pow(2), place / shape.kernel % shape.kernel);
            let column = place % shape.kernel;
            for (window_row, sums) in sums.chunks_mut(columns).enumerate() {
                let y = channel * height + window_row * shape.stride + row;
                let elements = padded[y * width + column..].iter().step_by(shape.stride);
                for (sum, element) in sums.iter_mut().zip(elements) {
                    *sum += (weight * element) >> arithmetic.product_cut;
                }
            }
        }
        sums.into_iter().map(|sum| arithmetic.wrapped(sum)).collect()
    }
}

/// `map` with the zeros around it.
fn padded(shape: &Shape, map: &[i64]) -> Map {
    let around = shape.padding;
    let [height, width] = [shape.height, shape.width].map(|length| length + 2 * around);
    let mut padded = vec![0; shape.channels * height * width];
    for (row, elements) in map.chunks(shape.width).enumerate() {
        let y = row / shape.height * height + row % shape.height + around;
        padded[y * width + around..][..shape.width].copy_from_slice(elements);
    }
    padded
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blocks::spots::convolution::Pool;
    use crate::random::Random;

    #[test]
    fn sums_are_those_of_the_definition() {
        let mut random = Random::new(1, 0);
        for number in 0..200 {
            let mut up_to = |most| random.within(1, most) as usize;
            let kernel = up_to(4);
            let shape = Shape {
                channels: up_to(3),
                height: kernel + up_to(5),
                width: kernel + up_to(5),
                kernel,
                stride: up_to(3),
                padding: up_to(kernel as i64) - 1,
                filters: up_to(3),
            };
            let arithmetic = Arithmetic { product_cut: number % 3, sum_width: 14, result_width: 8 };
            let mut numbers = |count| (0..count).map(|_| random.within(-128, 127)).collect();
            let map: Map = numbers(shape.channels * shape.height * shape.width);
            let weights: Vec<i64> = numbers(shape.filters * shape.patch());
            let pool = Pool { size: 1, average: false };
            let layer = Layer { shape, split: 0, skip: true, cut: 0, relu: false, pool };
            let trained = Trained { name: String::new(), layer, weights, channels: Vec::new() };
            for filter in 0..shape.filters {
                let sums = trained.sums(&arithmetic, &padded(&shape, &map), filter);
                let expected = (0..shape.windows()).map(|window| {
                    let (row, column) = (window / shape.columns(), window % shape.columns());
                    let corner = (row * shape.stride, column * shape.stride);
                    let element =
                        |channel, y, x| map[(channel * shape.height + y) * shape.width + x];
                    let weight =
                        |channel, row, column| trained.weight(filter, channel, row, column);
                    arithmetic.sum(&shape, corner, element, weight)
                });
                assert_eq!(sums, expected.collect::<Vec<_>>(), "{shape:?}");
            }
        }
    }
}
