//! Every layer of evidence, for every block of the registry. No file here knows a block by name.

mod cosim;
mod documents;
mod registry;
mod snapshot;
mod text;
