//! The generated modules of every configuration, committed and reviewed as Verilog: those of the
//! default as they are, `expected/<block>/<module>.v`; those of other configurations, and parts that
//! are modules of another block, as differences from the one that they are most alike,
//! `expected/<block>/<configuration>.diff`.

use expect_test::expect_file;
use hwgen_gen::Module;
use hwgen_testbenches::{Case, Check, Layer, cases, files_below, itself};
use similar::{ChangeTag, TextDiff};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

/// What files under `hdl/` say of themselves; they are reviewed where they stand.
const HAND_WRITTEN: &str = "// Part of hwgen: the same for every design, but for names of modules.";

/// A module that shares less than this part of its lines with any other stands in full.
const LEAST_SHARED: f64 = 0.5;

/// The checks of this layer.
pub fn checks() -> Vec<Check> {
    let mut layer = Layer::new("snapshot");
    layer.each(cases(), is_as_reviewed);
    itself!(layer, nothing_is_expected_that_no_longer_exists);
    layer.checks()
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("expected")
}

/// The generated modules of `case`, top first.
fn modules(case: &Case) -> Vec<Module> {
    let mut modules = [case.design.rtl(), case.design.cells()].concat();
    modules.retain(|module| !module.text.contains(HAND_WRITTEN));
    modules
}

/// The modules that others are compared with: those of the defaults, blocks in the order in which
/// they are composed of each other.
static DEFAULTS: LazyLock<Vec<(&'static str, Vec<Module>)>> = LazyLock::new(|| {
    let defaults = cases().into_iter().filter(|case| is_default(case));
    defaults.map(|case| (case.generator.name, modules(&case))).collect()
});

fn is_default(case: &Case) -> bool {
    case.configuration == "default"
}

/// A module as another one, or as nothing, with what differs.
struct Compared {
    text: String,
    /// Lines of either that the other lacks.
    differing: usize,
    /// The part of its lines that the other has.
    shared: f64,
}

/// Lines without what the header says of the command, and blanks that only align them.
fn lines(text: &str) -> Vec<String> {
    let body = text.split_once("`timescale").map_or(text, |(_, body)| body);
    let squeezed = body.lines().map(|line| {
        let indent = line.len() - line.trim_start().len();
        line[..indent].to_owned() + &line.split_whitespace().collect::<Vec<_>>().join(" ")
    });
    squeezed.collect()
}

/// `module` compared with `base`, whose names are read as if it were called so.
fn compare(module: &Module, base: &Module) -> Compared {
    let (own, other) = prefixes(&module.name, &base.name);
    let renamed = renamed(&base.text, other, own);
    let (old, new) = (lines(&renamed), lines(&module.text));
    let (old, new): (Vec<_>, Vec<_>) =
        (old.iter().map(String::as_str).collect(), new.iter().map(String::as_str).collect());
    let diff = TextDiff::from_slices(&old, &new);
    let (mut text, mut differing, mut inserted) = (String::new(), 0, 0);
    for group in diff.grouped_ops(0) {
        let _ = writeln!(text, "@@ {}", group[0].new_range().start + 1);
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let sign = match change.tag() {
                ChangeTag::Equal => continue,
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
            };
            differing += 1;
            inserted += usize::from(sign == '+');
            let _ = writeln!(text, "{sign}{}", change.value());
        }
    }
    let shared = 1.0 - inserted as f64 / new.len() as f64;
    Compared { text, differing, shared }
}

/// What is before the longest common end of two names, from a `_` on.
fn prefixes<'a>(one: &'a str, other: &'a str) -> (&'a str, &'a str) {
    let ends = one.match_indices('_').map(|(at, _)| &one[at..]);
    let end = ends.into_iter().find(|end| other.ends_with(end)).unwrap_or_default();
    (&one[..one.len() - end.len()], &other[..other.len() - end.len()])
}

/// `text` with names that are `from`, or begin with it and a `_`, beginning with `to` instead.
fn renamed(text: &str, from: &str, to: &str) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut renamed = String::new();
    let mut last = 0;
    for (at, _) in text.match_indices(from) {
        let end = at + from.len();
        let starts = !text[..at].ends_with(is_part);
        let ends = text[end..].starts_with('_') || !text[end..].starts_with(is_part);
        if at >= last && starts && ends {
            renamed += &text[last..at];
            renamed += to;
            last = end;
        }
    }
    renamed + &text[last..]
}

/// Whether it is worth looking: both are the same part of something, or one of them is a whole block.
fn may_be_alike(module: &Module, base: &Module) -> bool {
    let is_block = |name: &str| DEFAULTS.iter().any(|(block, _)| *block == name);
    let (own, _) = prefixes(&module.name, &base.name);
    own != module.name || is_block(&base.name)
}

/// What stands in the files of a configuration: name and text.
fn files(case: &Case) -> Vec<(String, String)> {
    let mut files = Vec::new();
    let mut differences = String::new();
    let own = modules(case);
    for (place, module) in own.iter().enumerate() {
        // A default is compared with blocks before it and with modules before it, not with itself.
        let defaults = DEFAULTS
            .iter()
            .take_while(|(block, _)| !is_default(case) || *block != case.generator.name);
        let defaults = defaults.flat_map(|(_, modules)| modules);
        let bases = defaults.chain(&own[..place]).filter(|base| may_be_alike(module, base));
        let compared = bases.map(|base| (base, compare(module, base)));
        let nearest = compared.min_by_key(|(_, compared)| compared.differing);
        match nearest.filter(|(_, compared)| compared.shared >= LEAST_SHARED) {
            Some((base, compared)) => {
                let _ = write!(differences, "== {}: {}\n{}", module.name, base.name, compared.text);
            }
            None if is_default(case) => {
                files.push((format!("{}.v", module.name), module.text.clone()));
            }
            None => {
                let _ = writeln!(differences, "== {}\n{}", module.name, module.text);
            }
        }
    }
    if !differences.is_empty() {
        files.push((format!("{}.diff", case.configuration), differences));
    }
    files
}

fn is_as_reviewed(case: &Case) -> Vec<String> {
    let folder = folder().join(case.generator.name);
    std::fs::create_dir_all(&folder).expect("a folder");
    for (name, text) in files(case) {
        expect_file![folder.join(name)].assert_eq(&text);
    }
    Vec::new()
}

fn nothing_is_expected_that_no_longer_exists() {
    let of_case = |case: Arc<Case>| {
        let folder = folder().join(case.generator.name);
        files(&case).into_iter().map(move |(name, _)| folder.join(name)).collect::<Vec<_>>()
    };
    let expected: BTreeSet<_> = cases().into_iter().flat_map(of_case).collect();
    for file in files_below(&folder()) {
        assert!(expected.contains(&file), "{} belongs to no configuration", file.display());
    }
}
