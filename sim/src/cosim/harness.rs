//! The C++ that stands between the model Verilator writes and Rust, generated from the interface.

use askama::Template;
use hwgen_gen::block::Bench;
use hwgen_gen::interface::Stream;

/// What a library is built to record, besides beats.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Recording {
    /// Waveforms in FST format.
    pub trace: bool,
    /// Line and toggle coverage.
    pub coverage: bool,
}

#[derive(Template)]
#[template(path = "harness.cpp.askama")]
struct Harness<'a> {
    module: &'a str,
    inputs: Vec<StreamPorts>,
    outputs: Vec<StreamPorts>,
    trace: bool,
    coverage: bool,
}

struct StreamPorts {
    name: String,
    valid: String,
    ready: String,
    /// Words per beat, at least one so that C++ arrays have a size.
    words: usize,
    ports: Vec<PayloadPort>,
}

/// A payload port and where its bits lie in the words of a beat.
struct PayloadPort {
    name: String,
    width: u32,
    word: usize,
    words: usize,
}

impl StreamPorts {
    fn new(stream: &Stream) -> Self {
        let mut word = 0;
        let ports = stream.fields.iter().map(|field| {
            let width = field.width().bits();
            let words = width.div_ceil(32) as usize;
            let port = PayloadPort { name: stream.data(field), width, word, words };
            word += words;
            port
        });
        let ports = ports.collect();
        Self {
            // A stream may be called `in` or `new`; a C++ variable may not.
            name: format!("stream_{}", stream.name),
            valid: stream.valid(),
            ready: stream.ready(),
            words: word.max(1),
            ports,
        }
    }
}

/// The harness of `bench`, as C++.
pub fn cpp(bench: &Bench, recording: Recording) -> String {
    let of = |streams: Vec<&Stream>| streams.into_iter().map(StreamPorts::new).collect();
    let harness = Harness {
        module: &bench.module,
        inputs: of(bench.interface.inputs()),
        outputs: of(bench.interface.outputs()),
        trace: recording.trace,
        coverage: recording.coverage,
    };
    let text = harness.render();
    text.unwrap_or_else(|error| unreachable!("only writing can fail, not to a string: {error}"))
}
