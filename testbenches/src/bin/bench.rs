//! The numbers worth watching: time to emit, speed of simulation against a hand-written loop, and
//! speed of golden models that users run in bulk.

use hwgen_gen::block::Kernel;
use hwgen_gen::package;
use hwgen_sim::cosim;
use hwgen_sim::tool::{self, Tool};
use hwgen_testbenches::{Case, cases};
use rayon::prelude::*;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Repetitions; the best counts, since everything else on the machine only makes it slower.
const ROUNDS: u32 = 7;

/// Emit time that a user does not notice.
const EMIT_LIMIT_MS: f64 = 50.0;

/// Share of a hand-written loop's speed that the generated harness has to reach.
const HARNESS_SHARE: f64 = 0.8;

/// Units of golden work per timing on one core: few enough to fit between two interruptions of
/// the operating system. On all cores, as many more as keep them busy for a while.
const KERNEL_UNITS: u32 = 1000;
const KERNEL_TIMINGS: u32 = 500;

fn main() -> Result<(), Box<dyn Error>> {
    let cases = cases();
    println!("time to make a whole package, vectors included (aim <= {EMIT_LIMIT_MS} ms)");
    for case in &cases {
        println!("  {:<32} {:>8.2} ms", case.name(), emit_milliseconds(case));
    }
    println!(
        "\nspeed of the compiled model with its harness (aim >= {HARNESS_SHARE} of hand-written)"
    );
    for path in handwritten()? {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let case = cases.iter().find(|case| file_stem(case) == name);
        let case = case.ok_or_else(|| format!("{name} is no configuration"))?;
        let (ours, theirs) = compare(case, &path)?;
        println!(
            "  {name:<32} {:>8.2} M beats/s, hand-written {:.2} M beats/s, ratio {:.2}",
            ours / 1e6,
            theirs / 1e6,
            ours / theirs
        );
    }
    println!("\nspeed of golden models (aim: million per minute and core)");
    for case in cases.iter().filter(|case| flags(case).is_empty()) {
        for kernel in case.design.spec.kernels() {
            print_kernel(case, &kernel);
        }
    }
    Ok(())
}

fn print_kernel(case: &Case, kernel: &Kernel) {
    let Kernel { unit, condition, aim, .. } = kernel;
    let [one, all] = kernel_rates(kernel).map(|rate| rate / 1e6);
    println!("  {}: {unit}, {condition}", case.name());
    println!(
        "    {one:.1} M/min on one core (aim >= {:.0}), {all:.1} M/min on {} threads",
        aim / 1e6,
        rayon::current_num_threads()
    );
}

/// Units per minute on one core, and on all of them at once.
fn kernel_rates(kernel: &Kernel) -> [f64; 2] {
    let minutes = |work: &dyn Fn()| {
        let started = Instant::now();
        work();
        started.elapsed().as_secs_f64() / 60.0
    };
    let best = |rates: u32, units: u32, work: &dyn Fn()| {
        let rate = (0..rates).map(|_| f64::from(units) / minutes(work));
        rate.fold(0.0, f64::max)
    };
    let one = best(KERNEL_TIMINGS, KERNEL_UNITS, &|| (kernel.run)(KERNEL_UNITS));
    let threads = rayon::current_num_threads() as u32;
    let all = best(ROUNDS, threads * KERNEL_TIMINGS * KERNEL_UNITS, &|| {
        (0..threads).into_par_iter().for_each(|_| (kernel.run)(KERNEL_TIMINGS * KERNEL_UNITS));
    });
    [one, all]
}

fn emit_milliseconds(case: &Case) -> f64 {
    let one = || {
        let started = Instant::now();
        let design = case.generator.parse(flags(case)).ok();
        let files = design.map(|design| {
            let stimulus = package::stimulus(&design, 1, 2000);
            package::files(
                &design,
                &stimulus,
                hwgen_gen::Backend::Template,
                package::Paths::Relative,
            )
        });
        std::hint::black_box(files);
        started.elapsed().as_secs_f64() * 1e3
    };
    (0..ROUNDS).map(|_| one()).fold(f64::INFINITY, f64::min)
}

fn flags(case: &Case) -> &'static str {
    let mut configurations = case.generator.configurations.iter();
    let flags = configurations.find(|(name, _)| *name == case.configuration);
    flags.map_or("", |(_, flags)| *flags)
}

/// What a file of this configuration is called.
fn file_stem(case: &Case) -> String {
    format!("{}_{}", case.generator.name, case.configuration)
}

/// The loops written by hand: `testbenches/handwritten/<block>_<configuration>.cpp`.
fn handwritten() -> std::io::Result<Vec<PathBuf>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("handwritten");
    let mut files: Vec<_> = fs::read_dir(folder)?.flatten().map(|entry| entry.path()).collect();
    files.sort();
    Ok(files)
}

/// Beats per second of our harness and of the hand-written loop, measured in turns.
fn compare(case: &Case, source: &Path) -> Result<(f64, f64), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let program = build(case, source, folder.path())?;
    let (mut ours, mut theirs) = (0.0_f64, 0.0_f64);
    for _ in 0..ROUNDS {
        ours = ours.max(cosim::measure(&case.design, 1 << 14, 200)?.beats_per_second());
        theirs = theirs.max(run(&program)?);
    }
    Ok((ours, theirs))
}

/// Compiles the hand-written loop with the same model and the same optimisation.
fn build(case: &Case, source: &Path, folder: &Path) -> Result<PathBuf, Box<dyn Error>> {
    let mut command = Tool::Verilator.command()?;
    command.current_dir(folder);
    command.args(["--cc", "--exe", "--build", "-O3", "--x-assign", "unique", "--x-initial"]);
    command.args(["unique", "-MAKEFLAGS", "OPT_FAST=-O2 OPT_SLOW=-O0 OPT_GLOBAL=-O2"]);
    command.args(["--top-module", case.design.name.as_str(), "-o", "handwritten"]);
    for module in case.design.rtl() {
        let file = format!("{}.v", module.name);
        fs::write(folder.join(&file), &module.text)?;
        command.arg(file);
    }
    command.arg(source);
    let program = folder.join("obj_dir/handwritten");
    tool::run_for(&mut command, &program)?;
    Ok(program)
}

fn run(program: &Path) -> Result<f64, Box<dyn Error>> {
    let output = tool::run(&mut std::process::Command::new(program))?;
    let text = String::from_utf8(output.stdout)?;
    let (beats, seconds) = text.trim().split_once(' ').ok_or("no beats and seconds printed")?;
    Ok(beats.parse::<f64>()? / seconds.parse::<f64>()?)
}
