//! What convolutions and fully connected layers have in common.

use hwgen_networks::Operator;
use hwgen_numerics::{Axis, Convolution, Requantisation, TensorType, Weights, Window};

/// Geometry, weights and requantisation of a node on such a map. A fully connected layer has a
/// kernel as large as the map, if that is square, or sees all of it as channels.
pub(crate) fn convolution(
    operator: &Operator,
    input: TensorType,
) -> Result<(Convolution, &Weights, &Requantisation), String> {
    match operator {
        Operator::Conv(conv) => {
            Ok((conv.geometry(input.shape), &conv.weights, &conv.requantisation))
        }
        Operator::Dense(dense) => {
            let [rows, columns] = [input.shape.rows, input.shape.columns].map(Axis::kernel);
            let filters = dense.weights.filters();
            let window = Window { rows, columns };
            let geometry = Convolution { input: input.shape, filters, groups: 1, window };
            Ok((geometry, &dense.weights, &dense.requantisation))
        }
        _ => Err("no convolution; accepted: conv or dense".to_owned()),
    }
}
