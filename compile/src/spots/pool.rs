//! Which pools the hardware joins results with.

use crate::answer::demand;
use hwgen_gen::blocks::spots::Pool;
use hwgen_networks::Operator;
use hwgen_numerics::{Axis, Coefficients, Requantisation, Window};
use std::ops::RangeInclusive;

/// The pool of a node that takes results clamped to `clamp`, or why it is none of the hardware's.
pub(super) fn pool(operator: &Operator, clamp: &RangeInclusive<i64>) -> Result<Pool, String> {
    match operator {
        Operator::MaxPool(pool) => Ok(Pool { size: size(&pool.window)?, average: false }),
        Operator::SumPool(pool) => {
            let size = size(&pool.window)?;
            check_mean(&pool.requantisation, size, clamp)?;
            Ok(Pool { size, average: true })
        }
        _ => Err("no pool".to_owned()),
    }
}

/// Rows and columns of a window that moves by its own size, without pads.
fn size(window: &Window) -> Result<usize, String> {
    let size = window.rows.kernel;
    let own = Axis::kernel(size).stride(size);
    demand(window.rows == own && window.columns == own, || {
        "a pool whose windows overlap, have pads or are not square; accepted: squares side by side"
            .to_owned()
    })?;
    Ok(size)
}

/// Refuses a requantisation that is not the mean of `size` x `size` elements, rounded half up.
fn check_mean(
    requantisation: &Requantisation,
    size: usize,
    clamp: &RangeInclusive<i64>,
) -> Result<(), String> {
    let count = (size * size) as i128;
    let mean = requantisation.coefficients().iter().all(|numbers| {
        let divided = i128::from(numbers.multipliers[0]) * count == 1 << numbers.shift;
        divided && numbers.bias == <Coefficients>::half(numbers.shift)
    });
    let zero = requantisation.element().zero_point() == 0;
    let (low, high) = requantisation.clamp().into_inner();
    let wide = i64::from(low) <= *clamp.start() && *clamp.end() <= i64::from(high);
    demand(mean && zero && wide, || {
        format!("no mean; accepted: the sum over {count}, rounded half up, clamped no further")
    })
}
