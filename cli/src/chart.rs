//! Measured curves as a picture.

use crate::exit::Usage;
use anyhow::{Context, anyhow};
use hwgen_gen::block::Curve;
use plotters::prelude::*;
use std::error::Error;
use std::ops::Range;
use std::path::Path;

const PANEL: (u32, u32) = (900, 260);
const MARGIN: u32 = 12;

/// Draws one panel per curve, below each other, into the SVG file at `path`.
pub fn write(path: &Path, curves: &[Curve]) -> anyhow::Result<()> {
    if curves.is_empty() {
        anyhow::bail!(Usage("--plot: this block measures no curves".to_owned()));
    }
    let picture = svg(curves).map_err(|error| anyhow!("{}: {error}", path.display()))?;
    std::fs::write(path, picture).with_context(|| path.display().to_string())
}

fn svg(curves: &[Curve]) -> Result<String, Box<dyn Error>> {
    let mut text = String::new();
    {
        let size = (PANEL.0, PANEL.1 * curves.len() as u32);
        let area = SVGBackend::with_string(&mut text, size).into_drawing_area();
        area.fill(&WHITE)?;
        for (panel, curve) in area.split_evenly((curves.len(), 1)).iter().zip(curves) {
            let title = format!("{}: {}", curve.name, curve.condition);
            let mut chart = ChartBuilder::on(panel)
                .caption(title, ("sans-serif", 16))
                .margin(MARGIN)
                .x_label_area_size(36)
                .y_label_area_size(60)
                .build_cartesian_2d(
                    span(curve, |point| point.0, 0.0),
                    span(curve, |point| point.1, 0.5),
                )?;
            chart
                .configure_mesh()
                .x_desc(curve.x)
                .y_desc(curve.y)
                .light_line_style(TRANSPARENT)
                .draw()?;
            chart.draw_series(LineSeries::new(curve.points.iter().copied(), &BLUE))?;
        }
        area.present()?;
    }
    Ok(text)
}

/// From the smallest to the largest coordinate, `least` to either side of zero at least, so that
/// noise near zero does not fill the panel.
fn span(curve: &Curve, coordinate: impl Fn(&(f64, f64)) -> f64, least: f64) -> Range<f64> {
    let coordinates = || curve.points.iter().map(&coordinate);
    coordinates().fold(-least, f64::min)..coordinates().fold(least, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_has_a_panel_and_a_line_per_curve() {
        let curve = |name| Curve {
            name,
            condition: "ideal".to_owned(),
            x: "code",
            y: "LSB",
            points: vec![(0.0, 0.1), (1.0, -0.2), (2.0, 0.7)],
        };
        let picture = svg(&[curve("first"), curve("second")]).expect("a picture");
        assert!(picture.starts_with("<svg") && picture.ends_with("</svg>\n"), "{picture}");
        assert_eq!(picture.matches("ideal").count(), 2);
        assert_eq!(picture.matches("#0000FF").count(), 2);
    }
}
