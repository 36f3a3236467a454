//! Packages share a chip: two of every block, beside modules of a user's own.

use hwgen_gen::verilog::{Direction, Port, PortGroup, Ports, Width};
use hwgen_gen::{Backend, Design, Module, package};
use hwgen_sim::lint;
use hwgen_sim::tool::{self, Tool};
use hwgen_testbenches::{Check, Layer, assert_none, itself, random_cases, write_package};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// The checks of this layer.
pub fn checks() -> Vec<Check> {
    let mut layer = Layer::new("chip");
    layer.needs(&lint::TOOLS);
    itself!(layer, two_of_every_block_share_a_chip, two_benches_of_every_block_are_read_together);
    layer.needs(&[Tool::FuseSoc, Tool::Icarus]);
    itself!(layer, fusesoc_makes_a_chip_of_two_packages_of_every_block);
    layer.needs(&[Tool::Bender, Tool::Icarus, Tool::Verilator]);
    itself!(layer, bender_makes_a_chip_of_two_packages_of_every_block);
    layer.checks()
}

/// Two designs of every block, with parameters and names of their own.
fn designs() -> Vec<Design> {
    let named = random_cases(9, 2).into_iter().map(|case| {
        let (_, flags) = case.design.command.split_once(case.generator.name).expect("the block");
        case.generator
            .parse(&format!("{flags} --name {}_{}", case.generator.name, case.configuration))
            .expect("a legal design")
    });
    named.collect()
}

/// All Verilog of the package of `design`.
fn verilog(design: &Design) -> Vec<Module> {
    let files = package::files(
        design,
        &package::stimulus(design, 1, 20),
        Backend::Template,
        package::Paths::Relative,
    );
    let modules = files.expect("a package").into_iter().filter_map(|file| {
        let (_, name) = file.path.strip_suffix(".v")?.split_once('/')?;
        Some(Module { name: name.to_owned(), text: file.text })
    });
    modules.collect()
}

/// The module `name`, with `ports`, made of lines of Verilog.
fn module(name: &str, ports: Vec<PortGroup>, body: &[String]) -> Module {
    let (ports, body) = (Ports(ports), body.join("\n"));
    let header = "`timescale 1ns/1ps\n`default_nettype none\n";
    let text = format!("{header}module {name} (\n{ports}\n);\n{body}\nendmodule\n");
    Module { name: name.to_owned(), text }
}

/// An instance of the module `name`, and the ports of the chip that its `ports` lead to.
fn instance(name: &str, ports: &[Port]) -> (String, PortGroup) {
    let outer = |port: &Port| format!("{name}_{}", port.name);
    let pins = ports.iter().map(|port| format!("        .{} ({})", port.name, outer(port)));
    let pins = pins.collect::<Vec<_>>().join(",\n");
    let led = ports.iter().map(|port| match port.direction {
        Direction::Input => Port::input(outer(port), port.width),
        Direction::Output => Port::output(outer(port), port.width),
    });
    (format!("    {name} u_{name} (\n{pins}\n    );"), PortGroup::new(name, led.collect()))
}

/// The top module of every design and modules of a user's own, and the `chip` that holds them. The
/// latter are called as some of `hdl/`.
fn chip(designs: &[Design]) -> Vec<Module> {
    let bit = Width::new(1);
    let ports = [Port::input("data_i", bit), Port::output("data_o", bit)];
    let users = ["fifo", "memory", "gaussian_source"].map(|name| {
        let body = "    assign data_o = ~data_i;".to_owned();
        module(name, vec![PortGroup::new("Data", ports.to_vec())], &[body])
    });
    let of_users = users.iter().map(|user| instance(&user.name, &ports));
    let of_packages = designs.iter().map(|design| {
        let groups = design.spec.interface().ports().0;
        let ports: Vec<_> = groups.into_iter().flat_map(|group| group.ports).collect();
        instance(design.name.as_str(), &ports)
    });
    let (instances, ports): (Vec<_>, Vec<_>) = of_users.chain(of_packages).unzip();
    let mut modules = vec![module("chip", ports, &instances)];
    modules.extend(users);
    modules.extend(designs.iter().flat_map(Design::rtl));
    modules
}

fn complaints(chip: &[Module]) -> Vec<String> {
    let findings = lint::run_rtl(chip, "chip").expect("the tools run");
    findings.iter().map(ToString::to_string).collect()
}

fn two_of_every_block_share_a_chip() {
    let mut chip = chip(&designs());
    assert_none("complaints", &complaints(&chip));
    chip.push(Module { name: "again".to_owned(), text: chip[1].text.clone() });
    assert!(!complaints(&chip).is_empty(), "a module is there twice");
}

/// What a simulator says when it reads `modules`, of which `top` is the top.
fn said(tool: Tool, arguments: &[&str], modules: &[Module], top: &str) -> String {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let mut command = tool.command().expect("a simulator");
    command.current_dir(folder.path()).args(arguments).arg(top);
    for Module { name, text } in modules {
        let file = format!("{name}.v");
        fs::write(folder.path().join(&file), text).expect("a file is written");
        command.arg(file);
    }
    let output = tool::launch(&mut command).expect("it runs");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() { text } else { format!("{text}\n{}", output.status) }
}

/// With cells and benches, each bench by itself.
fn two_benches_of_every_block_are_read_together() {
    let designs = designs();
    let instances = designs.iter().map(|design| format!("    tb_{0} u_{0} ();", design.name));
    let mut modules = vec![module("benches", Vec::new(), &instances.collect::<Vec<_>>())];
    modules.extend(designs.iter().flat_map(verilog));
    let icarus = said(Tool::Icarus, &["-g2005", "-Wall", "-tnull", "-s"], &modules, "benches");
    assert_eq!(icarus, "", "Icarus");
    let arguments = ["--lint-only", "--timing", "--top-module"];
    assert_eq!(said(Tool::Verilator, &arguments, &modules, "benches"), "", "Verilator");
}

/// A core of a user's, made of packages, beside those it depends on.
fn core(packages: &[Design], users: &[Module]) -> String {
    let names = |names: Vec<String>| names.join(", ");
    let files = names(users.iter().map(|module| format!("{}.v", module.name)).collect());
    let packages = packages.iter().map(|design| format!("\"hwgen:blocks:{}\"", design.name));
    let packages = names(packages.collect());
    format!(
        "CAPI=2:\nname: user:chips:chip:1.0\nfilesets:\n  rtl:\n    files: [{files}]\n    \
         file_type: verilogSource\n    depend: [{packages}]\ntargets:\n  default:\n    \
         filesets: [rtl]\n    toplevel: chip\n    default_tool: icarus\n"
    )
}

/// The packages of `designs` in a folder, and the chip of a user's that holds them: its files.
fn beside_packages(designs: &[Design]) -> (TempDir, Vec<Module>) {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let users: Vec<_> = chip(&[]).into_iter().skip(1).collect();
    let users = [vec![chip(designs).swap_remove(0)], users].concat();
    for Module { name, text } in &users {
        fs::write(folder.path().join(format!("{name}.v")), text).expect("a file is written");
    }
    for design in designs {
        write_package(design, Backend::Template, 20, &folder.path().join(design.name.as_str()));
    }
    (folder, users)
}

fn fusesoc_makes_a_chip_of_two_packages_of_every_block() {
    let designs = designs();
    let (folder, users) = beside_packages(&designs);
    fs::write(folder.path().join("chip.core"), core(&designs, &users)).expect("a file is written");
    let mut command = Tool::FuseSoc.command().expect("FuseSoC");
    command.current_dir(folder.path()).env("HOME", folder.path());
    command.args(["--cores-root", ".", "run", "--build", "user:chips:chip"]);
    let program =
        folder.path().join("build/user_chips_chip_1.0/default-icarus/user_chips_chip_1.0");
    tool::run_for(&mut command, &program).expect("a chip");
}

/// A manifest of a user's whose package depends on those of `packages`, which lie beside it.
fn manifest(packages: &[Design], users: &[Module]) -> String {
    let files = users.iter().map(|module| format!("  - {}.v\n", module.name));
    let packages = packages.iter().map(|design| format!("  {0}: {{ path: {0} }}\n", design.name));
    format!(
        "package:\n  name: chip\ndependencies:\n{}sources:\n{}",
        packages.collect::<String>(),
        files.collect::<String>()
    )
}

/// What Bender prints in `folder`.
fn bender(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Tool::Bender.command().expect("Bender");
    let output = tool::launch(command.current_dir(folder).args(arguments)).expect("it runs");
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {complaints}");
    String::from_utf8(output.stdout).expect("a list of files")
}

fn bender_makes_a_chip_of_two_packages_of_every_block() {
    let designs = designs();
    let (folder, users) = beside_packages(&designs);
    let file = folder.path().join("Bender.yml");
    fs::write(file, manifest(&designs, &users)).expect("a file is written");
    bender(folder.path(), &["update"]);
    let read = |tool: Tool, arguments: &[&str], files: &str| {
        let mut command = tool.command().expect("a simulator");
        command.current_dir(folder.path()).args(arguments).args(files.split_whitespace());
        let output = tool::launch(&mut command).expect("it runs");
        let complaints = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && complaints.is_empty(), "{tool:?}: {complaints}");
    };
    let files = bender(folder.path(), &["script", "flist"]);
    read(Tool::Icarus, &["-g2005", "-Wall", "-tnull", "-s", "chip"], &files);
    // With benches and cells: every design can be simulated in the chip's own project.
    let files = bender(folder.path(), &["script", "flist", "-t", "simulation"]);
    let bench = format!("tb_{}", designs[0].name);
    read(Tool::Verilator, &["--lint-only", "--timing", "--top-module", &bench], &files);
}
