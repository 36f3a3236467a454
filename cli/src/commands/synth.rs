//! `hwgen synth`.

use crate::exit::{Exit, Usage};
use crate::terminal::{self, line, quoted, say, thousands};
use clap::ValueEnum;
use hwgen_gen::Design;
use hwgen_gen::params::real;
use hwgen_sim::synth::{
    self, Clock, Judgement, Macro, Margin, PowerUp, Report, Rounds, Target, Timing, TimingPath,
};
use std::path::PathBuf;

/// Flags of `synth`.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// What to map to [default: generic, or liberty with --liberty]
    #[arg(long, value_enum)]
    target: Option<Target>,
    /// Standard cells for the target liberty; may be repeated [default: OSU018, if installed]
    #[arg(long, value_name = "FILE")]
    liberty: Vec<PathBuf>,
    /// Standard cells not to be used, such as 'BUF*'; may be repeated
    #[arg(long, value_name = "PATTERN")]
    dont_use: Vec<String>,
    /// Map every module on its own: much faster for large arrays, but no buffers between modules
    #[arg(long)]
    by_module: bool,
    /// Write the mapped netlist: FILE.v is Verilog, FILE.json is what nextpnr reads
    #[arg(long, value_name = "FILE")]
    netlist: Option<PathBuf>,
    /// Period of a clock to be met, in ns; needs the target liberty and OpenSTA
    #[arg(long, value_name = "NS", value_parser = period, conflicts_with = "sdc")]
    clock_period: Option<f64>,
    /// Constraints to be met, in ns and pF, such as the package's; likewise
    #[arg(long, value_name = "FILE")]
    sdc: Option<PathBuf>,
    /// Do not let the mapped netlist play the package's bench
    #[arg(long)]
    no_judge: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Options {
    fn synthesis(&self) -> Result<synth::Options, Usage> {
        let target = match (self.target, self.liberty.is_empty()) {
            (None | Some(Target::Liberty), false) => Target::Liberty,
            (Some(_), false) => {
                return Err(self.needs_liberty("--liberty FILE"));
            }
            (target, true) => target.unwrap_or_default(),
        };
        if target != Target::Liberty && !self.dont_use.is_empty() {
            return Err(self.needs_liberty("--dont-use PATTERN"));
        }
        let (clock, flag) = match (self.clock_period, &self.sdc) {
            (Some(period), _) => (Some(Clock::Period(period)), "--clock-period NS"),
            (None, Some(file)) => (Some(Clock::Constraints(file.clone())), "--sdc FILE"),
            (None, None) => (None, ""),
        };
        if target != Target::Liberty && clock.is_some() {
            return Err(self.needs_liberty(flag));
        }
        let ending = |file: &PathBuf| {
            file.extension().is_some_and(|ending| ending == "v" || ending == "json")
        };
        if let Some(file) = self.netlist.as_ref().filter(|file| !ending(file)) {
            return Err(Usage(format!(
                "--netlist {}: of no known kind; accepted: names that end in .v (Verilog) or .json (for nextpnr)",
                file.display()
            )));
        }
        Ok(synth::Options {
            target,
            liberty: self.liberty.clone(),
            dont_use: self.dont_use.clone(),
            by_module: self.by_module,
            netlist: self.netlist.clone(),
            clock,
            judge: !self.no_judge,
        })
    }
}

impl Options {
    /// That `flag` says nothing where another target is asked for.
    fn needs_liberty(&self, flag: &str) -> Usage {
        let target = self.target.unwrap_or_default().to_possible_value();
        let target = target.map(|target| target.get_name().to_owned()).unwrap_or_default();
        let reason = format!("the target is {target}, which has no standard cells");
        Usage(format!("{flag}: {reason}; accepted: with --target liberty"))
    }
}

fn period(text: &str) -> Result<f64, &'static str> {
    let period = real(text).filter(|period| *period > 0.0);
    period.ok_or("accepted: a number of nanoseconds above zero")
}

/// The options that decide what is printed, as they would be typed.
fn typed(options: &Options) -> String {
    let path = |path: &PathBuf| quoted(&path.to_string_lossy());
    let target = options.target.unwrap_or_default().to_possible_value();
    let target = target.map(|target| format!("--target {}", target.get_name()));
    let liberty = options.liberty.iter().map(|file| format!("--liberty {}", path(file)));
    let liberty: Vec<_> = liberty.collect();
    let cells = if liberty.is_empty() { target } else { Some(liberty.join(" ")) };
    let dont_use = options.dont_use.iter().map(|pattern| format!("--dont-use {}", quoted(pattern)));
    let by_module = options.by_module.then(|| "--by-module".to_owned());
    let clock = options.clock_period.map(|period| format!("--clock-period {period}"));
    let clock = clock.or(options.sdc.as_ref().map(|file| format!("--sdc {}", path(file))));
    let words = cells.into_iter().chain(dont_use).chain(by_module).chain(clock);
    words.collect::<Vec<_>>().join(" ")
}

/// Synthesizes `design` and prints what came of it.
pub fn run(design: &Design, options: &Options) -> anyhow::Result<Exit> {
    let bar = terminal::spinner("synthesizing");
    let report = synth::run(design, &options.synthesis()?);
    bar.finish_and_clear();
    let report = report?;
    if options.json {
        terminal::json(&report)?;
    } else {
        print(&report, options);
    }
    Ok(if report.passed() { Exit::Success } else { Exit::Failed })
}

fn print(report: &Report, options: &Options) {
    say!("{} {}", report.command.replacen("hwgen emit", "hwgen synth", 1), typed(options));
    let target = match (report.target, &report.library) {
        (Target::Liberty, Some(library)) => format!("standard cells {library}"),
        (Target::Ice40, _) => "Lattice iCE40".to_owned(),
        (Target::Ecp5, _) => "Lattice ECP5".to_owned(),
        _ => "generic gates of Yosys".to_owned(),
    };
    line("target", target);
    let (total, flip_flops) = (thousands(report.total), thousands(report.flip_flops));
    line("cells", format_args!("{total}, of these {flip_flops} flip-flops"));
    if let Some(area) = report.area_um2 {
        line("area", format_args!("{} um2", thousands(area.round() as u64)));
    }
    line("depth", format_args!("{} cells on the longest way between registers", report.depth));
    print_cells(report);
    for Macro { module, count, bits } in &report.macros {
        let (count, bits) = (thousands(*count), thousands(*bits));
        line("macros", format_args!("{count} {module} of {bits} bits each, not mapped"));
    }
    if let Some(timing) = &report.timing {
        print_timing(timing);
    }
    if let Some(margin) = &report.margin {
        print_margin(margin);
    }
    if let Some(reason) = &report.no_timing {
        line("timing", format_args!("none: {reason}"));
    }
    for note in &report.notes {
        line("note", format_args!("OpenSTA: {note}"));
    }
    for (index, assumption) in report.assumptions.iter().enumerate() {
        line(if index == 0 { "assumptions" } else { "" }, assumption);
    }
    for problem in &report.problems {
        let kind = format!("{:?}", problem.kind).to_lowercase();
        line("problem", format_args!("{kind}: {}", problem.what));
    }
    if let Some(judgement) = &report.netlist {
        print_judgement(judgement);
    }
    let is_slow = report.margin.as_ref().is_some_and(|margin| !margin.is_met());
    match (report.problems.len(), report.passed()) {
        (_, true) => line("verdict", format_args!("PASS: {}", shown(report))),
        (0, false) if is_slow => line("verdict", "FAIL: the clock is not met"),
        (0, false) => line("verdict", "FAIL: the netlist does not do what the RTL does"),
        (count, false) => line("verdict", format_args!("FAIL: {count} found that must not be")),
    }
}

fn print_margin(margin: &Margin) {
    let Margin { slack_ns, start, end, constrained, ends, notes } = margin;
    let met = if margin.is_met() { "met" } else { "not met" };
    line("clock", format_args!("{met}: slack {slack_ns:.3} ns, {start} -> {end}"));
    let (constrained, ends) = (thousands(*constrained), thousands(*ends));
    line("", format_args!("{constrained} of {ends} ends of paths constrained"));
    notes.iter().for_each(|note| line("note", format_args!("OpenSTA: {note}")));
}

fn print_judgement(judgement: &Judgement) {
    match judgement {
        Judgement::Passed { beats, rounds, power_up, registers, toggled, never_toggled } => {
            let unnamed = registers - toggled - never_toggled.len() as u64;
            let [beats, registers, toggled] = [beats, registers, toggled].map(|n| thousands(*n));
            let registers = format!("{toggled} of {registers} registers toggled");
            let rounds = match rounds {
                Rounds::All => "",
                Rounds::Free => ", never stalled",
            };
            let beats = format!("{beats} beats in Icarus{rounds}");
            line("netlist", format_args!("plays the bench: {beats}, {registers}"));
            if *power_up == PowerUp::ByChance {
                line(
                    "",
                    "registers begin with bits by chance, then with the opposite: of unknown ones,",
                );
                line("", "gates make more unknown bits than the RTL does");
            }
            print_never_toggled(never_toggled, unnamed);
        }
        Judgement::Failed { log } => {
            line("netlist", "fails the bench in Icarus, which says");
            log.lines().for_each(|said| say!("    {said}"));
        }
        Judgement::NotJudged { reason } => line("netlist", format_args!("not judged: {reason}")),
    }
}

/// Names of registers, several to a line, and how many more there are.
fn print_never_toggled(names: &[String], more: u64) {
    const NAMES: usize = 4;
    let more = (more > 0).then(|| format!("and {} more", thousands(more)));
    let words: Vec<_> = names.iter().cloned().chain(more).collect();
    for (index, words) in words.chunks(NAMES).enumerate() {
        let title = if index == 0 { "never toggled: " } else { "" };
        line("", format_args!("{title}{}", words.join(", ")));
    }
}

/// What a report without a fault has shown.
fn shown(report: &Report) -> String {
    let mut shown = vec!["no latch, no loop, every net driven once".to_owned()];
    if let Some(timing) = &report.timing {
        shown.push(format!("all {} ends of paths timed", thousands(timing.ends)));
    } else if report.no_timing.is_some() {
        shown.push("not timed".to_owned());
    }
    if report.margin.is_some() {
        shown.push("the clock met".to_owned());
    }
    shown.push(match &report.netlist {
        Some(Judgement::Passed { .. }) => "the netlist plays the bench".to_owned(),
        _ => "the netlist not judged".to_owned(),
    });
    shown.join("; ")
}

/// Cells by type, several to a line.
fn print_cells(report: &Report) {
    const COLUMNS: usize = 4;
    let plain = |kind: &str| kind.trim_start_matches("$_").trim_end_matches('_').to_owned();
    let cells = report.cells.iter().map(|(kind, count)| (plain(kind), thousands(*count)));
    let cells: Vec<_> = cells.collect();
    let width = cells.iter().map(|(kind, _)| kind.len()).max().unwrap_or(0);
    let cells = cells.iter().map(|(kind, count)| format!("{count:>7} {kind:<width$}"));
    let cells: Vec<_> = cells.collect();
    for row in cells.chunks(COLUMNS) {
        line("", row.concat().trim_end());
    }
}

fn print_timing(timing: &Timing) {
    line("fmax", format_args!("{:.0} MHz", timing.fmax_mhz));
    for path in &timing.paths {
        let ends = format!("{} -> {}", path.start, path.end);
        line("path", format_args!("{:6.3} ns  {:<21} {ends}", path.delay_ns, path.group));
    }
    if let Some(worst) = timing.paths.first() {
        print_stages(worst);
    }
}

fn print_stages(path: &TimingPath) {
    say!("\n  worst path   cell          delay ns  total ns");
    say!("               {}", path.start);
    for stage in &path.stages {
        let edge = if stage.rises { "rises" } else { "falls" };
        say!(
            "               {:<12} {:>9.3} {:>9.3}  {edge}",
            stage.cell,
            stage.delay_ns,
            stage.total_ns
        );
    }
    say!("               {:<12} {:>9.3} {:>9.3}", "setup", path.setup_ns, path.delay_ns);
    say!("               {}\n", path.end);
}
