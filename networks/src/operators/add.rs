//! The addition of two tensors, each with its own multiplier.

use super::requantised::{
    ResultRecord, check_coefficients, read_requantisation, write_requantisation,
};
use super::{Operation, Recorded};
use crate::file::{Arrays, FileError, Stored};
use hwgen_numerics::{Illegal, Requantisation, Tensor, TensorType};
use serde::{Deserialize, Serialize};

/// `clamp(zero + floor((x0 m0 + x1 m1 + b) / 2^s), low, high)` for elements `x0` and `x1` at the
/// same place of two tensors, per channel; zero points of both are folded into `b`.
#[derive(Clone, Debug, PartialEq)]
pub struct Add {
    /// Both multipliers and what follows, per channel.
    pub requantisation: Requantisation<2>,
}

impl Operation for Add {
    fn result(&self, inputs: &[TensorType]) -> Result<TensorType, Illegal> {
        let [first, second] = *inputs else {
            return Err(Illegal::new("number of inputs", inputs.len(), "2"));
        };
        let accepted = format!("{}, that of the first input", first.shape);
        let same = second.shape == first.shape;
        Illegal::unless(same, "shape of the second input", second.shape, accepted)?;
        check_coefficients(&self.requantisation, first.shape.channels)?;
        Ok(TensorType { shape: first.shape, element: self.requantisation.element() })
    }

    fn compute(&self, inputs: &[&Tensor], kind: TensorType) -> Vec<i32> {
        let positions = kind.shape.positions();
        let pairs = inputs[0].elements.iter().zip(&inputs[1].elements);
        let sum = |(place, (&first, &second)): (usize, (&i32, &i32))| {
            self.requantisation.apply(place / positions, [first.into(), second.into()])
        };
        pairs.enumerate().map(sum).collect()
    }
}

/// The graph's part of an addition; arrays are those of a requantisation, with two multipliers for
/// each channel.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AddRecord {
    #[serde(deserialize_with = "crate::file::object")]
    result: ResultRecord,
}

impl Recorded for Add {
    type Record = AddRecord;

    fn read(record: AddRecord, arrays: &mut Arrays<'_>) -> Result<Self, FileError> {
        Ok(Self { requantisation: read_requantisation(&record.result, None, arrays)? })
    }

    fn write(&self, stored: &mut Stored) -> AddRecord {
        AddRecord { result: write_requantisation(&self.requantisation, stored) }
    }
}
