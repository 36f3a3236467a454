//! Linearity of the whole chain on the simulated bench: every slice converted alone.

use super::{Figures, SliceError, Transfer, products};
use crate::block::{Curve, Experiment, Figure, Findings};
use crate::blocks::cap_ram::golden::RESULTS;
use crate::blocks::cap_ram::interface::ResultsBeat;
use crate::blocks::cap_ram::vectors::spread;
use crate::blocks::cap_ram::{CapRam, Correction, Encoding, Precision, RESULT_FRACTION, Script};
use crate::traffic::{Beats, Traffic};

/// Operations of a macro with noise, about; without noise a second conversion tells nothing new.
const NOISY_OPERATIONS: usize = 1 << 14;

/// The experiment: figures of all slices, curves of the first one.
pub(in super::super) fn experiment(spec: &CapRam) -> Experiment {
    let conversions =
        if spec.is_noisy() { NOISY_OPERATIONS / products(spec, false).count() } else { 1 };
    let spec = spec.clone();
    let stimulus = stimulus(&spec, conversions);
    let evaluate = move |results: &Traffic| {
        let transfers = transfers(&spec, &results.0[RESULTS], conversions);
        findings(&spec, &transfers, conversions).unwrap_or_else(|error| Findings {
            notes: vec![format!("linearity of corrected codes: {error}")],
            ..Findings::default()
        })
    };
    Experiment { name: "linearity", stimulus, evaluate: Box::new(evaluate) }
}

/// Cells of 1, and inputs that make dot products from 0 to the largest.
fn stimulus(spec: &CapRam, conversions: usize) -> Vec<Traffic> {
    let mut script = Script::new(spec);
    if let Ok(precision) = Precision::new(Encoding::TwosComplement, 1, 4) {
        script.setup(precision, &vec![0; spec.slices()]);
    }
    for slice in 0..spec.slices() {
        script.write(slice, 0, u128::MAX);
    }
    for product in products(spec, false) {
        for _ in 0..conversions {
            script.operate(spread(product as usize, spec.columns()));
        }
    }
    script.phases
}

/// The codes of every slice: results without correction.
fn transfers(spec: &CapRam, results: &Beats, conversions: usize) -> Vec<Transfer> {
    let transfer = |slice: usize| {
        let mut transfer = Transfer::new(spec, slice, false, conversions);
        for beat in 0..results.len() {
            transfer.push(results.get(beat, ResultsBeat::AT.one, slice) >> RESULT_FRACTION);
        }
        transfer
    };
    (0..spec.slices()).map(transfer).collect()
}

/// Figures of all slices and curves of the first one, each corrected by its own line.
fn findings(
    spec: &CapRam,
    transfers: &[Transfer],
    conversions: usize,
) -> Result<Findings, SliceError> {
    let lines = transfers.iter().map(Transfer::line).collect::<Result<_, _>>()?;
    let none = Correction::none(spec);
    let correction = Correction { slices: lines, ..none.clone() };
    let figures = Figures::new(transfers, &correction);
    let raw = Figures::new(transfers, &none);
    let codes = format!(
        "{} slices, {} dot products, {conversions} conversion(s) each",
        spec.slices(),
        products(spec, false).count()
    );
    let values = format!("{codes}, corrected by gain and offset");
    let figure = |name, value, unit, condition: &str| Figure {
        name,
        value,
        unit,
        condition: condition.to_owned(),
    };
    Ok(Findings {
        figures: vec![
            figure("largest error, raw", raw.largest_error, "LSB", &codes),
            figure("largest error", figures.largest_error, "LSB", &values),
            figure("noise", figures.noise, "LSB rms", &values),
            figure("largest INL", figures.inl, "LSB", &codes),
            figure("largest DNL", figures.dnl, "LSB", &codes),
            figure("mean ENOB", figures.effective_bits, "bit", &values),
        ],
        curves: transfers.first().map_or_else(Vec::new, |first| curves(first, &correction)),
        notes: Vec::new(),
    })
}

/// Corrected code and its error over the dot product.
fn curves(transfer: &Transfer, correction: &Correction) -> Vec<Curve> {
    let values = transfer.corrected(correction);
    let curve = |name, y, values: Vec<f64>| {
        let points = transfer.points().map(|(product, _)| product as f64).zip(values);
        let condition = format!("slice {}, calibrated", transfer.slice());
        Curve { name, condition, x: "dot product (products)", y, points: points.collect() }
    };
    vec![curve("code", "code (LSB)", values.means), curve("error", "error (LSB)", values.errors)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::{Block, Package};
    use crate::blocks::cap_ram::{Generated, measure::MEASURED};

    /// Findings on what the golden model, and with it the RTL, makes of the stimulus.
    fn found(flags: &str) -> Findings {
        let spec = Generated::parse(flags).expect("legal flags");
        let Experiment { stimulus, evaluate, .. } = experiment(&spec);
        let mut results = Traffic::new(&spec.interface().outputs());
        let mut golden = spec.golden();
        stimulus.iter().for_each(|phase| golden.run(phase, &mut results));
        evaluate(&results)
    }

    fn value(findings: &Findings, name: &str) -> f64 {
        let figure = findings.figures.iter().find(|figure| figure.name == name);
        figure.expect("a figure of that name").value
    }

    /// Noise of 0.35 LSB, no error of 2 LSB in 64 slices.
    #[test]
    fn the_bench_shows_the_published_totals() {
        let findings = found(MEASURED);
        assert!((0.34..0.36).contains(&value(&findings, "noise")), "{:?}", findings.figures);
        assert!(value(&findings, "largest error") < 2.0, "{:?}", findings.figures);
    }

    #[test]
    fn an_ideal_bench_has_no_errors_but_those_of_quantisation() {
        let findings = found("--slices 8");
        assert!((value(&findings, "largest error") - 29.0 / 60.0).abs() < 1e-12);
        assert_eq!(value(&findings, "noise"), 0.0);
        assert_eq!(value(&findings, "largest INL"), 0.0);
    }

    #[test]
    fn what_cannot_be_corrected_is_said() {
        let findings = found("--slices 8 --columns 8 --adc-bits 4 --offset-sigma 8");
        assert!(findings.figures.is_empty());
        assert!(findings.notes[0].starts_with("linearity of corrected codes: slice "));
    }
}
