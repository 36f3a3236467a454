//! From a design to a loaded library: Verilator, the C++ compiler, and the cache.

use super::Options;
use super::cache::Key;
use super::harness::{self, Recording};
use super::library::Loaded;
use crate::SimError;
use crate::tool::{self, Tool};
use hwgen_gen::{Design, Module};
use std::fs;
use std::path::Path;

/// What the library is called inside its cache entry.
const LIBRARY: &str = "model.so";

/// Options of Verilator and of the compiler that decide what the model does.
///
/// Whatever has no reset starts with random bits. Warnings are the business of lint. Behavioural
/// cells compute with real numbers: contracted, they would differ from the golden model's.
/// Functions are kept short, because the compiler takes more than proportional time for long ones:
/// a 16 x 16 systolic array needs 8 s instead of 196 s. The run time's makefile refuses directories
/// with blanks in their names, and knows no other name of this one. A large model is straight code that runs
/// once per cycle: beyond `-O1` it takes longer to compile and becomes no faster.
const OPTIONS: &[&str] = &[
    "--cc",
    "--exe",
    "--build",
    "-O3",
    "--x-assign",
    "unique",
    "--x-initial",
    "unique",
    "-Wno-fatal",
    "-Wno-lint",
    "--no-timing",
    "--output-split-cfuncs",
    "300",
    "-CFLAGS",
    "-fPIC -fvisibility=hidden -ffp-contract=off",
    "-LDFLAGS",
    "-shared",
    "-MAKEFLAGS",
    "CURDIR=.",
];

/// How the compiler optimises a model: what runs in every cycle, what runs once, the run time.
const OPTIMISED: &str = "OPT_FAST=-O1 OPT_SLOW=-O0 OPT_GLOBAL=-O2";
/// The same for a model that runs briefly.
const BRIEF: &str = "OPT_FAST=-O0 OPT_SLOW=-O0 OPT_GLOBAL=-O2";

/// The model of `design`'s bench, its RTL replaced by `rtl` if given (a mutant, say).
pub(super) fn load(
    design: &Design,
    rtl: Option<&[Module]>,
    recording: Recording,
    run: &Options,
) -> Result<Loaded, SimError> {
    let bench = &design.bench;
    let mut modules = rtl.map_or_else(|| design.rtl(), <[Module]>::to_vec);
    modules.extend(design.cells());
    let harness = harness::cpp(bench, recording);
    let verilator = Tool::Verilator.find()?;
    let root = tool::verilator_root()?;
    let compiler = Tool::Compiler.find()?;
    let mut options: Vec<&str> = OPTIONS.to_vec();
    options.extend(["-MAKEFLAGS", if run.brief { BRIEF } else { OPTIMISED }]);
    if recording.trace {
        options.push("--trace-fst");
    }
    if recording.coverage {
        options.extend(["--coverage-line", "--coverage-toggle"]);
    }
    let mut key = Key::default().with(&verilator.version).with(&root.to_string_lossy());
    key = key.with(&compiler.version).with(&harness);
    key = options.iter().fold(key, |key, option| key.with(option));
    key = modules.iter().fold(key, |key, module| {
        // The header names the command; it does not change what the model does.
        key.with(&module.name).with(without_comments(&module.text).as_str())
    });
    let folder =
        run.cache.get(&key, |folder| build(folder, &bench.module, &modules, &harness, &options))?;
    Loaded::load(&folder.join(LIBRARY))
}

/// Whole-line comments decide nothing; without them equal modules of different commands are equal.
fn without_comments(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

fn build(
    folder: &Path,
    top: &str,
    modules: &[Module],
    harness: &str,
    options: &[&str],
) -> Result<(), SimError> {
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        fs::write(&path, text).map_err(SimError::file(&path))
    };
    for module in modules {
        write(&format!("{}.v", module.name), &module.text)?;
    }
    write("harness.cpp", harness)?;
    let mut command = Tool::Verilator.command()?;
    tool::work_in(&mut command, folder);
    command.args(options);
    command.args(["--top-module", top, "--Mdir", "obj", "-o", LIBRARY, "-j", "2"]);
    command.args(modules.iter().map(|module| format!("{}.v", module.name)));
    command.arg("harness.cpp");
    tool::use_compiler_cache(&mut command);
    let product = folder.join("obj").join(LIBRARY);
    tool::run_for(&mut command, &product)?;
    let library = folder.join(LIBRARY);
    fs::rename(&product, &library).map_err(SimError::file(&library))?;
    let objects = folder.join("obj");
    fs::remove_dir_all(&objects).map_err(SimError::file(&objects))
}
