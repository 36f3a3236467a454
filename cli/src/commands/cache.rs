//! `hwgen cache`.

use crate::exit::Exit;
use crate::terminal::{self, line, say, thousands};
use hwgen_sim::cosim::cache::{Cache, Contents};
use serde_json::json;

/// Flags of `cache`.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Remove all compiled models, but for those that are being built
    #[arg(long)]
    clear: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Shows or clears the compiled models.
pub fn run(options: &Options) -> anyhow::Result<Exit> {
    let cache = Cache::of_user();
    let removed = options.clear.then(|| cache.clear()).transpose()?;
    let kept = cache.contents()?;
    if options.json {
        let folder = cache.root().display().to_string();
        terminal::json(&json!({ "folder": folder, "kept": kept, "removed": removed }))?;
        return Ok(Exit::Success);
    }
    say!("{}", cache.root().display());
    if let Some(removed) = removed {
        line("removed", amount(removed));
    }
    line("kept", amount(kept));
    Ok(Exit::Success)
}

fn amount(Contents { models, bytes }: Contents) -> String {
    let (plural, kibibytes) = (if models == 1 { "" } else { "s" }, bytes.div_ceil(1024));
    format!("{} compiled model{plural}, {} KiB", thousands(models), thousands(kibibytes))
}
