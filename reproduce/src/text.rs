//! Reports as text: the one place where numbers are formatted.

use crate::report::{Basis, Report, Row, Section, Unit};
use std::fmt;

/// Columns of the page.
const WIDTH: usize = 100;
const NAME: usize = 38;
const VALUE: usize = 10;
/// Fewer things are printed one by one.
const FEW: f64 = 1e5;
const INDENT: &str = "      ";
const LEGEND: &str = "Our values, column by column, where it says so their arithmetic mean, and the \
                      paper's; - where there is nothing, or nothing public to us. Below each \
                      table, how ours come about: counted exactly; modelled; published, where such \
                      figures are taken over; recalled, where figures from memory, unchecked, go into the model.";

/// `number` as it is printed everywhere.
pub fn value(number: f64, unit: Unit) -> String {
    match unit {
        Unit::Times => format!("{number:.2}x"),
        Unit::Share => format!("{:.1} %", 100.0 * number),
        Unit::Count if number < FEW => format!("{number:.0}"),
        Unit::Count => format!("{:.3} M", number / 1e6),
        Unit::Of(_) => format!("{number:.2}"),
        Unit::Milliseconds => format!("{number:.2} ms"),
        Unit::Millijoules => format!("{number:.2} mJ"),
    }
}

/// Likewise, or a dash where there is nothing.
pub fn or_dash(number: Option<f64>, unit: Unit) -> String {
    number.map_or("-".to_owned(), |number| value(number, unit))
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        wrapped(f, "", "", self.source)?;
        wrapped(f, "", "", LEGEND)?;
        for section in &self.sections {
            write!(f, "\n{section}")?;
        }
        writeln!(f, "\nWhat it amounts to")?;
        self.conclusions.iter().try_for_each(|sentence| wrapped(f, "  - ", "    ", sentence))
    }
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<NAME$}", self.title)?;
        for column in &self.columns {
            write!(f, "{column:>VALUE$}")?;
        }
        let extras = self.extras();
        for (name, _) in &extras {
            write!(f, "{name:>VALUE$}")?;
        }
        writeln!(f)?;
        for (letter, row) in ('a'..='z').zip(&self.rows) {
            line(f, letter, row, &extras)?;
        }
        for (letter, row) in ('a'..='z').zip(&self.rows) {
            let how = format!("{}: {}", basis(row.basis), row.how);
            wrapped(f, &format!("  {letter}   "), INDENT, &how)?;
        }
        Ok(())
    }
}

/// A column beside our values: its name and what it shows of a row.
type Extra = (&'static str, fn(&Row) -> Option<f64>);

impl Section {
    /// Those in which some row has something.
    fn extras(&self) -> Vec<Extra> {
        let all: [Extra; 2] = [("mean", |row| row.mean), ("published", |row| row.published)];
        let shows = |(_, of): &Extra| self.rows.iter().any(|row| of(row).is_some());
        all.into_iter().filter(shows).collect()
    }
}

fn line(f: &mut fmt::Formatter<'_>, letter: char, row: &Row, extras: &[Extra]) -> fmt::Result {
    let name = format!("  {letter}   {}", row.name);
    write!(f, "{name:<NAME$}")?;
    for number in row.ours.iter().copied().chain(extras.iter().map(|(_, of)| of(row))) {
        write!(f, "{:>VALUE$}", or_dash(number, row.unit))?;
    }
    writeln!(f)
}

fn basis(basis: Basis) -> &'static str {
    match basis {
        Basis::Counted => "counted",
        Basis::Modelled => "modelled",
        Basis::Published => "published",
        Basis::Recalled => "recalled",
        Basis::NotReproduced => "not reproduced",
    }
}

/// Writes `text` in lines of the page's width, the first after `first`, the others after `other`.
fn wrapped(f: &mut fmt::Formatter<'_>, first: &str, other: &str, text: &str) -> fmt::Result {
    let mut line = first.to_owned();
    let mut is_empty = true;
    for word in text.split_whitespace() {
        if !is_empty && line.len() + 1 + word.len() > WIDTH {
            writeln!(f, "{line}")?;
            line = other.to_owned();
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
        }
        line += word;
        is_empty = false;
    }
    writeln!(f, "{line}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_their_unit() {
        assert_eq!(value(1.744, Unit::Times), "1.74x");
        assert_eq!(value(0.9754, Unit::Share), "97.5 %");
        assert_eq!(value(1_320_782.0, Unit::Count), "1.321 M");
        assert_eq!(value(1_259.0, Unit::Count), "1259");
        assert_eq!(or_dash(None, Unit::Times), "-");
    }

    #[test]
    fn rows_line_up_and_notes_are_wrapped() {
        let how = "a long account of how it came about, which does not fit in a line of the page \
                   and therefore is continued below";
        let row = Row::new("speed", Unit::Times, vec![Some(1.5), None]).mean().published(1.74);
        let row = row.how(Basis::Modelled, how);
        let section = Section { title: "Speed", columns: vec!["first", "second"], rows: vec![row] };
        let expected = "\
Speed                                      first    second      mean published
  a   speed                                1.50x         -     1.50x     1.74x
  a   modelled: a long account of how it came about, which does not fit in a line of the page and
      therefore is continued below
";
        assert_eq!(section.to_string(), expected);
    }

    #[test]
    fn columns_without_values_are_left_out() {
        let row = Row::new("speed", Unit::Times, vec![Some(1.5)]).how(Basis::Modelled, "so");
        let section = Section { title: "Speed", columns: vec!["first"], rows: vec![row] };
        let expected = "\
Speed                                      first
  a   speed                                1.50x
  a   modelled: so
";
        assert_eq!(section.to_string(), expected);
    }
}
