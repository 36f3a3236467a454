//! Static timing analysis of the mapped netlist by OpenSTA.

use super::Options;
use super::script::{LIBERTY, OUTPUT_FANOUT, TIMING_VERILOG};
use crate::SimError;
use crate::liberty::Library;
use crate::netlist::Netlist;
use crate::tool::{self, Tool};
use crate::yosys::Workplace;
use hwgen_gen::interface::{CLOCK, RESET};
use serde::Serialize;
use std::process::{Command, Output};

/// Clock period of the analysis in ns. Delays do not depend on it.
const PERIOD: f64 = 10.0;

/// Where paths start and end: name, and the Tcl that lists start and end points.
const GROUPS: [(&str, &str, &str); 4] = [
    ("register to register", "$clock_pins", "$data_pins"),
    ("input to register", "$inputs", "$data_pins"),
    ("register to output", "$clock_pins", "$outputs"),
    ("input to output", "$inputs", "$outputs"),
];

/// Precedes the report of one group.
const MARK: &str = "GROUP ";

/// The worst paths of a netlist.
#[derive(Clone, Debug, Serialize)]
pub struct Timing {
    /// Highest clock frequency in MHz, over all groups of paths.
    pub fmax_mhz: f64,
    /// The worst path of each group that has one; the longest first.
    pub paths: Vec<TimingPath>,
}

/// One path.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TimingPath {
    /// Where it starts and ends: register or port.
    pub group: &'static str,
    /// First register or port.
    pub start: String,
    /// Last register or port.
    pub end: String,
    /// Shortest clock period it allows in ns: the delay of all stages and the setup time.
    pub delay_ns: f64,
    /// Setup time of the last register in ns.
    pub setup_ns: f64,
    /// Its stages, the last register left out.
    pub stages: Vec<Stage>,
}

/// One cell on a path.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Stage {
    /// Type of the cell; empty for an input port.
    pub cell: String,
    /// Output pin.
    pub pin: String,
    /// The output rises, else falls.
    pub rises: bool,
    /// Delay of the cell in ns.
    pub delay_ns: f64,
    /// Delay from the start of the path to here in ns.
    pub total_ns: f64,
}

/// The worst path of each group. None if the netlist has no path at all.
pub(super) fn analyse(
    workplace: &Workplace,
    netlist: &Netlist,
    library: &Library,
    top: &str,
) -> Result<Option<Timing>, SimError> {
    workplace.write(TIMING_VERILOG, &with_round_brackets(&workplace.read(TIMING_VERILOG)?))?;
    workplace.write("timing.tcl", &script(library, top))?;
    let mut command = Tool::OpenSta.command()?;
    command.current_dir(workplace.folder()).args(["-no_splash", "-no_init", "-exit", "timing.tcl"]);
    let output = tool::run(&mut command)?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let said = [&text, &*String::from_utf8_lossy(&output.stderr)].concat();
    let complete = text.lines().any(|line| line == "END") && !said.contains("Error:");
    demand(complete, &command, &output, "it did not come to the end of its script")?;
    let mut paths = Vec::new();
    for (name, _, _) in GROUPS {
        let report = section(&text, name);
        if report.contains("No paths found") {
            continue;
        }
        let path = path(name, report, netlist);
        demand(path.is_some(), &command, &output, "its report of a path cannot be read")?;
        paths.extend(path);
    }
    paths.sort_by(|a, b| b.delay_ns.total_cmp(&a.delay_ns));
    let fmax = paths.first().map(|path| 1e3 / path.delay_ns);
    Ok(fmax.map(|fmax_mhz| Timing { fmax_mhz, paths }))
}

/// The error of a report that does not hold what is wanted, if it does not.
fn demand(holds: bool, command: &Command, output: &Output, reason: &str) -> Result<(), SimError> {
    if holds { Ok(()) } else { Err(tool::failure(command, output, reason.to_owned())) }
}

/// What area and timing rest on, one line each.
pub(super) fn assumptions(library: &Library, options: &Options, has_macros: bool) -> Vec<String> {
    let mut lines = vec![
        format!("cells of {} at {}", library.name, library.corner),
        "before placement: no wires, an ideal clock (no skew, no jitter, no clock tree)".to_owned(),
        "fmax covers all paths, those from inputs and to outputs with nothing outside".to_owned(),
    ];
    lines.push(match library.buffer() {
        Some((buffer, _)) => format!(
            "inputs are driven by one {buffer}, outputs drive {OUTPUT_FANOUT} of them; \
             the reset is not timed"
        ),
        None => "inputs are ideal, outputs drive nothing; the reset is not timed".to_owned(),
    });
    if has_macros {
        lines.push("macros: paths end and begin at their pins as at ports; no area".to_owned());
    }
    if options.by_module {
        lines.push("mapped module by module: nets between modules have no buffers".to_owned());
    }
    lines
}

fn script(library: &Library, top: &str) -> String {
    let surroundings = library.buffer().map_or_else(String::new, |(buffer, picofarads)| {
        let load = OUTPUT_FANOUT * picofarads;
        format!("set_driving_cell -lib_cell {buffer} $inputs\nset_load {load:.6} $outputs\n")
    });
    let groups = GROUPS.map(|(name, from, to)| {
        format!(
            "puts \"{MARK}{name}\"\n\
             if {{[llength {from}] > 0 && [llength {to}] > 0}} {{\n\
             report_checks -path_delay max -digits 4 -from {from} -to {to}\n\
             }} else {{ puts \"No paths found\" }}\n"
        )
    });
    format!(
        "read_liberty {LIBERTY}\n\
         set_cmd_units -time ns -capacitance pF\n\
         read_verilog {TIMING_VERILOG}\n\
         link_design {top}\n\
         create_clock -name clock -period {PERIOD} [get_ports {CLOCK}]\n\
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
         {surroundings}{}\
         puts END\n",
        groups.concat(),
    )
}

/// A netlist whose hierarchical names have round brackets. OpenSTA takes square ones in the name of
/// a port for an index wherever they stand, finds no pin, and crashes.
fn with_round_brackets(verilog: &str) -> String {
    let words = verilog.split_inclusive(' ').map(|word| match word.split_once('\\') {
        Some((_, name)) if name.contains('.') => word.replace('[', "(").replace(']', ")"),
        _ => word.to_owned(),
    });
    words.collect()
}

/// A name as it is in the netlist.
fn with_square_brackets(name: &str) -> String {
    name.replace('(', "[").replace(')', "]")
}

/// The report of one group.
fn section<'a>(text: &'a str, name: &str) -> &'a str {
    let report = text.split(MARK).find(|part| part.lines().next() == Some(name));
    report.unwrap_or_default()
}

fn path(group: &'static str, report: &str, netlist: &Netlist) -> Option<TimingPath> {
    let point = |word: &str| {
        let line = report.lines().find_map(|line| line.strip_prefix(word))?;
        let name = with_square_brackets(line.split(" (").next()?.trim());
        Some(netlist.register(&name).unwrap_or(name))
    };
    let (arrival, required) = report.split_once("data arrival time")?;
    let mut stages: Vec<_> = arrival.lines().filter_map(stage).collect();
    // The clock pin of the first register, and the data pin of the last, are no stages.
    stages.retain(|stage| stage.total_ns > 0.0 || !stage.pin.contains('/'));
    if stages.len() > 1 {
        stages.pop();
    }
    let figure = |words: &str| {
        let line = required.lines().find(|line| line.contains(words))?;
        line.split_whitespace().next()?.parse::<f64>().ok()
    };
    let slack = figure("slack (")?;
    Some(TimingPath {
        group,
        start: point("Startpoint: ")?,
        end: point("Endpoint: ")?,
        delay_ns: PERIOD - slack,
        setup_ns: figure("library setup time").map_or(0.0, |time| -time),
        stages,
    })
}

/// `   0.17    0.50 ^ _3633_/Y (NAND2X1)`
fn stage(line: &str) -> Option<Stage> {
    let words: Vec<_> = line.split_whitespace().collect();
    let [delay, total, edge, pin, cell] = words[..] else { return None };
    if edge != "^" && edge != "v" {
        return None;
    }
    let cell = cell.trim_matches(['(', ')']);
    Some(Stage {
        cell: if cell == "in" || cell == "out" { String::new() } else { cell.to_owned() },
        pin: pin.to_owned(),
        rises: edge == "^",
        delay_ns: delay.parse().ok()?,
        total_ns: total.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::{with_round_brackets, with_square_brackets};

    #[test]
    fn only_hierarchical_names_change_and_come_back() {
        let verilog = "assign \\data_o[3] = \\gen_unit[2].u_memory.write_data_i[1] ;\n";
        let told = with_round_brackets(verilog);
        assert_eq!(told, "assign \\data_o[3] = \\gen_unit(2).u_memory.write_data_i(1) ;\n");
        assert_eq!(with_square_brackets(&told), verilog);
    }
}
