//! `hwgen show`.

use super::block_names;
use crate::exit::{Exit, Usage};
use crate::terminal::{self, say};
use hwgen_gen::block::Path;
use hwgen_gen::params::{Accepts, Flag, Range, RealUpTo};
use hwgen_gen::{Design, Generator, catalogue};
use serde_json::{Value, json};

/// Flags of `show`.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Shows what a block takes and what a design of it promises; without one, the table of all blocks
/// in Markdown.
pub fn run(shown: Option<(&Generator, Design)>, options: &Options) -> anyhow::Result<Exit> {
    let Some((generator, design)) = shown else {
        if options.json {
            anyhow::bail!(Usage(format!("--json: no block is named; accepted: {}", block_names())));
        }
        terminal::write(format_args!("{}", catalogue::markdown()));
        return Ok(Exit::Success);
    };
    if options.json {
        terminal::json(&as_json(generator, &design))?;
    } else {
        print(generator, &design);
    }
    Ok(Exit::Success)
}

fn as_json(generator: &Generator, design: &Design) -> Value {
    let flags = generator.flags().into_iter().map(|flag| {
        json!({
            "name": flag.name,
            "accepts": schema(&flag.accepts),
            "default": default(&flag),
            "help": flag.help,
        })
    });
    json!({
        "name": generator.name,
        "summary": generator.summary,
        "source": generator.source,
        "parameters": flags.collect::<Vec<_>>(),
        "design": {
            "command": design.command,
            "facts": design.spec.facts(),
            "timing": design.spec.timing(),
        },
    })
}

/// What a flag accepts, as a JSON schema says it.
fn schema(accepts: &Accepts) -> Value {
    match accepts {
        Accepts::Switch => json!({ "type": "boolean" }),
        Accepts::Number(Range(least, most)) => {
            json!({ "type": "integer", "minimum": least, "maximum": most })
        }
        Accepts::Real(RealUpTo(most)) => json!({ "type": "number", "minimum": 0, "maximum": most }),
        Accepts::Word(words) => json!({ "enum": words }),
        Accepts::Other(what) => json!({ "type": "string", "description": what }),
    }
}

/// The default of a flag: a number of one that takes numbers, null if there is none.
fn default(flag: &Flag) -> Value {
    let Some(typed) = &flag.default else { return Value::Null };
    match flag.accepts {
        Accepts::Number(_) | Accepts::Real(_) => typed.parse().map_or(Value::Null, Value::Number),
        _ => json!(typed),
    }
}

fn print(generator: &Generator, design: &Design) {
    say!("{}: {}\n{}\n\nParameters", generator.name, generator.summary, generator.source);
    for flag in generator.flags() {
        let default = flag.default.as_ref().map(|value| format!(" [{value}]")).unwrap_or_default();
        let value = format!("{}{default}", accepted(&flag));
        say!("  --{:<16} {value:<28} {}", flag.name, flag.help);
    }
    say!("\n{}", design.command);
    for fact in design.spec.facts() {
        say!("  {:<22} {:<22} {}", fact.name, fact.shown(), fact.meaning);
    }
    for Path { from, to, latency, interval } in design.spec.timing() {
        say!("  {from} -> {to}: {latency} cycles, one beat every {interval}");
    }
}

fn accepted(flag: &Flag) -> String {
    match &flag.accepts {
        Accepts::Switch => String::new(),
        Accepts::Number(range) => range.to_string(),
        Accepts::Real(range) => range.to_string(),
        Accepts::Word(words) => words.join("|"),
        Accepts::Other(text) => text.clone(),
    }
}
