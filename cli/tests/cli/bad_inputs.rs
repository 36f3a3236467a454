//! Some hundred bad inputs of every kind, each played in a folder of its own. None may be accepted,
//! make hwgen panic or hang, leave anything behind, or touch what was there.

use crate::{BadValues, folder, some_block};
use hwgen_gen::package::{self, Paths};
use hwgen_gen::{Backend, Generator, blocks};
use rayon::prelude::*;
use serde_json::{Value, json};
use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::Duration;

/// The least that are played.
const LEAST: usize = 500;

/// A command takes less, whatever it is given.
const LIMIT: Duration = Duration::from_secs(60);

/// A command that must be refused, and files that it may read.
struct Case {
    arguments: Vec<OsString>,
    files: Vec<(String, Vec<u8>)>,
}

impl Case {
    fn new(line: &str) -> Self {
        Self { arguments: line.split(' ').map(OsString::from).collect(), files: Vec::new() }
    }

    /// One that finds this in the file `input`.
    fn with(line: &str, input: impl Into<Vec<u8>>) -> Self {
        Self::new(line).and("input", input)
    }

    fn and(mut self, name: &str, content: impl Into<Vec<u8>>) -> Self {
        self.files.push((name.to_owned(), content.into()));
        self
    }

    fn then(mut self, word: impl Into<OsString>) -> Self {
        self.arguments.push(word.into());
        self
    }

    fn shown(&self) -> String {
        let words: Vec<_> = self.arguments.iter().map(|word| word.to_string_lossy()).collect();
        let input = self.files.iter().map(|(name, content)| {
            let short: String = String::from_utf8_lossy(content).chars().take(100).collect();
            format!("{name} {short:?}")
        });
        let input = input.collect::<Vec<_>>().join(", ");
        let line: String = words.join(" ").chars().take(200).collect();
        format!("{line:?} with {input}")
    }

    /// What is wrong with how hwgen takes it, or nothing.
    fn fault(&self) -> Option<String> {
        let (place, temporary) = (folder(), folder());
        prepare(place.path(), &self.files);
        let before = listed(place.path());
        let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_hwgen"));
        command.current_dir(place.path()).args(&self.arguments).timeout(LIMIT);
        command.env("TMPDIR", temporary.path()).env("HWGEN_CACHE", temporary.path().join("cache"));
        let output = command.output().expect("hwgen starts");
        let complaints = String::from_utf8_lossy(&output.stderr).into_owned();
        let left = listed(temporary.path());
        let fault = match output.status.code() {
            None => "hangs, or was killed",
            Some(101) => "panics",
            Some(2 | 4) if complaints.contains("panicked") => "panics in a thread",
            Some(2 | 4) if listed(place.path()) != before => "changes what was there",
            Some(2 | 4) if left.iter().any(|(name, _)| !name.starts_with("cache")) => {
                "leaves files"
            }
            Some(2 | 4) if is_rude(&complaints) => "does not say what is wrong in a short message",
            Some(2 | 4) => return None,
            Some(_) => "is not refused",
        };
        Some(format!("{}: {fault}\n{complaints}", self.shown()))
    }
}

/// Whether a message has what no user should see: control characters, no end, names of our types
/// and of temporary files.
fn is_rude(complaints: &str) -> bool {
    let is_control = |c: char| c.is_control() && c != '\n' && c != '\t';
    let names_types = ["i128", "usize", "u32", "struct ", ".hwgen-"];
    complaints.trim().is_empty()
        || complaints.contains(is_control)
        || complaints.len() > 10_000
        || names_types.iter().any(|name| complaints.contains(name))
}

/// What a command finds: something of the user's, links to it and to a device, a pipe, a folder.
fn prepare(place: &Path, files: &[(String, Vec<u8>)]) {
    let at = |name: &str| place.join(name);
    fs::write(at("mine"), "mine").expect("a file");
    symlink("mine", at("link")).expect("a link");
    symlink("/dev/null", at("device")).expect("a link");
    fs::create_dir(at("folder")).expect("a folder");
    fs::write(at("folder/mine"), "mine").expect("a file");
    let made = std::process::Command::new("mkfifo").arg(at("pipe")).status().expect("mkfifo runs");
    assert!(made.success());
    for (name, content) in files {
        fs::write(at(name), content).expect("a file");
    }
}

/// All below a folder: names, and contents or targets.
fn listed(folder: &Path) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let (name, path) = (entry.file_name().to_string_lossy().into_owned(), entry.path());
        let kind = entry.file_type().expect("a kind");
        if kind.is_dir() {
            let inner = listed(&path).into_iter();
            all.extend(inner.map(|(inner, content)| (format!("{name}/{inner}"), content)));
        }
        let content = match kind {
            kind if kind.is_symlink() => fs::read_link(&path).map(|to| to.display().to_string()),
            kind if kind.is_file() => fs::read(&path).map(|bytes| format!("{bytes:?}")),
            kind => Ok(format!("{kind:?}")),
        };
        all.push((name, content.expect("it can be read")));
    }
    all.sort();
    all
}

fn parameters() -> Vec<Case> {
    let mut cases = Vec::new();
    for block in blocks::ALL {
        for flag in block.flags() {
            let typed = |value: String| {
                Case::new(&format!("emit {} --out new", block.name))
                    .then(format!("--{}={value}", flag.name))
            };
            let BadValues { kinds, spellings } = BadValues::of(&flag);
            cases.extend(kinds.into_iter().chain(spellings).map(typed));
            let twice = format!("show {} --{1} 4 --{1} 4", block.name, flag.name);
            cases.push(Case::new(&twice));
        }
    }
    cases
}

/// Words that no command line has, and options of commands.
fn words() -> Vec<Case> {
    let block = some_block();
    let escape = "a\u{1b}[2J\u{7}b";
    let mut cases = Vec::new();
    for command in ["show", "emit", "sim", "synth", "lint", "cycles"] {
        let line = format!("{command} {block}");
        for flag in ["--name", "--block", "--config", "--no-such-flag"] {
            let odd = [escape.into(), "x".repeat(100_000).into(), OsString::from_vec(vec![0xFF])];
            cases.extend(odd.map(|odd: OsString| Case::new(&line).then(flag).then(odd)));
        }
        cases.push(Case::new(&line).then("left over"));
        cases.push(Case::new(&format!("{line} --json --json")));
        cases.push(Case::new(&format!("{command} no_such_block")));
        for bad in ["-1", "+4", "", "many", "99999999999999999999999"] {
            cases.push(Case::new(&line).then("--seed").then(bad));
            cases.push(Case::new(&line).then("--vectors").then(bad));
        }
    }
    for line in [
        "emit BLOCK --vectors 0",
        "emit BLOCK --vectors 9999999",
        "emit BLOCK --name module",
        "emit BLOCK --name a-b",
        "sim BLOCK --batch 99999999",
        "sim BLOCK --data absent --batch 1",
        "synth BLOCK --clock-period 0 --target liberty",
        "synth BLOCK --clock-period +4 --target liberty",
        "synth BLOCK --clock-period nan --target liberty",
        "synth BLOCK --dont-use [ --target liberty",
        "synth BLOCK --dont-use NO_SUCH_CELL --target liberty",
        "reproduce",
        "reproduce nothing",
        "completions",
        "completions nothing",
        "cache --clear --clear",
    ] {
        cases.push(Case::new(&line.replace("BLOCK", block)));
    }
    cases
}

fn block_with_curves() -> &'static str {
    let measures = |block: &&'static Generator| {
        block.parse("").is_ok_and(|design| !design.spec.experiments().is_empty())
    };
    blocks::ALL.iter().find(measures).expect("a block that measures curves").name
}

/// Places where nothing may be written.
fn outputs() -> Vec<Case> {
    let curves = block_with_curves();
    let (block, paper) = (some_block(), hwgen_reproduce::PAPERS[0].name);
    let places = ["link", "device", "folder", "pipe", "absent/new", "mine/new", "/dev/full", "/"];
    let mut cases = Vec::new();
    for place in places {
        for line in [
            format!("sim {block} --trace {place}"),
            format!("sim {curves} --plot {place}"),
            format!("reproduce {paper} --plot {place}"),
            format!("synth {block} --netlist {place}"),
        ] {
            cases.push(Case::new(&line));
        }
    }
    for place in ["link", "device", "folder", "pipe", "mine", "mine/new", "/dev/null/new", "/"] {
        cases.push(Case::new(&format!("emit {block} --vectors 5 --out {place}")));
    }
    cases
}

/// Files that are read and written by the same command, whatever they are called.
fn twofold() -> Vec<Case> {
    let (block, config) = (some_block(), format!("block = \"{}\"", some_block()));
    let curves = block_with_curves();
    let mut cases = vec![
        Case::new(&format!("sim {curves} --trace new --plot ./new")),
        Case::new(&format!("sim {curves} --trace ./folder/../new --plot new")),
    ];
    for name in ["input.v", "./input.v", "folder/../input.v"] {
        for line in [
            "sim --config input.v --trace NAME".to_owned(),
            "synth --config input.v --netlist NAME".to_owned(),
            format!("synth {block} --liberty input.v --netlist NAME"),
            format!("synth {block} --target liberty --sdc input.v --netlist NAME"),
        ] {
            cases.push(Case::new(&line.replace("NAME", name)).and("input.v", config.as_str()));
        }
    }
    cases
}

/// Beats of a package in which one thing is wrong.
fn spoilt_beats() -> Vec<Case> {
    let design = blocks::ALL[0].parse("").expect("the default");
    let stimulus = package::stimulus(&design, 1, 20);
    let files = package::files(&design, &stimulus, Backend::Template, Paths::Relative);
    let streams = design.bench.interface.inputs();
    let names = streams
        .iter()
        .flat_map(|stream| [format!("{}.hex", stream.name), format!("{}_ends.hex", stream.name)]);
    let names: Vec<_> = names.collect();
    let beats = files.expect("a package").into_iter().filter_map(|file| {
        let name = file.path.strip_prefix("tb/")?.to_owned();
        names.contains(&name).then_some((name, file.text))
    });
    let beats: Vec<_> = beats.collect();
    assert_eq!(beats.len(), names.len(), "all files of the inputs");
    let mut cases = Vec::new();
    let mut add = |spoilt: &str, content: Option<Vec<u8>>| {
        let case = Case::new(&format!("cycles {} --data .", some_block()));
        let whole = |case: Case, (name, text): &(String, String)| match &content {
            Some(content) if name == spoilt => case.and(name, content.clone()),
            None if name == spoilt => case,
            _ => case.and(name, text.as_str()),
        };
        cases.push(beats.iter().fold(case, whole));
    };
    for (name, text) in &beats {
        let first = |line: &str| {
            let rest = text.split_once('\n').expect("a line").1;
            Some(format!("{line}\n{rest}").into_bytes())
        };
        add(name, None);
        add(name, Some(text.as_bytes()[..text.len() / 2].to_vec()));
        add(name, Some(format!("{text}0\n").into_bytes()));
        add(name, Some(vec![0xFF, 0xFE]));
        add(name, Some(vec![b'0'; 10_000_000]));
        for line in ["", "xyz", "-1", "+1", "0x1", " 1", "1 1", "// 1", "\0", "\u{664}"] {
            add(name, first(line));
        }
        add(name, first(&"f".repeat(200)));
    }
    cases
}

/// Files that are none.
fn unreadable() -> Vec<Case> {
    let block = some_block();
    let mut cases = Vec::new();
    for place in ["absent", "folder", "pipe", "device", "/dev/zero", "mine", "mine/absent"] {
        for line in [
            format!("emit --config {place}"),
            format!("emit {block} --config {place}"),
            format!("sim {block} --data {place}"),
            format!("cycles {block} --data {place}"),
            format!("synth {block} --liberty {place}"),
        ] {
            cases.push(Case::new(&line));
        }
    }
    for place in ["absent", "folder", "pipe", "/dev/zero"] {
        cases.push(Case::new(&format!("synth {block} --target liberty --sdc {place}")));
    }
    cases
}

/// Parameter files that say nothing, or too much.
fn configurations() -> Vec<Case> {
    let block = some_block();
    let flag = &blocks::ALL[0].flags()[0].name;
    let long = "x".repeat(10_000_000);
    let texts = [
        String::new(),
        "=".to_owned(),
        "block".to_owned(),
        "block = ".to_owned(),
        "block = 3".to_owned(),
        "block = \"nothing\"".to_owned(),
        "block = \"\\u001b[2J\"".to_owned(),
        format!("block = \"{long}\""),
        format!("block = \"{block}\"\n{long} = 3"),
        format!("block = \"{block}\"\n{flag} = \"{long}\""),
        format!("block = \"{block}\"\n{flag} = -1"),
        format!("block = \"{block}\"\n{flag} = \"4\""),
        format!("block = \"{block}\"\n{flag} = 4.0"),
        format!("block = \"{block}\"\n{flag} = 1e99"),
        format!("block = \"{block}\"\n{flag} = nan"),
        format!("block = \"{block}\"\n{flag} = []"),
        format!("block = \"{block}\"\n{flag} = {{ a = 1 }}"),
        format!("block = \"{block}\"\n{flag} = 4\n{flag} = 4"),
        format!("block = \"{block}\"\n[{flag}]\nvalue = 4"),
        format!("block = \"{block}\"\nseed = 4\nout = \"mine\""),
        format!("block = \"{block}\"\nname = \"a b\""),
        format!("block = \"{block}\"\nno-such-parameter = 4"),
        "a = ".to_owned() + &"[".repeat(100_000),
        "{".repeat(100_000),
    ];
    let mut cases: Vec<_> =
        texts.into_iter().map(|text| Case::with("emit --config input", text)).collect();
    cases.push(Case::with("emit --config input", [0xFF, 0xFE, 0x00]));
    cases
}

/// A network of `models`: text, arrays, images.
fn network() -> (String, Vec<u8>, Vec<u8>) {
    let path = |name: &str| format!("{}/../models/lenet5/{name}", env!("CARGO_MANIFEST_DIR"));
    let bytes = |name: &str| fs::read(path(name)).expect("a file of the model");
    let graph = String::from_utf8(bytes("lenet5.json")).expect("text");
    (graph, bytes("lenet5.safetensors"), bytes("images.npy"))
}

/// Every place in `value`, as a pointer.
fn places(value: &Value, place: &str, all: &mut Vec<String>) {
    all.push(place.to_owned());
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(key, own)| places(own, &format!("{place}/{key}"), all));
        }
        Value::Array(elements) => {
            for (index, own) in elements.iter().enumerate() {
                places(own, &format!("{place}/{index}"), all);
            }
        }
        _ => {}
    }
}

/// Graphs in which one thing is wrong: in the input, the outputs, and a node of each kind.
fn spoilt_graphs(graph: &str) -> Vec<String> {
    let graph: Value = serde_json::from_str(graph).expect("a graph");
    let mut all = Vec::new();
    places(&graph, "", &mut all);
    let later = |place: &String| (2..7).any(|node| place.starts_with(&format!("/nodes/{node}")));
    let mut spoilt = Vec::new();
    for place in all.into_iter().filter(|place| !later(place)) {
        let mut changed = |change: &dyn Fn(&mut Value)| {
            let mut graph = graph.clone();
            change(graph.pointer_mut(&place).expect("the place"));
            spoilt.push(graph.to_string());
        };
        let value = graph.pointer(&place).expect("the place");
        let mut wrong = vec![json!(null), json!({"a": [1]})];
        wrong.extend(match value {
            Value::Number(_) => vec![json!("3"), json!(2.5), json!(1e30), json!([])],
            Value::Bool(_) => vec![json!(1), json!("true")],
            Value::String(_) => vec![json!(3), json!(false), json!("\u{1b}[2J")],
            _ => vec![json!("a"), json!([[]])],
        });
        wrong.into_iter().for_each(|wrong| changed(&|value| *value = wrong.clone()));
        if let Value::Object(fields) = value {
            for key in fields.keys() {
                changed(&|value| drop(value.as_object_mut().expect("an object").remove(key)));
            }
            changed(&|value| value["stridee"] = json!(1));
        }
    }
    spoilt
}

/// Networks and images in which one thing is wrong.
fn spoilt_networks() -> Vec<Case> {
    let (graph, arrays, images) = network();
    let line = "run input.json --images images.npy --count 1";
    let case = |graph: &str, arrays: &[u8], images: &[u8]| {
        let case = Case::new(line).and("input.json", graph).and("input.safetensors", arrays);
        case.and("images.npy", images)
    };
    let mut cases = Vec::new();
    for graph in spoilt_graphs(&graph) {
        cases.push(case(&graph, &arrays, &images));
    }
    for part in 1..20 {
        let cut = |bytes: &[u8]| bytes[..bytes.len() * part / 20].to_vec();
        let text = String::from_utf8(cut(graph.as_bytes())).expect("text");
        cases.push(case(&text, &arrays, &images));
        cases.push(case(&graph, &cut(&arrays), &images));
        cases.push(case(&graph, &arrays, &cut(&images)));
    }
    for text in ["[".repeat(100_000), format!("{{\"format\": \"{}\"}}", "x".repeat(10_000_000))] {
        cases.push(case(&text, &arrays, &images));
    }
    let mut huge = arrays.clone();
    huge[..8].copy_from_slice(&u64::MAX.to_le_bytes());
    cases.push(case(&graph, &huge, &images));
    for claimed in ["(99999999999, 1, 28, 28)", "(100, 2, 14, 28)", "(100, 784)", "(-1, 1, 28, 28)"]
    {
        let header = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': {claimed}, }}\n");
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((header.len() as u16).to_le_bytes());
        bytes.extend(header.as_bytes());
        bytes.extend(&images[images.len() - 78_400..]);
        cases.push(case(&graph, &arrays, &bytes));
    }
    for flags in
        ["--on rtl", "--on golden", "--count 0", "--count 101", "--labels absent", "--batch 0"]
    {
        let line = format!("{line} {flags}").replace(" --count 1 --count", " --count");
        let case = Case::new(&line).and("input.json", graph.as_str());
        cases.push(
            case.and("input.safetensors", arrays.as_slice()).and("images.npy", images.as_slice()),
        );
    }
    cases
}

/// Cell libraries that are none.
fn libraries() -> Vec<Case> {
    let line = format!("synth {} --liberty input", some_block());
    let open = "library (l) { cell (A) { area : 1; pin (Y) { direction : output; function : \"";
    let texts = [
        String::new(),
        "library".to_owned(),
        "library (l) {".to_owned(),
        "library (l) { }".to_owned(),
        "cell (A) { area : 1; }".to_owned(),
        "library (l) { cell (A) { area : 1; ".to_owned(),
        "library (l) { cell (A) { area : many; } }".to_owned(),
        "library (l) { cell (A) { area : 1; } cell (A) { area : 2; } }".to_owned(),
        "library (l) { /* ".to_owned(),
        "library (l) { include_file (other); }".to_owned(),
        open.to_owned(),
        format!("{open}{}", "(".repeat(100_000)),
        format!("{open}{}\"; }} }} }}", "!".repeat(100_000)),
        format!("{open}A\"; }} }} }}"),
        "group () { ".repeat(100_000),
        format!("library (l) {{ name : \"{}", "x".repeat(10_000_000)),
    ];
    let mut cases: Vec<_> = texts.into_iter().map(|text| Case::with(&line, text)).collect();
    cases.push(Case::with(&line, [0x1F, 0x8B, 0x08, 0x00]));
    cases.push(Case::with(&line, vec![0; 100_000]));
    cases
}

#[test]
fn no_bad_input_is_accepted_or_does_harm() {
    let kinds: [(&str, Vec<Case>); 9] = [
        ("parameters", parameters()),
        ("words", words()),
        ("places to write", outputs()),
        ("files read and written", twofold()),
        ("files to read", unreadable()),
        ("beats", spoilt_beats()),
        ("parameter files", configurations()),
        ("networks", spoilt_networks()),
        ("cell libraries", libraries()),
    ];
    let played: usize = kinds.iter().map(|(_, cases)| cases.len()).sum();
    let faults: Vec<_> = kinds
        .par_iter()
        .flat_map(|(kind, cases)| {
            cases.par_iter().filter_map(move |case| Some(format!("{kind}: {}", case.fault()?)))
        })
        .collect();
    let text = faults.join("\n");
    assert!(faults.is_empty(), "{} of {played} bad inputs:\n{text}", faults.len());
    assert!(played >= LEAST, "{played} bad inputs are played");
}
