//! The pool that adds up what its window sees; requantised with 1 / taps, it is the mean.

use super::pool::pooled;
use super::requantised::{
    ResultRecord, check_coefficients, read_requantisation, write_requantisation,
};
use super::{Operation, Recorded, only};
use crate::file::{Arrays, FileError, Stored, WindowRecord};
use hwgen_numerics::{Convolution, Illegal, Requantisation, Tensor, TensorType, Window};
use serde::{Deserialize, Serialize};

/// The sum of the elements under a window, requantised per channel. Beyond the map it finds the
/// input's zero point, so that pads count as zeros of a mean.
#[derive(Clone, Debug, PartialEq)]
pub struct SumPool {
    /// How it moves.
    pub window: Window,
    /// What follows the sums, per channel.
    pub requantisation: Requantisation,
}

impl Operation for SumPool {
    fn result(&self, inputs: &[TensorType]) -> Result<TensorType, Illegal> {
        let geometry = Convolution::pool(only(inputs)?.shape, self.window);
        geometry.check()?;
        check_coefficients(&self.requantisation, geometry.filters)?;
        Ok(TensorType { shape: geometry.output(), element: self.requantisation.element() })
    }

    fn compute(&self, inputs: &[&Tensor], _: TensorType) -> Vec<i32> {
        let Tensor { kind, elements } = inputs[0];
        let geometry = Convolution::pool(kind.shape, self.window);
        pooled(&geometry, elements, kind.element.zero_point(), |channel, patch| {
            let sum = patch.iter().copied().map(i64::from).sum();
            self.requantisation.apply(channel, [sum])
        })
    }
}

/// The graph's part of a sum pool; arrays are those of a requantisation.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SumPoolRecord {
    #[serde(deserialize_with = "crate::file::object")]
    window: WindowRecord,
    #[serde(deserialize_with = "crate::file::object")]
    result: ResultRecord,
}

impl Recorded for SumPool {
    type Record = SumPoolRecord;

    fn read(record: SumPoolRecord, arrays: &mut Arrays<'_>) -> Result<Self, FileError> {
        let requantisation = read_requantisation(&record.result, None, arrays)?;
        Ok(Self { window: record.window.into(), requantisation })
    }

    fn write(&self, stored: &mut Stored) -> SumPoolRecord {
        let result = write_requantisation(&self.requantisation, stored);
        SumPoolRecord { window: self.window.into(), result }
    }
}
