//! The self-checking test bench and its vectors, for any simulator.

use super::{File, Package, render};
use crate::Design;
use crate::interface::Stream;
use crate::random::Random;
use crate::stimulus::Stimulus;
use crate::traffic::Beats;
use crate::verilog::Width;
use askama::Template;

/// Hexadecimal digits that the vectors of a package may fill, so that it stays small.
const DIGITS: usize = 400_000;

/// About `beats` beats for the bench of `design`: some corners, then seeded random ones.
pub fn stimulus(design: &Design, seed: u64, beats: usize) -> Stimulus {
    let interface = design.spec.bench(&design.name).interface;
    let digits = |stream: &Stream| stream.width().bits().div_ceil(4) as usize;
    let beats = beats.min(DIGITS / interface.streams.iter().map(digits).sum::<usize>());
    let mut phases = Vec::new();
    let mut left = beats / 2;
    for phase in design.spec.corners() {
        let Some(rest) = left.checked_sub(phase.len()) else { break };
        left = rest;
        phases.push(phase);
    }
    phases.extend(design.spec.vectors(&mut Random::new(seed, 0), beats / 2));
    Stimulus::new(design, &phases)
}

#[derive(Template)]
#[template(path = "_frame/bench.v.askama")]
struct Bench<'a> {
    made_by: String,
    name: String,
    module: &'a str,
    phases: usize,
    inputs: Vec<BenchStream>,
    outputs: Vec<BenchStream>,
}

/// One stream as the bench sees it.
struct BenchStream {
    name: &'static str,
    valid: String,
    ready: String,
    width: Width,
    beats: usize,
    /// Words of the memory: one for a stream without beats.
    depth: usize,
    /// Bit of the stall generator that stalls it.
    stall_bit: usize,
    /// Port and its lowest and highest bit within a beat.
    ports: Vec<(String, u32, u32)>,
}

impl BenchStream {
    fn new(index: usize, stream: &Stream, beats: &Beats) -> Self {
        let mut low = 0;
        let ports = stream.fields.iter().map(|field| {
            let port = (stream.data(field), low, low + field.width().msb());
            low += field.width().bits();
            port
        });
        let ports = ports.collect();
        Self {
            name: stream.name,
            valid: stream.valid(),
            ready: stream.ready(),
            width: stream.width(),
            beats: beats.len(),
            depth: beats.len().max(1),
            stall_bit: (index * 5) % 31,
            ports,
        }
    }
}

/// The bench and its vectors.
pub(super) fn files(package: &Package<'_>) -> Vec<File> {
    let design = package.design;
    let bench = design.spec.bench(&design.name);
    let interface = bench.interface;
    let (inputs, outputs) = (interface.inputs(), interface.outputs());
    let stimulus = package.stimulus;
    let streams = |first: usize, streams: &[&Stream], beats: &[Beats]| {
        let pairs = streams.iter().zip(beats).enumerate();
        pairs
            .map(|(index, (stream, beats))| BenchStream::new(first + index, stream, beats))
            .collect()
    };
    let text = render(&Bench {
        made_by: design.made_by(),
        name: format!("tb_{}", design.name),
        module: &bench.module,
        phases: stimulus.phases,
        inputs: streams(0, &inputs, &stimulus.inputs.0),
        outputs: streams(inputs.len(), &outputs, &stimulus.expected.0),
    });
    let mut files = vec![File::new(format!("tb/tb_{}.v", design.name), text)];
    for ((stream, beats), ends) in inputs.iter().zip(&stimulus.inputs.0).zip(&stimulus.input_ends) {
        files.push(File::new(format!("tb/{}.hex", stream.name), beats_hex(beats)));
        let ends: Vec<_> = ends.iter().map(|end| format!("{end:08x}")).collect();
        files.push(File::new(format!("tb/{}_ends.hex", stream.name), lines(&ends)));
    }
    for (stream, beats) in outputs.iter().zip(&stimulus.expected.0) {
        files.push(File::new(format!("tb/{}.hex", stream.name), beats_hex(beats)));
    }
    files
}

/// One line per beat; a single zero if there is none, so that the memory has a word.
fn beats_hex(beats: &Beats) -> String {
    let words: Vec<_> = (0..beats.len()).map(|beat| beats.hex(beat)).collect();
    if words.is_empty() { "0\n".to_owned() } else { lines(&words) }
}

fn lines(lines: &[String]) -> String {
    lines.join("\n") + "\n"
}
