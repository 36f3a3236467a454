//! Files that a user names to be read: regular ones, and no longer than any that makes sense.

use crate::{SimError, output};
use flate2::read::MultiGzDecoder;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

/// Bytes of the longest file, packed or not: ten times the largest cell library met so far.
const LONGEST: u64 = 512 << 20;

/// How a file begins that is packed by gzip.
const GZIP: [u8; 2] = [0x1F, 0x8B];

/// The content of a file that the user gave.
pub fn bytes(path: &Path) -> Result<Vec<u8>, SimError> {
    // Looked at before it is opened: to open a pipe is to wait for its other end.
    let found = fs::metadata(path).map_err(SimError::input(path))?;
    if !found.is_file() {
        let kind = if found.is_dir() { "a directory" } else { "a pipe or a device" };
        let reason = format!("it is {kind}; accepted: a file");
        return Err(SimError::Content { path: path.to_owned(), reason });
    }
    let content = |reason: &str| SimError::Content { path: path.to_owned(), reason: reason.into() };
    output::read(path).map_err(content)?;
    File::open(path).and_then(bounded).map_err(SimError::input(path))
}

/// The content of a file that the user gave, unpacked if it is packed by gzip.
pub fn unpacked(path: &Path) -> Result<Vec<u8>, SimError> {
    let bytes = bytes(path)?;
    if !bytes.starts_with(&GZIP) {
        return Ok(bytes);
    }
    bounded(MultiGzDecoder::new(bytes.as_slice())).map_err(SimError::input(path))
}

/// The text of a file that the user gave.
pub fn text(path: &Path) -> Result<String, SimError> {
    let reason = "it is not text (no UTF-8)".to_owned();
    let content = |_| SimError::Content { path: path.to_owned(), reason };
    String::from_utf8(bytes(path)?).map_err(content)
}

/// All that `reader` gives, if that is not too much.
fn bounded(reader: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = reader.take(LONGEST + 1).read_to_end(&mut bytes)?;
    if read as u64 > LONGEST {
        let reason = format!("it is too long; accepted: at most {} MiB", LONGEST >> 20);
        return Err(io::Error::other(reason));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_of_bounded_length_are_read() {
        for (path, said) in [
            ("/dev/zero", "/dev/zero: it is a pipe or a device; accepted: a file"),
            ("/dev", "/dev: it is a directory; accepted: a file"),
            ("/absent", "/absent: No such file or directory (os error 2)"),
        ] {
            assert_eq!(bytes(Path::new(path)).expect_err("no file").to_string(), said);
        }
        let error = bounded(io::repeat(0)).expect_err("no end");
        assert_eq!(error.to_string(), "it is too long; accepted: at most 512 MiB");
        assert_eq!(bounded(&b"text"[..]).expect("a short text"), b"text");
    }
}
