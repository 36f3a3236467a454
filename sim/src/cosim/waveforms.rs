//! Whether a file of waveforms is whole: the run time that writes it says nothing when it cannot.
//!
//! An FST file is a row of blocks: a byte that says what it holds, the length of the rest in eight
//! bytes, the highest first, that count themselves, and the content.

use crate::SimError;
use crate::output::Output;
use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};

/// Blocks that every file has: header, geometry, and a hierarchy packed in one of three ways.
const HEADER: u8 = 0;
const GEOMETRY: u8 = 3;
const HIERARCHIES: [u8; 3] = [4, 6, 7];

/// Refuses waveforms that were cut.
pub(super) fn check(output: &Output) -> Result<(), SimError> {
    let reason = match File::open(output.staged()).and_then(blocks) {
        Ok(blocks) if is_complete(&blocks) => return Ok(()),
        Ok(_) => "the waveforms are not complete; is the disk full?".to_owned(),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
            "the waveforms are cut; is the disk full?".to_owned()
        }
        Err(error) => error.to_string(),
    };
    Err(output.refused(&reason))
}

fn is_complete(blocks: &[u8]) -> bool {
    let has = |kinds: &[u8]| blocks.iter().any(|block| kinds.contains(block));
    blocks.first() == Some(&HEADER) && has(&[GEOMETRY]) && has(&HIERARCHIES)
}

/// The kinds of all blocks.
fn blocks(mut file: impl Read + Seek) -> io::Result<Vec<u8>> {
    let end = file.seek(SeekFrom::End(0))?;
    let (mut blocks, mut at) = (Vec::new(), 0);
    while at < end {
        file.seek(SeekFrom::Start(at))?;
        let (mut kind, mut length) = ([0], [0; 8]);
        file.read_exact(&mut kind)?;
        file.read_exact(&mut length)?;
        let next = u64::from_be_bytes(length).checked_add(at + 1).filter(|next| *next > at + 8);
        at = next.filter(|next| *next <= end).ok_or(ErrorKind::UnexpectedEof)?;
        blocks.extend(kind);
    }
    Ok(blocks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn block(kind: u8, content: &[u8]) -> Vec<u8> {
        let length = content.len() as u64 + 8;
        [&[kind], length.to_be_bytes().as_slice(), content].concat()
    }

    #[test]
    fn every_cut_is_seen() {
        let whole = [block(0, &[7; 321]), block(8, &[1; 40]), block(3, &[2]), block(4, &[])];
        let whole = whole.concat();
        let complete = |length: usize| {
            blocks(Cursor::new(&whole[..length])).is_ok_and(|blocks| is_complete(&blocks))
        };
        assert!(complete(whole.len()));
        assert_eq!((0..whole.len()).find(|&length| complete(length)), None);
    }
}
