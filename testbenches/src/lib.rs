//! What every layer of evidence loops over, and what it does when a tool is absent.

use hwgen_gen::block::Mutant;
use hwgen_gen::package::Paths;
use hwgen_gen::random::Random;
use hwgen_gen::{Backend, Design, Generator, Module, blocks, package};
use hwgen_sim::SimError;
use hwgen_sim::tool::Tool;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// A design with a name for reports and snapshots: `<block>_<configuration>`.
pub struct Case {
    /// Block and configuration.
    pub name: String,
    /// The block.
    pub generator: &'static Generator,
    /// The design.
    pub design: Design,
}

/// Every block and its number; one of them where `HWGEN_BLOCK` names it, to try what was changed
/// there.
///
/// # Panics
/// If no block is called so: a test over nothing would pass.
fn generators() -> Vec<(usize, &'static Generator)> {
    let only = std::env::var("HWGEN_BLOCK").ok();
    let is_wanted = |name: &str| only.as_ref().is_none_or(|only| only == name);
    let wanted = blocks::ALL.iter().enumerate().filter(|(_, block)| is_wanted(block.name));
    let wanted: Vec<_> = wanted.collect();
    assert!(!wanted.is_empty(), "HWGEN_BLOCK: no block is called {only:?}");
    wanted
}

/// Every block in every named configuration.
pub fn cases() -> Vec<Case> {
    let all = generators().into_iter().flat_map(|(_, generator)| {
        generator.configurations.iter().map(move |(configuration, flags)| Case {
            name: format!("{}_{configuration}", generator.name),
            generator,
            design: generator.parse(flags).unwrap_or_else(|error| {
                panic!("configuration {configuration} of {}: {error}", generator.name)
            }),
        })
    });
    all.collect()
}

/// The first configuration of every block that is not large, for what is built many times.
pub fn small_cases() -> Vec<Case> {
    let mut cases = cases();
    cases.retain(|case| !case.design.is_large());
    cases.dedup_by_key(|case| case.generator.name);
    cases
}

/// Every design whose RTL has to equal its `rust_hdl` twin: all flag sets of every block that has
/// one.
pub fn twin_cases() -> Vec<Case> {
    let all = generators().into_iter().flat_map(|(_, generator)| {
        generator.twins.iter().enumerate().map(move |(number, flags)| Case {
            name: format!("{}_twin{number}", generator.name),
            generator,
            design: generator.parse(flags).expect("a legal design"),
        })
    });
    all.collect()
}

/// The first of [`twin_cases`] of every block.
pub fn first_twin_cases() -> Vec<Case> {
    let mut cases = twin_cases();
    cases.dedup_by_key(|case| case.generator.name);
    cases
}

/// `count` random legal designs of every block, small enough for a test.
pub fn random_cases(seed: u64, count: usize) -> Vec<Case> {
    let all = generators().into_iter().flat_map(|(index, generator)| {
        let mut random = Random::new(seed, index as u64);
        (0..count).map(move |number| Case {
            name: format!("{}_random{number}", generator.name),
            generator,
            design: generator.random(&mut random),
        })
    });
    all.collect()
}

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

/// Writes the files of a package into `folder`.
pub fn write_files(files: &[package::File], folder: &Path) {
    for file in files {
        let path = folder.join(&file.path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder is made");
        fs::write(path, &file.text).expect("a file is written");
    }
}
