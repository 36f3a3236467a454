//! Cells as Verilog modules, made from the functions that the library gives them; no delays.

use super::cell::{Cell, Direction, Pin, State};
use super::function::Function;

impl Cell {
    /// The module called `name`; the error says what is not known of the cell.
    pub(super) fn model(&self, name: &str) -> Result<String, String> {
        if let Some(reason) = &self.obscure {
            return Err(reason.clone());
        }
        let module = identifier(name);
        let is_port = |pin: &&Pin| pin.direction != Direction::Internal;
        let ports = self.pins.iter().filter(is_port).map(port).collect::<Vec<_>>().join(", ");
        let internal = self.pins.iter().filter(|pin| !is_port(pin));
        let mut lines: Vec<_> =
            internal.map(|pin| format!("wire {};", identifier(&pin.name))).collect();
        lines.extend(self.states.iter().map(State::model));
        for pin in self.pins.iter().filter(|pin| pin.direction != Direction::Input) {
            lines.push(output(pin)?);
        }
        Ok(format!("module {module} ({ports});\n{}\nendmodule\n", lines.join("\n")))
    }
}

fn port(pin: &Pin) -> String {
    let direction = match pin.direction {
        Direction::Input => "input",
        Direction::Output => "output",
        _ => "inout",
    };
    format!("{direction} wire {}", identifier(&pin.name))
}

fn output(pin: &Pin) -> Result<String, String> {
    let Pin { name, function, three_state, .. } = pin;
    let function = function.as_ref().ok_or_else(|| format!("its pin {name} has no function"))?;
    let value = verilog(function);
    Ok(match three_state.as_ref().map(verilog) {
        None => format!("assign {} = {value};", identifier(name)),
        Some(off) => format!("assign {} = ({off}) ? 1'bz : ({value});", identifier(name)),
    })
}

impl State {
    /// The bit and its complement, and what changes them.
    fn model(&self) -> String {
        let [bit, complement] = self.variables.each_ref().map(|name| identifier(name));
        let (forced, forces) = self.forces();
        let wire = |what: &str, function: &Function| {
            format!("wire {} = {};\n", self.signal(what), verilog(function))
        };
        let wires = wire("clock", &self.clock) + &wire("input", &self.input) + &forced;
        let both = format!("{{{bit}, {complement}}}");
        let changes =
            if self.is_latch { self.latch(&both, &forces) } else { self.flip_flop(&both, &forces) };
        let start = self.start(&both);
        format!("reg {bit};\nreg {complement};\n{start}{wires}{changes}")
    }

    /// The bits are unknown at first, or, with `+power_up=0`, drawn by chance; with `+power_up=1`
    /// they are the opposite of that. A reset comes after it.
    fn start(&self, both: &str) -> String {
        let (drawn, opposite) = (self.signal("drawn"), self.signal("opposite"));
        format!(
            "reg {drawn};\nreg {opposite};\n\
             initial if ($value$plusargs(\"power_up=%b\", {opposite})) begin\n\
             {drawn} = $random;\n\
             {both} = {{{drawn} ^ {opposite}, {drawn} ~^ {opposite}}};\nend\n"
        )
    }

    /// What sets the bits whatever the clock does: wires that tell so, one true at a time, and for
    /// each of them the values of the bits.
    fn forces(&self) -> (String, Vec<(String, String)>) {
        let wire = |what: &str, value: &str| format!("wire {} = {value};\n", self.signal(what));
        let (cleared, set) = ("2'b01".to_owned(), "2'b10".to_owned());
        match (self.clear.as_ref().map(verilog), self.preset.as_ref().map(verilog)) {
            (None, None) => (String::new(), Vec::new()),
            (Some(clear), None) => (wire("clear", &clear), vec![(self.signal("clear"), cleared)]),
            (None, Some(preset)) => (wire("preset", &preset), vec![(self.signal("preset"), set)]),
            (Some(clear), Some(preset)) => {
                let wires = [
                    wire("conflict", &format!("({clear}) & ({preset})")),
                    wire("clear", &format!("({clear}) & ~({preset})")),
                    wire("preset", &format!("~({clear}) & ({preset})")),
                ];
                let forces = [
                    (self.signal("conflict"), self.conflicting()),
                    (self.signal("clear"), cleared),
                    (self.signal("preset"), set),
                ];
                (wires.concat(), forces.into())
            }
        }
    }

    /// The values of the bits while both clear and preset are true.
    fn conflicting(&self) -> String {
        let values = [0, 1].map(|index| {
            let variable = identifier(&self.variables[index]);
            match self.conflict[index] {
                'L' | '0' => "1'b0".to_owned(),
                'H' | '1' => "1'b1".to_owned(),
                'N' => variable,
                'T' => format!("~{variable}"),
                _ => "1'bx".to_owned(),
            }
        });
        format!("{{{}}}", values.join(", "))
    }

    fn flip_flop(&self, both: &str, forces: &[(String, String)]) -> String {
        let events = forces.iter().map(|(force, _)| format!(" or posedge {force}"));
        let events: String = events.collect();
        let branches = forces.iter().map(|(force, value)| {
            format!("if ({force} !== 1'b0) {both} <= {force} ? {value} : 2'bxx;\nelse ")
        });
        let branches: String = branches.collect();
        let (clock, input) = (self.signal("clock"), self.signal("input"));
        format!(
            "always @(posedge {clock}{events})\n\
             {branches}{both} <= {clock} ? {{{input}, ~{input}}} : 2'bxx;"
        )
    }

    fn latch(&self, both: &str, forces: &[(String, String)]) -> String {
        let branches = forces.iter().map(|(force, value)| {
            format!("if ({force} !== 1'b0) {both} = {force} ? {value} : 2'bxx;\nelse ")
        });
        let branches: String = branches.collect();
        let (clock, input) = (self.signal("clock"), self.signal("input"));
        format!(
            "always @(*)\n\
             {branches}if ({clock} === 1'b1) {both} = {{{input}, ~{input}}};\n\
             else if ({clock} !== 1'b0 && {both} !== {{{input}, ~{input}}}) {both} = 2'bxx;"
        )
    }

    /// A name for `what` concerns this state alone, which no pin has.
    fn signal(&self, what: &str) -> String {
        identifier(&format!("{}${what}", self.variables[0]))
    }
}

fn verilog(function: &Function) -> String {
    function.verilog(&identifier)
}

/// A name as Verilog takes it: escaped where it might be a keyword or have other signs.
fn identifier(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
    let is_plain = name.chars().all(plain) && name.starts_with(|c: char| c.is_ascii_uppercase());
    if is_plain { name.to_owned() } else { format!("\\{name} ") }
}
