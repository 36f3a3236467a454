//! What OpenSTA is told, and where in its answer what stands.

use super::PERIOD;
use super::report::round;
use crate::liberty::{Arc, Library};
use crate::synth::script::{LIBERTY, OUTPUT_FANOUT, PORTS_VERILOG, SDC, TIMING_VERILOG};
use hwgen_gen::interface::{CLOCK, RESET};

/// A group of paths: name, and the Tcl that lists where they start and where they end.
pub(super) struct Group {
    pub name: &'static str,
    from: &'static str,
    to: &'static str,
}

/// All groups. Every path is in one of them.
pub(super) const GROUPS: [Group; 4] = [
    Group { name: "register to register", from: "$clock_pins", to: "$data_pins" },
    Group { name: "input to register", from: "$inputs", to: "$data_pins" },
    Group { name: "register to output", from: "$clock_pins", to: "$outputs" },
    Group { name: "input to output", from: "$inputs", to: "$outputs" },
];

/// Begins a part of the answer; its title follows.
const MARK: &str = "PART ";
/// Begins the name of an end of paths.
pub(super) const END: &str = "END ";
/// Paths to be listed: more than any netlist has ends.
const ALL: u32 = 1_000_000_000;

/// The part of OpenSTA's answer that is titled `title`.
pub(super) fn part<'a>(answer: &'a str, title: &str) -> &'a str {
    let part = answer.split(MARK).find(|part| part.lines().next() == Some(title));
    part.unwrap_or_default()
}

/// Title of the part with all ends of a group.
pub(super) fn ends_of(group: &str) -> String {
    format!("ends of {group}")
}

/// Title of the part with what OpenSTA knows of the example `index`.
pub(super) fn example(index: usize) -> String {
    format!("example {index}")
}

/// The whole script. `examples` are arcs and the instances to look for them in.
pub(super) fn script(library: &Library, top: &str, examples: &[(String, String, Arc)]) -> String {
    let groups = GROUPS.map(|Group { name, from, to }| {
        let ends = ends_of(name);
        format!(
            "set any [expr {{[llength {from}] > 0 && [llength {to}] > 0}}]\n\
             puts \"{MARK}{name}\"\n\
             if {{$any}} {{ report_checks -path_delay max -digits 4 -from {from} -to {to} }}\n\
             puts \"{MARK}{ends}\"\n\
             if {{$any}} {{ ends [find_timing_paths -path_delay max -from {from} -to {to} \
             -group_count {ALL} -endpoint_count 1] }}\n"
        )
    });
    let examples = examples.iter().enumerate().map(|(index, (_, instance, arc))| {
        let (title, from, to) = (example(index), &arc.from, &arc.to);
        let instance = round(instance);
        format!("puts \"{MARK}{title}\"\nedges {{{instance}/{from}}} {{{instance}/{to}}}\n")
    });
    format!(
        "{}{}{}{}puts \"{MARK}end\"\n",
        load(TIMING_VERILOG, top),
        constraints(library),
        groups.concat(),
        examples.collect::<String>()
    )
}

/// A script with the user's constraints: sources of the clocks, then slack, start and end of the
/// worst path to every end.
pub(super) fn constrained(top: &str) -> String {
    format!(
        "{}read_sdc {SDC}\n\
         puts \"{MARK}clocks\"\n\
         foreach clock [all_clocks] {{\n\
         foreach source [get_property $clock sources] {{ puts [get_full_name $source] }}\n}}\n\
         puts \"{MARK}slacks\"\n\
         foreach path [find_timing_paths -path_delay max -group_count {ALL} -endpoint_count 1] {{\n\
         puts \"[get_property $path slack] [get_full_name [get_property $path startpoint]] \
         [get_full_name [get_property $path endpoint]]\"\n}}\n\
         puts \"{MARK}end\"\n",
        load(PORTS_VERILOG, top)
    )
}

/// Procedures, library and netlist.
fn load(verilog: &str, top: &str) -> String {
    format!(
        "proc ends {{paths}} {{\n\
         foreach path $paths {{ puts \"{END}[get_full_name [get_property $path endpoint]]\" }}\n\
         }}\n\
         proc edges {{from to}} {{\n\
         if {{[catch {{report_edges -from [get_pins $from] -to [get_pins $to]}} reason]}} {{\n\
         puts \"none: $reason\"\n}}\n}}\n\
         read_liberty {LIBERTY}\n\
         set_cmd_units -time ns -capacitance pF\n\
         read_verilog {verilog}\n\
         link_design {top}\n"
    )
}

/// One clock, and nothing outside but a buffer at every port.
fn constraints(library: &Library) -> String {
    let surroundings = library.buffer().map_or_else(String::new, |(buffer, picofarads)| {
        let load = OUTPUT_FANOUT * picofarads;
        format!("set_driving_cell -lib_cell {buffer} $inputs\nset_load {load:.6} $outputs\n")
    });
    format!(
        "create_clock -name clock -period {PERIOD} [get_ports {CLOCK}]\n\
         set inputs {{}}\n\
         foreach port [all_inputs] {{\n\
         set name [get_full_name $port]\n\
         if {{$name ne \"{CLOCK}\" && $name ne \"{RESET}\"}} {{ lappend inputs $port }}\n\
         }}\n\
         set outputs [all_outputs]\n\
         set clock_pins [all_registers -clock_pins]\n\
         set data_pins [all_registers -data_pins]\n\
         set_input_delay 0 -clock clock $inputs\n\
         set_output_delay 0 -clock clock $outputs\n\
         set_false_path -from [get_ports {RESET}]\n\
         {surroundings}"
    )
}
