//! Modules that a hard macro takes the place of: black boxes, counted and not mapped.

use crate::SimError;
use crate::netlist::Netlist;
use crate::yosys::Workplace;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Instances of one module with one set of parameters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Macro {
    /// The module.
    pub module: String,
    /// How many there are.
    pub count: u64,
    /// Bits that each of them stores.
    pub bits: u64,
}

/// Bits of every macro, by the type that its cells have in the netlist.
#[derive(Debug, Default)]
pub(super) struct Macros(BTreeMap<String, u64>);

#[derive(Deserialize)]
struct Json {
    modules: BTreeMap<String, JsonModule>,
}

#[derive(Deserialize)]
struct JsonModule {
    #[serde(default)]
    memories: BTreeMap<String, JsonMemory>,
}

#[derive(Deserialize)]
struct JsonMemory {
    width: u64,
    size: u64,
}

impl Macros {
    /// What Yosys wrote of the modules before it made black boxes of them.
    pub fn read(workplace: &Workplace, file: &str) -> Result<Self, SimError> {
        let json: Result<Json, _> = serde_json::from_str(&workplace.read(file)?);
        let content = |error: serde_json::Error| SimError::Product {
            path: workplace.path(file),
            reason: error.to_string(),
        };
        let bits = |module: JsonModule| {
            module.memories.values().map(|memory| memory.width * memory.size).sum()
        };
        let modules = json.map_err(content)?.modules.into_iter();
        Ok(Self(modules.map(|(name, module)| (name, bits(module))).collect()))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether cells of this type are macros.
    pub fn contains(&self, kind: &str) -> bool {
        self.0.contains_key(kind)
    }

    /// Those in `netlist`.
    pub fn count(&self, netlist: &Netlist) -> Vec<Macro> {
        let macros = netlist.cells().into_iter().filter_map(|(kind, count)| {
            let bits = *self.0.get(&kind)?;
            Some(Macro { module: module(&kind).to_owned(), count, bits })
        });
        macros.collect()
    }
}

/// The module that Yosys made `$paramod$0123\memory` or `$paramod\memory\Width=...` from.
fn module(kind: &str) -> &str {
    let mut parts = kind.split('\\');
    let first = parts.next().unwrap_or_default();
    parts.next().unwrap_or(first)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_module_behind_a_type() {
        for kind in ["memory", "$paramod$012ab\\memory", "$paramod\\memory\\Width=32'1"] {
            assert_eq!(super::module(kind), "memory");
        }
    }
}
