//! The contract of [`super`], in wide plain integers.

use super::interface::{CoefficientsBeat, EntriesBeat, ResultsBeat};
use super::{Activation, Nmpu};
use crate::beat::Beat;
use crate::block::Golden;
use crate::traffic::Traffic;

/// Streams by position in the interface.
const CONFIG: usize = 0;
const IN: usize = 1;
const READBACK: usize = 0;
const OUT: usize = 1;

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

impl Coefficients {
    /// Those in a beat of a design of `branches`; fields that it lacks are zero.
    pub(super) const fn of(beat: &CoefficientsBeat, branches: usize) -> Self {
        let scales = if branches == 2 { [beat.scale_p, beat.scale_n] } else { [beat.scale, 0] };
        Self { scales, offset: beat.offset, relu: beat.relu != 0 }
    }

    /// A beat of nothing else.
    pub(super) fn beat(&self, branches: usize) -> CoefficientsBeat {
        let Self { scales: [first, second], offset, relu } = *self;
        let [scale_p, scale_n, scale] =
            if branches == 2 { [first, second, 0] } else { [0, 0, first] };
        let relu = relu.into();
        CoefficientsBeat { scale_p, scale_n, scale, offset, relu, ..CoefficientsBeat::default() }
    }
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
            let beat = CoefficientsBeat::read(config, beat);
            let slot = self.slot(beat.unit, beat.column);
            if beat.write == 0 {
                let stored = slot.map(|slot| self.coefficients[slot]).unwrap_or_default();
                stored.beat(self.branches).push(&mut results.0[READBACK]);
            } else if let Some(slot) = slot {
                self.coefficients[slot] = Coefficients::of(&beat, self.branches);
            }
        }
    }

    fn process(&self, phase: &Traffic, results: &mut Traffic) {
        let entries = &phase.0[IN];
        for beat in 0..entries.len() {
            let column = entries.get(beat, EntriesBeat::AT.column, 0);
            let out = &mut results.0[OUT];
            out.push_zero();
            out.set_last(ResultsBeat::AT.column, 0, column);
            for unit in 0..self.units {
                let slot = self.slot(unit as i64, column);
                let coefficients = slot.map(|slot| self.coefficients[slot]).unwrap_or_default();
                let mut x = [0; 2];
                for (x, &place) in x.iter_mut().zip(EntriesBeat::of_branches(self.branches)) {
                    *x = entries.get(beat, place, unit);
                }
                let result = self.arithmetic.result(&coefficients, x);
                out.set_last(ResultsBeat::AT.result, unit, result);
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
