//! Which cell serves as which flip-flop, and what has to be put around it.

use super::Library;
use super::cell::{Cell, Direction, State};
use super::function::Function;
use std::fmt;

/// A flip-flop of one bit, as Yosys names them: `$_DFF_PN0_` takes its input at the rising edge of
/// the clock, and is reset to 0 while its reset is low.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FlipFlop {
    /// It takes its input at the falling edge of its clock.
    falls: bool,
    /// What sets its output, whatever the clock does.
    forced: Forced,
}

/// What sets the output of a flip-flop, whatever the clock does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Forced {
    /// Nothing.
    Never,
    /// One signal.
    To {
        /// The output then.
        value: bool,
        /// The level of the signal then.
        level: bool,
    },
    /// Two signals, of which the reset wins.
    Both {
        /// Level of the set.
        set: bool,
        /// Level of the reset.
        reset: bool,
    },
}

impl FlipFlop {
    /// All that there are.
    fn all() -> Vec<Self> {
        let levels = [false, true];
        let pairs = levels.map(|first| levels.map(|second| (first, second)));
        let pairs = pairs.concat();
        let one = pairs.iter().map(|&(level, value)| Forced::To { value, level });
        let both = pairs.iter().map(|&(set, reset)| Forced::Both { set, reset });
        let forced: Vec<_> = one.chain(both).chain([Forced::Never]).collect();
        let all = levels
            .into_iter()
            .flat_map(|falls| forced.iter().map(move |&forced| Self { falls, forced }));
        all.collect()
    }

    /// The levels at which clock, set and reset have their effects, as far as it has them.
    fn controls(self) -> Vec<bool> {
        let forcing = match self.forced {
            Forced::Never => Vec::new(),
            Forced::To { level, .. } => vec![level],
            Forced::Both { set, reset } => vec![set, reset],
        };
        [!self.falls].into_iter().chain(forcing).collect()
    }

    /// What a library without it has none of.
    fn description(self) -> &'static str {
        match self.forced {
            Forced::Never => "flip-flop",
            // Behind an inverter, the one is the other.
            Forced::To { .. } => "flip-flop with asynchronous reset or set",
            Forced::Both { .. } => "flip-flop with asynchronous set and reset",
        }
    }
}

/// The type of Yosys' cell.
impl fmt::Display for FlipFlop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let level = |level: bool| if level { 'P' } else { 'N' };
        let edge = level(!self.falls);
        match self.forced {
            Forced::Never => write!(f, "$_DFF_{edge}_"),
            Forced::To { value, level: at } => {
                write!(f, "$_DFF_{edge}{}{}_", level(at), u8::from(value))
            }
            Forced::Both { set, reset } => {
                write!(f, "$_DFFSR_{edge}{}{}_", level(set), level(reset))
            }
        }
    }
}

/// A pin, and whether it works at the low level or the falling edge, or is a complement.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Signal {
    pin: String,
    inverted: bool,
}

impl Signal {
    fn of(function: &Function) -> Option<Self> {
        let (pin, inverted) = function.literal()?;
        Some(Self { pin: pin.to_owned(), inverted })
    }
}

/// A cell that is a flip-flop and nothing else, seen from one of its outputs.
struct Candidate<'a> {
    name: &'a str,
    area: f64,
    clock: Signal,
    input: Signal,
    clear: Option<Signal>,
    preset: Option<Signal>,
    output: Signal,
    /// The output while clear and preset are both active, if the library says so.
    conflict: Option<bool>,
}

impl<'a> Candidate<'a> {
    /// What `cell` can be used as: nothing, if it has inputs for anything else, such as scanning.
    fn all(name: &'a str, cell: &Cell) -> Vec<Self> {
        let [state] = &cell.states[..] else { return Vec::new() };
        let outputs = cell.outputs();
        let used =
            [Some(&state.clock), Some(&state.input), state.clear.as_ref(), state.preset.as_ref()];
        let used: Vec<_> = used.into_iter().flatten().map(Signal::of).collect();
        let is_used =
            |pin: &str| used.iter().flatten().filter(|signal| signal.pin == pin).count() == 1;
        let others = cell.pins.iter().filter(|pin| pin.direction != Direction::Output);
        let fits = !state.is_latch
            && cell.pins.len() == used.len() + outputs.len()
            && others
                .into_iter()
                .all(|pin| pin.direction == Direction::Input && is_used(&pin.name));
        let usable = outputs.into_iter().filter(|pin| fits && pin.three_state.is_none());
        let of = |function: &Option<Function>| function.as_ref().and_then(Signal::of);
        let candidates = usable.filter_map(|pin| {
            let (output, conflict) = output(state, pin.function.as_ref()?)?;
            Some(Self {
                name,
                area: cell.area.unwrap_or(f64::INFINITY),
                clock: Signal::of(&state.clock)?,
                input: Signal::of(&state.input)?,
                clear: of(&state.clear),
                preset: of(&state.preset),
                output: Signal { pin: pin.name.clone(), inverted: output },
                conflict,
            })
        });
        candidates.collect()
    }

    /// How it serves as `wanted`, with or without an inverter behind it, if it does.
    fn serve(&self, wanted: FlipFlop, inverter_behind: bool) -> Option<Connection> {
        // The output that is wanted is the kept bit or, if this is true, its complement.
        let complement = self.output.inverted ^ inverter_behind;
        let force = |value: bool| if value ^ complement { &self.preset } else { &self.clear };
        let mut driven = vec![("C", &self.clock)];
        match wanted.forced {
            Forced::Never => {}
            Forced::To { value, .. } => driven.push(("R", force(value).as_ref()?)),
            Forced::Both { .. } => {
                // Yosys' cell is 0 while both are active.
                (self.conflict == Some(inverter_behind)).then_some(())?;
                driven.push(("S", force(true).as_ref()?));
                driven.push(("R", force(false).as_ref()?));
            }
        }
        let controls = driven.into_iter().zip(wanted.controls());
        let connected = controls
            .map(|((port, signal), level)| (signal.pin.clone(), port, level == signal.inverted));
        let mut connected: Vec<_> = connected.collect();
        connected.push((self.input.pin.clone(), "D", complement ^ self.input.inverted));
        let forcing = [&self.clear, &self.preset].into_iter().flatten();
        let unused =
            forcing.filter(|signal| !connected.iter().any(|(pin, _, _)| *pin == signal.pin));
        let tied = unused.map(|signal| (signal.pin.clone(), signal.inverted)).collect();
        Some(Connection {
            cell: self.name.to_owned(),
            area: self.area,
            inputs: connected,
            tied,
            output: self.output.pin.clone(),
            inverter_behind,
        })
    }
}

/// Whether the output `function` is the complement of what `state` keeps, and what it is while
/// clear and preset are both active.
fn output(state: &State, function: &Function) -> Option<(bool, Option<bool>)> {
    let (name, inverted) = function.literal()?;
    let variable = state.variables.iter().position(|variable| variable == name)?;
    let conflict = match state.conflict[variable] {
        'L' | '0' => Some(inverted),
        'H' | '1' => Some(!inverted),
        _ => None,
    };
    Some((inverted ^ (variable == 1), conflict))
}

/// How a cell takes the place of a flip-flop of Yosys.
#[derive(Clone, Debug, PartialEq)]
struct Connection {
    cell: String,
    area: f64,
    /// Pins, the ports that drive them, and whether through an inverter.
    inputs: Vec<(String, &'static str, bool)>,
    /// Pins that are not used, and their values.
    tied: Vec<(String, bool)>,
    output: String,
    /// The output drives the port through an inverter.
    inverter_behind: bool,
}

impl Connection {
    /// What it costs, to be compared: an inverted clock is worst, then comes the area. An inverter
    /// in front of a set or reset serves all flip-flops together.
    fn cost(&self, inverter: f64) -> (bool, f64, usize) {
        let inverted = |wanted: &str| {
            self.inputs.iter().any(|(_, port, inverted)| *port == wanted && *inverted)
        };
        let own = usize::from(inverted("D")) + usize::from(self.inverter_behind);
        let common = usize::from(inverted("S")) + usize::from(inverted("R"));
        (inverted("C"), self.area + own as f64 * inverter, common)
    }

    /// The module that Yosys' `techmap` puts in the place of `replaced`.
    fn verilog(&self, replaced: FlipFlop) -> String {
        let inverted = self.inputs.iter().filter(|(_, _, inverted)| *inverted);
        let in_front = inverted.map(|(_, port, _)| {
            format!("wire not_{port};\n{}", inverter(port, &format!("not_{port}")))
        });
        let mut inverters: Vec<_> = in_front.collect();
        let driven = self.inputs.iter().map(|(pin, port, inverted)| {
            format!(".\\{pin} ({}{port})", if *inverted { "not_" } else { "" })
        });
        let tied =
            self.tied.iter().map(|(pin, value)| format!(".\\{pin} (1'b{})", u8::from(*value)));
        let mut pins: Vec<_> = driven.chain(tied).collect();
        if self.inverter_behind {
            inverters.push("wire not_Q;\n".to_owned() + &inverter("not_Q", "Q"));
        }
        let output = if self.inverter_behind { "not_Q" } else { "Q" };
        pins.push(format!(".\\{} ({output})", self.output));
        let ports = self.inputs.iter().map(|(_, port, _)| format!("input {port}, "));
        format!(
            "(* techmap_celltype = \"{replaced}\" *)\n\
             module \\for{replaced} ({}output Q);\n\
             {}\\{} _TECHMAP_REPLACE_ ({});\n\
             endmodule\n",
            ports.collect::<String>(),
            inverters.concat(),
            self.cell,
            pins.join(", "),
        )
    }
}

/// An inverter of Yosys.
fn inverter(from: &str, to: &str) -> String {
    format!("\\$_NOT_ invert_{from} (.A({from}), .Y({to}));\n")
}

/// What a library lacks that has nothing for Yosys' cell `kind`, if that is a flip-flop.
pub(crate) fn description(kind: &str) -> Option<&'static str> {
    let wanted = FlipFlop::all().into_iter().find(|wanted| wanted.to_string() == kind);
    wanted.map(FlipFlop::description)
}

impl Library {
    /// For Yosys' `techmap`: a module for every flip-flop that the library has a cell for, by the
    /// smallest such cell.
    pub fn flip_flops(&self) -> String {
        let modules = FlipFlop::all()
            .into_iter()
            .filter_map(|wanted| Some(self.flip_flop(wanted)?.verilog(wanted)));
        modules.collect()
    }

    /// The cheapest way to have the flip-flop `wanted`.
    fn flip_flop(&self, wanted: FlipFlop) -> Option<Connection> {
        let inverter = self.inverter().and_then(|(_, cell)| cell.area).unwrap_or_default();
        let cells = self.usable().into_iter();
        let candidates = cells.flat_map(|(name, cell)| Candidate::all(name, cell));
        let connections = candidates.flat_map(|candidate| {
            [false, true].map(|inverter_behind| candidate.serve(wanted, inverter_behind))
        });
        let cost = |connection: &Connection| connection.cost(inverter);
        connections
            .flatten()
            .min_by(|a, b| cost(a).partial_cmp(&cost(b)).unwrap_or(std::cmp::Ordering::Equal))
    }
}
