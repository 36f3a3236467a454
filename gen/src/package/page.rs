//! `README.md` of a package: one page.

use super::memories::Memories;
use super::{PRODUCTS, Package, render};
use crate::MemoryKind;
use crate::block::{Fact, Path};
use crate::goals::Goals;
use crate::interface::{Interface, Stream};
use crate::params::Flag;
use askama::Template;

#[derive(Template)]
#[template(path = "_frame/readme.md.askama")]
struct Page<'a> {
    name: &'a str,
    summary: &'static str,
    command: &'a str,
    bench: &'a str,
    interface: Interface,
    /// Streams of the bench that the design does not have.
    bench_streams: Vec<Stream>,
    has_cells: bool,
    parameters: Vec<(String, String, String)>,
    contract: String,
    facts: Vec<Fact>,
    timing: Vec<Path>,
    memories: Vec<Memories>,
    products: &'static str,
    beats: usize,
    /// Values that even a short stimulus should play, and those that this one does not.
    goals: usize,
    left: String,
}

impl Page<'_> {
    fn has(&self, kind: MemoryKind) -> bool {
        self.memories.iter().any(|memories| memories.kind == kind)
    }
}

/// The page.
pub(super) fn readme(package: &Package<'_>) -> String {
    let design = package.design;
    let mut goals = Goals::new(&design.bench.interface, &[]).keys();
    let all = goals.count();
    goals.play(&package.stimulus.inputs);
    let interface = design.spec.interface();
    render(&Page {
        name: design.name.as_str(),
        summary: design.generator.summary,
        command: &design.command,
        bench: &design.bench.module,
        bench_streams: added(&interface, &design.bench.interface),
        interface,
        has_cells: !package.cells.is_empty(),
        parameters: parameters(package),
        contract: design.generator.contract(),
        facts: design.spec.facts(),
        timing: design.spec.timing(),
        memories: Memories::all(design),
        products: PRODUCTS,
        beats: package.stimulus.beats(),
        goals: all,
        left: listed(goals.left()),
    })
}

/// Streams of `bench` that `design` does not have.
fn added(design: &Interface, bench: &Interface) -> Vec<Stream> {
    let is_new = |stream: &&Stream| design.streams.iter().all(|known| known.name != stream.name);
    bench.streams.iter().filter(is_new).cloned().collect()
}

/// Names in code, as many as a page has room for.
fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    const NAMES: usize = 30;
    let names: Vec<_> = names.map(|name| format!("`{name}`")).collect();
    let more = names.len().saturating_sub(NAMES);
    let more = (more > 0).then(|| format!("and {more} more"));
    let named = names.iter().take(NAMES).cloned();
    named.chain(more).collect::<Vec<_>>().join(", ")
}

/// Name, value and help of every parameter that has a value.
fn parameters(package: &Package<'_>) -> Vec<(String, String, String)> {
    let design = package.design;
    // What was not typed and has no default of its own follows from the others: a fact.
    let facts = design.spec.facts();
    let value = |flag: &Flag| match design.parameters.get(&flag.name) {
        Some(value) => Some(value.to_string()),
        None => facts.iter().find(|fact| fact.name == flag.name).map(Fact::shown),
    };
    let rows = design.generator.flags().into_iter().filter_map(|flag| {
        let value = value(&flag)?.trim_matches('"').to_owned();
        Some((flag.name, value, flag.help))
    });
    rows.collect()
}
