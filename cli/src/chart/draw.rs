//! Panels as SVG.

use super::{Marks, Panel};
use hwgen_gen::block::Curve;
use hwgen_reproduce::report::Bars;
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use std::error::Error;
use std::ops::Range;

const PANEL: (u32, u32) = (900, 300);
const MARGIN: u32 = 12;
const AXES: (u32, u32) = (40, 64); // room for the labels of x and y
const FONT: &str = "sans-serif";

/// Heights of a title, and of the names of what is drawn.
const TITLE: u32 = 30;
const LEGEND: u32 = 20;

/// About how wide a letter of the legend is, a colour, and the gap after a name.
const LETTER: i32 = 7;
const KEY: i32 = 16;
const GAP: i32 = 24;

/// Told apart by whoever sees some colours only, and by their lightness where there are none
/// (Okabe and Ito).
const COLOURS: [RGBColor; 7] = [
    RGBColor(0, 114, 178),
    RGBColor(230, 159, 0),
    RGBColor(0, 0, 0),
    RGBColor(86, 180, 233),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
];

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Drawn = Result<(), Box<dyn Error>>;

/// The panels, below each other.
pub(super) fn svg(panels: &[Panel<'_>]) -> Result<String, Box<dyn Error>> {
    let mut text = String::new();
    {
        let size = (PANEL.0, PANEL.1 * panels.len() as u32);
        let area = SVGBackend::with_string(&mut text, size).into_drawing_area();
        area.fill(&WHITE)?;
        for (area, panel) in area.split_evenly((panels.len(), 1)).iter().zip(panels) {
            let (title, rest) = area.split_vertically(TITLE);
            let middle = Pos::new(HPos::Center, VPos::Center);
            let style = (FONT, 16).into_text_style(area).pos(middle);
            title.draw_text(&panel.title, &style, (PANEL.0 as i32 / 2, TITLE as i32 / 2 + 4))?;
            let names = panel.names();
            let rest = if names.len() > 1 { legend(&rest, &names)? } else { rest };
            match panel.marks {
                Marks::Lines(curves) => lines(&rest, curves)?,
                Marks::Bars(groups) => bars(&rest, groups)?,
            }
        }
        area.present()?;
    }
    Ok(text)
}

const fn colour(index: usize) -> RGBColor {
    COLOURS[index % COLOURS.len()]
}

/// Names side by side, each after its colour; what is left of the area.
fn legend<'a>(area: &Area<'a>, names: &[&str]) -> Result<Area<'a>, Box<dyn Error>> {
    let (row, rest) = area.split_vertically(LEGEND);
    let width = |name: &str| KEY + LETTER * name.chars().count() as i32 + GAP;
    let all: i32 = names.iter().map(|name| width(name)).sum();
    let mut left = (PANEL.0 as i32 - all + GAP) / 2;
    let middle = LEGEND as i32 / 2;
    let beside = Pos::new(HPos::Left, VPos::Center);
    let style = (FONT, 13).into_text_style(area).pos(beside);
    for (index, name) in names.iter().enumerate() {
        let square = [(left, middle - 5), (left + 10, middle + 5)];
        row.draw(&Rectangle::new(square, colour(index).filled()))?;
        row.draw_text(name, &style, (left + KEY, middle))?;
        left += width(name);
    }
    Ok(rest)
}

fn lines(area: &Area<'_>, curves: &[Curve]) -> Drawn {
    let (x, y) = (|point: &(f64, f64)| point.0, |point: &(f64, f64)| point.1);
    let (x, y) = (span(curves, x), padded(span(curves, y)));
    let mut chart = builder(area).build_cartesian_2d(x, y)?;
    let mut mesh = chart.configure_mesh();
    if let Some(curve) = curves.first() {
        mesh.x_desc(curve.x).y_desc(curve.y);
    }
    mesh.x_label_formatter(&plain).y_label_formatter(&plain);
    mesh.label_style((FONT, 13)).light_line_style(TRANSPARENT).draw()?;
    for (index, curve) in curves.iter().enumerate() {
        let style = colour(index).stroke_width(2);
        chart.draw_series(LineSeries::new(curve.points.iter().copied(), style))?;
    }
    Ok(())
}

/// Groups stand around 0, 1, 2, ..
fn bars(area: &Area<'_>, bars: &Bars) -> Drawn {
    const FILLED: f64 = 0.8; // the rest parts the groups
    let values = bars.series.iter().flat_map(|(_, values)| values);
    let highest = values.copied().fold(0.0, f64::max);
    let groups = bars.groups.len() as f64;
    let mut chart = builder(area).build_cartesian_2d(-0.5..groups - 0.5, 0.0..highest)?;
    let name = |at: &f64| {
        let group = bars.groups.iter().enumerate().find(|(group, _)| *group as f64 == *at);
        group.map_or(String::new(), |(_, name)| (*name).to_owned())
    };
    let mut mesh = chart.configure_mesh();
    mesh.disable_x_mesh().x_labels(2 * bars.groups.len() + 1).x_label_formatter(&name);
    mesh.y_desc(bars.y).y_label_formatter(&plain);
    mesh.label_style((FONT, 13)).light_line_style(TRANSPARENT).draw()?;
    let width = FILLED / bars.series.len() as f64;
    for (index, (_, values)) in bars.series.iter().enumerate() {
        let bar = |(group, value): (usize, &f64)| {
            let left = group as f64 - FILLED / 2.0 + width * index as f64;
            Rectangle::new([(left, 0.0), (left + width, *value)], colour(index).filled())
        };
        chart.draw_series(values.iter().enumerate().map(bar))?;
    }
    Ok(())
}

fn builder<'a, 'b>(area: &'a Area<'b>) -> ChartBuilder<'a, 'b, SVGBackend<'b>> {
    let mut chart = ChartBuilder::on(area);
    chart.margin(MARGIN).x_label_area_size(AXES.0).y_label_area_size(AXES.1);
    chart
}

/// A number without the zeros that say nothing.
fn plain(number: &f64) -> String {
    ((number * 1e6).round() / 1e6 + 0.0).to_string() // never -0
}

/// Values that differ by less are one, but for rounding.
const LEAST: f64 = 1e-9;

/// From the smallest coordinate to the largest; around the only one.
fn span(curves: &[Curve], coordinate: impl Fn(&(f64, f64)) -> f64) -> Range<f64> {
    let coordinates = || curves.iter().flat_map(|curve| &curve.points).map(&coordinate);
    let lowest = coordinates().fold(f64::INFINITY, f64::min);
    let highest = coordinates().fold(f64::NEG_INFINITY, f64::max);
    if highest - lowest < LEAST { lowest - 0.5..highest + 0.5 } else { lowest..highest }
}

/// With a twentieth more at both ends.
fn padded(range: Range<f64>) -> Range<f64> {
    let more = (range.end - range.start) / 20.0;
    range.start - more..range.end + more
}
