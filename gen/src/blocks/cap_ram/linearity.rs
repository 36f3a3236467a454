//! What the macro makes of all dot products, and the calibration that follows from it.

use super::calibration::CalibrationError;
use super::{Calibration, CapRam, Cells, Engine, Inputs, Side};

/// Deviations that add up to the measured errors of the paper's chips.
pub const MEASURED: &str = "--dac-sigma 1.56 --capacitor-sigma 0.02 --wire-sigma 0.02 --residue-sigma 0.6 \
                            --leakage 0.3 --cell-sigma 0.02 --offset-sigma 0.4 --noise-sigma 0.28";

/// Largest input of a conversion.
const LARGEST: usize = 15;

/// The codes of a converter over the dot products.
#[derive(Clone, Debug)]
pub struct Transfer {
    /// Dot products, ascending by one.
    pub products: Vec<i64>,
    /// Mean code of each.
    pub codes: Vec<f64>,
    /// Deviation of its codes from their mean, rms.
    pub noise: Vec<f64>,
}

/// The codes of all converters for all dot products of a slice whose cells are all 1, from
/// `repeats` conversions each. A difference is that of a slice with the other one at 0: first minus,
/// then plus.
pub fn transfers(spec: &CapRam, engine: &mut Engine, side: Side, repeats: usize) -> Vec<Transfer> {
    let empty = Transfer { products: Vec::new(), codes: Vec::new(), noise: Vec::new() };
    let mut transfers = vec![empty; spec.slices() / 2];
    let full = (LARGEST * spec.columns()) as i64;
    let range = if side == Side::Difference { -full..=full } else { 0..=full };
    let rows = vec![0; spec.slices()];
    let [plus, minus] = [0, 1].map(|side| engine.select(&ones(spec, side), &rows));
    for product in range {
        let negative = product < 0 || side == Side::Minus;
        let nibble = inputs(product.unsigned_abs() as usize).nibble(false);
        let selection = if negative { &minus } else { &plus };
        let codes: Vec<_> = (0..repeats)
            .map(|_| {
                let mut codes = Vec::new();
                engine.convert(selection, side, nibble, &mut codes);
                codes
            })
            .collect();
        for (pair, transfer) in transfers.iter_mut().enumerate() {
            transfer.push(product, codes.iter().map(|codes| codes[pair] as f64));
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

/// Inputs that add up to `sum`: as many as possible are the largest.
fn inputs(sum: usize) -> Inputs {
    let mut values = vec![LARGEST as u8; sum / LARGEST];
    values.push((sum % LARGEST) as u8);
    Inputs::new(&values)
}

impl Transfer {
    fn push(&mut self, product: i64, codes: impl ExactSizeIterator<Item = f64> + Clone) {
        let count = codes.len() as f64;
        let mean = codes.clone().sum::<f64>() / count;
        let square = codes.map(|code| (code - mean).powi(2)).sum::<f64>() / count;
        self.products.push(product);
        self.codes.push(mean);
        self.noise.push(square.sqrt());
    }

    /// Noise, averaged over the range.
    pub fn mean_noise(&self) -> f64 {
        self.noise.iter().sum::<f64>() / self.noise.len() as f64
    }

    /// Mean codes after correction, LSB, less what an ideal macro would give on average.
    pub fn errors(&self, spec: &CapRam, calibration: Calibration) -> Vec<f64> {
        let gain = calibration.gain as f64 / f64::from(1 << super::GAIN_FRACTION);
        let offset = calibration.offset as f64 / f64::from(1 << super::RESULT_FRACTION);
        let (lowest, highest) = self.range(spec);
        let points = self.products.iter().zip(&self.codes);
        let error = |(&product, code): (&i64, &f64)| {
            gain * code + offset - ideal(spec, product).clamp(lowest, highest)
        };
        points.map(error).collect()
    }

    /// Lowest and highest code.
    fn range(&self, spec: &CapRam) -> (f64, f64) {
        let half = f64::from(1 << (spec.adc_bits() - 1));
        (if self.products[0] < 0 { -half } else { 0.0 }, half - 1.0)
    }
}

/// The code of an ideal converter for `product`, on average over the products that share it: half
/// an LSB, less half a product, below the quotient.
fn ideal(spec: &CapRam, product: i64) -> f64 {
    let lsb = lsb(spec);
    product as f64 / lsb - (0.5 - 0.5 / lsb)
}

/// Products per LSB.
pub fn lsb(spec: &CapRam) -> f64 {
    (LARGEST * spec.columns()) as f64 / f64::from(1 << (spec.adc_bits() - 1))
}

/// Corrections of all slices, by a line each through the codes that are not at the ends of the
/// range. A plus slice gets that of its pair's differences, a minus slice its own.
///
/// # Errors
/// If a slice is beyond correction.
pub fn calibrations(
    spec: &CapRam,
    engine: &mut Engine,
    repeats: usize,
) -> Result<Vec<Calibration>, CalibrationError> {
    let differences = transfers(spec, engine, Side::Difference, repeats);
    let minus = transfers(spec, engine, Side::Minus, repeats);
    let pairs = differences.iter().zip(&minus);
    pairs.flat_map(|(plus, minus)| [fit(spec, plus), fit(spec, minus)]).collect()
}

fn fit(spec: &CapRam, transfer: &Transfer) -> Result<Calibration, CalibrationError> {
    let (lowest, highest) = transfer.range(spec);
    let points = transfer.products.iter().zip(&transfer.codes);
    let points = points.map(|(&product, &code)| (ideal(spec, product), code));
    let inner = points.filter(|(_, code)| (lowest + 1.0..highest - 1.0).contains(code));
    Calibration::fit(&inner.collect::<Vec<_>>(), spec.adc_bits())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::Block;
    use crate::blocks::cap_ram::Generated;

    #[test]
    fn an_ideal_macro_needs_no_correction() {
        let spec = Generated::parse("").expect("legal flags");
        let mut engine = Engine::new(&spec);
        let calibrations = calibrations(&spec, &mut engine, 1).expect("lines");
        assert!(calibrations.iter().all(|found| *found == Calibration::default()), "{calibrations:?}");
        let plus = &transfers(&spec, &mut engine, Side::Plus, 2)[5];
        assert_eq!((plus.codes[29], plus.codes[30], plus.codes[1920]), (0.0, 1.0, 63.0));
        assert_eq!(plus.mean_noise(), 0.0);
    }

    /// The published totals: noise of 0.35 LSB, no error of 2 LSB in any slice.
    #[test]
    fn deviations_add_up_to_the_published_errors() {
        let spec = Generated::parse(MEASURED).expect("legal flags");
        let mut engine = Engine::new(&spec);
        let calibrations = calibrations(&spec, &mut engine, 8).expect("lines");
        for (side, first) in [(Side::Plus, 0), (Side::Minus, 1), (Side::Difference, 0)] {
            let transfers = transfers(&spec, &mut engine, side, 16);
            let noise = transfers.iter().map(Transfer::mean_noise).sum::<f64>() / 32.0;
            assert!((0.34..0.36).contains(&noise), "{side:?}: noise {noise} LSB");
            for (pair, transfer) in transfers.iter().enumerate() {
                let errors = transfer.errors(&spec, calibrations[2 * pair + first]);
                let largest = errors.iter().fold(0.0_f64, |largest, error| largest.max(error.abs()));
                assert!(largest < 2.0, "{side:?}, pair {pair}: error of {largest} LSB");
            }
        }
    }
}
