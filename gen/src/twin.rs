//! What twins have in common: a flip-flop for `rust_hdl`, and what is done to the text it prints.

use crate::Source;
use crate::library;
use crate::verilog::Ident;
use rust_hdl::prelude::*;

/// A flip-flop that is reset asynchronously, which `rust_hdl` does not have. Reset is zero.
#[derive(Clone, Debug, LogicBlock)]
pub(crate) struct Flop<T: Synth> {
    pub(crate) d: Signal<In, T>,
    pub(crate) q: Signal<Out, T>,
    pub(crate) clock: Signal<In, Clock>,
    pub(crate) reset_n: Signal<In, Bit>,
}

/// Name of the module that a flip-flop is, within `hdl/`.
const FLOP: &str = "flip_flop";

/// Ports of a flip-flop as `rust_hdl` connects them, and as its module has them.
const FLOP_PORTS: [(&str, &str); 4] =
    [(".d(", ".d_i("), (".q(", ".q_o("), (".clock(", ".clk_i("), (".reset_n(", ".rst_ni(")];

impl<T: Synth> Default for Flop<T> {
    fn default() -> Self {
        Self {
            d: Signal::default(),
            q: Signal::default(),
            clock: Signal::default(),
            reset_n: Signal::default(),
        }
    }
}

impl<T: Synth> Logic for Flop<T> {
    fn update(&mut self) {
        if !self.reset_n.val() {
            self.q.next = T::default();
        } else if self.clock.pos_edge() {
            self.q.next = self.d.val();
        }
    }

    fn connect(&mut self) {
        self.q.connect();
    }

    /// Every instance is one of the same module.
    fn hdl(&self) -> Verilog {
        let name = format!("{FLOP} #(.Width(32'd{}))", T::BITS);
        Verilog::Blackbox(BlackBox { name, code: String::new() })
    }
}

/// The modules that `logic`, whose registers are [`Flop`]s, is made of: the first is called
/// `name`, and its comment is `summary`.
pub(crate) fn modules(logic: &impl Block, name: &Ident, summary: &str) -> Vec<Source> {
    let text = renamed(&generate_verilog(logic), name);
    vec![
        Source::text(name, format!("// {summary}\n//\n// Printed by rust_hdl.\n{text}")),
        library::FLIP_FLOP.source(name),
    ]
}

/// What `rust_hdl` prints of a module without parts, with names and numbers that every tool takes:
/// it writes the place of a field in a structure in the 64 bits of this machine.
fn renamed(description: &str, name: &Ident) -> String {
    let mut text = description.trim().replace('$', "_").replace('\t', "    ");
    text = text.replace("[(64'h", "[(32'h").replace("endmodule // top", "endmodule");
    text = text.replace(&format!("{FLOP} #("), &format!("{} #(", name.shared(FLOP)));
    for (printed, port) in FLOP_PORTS {
        text = text.replace(printed, port);
    }
    let lines = text.lines().map(|line| match line.strip_prefix("module top(") {
        Some(ports) => format!("module {name}({}", ports.replace(',', ",\n    ")),
        None => line.trim_end().to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}
