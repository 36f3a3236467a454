//! One file per subcommand.

pub mod cache;
pub mod completions;
pub mod cycles;
pub mod doctor;
pub mod emit;
pub mod lint;
pub mod list;
pub mod reproduce;
pub mod run;
pub mod show;
pub mod sim;
pub mod synth;

use crate::exit::Usage;
use crate::suggest;
use crate::terminal::quoted;
use hwgen_gen::package::{
    self,
    vectors::{self, VectorError},
};
use hwgen_gen::params::whole;
use hwgen_gen::traffic::Traffic;
use hwgen_gen::{Design, Generator, blocks};
use hwgen_sim::input;
use std::ops::RangeInclusive;
use std::path::Path;
use std::str::FromStr;

/// The names of all blocks, for messages.
pub fn block_names() -> String {
    let names: Vec<_> = blocks::ALL.iter().map(|generator| generator.name).collect();
    names.join(", ")
}

/// The block called `name`, or an error that names the nearest one.
pub fn block(name: &str) -> Result<&'static Generator, Usage> {
    blocks::find(name).ok_or_else(|| {
        let names = blocks::ALL.iter().map(|generator| generator.name);
        let hint = suggest::nearest(name, names);
        let hint = hint.map(|name| format!("; did you mean '{name}'?")).unwrap_or_default();
        let name = quoted(name);
        Usage(format!("--block {name}: no such block{hint}; accepted: {}", block_names()))
    })
}

/// A value parser whose message says what is accepted.
pub fn whole_number<T: FromStr>(text: &str) -> Result<T, &'static str> {
    whole(text).ok_or("accepted: a whole number that is not negative")
}

/// A value parser for the beats that the bench of a package plays.
pub fn bench_vectors(text: &str) -> Result<usize, String> {
    whole_number_in(text, package::BEATS)
}

/// A value parser for the whole numbers of a range.
pub fn whole_number_in(text: &str, range: RangeInclusive<usize>) -> Result<usize, String> {
    let number = whole(text).filter(|number| range.contains(number));
    number.ok_or_else(|| format!("accepted: a whole number in {range:?}"))
}

/// The stimulus in the files of `folder`.
pub fn data(design: &Design, folder: &Path) -> anyhow::Result<Vec<Traffic>> {
    let text = |name: &str| -> anyhow::Result<String> {
        let path = folder.join(name);
        Ok(input::text(&path)?)
    };
    vectors::phases(design, text).map_err(|error| match error.downcast::<VectorError>() {
        Ok(error) => Usage(format!("{}: {error}", folder.display())).into(),
        Err(error) => error,
    })
}
