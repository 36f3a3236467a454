//! `hwgen sim`.

use super::{data, whole_number, whole_number_in};
use crate::chart::{self, Panel};
use crate::exit::{Exit, Usage};
use crate::terminal::{self, line, rate, say, thousands};
use hwgen_gen::block::Spec;
use hwgen_gen::{Design, blocks};
use hwgen_sim::cosim::{self, Data, Progress, Report, Stalls};
use hwgen_sim::output::Output;
use std::path::{Path, PathBuf};

/// Beats that a simulation can be asked for: days of work, and bookkeeping that fits in memory.
const MOST_VECTORS: usize = 10_000_000_000;

/// A value parser for them.
fn vectors(text: &str) -> Result<usize, String> {
    whole_number_in(text, 0..=MOST_VECTORS)
}

/// Flags of `sim`.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// About how many random beats to simulate, after the corners
    #[arg(long, value_name = "BEATS", default_value_t = 100_000, value_parser = vectors)]
    vectors: usize,
    /// Seed of everything random
    #[arg(long, value_name = "NUMBER", default_value_t = 1, value_parser = whole_number::<u64>)]
    seed: u64,
    /// Run only this batch, as a failure names it
    #[arg(long, value_name = "NUMBER", value_parser = whole_number::<usize>)]
    batch: Option<usize>,
    /// Stall all streams in this way [default: every way in turn]
    #[arg(long, value_enum)]
    stalls: Option<Stalls>,
    /// Play the input beats in this folder, like `tb` of a package, instead of corners and random ones
    #[arg(long, value_name = "DIR", conflicts_with = "vectors")]
    data: Option<PathBuf>,
    /// Write waveforms to an FST file
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    /// Draw the measured curves into an SVG file
    #[arg(long, value_name = "FILE", conflicts_with_all = ["data", "batch"])]
    plot: Option<PathBuf>,
    /// Count line and toggle coverage
    #[arg(long)]
    coverage: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Co-simulates `design` and prints what was found.
pub fn run(design: &Design, options: &Options) -> anyhow::Result<Exit> {
    let cosim = cosim::Options {
        beats: options.vectors,
        seed: options.seed,
        batch: options.batch,
        stalls: options.stalls,
        trace: options.trace.clone(),
        coverage: options.coverage,
        data: options.data.as_deref().map(|folder| given(design, folder)).transpose()?,
        ..cosim::Options::default()
    };
    let plot = options.plot.as_deref().map(|file| plot(design, file)).transpose()?;
    let bar = terminal::spinner("compiling the model");
    let report = cosim::run(design, &cosim, &|progress| match progress {
        Progress::Building => {}
        Progress::Started(beats) => terminal::count(&bar, beats, "simulating"),
        Progress::Beats(beats) => bar.inc(beats),
    });
    bar.finish_and_clear();
    let report = report?;
    if let (Some(output), true) = (plot, report.passed()) {
        let panels: Vec<_> = report.curves.iter().map(Panel::of_curve).collect();
        chart::write(output, &panels)?;
    }
    if options.json {
        terminal::json(&report)?;
    } else {
        print(&report);
    }
    Ok(if report.passed() { Exit::Success } else { Exit::Failed })
}

/// The file of curves, if `design` measures any.
fn plot(design: &Design, file: &Path) -> anyhow::Result<Output> {
    let measures = |spec: &dyn Spec| !spec.experiments().is_empty();
    if !measures(&*design.spec) {
        let defaults = blocks::ALL.iter().filter_map(|block| block.parse("").ok());
        let others =
            defaults.filter(|design| measures(&*design.spec)).map(|design| design.generator.name);
        let others = others.collect::<Vec<_>>().join(", ");
        let (file, block) = (file.display(), design.generator.name);
        anyhow::bail!(Usage(format!(
            "--plot {file}: {block} measures no curve; accepted: with one of {others}"
        )));
    }
    Ok(Output::new(file)?)
}

/// The beats in `folder`.
fn given(design: &Design, folder: &Path) -> anyhow::Result<Data> {
    Ok(Data { folder: folder.to_owned(), phases: data(design, folder)? })
}

fn print(report: &Report) {
    say!("{}", report.command.replacen("hwgen emit", "hwgen sim", 1));
    line("model", format_args!("ready after {:.1} s", report.build_seconds));
    line(
        "simulated",
        format_args!(
            "{} beats, {} clock cycles in {:.2} s ({}beats/s), {} batches, seed {}",
            thousands(report.beats),
            thousands(report.cycles),
            report.seconds,
            rate(report.beats as f64 / report.seconds),
            report.batches,
            report.seed
        ),
    );
    line(
        "speed",
        format_args!(
            "{}cycles/s per processor, golden model left out",
            rate(report.cycles as f64 / report.model_seconds)
        ),
    );
    for checked in &report.timing {
        let path = checked.path;
        let text = format!(
            "{} -> {}: {} cycles, one beat every {}",
            path.from, path.to, path.latency, path.interval
        );
        line("timing", format_args!("{text:<48} held on {} beats", thousands(checked.checked)));
    }
    if let Some(cycles) = report.predicted_cycles {
        let cycles = thousands(cycles);
        line("timing", format_args!("unstalled batches took {cycles} cycles, as predicted"));
    }
    for (kind, coverage) in report.coverage.iter().flatten() {
        let (covered, total) = (coverage.covered, coverage.total);
        line("coverage", format_args!("{kind} {:.1} % ({covered} of {total})", coverage.percent()));
        for missed in coverage.missed.iter().take(20) {
            line("", format_args!("never: {missed}"));
        }
    }
    for figure in &report.figures {
        let value = format!("{:.3} {}", figure.value, figure.unit);
        line(figure.name, format_args!("{value:<16} {}", figure.condition));
    }
    for note in &report.notes {
        line("not measured", note);
    }
    match &report.failure {
        None => line("verdict", "PASS: the RTL equals the golden model, beat for beat"),
        Some(failure) => line("verdict", format_args!("FAIL: {failure}")),
    }
}
