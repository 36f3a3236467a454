//! Calibration in closed loop: codes of known dot products, and the corrections that follow.

use hwgen_gen::blocks::cap_ram::measure::{CURVE_SIDES, Transfer, curve, inputs, lines, products};
use hwgen_gen::blocks::cap_ram::{CapRam, Correction, Encoding, Precision, Script, Side, product};
use hwgen_gen::traffic::Traffic;
use hwgen_gen::{Machine, MachineError};

/// Conversions of every dot product where codes are noisy: 16, as in the paper.
const CONVERSIONS: usize = 16;

/// Sixteenths of an LSB in a code that is not corrected.
const PARTS: i64 = 16;

/// Bits of an input that one conversion takes.
const INPUT_BITS: u32 = 4;

/// Rows in which all cells of the plus slices, or of the minus slices, are 1, and all others 0.
const ROWS: [u8; 2] = [0, 1];

/// The corrections of the macro that `machine` is.
pub(super) fn measure(
    spec: &CapRam,
    machine: &mut dyn Machine,
) -> Result<Correction, MachineError> {
    prepare(spec, machine)?;
    let mut transfers = |side| transfers(spec, machine, side);
    let slices = lines(&transfers(Side::Difference)?, &transfers(Side::Minus)?);
    let slices = slices.map_err(MachineError::new)?;
    let mut correction = Correction { slices, ..Correction::none(spec) };
    if spec.curve_points() > 0 {
        let measured = CURVE_SIDES.into_iter().map(transfers).collect::<Result<Vec<_>, _>>()?;
        let curve = curve(spec, measured.iter().flatten(), &correction.slices);
        correction.curve = curve.map_err(MachineError::new)?;
    }
    Ok(correction)
}

/// Writes the cells that are measured, and takes all corrections back.
fn prepare(spec: &CapRam, machine: &mut dyn Machine) -> Result<(), MachineError> {
    let mut script = Script::new(spec);
    script.phase().correct(&Correction::none(spec));
    for slice in 0..spec.slices() {
        for row in ROWS {
            let ones = slice % 2 == usize::from(row);
            script.write(slice, row.into(), if ones { u128::MAX } else { 0 });
        }
    }
    machine.play(&script.phases).map(|_| ())
}

/// The codes of all converters over the dot products of a side.
fn transfers(
    spec: &CapRam,
    machine: &mut dyn Machine,
    side: Side,
) -> Result<Vec<Transfer>, MachineError> {
    let conversions = if spec.is_noisy() { CONVERSIONS } else { 1 };
    let (precision, difference) = (precision(side), side == Side::Difference);
    let played = machine.play(&stimulus(spec, side, precision, conversions))?;
    let operations = products(spec, difference).count() * conversions;
    let transfer = |pair: usize| {
        let slice = 2 * pair + usize::from(side == Side::Minus);
        let mut transfer = Transfer::new(spec, slice, difference, conversions);
        for operation in 0..operations {
            transfer.push(product(&played.results, operation, precision, pair) / PARTS);
        }
        transfer
    };
    Ok((0..spec.slices() / 2).map(transfer).collect())
}

/// Weights of one digit, of which each takes a pair of slices.
fn precision(side: Side) -> Precision {
    let (encoding, bits) = match side {
        Side::Plus => (Encoding::PlusSlices, 1),
        Side::Minus => (Encoding::MinusSlices, 1),
        Side::Difference => (Encoding::Ternary, 2),
    };
    let precision = Precision::new(encoding, bits, INPUT_BITS);
    precision.unwrap_or_else(|error| unreachable!("the smallest weights: {error}"))
}

/// Dot products from the lowest one on: those below zero are of minus slices.
fn stimulus(spec: &CapRam, side: Side, precision: Precision, conversions: usize) -> Vec<Traffic> {
    let mut script = Script::new(spec);
    let [plus, minus] = ROWS;
    for row in [minus, plus] {
        let mut own = products(spec, side == Side::Difference)
            .filter(|&product| (row == minus) == (product < 0 || side == Side::Minus))
            .peekable();
        if own.peek().is_none() {
            continue;
        }
        script.phase().setup(precision, &vec![row; spec.slices()]);
        script.phase();
        for product in own {
            let columns = inputs(product.unsigned_abs() as usize);
            (0..conversions).for_each(|_| script.operate_on(&columns));
        }
    }
    script.phases
}
