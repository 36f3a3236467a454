//! What other tools read: file lists, packages, constraints, scripts, parameters.

use super::{Package, render};
use crate::Design;
use crate::interface::{CLOCK, RESET};
use crate::verilog::Direction;
use askama::Template;

/// Clock period of the emitted constraints, in nanoseconds: a round number to begin with.
const PERIOD_NS: &str = "10.0";

/// Share of the period that what drives an input takes, and what an output drives.
const OUTSIDE: &str = "0.2";

/// Context of every list: names only.
struct Lists {
    /// What paths begin with where they need not be relative.
    root: String,
    command: String,
    version: &'static str,
    name: String,
    summary: &'static str,
    rtl: Vec<String>,
    has_macros: bool,
    cells: Vec<String>,
    bench: Vec<String>,
    vectors: Vec<String>,
}

impl Lists {
    fn new(package: &Package<'_>) -> Self {
        let design = package.design;
        let names = |modules: &[crate::Module]| modules.iter().map(|m| m.name.clone()).collect();
        Self {
            root: package.paths.root(),
            command: design.command.clone(),
            version: crate::VERSION,
            name: design.name.to_string(),
            summary: design.generator.summary,
            rtl: names(&package.rtl),
            has_macros: package.rtl.iter().any(crate::Module::is_macro),
            cells: names(&package.cells),
            bench: names(&package.bench),
            vectors: package.vectors.iter().map(|file| file.path.clone()).collect(),
        }
    }
}

#[derive(Template)]
#[template(path = "_frame/fusesoc.core.askama")]
struct FuseSoc(Lists);

#[derive(Template)]
#[template(path = "_frame/bender.yml.askama")]
struct Bender(Lists);

#[derive(Template)]
#[template(path = "_frame/synth.ys.askama")]
struct Yosys(Lists);

#[derive(Template)]
#[template(path = "_frame/clock.sdc.askama")]
struct Constraints<'a> {
    command: &'a str,
    period: &'static str,
    outside: &'static str,
    inputs: Vec<String>,
    outputs: Vec<String>,
}

pub(super) fn fusesoc(package: &Package<'_>) -> String {
    render(&FuseSoc(Lists::new(package)))
}

pub(super) fn bender(package: &Package<'_>) -> String {
    render(&Bender(Lists::new(package)))
}

pub(super) fn yosys(package: &Package<'_>) -> String {
    render(&Yosys(Lists::new(package)))
}

pub(super) fn constraints(design: &Design) -> String {
    let ports = design.spec.interface().ports();
    let names = |direction: Direction| {
        let ports = ports.0.iter().flat_map(|group| &group.ports);
        let ports = ports.filter(|port| port.direction == direction);
        let names = ports.map(|port| port.name.clone());
        names.filter(|name| ![CLOCK, RESET].contains(&name.as_str())).collect()
    };
    render(&Constraints {
        command: &design.command,
        period: PERIOD_NS,
        outside: OUTSIDE,
        inputs: names(Direction::Input),
        outputs: names(Direction::Output),
    })
}

/// The synthesizable files.
pub(super) fn rtl(package: &Package<'_>) -> String {
    listed(package, "rtl", &package.rtl)
}

/// Everything a simulation of the bench needs.
pub(super) fn simulation(package: &Package<'_>) -> String {
    let cells = listed(package, "cells", &package.cells);
    rtl(package) + &cells + &listed(package, "tb", &package.bench)
}

fn listed(package: &Package<'_>, folder: &str, modules: &[crate::Module]) -> String {
    let root = package.paths.root();
    modules.iter().map(|module| format!("{root}{folder}/{}.v\n", module.name)).collect()
}

/// The parameters, as `--config` reads them.
pub(super) fn parameters(design: &Design) -> String {
    let table = parameter_table(design.generator.name, design.name.as_str(), &design.parameters);
    format!("# {}\n{table}", design.command)
}

/// Block, name and parameters of a design in one table.
pub(super) fn parameter_table(block: &str, name: &str, parameters: &toml::Table) -> toml::Table {
    let mut table = toml::Table::new();
    table.insert("block".to_owned(), block.into());
    table.insert("name".to_owned(), name.into());
    table.extend(parameters.clone());
    table
}
