//! Reading a Liberty file: which cells there are, how large, and which of them hold state.

mod arcs;
mod function;

pub use self::arcs::{Arc, ArcKind};

use self::function::Function;
use crate::SimError;
use crate::tool;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Where Debian's `qflow-tech-osu018` keeps the OSU 0.18 um standard cells, below `/usr`.
const OSU018: &str = "share/qflow/tech/osu018/osu018_stdcells.lib";

/// The OSU 0.18 um standard cells, or the error that says how to get them.
pub fn osu018() -> Result<PathBuf, SimError> {
    tool::shared(OSU018).ok_or_else(|| SimError::NoLiberty(PathBuf::from(OSU018)))
}

/// A standard cell library.
#[derive(Clone, Debug, PartialEq)]
pub struct Library {
    /// Its name.
    pub name: String,
    /// The corner it was characterised at.
    pub corner: String,
    /// The cells.
    pub cells: BTreeMap<String, Cell>,
    /// The cell that adds three bits, if there is one.
    full_adder: Option<FullAdder>,
    /// Picofarads in one unit of capacitance.
    picofarads: f64,
}

/// A cell that adds three bits, and its pins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FullAdder {
    /// The cell.
    pub name: String,
    /// The bits to add, in no particular order.
    pub inputs: [String; 3],
    /// The output of weight one.
    pub sum: String,
    /// The output of weight two.
    pub carry: String,
}

/// One cell.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cell {
    /// Area, by convention in um2.
    pub area: f64,
    /// It holds a flip-flop.
    pub flip_flop: bool,
    /// It holds a latch.
    pub latch: bool,
    /// It is a buffer: capacitance of its input, in units of the library.
    buffer: Option<f64>,
    /// What its functions make depend on what.
    pub arcs: Vec<Arc>,
    /// Tables that its delays need and lack.
    pub incomplete: Vec<String>,
}

impl Library {
    /// Reads a Liberty file.
    pub fn read(path: &Path) -> Result<Self, SimError> {
        let text = std::fs::read_to_string(path).map_err(SimError::file(path))?;
        Self::parse(&text)
            .map_err(|reason| SimError::Content { path: path.to_owned(), reason: reason.into() })
    }

    fn parse(text: &str) -> Result<Self, &'static str> {
        let mut tokens = tokens(text).into_iter();
        let file = Group::parse(String::new(), &mut tokens);
        let library = file.groups.into_iter().find(|group| group.is("library"));
        let library = library.ok_or("not a Liberty file: it has no library group")?;
        let groups: Vec<_> = library.groups.iter().filter(|group| group.is("cell")).collect();
        let full_adders = groups.iter().filter_map(|group| {
            Some((group.number("area").unwrap_or_default(), FullAdder::of(group)?))
        });
        let smallest = full_adders.min_by(|a, b| a.0.total_cmp(&b.0));
        let full_adder = smallest.map(|(_, adder)| adder);
        let cells = groups.iter().map(|group| (group.argument().to_owned(), Cell::of(group)));
        let cells: BTreeMap<_, _> = cells.collect();
        if !cells.values().any(|cell| cell.flip_flop) {
            return Err("the library has no flip-flop");
        }
        let value = |name| library.value(name).unwrap_or("not given");
        Ok(Self {
            name: library.argument().to_owned(),
            corner: format!(
                "process {}, {} V, {} degrees C",
                value("nom_process"),
                value("nom_voltage"),
                value("nom_temperature")
            ),
            full_adder,
            picofarads: picofarads(&library),
            cells,
        })
    }

    /// The smallest buffer, and the capacitance of its input in picofarads.
    pub fn buffer(&self) -> Option<(&str, f64)> {
        let buffers = self.cells.iter().filter_map(|(name, cell)| {
            Some((name.as_str(), cell.area, cell.buffer? * self.picofarads))
        });
        let smallest = buffers.min_by(|a, b| a.1.total_cmp(&b.1));
        smallest.map(|(name, _, capacitance)| (name, capacitance))
    }

    /// The smallest full adder.
    pub fn full_adder(&self) -> Option<&FullAdder> {
        self.full_adder.as_ref()
    }
}

impl FullAdder {
    /// The cell of `group`, if it is one.
    fn of(group: &Group) -> Option<Self> {
        let pins = group.groups.iter().filter(|group| group.is("pin"));
        let (outputs, inputs): (Vec<_>, Vec<_>) =
            pins.partition(|pin| pin.value("direction") == Some("output"));
        let inputs: Vec<_> = inputs.iter().map(|pin| pin.argument().to_owned()).collect();
        let inputs: [String; 3] = inputs.try_into().ok()?;
        if outputs.len() != 2 {
            return None;
        }
        // Bit n of a table is the output for the inputs whose bits make up n.
        let output = |table: u8| {
            let is_wanted = |pin: &&&Group| {
                let function = pin.value("function").and_then(Function::parse);
                function.is_some_and(|function| function.table(&inputs) == Some(table))
            };
            Some(outputs.iter().find(is_wanted)?.argument().to_owned())
        };
        let (sum, carry) = (output(0b1001_0110)?, output(0b1110_1000)?);
        Some(Self { name: group.argument().to_owned(), inputs, sum, carry })
    }
}

impl Cell {
    fn of(group: &Group) -> Self {
        let pins: Vec<_> = group.groups.iter().filter(|group| group.is("pin")).collect();
        let has = |kind| group.groups.iter().any(|group| group.is(kind));
        Self {
            area: group.number("area").unwrap_or_default(),
            flip_flop: has("ff") || has("ff_bank"),
            latch: has("latch") || has("latch_bank"),
            buffer: match pins[..] {
                [one, other] => buffered(one, other).or_else(|| buffered(other, one)),
                _ => None,
            },
            arcs: arcs::of(group),
            incomplete: arcs::incomplete(group),
        }
    }
}

/// The input capacitance of a cell with these two pins, if it is a buffer.
fn buffered(input: &Group, output: &Group) -> Option<f64> {
    let repeats = output.value("function") == Some(input.argument());
    let enabled = output.value("three_state").is_some();
    (repeats && !enabled).then(|| input.number("capacitance")).flatten()
}

/// From `capacitive_load_unit (1,pf);`.
fn picofarads(library: &Group) -> f64 {
    let unit = library.groups.iter().find(|group| group.is("capacitive_load_unit"));
    let Some((number, unit)) = unit.and_then(|group| group.argument().split_once(',')) else {
        return 1.0;
    };
    let factor = if unit.trim().eq_ignore_ascii_case("ff") { 1e-3 } else { 1.0 };
    number.trim().parse().unwrap_or(1.0) * factor
}

/// `head(arguments) { values and groups }`; without braces, the arguments alone.
#[derive(Debug, Default)]
struct Group {
    head: String,
    arguments: String,
    values: Vec<(String, String)>,
    groups: Vec<Self>,
}

impl Group {
    /// Everything up to the closing brace of the group called `head`.
    fn parse(head: String, tokens: &mut std::vec::IntoIter<String>) -> Self {
        let mut group = Self { head, ..Self::default() };
        let mut word = String::new();
        while let Some(token) = tokens.next() {
            match token.as_str() {
                "}" => break,
                "(" => {
                    let arguments = tokens.by_ref().take_while(|token| token != ")");
                    let arguments = arguments.collect();
                    let head = std::mem::take(&mut word);
                    group.groups.push(Self { head, arguments, ..Self::default() });
                }
                "{" => {
                    let opened = group.groups.pop().unwrap_or_default();
                    let body = Self::parse(opened.head, tokens);
                    group.groups.push(Self { arguments: opened.arguments, ..body });
                }
                ":" => {
                    let value = tokens.by_ref().take_while(|token| token != ";");
                    group.values.push((std::mem::take(&mut word), value.collect()));
                }
                ";" => {}
                _ => word = token,
            }
        }
        group
    }

    fn is(&self, head: &str) -> bool {
        self.head == head
    }

    fn argument(&self) -> &str {
        &self.arguments
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.values.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn number(&self, name: &str) -> Option<f64> {
        self.value(name)?.parse().ok()
    }
}

/// Words, quoted strings without their quotes, and punctuation; comments are dropped.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if first == '"' {
            let length = rest[1..].find('"').map_or(rest.len() - 1, |end| end);
            tokens.push(rest[1..=length].replace("\\\n", ""));
            (length + 2).min(rest.len())
        } else if "(){}:;".contains(first) {
            tokens.push(first.to_string());
            1
        } else if first.is_whitespace() || first == '\\' {
            first.len_utf8()
        } else {
            let ends = |c: char| c.is_whitespace() || "(){}:;\"".contains(c);
            let length = rest.find(ends).unwrap_or(rest.len());
            tokens.push(rest[..length].to_owned());
            length
        };
        rest = &rest[length..];
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"/* typical */
        library(tiny) {
          nom_process : 1; nom_voltage : 1.8; nom_temperature : 25;
          capacitive_load_unit (1,ff);
          cell (DFF) { area : 96; ff (IQ, IQN) { next_state : "D"; } pin(D) { capacitance : 9; } }
          cell ("BUF") {
            area : 24.5;
            pin(A) { direction : input; capacitance : 10.0; }
            pin(Y) { direction : output; function : "A"; timing() { values ("0.1, 0.2", \
              "0.3, 0.4"); } }
          }
          cell (INV) { area : 16; pin(A) { capacitance : 9; } pin(Y) { function : "(!A)"; } }
        }"#;

    #[test]
    fn cells_are_read() {
        let library = Library::parse(TEXT).expect("a library");
        assert_eq!(library.name, "tiny");
        assert_eq!(library.corner, "process 1, 1.8 V, 25 degrees C");
        assert!(library.cells["DFF"].flip_flop && !library.cells["BUF"].flip_flop);
        assert_eq!(library.cells["BUF"].area, 24.5);
        assert_eq!(library.buffer(), Some(("BUF", 0.01)));
    }

    #[test]
    fn a_full_adder_is_known_by_its_functions() {
        let adder = r#"cell (ADD) { area : 120;
            pin(P) { direction : input; } pin(Q) { direction : input; }
            pin(R) { direction : input; }
            pin(CO) { direction : output; function : "(P Q) + R (P + Q)"; }
            pin(S) { direction : output; function : "P ^ Q ^ R"; } } }"#;
        let text = TEXT.trim_end().strip_suffix('}').expect("a brace").to_owned() + adder;
        let library = Library::parse(&text).expect("a library");
        let adder = library.full_adder().expect("a full adder");
        assert_eq!(
            (adder.name.as_str(), adder.sum.as_str(), adder.carry.as_str()),
            ("ADD", "S", "CO")
        );
        assert_eq!(adder.inputs, ["P", "Q", "R"]);
        let inverting = text.replace("P ^ Q ^ R", "!(P ^ Q ^ R)");
        assert_eq!(Library::parse(&inverting).expect("a library").full_adder(), None);
    }

    #[test]
    fn what_is_no_library_is_refused() {
        assert!(Library::parse("module top; endmodule").is_err());
        assert!(Library::parse("library(empty) { }").is_err());
        assert!(Library::parse("library(\"open").is_err());
        assert!(Library::parse("\"").is_err());
    }
}
