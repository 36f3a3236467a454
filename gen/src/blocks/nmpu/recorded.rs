//! A trained layer and what its converters counted on real images: `models/nmpu_batch_norm` says
//! where it comes from.

use super::folding::{BatchNorm, Channel, Layer};
use serde::Deserialize;
use std::sync::LazyLock;

const TEXT: &str = include_str!("recorded_layer.json");

static RECORDED: LazyLock<Recorded> = LazyLock::new(|| read(TEXT));

/// The recording.
pub(super) fn recorded() -> &'static Recorded {
    &RECORDED
}

/// Vectors hold one number per channel, counts one vector per image.
#[derive(Deserialize)]
pub(super) struct Recorded {
    gamma: Vec<f64>,
    beta: Vec<f64>,
    mean: Vec<f64>,
    variance: Vec<f64>,
    epsilon: f64,
    per_count: [Vec<f64>; 2],
    real_per_result: f64,
    positive: Vec<Vec<i64>>,
    negative: Vec<Vec<i64>>,
}

impl Recorded {
    /// The layer in floating point.
    pub fn layer(&self) -> Layer {
        let channel = |channel: usize| Channel {
            per_count: [self.per_count[0][channel], self.per_count[1][channel]],
            bias: 0.0,
            norm: BatchNorm {
                gamma: self.gamma[channel],
                beta: self.beta[channel],
                mean: self.mean[channel],
                variance: self.variance[channel],
                epsilon: self.epsilon,
            },
        };
        let channels = (0..self.gamma.len()).map(channel).collect();
        Layer { channels, real_per_result: self.real_per_result, relu: true }
    }

    pub fn images(&self) -> usize {
        self.positive.len()
    }

    pub fn counts(&self, image: usize, channel: usize) -> [i64; 2] {
        [self.positive[image][channel], self.negative[image][channel]]
    }

    pub fn largest_count(&self) -> i64 {
        let counts = self.positive.iter().chain(&self.negative).flatten();
        counts.copied().max().unwrap_or_default()
    }
}

fn read<'a, T: Deserialize<'a>>(text: &'a str) -> T {
    serde_json::from_str(text).unwrap_or_else(|error| unreachable!("the recording: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Block;
    use crate::blocks::nmpu::vectors::recorded_scene;
    use crate::blocks::nmpu::{Folded, Generated, Nmpu};

    /// The paper's formats; the cut is the finest at which its offsets hold the layer's.
    const PAPER_OFFSETS: &str = "--columns 32 --cut-pre 7";
    /// Offsets wide enough to let the scales choose the cut.
    const WIDER_OFFSETS: &str = "--columns 32 --offset-int 10 --cut-pre 10";

    /// What double precision may lose against the real numbers that bounds speak of.
    const DOUBLE_PRECISION: f64 = 1e-9;

    /// The rest of the network, and how many images the training script classified correctly.
    #[derive(Deserialize)]
    struct Classifier {
        head: Vec<Vec<f64>>,
        bias: Vec<f64>,
        labels: Vec<usize>,
        correct: Correct,
    }

    #[derive(Deserialize)]
    struct Correct {
        real: usize,
        paper_offsets: usize,
        wider_offsets: usize,
    }

    impl Classifier {
        /// Images for which `activation` (of image and channel) gives the right class.
        fn correct(&self, activation: impl Fn(usize, usize) -> f64) -> usize {
            let right = |&(image, &label): &(usize, &usize)| {
                let logit = |class: usize| {
                    let channels = self.head.iter().enumerate();
                    let terms = channels.map(|(k, row)| row[class] * activation(image, k));
                    terms.sum::<f64>() + self.bias[class]
                };
                let best = (0..self.bias.len()).max_by(|&a, &b| logit(a).total_cmp(&logit(b)));
                best == Some(label)
            };
            self.labels.iter().enumerate().filter(right).count()
        }
    }

    fn nmpu(flags: &str) -> (Nmpu, Vec<Folded>) {
        let nmpu = Generated::parse(flags).expect("a legal design");
        let folded = nmpu.fold(&recorded().layer()).expect("coefficients that fit");
        (nmpu, folded)
    }

    /// The real activation in results, limited to their range, and the unit's.
    fn activations(design: &(Nmpu, Vec<Folded>), image: usize, channel: usize) -> (f64, i64) {
        let (nmpu, folded) = design;
        let layer = recorded().layer();
        let counts = recorded().counts(image, channel);
        let real = layer.channels[channel].real(counts) / layer.real_per_result;
        let limited = real.clamp(0.0, nmpu.result().max() as f64);
        let folded = &folded[channel];
        (limited, nmpu.apply(&folded.coefficients, folded.entries(counts)))
    }

    #[test]
    fn every_real_activation_is_within_its_bound() {
        for flags in [PAPER_OFFSETS, WIDER_OFFSETS] {
            let design = nmpu(flags);
            let (mut sum, mut largest, mut tightest) = (0.0, 0.0_f64, 0.0_f64);
            let (mut active, mut negated) = (0, 0);
            for image in 0..recorded().images() {
                for (channel, folded) in design.1.iter().enumerate() {
                    let (real, result) = activations(&design, image, channel);
                    let error = (result as f64 - real).abs();
                    let entries = folded.entries(recorded().counts(image, channel));
                    let bound = folded.bound_at(entries);
                    assert!(
                        error <= bound + DOUBLE_PRECISION && bound <= folded.bound,
                        "{flags:?}, image {image}, channel {channel}: {result} for {real}, \
                         bound {bound}"
                    );
                    if real > 0.0 {
                        sum += error;
                        active += 1;
                        negated += u32::from(folded.negated);
                    }
                    largest = largest.max(error);
                    tightest = tightest.max(error / bound);
                }
            }
            assert!(negated > 1000 && active - negated > 1000, "gamma of both signs");
            // A bound that is far from ever being reached would say nothing.
            assert!(tightest > 0.9, "errors reach only {tightest} of their bound");
            let mean = sum / f64::from(active);
            let a_priori = design.1.iter().map(|folded| folded.bound).fold(0.0, f64::max);
            show(&format!(
                "{flags:?}: error in results {mean:.3} mean of {active} active, {largest:.3} \
                 largest; up to {tightest:.3} of its bound; a-priori bound up to {a_priori:.1}"
            ));
        }
    }

    #[test]
    fn the_network_classifies_as_the_training_script_says() {
        let classifier: Classifier = read(TEXT);
        let layer = recorded().layer();
        let real = classifier.correct(|image, channel| {
            layer.channels[channel].real(recorded().counts(image, channel)).max(0.0)
        });
        let whole = |flags| {
            let design = nmpu(flags);
            classifier.correct(|image, channel| {
                activations(&design, image, channel).1 as f64 * layer.real_per_result
            })
        };
        let (paper, wider) = (whole(PAPER_OFFSETS), whole(WIDER_OFFSETS));
        let Correct { real: expected, paper_offsets, wider_offsets } = classifier.correct;
        show(&format!("correct of {}: {real} real, {paper}, {wider}", recorded().images()));
        assert_eq!((real, paper, wider), (expected, paper_offsets, wider_offsets));
    }

    #[test]
    fn the_cuts_are_the_finest() {
        for flags in [PAPER_OFFSETS, WIDER_OFFSETS] {
            let (nmpu, _) = nmpu(flags);
            let finest = nmpu.finest_cut(&recorded().layer());
            let cut = finest.expect("a cut at which the layer fits");
            assert!(flags.ends_with(&format!("--cut-pre {cut}")), "{cut} and not {flags}");
        }
    }

    #[test]
    fn the_recording_is_played_where_it_fits() {
        let channels = recorded().layer().channels.len();
        for flags in [PAPER_OFFSETS, WIDER_OFFSETS, "--offset-int 10 --cut-pre 10"] {
            let scene = recorded_scene(&nmpu(flags).0);
            let beats: usize = scene.iter().map(|phase| phase.0[1].len()).sum();
            assert_eq!(beats, channels * recorded().images(), "{flags:?}");
        }
        for flags in ["--width 11", "--branches 1", "--cut-pre 12"] {
            let nmpu = Generated::parse(flags).expect("a legal design");
            assert!(recorded_scene(&nmpu).is_empty(), "{flags:?}");
        }
    }

    /// Shows a measurement to whoever runs the test with `--nocapture`.
    #[expect(clippy::print_stdout, reason = "a measurement is worth reading")]
    fn show(line: &str) {
        println!("{line}");
    }
}
