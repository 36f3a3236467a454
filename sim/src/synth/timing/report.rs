//! Reading OpenSTA's report of a path.

use super::{PERIOD, Stage, TimingPath};
use crate::netlist::{Netlist, REGISTER_CELL};

/// A netlist in which all names but those of ports have round brackets. OpenSTA takes square ones
/// for an index wherever they stand in the name of a port, finds no pin, and crashes; and it takes
/// them for a pattern where it looks for the pin of an instance.
pub(super) fn with_round_brackets(verilog: &str) -> String {
    let words = verilog.split_inclusive(' ').map(|word| match word.split_once('\\') {
        Some((before, name)) => format!("{before}\\{}", round(name)),
        None => word.to_owned(),
    });
    words.collect()
}

/// A name as OpenSTA knows it: that of something in a module or of a flip-flop has round brackets.
pub(super) fn round(name: &str) -> String {
    if name.contains('.') || name.trim_end().ends_with(REGISTER_CELL) {
        name.replace('[', "(").replace(']', ")")
    } else {
        name.to_owned()
    }
}

/// A name as it is in the netlist.
pub(super) fn with_square_brackets(name: &str) -> String {
    name.replace('\\', "").replace('(', "[").replace(')', "]")
}

/// The path of `group` that `report` is about; none if it cannot be read.
pub(super) fn path(group: &'static str, report: &str, netlist: &Netlist) -> Option<TimingPath> {
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
        assert_eq!(with_square_brackets(&told), verilog.replace('\\', ""));
        assert_eq!(with_round_brackets("DFF \\sum_q[1]_reg (\n"), "DFF \\sum_q(1)_reg (\n");
    }
}
