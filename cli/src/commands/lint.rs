//! `hwgen lint`.

use crate::exit::Exit;
use crate::terminal::{self, line, say};
use hwgen_gen::{Design, blocks};
use hwgen_sim::lint::{self, Report};
use rayon::prelude::*;
use serde_json::json;

/// Flags of `lint`.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Lint every configuration of every block
    #[arg(long, conflicts_with_all = ["block", "config"])]
    pub all: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Lints `design` or, without one, every configuration of every block.
pub fn run(design: Option<&Design>, options: &Options) -> anyhow::Result<Exit> {
    let reports = match design {
        Some(design) => vec![one(design)?],
        None => every()?,
    };
    let failed = reports.iter().filter(|report| !report.passed()).count();
    match (options.json, design) {
        (true, Some(_)) => terminal::json(&reports[0])?,
        (true, None) => terminal::json(&json!({ "designs": reports }))?,
        (false, Some(_)) => print_one(&reports[0]),
        (false, None) => print_every(&reports, failed),
    }
    Ok(if failed == 0 { Exit::Success } else { Exit::Failed })
}

fn one(design: &Design) -> anyhow::Result<Report> {
    let bar = terminal::spinner("reading the design with every tool");
    let report = lint::run(design);
    bar.finish_and_clear();
    Ok(report?)
}

fn every() -> anyhow::Result<Vec<Report>> {
    let designs = blocks::ALL.iter().flat_map(|generator| {
        generator.configurations.iter().map(|(_, flags)| generator.parse(flags))
    });
    let designs: Vec<_> = designs.collect::<Result<_, _>>()?;
    let bar = terminal::spinner("");
    terminal::count(&bar, designs.len() as u64, "linting");
    let lint = |design: &Design| {
        let report = lint::run(design);
        bar.inc(1);
        report
    };
    let reports: Result<Vec<_>, _> = designs.par_iter().map(lint).collect();
    bar.finish_and_clear();
    Ok(reports?)
}

fn print_one(report: &Report) {
    say!("{}", as_lint(report));
    line("read", modules(report));
    for tool in lint::TOOLS {
        let own: Vec<_> = report.findings.iter().filter(|f| f.tool == tool.program()).collect();
        let version = tool.find().map(|found| found.version).unwrap_or_default();
        let count = match own.len() {
            0 => "no complaints".to_owned(),
            1 => "1 complaint".to_owned(),
            count => format!("{count} complaints"),
        };
        line(tool.program(), format_args!("{version:<8} {count}"));
    }
    for finding in &report.findings {
        say!("    {finding}");
    }
    match report.findings.len() {
        0 => line("verdict", "PASS: no tool complains"),
        count => line("verdict", format_args!("FAIL: {count} complaints")),
    }
}

fn print_every(reports: &[Report], failed: usize) {
    for report in reports {
        let verdict = if report.passed() { "PASS" } else { "FAIL" };
        say!("{verdict}  {}", as_lint(report));
        for finding in &report.findings {
            say!("    {finding}");
        }
    }
    let tools: Vec<_> = lint::TOOLS.iter().map(|tool| tool.program()).collect();
    let (total, tools) = (reports.len(), tools.join(", "));
    say!("\n{} of {total} configurations are read by {tools} without complaint", total - failed);
}

fn as_lint(report: &Report) -> String {
    report.command.replacen("hwgen emit", "hwgen lint", 1)
}

fn modules(report: &Report) -> String {
    match report.cells {
        0 => format!("{} synthesizable modules", report.rtl),
        cells => format!("{} synthesizable modules, {cells} behavioural", report.rtl),
    }
}
