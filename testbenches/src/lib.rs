//! What every layer of evidence loops over, and how its checks run.

mod check;
mod progress;

pub use check::{Check, Layer, Tier, run};
pub use progress::Tally;

use hwgen_gen::block::Mutant;
use hwgen_gen::package::Paths;
use hwgen_gen::random::Random;
use hwgen_gen::{Backend, Design, Generator, Module, blocks, package};
use hwgen_sim::SimError;
use hwgen_sim::tool::Tool;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

/// A design of the evidence.
pub struct Case {
    /// The block.
    pub generator: &'static Generator,
    /// What this design of it is called.
    pub configuration: String,
    /// The design.
    pub design: Design,
}

impl Case {
    /// `block::configuration`.
    pub fn name(&self) -> String {
        format!("{}::{}", self.generator.name, self.configuration)
    }

    /// The least tier that checks this design: quick, if it is the default of its block or the
    /// first random one.
    pub fn tier(&self) -> Tier {
        let quick = ["default", "random0"].contains(&self.configuration.as_str());
        if quick { Tier::Quick } else { Tier::Full }
    }

    /// How large it is: units side by side, with which the time of a tool grows.
    pub fn weight(&self) -> u32 {
        self.design.spec.units()
    }
}

fn all(designs: impl Fn(usize, &'static Generator) -> Vec<(String, Design)>) -> Vec<Arc<Case>> {
    let all = blocks::ALL.iter().enumerate().flat_map(|(index, generator)| {
        let cases = designs(index, generator).into_iter();
        cases
            .map(move |(configuration, design)| Arc::new(Case { generator, configuration, design }))
    });
    all.collect()
}

/// Every block in every named configuration.
pub fn cases() -> Vec<Arc<Case>> {
    all(|_, generator| {
        let named = generator.configurations.iter().map(|(configuration, flags)| {
            let design = generator.parse(flags).unwrap_or_else(|error| {
                panic!("configuration {configuration} of {}: {error}", generator.name)
            });
            ((*configuration).to_owned(), design)
        });
        named.collect()
    })
}

/// The first configuration of every block that is not large, for what is built many times.
pub fn small_cases() -> Vec<Arc<Case>> {
    let mut cases = cases();
    cases.retain(|case| !case.design.is_large());
    cases.dedup_by_key(|case| case.generator.name);
    cases
}

/// Every design whose RTL has to equal its `rust_hdl` twin: all flag sets of every block that has
/// one.
pub fn twin_cases() -> Vec<Arc<Case>> {
    all(|_, generator| {
        let twins = generator.twins.iter().enumerate().map(|(number, flags)| {
            (format!("twin{number}"), generator.parse(flags).expect("a legal design"))
        });
        twins.collect()
    })
}

/// The first of [`twin_cases`] of every block.
pub fn first_twin_cases() -> Vec<Arc<Case>> {
    let mut cases = twin_cases();
    cases.dedup_by_key(|case| case.generator.name);
    cases
}

/// `count` random legal designs of every block, small enough for a test; other ones where
/// `HWGEN_SEED` is another number than 1.
///
/// # Panics
/// If it is no number.
pub fn random_cases(stream: u64, count: usize) -> Vec<Arc<Case>> {
    let typed = std::env::var("HWGEN_SEED").unwrap_or_else(|_| "1".to_owned());
    let seed: u64 = typed.parse().unwrap_or_else(|_| panic!("HWGEN_SEED is no number: {typed}"));
    all(|index, generator| {
        let mut random = Random::new(seed.wrapping_mul(SEEDS).wrapping_add(stream), index as u64);
        let designs =
            (0..count).map(|number| (format!("random{number}"), generator.random(&mut random)));
        designs.collect()
    })
}

/// Streams of random designs that one seed has room for.
const SEEDS: u64 = 1 << 16;

/// What was found. If it was not, the test that needs it says so and counts as skipped; where
/// skips are not allowed (`HWGEN_NO_SKIP`), it fails.
pub fn or_skip<T>(found: Result<T, SimError>) -> Option<T> {
    let allowed = std::env::var_os("HWGEN_NO_SKIP").is_none();
    if let Err(error) = &found {
        eprintln!("SKIPPED: {error}");
        assert!(allowed, "a check was skipped, and no skips are allowed");
    }
    found.ok()
}

/// Whether a test that needs `tools` can run; see [`or_skip`].
pub fn available(tools: &[Tool]) -> bool {
    tools.iter().all(|tool| or_skip(tool.find()).is_some())
}

/// Panics with every failure at once, so that one run shows all that is wrong.
pub fn assert_none(what: &str, failures: &[String]) {
    assert!(failures.is_empty(), "{} {what}:\n\n{}", failures.len(), failures.join("\n\n"));
}

/// `rtl` with one deliberate fault in it; an error if the fault does not fit the text.
pub fn with_fault(rtl: Vec<Module>, fault: &Mutant) -> Result<Vec<Module>, String> {
    let mut rtl = rtl;
    let module = rtl.iter_mut().find(|module| module.name == fault.module);
    let module = module.ok_or_else(|| format!("there is no module {}", fault.module))?;
    match module.text.matches(&fault.find).count() {
        1 => module.text = module.text.replacen(&fault.find, &fault.replace, 1),
        count => return Err(format!("'{}' occurs {count} times", fault.find)),
    }
    Ok(rtl)
}

/// Emits the package of `design` as `backend` describes it, its bench playing about `beats` beats,
/// into a directory.
pub fn package(design: &Design, backend: Backend, beats: usize) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary directory");
    write_package(design, backend, beats, folder.path());
    folder
}

/// The same into `folder`.
pub fn write_package(design: &Design, backend: Backend, beats: usize, folder: &Path) {
    write_files(&package_files(design, backend, beats), folder);
}

/// The files of the same package.
pub fn package_files(design: &Design, backend: Backend, beats: usize) -> Vec<package::File> {
    let stimulus = package::stimulus(design, 1, beats);
    package::files(design, &stimulus, backend, Paths::Relative).expect("a description")
}

/// All files in `folder` and below.
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

/// Writes the files of a package into `folder`.
pub fn write_files(files: &[package::File], folder: &Path) {
    for file in files {
        let path = folder.join(&file.path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder is made");
        fs::write(path, &file.text).expect("a file is written");
    }
}
