//! Parameter files: the same as flags, and judged where they stand.

use crate::exit::Usage;
use crate::suggest;
use hwgen_gen::params::{self, Accepts, Flag, Range, RealUpTo};
use hwgen_gen::{Generator, package};
use hwgen_sim::input;
use std::path::{Path, PathBuf};
use toml::Value;

/// A file that `--config` names.
pub struct ParameterFile {
    /// The block that it is for, if it says so.
    pub block: Option<String>,
    path: PathBuf,
    text: String,
    table: toml::Table,
}

impl ParameterFile {
    /// Reads the metadata of a package if the file is called so, TOML otherwise.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = input::text(path)?;
        let at_file = |error: String| Usage(format!("{}: {error}", path.display()));
        let mut table = table(path, &text).map_err(at_file)?;
        let block = table.remove("block").map(|value| match value {
            Value::String(name) => Ok(name),
            other => Err(at_file(format!("block = {}: not a name", shown(&other)))),
        });
        Ok(Self { block: block.transpose()?, path: path.to_owned(), text, table })
    }

    /// The flags that it stands for, if `generator` takes them all.
    pub fn flags(&self, generator: &Generator) -> Result<Vec<String>, Usage> {
        let known = generator.flags();
        for (key, value) in &self.table {
            let accepted = match known.iter().find(|flag| flag.name == *key) {
                Some(flag) => check(flag, value),
                None if key == "name" && value.is_str() => Ok(()),
                None if key == "name" => Err("a string".to_owned()),
                None => return Err(self.unknown(key, &known, generator.name)),
            };
            accepted.map_err(|accepted| {
                self.at(key, format!("{key} = {}; accepted: {accepted}", shown(value)))
            })?;
        }
        let is_set = |key: &str| self.table.get(key).and_then(Value::as_bool) == Some(true);
        let mut set = self.table.keys().filter(|key| is_set(key));
        if let Some(key) = set.find(|key| is_set(&format!("un{key}"))) {
            let both = format!("{key} and un{key} contradict each other; accepted: one of them");
            return Err(self.at(key, both));
        }
        params::flags_of(&self.table).map_err(|error| self.at("", error.to_string()))
    }

    /// That the file is for another block than the command.
    pub fn contradiction(&self, typed: &str, block: &str) -> Usage {
        let reason = format!("block = \"{block}\", but the command names {typed}");
        self.at("block", format!("{reason}; accepted: the same block, or none"))
    }

    fn unknown(&self, key: &str, known: &[Flag], block: &str) -> Usage {
        let names = || known.iter().map(|flag| flag.name.as_str()).chain(["name"]);
        let hint = suggest::nearest(key, names());
        let hint = hint.map(|name| format!("; did you mean '{name}'?")).unwrap_or_default();
        let key: String = key.chars().take(LONGEST_VALUE).collect();
        let accepted = names().collect::<Vec<_>>().join(", ");
        self.at(&key, format!("'{key}' is no parameter of {block}{hint}; accepted: {accepted}"))
    }

    /// An error about `key`, with its line where it has one of its own.
    fn at(&self, key: &str, error: String) -> Usage {
        let defines = |line: &str| {
            let rest = line.trim_start().strip_prefix(key);
            !key.is_empty() && rest.is_some_and(|rest| rest.trim_start().starts_with('='))
        };
        let line = self.text.lines().position(defines);
        let line = line.map(|line| format!(", line {}", line + 1)).unwrap_or_default();
        Usage(format!("{}{line}: {error}", self.path.display()))
    }
}

/// Characters of a value that a message shows.
const LONGEST_VALUE: usize = 40;

fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(LONGEST_VALUE) {
        Some((end, _)) => format!("{}..", &text[..end]),
        None => text,
    }
}

fn table(path: &Path, text: &str) -> Result<toml::Table, String> {
    let is_json = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    if is_json {
        return package::parameters_in(text);
    }
    text.parse().map_err(|error: toml::de::Error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let (line, column) = (before.matches('\n').count() + 1, before.lines().last());
        let column = column.filter(|_| !before.ends_with('\n')).unwrap_or_default();
        let message = match error.message() {
            message if message.contains("i128") || message.contains("i64") => {
                "a number that is too large"
            }
            message => message,
        };
        format!("line {line}, column {}: {message}", column.chars().count() + 1)
    })
}

/// What `flag` accepts, if that is not `value`.
fn check(flag: &Flag, value: &Value) -> Result<(), String> {
    let accepted = |fits: bool, what: String| if fits { Ok(()) } else { Err(what) };
    match &flag.accepts {
        Accepts::Switch => accepted(value.is_bool(), "true or false".to_owned()),
        Accepts::Number(range) => {
            let Range(least, most) = *range;
            let number = value.as_integer();
            let fits = number.is_some_and(|n| (i64::from(least)..=i64::from(most)).contains(&n));
            accepted(fits, format!("a whole number in {range}"))
        }
        Accepts::Real(range) => {
            let RealUpTo(most) = *range;
            let number = value.as_float().or(value.as_integer().map(|number| number as f64));
            let fits = number.is_some_and(|number| (0.0..=most).contains(&number));
            accepted(fits, format!("a number in {range}"))
        }
        Accepts::Word(words) => {
            let typed = value.as_str().map(str::to_owned);
            let typed = typed.or(value.as_integer().map(|number| number.to_string()));
            accepted(typed.is_some_and(|typed| words.contains(&typed)), words.join(", "))
        }
        Accepts::Other(what) => accepted(value.is_str(), what.clone()),
    }
}
