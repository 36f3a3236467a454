//! `hwgen`: emits, simulates and synthesizes the blocks of CNN accelerators.

mod args;
mod artifacts;
mod chart;
mod commands;
mod config;
mod exit;
mod refusal;
mod suggest;
mod terminal;

use anyhow::Context;
use std::process::ExitCode;

fn main() -> ExitCode {
    let watched = hwgen_sim::ending::on_signals().context("signals");
    let done = watched.and_then(|()| args::run(std::env::args_os().collect()));
    match done.and_then(|exit| terminal::finish().map(|()| exit)) {
        Ok(exit) => exit.into(),
        Err(error) => exit::report(&error).into(),
    }
}
