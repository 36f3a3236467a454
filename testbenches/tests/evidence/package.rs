//! The emitted package is whole: metadata as its schema says, lists that name what is there.

use hwgen_gen::package::Paths;
use hwgen_gen::{Backend, Design, MemoryKind, blocks, package, params};
use hwgen_sim::netlist::{self, Array};
use hwgen_sim::tool::Tool;
use hwgen_testbenches::{Case, Check, Layer, assert_none, cases, itself, random_cases, twin_cases};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

/// Random designs per block and run.
const RANDOM_DESIGNS: usize = 5;

/// Beats of a bench that is not played.
const BEATS: usize = 20;

/// The checks of this layer.
pub fn checks() -> Vec<Check> {
    let mut layer = Layer::new("package");
    layer.each(cases(), |case| {
        let files = files(&case.design);
        digests_are_those_of_the_files(case, &files);
        file_lists_name_what_is_there(case, &files);
        absolute_lists_name_the_same_files(case, &files);
        packages_for_other_tools_name_what_is_there(case, &files);
        the_parameter_file_makes_the_same_design(case, &files);
        [
            foreign_names(case, Backend::Template),
            references_to_rust(&files),
            contract_not_on_the_page(case, &files),
            faults_in_metadata(case, &files),
        ]
        .concat()
    });
    let random = random_cases(8, RANDOM_DESIGNS);
    layer.each(random, |case| foreign_names(case, Backend::Template));
    layer.each(twin_cases(), |case| foreign_names(case, Backend::RustHdl));
    itself!(
        layer,
        names_of_designs_are_no_names_of_modules,
        what_the_schema_does_not_say_is_refused,
        places_that_lists_cannot_hold_are_refused,
    );
    layer.needs(&[Tool::Yosys]);
    layer.each_as("memories", designs_with_memories(), |case| {
        wrong_memories(case).into_iter().collect()
    });
    itself!(layer, every_kind_of_memory_is_in_some_design);
    layer.checks()
}

/// Files of the package of `design`: path and text.
fn files(design: &Design) -> Vec<(String, String)> {
    let stimulus = package::stimulus(design, 1, BEATS);
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
    foreign.map(|module| format!("{}: {}", case.name(), module.name)).collect()
}

/// No design is called as a module of another one may be, of whatever block.
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
fn references_to_rust(files: &[(String, String)]) -> Vec<String> {
    let lines = files.iter().flat_map(|(path, text)| {
        text.lines().enumerate().map(move |(number, line)| (path, number + 1, line))
    });
    let bad = lines.filter(|(_, _, line)| line.contains("::") || line.contains("[`"));
    bad.map(|(path, number, line)| format!("{path}:{number} refers to Rust: {line}")).collect()
}

/// The contract of the block stands on the page.
fn contract_not_on_the_page(case: &Case, files: &[(String, String)]) -> Vec<String> {
    let contract = case.generator.contract();
    let stands = contract.lines().count() > 10 && text(files, "README.md").contains(&contract);
    if stands { Vec::new() } else { vec![format!("not on the page: {contract}")] }
}

fn schema() -> jsonschema::Validator {
    let schema = include_str!("../../../gen/schema/package.schema.json");
    let schema: Value = serde_json::from_str(schema).expect("JSON");
    jsonschema::validator_for(&schema).expect("a schema")
}

fn faults_in_metadata(case: &Case, files: &[(String, String)]) -> Vec<String> {
    let metadata = metadata(case, files);
    schema().iter_errors(&metadata).map(|error| format!("metadata: {error}")).collect()
}

fn what_the_schema_does_not_say_is_refused() {
    let case = &cases()[0];
    let mut broken = metadata(case, &files(&case.design));
    broken["interface"]["streams"][0]["direction"] = "sideways".into();
    assert!(!schema().is_valid(&broken), "the schema accepts everything");
}

fn digests_are_those_of_the_files(case: &Case, files: &[(String, String)]) {
    let own = format!("{}.json", case.design.name);
    let metadata = metadata(case, files);
    let named: BTreeSet<_> =
        metadata["files"].as_object().expect("files").keys().cloned().collect();
    let others = files.iter().map(|(path, _)| path.clone()).filter(|path| *path != own);
    assert_eq!(named, others.collect());
    let present = |edited: Option<&str>| -> Vec<_> {
        let text = |path: &str, text: &String| match edited == Some(path) {
            true => Some(format!("{text} ")),
            false => Some(text.clone()),
        };
        files.iter().map(|(path, content)| (path.clone(), text(path, content))).collect()
    };
    assert_eq!(package::foreign(&present(None)), None);
    let products = |path: &str| path.starts_with(package::PRODUCTS);
    for (path, _) in files.iter().filter(|(path, _)| !products(path)) {
        let foreign = package::foreign(&present(Some(path)));
        assert_eq!(foreign.as_ref(), Some(path), "an edit goes unnoticed");
    }
}

/// The modules of the bench.
fn benches(files: &[(String, String)]) -> BTreeSet<String> {
    let mut benches = paths(files, &["tb/"]);
    benches.retain(|path| path.ends_with(".v"));
    benches
}

fn file_lists_name_what_is_there(case: &Case, files: &[(String, String)]) {
    let name = &case.design.name;
    let listed =
        |list: &str| -> BTreeSet<String> { text(files, list).lines().map(str::to_owned).collect() };
    assert_eq!(listed(&format!("{name}.f")), paths(files, &["rtl/"]));
    let mut simulated = paths(files, &["rtl/", "cells/"]);
    simulated.extend(benches(files));
    assert_eq!(listed(&format!("{name}_sim.f")), simulated);
    let script = text(files, "synth.ys").lines();
    let read = script.filter_map(|line| line.strip_prefix("read_verilog "));
    let read: BTreeSet<_> = read.map(str::to_owned).collect();
    assert_eq!(read, paths(files, &["rtl/"]));
}

fn absolute_lists_name_the_same_files(case: &Case, relative: &[(String, String)]) {
    let absolute = Paths::absolute(Path::new("/a/place")).expect("a plain path");
    let stimulus = package::stimulus(&case.design, 1, BEATS);
    let files = package::files(&case.design, &stimulus, Backend::Template, absolute);
    for file in files.expect("a template") {
        let expected = text(relative, &file.path);
        let is_list = file.path.ends_with(".f") || file.path == "synth.ys";
        if is_list {
            let without = file.text.replace("/a/place/", "");
            let listed = |text: &str| -> Vec<_> {
                text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
            };
            assert_eq!(listed(&without), listed(expected));
            let paths = listed(expected).iter().filter(|line| line.contains('/')).count();
            assert_eq!(file.text.matches("/a/place/").count(), paths, "{}", file.text);
        } else if file.path != format!("{}.json", case.design.name) {
            assert_eq!(file.text, expected, "{}", file.path);
        }
    }
}

fn places_that_lists_cannot_hold_are_refused() {
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

/// The kind of memory that an array of `case` is, if it is one.
fn kind_of(case: &Case, array: &Array) -> Option<MemoryKind> {
    let module = |kind: MemoryKind| case.design.name.shared(kind.cell()).to_string();
    MemoryKind::ALL.into_iter().find(|&kind| array.module == module(kind))
}

/// How the listed memories of a design differ from those that Yosys finds.
fn wrong_memories(case: &Case) -> Option<String> {
    let listed = listed_memories(&metadata(case, &files(&case.design)));
    let found = netlist::arrays(&case.design.rtl(), case.design.name.as_str());
    let mut found = match found {
        Err(error) => return Some(error.to_string()),
        Ok(found) => found,
    };
    // Others, in FIFOs and sums, are kept in flip-flops.
    found.retain(|array| kind_of(case, array).is_some());
    found.sort();
    let difference = listed.iter().zip(&found).find(|(listed, found)| listed != found);
    let (all, expected) = (listed.len(), found.len());
    let wrong =
        || format!("{all} memories listed, {expected} found; first to differ: {difference:#?}");
    (listed != found).then(wrong)
}

fn designs_with_memories() -> Vec<Arc<Case>> {
    [cases(), random_cases(9, RANDOM_DESIGNS)].concat()
}

fn every_kind_of_memory_is_in_some_design() {
    let cases = designs_with_memories();
    let kinds = cases.iter().flat_map(|case| {
        let listed = listed_memories(&metadata(case, &files(&case.design)));
        listed.into_iter().filter_map(|array| kind_of(case, &array)).collect::<Vec<_>>()
    });
    assert_eq!(kinds.collect::<BTreeSet<_>>(), BTreeSet::from(MemoryKind::ALL));
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

fn packages_for_other_tools_name_what_is_there(case: &Case, files: &[(String, String)]) {
    let yaml = |path: &str| -> serde_yaml_ng::Value {
        serde_yaml_ng::from_str(text(files, path)).expect("YAML")
    };
    let core = yaml(&format!("{}.core", case.design.name));
    let filesets = &core["filesets"];
    assert_eq!(named(&filesets["rtl"]["files"]), paths(files, &["rtl/"]));
    let bench = named(&filesets["bench"]["files"]);
    assert_eq!(bench, paths(files, &["cells/", "tb/"]));
    let bender = yaml("Bender.yml");
    let package = bender["package"]["name"].as_str();
    assert_eq!(package, Some(case.design.name.as_str()), "one name, one package");
    let sources = bender["sources"].as_sequence().expect("sources");
    assert_eq!(named(&sources[0]["files"]), paths(files, &["rtl/"]));
    let mut simulated = paths(files, &["cells/"]);
    simulated.extend(benches(files));
    assert_eq!(named(&sources[1]["files"]), simulated);
    assert_eq!(sources[1]["target"].as_str(), Some("simulation"));
}

fn the_parameter_file_makes_the_same_design(case: &Case, files: &[(String, String)]) {
    let name = format!("{}.toml", case.design.name);
    let mut table: toml::Table = text(files, &name).parse().expect("TOML");
    let block = table.remove("block").expect("the block is named");
    let generator = blocks::find(block.as_str().expect("a name")).expect("a known block");
    let flags = params::flags_of(&table).expect("flags");
    let again = generator.parse(&flags.join(" ")).expect("a legal design");
    assert_eq!(self::files(&again), files);
}
