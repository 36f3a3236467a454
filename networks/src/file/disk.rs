//! The only place of this crate that opens files.

use super::{FileError, Files, read, write};
use crate::Network;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use tempfile::NamedTempFile;

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

/// Writes `network` to `graph`, a path `NAME.json`, and to `NAME.safetensors` beside it: each whole or
/// not at all.
///
/// # Errors
/// A path that cannot be written to, and whatever [`write()`] refuses.
pub fn save(graph: &Path, network: &Network) -> Result<(), FileError> {
    let files = write(network)?;
    let Files { graph: text, arrays } = &files;
    let beside = graph.with_extension("safetensors");
    let (graph, arrays) = (Staged::new(graph, text.as_bytes())?, Staged::new(&beside, arrays)?);
    graph.finish()?;
    arrays.finish()
}

/// A whole file beside the one whose place it is going to take.
struct Staged<'a> {
    path: &'a Path,
    file: NamedTempFile,
}

impl<'a> Staged<'a> {
    fn new(path: &'a Path, bytes: &[u8]) -> Result<Self, FileError> {
        if fs::symlink_metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
            return Err(refusal(path, "no regular file"));
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let readable = fs::Permissions::from_mode(0o666); // less what the user's mask takes
        let written = tempfile::Builder::new()
            .permissions(readable)
            .tempfile_in(folder.unwrap_or(Path::new(".")))
            .and_then(|mut file| file.write_all(bytes).map(|()| file));
        let file = written.map_err(|error| refusal(path, error))?;
        Ok(Self { path, file })
    }

    fn finish(self) -> Result<(), FileError> {
        let placed = self.file.persist(self.path);
        placed.map(|_| ()).map_err(|error| refusal(self.path, error.error))
    }
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
