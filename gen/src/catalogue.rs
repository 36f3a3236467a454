//! The table of all blocks, as the project's front page shows it.

use crate::blocks;
use crate::params::{Accepts, Flag};
use std::fmt::Write;

/// All blocks as a Markdown table: name, what it is, its flags with ranges and defaults.
pub fn markdown() -> String {
    let mut text = "| block | what it is | parameters [default] |\n|---|---|---|\n".to_owned();
    for generator in blocks::ALL {
        let flags: Vec<_> = generator.flags().iter().map(flag).collect();
        let (name, summary, source) = (generator.name, generator.summary, generator.source);
        let flags = flags.join(", ");
        // Writing to a String cannot fail.
        let _ = writeln!(text, "| `{name}` | {summary}<br>*{source}* | {flags} |");
    }
    text
}

fn flag(flag: &Flag) -> String {
    let accepted = match &flag.accepts {
        Accepts::Switch => String::new(),
        Accepts::Number(range) => format!(" {range}"),
        Accepts::Real(range) => format!(" {range}"),
        Accepts::Word(words) => format!(" {}", words.join("\\|")),
        Accepts::Other(text) => format!(" {text}"),
    };
    let default = flag.default.as_ref().map(|value| format!(" [{value}]")).unwrap_or_default();
    format!("`--{}`{accepted}{default}", flag.name)
}
