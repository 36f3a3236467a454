//! `hwgen reproduce`.

use crate::chart::{self, Panel};
use crate::exit::Exit;
use crate::terminal;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use hwgen_reproduce::{PAPERS, Paper, Report, find};
use hwgen_sim::output::Output;
use std::path::PathBuf;

/// Flags of `reproduce`.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Paper whose numbers to reproduce
    #[arg(value_name = "PAPER", value_parser = papers())]
    paper: &'static Paper,
    /// Draw the curves and bars into an SVG file
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Accepts the names of the registered papers.
fn papers() -> impl TypedValueParser<Value = &'static Paper> {
    let names = PAPERS.iter().map(|paper| PossibleValue::new(paper.name));
    PossibleValuesParser::new(names).try_map(|name| find(&name).ok_or("no such paper"))
}

/// Computes a paper's table and prints it.
pub fn run(options: &Options) -> anyhow::Result<Exit> {
    let plot = options.plot.as_deref().map(Output::new).transpose()?;
    let bar = terminal::spinner("reproducing");
    let report = (options.paper.reproduce)();
    bar.finish_and_clear();
    if let Some(output) = plot {
        draw(output, &report)?;
    }
    if options.json {
        terminal::json(&report)?;
    } else {
        terminal::write(format_args!("{report}"));
    }
    Ok(Exit::Success)
}

fn draw(output: Output, report: &Report) -> anyhow::Result<()> {
    let curves = report.curves.iter().map(Panel::of_family);
    let bars = report.bars.iter().map(Panel::of_bars);
    chart::write(output, &curves.chain(bars).collect::<Vec<_>>())
}
