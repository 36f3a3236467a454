//! How linear and how noisy the whole chain is, from cells and inputs to corrected codes: one
//! analysis, for the golden model and for the simulated bench alike.
//!
//! All cells of a slice are 1, and its dot product goes over the whole range, in steps of 1, or of up
//! to a quarter of an LSB where noise fills the gaps; each is converted several times. `D` is the
//! dot product in LSB, `L` are the products per LSB.
//!
//! | figure | of a converter |
//! |---|---|
//! | error | mean value at a dot product less the ideal code, which on average is `D - 1/2 + 1/(2 L)`, kept within the range of codes |
//! | noise | deviation of values at a dot product from their mean, averaged over the range |
//! | transition | dot product from which on a code or a higher one comes more often than not: conversions to a lower code, times the step, over conversions per step |
//! | INL | transition less the line through the first and the last one, in mean widths of a code |
//! | DNL | distance of a transition from the one before, in mean widths of a code, less 1 |
//! | effective bits | `log2(range / (sqrt(12) rms))`, `rms` being that of single values less `D - 1/2 + 1/(2 L)` |
//!
//! Errors, noise and effective bits are those of values: codes after correction. Transitions are
//! those of codes; the ones that the ends of the range do not clear do not
//! count.

pub(super) mod experiment;
mod figures;
mod transfer;

pub use figures::{Figures, Values};
pub use transfer::{Transfer, products};

use super::{
    Calibration, CalibrationError, CapRam, Cells, Engine, Inputs, MasterCurve, MasterCurveError,
    Side,
};

/// The flags of [`MEASURED`], for configurations that add others.
macro_rules! measured {
    () => {
        "--dac-sigma 1.56 --capacitor-sigma 0.02 --wire-sigma 0.01 --residue-sigma 0.6 \
         --leakage 0.3 --cell-sigma 0.02 --offset-sigma 0.4 --noise-sigma 0.245"
    };
}
pub(super) use measured;

/// Conversions of a dot product in the paper's measurement of noise.
pub const CONVERSIONS: usize = 128;

/// Deviations that add up to the measured errors of the paper's chips.
pub const MEASURED: &str = measured!();

/// What a master curve is fitted to, in the order in which it is measured: differences, which cover
/// the whole range, and either side alone.
pub const CURVE_SIDES: [Side; 3] = [Side::Difference, Side::Plus, Side::Minus];

/// Largest input of a conversion.
const LARGEST: usize = 15;

/// A slice that cannot be corrected.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("slice {slice}: {error}")]
pub struct SliceError {
    /// The slice.
    pub slice: usize,
    /// Why.
    pub error: CalibrationError,
}

/// The codes of all converters over the dot products of a slice whose cells are all 1, from
/// `conversions` each. A difference is that of a slice with the other one at 0: first minus, then
/// plus.
pub fn transfers(
    spec: &CapRam,
    engine: &mut Engine,
    side: Side,
    conversions: usize,
) -> Vec<Transfer> {
    let pairs = 0..spec.slices() / 2;
    let slice = |pair| 2 * pair + usize::from(side == Side::Minus);
    let transfer = |pair| Transfer::new(spec, slice(pair), side == Side::Difference, conversions);
    let mut transfers: Vec<_> = pairs.map(transfer).collect();
    let rows = vec![0; spec.slices()];
    let [plus, minus] = [0, 1].map(|side| engine.select(&ones(spec, side), &rows));
    let mut codes = Vec::new();
    for product in transfer::products(spec, side == Side::Difference) {
        let negative = product < 0 || side == Side::Minus;
        let nibble = Inputs::new(&inputs(product.unsigned_abs() as usize)).nibble(false);
        let selection = if negative { &minus } else { &plus };
        for _ in 0..conversions {
            engine.convert(selection, side, nibble, &mut codes);
            for (transfer, &code) in transfers.iter_mut().zip(&codes) {
                transfer.push(code);
            }
        }
    }
    transfers
}

/// Cells that are 1 in all slices of a side.
fn ones(spec: &CapRam, side: usize) -> Cells {
    let mut cells = Cells::new(spec.slices(), 1);
    for slice in (side..spec.slices()).step_by(2) {
        cells.write(slice, 0, u128::MAX >> (128 - spec.columns()));
    }
    cells
}

/// Inputs that add up to `sum`, column by column: as many as possible are the largest, and those
/// after the last one are zero.
pub fn inputs(sum: usize) -> Vec<u8> {
    let mut values = vec![LARGEST as u8; sum / LARGEST];
    values.push((sum % LARGEST) as u8);
    values
}

/// Corrections of all slices, by a line each. A plus slice gets that of its pair's differences, a
/// minus slice its own.
///
/// # Errors
/// If a slice is beyond correction.
pub fn calibrations(
    spec: &CapRam,
    engine: &mut Engine,
    conversions: usize,
) -> Result<Vec<Calibration>, SliceError> {
    let differences = transfers(spec, engine, Side::Difference, conversions);
    let minus = transfers(spec, engine, Side::Minus, conversions);
    lines(&differences, &minus)
}

/// The same from codes of all differences and of all minus slices alone, however they came.
///
/// # Errors
/// If a slice is beyond correction.
pub fn lines(differences: &[Transfer], minus: &[Transfer]) -> Result<Vec<Calibration>, SliceError> {
    let slices = differences.iter().zip(minus).flat_map(|(plus, minus)| [plus, minus]);
    slices.map(Transfer::line).collect()
}

/// The master curve of what lines leave, from [`CURVE_SIDES`]. Without segments in `spec` it
/// corrects nothing.
///
/// # Errors
/// If the codes do not reach all of its segments, or it does not suffice.
pub fn master_curve(
    spec: &CapRam,
    engine: &mut Engine,
    lines: &[Calibration],
    conversions: usize,
) -> Result<MasterCurve, MasterCurveError> {
    let transfers = CURVE_SIDES.map(|side| transfers(spec, engine, side, conversions));
    curve(spec, transfers.iter().flatten(), lines)
}

/// The same from codes of all that the curve counts for, however they came.
///
/// # Errors
/// If the codes do not reach all of its segments, or it does not suffice.
pub fn curve<'a>(
    spec: &CapRam,
    transfers: impl IntoIterator<Item = &'a Transfer>,
    lines: &'a [Calibration],
) -> Result<MasterCurve, MasterCurveError> {
    let samples = transfers.into_iter().flat_map(|transfer| transfer.values_within(lines));
    MasterCurve::fit(spec, samples)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::Block;
    use crate::blocks::cap_ram::{Correction, Generated};

    fn correction(spec: &CapRam, slices: Vec<Calibration>) -> Correction {
        Correction { slices, ..Correction::none(spec) }
    }

    #[test]
    fn an_ideal_macro_needs_no_correction() {
        let spec = Generated::parse("--curve-points 32").expect("legal flags");
        let mut engine = Engine::new(&spec);
        let lines = calibrations(&spec, &mut engine, 1).expect("lines");
        assert!(lines.iter().all(|line| *line == Calibration::default()), "{lines:?}");
        let curve = master_curve(&spec, &mut engine, &lines, 1).expect("samples everywhere");
        assert_eq!(curve, MasterCurve::new(&spec));
    }

    #[test]
    fn an_ideal_macro_has_its_bits() {
        let spec = Generated::parse("").expect("legal flags");
        let mut engine = Engine::new(&spec);
        for (side, bits) in [(Side::Plus, 6.0), (Side::Minus, 6.0), (Side::Difference, 7.0)] {
            let transfers = transfers(&spec, &mut engine, side, 2);
            let figures = Figures::new(&transfers, &Correction::none(&spec));
            assert!((figures.largest_error - 29.0 / 60.0).abs() < 1e-12, "{figures:?}");
            assert_eq!((figures.noise, figures.inl, figures.dnl), (0.0, 0.0, 0.0));
            assert!((figures.effective_bits - bits).abs() < 0.01, "{figures:?}");
        }
    }

    /// The published totals: noise of 0.35 LSB, no error of 2 LSB in any slice.
    #[test]
    fn deviations_add_up_to_the_published_errors() {
        let spec = Generated::parse(MEASURED).expect("legal flags");
        let mut engine = Engine::new(&spec);
        let correction = correction(&spec, calibrations(&spec, &mut engine, 8).expect("lines"));
        for side in [Side::Plus, Side::Minus, Side::Difference] {
            let transfers = transfers(&spec, &mut engine, side, CONVERSIONS);
            let figures = Figures::new(&transfers, &correction);
            assert!((0.34..0.36).contains(&figures.noise), "{side:?}: {figures:?}");
            assert!(figures.largest_error < 2.0, "{side:?}: {figures:?}");
        }
    }

    #[test]
    fn a_slice_beyond_correction_is_named() {
        let spec = Generated::parse("--slices 8 --columns 8 --adc-bits 4 --offset-sigma 8");
        let spec = spec.expect("legal flags");
        let error =
            calibrations(&spec, &mut Engine::new(&spec), 1).expect_err("offsets beyond 4 LSB");
        assert!(error.to_string().starts_with("slice "), "{error}");
    }
}
