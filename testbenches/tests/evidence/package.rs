//! The emitted package is whole: metadata as its schema says, lists that name what is there.

use hwgen_gen::package::Paths;
use hwgen_gen::{Backend, Design, MemoryKind, blocks, package, params};
use hwgen_sim::netlist::{self, Array};
use hwgen_sim::tool::Tool;
use hwgen_testbenches::{Case, assert_none, available, cases, random_cases, twin_cases};
use rayon::prelude::*;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

/// Random designs per block and run.
const RANDOM_DESIGNS: usize = 5;

/// Files of the package of `design`: path and text.
fn files(design: &Design) -> Vec<(String, String)> {
    let stimulus = package::stimulus(design, 1, 20);
    let files =
        package::files(design, &stimulus, Backend::Template, Paths::Relative).expect("a template");
    files.into_iter().map(|file| (file.path, file.text)).collect()
}

fn text<'a>(files: &'a [(String, String)], path: &str) -> &'a str {
    let file = files.iter().find(|(candidate, _)| candidate == path);
    &file.unwrap_or_else(|| panic!("the package has no {path}")).1
}

fn paths(files: &[(String, String)], folders: &[&str]) -> BTreeSet<String> {
    let paths = files.iter().map(|(path, _)| path.clone());
    paths.filter(|path| folders.iter().any(|folder| path.starts_with(folder))).collect()
}

fn metadata(case: &Case, files: &[(String, String)]) -> Value {
    let json = text(files, &format!("{}.json", case.design.name));
    serde_json::from_str(json).expect("JSON")
}

/// What of `case` is called neither as its top module nor as a part of it, or is there twice.
fn foreign_names(case: &Case, backend: Backend) -> Vec<String> {
    let top = case.design.name.as_str();
    let rtl = case.design.rtl_from(backend).expect("a description");
    let modules: Vec<_> = rtl.into_iter().chain(case.design.cells()).collect();
    let mut names = BTreeSet::new();
    let mut is_own = |name: &str| {
        let part = name.strip_prefix(top).is_some_and(|part| part.starts_with('_'));
        (name == top || part) && names.insert(name.to_owned())
    };
    let foreign = modules.iter().filter(|module| !is_own(&module.name));
    foreign.map(|module| format!("{}: {}", case.name, module.name)).collect()
}

#[test]
fn every_module_has_a_name_of_its_own_with_the_prefix_of_the_design() {
    let all = cases().into_iter().chain(random_cases(8, 20));
    let mut foreign: Vec<_> =
        all.flat_map(|case| foreign_names(&case, Backend::Template)).collect();
    let twins = twin_cases().into_iter();
    foreign.extend(twins.flat_map(|case| foreign_names(&case, Backend::RustHdl)));
    assert_none("modules without a name of their own", &foreign);
}

/// No design is called as a module of another one may be, of whatever block.
#[test]
fn names_of_designs_are_no_names_of_modules() {
    let twins = twin_cases().into_iter().chain(cases()).chain(random_cases(8, 20));
    let mut modules: BTreeSet<_> = twins
        .flat_map(|case| {
            let twin = case.design.twin().map(|twin| twin.rust_hdl).unwrap_or_default();
            let mut modules = [case.design.rtl(), case.design.cells(), twin].concat();
            modules.retain(|module| module.name != case.design.name.as_str());
            modules.into_iter().map(|module| module.name).collect::<Vec<_>>()
        })
        .collect();
    for case in cases() {
        // A bench is called as its design, and so are its parts.
        let bench = format!("tb_{}", case.design.name);
        let parts = paths(&files(&case.design), &[&format!("tb/{bench}_")]);
        let parts = parts.iter().filter_map(|part| part.strip_prefix("tb/tb_")?.strip_suffix(".v"));
        modules.extend(parts.map(str::to_owned));
        modules.insert(bench);
    }
    for generator in blocks::ALL {
        let named = |name: &str| generator.parse(&format!("--name {name}"));
        let taken = modules.iter().filter(|name| named(name).is_ok()).cloned();
        assert_none("modules as names of designs", &taken.collect::<Vec<_>>());
        for name in blocks::ALL.iter().map(|other| other.name).chain(["left", "left_2"]) {
            assert!(named(name).is_ok(), "{} cannot be called {name}", generator.name);
        }
    }
}

/// Whoever reads a package need not read our sources: nothing names what is in them.
#[test]
fn nothing_in_a_package_refers_to_rust() {
    let mut references = Vec::new();
    for case in cases() {
        for (path, text) in files(&case.design) {
            let lines = text.lines().enumerate();
            let bad = lines.filter(|(_, line)| line.contains("::") || line.contains("[`"));
            references.extend(
                bad.map(|(number, line)| format!("{}, {path}:{}: {line}", case.name, number + 1)),
            );
        }
    }
    assert_none("references to Rust items", &references);
}

/// The contract of the block stands on the page.
#[test]
fn pages_hold_contracts() {
    for case in cases() {
        let page = files(&case.design);
        let contract = case.generator.contract();
        assert!(contract.lines().count() > 10, "{}: {contract}", case.name);
        assert!(text(&page, "README.md").contains(&contract), "{}", case.name);
    }
}

#[test]
fn metadata_is_as_its_schema_says() {
    let schema = include_str!("../../../gen/schema/package.schema.json");
    let schema: Value = serde_json::from_str(schema).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let faults = cases().into_iter().flat_map(|case| {
        let metadata = metadata(&case, &files(&case.design));
        let errors = validator.iter_errors(&metadata);
        let errors = errors.map(|error| format!("{}: {error}", case.name));
        errors.collect::<Vec<_>>()
    });
    assert_none("faults in metadata", &faults.collect::<Vec<_>>());
    let mut broken = metadata(&cases()[0], &files(&cases()[0].design));
    broken["interface"]["streams"][0]["direction"] = "sideways".into();
    assert!(!validator.is_valid(&broken), "the schema accepts everything");
}

#[test]
fn digests_are_those_of_the_files() {
    for case in cases() {
        let files = files(&case.design);
        let own = format!("{}.json", case.design.name);
        let metadata = metadata(&case, &files);
        let named: BTreeSet<_> =
            metadata["files"].as_object().expect("files").keys().cloned().collect();
        let others = files.iter().map(|(path, _)| path.clone()).filter(|path| *path != own);
        assert_eq!(named, others.collect(), "{}", case.name);
        let present = |edited: Option<&str>| -> Vec<_> {
            let text = |path: &str, text: &String| match edited == Some(path) {
                true => Some(format!("{text} ")),
                false => Some(text.clone()),
            };
            files.iter().map(|(path, content)| (path.clone(), text(path, content))).collect()
        };
        assert_eq!(package::foreign(&present(None)), None, "{}", case.name);
        let products = |path: &str| path.starts_with(package::PRODUCTS);
        for (path, _) in files.iter().filter(|(path, _)| !products(path)) {
            let foreign = package::foreign(&present(Some(path)));
            assert_eq!(foreign.as_ref(), Some(path), "{}: an edit goes unnoticed", case.name);
        }
    }
}

/// The modules of the bench.
fn benches(files: &[(String, String)]) -> BTreeSet<String> {
    let mut benches = paths(files, &["tb/"]);
    benches.retain(|path| path.ends_with(".v"));
    benches
}

#[test]
fn file_lists_name_what_is_there() {
    for case in cases() {
        let files = files(&case.design);
        let name = &case.design.name;
        let listed = |list: &str| -> BTreeSet<String> {
            text(&files, list).lines().map(str::to_owned).collect()
        };
        assert_eq!(listed(&format!("{name}.f")), paths(&files, &["rtl/"]), "{}", case.name);
        let mut simulated = paths(&files, &["rtl/", "cells/"]);
        simulated.extend(benches(&files));
        assert_eq!(listed(&format!("{name}_sim.f")), simulated, "{}", case.name);
        let script = text(&files, "synth.ys").lines();
        let read = script.filter_map(|line| line.strip_prefix("read_verilog "));
        let read: BTreeSet<_> = read.map(str::to_owned).collect();
        assert_eq!(read, paths(&files, &["rtl/"]), "{}", case.name);
    }
}

#[test]
fn absolute_lists_name_the_same_files() {
    let absolute = Paths::absolute(Path::new("/a/place")).expect("a plain path");
    for case in cases() {
        let (relative, stimulus) = (files(&case.design), package::stimulus(&case.design, 1, 20));
        let files = package::files(&case.design, &stimulus, Backend::Template, absolute.clone());
        for file in files.expect("a template") {
            let expected = text(&relative, &file.path);
            let is_list = file.path.ends_with(".f") || file.path == "synth.ys";
            if is_list {
                let without = file.text.replace("/a/place/", "");
                let listed = |text: &str| -> Vec<_> {
                    text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
                };
                assert_eq!(listed(&without), listed(expected), "{}", case.name);
                let paths = listed(expected).iter().filter(|line| line.contains('/')).count();
                assert_eq!(file.text.matches("/a/place/").count(), paths, "{}", file.text);
            } else if file.path != format!("{}.json", case.design.name) {
                assert_eq!(file.text, expected, "{}", file.path);
            }
        }
    }
    for place in ["/a place", "/a\tplace", "/a\"place", "/a$place", "/a#place"] {
        let error = Paths::absolute(Path::new(place)).expect_err(place);
        assert!(error.to_string().starts_with(&format!("--absolute: {place:?}")), "{error}");
    }
}

/// The memories in the metadata, one by one.
fn listed_memories(metadata: &Value) -> Vec<Array> {
    let number = |row: &Value, key: &str| row[key].as_u64().expect("a number");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let rows = metadata["memories"].as_array().expect("a list");
    let memories = rows.iter().flat_map(|row| {
        let instances = row["instances"].as_array().expect("a list");
        assert_eq!(number(row, "count"), instances.len() as u64, "{row}");
        instances.iter().map(|instance| Array {
            instance: text(instance),
            module: text(&row["module"]),
            words: number(row, "words"),
            bits: number(row, "bits"),
            write_ports: number(row, "write_ports"),
            read_ports: number(row, "read_ports"),
            read_latency: number(row, "read_latency"),
        })
    });
    let mut memories: Vec<_> = memories.collect();
    memories.sort();
    memories
}

/// How the listed memories of a design differ from those that Yosys finds, and which modules they
/// are instances of.
fn wrong_memories(case: &Case) -> (Option<String>, BTreeSet<MemoryKind>) {
    let name = case.design.name.as_str();
    let listed = listed_memories(&metadata(case, &files(&case.design)));
    let module = |kind: MemoryKind| case.design.name.shared(kind.cell()).to_string();
    let kind =
        |array: &Array| MemoryKind::ALL.into_iter().find(|&kind| array.module == module(kind));
    let kinds = listed.iter().filter_map(kind).collect();
    let found = match netlist::arrays(&case.design.rtl(), name) {
        Err(error) => return (Some(format!("{}: {error}", case.name)), kinds),
        Ok(found) => found,
    };
    // Others, in FIFOs and sums, are kept in flip-flops.
    let mut found: Vec<_> = found.into_iter().filter(|array| kind(array).is_some()).collect();
    found.sort();
    let difference = listed.iter().zip(&found).find(|(listed, found)| listed != found);
    let (all, expected) = (listed.len(), found.len());
    let wrong = (listed != found).then(|| {
        format!("{}: {all} listed, {expected} found; first to differ: {difference:#?}", case.name)
    });
    (wrong, kinds)
}

#[test]
fn memories_are_those_that_yosys_finds() {
    if !available(&[Tool::Yosys]) {
        return;
    }
    let mut all = cases();
    all.extend(random_cases(9, RANDOM_DESIGNS));
    let (wrong, kinds): (Vec<_>, Vec<_>) = all.par_iter().map(wrong_memories).unzip();
    let wrong: Vec<_> = wrong.into_iter().flatten().collect();
    assert_none("designs whose memories are not those that are listed", &wrong);
    let kinds: BTreeSet<_> = kinds.into_iter().flatten().collect();
    assert_eq!(kinds, BTreeSet::from(MemoryKind::ALL), "a kind of memory in no design");
}

/// All files named in a YAML value: strings with a slash, or the keys of one-entry maps.
fn named(value: &serde_yaml_ng::Value) -> BTreeSet<String> {
    let entries = value.as_sequence().expect("a list of files");
    let name = |entry: &serde_yaml_ng::Value| match entry {
        serde_yaml_ng::Value::Mapping(map) => {
            map.keys().next().and_then(|key| key.as_str()).map(str::to_owned)
        }
        other => other.as_str().map(str::to_owned),
    };
    entries.iter().map(|entry| name(entry).expect("a file name")).collect()
}

#[test]
fn packages_for_other_tools_name_what_is_there() {
    for case in cases() {
        let files = files(&case.design);
        let yaml = |path: &str| -> serde_yaml_ng::Value {
            serde_yaml_ng::from_str(text(&files, path)).expect("YAML")
        };
        let core = yaml(&format!("{}.core", case.design.name));
        let filesets = &core["filesets"];
        assert_eq!(named(&filesets["rtl"]["files"]), paths(&files, &["rtl/"]), "{}", case.name);
        let bench = named(&filesets["bench"]["files"]);
        assert_eq!(bench, paths(&files, &["cells/", "tb/"]), "{}", case.name);
        let bender = yaml("Bender.yml");
        let package = bender["package"]["name"].as_str();
        assert_eq!(package, Some(case.design.name.as_str()), "one name, one package");
        let sources = bender["sources"].as_sequence().expect("sources");
        assert_eq!(named(&sources[0]["files"]), paths(&files, &["rtl/"]), "{}", case.name);
        let mut simulated = paths(&files, &["cells/"]);
        simulated.extend(benches(&files));
        assert_eq!(named(&sources[1]["files"]), simulated, "{}", case.name);
        assert_eq!(sources[1]["target"].as_str(), Some("simulation"));
    }
}

#[test]
fn the_parameter_file_makes_the_same_design() {
    for case in cases() {
        let name = format!("{}.toml", case.design.name);
        let mut table: toml::Table = text(&files(&case.design), &name).parse().expect("TOML");
        let block = table.remove("block").expect("the block is named");
        let generator = blocks::find(block.as_str().expect("a name")).expect("a known block");
        let flags = params::flags_of(&table).expect("flags");
        let again = generator.parse(&flags.join(" ")).expect("a legal design");
        assert_eq!(files(&again), files(&case.design), "{}", case.name);
    }
}
