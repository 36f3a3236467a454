//! The memories of a design: what a designer orders macros for.

use crate::verilog::Width;

/// A module of `hdl/prim` that holds words and that a macro may replace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MemoryKind {
    /// `memory`: one write port; one read port, which answers in the next cycle.
    Memory,
    /// `register_file`: one write port; two read ports, which answer in the same cycle.
    RegisterFile,
}

impl MemoryKind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Memory, Self::RegisterFile];

    /// Name of the module in `hdl/prim`.
    pub const fn cell(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::RegisterFile => "register_file",
        }
    }

    /// Ports that write.
    pub const fn write_ports(self) -> u32 {
        1
    }

    /// Ports that read.
    pub const fn read_ports(self) -> u32 {
        match self {
            Self::Memory => 1,
            Self::RegisterFile => 2,
        }
    }

    /// Clock cycles from an address to its word.
    pub const fn read_latency(self) -> u32 {
        match self {
            Self::Memory => 1,
            Self::RegisterFile => 0,
        }
    }
}

/// One memory.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Memory {
    /// What it is.
    pub kind: MemoryKind,
    /// Number of words.
    pub words: u32,
    /// Bits of a word.
    pub bits: u32,
    /// Path of the instance from the top module, whose name is left out.
    pub instance: String,
}

/// Cycles of the longest `delay_line` that is made of flip-flops.
const LONGEST_SHIFT: u32 = 8;

impl Memory {
    /// An instance of `memory`.
    pub fn new(instance: impl Into<String>, word: Width, words: u32) -> Self {
        let (instance, bits) = (instance.into(), word.bits());
        Self { kind: MemoryKind::Memory, words, bits, instance }
    }

    /// An instance of `register_file`.
    pub fn register_file(instance: impl Into<String>, word: Width, words: u32) -> Self {
        Self { kind: MemoryKind::RegisterFile, ..Self::new(instance, word, words) }
    }

    /// What an instance of `memory_fifo` holds.
    pub fn of_fifo(instance: impl Into<String>, word: Width, words: u32) -> Self {
        Self::new("u_memory", word, words).within(instance)
    }

    /// What an instance of `delay_line` holds: nothing if it is short.
    pub fn of_delay_line(instance: impl Into<String>, word: Width, cycles: u32) -> Option<Self> {
        let ring = || Self::new("gen_ring.u_memory", word, cycles - 1).within(instance);
        (cycles > LONGEST_SHIFT).then(ring)
    }

    /// The same memory, seen from the module that holds `instance` of the one it was in.
    #[must_use]
    pub fn within(self, instance: impl Into<String>) -> Self {
        Self { instance: format!("{}.{}", instance.into(), self.instance), ..self }
    }
}
