//! Work whose speed is watched: matrix-vector products of the golden macro.

use super::{Cells, Engine, Inputs};
use crate::block::{Block, Kernel};
use crate::blocks::cap_ram::{CapRam, Encoding, Generated, Precision, measure};
use crate::random::Random;

/// Different vectors of inputs; what they are does not change the speed.
const VECTORS: usize = 256;

/// Products per minute and core of an ideal macro, and of one with all deviations.
const IDEAL_AIM: f64 = 50e6;
const DEVIATING_AIM: f64 = 10e6;

/// Products of the macro, and if it is ideal, of the default one with the deviations of the paper's
/// chips.
pub(in super::super) fn all(spec: &CapRam) -> Vec<Kernel> {
    let deviating = if spec.is_ideal() { Generated::parse(measure::MEASURED).ok() } else { None };
    std::iter::once(spec).chain(&deviating).filter_map(products).collect()
}

/// Bits times inputs of 4 bits: every slice is converted once.
fn products(spec: &CapRam) -> Option<Kernel> {
    let precision = Precision::new(Encoding::TwosComplement, 1, 4).ok()?;
    let mut random = Random::new(1, 0);
    let mut cells = Cells::new(spec.slices(), 1);
    for slice in 0..spec.slices() {
        let word = u128::from(random.bits()) << 64 | u128::from(random.bits());
        cells.write(slice, 0, word & (u128::MAX >> (128 - spec.columns())));
    }
    let mut vector = || (0..spec.columns()).map(|_| random.within(0, 15) as u8).collect();
    let vectors: Vec<Vec<u8>> = (0..VECTORS).map(|_| vector()).collect();
    let engine = Engine::new(spec);
    let selection = engine.select(&cells, &vec![0; spec.slices()]);
    let run = move |count: u32| {
        let (mut engine, mut results) = (engine.clone(), Vec::new());
        for values in vectors.iter().cycle().take(count as usize) {
            engine.multiply(&selection, precision, &Inputs::new(values), &mut results);
            std::hint::black_box(&results);
        }
    };
    let (kind, aim) = if spec.is_ideal() {
        ("ideal", IDEAL_AIM)
    } else {
        ("with deviations and noise", DEVIATING_AIM)
    };
    let (slices, columns) = (spec.slices(), spec.columns());
    Some(Kernel {
        unit: "matrix-vector products",
        condition: format!("{slices} x {columns} bits, 4-bit inputs, packing included, {kind}"),
        aim,
        run: Box::new(run),
    })
}
