//! What the parser refuses, in the words of all other messages: what it is, why, what is accepted.

use crate::args;
use crate::terminal::quoted;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use std::error::Error;

/// What `error` says; nothing of kinds that are no bad input, such as help that was asked for.
pub fn said(error: &clap::Error) -> Option<String> {
    let said = Said(error);
    Some(match error.kind() {
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let (what, value) = (said.argument()?, quoted(&said.one(ContextKind::InvalidValue)?));
            let hint = hint(said.one(ContextKind::SuggestedValue));
            format!("{what} {value}{hint}; accepted: {}", said.accepted()?)
        }
        ErrorKind::TooManyValues => {
            let (what, value) = (said.argument()?, quoted(&said.one(ContextKind::InvalidValue)?));
            format!("{what} {value}: it takes no value; accepted: {what}")
        }
        ErrorKind::UnknownArgument => {
            let what = quoted(&said.one(ContextKind::InvalidArg)?);
            let hint = hint(said.one(ContextKind::SuggestedArg));
            format!("{what}: unknown{hint}; accepted: what {} lists", said.help())
        }
        ErrorKind::InvalidSubcommand => {
            let what = quoted(&said.one(ContextKind::InvalidSubcommand)?);
            let hint = hint(said.one(ContextKind::SuggestedSubcommand));
            format!("{what}: no such command{hint}; accepted: {}", args::commands().join(", "))
        }
        ErrorKind::MissingRequiredArgument => {
            let what = said.one(ContextKind::InvalidArg)?;
            format!("{} is missing; accepted: {}", name(&what), args::values(&what).join(", "))
        }
        ErrorKind::ArgumentConflict => {
            let (what, other) = (said.argument()?, said.one(ContextKind::PriorArg)?);
            let other = name(&other);
            format!("{what} and {other} contradict each other; accepted: one of them")
        }
        ErrorKind::InvalidUtf8 => "a word is no text; accepted: UTF-8".to_owned(),
        _ => return None,
    })
}

fn hint(suggested: Option<String>) -> String {
    suggested.map(|name| format!("; did you mean '{name}'?")).unwrap_or_default()
}

/// An argument without what it takes: `--width` of `--width <2..=32>`, `PAPER` of `<PAPER>`.
fn name(argument: &str) -> &str {
    let name = argument.split(' ').next().unwrap_or_default();
    name.trim_matches(['<', '>'])
}

/// What an error of the parser knows.
struct Said<'a>(&'a clap::Error);

impl Said<'_> {
    /// The first text of a kind.
    fn one(&self, kind: ContextKind) -> Option<String> {
        match self.0.get(kind)? {
            ContextValue::String(text) => Some(text.clone()),
            ContextValue::Strings(texts) => texts.first().cloned(),
            ContextValue::StyledStr(text) => Some(text.to_string()),
            ContextValue::StyledStrs(texts) => texts.first().map(ToString::to_string),
            _ => None,
        }
    }

    /// The argument that is wrong.
    fn argument(&self) -> Option<String> {
        self.one(ContextKind::InvalidArg).map(|argument| name(&argument).to_owned())
    }

    /// What a value may be: what the parser of values says, or one of some words.
    fn accepted(&self) -> Option<String> {
        let reason = self.0.source().map(ToString::to_string);
        let told = reason.or_else(|| self.one(ContextKind::Suggested));
        let told = told.and_then(|told| told.strip_prefix("accepted: ").map(str::to_owned));
        told.or_else(|| match self.0.get(ContextKind::ValidValue)? {
            ContextValue::Strings(words) if !words.is_empty() => Some(words.join(", ")),
            // Nothing was typed, and the argument is called what it takes: `--out <DIR>`.
            _ => self
                .one(ContextKind::InvalidArg)?
                .split_once(' ')
                .map(|(_, value)| name(value).to_owned()),
        })
    }

    /// The command that lists what there is.
    fn help(&self) -> String {
        let usage = self.one(ContextKind::Usage).unwrap_or_default();
        let words = usage.split_whitespace().skip_while(|word| *word != "hwgen");
        let is_name = |word: &&str| word.starts_with(|letter: char| letter.is_ascii_lowercase());
        let mut command: Vec<_> = words.take_while(is_name).collect();
        command.push("--help");
        format!("'{}'", command.join(" "))
    }
}
