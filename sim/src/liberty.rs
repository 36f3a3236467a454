//! Liberty files: which cells there are, how large, what they compute and what they keep.

mod arcs;
mod cell;
mod flip_flop;
mod function;
mod join;
mod model;
mod syntax;
mod tables;
mod tokens;

pub use self::arcs::{Arc, ArcKind};
pub use self::cell::Cell;
pub(crate) use self::flip_flop::description;
pub use self::tables::Fault;

use self::function::Function;
use self::join::Source;
use self::syntax::{Group, Statement};
use self::tables::Templates;
use crate::SimError;
use crate::input;
use crate::tool;
use hwgen_gen::Module;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Where Debian's `qflow-tech-osu018` keeps the OSU 0.18 um standard cells, below `/usr`.
const OSU018: &str = "share/qflow/tech/osu018/osu018_stdcells.lib";

/// Values that are functions.
const FUNCTIONS: [&str; 8] =
    ["function", "three_state", "clocked_on", "next_state", "enable", "data_in", "clear", "preset"];

/// The OSU 0.18 um standard cells, or the error that says how to get them.
pub fn osu018() -> Result<PathBuf, SimError> {
    tool::shared(OSU018).ok_or_else(|| SimError::NoLiberty(PathBuf::from(OSU018)))
}

/// A standard cell library: one file, or several as one.
#[derive(Clone, Debug, PartialEq)]
pub struct Library {
    /// Its name.
    pub name: String,
    /// The corner it was characterised at.
    pub corner: String,
    /// The cells, also those that are not to be used.
    pub cells: BTreeMap<String, Cell>,
    /// The files it comes from.
    files: String,
    /// Everything that the files say.
    text: Group,
    /// Picofarads in one unit of capacitance.
    picofarads: f64,
}

impl Library {
    /// Reads Liberty files, compressed by gzip or not, and makes one library of them. Cells whose
    /// names match one of the patterns `dont_use`, with `*` and `?`, are not used.
    pub fn read(paths: &[PathBuf], dont_use: &[String]) -> Result<Self, SimError> {
        let mut sources = Vec::new();
        for path in paths {
            sources.extend(libraries(path)?);
        }
        let files: Vec<_> = paths.iter().map(|path| path.display().to_string()).collect();
        let mut library = Self::of(sources, files.join(", ")).map_err(|reason| {
            SimError::Content { path: PathBuf::from(files.join(", ")), reason }
        })?;
        for pattern in dont_use {
            library.avoid(pattern)?;
        }
        Ok(library)
    }

    fn of(sources: Vec<Source>, files: String) -> Result<Self, String> {
        let mut cells = BTreeMap::new();
        let mut described_in = BTreeMap::new();
        for source in &sources {
            let templates = Templates::of(&source.library);
            for group in source.library.groups("cell") {
                let name = group.name().to_owned();
                let cell = Cell::of(group, &templates)?;
                if let Some(before) = described_in.insert(name.clone(), source.file.clone()) {
                    return Err(format!(
                        "cell {name} is described twice, in {before} and in {}",
                        source.file
                    ));
                }
                cells.insert(name, cell);
            }
        }
        if cells.is_empty() {
            return Err("the library has no cells".to_owned());
        }
        let text = join::join(sources)?;
        Ok(Self {
            name: text.name().to_owned(),
            corner: corner(&text),
            picofarads: picofarads(&text)?,
            cells,
            files,
            text,
        })
    }

    /// Gives up the cells whose names match `pattern`.
    fn avoid(&mut self, pattern: &str) -> Result<(), SimError> {
        let refused = |reason: String| SimError::DontUse { pattern: pattern.to_owned(), reason };
        let glob = glob::Pattern::new(pattern).map_err(|error| refused(error.msg.to_owned()))?;
        let matching = self.cells.iter_mut().filter(|(name, _)| glob.matches(name));
        let matching = matching.map(|(_, cell)| cell.is_reserved = true).count();
        if matching == 0 {
            let first = self.cells.keys().next().map_or("", String::as_str);
            let reason = format!("{} has no such cell; it has {first} and others", self.name);
            return Err(refused(reason));
        }
        Ok(())
    }

    /// One Liberty file for all tools, without the cells that are not to be used and without tables
    /// that cannot be read.
    pub fn text(&self) -> String {
        self.text_with(|_, _| ())
    }

    /// The same for ABC, which chooses gates and crashes where one has no time from an input to an
    /// output: such a gate takes hardly any.
    pub fn text_for_abc(&self) -> String {
        self.text_with(|group, cell| {
            if tables::is_incomplete(group, &cell.arcs) {
                tables::neglect(group, &cell.arcs);
            }
        })
    }

    /// All that the files say of cells that may be used, each as `change` makes it.
    fn text_with(&self, change: impl Fn(&mut Group, &Cell)) -> String {
        let templates = Templates::of(&self.text);
        let mut text = self.text.clone();
        text.statements.retain_mut(|statement| {
            let Statement::Group(group) = statement else { return true };
            if !group.is("cell") {
                return true;
            }
            let cell = self.cells.get(group.name()).filter(|cell| cell.is_usable());
            if let Some(cell) = cell {
                write_functions_plainly(group);
                tables::drop_unfit(group, &templates);
                change(group, cell);
            }
            cell.is_some()
        });
        text.to_string()
    }

    /// Verilog modules that do what cells of these types do, without delays. The error names the
    /// first cell that cannot be described.
    pub fn models<'a>(
        &self,
        kinds: impl IntoIterator<Item = &'a str>,
    ) -> Result<Vec<Module>, SimError> {
        let models = kinds.into_iter().map(|kind| {
            let unknown = || "the library does not describe it".to_owned();
            let text = self.cells.get(kind).ok_or_else(unknown).and_then(|cell| cell.model(kind));
            match text {
                Ok(text) => Ok(Module { name: kind.to_owned(), text }),
                Err(reason) => Err(self.error(format!("cell {kind}: {reason}"))),
            }
        });
        models.collect()
    }

    /// The area of so many cells of each type, in the unit of the library; types of Yosys, which
    /// begin with `$`, have none. The error names a type that the library gives no area.
    pub(crate) fn area(&self, cells: &BTreeMap<String, u64>) -> Result<f64, SimError> {
        let mapped = cells.iter().filter(|(kind, _)| !kind.starts_with('$'));
        let areas = mapped.map(|(kind, count)| {
            let area = self.cells.get(kind).and_then(|cell| cell.area);
            let unknown = || self.error(format!("it gives no area of cell {kind}, which is used"));
            Ok(area.ok_or_else(unknown)? * *count as f64)
        });
        areas.sum()
    }

    /// An error that names the files.
    pub(crate) fn error(&self, reason: String) -> SimError {
        SimError::Content { path: PathBuf::from(&self.files), reason }
    }

    /// The cells that a netlist may be mapped to, the smallest first.
    fn usable(&self) -> Vec<(&str, &Cell)> {
        let usable = self.cells.iter().filter(|(_, cell)| cell.is_usable());
        let mut cells: Vec<_> = usable.map(|(name, cell)| (name.as_str(), cell)).collect();
        let area = |cell: &Cell| cell.area.unwrap_or(f64::INFINITY);
        cells.sort_by(|(_, a), (_, b)| area(a).total_cmp(&area(b)));
        cells
    }

    /// The smallest buffer, and the capacitance of its input in picofarads.
    pub fn buffer(&self) -> Option<(&str, f64)> {
        self.usable().into_iter().find_map(|(name, cell)| {
            let (input, _) = cell.repeater(false)?;
            Some((name, input.capacitance? * self.picofarads))
        })
    }

    /// Whether some cell does what any logic can be made of, with inverters.
    pub fn has_gate(&self) -> bool {
        self.usable().into_iter().any(|(_, cell)| cell.is_gate())
    }

    /// The smallest inverter.
    pub fn inverter(&self) -> Option<(&str, &Cell)> {
        self.usable().into_iter().find(|(_, cell)| cell.repeater(true).is_some())
    }
}

/// The libraries in one file.
fn libraries(path: &Path) -> Result<Vec<Source>, SimError> {
    let bytes = input::unpacked(path)?;
    let content = |reason| SimError::Content { path: path.to_owned(), reason };
    let file = path.display().to_string();
    parse(&String::from_utf8_lossy(&bytes), &file).map_err(content)
}

/// The libraries in `text`, which stands in `file`.
fn parse(text: &str, file: &str) -> Result<Vec<Source>, String> {
    let text = text.trim_start_matches('\u{FEFF}'); // the mark that some editors begin a file with
    let libraries = Group::parse(text)?.statements.into_iter().filter_map(|statement| {
        let Statement::Group(library) = statement else { return None };
        library.is("library").then(|| Source { file: file.to_owned(), library })
    });
    let libraries: Vec<_> = libraries.collect();
    if libraries.is_empty() {
        return Err("not a Liberty file: it has no library group".to_owned());
    }
    let included = libraries.iter().find_map(|source| source.library.list("include_file"));
    if let Some(files) = included {
        let files = files.join(", ");
        return Err(format!(
            "include_file ({files}) is not followed; put the text of that file in its place"
        ));
    }
    Ok(libraries)
}

/// Process, voltage and temperature.
fn corner(library: &Group) -> String {
    let conditions = library.groups("operating_conditions").next();
    let value = |name: &str| {
        let nominal = library.value(&format!("nom_{name}"));
        let value = nominal.or_else(|| conditions.and_then(|group| group.value(name)));
        let Some(value) = value else { return "not given".to_owned() };
        value.parse::<f64>().map_or_else(|_| value.to_owned(), |number| number.to_string())
    };
    let [process, voltage, temperature] = ["process", "voltage", "temperature"].map(value);
    format!("process {process}, {voltage} V, {temperature} degrees C")
}

/// From `capacitive_load_unit (1,pf);`. Without it, the unit is a picofarad.
fn picofarads(library: &Group) -> Result<f64, String> {
    let Some(words) = library.list("capacitive_load_unit") else { return Ok(1.0) };
    let unit = |name: &str| match name.to_ascii_lowercase().as_str() {
        "pf" => Some(1.0),
        "ff" => Some(1e-3),
        _ => None,
    };
    let factor = match words[..] {
        [number, name] => number.parse::<f64>().ok().zip(unit(name)),
        _ => None,
    };
    factor.map(|(number, unit)| number * unit).ok_or_else(|| {
        format!("capacitive_load_unit ({}): not a number of pf or ff", words.join(", "))
    })
}

/// Writes the functions of a cell so that all tools understand the same: they differ in what binds
/// tighter.
fn write_functions_plainly(group: &mut Group) {
    for statement in &mut group.statements {
        match statement {
            Statement::Value(name, value) if FUNCTIONS.contains(&name.as_str()) => {
                if let Some(function) = Function::parse(syntax::unquoted(value)) {
                    *value = format!("\"{function}\"");
                }
            }
            Statement::Group(inner) if ["pin", "ff", "latch"].contains(&inner.head.as_str()) => {
                write_functions_plainly(inner);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests;
