//! `hwgen emit`.

use super::{bench_vectors, whole_number};
use crate::artifacts;
use crate::exit::Exit;
use crate::terminal::{self, say};
use hwgen_gen::package::{self, Paths};
use hwgen_gen::{Backend, Design};
use serde_json::json;
use std::path::PathBuf;

/// Flags of `emit`.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Directory to write [default: the name of the top module]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Move aside whatever stands there and hwgen did not write
    #[arg(long)]
    force: bool,
    /// Name files in lists by absolute paths, for tools that read these relative to where they run
    #[arg(long)]
    absolute: bool,
    /// Which description to print
    #[arg(long, value_enum, default_value_t = Backend::Template)]
    backend: Backend,
    /// About how many beats the emitted test bench plays [default: 2000, or what fits]
    #[arg(long, value_name = "BEATS", value_parser = bench_vectors)]
    vectors: Option<usize>,
    /// Seed of the emitted vectors
    #[arg(long, value_name = "NUMBER", default_value_t = 1, value_parser = whole_number::<u64>)]
    seed: u64,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Writes the package of `design`.
pub fn run(design: &Design, options: &Options) -> anyhow::Result<Exit> {
    let beats = options.vectors.unwrap_or_else(|| package::usual_beats(design));
    let stimulus = package::stimulus(design, options.seed, beats);
    let directory = options.out.clone().unwrap_or_else(|| PathBuf::from(design.name.as_str()));
    let paths = match options.absolute {
        true => Paths::absolute(&artifacts::absolute(&directory)?)?,
        false => Paths::Relative,
    };
    let files = package::files(design, &stimulus, options.backend, paths)?;
    let written = artifacts::write(&directory, &files, options.force)?;
    if options.json {
        terminal::json(&json!({
            "directory": written.directory,
            "files": written.files,
            "moved_aside": written.moved_aside,
            "vectors": beats,
            "seed": options.seed,
        }))?;
        return Ok(Exit::Success);
    }
    say!("{}", design.command);
    for file in &written.files {
        say!("  {}", directory.join(file).display());
    }
    if let Some(aside) = written.moved_aside {
        say!("  what stood there is now {}", aside.display());
    }
    Ok(Exit::Success)
}
