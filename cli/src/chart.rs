//! Curves and bars as a picture.

use crate::exit::Usage;
use anyhow::{Context, anyhow};
use hwgen_gen::block::Curve;
use hwgen_reproduce::report::{Bars, Family};
use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use std::error::Error;
use std::ops::Range;
use std::path::Path;

const PANEL: (u32, u32) = (900, 260);
const MARGIN: u32 = 12;
const AXES: (u32, u32) = (36, 60); // room for the labels of x and y
const COLOURS: [RGBColor; 5] =
    [BLUE, RED, RGBColor(0, 130, 60), RGBColor(200, 120, 0), RGBColor(110, 110, 110)];

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;
type Drawn = Result<(), Box<dyn Error>>;

/// One of the pictures in a file.
pub struct Panel<'a> {
    title: String,
    marks: Marks<'a>,
}

enum Marks<'a> {
    Lines(&'a [Curve]),
    Bars(&'a Bars),
}

impl<'a> Panel<'a> {
    /// A curve on its own.
    pub fn of_curve(curve: &'a Curve) -> Self {
        let title = format!("{}: {}", curve.name, curve.condition);
        Self { title, marks: Marks::Lines(std::slice::from_ref(curve)) }
    }

    /// Curves on the same axes.
    pub fn of_family(family: &'a Family) -> Self {
        Self { title: family.title.to_owned(), marks: Marks::Lines(&family.curves) }
    }

    /// Groups of bars.
    pub fn of_bars(bars: &'a Bars) -> Self {
        Self { title: bars.title.to_owned(), marks: Marks::Bars(bars) }
    }
}

/// Draws the panels, below each other, into the SVG file at `path`.
pub fn write(path: &Path, panels: &[Panel<'_>]) -> anyhow::Result<()> {
    if panels.is_empty() {
        anyhow::bail!(Usage(
            "--plot: nothing was measured that is a curve; a workload and most blocks measure none"
                .to_owned()
        ));
    }
    let picture = svg(panels).map_err(|error| anyhow!("{}: {error}", path.display()))?;
    std::fs::write(path, picture).with_context(|| path.display().to_string())
}

fn svg(panels: &[Panel<'_>]) -> Result<String, Box<dyn Error>> {
    let mut text = String::new();
    {
        let size = (PANEL.0, PANEL.1 * panels.len() as u32);
        let area = SVGBackend::with_string(&mut text, size).into_drawing_area();
        area.fill(&WHITE)?;
        for (area, panel) in area.split_evenly((panels.len(), 1)).iter().zip(panels) {
            match panel.marks {
                Marks::Lines(curves) => draw_lines(area, &panel.title, curves)?,
                Marks::Bars(bars) => draw_bars(area, &panel.title, bars)?,
            }
        }
        area.present()?;
    }
    Ok(text)
}

fn draw_lines(area: &Area<'_>, title: &str, curves: &[Curve]) -> Drawn {
    let (x, y) = (|point: &(f64, f64)| point.0, |point: &(f64, f64)| point.1);
    let mut chart =
        builder(area, title).build_cartesian_2d(span(curves, x, 0.0), span(curves, y, 0.5))?;
    let mut mesh = chart.configure_mesh();
    if let Some(curve) = curves.first() {
        mesh.x_desc(curve.x).y_desc(curve.y);
    }
    mesh.light_line_style(TRANSPARENT).draw()?;
    for (index, curve) in curves.iter().enumerate() {
        let colour = COLOURS[index % COLOURS.len()];
        let line = chart.draw_series(LineSeries::new(curve.points.iter().copied(), colour))?;
        line.label(curve.name).legend(move |at| key(at, colour));
    }
    if curves.len() > 1 {
        legend(&mut chart)?;
    }
    Ok(())
}

/// Groups stand around 0, 1, 2, ..; the legend stands beside the last.
fn draw_bars(area: &Area<'_>, title: &str, bars: &Bars) -> Drawn {
    const FILLED: f64 = 0.8; // the rest parts the groups
    const LEGEND: f64 = 0.9;
    let values = bars.series.iter().flat_map(|(_, values)| values);
    let highest = values.copied().fold(0.0, f64::max);
    let groups = bars.groups.len() as f64;
    let mut chart = builder(area, title).build_cartesian_2d(-0.5..groups + LEGEND, 0.0..highest)?;
    let name = |at: &f64| {
        let group = bars.groups.iter().enumerate().find(|(group, _)| *group as f64 == *at);
        group.map_or(String::new(), |(_, name)| (*name).to_owned())
    };
    let mut mesh = chart.configure_mesh();
    mesh.disable_x_mesh().light_line_style(TRANSPARENT).x_label_formatter(&name).draw()?;
    let width = FILLED / bars.series.len() as f64;
    for (index, (name, values)) in bars.series.iter().enumerate() {
        let colour = COLOURS[index % COLOURS.len()];
        let bar = |(group, value): (usize, &f64)| {
            let left = group as f64 - FILLED / 2.0 + width * index as f64;
            Rectangle::new([(left, 0.0), (left + width, *value)], colour.filled())
        };
        let drawn = chart.draw_series(values.iter().enumerate().map(bar))?;
        drawn.label(*name).legend(move |at| key(at, colour));
    }
    legend(&mut chart)?;
    Ok(())
}

fn builder<'a, 'b>(area: &'a Area<'b>, title: &str) -> ChartBuilder<'a, 'b, SVGBackend<'b>> {
    let mut chart = ChartBuilder::on(area);
    chart.caption(title, ("sans-serif", 16)).margin(MARGIN);
    chart.x_label_area_size(AXES.0).y_label_area_size(AXES.1);
    chart
}

/// Names the series in the corner where curves that fall leave room.
fn legend<'a, 'b: 'a>(chart: &mut Chart<'a, 'b>) -> Drawn {
    let mut labels = chart.configure_series_labels();
    labels.position(SeriesLabelPosition::UpperRight).background_style(WHITE).border_style(BLACK);
    Ok(labels.draw()?)
}

/// The colour of a series, beside its name.
fn key((x, y): (i32, i32), colour: RGBColor) -> Rectangle<(i32, i32)> {
    Rectangle::new([(x, y - 4), (x + 12, y + 4)], colour.filled())
}

/// From zero or the smallest coordinate to the largest, and `least` from zero at least, so that
/// noise near zero does not fill the panel.
fn span(curves: &[Curve], coordinate: impl Fn(&(f64, f64)) -> f64, least: f64) -> Range<f64> {
    let coordinates = || curves.iter().flat_map(|curve| &curve.points).map(&coordinate);
    let lowest = coordinates().fold(0.0, f64::min);
    let below = if lowest < 0.0 { lowest.min(-least) } else { 0.0 };
    below..coordinates().fold(least, f64::max)
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
        let curves = [curve("first"), curve("second")];
        let panels: Vec<_> = curves.iter().map(Panel::of_curve).collect();
        let picture = svg(&panels).expect("a picture");
        assert!(picture.starts_with("<svg") && picture.ends_with("</svg>\n"), "{picture}");
        assert_eq!(picture.matches("ideal").count(), 2);
        assert_eq!(picture.matches("#0000FF").count(), 2);
    }

    #[test]
    fn groups_and_series_are_named() {
        let series = vec![("tall", vec![0.9, 0.7]), ("best", vec![1.0, 0.95])];
        let bars = Bars { title: "utilisation", groups: vec!["left", "right"], series };
        let picture = svg(&[Panel::of_bars(&bars)]).expect("a picture");
        for name in ["utilisation", "left", "right", "tall", "best"] {
            assert_eq!(picture.matches(&format!("\n{name}\n")).count(), 1, "{name}\n{picture}");
        }
    }
}
