//! Arrays of words in the RTL, where they are and how they are accessed, as Yosys elaborates it.

use crate::SimError;
use crate::yosys::{self, Workplace};
use serde::Deserialize;
use std::collections::BTreeMap;

/// An array of words.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Array {
    /// Path of the instance that it is in, the top module first.
    pub instance: String,
    /// Name of that instance's module.
    pub module: String,
    /// Number of words.
    pub words: u64,
    /// Bits of a word.
    pub bits: u64,
    /// Ports that write.
    pub write_ports: u64,
    /// Ports that read.
    pub read_ports: u64,
    /// Clock cycles from an address to its word: 1 if all ports have registers, which keep what was
    /// read before a write in the same cycle; 0 if none has.
    pub read_latency: u64,
}

/// A design as `write_json` writes it, but for its nets.
#[derive(Deserialize)]
struct Elaborated {
    modules: BTreeMap<String, Module>,
}

#[derive(Deserialize)]
struct Module {
    attributes: BTreeMap<String, String>,
    cells: BTreeMap<String, Cell>,
}

#[derive(Deserialize)]
struct Cell {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    parameters: BTreeMap<String, String>,
}

/// The script that makes cells of arrays. What is in no module with an array is dropped, for speed.
const SCRIPT: &str = "select -set holds m:* %m
delete p:* @holds %d
select @holds
proc
opt
memory_dff
memory_collect
select -clear
write_json arrays.json
";

/// All arrays in the design `top`, in no particular order.
pub fn arrays(modules: &[hwgen_gen::Module], top: &str) -> Result<Vec<Array>, SimError> {
    let workplace = Workplace::new(modules)?;
    let script = format!("{}hierarchy -check -top {top}\n{SCRIPT}", yosys::read(modules));
    workplace.run(&script, "arrays.json")?;
    let content = |reason| SimError::Product { path: workplace.path("arrays.json"), reason };
    let elaborated: Elaborated = serde_json::from_str(&workplace.read("arrays.json")?)
        .map_err(|error| content(error.to_string()))?;
    let mut arrays = Vec::new();
    elaborated.collect(top, top, &mut arrays).map_err(content)?;
    Ok(arrays)
}

impl Elaborated {
    /// Adds the arrays in the module `kind`, an instance of which is at `path`, and below.
    fn collect(&self, kind: &str, path: &str, arrays: &mut Vec<Array>) -> Result<(), String> {
        let module = self.modules.get(kind).ok_or_else(|| format!("it has no module {kind}"))?;
        // A module with parameters is called otherwise than in the text.
        let name = module.attributes.get("hdlname").map_or(kind, |name| name.trim_matches('\\'));
        for (instance, cell) in &module.cells {
            if cell.kind == "$mem_v2" {
                arrays.push(cell.array(path, name)?);
            } else if self.modules.contains_key(&cell.kind) {
                self.collect(&cell.kind, &format!("{path}.{instance}"), arrays)?;
            }
        }
        Ok(())
    }
}

impl Cell {
    fn array(&self, instance: &str, module: &str) -> Result<Array, String> {
        let text = |name: &str| {
            self.parameters.get(name).ok_or_else(|| format!("an array in {instance} has no {name}"))
        };
        let number = |name: &str| {
            let text = text(name)?;
            u64::from_str_radix(text, 2)
                .map_err(|_| format!("{name} = {text} of an array in {instance} is no number"))
        };
        let registered = text("RD_CLK_ENABLE")?;
        let sees_writes = text("RD_TRANSPARENCY_MASK")?.contains('1');
        let read_latency = match (registered.contains('0'), registered.contains('1')) {
            (true, false) => 0,
            (false, true) if !sees_writes => 1,
            _ => return Err(format!("ports of an array in {instance} read in different ways")),
        };
        Ok(Array {
            instance: instance.to_owned(),
            module: module.to_owned(),
            words: number("SIZE")?,
            bits: number("WIDTH")?,
            write_ports: number("WR_PORTS")?,
            read_ports: number("RD_PORTS")?,
            read_latency,
        })
    }
}
