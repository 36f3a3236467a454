//! `hwgen completions`.

use crate::exit::Exit;
use clap::Command;
use clap_complete::Shell;

/// Flags of `completions`.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Shell to complete for
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints a completion script for `command`.
pub fn run(options: &Options, mut command: Command) -> anyhow::Result<Exit> {
    clap_complete::generate(options.shell, &mut command, "hwgen", &mut std::io::stdout());
    Ok(Exit::Success)
}
