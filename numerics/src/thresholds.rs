//! Thresholds: a step function, which is what batch norm and an activation of few bits are.

use crate::{Element, Illegal};

/// `y = first + (how many thresholds of its channel x has reached)`.
///
/// A batch norm with a positive factor, followed by a rounding to few bits, is such a function; one
/// with a negative factor is, after a multiplier that has changed its sign.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Thresholds {
    element: Element,
    first: i32,
    steps: usize,
    values: Vec<i32>,
}

impl Thresholds {
    /// Results are such elements from `first` to `first + steps`; `values` are the thresholds of
    /// all channels, `steps` for each, the smallest first.
    ///
    /// # Errors
    /// No step, no channel, results beyond the element, a descending threshold.
    pub fn new(
        element: Element,
        first: i32,
        steps: usize,
        values: Vec<i32>,
    ) -> Result<Self, Illegal> {
        let (start, end) = element.range().into_inner();
        Illegal::outside("steps", steps, 1..=(end - start) as usize)?;
        Illegal::outside("first result", first, start..=end - steps as i32)?;
        let (count, accepted) = (values.len(), format!("a multiple of {steps}, the steps"));
        Illegal::unless(count > 0 && count % steps == 0, "thresholds", count, accepted)?;
        for (channel, row) in values.chunks_exact(steps).enumerate() {
            if let Some(pair) = row.windows(2).find(|pair| pair[1] < pair[0]) {
                let field = format!("threshold of channel {channel}");
                let accepted = format!("{} and more, since they ascend", pair[0]);
                return Err(Illegal::new(field, pair[1], accepted));
            }
        }
        Ok(Self { element, first, steps, values })
    }

    /// What results are.
    pub const fn element(&self) -> Element {
        self.element
    }

    /// The result below all thresholds.
    pub const fn first(&self) -> i32 {
        self.first
    }

    /// Thresholds of a channel.
    pub const fn steps(&self) -> usize {
        self.steps
    }

    /// Channels.
    pub const fn channels(&self) -> usize {
        self.values.len() / self.steps
    }

    /// Thresholds of all channels, one channel after the other.
    pub fn values(&self) -> &[i32] {
        &self.values
    }

    /// What `channel` makes of `x`.
    pub fn apply(&self, channel: usize, x: i32) -> i32 {
        let values = &self.values[channel * self.steps..][..self.steps];
        self.first + values.partition_point(|&threshold| threshold <= x) as i32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Coefficients, Requantisation};

    fn element(bits: u32, signed: bool) -> Element {
        Element::new(bits, signed, 0).expect("a legal element")
    }

    /// The example of `NUMERICS.md`: two bits from -2 to 1.
    #[test]
    fn the_example_of_the_contract() {
        let values = vec![-10, 0, 10, 5, 5, 7];
        let steps = Thresholds::new(element(2, true), -2, 3, values).expect("legal thresholds");
        let results = |channel| [-11, -10, 4, 5, 10].map(|x| steps.apply(channel, x));
        assert_eq!(results(0), [-2, -1, 0, 0, 1]);
        assert_eq!(results(1), [-2, -2, -2, 0, 1]);
        assert_eq!(steps.channels(), 2);
    }

    /// A requantisation to few bits is the thresholds `ceil((k 2^s - b) / m)` for its results k.
    #[test]
    fn thresholds_are_requantisations_to_few_bits() {
        for (multiplier, bias, shift) in [(1, 0, 0), (3, 4, 3), (7, -100, 4), (5, 33, 2)] {
            let coefficients = vec![Coefficients { multipliers: [multiplier], bias, shift }];
            let step = Requantisation::new(element(3, true), -4..=3, coefficients);
            let step = step.expect("a legal requantisation");
            let reached = |k: i64| {
                let exact = k * 2_i64.pow(shift) - bias;
                -(-exact).div_euclid(i64::from(multiplier)) as i32
            };
            let values = (-3..=3).map(reached).collect();
            let steps = Thresholds::new(element(3, true), -4, 7, values).expect("legal thresholds");
            for x in -100..100 {
                assert_eq!(steps.apply(0, x), step.apply(0, [x.into()]), "{x} of {multiplier}");
            }
        }
    }

    /// Sums of more bits reach thresholds through a requantisation that only clamps.
    #[test]
    fn clamping_before_thresholds_changes_nothing() {
        let values = vec![-7, 0, 7];
        let steps = Thresholds::new(element(2, false), 0, 3, values.clone());
        let steps = steps.expect("legal thresholds");
        let same = vec![Coefficients { multipliers: [1], bias: 0, shift: 0 }];
        let clamp = Requantisation::new(element(4, true), -8..=7, same).expect("legal");
        for sum in -100..100 {
            let reached = values.iter().filter(|&&threshold| threshold <= sum).count();
            assert_eq!(steps.apply(0, clamp.apply(0, [sum.into()])), reached as i32, "{sum}");
        }
    }

    #[test]
    fn what_has_no_meaning_is_named() {
        let refusal = |first, steps, values| {
            let steps = Thresholds::new(element(2, false), first, steps, values);
            steps.expect_err("illegal thresholds").to_string()
        };
        assert_eq!(refusal(0, 0, vec![]), "steps 0; accepted: 1 to 3");
        assert_eq!(refusal(0, 4, vec![]), "steps 4; accepted: 1 to 3");
        assert_eq!(refusal(1, 3, vec![1, 2, 3]), "first result 1; accepted: 0 to 0");
        assert_eq!(refusal(0, 2, vec![1]), "thresholds 1; accepted: a multiple of 2, the steps");
        assert!(refusal(0, 2, vec![]).starts_with("thresholds 0"));
        let message = "threshold of channel 1 2; accepted: 3 and more, since they ascend";
        assert_eq!(refusal(0, 2, vec![1, 1, 3, 2]), message);
    }
}
