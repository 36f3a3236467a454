//! What a bench plays and expects, in files of numbers: written for a package, and read again.
//!
//! `NAME.hex` has a beat of the stream per line, in hexadecimal, the first field in the low bits.
//! Input streams also have `NAME_ends.hex`: for every phase the number of beats of the stream that
//! have been accepted when it is over.

use super::File;
use super::bench::BenchPath;
use crate::interface::Stream;
use crate::stimulus::Stimulus;
use crate::traffic::{Beats, Traffic};
use crate::{Design, PhaseError};

/// Digits of a number of beats.
const END_DIGITS: usize = 8;

/// The files that the bench reads.
pub(super) fn files(design: &Design, stimulus: &Stimulus) -> Vec<File> {
    let interface = &design.bench.interface;
    let file = |name: &str, text: String| File::new(format!("tb/{}", file_name(name)), text);
    let inputs = interface.inputs().into_iter().zip(&stimulus.inputs.0).zip(&stimulus.input_ends);
    let inputs = inputs.flat_map(|((stream, beats), ends)| {
        let text = ends.iter().map(|end| format!("{end:0END_DIGITS$x}\n")).collect();
        [file(stream.name, hex(beats)), file(&ends_name(stream), text)]
    });
    let outputs = interface.outputs().into_iter().zip(&stimulus.expected.0);
    let outputs = outputs.map(|(stream, beats)| file(stream.name, hex(beats)));
    let paths = BenchPath::all(design, stimulus);
    let paths = paths.iter().map(|path| file(&path.name(), path.hex()));
    inputs.chain(outputs).chain(paths).collect()
}

fn file_name(name: &str) -> String {
    format!("{name}.hex")
}

fn ends_name(stream: &Stream) -> String {
    format!("{}_ends", stream.name)
}

/// One line per beat.
fn hex(beats: &Beats) -> String {
    (0..beats.len()).map(|beat| beats.hex(beat) + "\n").collect()
}

/// Why files are no stimulus.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum VectorError {
    /// A line is not what it should be.
    #[error("{file}, line {line}: {value:?}: accepted: {accepted}")]
    Line {
        /// The file.
        file: String,
        /// Number of the line, from 1.
        line: usize,
        /// What stands there, its first characters.
        value: String,
        /// What could.
        accepted: String,
    },
    /// There are more or fewer phases than in another file.
    #[error("{file}: {got} phases; accepted: {expected}, as in the first file of phases")]
    Phases {
        /// The file.
        file: String,
        /// Phases there are.
        got: usize,
        /// Phases there should be.
        expected: usize,
    },
    /// There is nothing to play.
    #[error("the files have no phase; accepted: one or more")]
    NoPhase,
    /// A phase has no beats: the bench counts phases by the clock, and it would be a pause.
    #[error("phase {0}: no stream has a beat; accepted: phases with beats")]
    Empty(usize),
    /// A phase asks for what the golden model knows no answer to.
    #[error(transparent)]
    Phase(#[from] PhaseError),
    /// Beats are left over after the last phase.
    #[error("{file}: {got} beats; accepted: {expected}, where its last phase ends")]
    Beats {
        /// The file.
        file: String,
        /// Beats there are.
        got: usize,
        /// Beats there should be.
        expected: usize,
    },
}

/// Characters of a line that a message repeats.
const REPEATED: usize = 40;

/// The stimulus in the files of a folder `tb`, phase by phase. `text` returns a file by its name.
///
/// # Errors
/// Those of `text`, and files that are no stimulus of `design`.
pub fn phases<E: From<VectorError>>(
    design: &Design,
    text: impl Fn(&str) -> Result<String, E>,
) -> Result<Vec<Traffic>, E> {
    let interface = &design.bench.interface;
    let inputs = interface.inputs();
    let mut phases: Vec<Traffic> = Vec::new();
    for (index, stream) in inputs.iter().enumerate() {
        let ends_file = file_name(&ends_name(stream));
        let ends = ends(&text(&ends_file)?, &ends_file)?;
        if index == 0 {
            phases = vec![Traffic::new(&inputs); ends.len()];
        }
        if ends.len() != phases.len() {
            let (got, expected) = (ends.len(), phases.len());
            return Err(VectorError::Phases { file: ends_file, got, expected }.into());
        }
        let file = file_name(stream.name);
        let text = text(&file)?;
        let lines: Vec<_> = text.lines().collect();
        let last = ends.last().copied().unwrap_or(0);
        if lines.len() != last {
            return Err(VectorError::Beats { file, got: lines.len(), expected: last }.into());
        }
        let starts = std::iter::once(0).chain(ends.iter().copied());
        for ((phase, start), end) in phases.iter_mut().zip(starts).zip(&ends) {
            for (number, line) in lines.iter().enumerate().take(*end).skip(start) {
                let digits = stream.width().bits().div_ceil(4);
                // A line cut short is another number.
                if line.len() != digits as usize || !phase.0[index].push_hex(line) {
                    let accepted = format!(
                        "{digits} hexadecimal digits, of at most {} bits",
                        stream.width().bits()
                    );
                    return Err(wrong(&file, number, line, accepted).into());
                }
            }
        }
    }
    if phases.is_empty() {
        return Err(VectorError::NoPhase.into());
    }
    if let Some(empty) = phases.iter().position(Traffic::is_empty) {
        return Err(VectorError::Empty(empty + 1).into());
    }
    design.spec.check(&phases).map_err(VectorError::from)?;
    Ok(phases)
}

/// The ends of phases, in rising order.
fn ends(text: &str, file: &str) -> Result<Vec<usize>, VectorError> {
    let mut ends: Vec<usize> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let least = ends.last().copied().unwrap_or(0);
        let is_whole = line.len() == END_DIGITS && line.bytes().all(|c| c.is_ascii_hexdigit());
        let end = usize::from_str_radix(line, 16).ok().filter(|&end| is_whole && end >= least);
        let accepted =
            || format!("{END_DIGITS} hexadecimal digits, a number of beats, {least:x} or more");
        ends.push(end.ok_or_else(|| wrong(file, number, line, accepted()))?);
    }
    Ok(ends)
}

fn wrong(file: &str, number: usize, line: &str, accepted: String) -> VectorError {
    let value = line.chars().take(REPEATED).collect();
    VectorError::Line { file: file.to_owned(), line: number + 1, value, accepted }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{blocks, package};
    use std::collections::BTreeMap;

    /// A design with several inputs, and the files that its bench reads.
    fn written() -> (Design, BTreeMap<String, String>) {
        let designs = blocks::ALL.iter().filter_map(|block| block.parse("").ok());
        let mut several = designs.filter(|design| inputs(design).len() > 1);
        let design = several.next().expect("a design with several inputs");
        let files = files(&design, &package::stimulus(&design, 1, 100));
        let name = |path: &str| path.trim_start_matches("tb/").to_owned();
        let files = files.into_iter().map(|file| (name(&file.path), file.text)).collect();
        (design, files)
    }

    /// Names of the input streams, and bits of a beat.
    fn inputs(design: &Design) -> Vec<(&'static str, u32)> {
        let interface = &design.bench.interface;
        let inputs = interface.inputs().into_iter();
        inputs.map(|stream| (stream.name, stream.width().bits())).collect()
    }

    fn read(
        design: &Design,
        files: &BTreeMap<String, String>,
    ) -> Result<Vec<Traffic>, VectorError> {
        phases(design, |name| Ok(files[name].clone()))
    }

    #[test]
    fn what_is_written_is_read_again() {
        let (design, files) = written();
        assert_eq!(read(&design, &files), Ok(package::phases(&design, 1, 100)));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let (design, files) = written();
        let [(one, bits), (other, _), ..] = inputs(&design)[..] else { panic!("several inputs") };
        let digits = bits.div_ceil(4);
        let complaint = |name: &str, damage: &dyn Fn(&str) -> String| {
            let mut files = files.clone();
            let text = damage(&files[name]);
            files.insert(name.to_owned(), text);
            read(&design, &files).expect_err("damaged files").to_string()
        };
        let first = |line: &str| {
            let line = line.to_owned();
            move |text: &str| format!("{line}\n{}", text.split_once('\n').expect("a line").1)
        };
        let (beats, ends) = (format!("{one}.hex"), format!("{one}_ends.hex"));
        let accepted = format!("accepted: {digits} hexadecimal digits, of at most {bits} bits");
        assert_eq!(
            complaint(&beats, &first("xyz")),
            format!("{beats}, line 1: \"xyz\": {accepted}")
        );
        let beyond = format!("1{}", "0".repeat(bits.div_ceil(4) as usize));
        assert!(complaint(&beats, &first(&beyond)).contains("line 1"), "a bit beyond the last");
        assert!(complaint(&beats, &first("")).contains("line 1"), "no digit");
        assert!(complaint(&beats, &first("0")).contains("line 1"), "a line cut short");
        assert!(complaint(&ends, &first("+0000001")).contains("line 1"), "a sign");
        assert!(complaint(&ends, &first("00ffffff")).contains(&format!("{ends}, line 2")));
        let other_ends = format!("{other}_ends.hex");
        assert!(complaint(&other_ends, &|text| format!("{text}000000ff\n")).contains("phases"));
        assert!(complaint(&beats, &|text| format!("{text}0\n")).contains("beats"));
    }
}
