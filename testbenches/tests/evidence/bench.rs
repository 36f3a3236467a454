//! The emitted bench notices what it is there for: every kind of fault that shows at a stream, in
//! the round that is made for it, and vectors that are not what they should be.

use hwgen_gen::Backend;
use hwgen_gen::block::Bench;
use hwgen_gen::interface::{RESET, Stream};
use hwgen_sim::portability::{self, Outcome, Simulator};
use hwgen_sim::tool::{self, Tool};
use hwgen_testbenches::{Case, Check, Layer, Tier, itself, package, small_cases};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// Beats of a bench: what shows at a stream needs few.
const BEATS: usize = 200;

/// The checks of this layer.
pub fn checks() -> Vec<Check> {
    let mut layer = Layer::new("bench");
    layer.needs(&[Tool::Icarus]);
    for wrapped in WRAPPED {
        for case in small_cases() {
            let name = format!("{}::{}", case.name(), wrapped.what);
            layer.add(&name, Tier::Full, 0, move || unnoticed(&case, wrapped));
        }
    }
    layer.each_as("damaged_vectors_are_named", small_cases(), |case| {
        unnamed(case, Simulator::Icarus)
    });
    layer.needs(&[Tool::Verilator, Tool::Compiler]);
    let one = small_cases().into_iter().take(1).collect();
    layer.each_as("damaged_vectors_are_named_by_another_simulator", one, |case| {
        unnamed(case, Simulator::Verilator)
    });
    layer.needs(&[Tool::Icarus, Tool::Verilator, Tool::Compiler]);
    itself!(layer, rounds_that_do_not_exist_are_refused);
    layer.needs(&[Tool::FuseSoc, Tool::Icarus, Tool::Verilator, Tool::Compiler]);
    itself!(layer, a_bench_that_fails_fails_through_the_core);
    layer.checks()
}

/// A fault around a design whose ports are as before.
struct Wrapped {
    what: &'static str,
    /// The round that has to notice it.
    round: &'static str,
    /// Whether it shows at every output stream, or only at the one that ends the vectors.
    at_every_stream: bool,
    /// Verilog between the ports and the design: `valid`, `ready` and `payload` are the design's
    /// side of an output stream, `reset` its reset.
    body: fn(&Stream) -> String,
}

const WRAPPED: &[Wrapped] = &[
    Wrapped {
        what: "results come one cycle late",
        round: "+stall=0",
        at_every_stream: false,
        body: |stream| {
            let (valid_o, ready_i) = (stream.valid(), stream.ready());
            format!(
                "reg full; reg [{msb}:0] word;\n\
                 assign ready = ~full | {ready_i};\nassign {valid_o} = full;\n\
                 assign {outputs} = word;\nassign reset = {RESET};\n\
                 always @(posedge clk_i or negedge {RESET})\n\
                 if (!{RESET}) full <= 1'b0; else if (ready) full <= valid;\n\
                 always @(posedge clk_i) if (ready) word <= payload;\n",
                msb = stream.width().msb(),
                outputs = outputs(stream),
            )
        },
    },
    Wrapped {
        what: "valid waits for ready",
        round: "+stall=2",
        at_every_stream: true,
        body: |stream| {
            let (valid_o, ready_i) = (stream.valid(), stream.ready());
            format!(
                "assign {valid_o} = valid & {ready_i};\nassign ready = {ready_i};\n\
                 assign {} = payload;\nassign reset = {RESET};\n",
                outputs(stream)
            )
        },
    },
    Wrapped {
        what: "a payload does not survive a lasting stall",
        round: "+stall=3",
        at_every_stream: true,
        body: |stream| {
            let (valid_o, ready_i) = (stream.valid(), stream.ready());
            format!(
                "reg [7:0] waited;\nassign {valid_o} = valid;\nassign ready = {ready_i};\n\
                 assign {} = (waited == 8'd200) ? ~payload : payload;\nassign reset = {RESET};\n\
                 always @(posedge clk_i or negedge {RESET})\n\
                 if (!{RESET}) waited <= 8'd0;\n\
                 else if (!valid | {ready_i}) waited <= 8'd0;\n\
                 else if (waited != 8'd200) waited <= waited + 8'd1;\n",
                outputs(stream)
            )
        },
    },
    Wrapped {
        what: "only the first reset resets",
        round: "+stall=1",
        at_every_stream: true,
        body: |stream| {
            let (valid_o, ready_i) = (stream.valid(), stream.ready());
            format!(
                "reg awake;\ninitial awake = 1'b0;\n\
                 always @(posedge clk_i) if ({RESET}) awake <= 1'b1;\n\
                 assign {valid_o} = valid;\nassign ready = {ready_i};\n\
                 assign {} = payload;\nassign reset = {RESET} | awake;\n",
                outputs(stream)
            )
        },
    },
    Wrapped {
        what: "valid is unknown",
        round: "+stall=0",
        at_every_stream: true,
        body: |stream| {
            let (valid_o, ready_i) = (stream.valid(), stream.ready());
            format!(
                "reg unset;\nassign {valid_o} = valid | unset;\nassign ready = {ready_i};\n\
                 assign {} = payload;\nassign reset = {RESET};\n",
                outputs(stream)
            )
        },
    },
];

/// The payload ports of `stream`, the first in the low bits.
fn outputs(stream: &Stream) -> String {
    let ports: Vec<_> = stream.fields.iter().rev().map(|field| stream.data(field)).collect();
    format!("{{{}}}", ports.join(", "))
}

/// The module `bench` with a fault around the design, which is now called `<name>_design`.
fn wrapper(bench: &Bench, wrapped: &Wrapped, stream: &Stream) -> String {
    let Bench { module, interface } = bench;
    let ports = interface.ports();
    let mut text = format!(
        "module {module} (\n{ports}\n);\nwire valid; wire ready; wire reset;\n\
         wire [{msb}:0] payload;\n{body}{module}_design u_design (\n",
        msb = stream.width().msb(),
        body = (wrapped.body)(stream),
    );
    let mut low = 0;
    let mut slices = Vec::new();
    for field in &stream.fields {
        slices.push((stream.data(field), format!("payload[{low} +: {}]", field.width())));
        low += field.width().bits();
    }
    slices.push((stream.valid(), "valid".to_owned()));
    slices.push((stream.ready(), "ready".to_owned()));
    slices.push((RESET.to_owned(), "reset".to_owned()));
    let ports = ports.0.iter().flat_map(|group| &group.ports);
    let wires: Vec<_> = ports
        .map(|port| {
            let wire = slices.iter().find(|(name, _)| *name == port.name);
            format!(".{}({})", port.name, wire.map_or(&port.name, |(_, wire)| wire))
        })
        .collect();
    let _ = write!(text, "{}\n);\nendmodule\n", wires.join(",\n"));
    text
}

/// The file below `package` that holds `module`.
fn file_of(package: &Path, module: &str) -> PathBuf {
    let files = ["rtl", "cells"].map(|folder| package.join(format!("{folder}/{module}.v")));
    files.into_iter().find(|file| file.exists()).expect("the module has a file")
}

/// What is wrong with how the bench of `case` takes a fault around the design, at `stream`.
fn unnoticed_at(case: &Case, wrapped: &Wrapped, stream: &Stream) -> Option<String> {
    let design = &case.design;
    let package = package(design, Backend::Template, BEATS);
    let bench = &design.bench;
    let file = file_of(package.path(), &bench.module);
    let text = fs::read_to_string(&file).expect("the module");
    let declared = format!("module {} ", bench.module);
    assert_eq!(text.matches(&declared).count(), 1, "{declared}");
    let inner = text.replacen(&declared, &format!("module {}_design ", bench.module), 1);
    fs::write(&file, inner + &wrapper(bench, wrapped, stream)).expect("a file is written");
    let name = format!("stream {}", stream.name);
    let bench = portability::Bench::build(Simulator::Icarus, package.path(), design.name.as_str());
    match bench.and_then(|bench| bench.play(&[wrapped.round])) {
        Err(error) => Some(format!("{name}: {error}")),
        Ok(Outcome { passed: true, log, .. }) => Some(format!("{name}: passed\n{log}")),
        Ok(_) => None,
    }
}

/// The same at every output stream; at one of them at least, where the fault does not show at each.
fn unnoticed(case: &Case, wrapped: &Wrapped) -> Vec<String> {
    let interface = &case.design.bench.interface;
    let streams = interface.outputs();
    let found: Vec<_> =
        streams.iter().filter_map(|stream| unnoticed_at(case, wrapped, stream)).collect();
    let noticed_once = found.len() < streams.len();
    if noticed_once && !wrapped.at_every_stream { Vec::new() } else { found }
}

/// What has become of a file of numbers: another text, or no file. None where it cannot happen to
/// this one.
type Damage = fn(&str) -> Option<Option<String>>;

/// An unknown digit, which a simulator of two states reads as 0.
const UNKNOWN: Damage = |text| text.split_once('\n').map(|(_, rest)| Some(format!("x\n{rest}")));

const DAMAGES: [Damage; 4] = [
    |_| Some(None),
    |text| (!text.is_empty()).then(|| Some(String::new())),
    |text| Some(Some(text[..text.len().checked_sub(1)?].rsplit_once('\n')?.0.to_owned())),
    |text| Some(Some(format!("{text}0\n"))),
];

/// Damages of vectors that the bench of `case` does not name.
fn unnamed(case: &Case, simulator: Simulator) -> Vec<String> {
    let package = package(&case.design, Backend::Template, BEATS);
    let name = case.design.name.as_str();
    let bench = match portability::Bench::build(simulator, package.path(), name) {
        Err(error) => return vec![format!("{}: {error}", case.name())],
        Ok(bench) => bench,
    };
    let mut unnamed = Vec::new();
    let entries = fs::read_dir(package.path().join("tb")).expect("a folder");
    let files = entries.map(|entry| entry.expect("an entry").path());
    for file in files.filter(|file| file.extension().is_some_and(|ending| ending == "hex")) {
        let text = fs::read_to_string(&file).expect("numbers");
        let unknown = (simulator == Simulator::Icarus).then_some(&UNKNOWN);
        let damaged = DAMAGES.iter().chain(unknown).filter_map(|damage| damage(&text));
        for damaged in damaged {
            match damaged {
                None => fs::remove_file(&file).expect("a file is removed"),
                Some(damaged) => fs::write(&file, damaged).expect("a file is written"),
            }
            let stem = file.file_name().expect("a name").to_string_lossy().into_owned();
            match bench.play(&[]) {
                Err(error) => unnamed.push(format!("{}, {stem}: {error}", case.name())),
                Ok(Outcome { passed, log, .. }) if passed || !log.contains(&stem) => {
                    unnamed.push(format!("{}, {stem}:\n{log}", case.name()));
                }
                Ok(_) => {}
            }
        }
        fs::write(&file, text).expect("a file is written");
    }
    unnamed
}

/// The exit code of `fusesoc run --target sim` for a package in `folder`, and what was printed.
fn run_core(folder: &Path, name: &str, simulator: &str) -> (bool, String) {
    let mut command = Tool::FuseSoc.command().expect("FuseSoC");
    command.current_dir(folder).env("HOME", folder);
    command.args(["--cores-root", ".", "run", "--target", "sim", "--tool", simulator]);
    command.arg(format!("hwgen:blocks:{name}"));
    let output = tool::launch(&mut command).expect("it runs");
    let all = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&all).into_owned())
}

/// All packages have the same core: one is enough.
fn a_bench_that_fails_fails_through_the_core() {
    let case = small_cases().swap_remove(0);
    let (name, interface) = (case.design.name.as_str(), case.design.spec.interface());
    let package = package(&case.design, Backend::Template, BEATS);
    let expected = package.path().join(format!("tb/{}.hex", interface.outputs()[0].name));
    let text = fs::read_to_string(&expected).expect("results");
    let (first, rest) = text.split_once('\n').expect("a result");
    let other = if first.ends_with('0') { '1' } else { '0' };
    let wrong = format!("{}{other}\n{rest}", &first[..first.len() - 1]);
    for (results, passes) in [(&text, true), (&wrong, false)] {
        fs::write(&expected, results).expect("a file is written");
        for simulator in ["icarus", "verilator"] {
            let (passed, log) = run_core(package.path(), name, simulator);
            assert_eq!(passed, passes, "{simulator}:\n{log}");
            assert!(log.contains(if passes { "PASS" } else { "FAIL" }), "{simulator}:\n{log}");
        }
    }
}

/// A round that does not exist, and numbers of no digit, of which simulators make what they like.
fn rounds_that_do_not_exist_are_refused() {
    let case = small_cases().swap_remove(0);
    let package = package(&case.design, Backend::Template, 20);
    for simulator in [Simulator::Icarus, Simulator::Verilator] {
        let name = case.design.name.as_str();
        let bench = portability::Bench::build(simulator, package.path(), name).expect("a bench");
        for round in ["4", "x", "z", "1a", "01", "-1", "4294967296", ""] {
            let outcome = bench.play(&[&format!("+stall={round}")]).expect("it runs");
            assert!(!outcome.passed, "{simulator:?}, {round}: {}", outcome.log);
        }
        for round in ["0", "1", "2", "3"] {
            let outcome = bench.play(&[&format!("+stall={round}")]).expect("it runs");
            assert!(outcome.passed, "{simulator:?}, {round}: {}", outcome.log);
        }
    }
}
