//! A layer of a network: its shape, its weights, and what follows the sums.

use super::ACTIVATION_BITS;
use super::mapper::Demand;
use crate::WorkloadError;
use crate::blocks::cap_ram::Precision;
use crate::error::demand;
use std::ops::RangeInclusive;

/// Elements of a map, at most: what a simulation can be asked for.
const MOST_ELEMENTS: usize = 1 << 20;

/// Factors of sums and what is added to them. The largest macro's sums have 38 bits, so that all
/// results have less than 64.
const SCALES: RangeInclusive<i64> = -(1 << 23)..=(1 << 23) - 1;
const BIASES: RangeInclusive<i64> = -(1 << 47)..=(1 << 47) - 1;

/// Bits that may be cut off.
const CUTS: RangeInclusive<u32> = 0..=63;

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
    /// Refuses numbers that contradict each other, or that no macro can compute.
    pub(super) fn check(&self) -> Result<(), WorkloadError> {
        self.check_shape()?;
        self.check_weights()?;
        for (what, values, range) in [("scale", &self.scale, SCALES), ("bias", &self.bias, BIASES)]
        {
            let (count, filters) = (values.len(), self.weights.len());
            self.require(count == filters, || {
                format!("{what} has {count} entries for {filters} filters")
            })?;
            let wrong = values.iter().find(|value| !range.contains(value));
            self.require(wrong.is_none(), || {
                format!("{what} {}; accepted: {range:?}", wrong.unwrap_or(&0))
            })?;
        }
        self.require(CUTS.contains(&self.cut), || format!("cut {}; accepted: {CUTS:?}", self.cut))
    }

    fn check_shape(&self) -> Result<(), WorkloadError> {
        let Self { channels, height, width, kernel, pool, .. } = self;
        let elements = channels.checked_mul(*height).and_then(|rows| rows.checked_mul(*width));
        let legal = elements.is_some_and(|elements| (1..=MOST_ELEMENTS).contains(&elements));
        self.require(legal, || {
            format!(
                "a map of {channels} x {height} x {width}; accepted: 1..={MOST_ELEMENTS} elements"
            )
        })?;
        let range = 1..=*height.min(width);
        self.require(range.contains(kernel), || format!("kernel {kernel}; accepted: {range:?}"))?;
        let range = 1..=self.rows().min(self.columns());
        self.require(range.contains(pool), || format!("pool {pool}; accepted: {range:?}"))
    }

    fn check_weights(&self) -> Result<(), WorkloadError> {
        let (elements, range) = (self.elements(), self.precision.weights());
        for (filter, weights) in self.weights.iter().enumerate() {
            let count = weights.len();
            self.require(count == elements, || {
                let Self { channels, kernel, .. } = self;
                format!("filter {filter} has {count} weights, not {channels} x {kernel} x {kernel}")
            })?;
            let wrong = weights.iter().find(|weight| !range.contains(weight));
            self.require(wrong.is_none(), || {
                let (wrong, bits) = (wrong.unwrap_or(&0), self.precision.weight_bits());
                let encoding = self.precision.encoding();
                format!("weight {wrong}; accepted: {range:?}, of {bits} bits in {encoding}")
            })?;
        }
        Ok(())
    }

    /// Refuses `next` unless it can take what this layer gives.
    pub(super) fn check_next(&self, next: &Self) -> Result<(), WorkloadError> {
        let (given, taken) = (self.gives(), next.takes());
        next.require(given == taken, || {
            format!("takes a map of {taken:?} elements, but {} gives {given:?}", self.name)
        })?;
        self.require(self.relu, || {
            format!(
                "no relu; accepted: relu, since {} takes activations of {ACTIVATION_BITS} bits",
                next.name
            )
        })
    }

    fn require(&self, fits: bool, what: impl FnOnce() -> String) -> Result<(), WorkloadError> {
        demand(fits, || format!("layer {}: {}", self.name, what()))
    }

    /// Weights of a filter.
    const fn elements(&self) -> usize {
        self.channels * self.kernel * self.kernel
    }

    /// Channels, rows and columns of the map it takes.
    pub const fn takes(&self) -> [usize; 3] {
        [self.channels, self.height, self.width]
    }

    /// Channels, rows and columns of the map it gives.
    pub const fn gives(&self) -> [usize; 3] {
        [self.weights.len(), self.rows() / self.pool, self.columns() / self.pool]
    }

    /// Rows of positions.
    pub const fn rows(&self) -> usize {
        self.height - self.kernel + 1
    }

    /// Positions in a row.
    pub const fn columns(&self) -> usize {
        self.width - self.kernel + 1
    }

    /// Places of the kernel on the map.
    pub const fn positions(&self) -> usize {
        self.rows() * self.columns()
    }

    /// What it asks of the mapper.
    pub fn demand(&self) -> Demand {
        Demand {
            name: self.name.clone(),
            filters: self.weights.len(),
            elements: self.elements(),
            positions: self.positions(),
            precision: self.precision,
        }
    }

    /// The elements of `map` under the kernel at a position, in the order of the weights.
    pub(super) fn patch(&self, map: &[u8], position: usize) -> Vec<u8> {
        let (top, left) = (position / self.columns(), position % self.columns());
        let rows = (0..self.channels).flat_map(|channel| {
            let first = (channel * self.height + top) * self.width + left;
            (0..self.kernel).map(move |row| first + row * self.width)
        });
        rows.flat_map(|start| &map[start..start + self.kernel]).copied().collect()
    }

    /// The map, filter after filter, that follows from the sums of all filters at each position.
    pub(super) fn finish(&self, sums: impl Iterator<Item = Vec<i64>>) -> Vec<i64> {
        let results: Vec<_> = sums.map(|sums| self.scaled(&sums)).collect();
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

    fn scaled(&self, sums: &[i64]) -> Vec<i64> {
        let scaled = sums.iter().zip(&self.scale).zip(&self.bias);
        let results = scaled.map(|((sum, scale), bias)| (sum * scale + bias) >> self.cut);
        let largest = (1 << ACTIVATION_BITS) - 1;
        results.map(|result| if self.relu { result.clamp(0, largest) } else { result }).collect()
    }
}
