//! Linearity of the whole chain: all cells 1, the dot product swept over its range, every slice
//! converted alone.

use super::vectors::Script;
use super::{Calibration, CapRam, Encoding, Precision, RESULT_FRACTION, products_per_lsb};
use crate::block::{Curve, Experiment, Figure, Findings};
use crate::traffic::{Beats, Traffic};

/// Sweeps of a macro with noise; without noise they would all be the same.
const NOISY_SWEEPS: usize = 8;

/// Output stream of results, and its field of one slice per weight.
const RESULTS: usize = 1;
const ONE: usize = 0;

pub(super) fn all(spec: &CapRam) -> Vec<Experiment> {
    vec![linearity(spec)]
}

fn linearity(spec: &CapRam) -> Experiment {
    let sweeps = if spec.analog.noise_sigma > 0.0 { NOISY_SWEEPS } else { 1 };
    let (columns, full) = (spec.columns(), 15 * spec.columns());
    let mut script = Script::new(spec);
    if let Ok(precision) = Precision::new(Encoding::TwosComplement, 1, 4) {
        script.setup(precision, &vec![0; spec.slices()]);
    }
    for slice in 0..spec.slices() {
        script.write(slice, 0, u128::MAX);
    }
    for _ in 0..sweeps {
        for product in 0..=full {
            script.operate(|column| {
                (product / columns + usize::from(column < product % columns)) as u8
            });
        }
    }
    let (slices, adc_bits) = (spec.slices(), spec.adc_bits());
    let lsb = products_per_lsb(spec.columns, adc_bits);
    let evaluate = move |results: &Traffic| {
        let results = &results.0[RESULTS];
        let sweep = |slice| Sweep::new(results, slice, full + 1, lsb, adc_bits);
        let all: Vec<_> = (0..slices).map(sweep).collect();
        let mut findings = Findings::default();
        let condition = format!("{slices} slices, {sweeps} sweep(s) over 0..{full} products");
        let largest = |value: fn(&Sweep) -> f64| all.iter().map(value).fold(0.0, f64::max);
        let mean = |value: fn(&Sweep) -> f64| all.iter().map(value).sum::<f64>() / slices as f64;
        let total = mean(|sweep| sweep.total * sweep.total).sqrt();
        let figure = |name, value, unit| Figure { name, value, unit, condition: condition.clone() };
        findings.figures = vec![
            figure("largest error, raw", largest(|sweep| sweep.raw_error), "LSB"),
            figure("largest error, calibrated", largest(|sweep| sweep.error), "LSB"),
            figure("noise", mean(|sweep| sweep.noise), "LSB rms"),
            figure("INL, worst slice", largest(|sweep| magnitude(&sweep.inl())), "LSB"),
            figure("DNL, worst slice", largest(|sweep| magnitude(&sweep.dnl())), "LSB"),
            figure("ENOB", (full as f64 / lsb / (12.0_f64.sqrt() * total)).log2(), "bit"),
        ];
        findings.curves = curves(&all[0], lsb);
        findings
    };
    Experiment { name: "linearity", stimulus: script.phases, evaluate: Box::new(evaluate) }
}

fn magnitude(errors: &[f64]) -> f64 {
    errors.iter().fold(0.0, |largest, error| error.abs().max(largest))
}

/// What the sweeps of one slice say. Errors are those of the mean over all sweeps, from the middle
/// of the ideal code, where the code is neither the first nor the last.
struct Sweep {
    /// Mean of the corrected codes at every product.
    means: Vec<f64>,
    /// Product at which each code but the first begins, LSB.
    transitions: Vec<f64>,
    raw_error: f64,
    error: f64,
    /// Deviation at the same product, root mean square over the range.
    noise: f64,
    /// Deviation from the straight line, quantisation and noise included.
    total: f64,
}

impl Sweep {
    fn new(results: &Beats, slice: usize, products: usize, lsb: f64, adc_bits: u32) -> Self {
        let sweeps = results.len() / products;
        let code = |sweep: usize, product: usize| {
            results.get(sweep * products + product, ONE, slice) >> RESULT_FRACTION
        };
        let ideal = |product: usize| product as f64 / lsb - 0.5;
        let inner = lsb.ceil() as usize..products - lsb.ceil() as usize;
        let all = |product: usize| (0..sweeps).map(move |sweep| code(sweep, product));
        let samples: Vec<_> = inner
            .clone()
            .flat_map(|product| all(product).map(move |code| (ideal(product), code as f64)))
            .collect();
        let calibration = Calibration::fit(&samples, adc_bits).unwrap_or_default();
        let corrected = |code: i64| {
            calibration.correct(code) as f64 / f64::from(1 << RESULT_FRACTION)
        };
        let mean = |product: usize, value: &dyn Fn(i64) -> f64| {
            all(product).map(value).sum::<f64>() / sweeps as f64
        };
        let worst = |value: &dyn Fn(i64) -> f64| {
            let errors = inner.clone().map(|product| (mean(product, value) - ideal(product)).abs());
            errors.fold(0.0, f64::max)
        };
        let means: Vec<_> = (0..products).map(|product| mean(product, &corrected)).collect();
        let (mut noise, mut total) = (0.0, 0.0);
        for product in inner.clone() {
            for code in all(product).map(corrected) {
                noise += (code - means[product]).powi(2);
                total += (code - ideal(product)).powi(2);
            }
        }
        let count = (inner.len() * sweeps) as f64;
        let freedom = (inner.len() * (sweeps - 1)).max(1) as f64;
        let last = 1_i64 << (adc_bits - 1);
        let below = |limit: i64| {
            let codes = (0..products).flat_map(all);
            codes.filter(|&code| code < limit).count() as f64 / sweeps as f64 / lsb
        };
        Self {
            transitions: (1..last).map(below).collect(),
            raw_error: worst(&|code| code as f64),
            error: worst(&corrected),
            noise: (noise / freedom).sqrt(),
            total: (total / count).sqrt(),
            means,
        }
    }

    /// Width of a code between first and last transition.
    fn width(&self) -> f64 {
        let last = self.transitions.len() - 1;
        (self.transitions[last] - self.transitions[0]) / last as f64
    }

    /// Deviation of every transition from the line through the first and the last.
    fn inl(&self) -> Vec<f64> {
        let (first, width) = (self.transitions[0], self.width());
        let transitions = self.transitions.iter().enumerate();
        transitions.map(|(index, at)| (at - first) / width - index as f64).collect()
    }

    /// Width of every code but the outer two, less one.
    fn dnl(&self) -> Vec<f64> {
        let width = self.width();
        self.transitions.windows(2).map(|pair| (pair[1] - pair[0]) / width - 1.0).collect()
    }
}

/// Corrected code and its error over the dot product, of slice 0.
fn curves(sweep: &Sweep, lsb: f64) -> Vec<Curve> {
    let curve = |name, y, value: &dyn Fn(usize, f64) -> f64| {
        let points = sweep.means.iter().enumerate();
        let points = points.map(|(product, &mean)| (product as f64, value(product, mean)));
        let (condition, x) = ("slice 0, calibrated".to_owned(), "dot product");
        Curve { name, condition, x, y, points: points.collect() }
    };
    vec![
        curve("code", "code, LSB", &|_, mean| mean),
        curve("error", "error, LSB", &|product, mean| mean - (product as f64 / lsb - 0.5)),
    ]
}
