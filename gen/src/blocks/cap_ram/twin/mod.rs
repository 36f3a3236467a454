//! The sequencer a second time, in `rust_hdl`: a model to simulate in Rust, and Verilog that was
//! not written by a template.

#[cfg(test)]
mod tests;

use super::rtl::sequencer_name;
use crate::Source;
use crate::twin::{self, Flop};
use crate::verilog::Ident;
use rust_hdl::prelude::*;

/// What the array does in this cycle.
#[derive(Copy, Clone, Debug, PartialEq, LogicState)]
enum Phase {
    Idle,
    Precharge,
    Input,
    Multiply,
    Convert,
}

/// The conversions of an operation, in order. Only slices that take turns are ever second; short
/// inputs are low nibbles.
#[derive(Copy, Clone, Debug, PartialEq, LogicState)]
enum Conversion {
    FirstHigh,
    FirstLow,
    SecondHigh,
    SecondLow,
}

/// How weights lie in the slices.
#[derive(Copy, Clone, Debug, PartialEq, LogicState)]
#[allow(dead_code, reason = "the setup says which")]
enum Encoding {
    TwosComplement,
    PlusSlices,
    MinusSlices,
    Ternary,
}

/// Slices of a weight: the level of the adder tree.
#[derive(Copy, Clone, Debug, PartialEq, LogicState)]
#[allow(dead_code, reason = "the setup says which")]
enum Slices {
    One,
    Two,
    Four,
    Eight,
}

/// What becomes of a code.
#[derive(Copy, Clone, Debug, Default, PartialEq, LogicStruct)]
struct Code {
    minus: Bit,
    odd: Bit,
    shift: Bit,
    last: Bit,
    turns: Bit,
    negate: Bits<3>,
    level: Slices,
}

#[derive(LogicBlock)]
struct Twin {
    clk_i: Signal<In, Clock>,
    rst_ni: Signal<In, Bit>,
    inputs_valid_i: Signal<In, Bit>,
    blocked_i: Signal<In, Bit>,
    results_wait_i: Signal<In, Bit>,
    inputs_ready_o: Signal<Out, Bit>,
    encoding_i: Signal<In, Encoding>,
    level_i: Signal<In, Slices>,
    long_i: Signal<In, Bit>,
    accept_o: Signal<Out, Bit>,
    idle_o: Signal<Out, Bit>,
    low_o: Signal<Out, Bit>,
    precharge_o: Signal<Out, Bit>,
    input_o: Signal<Out, Bit>,
    multiply_o: Signal<Out, Bit>,
    share_plus_o: Signal<Out, Bit>,
    share_minus_o: Signal<Out, Bit>,
    swap_o: Signal<Out, Bit>,
    adc_ready_i: Signal<In, Bit>,
    differential_o: Signal<Out, Bit>,
    code_minus_o: Signal<Out, Bit>,
    code_odd_o: Signal<Out, Bit>,
    code_shift_o: Signal<Out, Bit>,
    code_last_o: Signal<Out, Bit>,
    code_negate_o: Signal<Out, Bits<3>>,
    code_level_o: Signal<Out, Slices>,
    code_turns_o: Signal<Out, Bit>,
    phase: Flop<Phase>,
    conversion: Flop<Conversion>,
    encoding: Flop<Encoding>,
    /// As the setup says, which may be too few for the encoding.
    slices: Flop<Slices>,
    is_long: Flop<Bit>,
    share_plus: Flop<Bit>,
    share_minus: Flop<Bit>,
    code: Flop<Code>,
    /// Of the conversion: the nibble, the turn, whether another one follows and which.
    low: Signal<Local, Bit>,
    second: Signal<Local, Bit>,
    last: Signal<Local, Bit>,
    following: Signal<Local, Conversion>,
    /// Of the encoding: slices take turns, are converted against each other, are minus slices,
    /// hold the highest bit of two's complement.
    turns: Signal<Local, Bit>,
    difference: Signal<Local, Bit>,
    minus: Signal<Local, Bit>,
    is_signed: Signal<Local, Bit>,
    level: Signal<Local, Slices>,
    negate: Signal<Local, Bits<3>>,
    /// An operation may begin next; charge is shared next.
    free: Signal<Local, Bit>,
    share: Signal<Local, Bit>,
    /// Which pairs: {every fourth one, every other second one, the others}.
    no_pair: Constant<Bits<3>>,
    every_pair: Constant<Bits<3>>,
    every_second_pair: Constant<Bits<3>>,
    every_fourth_pair: Constant<Bits<3>>,
}

impl Twin {
    fn new() -> Self {
        let mut twin = Self {
            clk_i: Signal::default(),
            rst_ni: Signal::default(),
            inputs_valid_i: Signal::default(),
            blocked_i: Signal::default(),
            results_wait_i: Signal::default(),
            inputs_ready_o: Signal::default(),
            encoding_i: Signal::default(),
            level_i: Signal::default(),
            long_i: Signal::default(),
            accept_o: Signal::default(),
            idle_o: Signal::default(),
            low_o: Signal::default(),
            precharge_o: Signal::default(),
            input_o: Signal::default(),
            multiply_o: Signal::default(),
            share_plus_o: Signal::default(),
            share_minus_o: Signal::default(),
            swap_o: Signal::default(),
            adc_ready_i: Signal::default(),
            differential_o: Signal::default(),
            code_minus_o: Signal::default(),
            code_odd_o: Signal::default(),
            code_shift_o: Signal::default(),
            code_last_o: Signal::default(),
            code_negate_o: Signal::default(),
            code_level_o: Signal::default(),
            code_turns_o: Signal::default(),
            phase: Flop::default(),
            conversion: Flop::default(),
            encoding: Flop::default(),
            slices: Flop::default(),
            is_long: Flop::default(),
            share_plus: Flop::default(),
            share_minus: Flop::default(),
            code: Flop::default(),
            low: Signal::default(),
            second: Signal::default(),
            last: Signal::default(),
            following: Signal::default(),
            turns: Signal::default(),
            difference: Signal::default(),
            minus: Signal::default(),
            is_signed: Signal::default(),
            level: Signal::default(),
            negate: Signal::default(),
            free: Signal::default(),
            share: Signal::default(),
            no_pair: Constant::new(bits(0)),
            every_pair: Constant::new(bits(0b111)),
            every_second_pair: Constant::new(bits(0b110)),
            every_fourth_pair: Constant::new(bits(0b100)),
        };
        twin.clk_i.connect();
        twin.rst_ni.connect();
        twin.inputs_valid_i.connect();
        twin.blocked_i.connect();
        twin.results_wait_i.connect();
        twin.encoding_i.connect();
        twin.level_i.connect();
        twin.long_i.connect();
        twin.adc_ready_i.connect();
        twin.connect_all();
        twin
    }
}

impl Logic for Twin {
    #[hdl_gen]
    fn update(&mut self) {
        clock!(self, clk_i, phase, conversion, encoding, slices, is_long, share_plus, share_minus);
        clock!(self, clk_i, code);
        self.phase.reset_n.next = self.rst_ni.val();
        self.conversion.reset_n.next = self.rst_ni.val();
        self.encoding.reset_n.next = self.rst_ni.val();
        self.slices.reset_n.next = self.rst_ni.val();
        self.is_long.reset_n.next = self.rst_ni.val();
        self.share_plus.reset_n.next = self.rst_ni.val();
        self.share_minus.reset_n.next = self.rst_ni.val();
        self.code.reset_n.next = self.rst_ni.val();
        // What an encoding means
        self.second.next = false;
        self.turns.next = false;
        self.difference.next = false;
        self.minus.next = false;
        self.is_signed.next = false;
        if (self.conversion.q.val() == Conversion::SecondHigh)
            | (self.conversion.q.val() == Conversion::SecondLow)
        {
            self.second.next = true;
        }
        match self.encoding.q.val() {
            Encoding::TwosComplement => {
                self.turns.next = true;
                self.minus.next = self.second.val();
                self.is_signed.next = self.second.val();
            }
            Encoding::PlusSlices => {
                self.is_signed.next = true;
            }
            Encoding::MinusSlices => {
                self.minus.next = true;
                self.is_signed.next = true;
            }
            Encoding::Ternary => {
                self.difference.next = true;
            }
        }
        // Conversions in order
        self.low.next = false;
        self.last.next = false;
        self.following.next = Conversion::SecondLow;
        match self.conversion.q.val() {
            Conversion::FirstHigh => {
                self.following.next = Conversion::FirstLow;
            }
            Conversion::FirstLow => {
                self.low.next = true;
                self.last.next = !self.turns.val();
                if self.is_long.q.val() {
                    self.following.next = Conversion::SecondHigh;
                }
            }
            Conversion::SecondHigh => {
                self.following.next = Conversion::SecondLow;
            }
            Conversion::SecondLow => {
                self.low.next = true;
                self.last.next = true;
            }
        }
        // Phases of a global cycle
        self.phase.d.next = self.phase.q.val();
        self.conversion.d.next = self.conversion.q.val();
        self.free.next = false;
        self.share.next = false;
        match self.phase.q.val() {
            Phase::Idle => {
                self.free.next = true;
            }
            Phase::Precharge => {
                if !self.results_wait_i.val() {
                    self.phase.d.next = Phase::Input;
                }
            }
            Phase::Input => {
                self.phase.d.next = Phase::Multiply;
            }
            Phase::Multiply => {
                self.share.next = true;
                self.phase.d.next = Phase::Convert;
            }
            Phase::Convert => {
                if !self.adc_ready_i.val() {
                    self.share.next = true;
                } else if self.last.val() {
                    self.free.next = true;
                    self.phase.d.next = Phase::Idle;
                } else {
                    self.conversion.d.next = self.following.val();
                    self.phase.d.next = Phase::Precharge;
                }
            }
            _ => {
                self.phase.d.next = Phase::Idle;
            }
        }
        self.share_plus.d.next = self.share.val() & !self.minus.val();
        self.share_minus.d.next = self.share.val() & (self.minus.val() | self.difference.val());
        // The next operation
        self.inputs_ready_o.next = self.free.val() & !self.blocked_i.val();
        self.accept_o.next = self.inputs_ready_o.val() & self.inputs_valid_i.val();
        self.encoding.d.next = self.encoding.q.val();
        self.slices.d.next = self.slices.q.val();
        self.is_long.d.next = self.is_long.q.val();
        if self.accept_o.val() {
            self.phase.d.next = Phase::Precharge;
            self.conversion.d.next = Conversion::FirstLow;
            if self.long_i.val() {
                self.conversion.d.next = Conversion::FirstHigh;
            }
            self.encoding.d.next = self.encoding_i.val();
            self.slices.d.next = self.level_i.val();
            self.is_long.d.next = self.long_i.val();
        }
        // Where the highest of several bits lies
        self.level.next = self.slices.q.val();
        self.negate.next = self.no_pair.val();
        match self.slices.q.val() {
            Slices::One => {
                if !self.turns.val() {
                    self.level.next = Slices::Two;
                }
            }
            Slices::Two => {
                if self.turns.val() {
                    self.negate.next = self.every_pair.val();
                }
            }
            Slices::Four => {
                self.negate.next = self.every_second_pair.val();
            }
            Slices::Eight => {
                self.negate.next = self.every_fourth_pair.val();
            }
        }
        // What becomes of the code
        self.code.d.next = self.code.q.val();
        self.code.d.next.minus = self.minus.val();
        self.code.d.next.odd = self.turns.val() & self.minus.val();
        self.code.d.next.shift = self.low.val() & self.is_long.q.val();
        self.code.d.next.last = self.last.val();
        self.code.d.next.turns = self.turns.val();
        self.code.d.next.negate = self.no_pair.val();
        if self.is_signed.val() {
            self.code.d.next.negate = self.negate.val();
        }
        self.code.d.next.level = self.level.val();
        // Pins
        self.idle_o.next = self.phase.q.val() == Phase::Idle;
        self.low_o.next = self.low.val();
        self.precharge_o.next = self.phase.q.val() == Phase::Precharge;
        self.input_o.next = self.phase.q.val() == Phase::Input;
        self.multiply_o.next = self.phase.q.val() == Phase::Multiply;
        self.share_plus_o.next = self.share_plus.q.val();
        self.share_minus_o.next = self.share_minus.q.val();
        self.swap_o.next = self.minus.val();
        self.differential_o.next = self.difference.val();
        self.code_minus_o.next = self.code.q.val().minus;
        self.code_odd_o.next = self.code.q.val().odd;
        self.code_shift_o.next = self.code.q.val().shift;
        self.code_last_o.next = self.code.q.val().last;
        self.code_turns_o.next = self.code.q.val().turns;
        self.code_negate_o.next = self.code.q.val().negate;
        self.code_level_o.next = self.code.q.val().level;
    }
}

/// The twin of the sequencer.
pub(super) fn modules(top: &Ident) -> Vec<Source> {
    let summary = "Phases of the global cycles of an operation, and what becomes of their codes.";
    twin::modules(&Twin::new(), &sequencer_name(top), summary)
}
