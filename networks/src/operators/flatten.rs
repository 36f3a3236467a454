//! All elements as channels of a single position, in the order channel, row, column.

use super::{NoSettings, Operation, Recorded, only};
use crate::file::{Arrays, FileError, Stored};
use hwgen_numerics::{Illegal, Shape, Tensor, TensorType};

/// A map as a column of channels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flatten;

impl Operation for Flatten {
    fn result(&self, inputs: &[TensorType]) -> Result<TensorType, Illegal> {
        let TensorType { shape, element } = only(inputs)?;
        let shape = Shape { channels: shape.elements(), rows: 1, columns: 1 };
        Ok(TensorType { shape, element })
    }

    fn compute(&self, inputs: &[&Tensor], _: TensorType) -> Vec<i32> {
        inputs[0].elements.clone()
    }
}

impl Recorded for Flatten {
    type Record = NoSettings;

    fn read(_: NoSettings, _: &mut Arrays<'_>) -> Result<Self, FileError> {
        Ok(Self)
    }

    fn write(&self, _: &mut Stored) -> NoSettings {
        NoSettings {}
    }
}
