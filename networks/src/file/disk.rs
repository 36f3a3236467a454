//! The only place of this crate that opens files.

use super::{FileError, Files, read, write};
use crate::Network;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

/// Most bytes of a graph: 64 MiB.
const MOST_GRAPH: u64 = 1 << 26;

/// Most bytes of arrays: 2 GiB.
const MOST_ARRAYS: u64 = 1 << 31;

/// Reads the network of `graph`, a path `NAME.json`, with `NAME.safetensors` beside it.
///
/// # Errors
/// Files that are not there, are no regular files or are too large, and whatever [`read`] refuses;
/// the error names the file.
pub fn load(graph: &Path) -> Result<Network, FileError> {
    let text = String::from_utf8(bytes(graph, MOST_GRAPH)?);
    let text = text.map_err(|error| refusal(graph, error.utf8_error()))?;
    let arrays = graph.with_extension("safetensors");
    read(&text, &bytes(&arrays, MOST_ARRAYS)?).map_err(|error| {
        let path = if error.is_of_arrays() { &arrays } else { graph };
        FileError::In { path: path.display().to_string(), error: Box::new(error) }
    })
}

/// Writes `network` to `graph`, a path `NAME.json`, and to `NAME.safetensors` beside it.
///
/// # Errors
/// A path that cannot be written to, and whatever [`write()`] refuses.
pub fn save(graph: &Path, network: &Network) -> Result<(), FileError> {
    let files = write(network)?;
    let Files { graph: text, arrays } = &files;
    let pairs = [(graph, text.as_bytes()), (&graph.with_extension("safetensors"), arrays)];
    for (path, _) in pairs {
        if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
            return Err(refusal(path, "no regular file"));
        }
    }
    pairs
        .iter()
        .try_for_each(|(path, bytes)| fs::write(path, bytes).map_err(|error| refusal(path, error)))
}

fn bytes(path: &Path, most: u64) -> Result<Vec<u8>, FileError> {
    let metadata = fs::metadata(path).map_err(|error| refusal(path, error))?;
    if !metadata.is_file() {
        return Err(refusal(path, "no regular file"));
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|error| refusal(path, error))?;
    // One byte more than allowed tells files that are too large, even where they grow meanwhile.
    file.take(most + 1).read_to_end(&mut bytes).map_err(|error| refusal(path, error))?;
    if bytes.len() as u64 > most {
        return Err(refusal(path, format_args!("too large; accepted: at most {most} bytes")));
    }
    Ok(bytes)
}

fn refusal(path: &Path, reason: impl ToString) -> FileError {
    FileError::Disk { path: path.display().to_string(), reason: reason.to_string() }
}
