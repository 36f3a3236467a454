//! The contract of [`super`], in wide plain integers.

use super::{Activation, Nmpu};
use crate::block::Golden;
use crate::traffic::Traffic;

/// Streams and fields by position in the interface.
const CONFIG: usize = 0;
const IN: usize = 1;
const READBACK: usize = 0;
const OUT: usize = 1;
const WRITE: usize = 0;
const UNIT: usize = 1;
const COLUMN_WRITTEN: usize = 2;
const COEFFICIENTS: usize = 3;
const COLUMN: usize = 0;
const ENTRIES: usize = 1;

/// One set of coefficients, raw values; all zero where the index is out of range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coefficients {
    /// Scales of the positive and of the negative count; the second is zero with one branch.
    pub scales: [i64; 2],
    /// Offset.
    pub offset: i64,
    /// ReLU, where it is written with the coefficients.
    pub relu: bool,
}

/// The arithmetic alone: everything that does not depend on what was written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arithmetic {
    scale_shift: u32,
    offset_shift: u32,
    cut_pre: u32,
    cut_post: u32,
    largest: i128,
    activation: Activation,
}

impl Arithmetic {
    pub(super) fn new(spec: &Nmpu) -> Self {
        let fraction = spec.scale.fraction.max(spec.offset.fraction);
        Self {
            scale_shift: fraction - spec.scale.fraction,
            offset_shift: fraction - spec.offset.fraction,
            cut_pre: spec.cut_pre,
            cut_post: spec.cut_post,
            largest: (1 << (spec.out_width - 1)) - 1,
            activation: spec.activation,
        }
    }

    /// The result for entries `x` (positive, negative; the second zero with one branch).
    pub(super) fn result(&self, coefficients: &Coefficients, x: [i64; 2]) -> i64 {
        let product =
            |branch: usize| i128::from(coefficients.scales[branch]) * i128::from(x[branch]);
        let t = ((product(0) - product(1)) << self.scale_shift)
            + (i128::from(coefficients.offset) << self.offset_shift);
        let u = t >> self.cut_pre;
        let v = (u + 1) >> 1;
        let y = (v >> self.cut_post).clamp(-self.largest - 1, self.largest);
        let relu = match self.activation {
            Activation::None => false,
            Activation::Relu => true,
            Activation::Runtime => coefficients.relu,
        };
        (if relu { y.max(0) } else { y }) as i64
    }
}

/// The unit array with its coefficients.
pub(super) struct Model {
    arithmetic: Arithmetic,
    branches: usize,
    relu_is_written: bool,
    units: usize,
    columns: usize,
    /// Unit by unit, column by column.
    coefficients: Vec<Coefficients>,
}

impl Model {
    pub(super) fn new(spec: &Nmpu) -> Self {
        let (units, columns) = (spec.units as usize, spec.columns as usize);
        Self {
            arithmetic: Arithmetic::new(spec),
            branches: spec.branches as usize,
            relu_is_written: spec.activation == Activation::Runtime,
            units,
            columns,
            coefficients: vec![Coefficients::default(); units * columns],
        }
    }

    fn slot(&self, unit: i64, column: i64) -> Option<usize> {
        let (unit, column) = (unit as usize, column as usize);
        (unit < self.units && column < self.columns).then(|| unit * self.columns + column)
    }

    fn configure(&mut self, phase: &Traffic, results: &mut Traffic) {
        let config = &phase.0[CONFIG];
        for beat in 0..config.len() {
            let field = |index| config.get(beat, index, 0);
            let slot = self.slot(field(UNIT), field(COLUMN_WRITTEN));
            if field(WRITE) == 0 {
                let stored = slot.map(|slot| self.coefficients[slot]).unwrap_or_default();
                results.0[READBACK].push(&self.fields(&stored));
            } else if let Some(slot) = slot {
                let mut written = Coefficients::default();
                for branch in 0..self.branches {
                    written.scales[branch] = field(COEFFICIENTS + branch);
                }
                written.offset = field(COEFFICIENTS + self.branches);
                written.relu = self.relu_is_written && field(COEFFICIENTS + self.branches + 1) != 0;
                self.coefficients[slot] = written;
            }
        }
    }

    fn fields(&self, coefficients: &Coefficients) -> Vec<i64> {
        let mut fields = coefficients.scales[..self.branches].to_vec();
        fields.push(coefficients.offset);
        fields.extend(self.relu_is_written.then_some(i64::from(coefficients.relu)));
        fields
    }

    fn process(&self, phase: &Traffic, results: &mut Traffic) {
        let entries = &phase.0[IN];
        for beat in 0..entries.len() {
            let column = entries.get(beat, COLUMN, 0);
            let out = &mut results.0[OUT];
            out.push_zero();
            out.set_last(0, 0, column);
            for unit in 0..self.units {
                let slot = self.slot(unit as i64, column);
                let coefficients = slot.map(|slot| self.coefficients[slot]).unwrap_or_default();
                let mut x = [0; 2];
                for (branch, x) in x.iter_mut().enumerate().take(self.branches) {
                    *x = entries.get(beat, ENTRIES + branch, unit);
                }
                out.set_last(1, unit, self.arithmetic.result(&coefficients, x));
            }
        }
    }
}

impl Golden for Model {
    fn run(&mut self, phase: &Traffic, results: &mut Traffic) {
        debug_assert!(phase.0[CONFIG].is_empty() || phase.0[IN].is_empty());
        self.configure(phase, results);
        self.process(phase, results);
    }
}
