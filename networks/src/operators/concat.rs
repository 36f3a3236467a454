//! Channels of several tensors, one tensor after the other.

use super::{NoSettings, Operation, Recorded};
use crate::file::{Arrays, FileError, Stored};
use hwgen_numerics::{Illegal, Shape, Tensor, TensorType};

/// Tensors of the same rows, columns and elements as one; others have to be requantised before, for
/// example by a sum pool of one tap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Concat;

impl Operation for Concat {
    fn result(&self, inputs: &[TensorType]) -> Result<TensorType, Illegal> {
        let [first, rest @ ..] = inputs else {
            return Err(Illegal::new("number of inputs", 0, "2 and more"));
        };
        Illegal::unless(!rest.is_empty(), "number of inputs", 1, "2 and more")?;
        let mut channels = first.shape.channels;
        for (number, input) in rest.iter().enumerate() {
            let alike = TensorType {
                shape: Shape { channels: input.shape.channels, ..first.shape },
                element: first.element,
            };
            let field = format!("input {}", number + 1);
            let accepted = format!("{alike}, as input 0");
            Illegal::unless(*input == alike, field, input, accepted)?;
            channels = channels.saturating_add(input.shape.channels);
        }
        let shape = Shape { channels, ..first.shape };
        Ok(TensorType { shape, element: first.element })
    }

    fn compute(&self, inputs: &[&Tensor], _: TensorType) -> Vec<i32> {
        inputs.iter().flat_map(|input| &input.elements).copied().collect()
    }
}

impl Recorded for Concat {
    type Record = NoSettings;

    fn read(_: NoSettings, _: &mut Arrays<'_>) -> Result<Self, FileError> {
        Ok(Self)
    }

    fn write(&self, _: &mut Stored) -> NoSettings {
        NoSettings {}
    }
}
