//! Thresholds: batch norm and an activation of few bits in one step.

use super::{Operation, Recorded, only};
use crate::file::{Arrays, ElementRecord, FileError, Stored};
use hwgen_numerics::{Illegal, Tensor, TensorType, Thresholds};
use serde::{Deserialize, Serialize};

/// How many thresholds of its channel an element has reached.
#[derive(Clone, Debug, PartialEq)]
pub struct Threshold {
    /// The thresholds, per channel.
    pub thresholds: Thresholds,
}

impl Operation for Threshold {
    fn result(&self, inputs: &[TensorType]) -> Result<TensorType, Illegal> {
        let shape = only(inputs)?.shape;
        let (given, channels) = (self.thresholds.channels(), shape.channels);
        let accepted = format!("{channels}, those of the input");
        Illegal::unless(given == channels, "channels with thresholds", given, accepted)?;
        Ok(TensorType { shape, element: self.thresholds.element() })
    }

    fn compute(&self, inputs: &[&Tensor], kind: TensorType) -> Vec<i32> {
        let positions = kind.shape.positions();
        let elements = inputs[0].elements.iter().enumerate();
        elements.map(|(place, &x)| self.thresholds.apply(place / positions, x)).collect()
    }
}

/// The graph's part; the array is `thresholds` `[channel, step]`, ascending.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ThresholdRecord {
    #[serde(deserialize_with = "crate::file::whole")]
    first: i32,
    #[serde(deserialize_with = "crate::file::object")]
    result: ElementRecord,
}

impl Recorded for Threshold {
    type Record = ThresholdRecord;

    fn read(record: ThresholdRecord, arrays: &mut Arrays<'_>) -> Result<Self, FileError> {
        let ThresholdRecord { first, result } = record;
        let (shape, values) = arrays.integers("thresholds", &[None, None])?;
        let element = result.element().map_err(|error| arrays.illegal(error))?;
        let thresholds = Thresholds::new(element, first, shape[1], values);
        Ok(Self { thresholds: thresholds.map_err(|error| arrays.illegal(error))? })
    }

    fn write(&self, stored: &mut Stored) -> ThresholdRecord {
        let thresholds = &self.thresholds;
        let shape = [thresholds.channels(), thresholds.steps()];
        stored.integers("thresholds", thresholds.values(), &shape);
        ThresholdRecord { first: thresholds.first(), result: thresholds.element().into() }
    }
}
