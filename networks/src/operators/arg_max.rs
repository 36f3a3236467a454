//! The channel with the largest element, the lowest one on a tie.

use super::{NoSettings, Operation, Recorded, only};
use crate::file::{Arrays, FileError, Stored};
use hwgen_numerics::{Element, Illegal, Shape, Tensor, TensorType};

/// The number of the channel that has the largest element, at every position: the class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArgMax;

/// As many as 16 bits can number.
const MOST_CHANNELS: usize = 1 << 16;

impl Operation for ArgMax {
    fn result(&self, inputs: &[TensorType]) -> Result<TensorType, Illegal> {
        let shape = only(inputs)?.shape;
        Illegal::outside("channels", shape.channels, 1..=MOST_CHANNELS)?;
        let bits = (usize::BITS - (shape.channels - 1).leading_zeros()).max(1);
        let element = Element::new(bits, false, 0)?;
        Ok(TensorType { shape: Shape { channels: 1, ..shape }, element })
    }

    fn compute(&self, inputs: &[&Tensor], kind: TensorType) -> Vec<i32> {
        let positions = kind.shape.positions();
        let mut largest = inputs[0].elements[..positions].to_vec();
        let mut channels = vec![0; positions];
        for (channel, elements) in inputs[0].elements.chunks_exact(positions).enumerate() {
            for (position, &element) in elements.iter().enumerate() {
                if element > largest[position] {
                    largest[position] = element;
                    channels[position] = channel as i32;
                }
            }
        }
        channels
    }
}

impl Recorded for ArgMax {
    type Record = NoSettings;

    fn read(_: NoSettings, _: &mut Arrays<'_>) -> Result<Self, FileError> {
        Ok(Self)
    }

    fn write(&self, _: &mut Stored) -> NoSettings {
        NoSettings {}
    }
}
