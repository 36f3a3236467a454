//! `hwgen show`.

use super::block;
use crate::exit::Exit;
use crate::terminal;
use hwgen_gen::block::{Fact, Path};
use hwgen_gen::params::{Accepts, Flag};
use hwgen_gen::{Design, Generator, catalogue};
use serde_json::json;

/// Flags of `show`.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Block to show; without one, the table of all blocks in Markdown
    #[arg(value_name = "BLOCK")]
    block: Option<String>,
    /// The same, spelt as for the other commands
    #[arg(long = "block", value_name = "BLOCK", conflicts_with = "block")]
    flag: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Shows what a block takes and what its default design promises.
pub fn run(options: &Options) -> anyhow::Result<Exit> {
    let Some(name) = options.block.as_ref().or(options.flag.as_ref()) else {
        print!("{}", catalogue::markdown());
        return Ok(Exit::Success);
    };
    let generator = block(name)?;
    let design = generator.parse("")?;
    if options.json {
        terminal::json(&as_json(generator, &design))?;
    } else {
        print(generator, &design);
    }
    Ok(Exit::Success)
}

fn as_json(generator: &Generator, design: &Design) -> serde_json::Value {
    let flags = generator.flags().into_iter().map(|flag| {
        json!({
            "name": flag.name,
            "accepts": accepted(&flag),
            "default": flag.default,
            "help": flag.help,
        })
    });
    json!({
        "name": generator.name,
        "summary": generator.summary,
        "source": generator.source,
        "parameters": flags.collect::<Vec<_>>(),
        "default_design": {
            "facts": design.spec.facts(),
            "timing": design.spec.timing(),
        },
    })
}

fn print(generator: &Generator, design: &Design) {
    println!("{}: {}\n{}\n\nParameters", generator.name, generator.summary, generator.source);
    for flag in generator.flags() {
        let default = flag.default.as_ref().map(|value| format!(" [{value}]")).unwrap_or_default();
        let value = format!("{}{default}", accepted(&flag));
        println!("  --{:<16} {value:<28} {}", flag.name, flag.help);
    }
    println!("\nThe default design");
    for Fact { name, value, meaning } in design.spec.facts() {
        println!("  {name:<22} {value:<22} {meaning}");
    }
    for Path { from, to, latency, interval } in design.spec.timing() {
        println!("  {from} -> {to}: {latency} cycles, one beat every {interval}");
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
