//! The graph as text.

use super::record::FileRecord;
use super::{FileError, Object};
use serde::Serialize;
use serde_json::ser::Formatter;
use std::io::{self, Write};

/// The records of a text.
pub fn parse(text: &str) -> Result<FileRecord, FileError> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let record = serde_path_to_error::deserialize::<_, Object<FileRecord>>(&mut deserializer);
    let Object(record) = record.map_err(|error| {
        let path = error.path().to_string();
        let path = if path == "." { "the whole file".to_owned() } else { path };
        refusal(path, error.inner())
    })?;
    deserializer.end().map_err(|error| refusal("after the end".to_owned(), &error))?;
    Ok(record)
}

fn refusal(path: String, error: &serde_json::Error) -> FileError {
    let (line, column) = (error.line(), error.column());
    let message = error.to_string();
    let place = format!(" at line {line} column {column}");
    let message = message.strip_suffix(&place).unwrap_or(&message).to_owned();
    FileError::Graph { line, column, path, message }
}

/// The text of `record`: a line for each node.
pub fn text(record: &FileRecord) -> Result<String, FileError> {
    let FileRecord { format, input, nodes, outputs } = record;
    let nodes: Vec<_> = nodes.iter().map(line).collect::<Result<_, _>>()?;
    let (format, input, outputs) = (line(format)?, line(input)?, line(outputs)?);
    let nodes = nodes.join(",\n    ");
    Ok(format!(
        "{{\n  \"format\": {format},\n  \"input\": {input},\n  \"nodes\": [\n    {nodes}\n  ],\n  \
         \"outputs\": {outputs}\n}}\n"
    ))
}

fn line(value: &impl Serialize) -> Result<String, FileError> {
    let mut text = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut text, Spaced);
    value.serialize(&mut serializer).map_err(|error| refusal("the text".to_owned(), &error))?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// One line, with a space after each comma and colon.
struct Spaced;

impl Formatter for Spaced {
    fn begin_array_value<W: Write + ?Sized>(&mut self, to: &mut W, first: bool) -> io::Result<()> {
        to.write_all(if first { b"" } else { b", " })
    }

    fn begin_object_key<W: Write + ?Sized>(&mut self, to: &mut W, first: bool) -> io::Result<()> {
        to.write_all(if first { b"" } else { b", " })
    }

    fn begin_object_value<W: Write + ?Sized>(&mut self, to: &mut W) -> io::Result<()> {
        to.write_all(b": ")
    }
}
