//! The codes of one converter over the dot product.

use super::SliceError;
use crate::blocks::cap_ram::{Calibration, CapRam, Correction, products_per_lsb};
use crate::blocks::sar_adc::Transitions;
use std::iter::StepBy;
use std::ops::RangeInclusive;

/// Dot products of a slice whose cells are all 1, or of a difference, in steps that noise fills: at
/// most a quarter of an LSB, or twice the comparator's noise.
pub fn products(spec: &CapRam, difference: bool) -> StepBy<RangeInclusive<i64>> {
    let full = (super::LARGEST * spec.columns()) as i64;
    let range = if difference { -full..=full } else { 0..=full };
    range.step_by(step(spec))
}

/// Distance of two dot products.
fn step(spec: &CapRam) -> usize {
    let lsb = products_per_lsb(spec.columns, spec.adc_bits);
    let step = lsb * (2.0 * spec.analog.noise_sigma).min(0.25);
    step.max(1.0) as usize
}

/// The codes of one converter over the range of its dot products.
#[derive(Clone, Debug)]
pub struct Transfer {
    slice: usize,
    adc_bits: u32,
    /// Products per LSB.
    lsb: f64,
    /// Lowest and highest code.
    range: (i64, i64),
    products: StepBy<RangeInclusive<i64>>,
    step: usize,
    /// Codes per product.
    conversions: usize,
    /// All codes of the first product, of the second one, ..
    codes: Vec<i64>,
}

impl Transfer {
    /// No codes yet of `slice`, alone or less the other one of its pair, from `conversions` of every
    /// dot product.
    pub fn new(spec: &CapRam, slice: usize, difference: bool, conversions: usize) -> Self {
        let half = 1 << (spec.adc_bits() - 1);
        Self {
            slice,
            adc_bits: spec.adc_bits(),
            lsb: products_per_lsb(spec.columns, spec.adc_bits),
            range: (if difference { -half } else { 0 }, half - 1),
            products: products(spec, difference),
            step: step(spec),
            conversions,
            codes: Vec::new(),
        }
    }

    /// Adds a code: those of one dot product follow each other, products ascend.
    pub fn push(&mut self, code: i64) {
        self.codes.push(code);
    }

    /// The slice whose correction counts.
    pub const fn slice(&self) -> usize {
        self.slice
    }

    /// LSB of the whole range.
    pub(super) fn full_scale(&self) -> f64 {
        (self.range.1 + 1 - self.range.0) as f64
    }

    /// Every dot product with its codes.
    pub fn points(&self) -> impl Iterator<Item = (i64, &[i64])> {
        self.products.clone().zip(self.codes.chunks(self.conversions))
    }

    /// Every dot product with the mean of its codes.
    pub fn means(&self) -> impl Iterator<Item = (i64, f64)> + '_ {
        self.points().map(|(product, codes)| (product, mean(codes)))
    }

    /// Code of an ideal converter for `product`, on average over the products that share it.
    pub(super) fn ideal(&self, product: i64) -> f64 {
        product as f64 / self.lsb - (0.5 - 0.5 / self.lsb)
    }

    /// The same, kept within the range of codes.
    pub(super) fn ideal_within(&self, product: i64) -> f64 {
        self.ideal(product).clamp(self.range.0 as f64, self.range.1 as f64)
    }

    /// Points whose mean code is not at an end of the range, where codes say nothing about how far
    /// beyond it the converter would have to go.
    fn within(&self) -> impl Iterator<Item = (i64, &[i64])> {
        let inner = (self.range.0 + 1) as f64..=(self.range.1 - 1) as f64;
        self.points().filter(move |(_, codes)| inner.contains(&mean(codes)))
    }

    /// The correction that undoes the line through the codes.
    ///
    /// # Errors
    /// If there are too few codes for a line, or the correction is out of reach.
    pub fn line(&self) -> Result<Calibration, SliceError> {
        let points = self.within().map(|(product, codes)| (self.ideal(product), mean(codes)));
        let line = Calibration::fit(&points.collect::<Vec<_>>(), self.adc_bits);
        line.map_err(|error| SliceError { slice: self.slice, error })
    }

    /// Ideal codes, and what `lines` make of the codes that came instead, in sixteenths of an LSB.
    pub(super) fn values_within<'a>(
        &'a self,
        lines: &'a [Calibration],
    ) -> impl Iterator<Item = (f64, i64)> + 'a {
        let line = lines.get(self.slice).copied().unwrap_or_default();
        self.within().flat_map(move |(product, codes)| {
            codes.iter().map(move |&code| (self.ideal(product), line.correct(code)))
        })
    }

    /// What `correction` makes of the codes.
    pub fn corrected(&self, correction: &Correction) -> super::Values {
        super::Values::new(self, |code| correction.correct(self.slice, code))
    }

    /// Where codes begin, from the first dot product on, but for those that the ends of the range do
    /// not clear.
    pub fn transitions(&self) -> Transitions {
        let mut ends = self.codes.chunks(self.conversions);
        let (start, end) = (ends.next().unwrap_or_default(), ends.next_back().unwrap_or_default());
        let cleared = start.iter().max().zip(end.iter().min());
        let codes = cleared.map_or(0..0, |(&lowest, &highest)| lowest + 1..highest + 1);
        let mut sorted = self.codes.clone();
        sorted.sort_unstable();
        let begins = |code: i64| {
            let below = sorted.partition_point(|&other| other < code);
            below as f64 / self.conversions as f64 * self.step as f64 / self.lsb
        };
        Transitions::new(codes.map(begins).collect())
    }
}

fn mean(codes: &[i64]) -> f64 {
    codes.iter().map(|&code| code as f64).sum::<f64>() / codes.len() as f64
}
