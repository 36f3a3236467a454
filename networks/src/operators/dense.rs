//! The fully connected layer: every channel of a single position with every filter.

use super::requantised::{
    ResultRecord, check_coefficients, read_requantisation, write_requantisation,
};
use super::{Operation, Recorded, only};
use crate::file::{Arrays, FileError, Stored};
use hwgen_numerics::{Illegal, Requantisation, Shape, Tensor, TensorType, Weights};
use serde::{Deserialize, Serialize};

/// A fully connected layer. The zero point of its input is treated as in [`super::Conv`].
#[derive(Clone, Debug, PartialEq)]
pub struct Dense {
    /// Weights of each filter, one per channel.
    pub weights: Weights,
    /// What follows the sums, per filter.
    pub requantisation: Requantisation,
}

impl Operation for Dense {
    fn result(&self, inputs: &[TensorType]) -> Result<TensorType, Illegal> {
        let shape = only(inputs)?.shape;
        let accepted = format!("{} x 1 x 1, for example after flatten", shape.elements());
        Illegal::unless(shape.positions() == 1, "map", shape, accepted)?;
        let (length, channels) = (self.weights.length(), shape.channels);
        let accepted = format!("{channels}, one for each channel");
        Illegal::unless(length == channels, "weights of a filter", length, accepted)?;
        check_coefficients(&self.requantisation, self.weights.filters())?;
        let shape = Shape { channels: self.weights.filters(), rows: 1, columns: 1 };
        Ok(TensorType { shape, element: self.requantisation.element() })
    }

    fn compute(&self, inputs: &[&Tensor], _: TensorType) -> Vec<i32> {
        let Tensor { kind, elements } = inputs[0];
        let result = |filter| {
            let sum = self.weights.sum(filter, elements, kind.element);
            self.requantisation.apply(filter, [sum])
        };
        (0..self.weights.filters()).map(result).collect()
    }

    fn products(&self, _: Shape) -> u64 {
        self.weights.elements().len() as u64
    }
}

/// The graph's part of a fully connected layer; arrays are `weights` `[filter, channel]` and those
/// of a requantisation.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DenseRecord {
    #[serde(deserialize_with = "crate::file::object")]
    result: ResultRecord,
}

impl Recorded for Dense {
    type Record = DenseRecord;

    fn read(record: DenseRecord, arrays: &mut Arrays<'_>) -> Result<Self, FileError> {
        let (shape, weights) = arrays.weights(&[None, None])?;
        let requantisation = read_requantisation(&record.result, Some(shape[0]), arrays)?;
        Ok(Self { weights, requantisation })
    }

    fn write(&self, stored: &mut Stored) -> DenseRecord {
        stored.weights(&self.weights, &[self.weights.filters(), self.weights.length()]);
        DenseRecord { result: write_requantisation(&self.requantisation, stored) }
    }
}
