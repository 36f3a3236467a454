//! Codes over dot products: errors, noise, resolution.

use crate::report::{Basis, Family, Row, Section, Unit};
use hwgen_gen::block::{Block, Curve};
use hwgen_gen::blocks::cap_ram::linearity::{self, Transfer, calibrations, transfers};
use hwgen_gen::blocks::cap_ram::{Calibration, CapRam, Engine, Generated, Side};

const REPEATS: usize = 16;

/// A macro with deviations, measured.
pub struct Measured {
    spec: CapRam,
    calibrations: Vec<Calibration>,
    /// Of all pairs, plus slices alone.
    single: Vec<Transfer>,
    /// Of all pairs, differences.
    differences: Vec<Transfer>,
}

impl Measured {
    /// Calibrates the macro, then measures it.
    pub fn new() -> Self {
        let spec = known(Generated::parse(linearity::MEASURED));
        let mut engine = Engine::new(&spec);
        let calibrations = known(calibrations(&spec, &mut engine, REPEATS));
        let single = transfers(&spec, &mut engine, Side::Plus, REPEATS);
        let differences = transfers(&spec, &mut engine, Side::Difference, REPEATS);
        Self { spec, calibrations, single, differences }
    }

    /// The table.
    pub fn section(&self) -> Section {
        let both = |of: &dyn Fn(&[Transfer]) -> f64| {
            vec![Some(of(&self.single)), Some(of(&self.differences))]
        };
        let rows = vec![
            Row::new("largest error, LSB", Unit::Number, both(&|of| self.largest(of)))
                .published(2.0)
                .how(Basis::Modelled, LARGEST),
            Row::new("noise, LSB rms", Unit::Number, both(&noise))
                .published(0.35)
                .how(Basis::Modelled, NOISE),
            Row::new("INL, largest, LSB", Unit::Number, both(&|of| self.inl(of)))
                .how(Basis::Modelled, INL),
            Row::new("DNL, largest, LSB", Unit::Number, both(&|of| self.dnl(of)))
                .how(Basis::Modelled, DNL),
            Row::new("ENOB, mean", Unit::Number, both(&|of| self.effective_bits(of)))
                .published(6.85)
                .how(Basis::Modelled, ENOB),
        ];
        Section { title: "Linearity and noise", columns: vec!["slice", "pair"], rows }
    }

    fn errors<'a>(&'a self, transfers: &'a [Transfer]) -> impl Iterator<Item = Vec<f64>> + 'a {
        let pairs = transfers.iter().zip(self.calibrations.iter().step_by(2));
        pairs.map(|(transfer, &calibration)| transfer.errors(&self.spec, calibration))
    }

    fn largest(&self, transfers: &[Transfer]) -> f64 {
        self.errors(transfers).map(|errors| largest(errors.into_iter())).fold(0.0, f64::max)
    }

    /// Where mean codes pass halves, LSB, but for the ends of the range.
    fn transitions(&self, transfer: &Transfer) -> Vec<f64> {
        let lsb = linearity::lsb(&self.spec);
        let first = transfer.codes[0].ceil() as i64 + 1;
        let last = transfer.codes[transfer.codes.len() - 1].floor() as i64 - 1;
        let passed = |code: i64| {
            let place = transfer.codes.iter().position(|mean| *mean >= code as f64 - 0.5);
            place.map(|place| transfer.products[place] as f64 / lsb)
        };
        (first..=last).filter_map(passed).collect()
    }

    fn inl(&self, transfers: &[Transfer]) -> f64 {
        let of = |transfer: &Transfer| {
            let transitions = self.transitions(transfer);
            let (start, end) = (transitions[0], transitions[transitions.len() - 1]);
            let step = (end - start) / (transitions.len() - 1) as f64;
            let line = |(index, place): (usize, &f64)| (place - start) / step - index as f64;
            largest(transitions.iter().enumerate().map(line))
        };
        transfers.iter().map(of).fold(0.0, f64::max)
    }

    fn dnl(&self, transfers: &[Transfer]) -> f64 {
        let of = |transfer: &Transfer| {
            let transitions = self.transitions(transfer);
            let widths = transitions.windows(2).map(|pair| pair[1] - pair[0]);
            let mean = widths.clone().sum::<f64>() / widths.len() as f64;
            largest(widths.map(move |width| width / mean - 1.0))
        };
        transfers.iter().map(of).fold(0.0, f64::max)
    }

    /// Bits of an ideal converter of the same range with the same rms error.
    fn effective_bits(&self, transfers: &[Transfer]) -> f64 {
        let bits = transfers.iter().zip(self.errors(transfers)).map(|(transfer, errors)| {
            let squares = errors
                .iter()
                .zip(&transfer.noise)
                .map(|(error, noise)| error.powi(2) + noise.powi(2));
            let rms = (squares.sum::<f64>() / errors.len() as f64).sqrt();
            let range = errors.len() as f64 / linearity::lsb(&self.spec);
            (range / (rms * 12_f64.sqrt())).log2()
        });
        bits.sum::<f64>() / transfers.len() as f64
    }

    /// Codes over the published range of dot products, raw and corrected errors.
    pub fn families(&self) -> Vec<Family> {
        let (codes, errors) = ("mean codes over dot products", "errors after calibration");
        let first = &self.single[0];
        let points = |values: Vec<f64>| {
            let products = first.products.iter().map(|product| *product as f64);
            products.zip(values).collect()
        };
        let curve = |name, y, condition: &str, points| Curve {
            name,
            condition: condition.to_owned(),
            x: "dot product",
            y,
            points,
        };
        let all: Vec<_> = self.errors(&self.single).collect();
        let worst = all
            .iter()
            .max_by(|a, b| largest(a.iter().copied()).total_cmp(&largest(b.iter().copied())));
        let worst = worst.cloned().unwrap_or_default();
        vec![
            Family {
                title: codes,
                curves: vec![curve("slice 0", "code", codes, points(first.codes.clone()))],
            },
            Family {
                title: errors,
                curves: vec![
                    curve("slice 0", "error, LSB", errors, points(all[0].clone())),
                    curve("worst slice", "error, LSB", errors, points(worst)),
                ],
            },
        ]
    }
}

fn noise(transfers: &[Transfer]) -> f64 {
    transfers.iter().map(Transfer::mean_noise).sum::<f64>() / transfers.len() as f64
}

fn largest(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(0.0, |largest, value| largest.max(value.abs()))
}

/// What cannot fail, as the parameters are part of the program.
fn known<T, E: std::fmt::Display>(result: Result<T, E>) -> T {
    result.unwrap_or_else(|error| unreachable!("declared deviations: {error}"))
}

const LARGEST: &str = "plus slices alone, and pairs; all dot products up to 1920, 16 conversions each, 32 pairs: mean \
                       code after the linear correction, less the ideal code on average; published: \
                       below 2. Deviations chosen to agree with rows a and b";

const NOISE: &str = "deviation of codes from their mean, averaged over dot products and pairs; the \
                     paper: averaged over the range";

const INL: &str = "where mean codes pass halves, against a line through the first and the last";

const DNL: &str = "distances between these places against their mean";

const ENOB: &str = "of the whole chain: range over rms error, quantisation included, times the root \
                    of 12; the published value is of a converter alone, simulated with transient \
                    noise, in 7 bits";
