//! `<name>.json`: everything a program may want to know about the package.

use super::manifest::{NO_DIGEST, digest};
use super::memories::Memories;
use super::{File, Package};
use crate::block::{Fact, Path};
use crate::interface::{CLOCK, Interface, RESET, Stream};
use crate::verilog::{Direction, Format};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Version of this format; the schema is `gen/schema/package.schema.json`.
const FORMAT: &str = "hwgen-package-1";

#[derive(Serialize)]
struct Metadata<'a> {
    format: &'static str,
    generator: &'static str,
    version: &'static str,
    command: &'a str,
    block: &'static str,
    summary: &'static str,
    name: &'a str,
    parameters: &'a toml::Table,
    interface: Ports,
    timing: Vec<Path>,
    memories: Vec<Memories>,
    facts: Vec<Fact>,
    bench: BenchData,
    files: BTreeMap<&'a str, String>,
    digest: &'static str,
}

#[derive(Serialize)]
struct Ports {
    clock: &'static str,
    reset: &'static str,
    streams: Vec<StreamData>,
    pins: Vec<PinData>,
}

#[derive(Serialize)]
struct StreamData {
    name: &'static str,
    direction: Direction,
    valid: String,
    ready: String,
    meaning: String,
    fields: Vec<FieldData>,
}

#[derive(Serialize)]
struct FieldData {
    name: &'static str,
    port: String,
    format: Format,
    count: u32,
    width: u32,
    /// Least and largest legal raw value.
    legal: (i128, i128),
    meaning: &'static str,
}

#[derive(Serialize)]
struct PinData {
    name: String,
    direction: Direction,
    width: u32,
    meaning: String,
}

#[derive(Serialize)]
struct BenchData {
    module: String,
    /// What its vectors are of: those of the design, and those of the models around it.
    streams: Vec<StreamData>,
    phases: usize,
    beats: usize,
}

/// What a package was made from, as its metadata says.
#[derive(Deserialize)]
#[serde(expecting = "the metadata of a package")]
struct Origin {
    format: String,
    block: String,
    name: String,
    parameters: toml::Table,
}

/// The parameters in the metadata of a package, as its parameter file has them.
///
/// # Errors
/// If `json` is not the metadata of a package.
pub fn parameters_in(json: &str) -> Result<toml::Table, String> {
    const ACCEPTED: &str = "accepted: the metadata of a package, or a parameter file in TOML";
    let origin: Origin = crate::json::read(json).map_err(|error| format!("{error}; {ACCEPTED}"))?;
    if origin.format != FORMAT {
        return Err(format!("format = {:?}, not {FORMAT:?}; {ACCEPTED}", origin.format));
    }
    if let Some(key) = ["block", "name"].iter().find(|key| origin.parameters.contains_key(**key)) {
        return Err(format!("'{key}' is no parameter; {ACCEPTED}"));
    }
    Ok(super::lists::parameter_table(&origin.block, &origin.name, &origin.parameters))
}

/// The metadata of a package that also holds `files`.
pub(super) fn json(package: &Package<'_>, files: &[File]) -> String {
    let design = package.design;
    let spec = &design.spec;
    let metadata = Metadata {
        format: FORMAT,
        generator: "hwgen",
        version: crate::VERSION,
        command: &design.command,
        block: design.generator.name,
        summary: design.generator.summary,
        name: design.name.as_str(),
        parameters: &design.parameters,
        interface: ports(&spec.interface()),
        timing: spec.timing(),
        memories: Memories::all(design),
        facts: spec.facts(),
        bench: BenchData {
            module: design.bench.module.clone(),
            streams: design.bench.interface.streams.iter().map(stream).collect(),
            phases: package.stimulus.phases,
            beats: package.stimulus.beats(),
        },
        files: files.iter().map(|file| (file.path.as_str(), digest(&file.text))).collect(),
        digest: NO_DIGEST,
    };
    let text = serde_json::to_string_pretty(&metadata);
    let text = text.unwrap_or_else(|error| unreachable!("metadata is plain data: {error}")) + "\n";
    text.replacen(NO_DIGEST, &digest(&text), 1)
}

fn ports(interface: &Interface) -> Ports {
    let pins = interface.pins.iter().flat_map(|group| {
        group.ports.iter().map(|port| PinData {
            name: port.name.clone(),
            direction: port.direction,
            width: port.width.bits(),
            meaning: group.title.replace('\n', " "),
        })
    });
    Ports {
        clock: CLOCK,
        reset: RESET,
        streams: interface.streams.iter().map(stream).collect(),
        pins: pins.collect(),
    }
}

fn stream(stream: &Stream) -> StreamData {
    let fields = stream.fields.iter().map(|field| FieldData {
        name: field.name,
        port: stream.data(field),
        format: field.format,
        count: field.count,
        width: field.width().bits(),
        legal: field.legal,
        meaning: field.doc,
    });
    StreamData {
        name: stream.name,
        direction: stream.direction,
        valid: stream.valid(),
        ready: stream.ready(),
        meaning: stream.doc.replace('\n', " "),
        fields: fields.collect(),
    }
}
