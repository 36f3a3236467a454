//! Every operator as its formula says, element by element; only parameters are shared with the
//! crate.

use hwgen_networks::Operator;
use hwgen_networks::operators::{Conv, MaxPool, SumPool};
use hwgen_numerics::{Axis, Requantisation, Tensor, Window};

/// The elements of the result, in the order channel, row, column.
pub fn result(operator: &Operator, inputs: &[&Tensor]) -> Vec<i32> {
    let x = inputs[0];
    let positions = x.kind.shape.rows * x.kind.shape.columns;
    match operator {
        Operator::Conv(conv) => convolution(conv, x),
        Operator::Dense(dense) => {
            let filters = dense.weights.elements().chunks(x.elements.len()).enumerate();
            let result = |(filter, weights): (usize, &[i32])| {
                let sum = weights.iter().zip(&x.elements).map(|(&w, &x)| wide(w) * wide(x)).sum();
                requantised(&dense.requantisation, filter, [sum])
            };
            filters.map(result).collect()
        }
        Operator::MaxPool(MaxPool { window }) => {
            let smallest = *x.kind.element.range().start();
            pool(window, x, |_, seen| seen.flatten().max().unwrap_or(smallest))
        }
        Operator::SumPool(SumPool { window, requantisation }) => {
            let zero = x.kind.element.zero_point();
            pool(window, x, |channel, seen| {
                let sum = seen.map(|element| wide(element.unwrap_or(zero))).sum();
                requantised(requantisation, channel, [sum])
            })
        }
        Operator::Add(add) => (0..x.elements.len())
            .map(|place| {
                let both = [0, 1].map(|branch| wide(inputs[branch].elements[place]));
                requantised(&add.requantisation, place / positions, both)
            })
            .collect(),
        Operator::Threshold(threshold) => {
            let (thresholds, steps) = (&threshold.thresholds, threshold.thresholds.steps());
            let result = |(place, &x): (usize, &i32)| {
                let own = thresholds.values()[place / positions * steps..].iter().take(steps);
                thresholds.first() + own.filter(|&&value| x >= value).count() as i32
            };
            x.elements.iter().enumerate().map(result).collect()
        }
        Operator::Flatten(_) => x.elements.clone(),
        Operator::Concat(_) => inputs.iter().flat_map(|x| x.elements.clone()).collect(),
        Operator::ArgMax(_) => (0..positions)
            .map(|position| {
                let channels = x.elements.iter().skip(position).step_by(positions);
                let best = channels.clone().max();
                channels.into_iter().position(|x| Some(x) == best).expect("a channel") as i32
            })
            .collect(),
    }
}

fn wide(x: i32) -> i128 {
    x.into()
}

/// `clamp(zero + floor((sum m + b) / 2^s), low, high)`, with a division instead of a shift.
fn requantised<const SUMS: usize>(
    requantisation: &Requantisation<SUMS>,
    filter: usize,
    sums: [i128; SUMS],
) -> i32 {
    let own = requantisation.coefficients()[filter];
    let mut total = i128::from(own.bias);
    for (sum, multiplier) in sums.into_iter().zip(own.multipliers) {
        total += sum * wide(multiplier);
    }
    let zero = wide(requantisation.element().zero_point());
    let result = zero + total.div_euclid(2_i128.pow(own.shift));
    let clamp = requantisation.clamp();
    result.max(wide(*clamp.start())).min(wide(*clamp.end())) as i32
}

/// First taps of all places along an axis, counted from the first element of the map.
fn starts(axis: &Axis, length: usize) -> Vec<i64> {
    let last = (length + axis.before + axis.after) as i64
        - (axis.kernel - 1) as i64 * axis.dilation as i64;
    let starts = (0..last).step_by(axis.stride);
    starts.map(|start| start - axis.before as i64).collect()
}

/// The element of a map, none beyond it.
fn at(x: &Tensor, channel: usize, row: i64, column: i64) -> Option<i32> {
    let shape = x.kind.shape;
    let inside =
        (0..shape.rows as i64).contains(&row) && (0..shape.columns as i64).contains(&column);
    let place = || (channel * shape.rows + row as usize) * shape.columns + column as usize;
    inside.then(|| x.elements[place()])
}

fn convolution(conv: &Conv, x: &Tensor) -> Vec<i32> {
    let (vertical, horizontal) = (&conv.window.rows, &conv.window.columns);
    let filters = conv.weights.filters();
    let group_channels = x.kind.shape.channels / conv.groups;
    let mut result = Vec::new();
    for filter in 0..filters {
        let first = filter / (filters / conv.groups) * group_channels;
        for top in starts(vertical, x.kind.shape.rows) {
            for left in starts(horizontal, x.kind.shape.columns) {
                let mut weights = conv.weights.filter(filter).iter();
                let mut sum = 0;
                for channel in first..first + group_channels {
                    for row in 0..vertical.kernel {
                        for column in 0..horizontal.kernel {
                            let y = top + (row * vertical.dilation) as i64;
                            let z = left + (column * horizontal.dilation) as i64;
                            let element = at(x, channel, y, z);
                            let element = element.unwrap_or(x.kind.element.zero_point());
                            sum += wide(*weights.next().expect("a weight")) * wide(element);
                        }
                    }
                }
                result.push(requantised(&conv.requantisation, filter, [sum]));
            }
        }
    }
    result
}

fn pool(
    window: &Window,
    x: &Tensor,
    join: impl Fn(usize, &mut dyn Iterator<Item = Option<i32>>) -> i32,
) -> Vec<i32> {
    let mut result = Vec::new();
    for channel in 0..x.kind.shape.channels {
        for top in starts(&window.rows, x.kind.shape.rows) {
            for left in starts(&window.columns, x.kind.shape.columns) {
                let taps = (0..window.rows.kernel * window.columns.kernel).map(|tap| {
                    let (row, column) = (tap / window.columns.kernel, tap % window.columns.kernel);
                    let y = top + (row * window.rows.dilation) as i64;
                    at(x, channel, y, left + (column * window.columns.dilation) as i64)
                });
                result.push(join(channel, &mut taps.into_iter()));
            }
        }
    }
    result
}
