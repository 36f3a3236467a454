//! Cells: their pins, what these compute, and what is kept.

use super::arcs::{self, Arc};
use super::function::Function;
use super::syntax::{Group, unquoted};
use super::tables::{self, Fault, Templates};
use std::collections::BTreeSet;

/// Cells of these kinds stand in the way of signals or power, and are never chosen for their
/// function: true, or any value at all.
const SPECIAL: [&str; 6] = [
    "always_on",
    "is_isolation_cell",
    "is_level_shifter",
    "pad_cell",
    "switch_cell_type",
    "clock_gating_integrated_cell",
];

/// One cell.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cell {
    /// Area, by convention in um2; none if the library gives none that is above zero.
    pub area: Option<f64>,
    /// It holds a flip-flop.
    pub flip_flop: bool,
    /// It holds a latch.
    pub latch: bool,
    /// What its functions make depend on what.
    pub arcs: Vec<Arc>,
    /// What is wrong with its times.
    pub faults: Vec<Fault>,
    /// Its pins in the order of the library.
    pub(super) pins: Vec<Pin>,
    /// What it keeps.
    pub(super) states: Vec<State>,
    /// Why it cannot be understood by its functions, if it cannot.
    pub(super) obscure: Option<String>,
    /// The library forbids its use, or it serves a special purpose.
    pub(super) is_reserved: bool,
}

/// The way of signals through a pin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Input,
    Output,
    Both,
    Internal,
}

impl Direction {
    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "input" => Self::Input,
            "output" => Self::Output,
            "inout" => Self::Both,
            "internal" => Self::Internal,
            _ => return None,
        })
    }
}

/// One pin.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Pin {
    pub name: String,
    pub direction: Direction,
    pub function: Option<Function>,
    /// When it is not driven.
    pub three_state: Option<Function>,
    /// Capacitance in units of the library.
    pub capacitance: Option<f64>,
}

/// One bit that a cell keeps.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct State {
    /// A latch, else a flip-flop.
    pub is_latch: bool,
    /// What functions call the bit and its complement.
    pub variables: [String; 2],
    /// A flip-flop takes its input when this becomes true, a latch while this is true.
    pub clock: Function,
    /// The bit that is taken.
    pub input: Function,
    /// Sets the bit to 0, whatever the clock does.
    pub clear: Option<Function>,
    /// Sets the bit to 1, whatever the clock does.
    pub preset: Option<Function>,
    /// What both bits are while both of these are true: L, H, N (as before), T (toggled) or X.
    pub conflict: [char; 2],
}

impl Cell {
    /// The error names what is no number.
    pub(super) fn of(group: &Group, templates: &Templates<'_>) -> Result<Self, String> {
        let mut cell = Self {
            area: group.number("area")?.filter(|area| *area > 0.0),
            is_reserved: group.flag("dont_use")
                || SPECIAL.iter().any(|kind| group.value(kind).is_some_and(|is| is != "false")),
            ..Self::default()
        };
        let obscure = [cell.add_pins(group)?, cell.add_states(group), cell.unknown_name()];
        cell.obscure = obscure.into_iter().flatten().next();
        cell.arcs = arcs::of(&cell);
        cell.faults = tables::faults(group, templates);
        Ok(cell)
    }

    /// Adds the pins; what cannot be understood is returned.
    fn add_pins(&mut self, group: &Group) -> Result<Option<String>, String> {
        let mut obscure = None;
        for pin in group.groups("pin") {
            let direction = Direction::parse(pin.value("direction").unwrap_or_default());
            if direction.is_none() {
                obscure = Some(format!("pin {}: it has no direction", pin.name()));
            }
            let direction = direction.unwrap_or(Direction::Input);
            let capacitance = pin.number("capacitance")?;
            let [function, three_state] = ["function", "three_state"].map(|name| {
                function(pin, name).unwrap_or_else(|reason| {
                    obscure = Some(format!("pin {}: {reason}", pin.name()));
                    None
                })
            });
            for name in pin.arguments.iter().flat_map(|name| unquoted(name).split(',')) {
                let name = name.trim();
                if self.pins.iter().any(|before| before.name == name) {
                    let cell = group.name();
                    return Err(format!("cell '{cell}': pin {name} is described twice"));
                }
                self.pins.push(Pin {
                    name: name.to_owned(),
                    direction,
                    function: function.clone(),
                    three_state: three_state.clone(),
                    capacitance,
                });
            }
        }
        let unknown =
            ["bus", "bundle"].into_iter().find(|kind| group.groups(kind).next().is_some());
        Ok(obscure.or_else(|| unknown.map(|kind| format!("it has pins in a {kind}"))))
    }

    /// Adds what it keeps; what cannot be understood is returned.
    fn add_states(&mut self, group: &Group) -> Option<String> {
        let has = |kind: &str| group.groups(kind).next().is_some();
        self.flip_flop = has("ff") || has("ff_bank");
        self.latch = has("latch") || has("latch_bank");
        for (kind, clock, input) in
            [("ff", "clocked_on", "next_state"), ("latch", "enable", "data_in")]
        {
            for state in group.groups(kind) {
                match State::of(state, clock, input) {
                    Ok(state) => self.states.push(state),
                    Err(reason) => return Some(reason),
                }
            }
        }
        let banks = ["ff_bank", "latch_bank", "statetable"];
        banks.into_iter().find(|kind| has(kind)).map(|kind| format!("it has a {kind}"))
    }

    /// What functions name that is neither a pin nor a kept bit, if they do.
    fn unknown_name(&self) -> Option<String> {
        let pins = self.pins.iter().map(|pin| pin.name.as_str());
        let kept = self.states.iter().flat_map(|state| &state.variables).map(String::as_str);
        let known: BTreeSet<_> = pins.chain(kept).collect();
        let of_pins = self.pins.iter().flat_map(|pin| [&pin.function, &pin.three_state]).flatten();
        let of_states = self.states.iter().flat_map(|state| {
            [Some(&state.clock), Some(&state.input), state.clear.as_ref(), state.preset.as_ref()]
        });
        let mut named = of_pins.chain(of_states.flatten()).flat_map(Function::pins);
        let unknown = named.find(|name| !known.contains(name))?;
        Some(format!("a function of it names '{unknown}', which is no pin"))
    }

    /// Whether a netlist may be mapped to it.
    pub(super) fn is_usable(&self) -> bool {
        !self.is_reserved && self.obscure.is_none()
    }

    /// Its inputs.
    pub(super) fn inputs(&self) -> Vec<&Pin> {
        self.pins.iter().filter(|pin| pin.direction == Direction::Input).collect()
    }

    /// Its outputs.
    pub(super) fn outputs(&self) -> Vec<&Pin> {
        self.pins.iter().filter(|pin| pin.direction == Direction::Output).collect()
    }

    /// Whether what its outputs are is known, and depends on its inputs alone.
    fn is_combinational(&self) -> bool {
        let is_plain = |pin: &Pin| pin.function.is_some() && pin.three_state.is_none();
        let known = self.obscure.is_none() && self.outputs().into_iter().all(is_plain);
        let ways = self.inputs().len() + self.outputs().len() == self.pins.len();
        known && ways && self.states.is_empty()
    }

    /// The input and the output of a cell that repeats or, if `inverted`, complements a signal.
    pub(super) fn repeater(&self, inverted: bool) -> Option<(&Pin, &Pin)> {
        let ([input], [output]) = (&self.inputs()[..], &self.outputs()[..]) else { return None };
        let literal = output.function.as_ref().and_then(Function::literal)?;
        (self.is_combinational() && literal == (input.name.as_str(), inverted))
            .then_some((*input, *output))
    }
}

impl Cell {
    /// Whether it is true, or false, for one of the four combinations of its two inputs.
    pub(super) fn is_gate(&self) -> bool {
        let ([a, b], [output]) = (&self.inputs()[..], &self.outputs()[..]) else { return false };
        let Some(function) = output.function.as_ref().filter(|_| self.is_combinational()) else {
            return false;
        };
        let combinations = [(false, false), (false, true), (true, false), (true, true)];
        let values = combinations.map(|(first, second)| {
            function.value(&|pin| match pin {
                pin if pin == a.name => Some(first),
                pin if pin == b.name => Some(second),
                _ => None,
            })
        });
        let trues = values.iter().filter(|value| **value == Some(true)).count();
        trues % 2 == 1 && !values.contains(&None)
    }
}

impl State {
    fn of(group: &Group, clock: &str, input: &str) -> Result<Self, String> {
        let head = &group.head;
        let needed = |name: &str| {
            function(group, name)?.ok_or_else(|| format!("its {head} gives no {name}"))
        };
        let also = format!("{clock}_also");
        if group.value(&also).is_some() {
            return Err(format!("its {head} is {also}"));
        }
        let words = group.arguments.iter().flat_map(|word| unquoted(word).split(','));
        let variables: Vec<_> = words.map(|word| word.trim().to_owned()).collect();
        Ok(Self {
            is_latch: head == "latch",
            variables: variables.try_into().map_err(|_| format!("its {head} has not two names"))?,
            clock: needed(clock)?,
            input: needed(input)?,
            clear: function(group, "clear")?,
            preset: function(group, "preset")?,
            conflict: ["clear_preset_var1", "clear_preset_var2"].map(|name| {
                group.value(name).and_then(|value| value.chars().next()).unwrap_or('X')
            }),
        })
    }
}

/// The function called `name`, if there is one; the error if it cannot be read.
fn function(group: &Group, name: &str) -> Result<Option<Function>, String> {
    let Some(text) = group.value(name) else { return Ok(None) };
    Function::parse(text).map(Some).ok_or_else(|| format!("its {name} cannot be read: '{text}'"))
}
