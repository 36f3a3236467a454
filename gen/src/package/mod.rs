//! The emitted directory: which files it holds, as text, before anything is written.

pub(crate) mod bench;
mod choice;
mod lists;
mod manifest;
mod memories;
mod metadata;
mod page;
pub mod vectors;

use crate::source::rendered;
use crate::stimulus::Stimulus;
use crate::{Backend, Design, Module};

pub use choice::{BEATS, phases, stimulus, usual_beats};
pub use manifest::foreign;
pub use metadata::parameters_in;

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

/// The folder for what tools make of a package. Once it is there, hwgen leaves it alone.
pub const PRODUCTS: &str = "build";

/// How lists name the files of a package.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Paths {
    /// Relative to the list.
    #[default]
    Relative,
    /// From the root of the file system: in this directory.
    Absolute(String),
}

impl Paths {
    /// Paths in `directory`, which is absolute.
    ///
    /// # Errors
    /// If tools would not read such a path in a list as one.
    pub fn absolute(directory: &std::path::Path) -> Result<Self, PackageError> {
        let plain =
            |path: &&str| !path.contains(|c: char| c.is_whitespace() || "\"'\\$#".contains(c));
        let path = directory.to_str().filter(plain);
        let place = || PackageError::Place(directory.display().to_string());
        path.map(|path| Self::Absolute(path.to_owned())).ok_or_else(place)
    }

    /// What a path below the package begins with.
    fn root(&self) -> String {
        match self {
            Self::Relative => String::new(),
            Self::Absolute(directory) => format!("{directory}/"),
        }
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
    /// Lists cannot name files there.
    #[error(
        "--absolute: {0:?} cannot stand in a list of files; accepted: a directory without white \
         space, quotes, '\\', '$' and '#'"
    )]
    Place(String),
}

/// What the templates of a package read.
struct Package<'a> {
    design: &'a Design,
    rtl: Vec<Module>,
    cells: Vec<Module>,
    bench: Vec<Module>,
    vectors: Vec<File>,
    stimulus: &'a Stimulus,
    paths: Paths,
}

/// All files of the package of `design`, its bench playing `stimulus`.
pub fn files(
    design: &Design,
    stimulus: &Stimulus,
    backend: Backend,
    paths: Paths,
) -> Result<Vec<File>, PackageError> {
    let no_twin = || PackageError::NoTwin(design.command.clone());
    let rtl = design.rtl_from(backend).ok_or_else(no_twin)?;
    let package = Package {
        design,
        rtl,
        cells: design.cells(),
        bench: bench::modules(design, stimulus),
        vectors: vectors::files(design, stimulus),
        stimulus,
        paths,
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
    files.push(File::new(format!("{PRODUCTS}/.gitignore"), "*\n!.gitignore\n"));
    // Last, since it holds the digests of all others.
    files.push(File::new(format!("{name}.json"), metadata::json(&package, &files)));
    Ok(files)
}

/// Fills a template and ends it with exactly one newline.
fn render(template: &impl askama::Template) -> String {
    format!("{}\n", rendered(template).trim_end())
}
