//! Batch normalisation folded into coefficients.
//!
//! A layer whose sums come as counts, `c` the real value of one count, computes
//!
//! ```text
//! y = gamma * (c_p * x_p - c_n * x_n + bias - mean) / sqrt(variance + epsilon) + beta
//! ```
//!
//! which is affine in the counts, as is what a unit computes. Measured in results,
//! `y / real_per_result = s_p * x_p - s_n * x_n + o`, and each of the three is rounded to the
//! nearest raw coefficient. Two decisions stand behind that:
//!
//! - **A scale has no sign.** Where gamma is negative, `s` takes its magnitude and the *column's
//!   weights are negated*: two counts change places, a signed entry changes its sign.
//! - **One power of two for the whole design.** The cuts divide by `2^(cut_pre + 1 + cut_post)`,
//!   so every bit more that is cut doubles all coefficients and halves their rounding errors, as
//!   long as the largest still fits: [`Nmpu::finest_cut`].
//!
//! A second cut of `n` bits floors what was rounded, which makes results low by
//! `1/2 - 1/2^(n+1)` on average. The offset restores that, so that the compression as a whole is
//! never off by more than half a result.

use super::{Activation, Coefficients, Nmpu};
use crate::verilog::Format;

/// Batch normalisation of one channel, as training left it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BatchNorm {
    /// Learnt factor.
    pub gamma: f64,
    /// Learnt summand.
    pub beta: f64,
    /// Mean of the channel's sums.
    pub mean: f64,
    /// Variance of the channel's sums.
    pub variance: f64,
    /// What is added to the variance.
    pub epsilon: f64,
}

/// One output channel of a layer: a column of weights with its converters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Channel {
    /// Real value of one positive and of one negative count, with the gain of their converters in
    /// it. Neither is negative. With one branch, the first is that of the entry.
    pub per_count: [f64; 2],
    /// Real value added before normalisation: the layer's bias, less the converters' offset.
    pub bias: f64,
    /// What follows.
    pub norm: BatchNorm,
}

/// A layer that ends in batch normalisation and, perhaps, ReLU.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// Its channels.
    pub channels: Vec<Channel>,
    /// Real value of one step of the result.
    pub real_per_result: f64,
    /// Negative activations become zero.
    pub relu: bool,
}

/// A channel in integers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Folded {
    /// What is written to the column's unit.
    pub coefficients: Coefficients,
    /// The column's weights are to be negated, because gamma is negative.
    pub negated: bool,
    /// Largest difference, in steps of the result, between the unit's result and the real
    /// activation limited to the range of results, for any entries.
    pub bound: f64,
    two_branches: bool,
    /// What rounding one scale costs per count, and what rounding the offset costs, in results.
    scale_errors: [f64; 2],
    offset_error: f64,
}

/// Why a layer cannot be folded into a design.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {quantity} is {value}; accepted: {accepted}")]
pub struct FoldError {
    /// The channel, or the layer as a whole.
    pub place: String,
    /// What does not fit.
    pub quantity: &'static str,
    /// Its value.
    pub value: String,
    /// What would be accepted, and how to get there.
    pub accepted: String,
}

impl FoldError {
    fn new(quantity: &'static str, value: impl ToString, accepted: impl Into<String>) -> Self {
        let (value, accepted) = (value.to_string(), accepted.into());
        Self { place: "layer".to_owned(), quantity, value, accepted }
    }

    fn in_channel(self, channel: usize) -> Self {
        Self { place: format!("channel {channel}"), ..self }
    }
}

impl Channel {
    /// The real activation for real counts, before ReLU.
    pub fn real(&self, counts: [i64; 2]) -> f64 {
        let [positive, negative] = counts.map(|count| count as f64);
        let sum = self.per_count[0] * positive - self.per_count[1] * negative + self.bias;
        self.factor() * (sum - self.norm.mean) + self.norm.beta
    }

    fn factor(&self) -> f64 {
        self.norm.gamma / (self.norm.variance + self.norm.epsilon).sqrt()
    }

    fn check(&self) -> Result<(), FoldError> {
        let BatchNorm { gamma, beta, mean, variance, epsilon } = self.norm;
        let numbers = [("gamma", gamma), ("beta", beta), ("mean", mean), ("bias", self.bias)];
        for (quantity, value) in numbers {
            if !value.is_finite() {
                return Err(FoldError::new(quantity, value, "finite numbers"));
            }
        }
        let deviation = variance + epsilon;
        if !(deviation > 0.0 && deviation.is_finite()) {
            return Err(FoldError::new("variance + epsilon", deviation, "numbers above 0"));
        }
        for value in self.per_count {
            if !(value >= 0.0 && value.is_finite()) {
                return Err(FoldError::new("value of one count", value, "0 and numbers above"));
            }
        }
        Ok(())
    }
}

impl Folded {
    /// What enters the unit where the weights as trained give `counts`.
    pub const fn entries(&self, counts: [i64; 2]) -> [i64; 2] {
        match (self.negated, self.two_branches) {
            (false, _) => counts,
            (true, true) => [counts[1], counts[0]],
            (true, false) => [-counts[0], 0],
        }
    }

    /// As [`Self::bound`], for these entries alone.
    pub fn bound_at(&self, entries: [i64; 2]) -> f64 {
        let scaled = |branch: usize| self.scale_errors[branch] * entries[branch].abs() as f64;
        scaled(0) + scaled(1) + self.offset_error + COMPRESSION_ERROR
    }
}

/// What cutting and rounding cost at most, in results.
const COMPRESSION_ERROR: f64 = 0.5;

impl Nmpu {
    /// Coefficients for every channel of `layer`, or the first that does not fit.
    ///
    /// ```
    /// use hwgen_gen::Block;
    /// use hwgen_gen::blocks::nmpu::{BatchNorm, Channel, Generated, Layer};
    ///
    /// let norm = BatchNorm { gamma: -1.5, beta: 0.5, mean: 0.1, variance: 0.8, epsilon: 1e-5 };
    /// let channel = Channel { per_count: [0.0016, 0.0017], bias: 0.0, norm };
    /// let layer = Layer { channels: vec![channel], real_per_result: 0.05, relu: true };
    ///
    /// let cut = Generated::parse("")?.finest_cut(&layer)?;
    /// let nmpu = Generated::parse(&format!("--cut-pre {cut}"))?;
    /// let folded = nmpu.fold(&layer)?[0];
    ///
    /// let counts = [310, 1250];
    /// let result = nmpu.apply(&folded.coefficients, folded.entries(counts));
    /// let real = channel.real(counts).max(0.0) / layer.real_per_result;
    /// assert!((result as f64 - real).abs() <= folded.bound);
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn fold(&self, layer: &Layer) -> Result<Vec<Folded>, FoldError> {
        if !(layer.real_per_result > 0.0 && layer.real_per_result.is_finite()) {
            let accepted = "numbers above 0";
            return Err(FoldError::new("value of one result", layer.real_per_result, accepted));
        }
        match (self.activation, layer.relu) {
            (Activation::None, true) => {
                let accepted = "false with --activation none";
                return Err(FoldError::new("relu", true, accepted));
            }
            (Activation::Relu, false) => {
                let accepted = "true with --activation relu";
                return Err(FoldError::new("relu", false, accepted));
            }
            _ => {}
        }
        let channels = layer.channels.iter().enumerate();
        let folded = channels.map(|(index, channel)| {
            self.fold_channel(channel, layer).map_err(|error| error.in_channel(index))
        });
        folded.collect()
    }

    /// The most bits cut before rounding at which `layer` can be folded, everything else as in
    /// this design. It makes the coefficients as fine as they can be.
    pub fn finest_cut(&self, layer: &Layer) -> Result<u32, FoldError> {
        let at = |cut_pre| Self { cut_pre, ..self.clone() }.fold(layer).map(|_| cut_pre);
        let smaller = (1..=self.largest_cut()).rev();
        smaller.map(at).find_map(Result::ok).map_or_else(|| at(0), Ok)
    }

    fn fold_channel(&self, channel: &Channel, layer: &Layer) -> Result<Folded, FoldError> {
        channel.check()?;
        let factor = channel.factor() / layer.real_per_result;
        let negated = factor < 0.0;
        if negated && !self.two_branches() && !self.signed {
            let accepted = "0 and numbers above, for a single unsigned entry";
            return Err(FoldError::new("gamma", channel.norm.gamma, accepted));
        }
        let [positive, negative] = channel.per_count.map(|value| value * factor.abs());
        let scales = match (self.two_branches(), negated) {
            (true, false) => [self.scale(positive, "scale_p")?, self.scale(negative, "scale_n")?],
            (true, true) => [self.scale(negative, "scale_p")?, self.scale(positive, "scale_n")?],
            (false, _) => [self.scale(positive, "scale")?, (0, 0.0)],
        };
        let constant =
            factor * (channel.bias - channel.norm.mean) + channel.norm.beta / layer.real_per_result;
        let restored = 0.5 - 0.5_f64.powi(self.cut_post as i32 + 1);
        let offset = self.quantise(self.offset, "offset", constant + restored)?;
        let coefficients = Coefficients {
            scales: scales.map(|(raw, _)| raw),
            offset: offset.0,
            relu: layer.relu && self.relu_is_written(),
        };
        let scale_errors = scales.map(|(_, error)| error);
        let mut folded = Folded {
            coefficients,
            negated,
            bound: 0.0,
            two_branches: self.two_branches(),
            scale_errors,
            offset_error: offset.1,
        };
        let largest = self.entry().max().max(-self.entry().min()) as i64;
        folded.bound = folded.bound_at([largest; 2]);
        Ok(folded)
    }

    fn scale(&self, wanted: f64, name: &'static str) -> Result<(i64, f64), FoldError> {
        self.quantise(self.scale, name, wanted)
    }

    /// The raw value nearest to `wanted` results per count (a scale) or results (an offset), and
    /// how far off it is.
    fn quantise(
        &self,
        format: Format,
        quantity: &'static str,
        wanted: f64,
    ) -> Result<(i64, f64), FoldError> {
        let fraction = self.scale.fraction.max(self.offset.fraction);
        let cut = self.cut_pre + 1 + self.cut_post;
        // One raw step, in results.
        let step = 2_f64.powi((fraction - format.fraction) as i32 - cut as i32);
        let raw = (wanted / step).round();
        let (min, max) = (format.min() as f64, format.max() as f64);
        if !(min..=max).contains(&raw) {
            let one = 2_f64.powi(format.fraction as i32);
            let accepted = format!(
                "{}..={}, for {format} after --cut-pre {}",
                min / one,
                max / one,
                self.cut_pre
            );
            return Err(FoldError::new(quantity, wanted / step / one, accepted));
        }
        Ok((raw as i64, (raw * step - wanted).abs()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Block;
    use crate::blocks::nmpu::Generated;
    use crate::random::Random;

    fn nmpu(flags: &str) -> Nmpu {
        Generated::parse(flags).expect("a legal design")
    }

    const NORM: BatchNorm =
        BatchNorm { gamma: 1.0, beta: 0.0, mean: 0.0, variance: 1.0, epsilon: 0.0 };

    fn channel(norm: BatchNorm) -> Channel {
        Channel { per_count: [0.25, 0.5], bias: 0.0, norm }
    }

    fn layer(norm: BatchNorm) -> Layer {
        Layer { channels: vec![channel(NORM), channel(norm)], real_per_result: 1.0, relu: false }
    }

    fn message(flags: &str, layer: &Layer) -> String {
        nmpu(flags).fold(layer).expect_err("nothing that fits").to_string()
    }

    #[test]
    fn exact_coefficients_are_found() {
        // Four results per count of the sum: 1/4 becomes 1.0 and 1/2 the largest even scale.
        let nmpu = nmpu("--cut-pre 8 --scale-int 2");
        let norm = BatchNorm { gamma: -2.0, beta: 3.0, mean: -1.0, variance: 4.0, epsilon: 0.0 };
        let folded = nmpu.fold(&layer(norm)).expect("coefficients that fit");
        let [plain, negated] = folded[..] else { unreachable!("two channels") };
        let coefficients = |scales, offset| Coefficients { scales, offset, relu: false };
        assert_eq!(plain.coefficients, coefficients([128, 256], 0));
        assert_eq!((plain.negated, plain.bound), (false, 0.5));
        // (sum + 1) * -2 / 2 + 3 = 2 - sum
        assert_eq!(negated.coefficients, coefficients([256, 128], 16));
        assert_eq!((negated.negated, negated.entries([7, 9])), (true, [9, 7]));
    }

    #[test]
    fn one_signed_entry_changes_its_sign() {
        let nmpu = nmpu("--branches 1 --signed --cut-pre 6");
        let folded = nmpu.fold(&layer(BatchNorm { gamma: -1.0, ..NORM })).expect("it fits")[1];
        assert_eq!(folded.coefficients.scales, [32, 0]);
        assert_eq!(nmpu.apply(&folded.coefficients, folded.entries([8, 0])), -2);
    }

    /// Random layers in random formats: what is folded is within its bound for the worst entries.
    #[test]
    fn random_layers_are_within_their_bounds() {
        let mut random = Random::new(1, 0);
        let mut checked = 0;
        for design in 0..200 {
            let branches = random.within(1, 2);
            let flags = format!(
                "--branches {branches} --scale-frac {} --offset-int {} --offset-frac {} \
                 --cut-post {} {}",
                random.within(4, 12),
                random.within(6, 12),
                random.within(0, 14),
                random.within(0, 4),
                random.pick(&["--signed", "--unsigned"])
            );
            let nmpu = nmpu(&flags);
            let mut real = |size: f64| size * random.within(-1000, 1000) as f64 / 1000.0;
            let channels = (0..8).map(|_| Channel {
                per_count: [0.1 + real(0.05), 0.1 + real(0.05)],
                bias: real(1.0),
                norm: BatchNorm {
                    gamma: real(2.0),
                    beta: real(3.0),
                    mean: real(10.0),
                    variance: 1.0 + real(0.9),
                    epsilon: 1e-5,
                },
            });
            let channels: Vec<_> = channels.collect();
            let layer = Layer { channels, real_per_result: 3.1, relu: design % 2 == 0 };
            let Ok(cut_pre) = nmpu.finest_cut(&layer) else { continue };
            let nmpu = Nmpu { cut_pre, ..nmpu };
            let folded = nmpu.fold(&layer).expect("what the finest cut promised");
            for (channel, folded) in layer.channels.iter().zip(&folded) {
                for _ in 0..50 {
                    let counts = [random.number(nmpu.entry()), random.number(nmpu.entry())];
                    let counts = [counts[0], if branches == 2 { counts[1] } else { 0 }];
                    let result = nmpu.apply(&folded.coefficients, folded.entries(counts));
                    let real = channel.real(counts) / layer.real_per_result;
                    let lowest = if layer.relu { 0.0 } else { -128.0 };
                    let error = (result as f64 - real.clamp(lowest, 127.0)).abs();
                    assert!(error <= folded.bound_at(folded.entries(counts)) + 1e-9, "{flags:?}");
                    checked += 1;
                }
            }
        }
        assert!(checked > 20_000, "only {checked} results could be checked");
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let too_large = layer(BatchNorm { gamma: 4.0, ..NORM });
        assert_eq!(
            message("--cut-pre 7", &too_large),
            "channel 1: scale_p is 2; accepted: 0..=1.9921875, for U(1,7) after --cut-pre 7"
        );
        assert_eq!(nmpu("").finest_cut(&too_large), Ok(5));
        let too_far = layer(BatchNorm { beta: -100.25, ..NORM });
        assert_eq!(
            message("--cut-pre 6", &too_far),
            "channel 1: offset is -100.25; accepted: -64..=63.5, for S(7,1) after --cut-pre 6"
        );
    }

    #[test]
    fn what_means_nothing_is_named() {
        let negative = layer(BatchNorm { gamma: -1.0, ..NORM });
        assert_eq!(
            message("--branches 1 --cut-pre 6", &negative),
            "channel 1: gamma is -1; accepted: 0 and numbers above, for a single unsigned entry"
        );
        let flat = layer(BatchNorm { variance: 0.0, ..NORM });
        assert_eq!(
            message("--cut-pre 6", &flat),
            "channel 1: variance + epsilon is 0; accepted: numbers above 0"
        );
        let unknown = layer(BatchNorm { mean: f64::NAN, ..NORM });
        assert_eq!(
            message("--cut-pre 6", &unknown),
            "channel 1: mean is NaN; accepted: finite numbers"
        );
        let no_step = Layer { real_per_result: 0.0, ..layer(NORM) };
        assert_eq!(
            message("", &no_step),
            "layer: value of one result is 0; accepted: numbers above 0"
        );
        assert_eq!(
            message("--activation relu", &layer(NORM)),
            "layer: relu is false; accepted: true with --activation relu"
        );
    }
}
