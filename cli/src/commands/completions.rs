//! `hwgen completions`.

use crate::exit::Exit;
use crate::terminal;
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
    // Into memory: it panics where it cannot write.
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut command, "hwgen", &mut script);
    terminal::write(format_args!("{}", String::from_utf8_lossy(&script)));
    Ok(Exit::Success)
}
