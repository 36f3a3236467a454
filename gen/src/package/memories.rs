//! The memories of a package, equal ones together, as its metadata and its page list them.

use crate::{Design, Memory, MemoryKind};
use serde::Serialize;
use std::cmp::Reverse;

/// Memories of one kind and size.
#[derive(Serialize)]
pub(super) struct Memories {
    #[serde(skip)]
    pub kind: MemoryKind,
    pub module: String,
    pub words: u32,
    pub bits: u32,
    pub write_ports: u32,
    pub read_ports: u32,
    pub read_latency: u32,
    pub count: usize,
    /// Paths, the top module first.
    pub instances: Vec<String>,
}

impl Memories {
    /// All of `design`.
    pub fn all(design: &Design) -> Vec<Self> {
        let mut memories = design.spec.memories();
        // The largest first; stable, so that instances stay in the order of their numbers.
        memories.sort_by_key(|memory| Reverse((total_bits(memory), size(memory))));
        let equal = memories.chunk_by(|a, b| size(a) == size(b));
        equal.map(|equal| Self::new(design, equal)).collect()
    }

    fn new(design: &Design, equal: &[Memory]) -> Self {
        let Memory { kind, words, bits, .. } = equal[0];
        let instance = |memory: &Memory| format!("{}.{}", design.name, memory.instance);
        Self {
            kind,
            module: design.name.shared(kind.cell()).to_string(),
            words,
            bits,
            write_ports: kind.write_ports(),
            read_ports: kind.read_ports(),
            read_latency: kind.read_latency(),
            count: equal.len(),
            instances: equal.iter().map(instance).collect(),
        }
    }

    /// The instances in few words.
    pub fn places(&self) -> String {
        match self.instances.as_slice() {
            [first, _, .., last] => format!("`{first}` to `{last}`"),
            few => few.iter().map(|one| format!("`{one}`")).collect::<Vec<_>>().join(", "),
        }
    }
}

fn total_bits(memory: &Memory) -> u64 {
    u64::from(memory.words) * u64::from(memory.bits)
}

/// What one macro may stand for.
fn size(memory: &Memory) -> (MemoryKind, u32, u32) {
    (memory.kind, memory.words, memory.bits)
}
