//! `hwgen`: emits, simulates and synthesizes the blocks of CNN accelerators.
#![allow(clippy::print_stdout, clippy::print_stderr)] // the one crate that talks to the user

mod args;
mod artifacts;
mod chart;
mod commands;
mod exit;
mod suggest;
mod terminal;

use std::process::ExitCode;

fn main() -> ExitCode {
    match args::run(std::env::args_os().collect()) {
        Ok(exit) => exit.into(),
        Err(error) => exit::report(&error).into(),
    }
}
