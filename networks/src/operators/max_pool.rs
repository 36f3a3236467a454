//! The pool that takes the largest element under its window.

use super::pool::pooled;
use super::{Operation, Recorded, only};
use crate::file::{Arrays, FileError, Stored, WindowRecord};
use hwgen_numerics::{Convolution, Illegal, Tensor, TensorType, Window};
use serde::{Deserialize, Serialize};

/// The largest element under a window. Beyond the map it finds the smallest element there is,
/// which never wins against one of the map.
#[derive(Clone, Debug, PartialEq)]
pub struct MaxPool {
    /// How it moves.
    pub window: Window,
}

impl Operation for MaxPool {
    fn result(&self, inputs: &[TensorType]) -> Result<TensorType, Illegal> {
        let TensorType { shape, element } = only(inputs)?;
        let geometry = Convolution::pool(shape, self.window);
        geometry.check()?;
        Ok(TensorType { shape: geometry.output(), element })
    }

    fn compute(&self, inputs: &[&Tensor], _: TensorType) -> Vec<i32> {
        let Tensor { kind, elements } = inputs[0];
        let smallest = *kind.element.range().start();
        let largest = |_, patch: &[i32]| patch.iter().copied().fold(smallest, i32::max);
        pooled(&Convolution::pool(kind.shape, self.window), elements, smallest, largest)
    }
}

/// The graph's part of a maximum pool, which has no arrays.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct MaxPoolRecord {
    #[serde(deserialize_with = "crate::file::object")]
    window: WindowRecord,
}

impl Recorded for MaxPool {
    type Record = MaxPoolRecord;

    fn read(record: MaxPoolRecord, _: &mut Arrays<'_>) -> Result<Self, FileError> {
        Ok(Self { window: record.window.into() })
    }

    fn write(&self, _: &mut Stored) -> MaxPoolRecord {
        MaxPoolRecord { window: self.window.into() }
    }
}
