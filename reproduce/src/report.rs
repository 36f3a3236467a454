//! What a reproduction found: published, ours, how.

use hwgen_gen::block::Curve;
use serde::Serialize;

/// Everything that is said about a paper.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Name of the paper on the command line.
    pub paper: &'static str,
    /// Authors, title, where it appeared.
    pub source: &'static str,
    /// Tables, in order.
    pub sections: Vec<Section>,
    /// What all of it amounts to, in sentences.
    pub conclusions: Vec<String>,
    /// Dependences, to be drawn.
    pub curves: Vec<Family>,
    /// Values side by side, to be drawn.
    pub bars: Vec<Bars>,
}

/// A table: what the paper claims about one thing, and what we get.
#[derive(Clone, Debug, Serialize)]
pub struct Section {
    /// What it is about.
    pub title: &'static str,
    /// Names of the columns with our values.
    pub columns: Vec<&'static str>,
    /// Rows.
    pub rows: Vec<Row>,
}

/// One quantity under one normalisation.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// What it is.
    pub name: &'static str,
    /// Ours, one value per column; none where it cannot be had.
    pub ours: Vec<Option<f64>>,
    /// Mean of our values, where the paper gives a mean.
    pub mean: Option<f64>,
    /// What the paper says; none where it says nothing that is public to us.
    pub published: Option<f64>,
    /// Unit of all values.
    pub unit: Unit,
    /// What our values rest on.
    pub basis: Basis,
    /// How they come about.
    pub how: &'static str,
}

/// How a value is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// A ratio.
    Times,
    /// A share of one, printed in percent.
    Share,
    /// A number of things, printed in millions if there are many.
    Count,
    /// Milliseconds.
    Milliseconds,
    /// Millijoules.
    Millijoules,
    /// Another one, by its name; printed with two decimals alone, since the name of the row tells it.
    #[serde(untagged)]
    Of(&'static str),
}

/// What a value rests on, from the firmest to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Exact arithmetic over the shapes of the layers.
    Counted,
    /// A cycle or energy model, fed with shapes of layers and declared constants.
    Modelled,
    /// Published measurements of another machine.
    Published,
    /// Same, but some of the figures that go into it are recalled and could not be checked.
    Recalled,
    /// We have no value, and say why.
    NotReproduced,
}

/// Curves that share a picture.
#[derive(Clone, Debug, Serialize)]
pub struct Family {
    /// What they are, and under which conditions.
    pub title: &'static str,
    /// One or more, with the same axes.
    pub curves: Vec<Curve>,
}

/// Values in groups, several to a group.
#[derive(Clone, Debug, Serialize)]
pub struct Bars {
    /// What they are, and under which conditions.
    pub title: &'static str,
    /// What the height of a bar is, with its unit.
    pub y: &'static str,
    /// Names of the groups.
    pub groups: Vec<&'static str>,
    /// Name of a series, and its value in each group.
    pub series: Vec<(&'static str, Vec<f64>)>,
}

impl Row {
    /// A row that the paper says nothing about.
    pub fn new(name: &'static str, unit: Unit, ours: Vec<Option<f64>>) -> Self {
        let (basis, how) = (Basis::Counted, "");
        Self { name, ours, mean: None, published: None, unit, basis, how }
    }

    /// The same row, resting on this.
    pub fn how(self, basis: Basis, how: &'static str) -> Self {
        Self { basis, how, ..self }
    }

    /// The same row with the mean of our values.
    pub fn mean(self) -> Self {
        Self { mean: mean(&self.ours), ..self }
    }

    /// The same row, next to what the paper says.
    pub fn published(self, value: f64) -> Self {
        Self { published: Some(value), ..self }
    }
}

/// Arithmetic mean of the values that are there.
pub fn mean(values: &[Option<f64>]) -> Option<f64> {
    let known: Vec<f64> = values.iter().flatten().copied().collect();
    let count = known.len();
    (count > 0).then(|| known.iter().sum::<f64>() / count as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_values_are_not_in_the_mean() {
        assert_eq!(mean(&[Some(1.0), None, Some(2.0)]), Some(1.5));
        assert_eq!(mean(&[None]), None);
    }
}
