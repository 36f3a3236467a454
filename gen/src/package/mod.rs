//! The emitted directory: which files it holds, as text, before anything is written.

pub(crate) mod bench;
mod choice;
mod lists;
mod manifest;
mod metadata;
mod page;

use crate::source::rendered;
use crate::stimulus::Stimulus;
use crate::{Backend, Design, Module};

pub use choice::{phases, stimulus};
pub use manifest::foreign;

/// One file of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Path below the package directory, with forward slashes.
    pub path: String,
    /// Content.
    pub text: String,
}

impl File {
    fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        Self { path: path.into(), text: text.into() }
    }
}

/// Why there is no package.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    /// The block has no second description.
    #[error(
        "--backend rust-hdl: {0} has no rust_hdl twin with these parameters; accepted: template"
    )]
    NoTwin(String),
}

/// What the templates of a package read.
struct Package<'a> {
    design: &'a Design,
    rtl: Vec<Module>,
    cells: Vec<Module>,
    bench: Vec<Module>,
    vectors: Vec<File>,
    stimulus: &'a Stimulus,
}

/// All files of the package of `design`, its bench playing `stimulus`.
pub fn files(
    design: &Design,
    stimulus: &Stimulus,
    backend: Backend,
) -> Result<Vec<File>, PackageError> {
    let no_twin = || PackageError::NoTwin(design.command.clone());
    let rtl = design.rtl_from(backend).ok_or_else(no_twin)?;
    let package = Package {
        design,
        rtl,
        cells: design.cells(),
        bench: bench::modules(design, stimulus),
        vectors: bench::vectors(design, stimulus),
        stimulus,
    };
    let name = &design.name;
    let mut files = Vec::new();
    let module = |folder: &str, module: &Module| {
        File::new(format!("{folder}/{}.v", module.name), module.text.clone())
    };
    files.extend(package.rtl.iter().map(|rtl| module("rtl", rtl)));
    files.extend(package.cells.iter().map(|cell| module("cells", cell)));
    files.extend(package.bench.iter().map(|bench| module("tb", bench)));
    files.extend(package.vectors.iter().cloned());
    files.push(File::new(format!("{name}.toml"), lists::parameters(design)));
    files.push(File::new(format!("{name}.f"), lists::rtl(&package)));
    files.push(File::new(format!("{name}_sim.f"), lists::simulation(&package)));
    files.push(File::new(format!("{name}.sdc"), lists::constraints(design)));
    files.push(File::new(format!("{name}.core"), lists::fusesoc(&package)));
    files.push(File::new("Bender.yml", lists::bender(&package)));
    files.push(File::new("synth.ys", lists::yosys(&package)));
    files.push(File::new("README.md", page::readme(&package)));
    // Last, since it holds the digests of all others.
    files.push(File::new(format!("{name}.json"), metadata::json(&package, &files)));
    Ok(files)
}

/// Fills a template and ends it with exactly one newline.
fn render(template: &impl askama::Template) -> String {
    format!("{}\n", rendered(template).trim_end())
}
