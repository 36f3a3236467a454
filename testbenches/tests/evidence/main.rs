//! Every layer of evidence, for every block of the registry. No file here knows a block by name.

mod bench;
mod chip;
mod cosim;
mod documents;
mod formal;
mod liberty;
mod lint;
mod mapping;
mod netlist;
mod notice;
mod package;
mod portability;
mod registry;
mod snapshot;
mod stimulus;
mod structure;
mod synthesis;
mod text;
mod timing;
