//! `hwgen list`.

use crate::exit::Exit;
use crate::terminal::{self, say};
use hwgen_gen::blocks;
use serde::Serialize;
use serde_json::json;

/// Flags of `list`.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Block {
    name: &'static str,
    summary: &'static str,
    source: &'static str,
}

/// Lists the blocks.
pub fn run(options: &Options) -> anyhow::Result<Exit> {
    let all = blocks::ALL.iter();
    let all = all.map(|g| Block { name: g.name, summary: g.summary, source: g.source });
    let all: Vec<_> = all.collect();
    if options.json {
        terminal::json(&json!({ "blocks": all }))?;
        return Ok(Exit::Success);
    }
    for block in all {
        say!("{:<10} {}\n{:10} {}", block.name, block.summary, "", block.source);
    }
    say!("\n'hwgen show BLOCK' lists a block's parameters.");
    Ok(Exit::Success)
}
