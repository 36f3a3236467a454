//! Curves and bars as a picture.

mod draw;

use crate::exit::Usage;
use crate::terminal;
use anyhow::anyhow;
use hwgen_gen::block::Curve;
use hwgen_reproduce::report::{Bars, Family};
use hwgen_sim::output::Output;

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

    /// Names of what is drawn, in the order of colours.
    fn names(&self) -> Vec<&'a str> {
        match self.marks {
            Marks::Lines(curves) => curves.iter().map(|curve| curve.name).collect(),
            Marks::Bars(bars) => bars.series.iter().map(|(name, _)| *name).collect(),
        }
    }

    /// The picture in words.
    fn described(&self) -> String {
        let axes = match self.marks {
            Marks::Lines([]) => String::new(),
            Marks::Lines([curve, ..]) => format!("{} over {}", curve.y, curve.x),
            Marks::Bars(bars) => format!("{} of {}", bars.y, bars.groups.join(", ")),
        };
        format!("{}. {axes}: {}.", self.title, self.names().join(", "))
    }
}

/// Draws the panels, below each other, into an SVG file.
pub fn write(output: Output, panels: &[Panel<'_>]) -> anyhow::Result<()> {
    if panels.is_empty() {
        anyhow::bail!(Usage("--plot: nothing was measured that is a curve".to_owned()));
    }
    let picture = draw::svg(panels).map_err(|error| anyhow!("--plot: {error}"))?;
    Ok(output.write(&told(&picture, panels, &terminal::command()))?)
}

/// The picture with what it shows and what made it, in words, for whoever does not see it.
fn told(picture: &str, panels: &[Panel<'_>], command: &str) -> String {
    let titles: Vec<_> = panels.iter().map(|panel| panel.title.as_str()).collect();
    let described: Vec<_> = panels.iter().map(Panel::described).collect();
    let made = format!("Made by hwgen {}: {command}", hwgen_gen::VERSION);
    let head = format!(
        "<svg role=\"img\" aria-labelledby=\"title desc\" {{}}>\n<title id=\"title\">{}</title>\n\
         <desc id=\"desc\">{}\n{}</desc>",
        escaped(&titles.join("; ")),
        escaped(&described.join("\n")),
        escaped(&made)
    );
    let (attributes, rest) = picture
        .strip_prefix("<svg ")
        .and_then(|picture| picture.split_once('>'))
        .unwrap_or_else(|| unreachable!("a picture begins with its size"));
    head.replacen("{}", attributes, 1) + rest
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(name: &'static str) -> Curve {
        Curve {
            name,
            condition: "ideal".to_owned(),
            x: "code",
            y: "INL (LSB)",
            points: vec![(0.0, 0.1), (1.0, -0.2), (2.0, 0.7)],
        }
    }

    #[test]
    fn a_picture_has_a_panel_and_a_line_per_curve() {
        let curves = [curve("first"), curve("second")];
        let panels: Vec<_> = curves.iter().map(Panel::of_curve).collect();
        let picture = draw::svg(&panels).expect("a picture");
        assert!(picture.starts_with("<svg") && picture.ends_with("</svg>\n"), "{picture}");
        assert_eq!(picture.matches("ideal").count(), 2);
        let width = "stroke-width=\"2\"";
        assert_eq!(picture.lines().filter(|line| line.contains(width)).count(), 2, "{picture}");
    }

    #[test]
    fn groups_and_series_are_named() {
        let series = vec![("tall", vec![0.9, 0.7]), ("best", vec![1.0, 0.95])];
        let (title, y) = ("utilisation", "share");
        let bars = Bars { title, y, groups: vec!["left", "right"], series };
        let picture = draw::svg(&[Panel::of_bars(&bars)]).expect("a picture");
        for name in ["utilisation", "share", "left", "right", "tall", "best"] {
            assert_eq!(picture.matches(&format!("\n{name}\n")).count(), 1, "{name}\n{picture}");
        }
    }

    #[test]
    fn a_picture_is_told_in_words() {
        let curves = [curve("first"), curve("second")];
        let family = Family { title: "a < b", curves: curves.to_vec() };
        let panels = [Panel::of_family(&family)];
        let picture = told("<svg width=\"9\">\n</svg>\n", &panels, "hwgen sim --plot 'a b'");
        let expected = format!(
            "<svg role=\"img\" aria-labelledby=\"title desc\" width=\"9\">\n\
             <title id=\"title\">a &lt; b</title>\n\
             <desc id=\"desc\">a &lt; b. INL (LSB) over code: first, second.\n\
             Made by hwgen {}: hwgen sim --plot 'a b'</desc>\n</svg>\n",
            hwgen_gen::VERSION
        );
        assert_eq!(picture, expected);
    }
}
