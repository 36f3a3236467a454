//! Codes over dot products: errors, noise, resolution.

use crate::report::{Basis, Family, Row, Section, Unit};
use hwgen_gen::block::{Block, Curve};
use hwgen_gen::blocks::cap_ram::measure::{
    CONVERSIONS, Figures, MEASURED, Transfer, Values, calibrations, master_curve, transfers,
};
use hwgen_gen::blocks::cap_ram::{Correction, Engine, Generated, Side};

/// Conversions of a dot product for calibration: 16, as in the paper.
const CALIBRATING: usize = 16;

/// Segments of the master curve.
const CURVE: &str = " --curve-points 16";

/// A macro with deviations, measured.
pub struct Measured {
    /// Of all pairs: plus slices alone, differences.
    transfers: [Vec<Transfer>; 2],
    /// A line per slice.
    lines: Correction,
    /// The master curve, too.
    both: Correction,
}

impl Measured {
    /// Calibrates the macro, then measures it.
    pub fn new() -> Self {
        let spec = known(Generated::parse(&[MEASURED, CURVE].concat()));
        let mut engine = Engine::new(&spec);
        let slices = known(calibrations(&spec, &mut engine, CALIBRATING));
        let curve = known(master_curve(&spec, &mut engine, &slices, CALIBRATING));
        let lines = Correction { slices, ..Correction::none(&spec) };
        let both = Correction { curve, ..lines.clone() };
        let sides = [Side::Plus, Side::Difference];
        let transfers = sides.map(|side| transfers(&spec, &mut engine, side, CONVERSIONS));
        Self { transfers, lines, both }
    }

    /// The table.
    pub fn section(&self) -> Section {
        let of = |correction| self.transfers.each_ref().map(|all| Figures::new(all, correction));
        let (lines, both) = (of(&self.lines), of(&self.both));
        let row = |name, unit, how, figures: &[Figures], figure: fn(&Figures) -> f64| {
            let values = figures.iter().map(|figures| Some(figure(figures)));
            Row::new(name, Unit::Of(unit), values.collect()).how(Basis::Modelled, how)
        };
        let rows = vec![
            row("largest error, LSB", "LSB", LARGEST, &lines, |of| of.largest_error).published(2.0),
            row("the same, with master curve", "LSB", MASTER_CURVE, &both, |of| of.largest_error),
            row("noise, LSB rms", "LSB", NOISE, &lines, |of| of.noise).published(0.35),
            row("INL, largest, LSB", "LSB", INL, &lines, |of| of.inl),
            row("DNL, largest, LSB", "LSB", DNL, &lines, |of| of.dnl),
            row("ENOB, mean", "bits", ENOB, &lines, |of| of.effective_bits).published(6.85),
            row("the same, with master curve", "bits", MASTER_CURVE, &both, |of| of.effective_bits),
        ];
        Section { title: "Linearity and noise", columns: vec!["slice", "pair"], rows }
    }

    /// Codes over the published range of dot products, raw and corrected errors.
    pub fn families(&self) -> Vec<Family> {
        let (codes, errors) = ("mean codes over dot products", "errors after calibration");
        let single = &self.transfers[0];
        let first = &single[0];
        let curve = |name, y, condition: &str, points| Curve {
            name,
            condition: condition.to_owned(),
            x: "dot product (products)",
            y,
            points,
        };
        let over_products = |values: Vec<f64>| {
            first.means().map(|(product, _)| product as f64).zip(values).collect()
        };
        let all = single.iter().map(|transfer| transfer.corrected(&self.lines));
        let worst = all.max_by(|a, b| a.largest_error().total_cmp(&b.largest_error()));
        let means = first.means().map(|(product, mean)| (product as f64, mean));
        let mut of_slices = vec![
            ("slice 0", first.corrected(&self.lines)),
            ("with curve", first.corrected(&self.both)),
        ];
        of_slices.extend(worst.map(|values| ("worst slice", values)));
        let error = |(name, values): (_, Values)| {
            curve(name, "error (LSB)", errors, over_products(values.errors))
        };
        vec![
            Family {
                title: codes,
                curves: vec![curve("slice 0", "code (LSB)", codes, means.collect())],
            },
            Family { title: errors, curves: of_slices.into_iter().map(error).collect() },
        ]
    }
}

/// What cannot fail, as the parameters are part of the program.
fn known<T, E: std::fmt::Display>(result: Result<T, E>) -> T {
    result.unwrap_or_else(|error| unreachable!("declared deviations: {error}"))
}

const LARGEST: &str = "plus slices alone, and differences; dot products over the whole range, a \
                       quarter of an LSB apart, 128 conversions each, 32 pairs: mean code after the \
                       linear correction, less the ideal code on average; published: below 2. \
                       Deviations chosen to agree with this row and that of noise";

const MASTER_CURVE: &str = "16 segments, common to all pairs, after the linear correction. The \
                            deviations modelled are each pair's own but for the input lines', so \
                            there is little for it to find; slices alone and differences share it";

const NOISE: &str = "standard deviation of codes at a dot product, averaged over dot products and \
                     pairs, as the paper averages over the range; 128 conversions each, as there";

const INL: &str =
    "where codes begin, against a line through the first and the last of these places";

const DNL: &str = "distances between these places against their mean";

const ENOB: &str = "of the whole chain: range over rms error, quantisation included, times the root \
                    of 12; the published value is of a converter alone, simulated with transient \
                    noise, in 7 bits";
