//! The convolution: `sum = sum over a patch of weight x element`, requantised per filter.

use super::requantised::{
    ResultRecord, check_coefficients, read_requantisation, write_requantisation,
};
use super::{Operation, Recorded, only};
use crate::file::{Arrays, FileError, Stored, WindowRecord};
use hwgen_numerics::{
    Convolution, Element, Illegal, Requantisation, Shape, Tensor, TensorType, Weights, Window,
};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Elements of patches that are built before filters meet them, so that a filter is fetched once
/// for all of them and they stay in the processor's cache.
const BLOCK_ELEMENTS: usize = 1 << 14;

/// A convolution. Beyond its map it finds the input's zero point; that zero point is subtracted
/// nowhere else, so biases contain what it adds.
#[derive(Clone, Debug, PartialEq)]
pub struct Conv {
    /// How the kernel moves.
    pub window: Window,
    /// Groups of channels and filters that do not see each other.
    pub groups: usize,
    /// Weights of each filter, in the order channel of its group, row, column.
    pub weights: Weights,
    /// What follows the sums, per filter.
    pub requantisation: Requantisation,
}

impl Conv {
    /// Its geometry on a map of this shape.
    pub const fn geometry(&self, input: Shape) -> Convolution {
        let (filters, groups, window) = (self.weights.filters(), self.groups, self.window);
        Convolution { input, filters, groups, window }
    }

    /// What `filter` makes of each of `patches`, whose integers are such elements.
    fn filter(&self, filter: usize, patches: &[i32], element: Element, results: &mut [i32]) {
        let patches = patches.chunks_exact(self.weights.length());
        for (result, patch) in results.iter_mut().zip(patches) {
            *result = self.requantisation.apply(filter, [self.weights.sum(filter, patch, element)]);
        }
    }
}

/// The patches of `group` at these places of the result, counted row after row.
fn patches(geometry: &Convolution, map: &Tensor, group: usize, places: Range<usize>) -> Vec<i32> {
    let (columns, pad) = (geometry.output().columns, map.kind.element.zero_point());
    let mut patches = Vec::with_capacity(places.len() * geometry.patch_elements());
    for place in places {
        let place = (place / columns, place % columns);
        geometry.append_patch(&map.elements, pad, group, place, &mut patches);
    }
    patches
}

impl Operation for Conv {
    fn result(&self, inputs: &[TensorType]) -> Result<TensorType, Illegal> {
        let geometry = self.geometry(only(inputs)?.shape);
        geometry.check()?;
        let (length, patch) = (self.weights.length(), geometry.patch_elements());
        let accepted = format!("{patch}, the elements of a patch");
        Illegal::unless(length == patch, "weights of a filter", length, accepted)?;
        check_coefficients(&self.requantisation, geometry.filters)?;
        Ok(TensorType { shape: geometry.output(), element: self.requantisation.element() })
    }

    fn compute(&self, inputs: &[&Tensor], kind: TensorType) -> Vec<i32> {
        let map = inputs[0];
        let geometry = self.geometry(map.kind.shape);
        let (filters, positions) = (geometry.group_filters(), kind.shape.positions());
        let block = (BLOCK_ELEMENTS / self.weights.length()).max(1);
        let mut result = vec![0; kind.shape.elements()];
        for group in 0..self.groups {
            for first in (0..positions).step_by(block) {
                let places = first..positions.min(first + block);
                let patches = patches(&geometry, map, group, places.clone());
                for filter in group * filters..(group + 1) * filters {
                    let line = &mut result[filter * positions..][places.clone()];
                    self.filter(filter, &patches, map.kind.element, line);
                }
            }
        }
        result
    }

    fn products(&self, input: Shape) -> u64 {
        self.geometry(input).products()
    }
}

/// The graph's part of a convolution; arrays are `weights`
/// `[filter, channel of the group, row, column]` and those of a requantisation.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ConvRecord {
    #[serde(deserialize_with = "crate::file::object")]
    window: WindowRecord,
    #[serde(deserialize_with = "crate::file::natural")]
    groups: usize,
    #[serde(deserialize_with = "crate::file::object")]
    result: ResultRecord,
}

impl Recorded for Conv {
    type Record = ConvRecord;

    fn read(record: ConvRecord, arrays: &mut Arrays<'_>) -> Result<Self, FileError> {
        let ConvRecord { window, groups, result } = record;
        let [rows, columns] = window.kernel;
        let (shape, weights) = arrays.weights(&[None; 4])?;
        let accepted =
            format!("{} x {}, the last two lengths of the array weights", shape[2], shape[3]);
        Illegal::unless(
            shape[2..] == [rows, columns],
            "kernel",
            format!("{rows} x {columns}"),
            accepted,
        )
        .map_err(|illegal| arrays.illegal(illegal))?;
        let requantisation = read_requantisation(&result, Some(shape[0]), arrays)?;
        Ok(Self { window: window.into(), groups, weights, requantisation })
    }

    fn write(&self, stored: &mut Stored) -> ConvRecord {
        let Self { window, groups, weights, requantisation } = self;
        let (rows, columns) = (window.rows.kernel, window.columns.kernel);
        let channels = weights.length() / window.taps();
        stored.weights(weights, &[weights.filters(), channels, rows, columns]);
        let result = write_requantisation(requantisation, stored);
        ConvRecord { window: (*window).into(), groups: *groups, result }
    }
}
