//! The self-checking test bench, for any simulator.

use crate::block::Path;
use crate::design::print;
use crate::interface::Stream;
use crate::stimulus::{Cause, Stimulus};
use crate::traffic::Beats;
use crate::verilog::Width;
use crate::{Design, Module, Source};
use askama::Template;

/// The bench itself: all but the streams, each of which is a module of its own.
#[derive(Template)]
#[template(path = "_frame/bench.v.askama")]
struct Bench {
    name: String,
    module: String,
    phases: usize,
    inputs: Vec<BenchStream>,
    outputs: Vec<BenchStream>,
    paths: Vec<BenchPath>,
    predicted_cycles: Option<u64>,
    idle_cycles: u64,
}

/// Sends the beats of an input stream.
#[derive(Template)]
#[template(path = "_frame/bench_source.v.askama")]
struct BenchSource<'a> {
    name: &'a str,
}

/// Takes the beats of an output stream.
#[derive(Template)]
#[template(path = "_frame/bench_sink.v.askama")]
struct BenchSink<'a> {
    name: &'a str,
}

/// Checks latency and interval.
#[derive(Template)]
#[template(path = "_frame/bench_pace.v.askama")]
struct BenchPace<'a> {
    name: &'a str,
}

/// How often a stream stands still for long.
const STANDSTILLS: usize = 8;

impl Bench {
    fn new(design: &Design, stimulus: &Stimulus) -> Self {
        let bench = &design.bench;
        let (inputs, outputs) = (bench.interface.inputs(), bench.interface.outputs());
        let beats = stimulus.inputs.0.iter().chain(&stimulus.expected.0);
        let streams = inputs.iter().chain(&outputs).zip(beats).enumerate();
        let mut streams: Vec<_> = streams
            .map(|(index, (stream, beats))| BenchStream::new(index, stream, beats))
            .collect();
        let outputs = streams.split_off(inputs.len());
        Self {
            name: name(design),
            module: bench.module.clone(),
            phases: stimulus.phases,
            inputs: streams,
            outputs,
            paths: BenchPath::all(design, stimulus),
            predicted_cycles: stimulus.predicted_cycles,
            idle_cycles: stimulus.idle_cycles,
        }
    }

    fn streams(&self) -> impl Iterator<Item = &BenchStream> {
        self.inputs.iter().chain(&self.outputs)
    }

    fn results(&self) -> usize {
        self.outputs.iter().map(|stream| stream.beats).sum()
    }

    fn beats(&self) -> usize {
        self.streams().map(|stream| stream.beats).sum()
    }

    /// Beats of `stream` from one that has to wait to the next.
    fn period(&self, stream: &BenchStream) -> usize {
        (stream.beats / STANDSTILLS).max(1)
    }

    /// The first beat of `stream` that has to wait: streams do so in turn, all through the run.
    fn pause(&self, stream: &BenchStream) -> usize {
        let streams = self.inputs.len() + self.outputs.len();
        self.period(stream) * (stream.index + 1) / (streams + 1)
    }
}

/// Parts of a bench: `tb_<top>_<part>`.
pub(crate) const PARTS: [&str; 3] = ["source", "sink", "pace"];

/// Name of the bench; its parts are called `<name>_<part>`.
fn name(design: &Design) -> String {
    format!("tb_{}", design.name)
}

/// One stream as the bench sees it.
struct BenchStream {
    name: &'static str,
    index: usize,
    valid: String,
    ready: String,
    width: Width,
    beats: usize,
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
            index,
            valid: stream.valid(),
            ready: stream.ready(),
            width: stream.width(),
            beats: beats.len(),
            stall_bit: (index * 5) % 31,
            ports,
        }
    }
}

/// A promise about timing as the bench checks it.
pub(super) struct BenchPath {
    promise: Path,
    /// Indices of the two streams among all.
    input: usize,
    output: usize,
    /// Beats of the input stream.
    sent: usize,
    /// The cause of every result.
    causes: Vec<Option<Cause>>,
}

impl BenchPath {
    pub(super) fn all(design: &Design, stimulus: &Stimulus) -> Vec<Self> {
        let interface = &design.bench.interface;
        let (inputs, outputs) = (interface.inputs(), interface.outputs());
        let position =
            |streams: &[&Stream], name| streams.iter().position(|stream| stream.name == name);
        let paths = design.spec.timing().into_iter().filter_map(|promise| {
            let (input, output) =
                (position(&inputs, promise.from)?, position(&outputs, promise.to)?);
            let sent = stimulus.inputs.0[input].len();
            let causes = stimulus.causes(input, output);
            Some(Self { promise, input, output: inputs.len() + output, sent, causes })
        });
        paths.collect()
    }

    pub(super) fn name(&self) -> String {
        format!("{}_to_{}", self.promise.from, self.promise.to)
    }

    /// One line per result: see the template of the module that reads it.
    pub(super) fn hex(&self) -> String {
        let number = |cause: &Option<Cause>| match cause {
            None => 1 << 31,
            Some(Cause { beat, first }) => beat | usize::from(*first) << 30,
        };
        self.causes.iter().map(|cause| format!("{:08x}\n", number(cause))).collect()
    }
}

/// The modules of the bench, top first: they are called as the first, or `<name>_<part>`.
pub(super) fn modules(design: &Design, stimulus: &Stimulus) -> Vec<Module> {
    let bench = Bench::new(design, stimulus);
    let name = |part: &str| format!("{}_{part}", bench.name);
    let [source, sink, pace] = PARTS.map(name);
    let mut sources = vec![
        Source::generated(&bench.name, &bench),
        Source::generated(&source, &BenchSource { name: &source }),
        Source::generated(&sink, &BenchSink { name: &sink }),
    ];
    if !bench.paths.is_empty() {
        sources.push(Source::generated(&pace, &BenchPace { name: &pace }));
    }
    print(&sources, &design.made_by())
}
