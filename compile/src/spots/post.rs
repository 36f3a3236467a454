//! The network's requantisation as that of the hardware.
//!
//! A network says `clamp(zero + floor((sum m + b) / 2^s), low, high)` with numbers per filter; the
//! hardware computes `saturate(floor(((sum + bias) scale + 2^cut) / 2^(cut + 1)))` with a `cut` per
//! layer, `max(.., 0)` if `relu`. So
//!
//! ```text
//! cut + 1 = the largest s               scale = |m| 2^(cut + 1 - s), the filter's sign in its weights
//! bias scale = (b + zero 2^s) 2^(cut + 1 - s) - 2^cut
//! ```
//!
//! which is exact where the last line has a solution, as it has for all biases before the
//! multiplier, rounded half up. Else the bias is the next lower one, and a result can be one lower.

use super::embed::Embedded;
use crate::Answer;
use crate::answer::demand;
use hwgen_gen::blocks::spots::{Channel, Spots};
use hwgen_gen::verilog::Format;
use hwgen_numerics::{Coefficients, Element, Requantisation, Weights};
use std::ops::RangeInclusive;

/// What follows the sums of a layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Post {
    /// Low bits of a scaled sum dropped before the one that rounds.
    pub cut: u32,
    /// Negative results become zero.
    pub relu: bool,
    /// Bias and scale of every filter.
    pub channels: Vec<Channel>,
    /// What the driver clamps results to that it reads: the design's results may be wider.
    pub clamp: RangeInclusive<i64>,
}

impl Post {
    /// `requantisation` on `spec`, for weights whose signs are changed where a multiplier is
    /// negative.
    pub fn new(
        spec: &Spots,
        requantisation: &Requantisation,
        embedded: &mut Embedded,
    ) -> Result<(Answer, Self), String> {
        let coefficients = requantisation.coefficients();
        // One bit is dropped at least: the one that rounds.
        let shift = coefficients.iter().map(|filter| filter.shift).max().unwrap_or(0).max(1);
        let zero = requantisation.element().zero_point();
        let mut floored = None;
        let patch = embedded.shape.patch();
        let rows = embedded.weights.chunks_mut(patch);
        let mut channels = Vec::new();
        for (filter, (numbers, row)) in coefficients.iter().zip(rows).enumerate() {
            let sign = numbers.multipliers[0].signum();
            row.iter_mut().for_each(|weight| *weight *= sign);
            let (channel, exact) = channel(spec, filter, numbers, zero, shift)?;
            if !exact {
                floored.get_or_insert(filter);
            }
            channels.push(channel);
        }
        let clamp = requantisation.clamp();
        let clamp = i64::from(*clamp.start())..=i64::from(*clamp.end());
        check_clamp(spec, &clamp)?;
        let relu = *clamp.start() >= 0;
        let answer = floored.map_or(Answer::Exact, |filter| {
            Answer::Approximate(format!(
                "the bias of filter {filter} is no multiple of its scale: results may be one lower"
            ))
        });
        Ok((answer, Self { cut: shift - 1, relu, channels, clamp }))
    }
}

/// Bias and scale of a filter with a shift of `shift`, and whether they are exactly its numbers.
fn channel(
    spec: &Spots,
    filter: usize,
    numbers: &Coefficients,
    zero: i32,
    shift: u32,
) -> Result<(Channel, bool), String> {
    let raised = shift - numbers.shift;
    // Of a multiplier of zero the weights are zero as well, and any scale does.
    let multiplier = i128::from(numbers.multipliers[0].unsigned_abs().max(1));
    let scale = multiplier << raised;
    within(spec.scales(), scale, || {
        format!(
            "multiplier {multiplier} of filter {filter}, raised by {raised} bits to a shift of {shift} for all"
        )
    })?;
    let zero = i128::from(zero) << numbers.shift;
    let sum = ((i128::from(numbers.bias) + zero) << raised) - (1 << (shift - 1));
    let bias = sum.div_euclid(scale);
    within(Format::signed(spec.arithmetic().sum_width, 0), bias, || {
        format!("bias {bias} of filter {filter} before its multiplier")
    })?;
    let channel = Channel { bias: bias as i64, scale: scale as i64 };
    Ok((channel, sum.rem_euclid(scale) == 0))
}

fn within(format: Format, value: i128, what: impl Fn() -> String) -> Result<(), String> {
    let (min, max) = (format.min(), format.max());
    demand((min..=max).contains(&value), || format!("{}; accepted: {min} to {max}", what()))
}

/// Refuses a clamp that the design's own would hide.
fn check_clamp(spec: &Spots, clamp: &RangeInclusive<i64>) -> Result<(), String> {
    let own = spec.data().min()..=spec.data().max();
    let fits = [clamp.start(), clamp.end()].into_iter().all(|end| own.contains(&(*end).into()));
    demand(fits, || {
        let (low, high) = (clamp.start(), clamp.end());
        let (min, max) = own.clone().into_inner();
        format!("results of {low} to {high}; accepted: within {min} to {max}")
    })
}

/// Refuses a map that the design's elements do not hold, and sums that wrap or lose bits.
pub(super) fn check_sums(spec: &Spots, element: Element, weights: &Weights) -> Result<(), String> {
    let arithmetic = spec.arithmetic();
    demand(arithmetic.product_cut == 0, || {
        let (cut, most) = (arithmetic.product_cut, arithmetic.sum_width / 2);
        format!(
            "products lose {cut} bits in this design; accepted: --data-width up to {most} with \
             --acc-width {}, or --acc-width of twice the --data-width",
            arithmetic.sum_width
        )
    })?;
    let (low, high) = element.range().into_inner();
    let (min, max) = (spec.data().min(), spec.data().max());
    demand(min <= low.into() && i128::from(high) <= max, || {
        format!("a map of {low} to {high}; accepted: within {min} to {max}")
    })?;
    let largest = (0..weights.filters()).map(|filter| weights.largest_sum(filter, element)).max();
    let (largest, most) = (largest.unwrap_or(0), (1_i64 << (arithmetic.sum_width - 1)) - 1);
    demand(largest <= most, || format!("sums up to {largest}; accepted: up to {most} (acc-width)"))
}

/// Refuses weights that the design's elements do not hold.
pub(super) fn check_weights(spec: &Spots, embedded: &Embedded) -> Result<(), String> {
    let (min, max) = (spec.data().min(), spec.data().max());
    let wrong = embedded.weights.iter().find(|&&weight| !(min..=max).contains(&weight.into()));
    wrong.map_or(Ok(()), |weight| Err(format!("weight {weight}; accepted: {min} to {max}")))
}
