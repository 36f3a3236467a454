//! The controller of one channel a second time, in `rust_hdl`: a model to simulate in Rust, and
//! Verilog that was not written by a template.

use super::{Mode, SarAdc};
use crate::Source;
use crate::block::Package;
use crate::twin::{self, Flop};
use crate::verilog::{Ident, Part, Ports};
use askama::Template;
use rust_hdl::prelude::*;

#[derive(Copy, Clone, Debug, PartialEq, LogicState)]
enum State {
    Idle,
    Sample,
    Compare,
    FireOnce,
    FireTwice,
    Step,
}

/// The controller: `N` bits, `G` groups of cells.
#[derive(LogicBlock)]
struct Twin<const N: usize, const G: usize> {
    clk_i: Signal<In, Clock>,
    rst_ni: Signal<In, Bit>,
    start_valid_i: Signal<In, Bit>,
    start_ready_o: Signal<Out, Bit>,
    start_differential_i: Signal<In, Bit>,
    done_valid_o: Signal<Out, Bit>,
    done_ready_i: Signal<In, Bit>,
    done_code_o: Signal<Out, Bits<N>>,
    sample_o: Signal<Out, Bit>,
    compare_o: Signal<Out, Bit>,
    groups_o: Signal<Out, Bits<G>>,
    differential_o: Signal<Out, Bit>,
    fire_plus_o: Signal<Out, Bit>,
    fire_minus_o: Signal<Out, Bit>,
    decision_i: Signal<In, Bit>,
    state: Flop<State>,
    /// Groups that no longer fire, the largest first.
    spent: Flop<Bits<G>>,
    differential: Flop<Bit>,
    earlier: Flop<Bits<N>>,
    code: Flop<Bits<N>>,
    waiting: Flop<Bit>,
    plus: Flop<Bit>,
    minus: Flop<Bit>,
    decision: Signal<Local, Bit>,
    /// The earlier ones and this one, in the low bit.
    decisions: Signal<Local, Bits<N>>,
    comparing: Signal<Local, Bit>,
    firing_next: Signal<Local, Bit>,
    last: Signal<Local, Bit>,
    /// Modes that the design fixes; with neither, the start decides.
    always_differential: Constant<Bit>,
    always_single_ended: Constant<Bit>,
    one_decision: Constant<Bits<N>>,
    one_group: Constant<Bits<G>>,
    largest_group: Constant<Bits<G>>,
    no_group: Constant<Bits<G>>,
    sign: Constant<Bits<N>>,
}

impl<const N: usize, const G: usize> Twin<N, G> {
    fn new(mode: Mode) -> Self {
        let mut twin = Self {
            clk_i: Signal::default(),
            rst_ni: Signal::default(),
            start_valid_i: Signal::default(),
            start_ready_o: Signal::default(),
            start_differential_i: Signal::default(),
            done_valid_o: Signal::default(),
            done_ready_i: Signal::default(),
            done_code_o: Signal::default(),
            sample_o: Signal::default(),
            compare_o: Signal::default(),
            groups_o: Signal::default(),
            differential_o: Signal::default(),
            fire_plus_o: Signal::default(),
            fire_minus_o: Signal::default(),
            decision_i: Signal::default(),
            state: Flop::default(),
            spent: Flop::default(),
            differential: Flop::default(),
            earlier: Flop::default(),
            code: Flop::default(),
            waiting: Flop::default(),
            plus: Flop::default(),
            minus: Flop::default(),
            decision: Signal::default(),
            decisions: Signal::default(),
            comparing: Signal::default(),
            firing_next: Signal::default(),
            last: Signal::default(),
            always_differential: Constant::new(mode == Mode::Differential),
            always_single_ended: Constant::new(mode == Mode::SingleEnded),
            one_decision: Constant::new(bits(1)),
            one_group: Constant::new(bits(1)),
            largest_group: Constant::new(bits(1 << (G - 1))),
            no_group: Constant::new(bits(0)),
            sign: Constant::new(bits(1 << (N - 1))),
        };
        twin.clk_i.connect();
        twin.rst_ni.connect();
        twin.start_valid_i.connect();
        twin.start_differential_i.connect();
        twin.done_ready_i.connect();
        twin.decision_i.connect();
        twin.connect_all();
        twin
    }
}

impl<const N: usize, const G: usize> Logic for Twin<N, G> {
    #[hdl_gen]
    fn update(&mut self) {
        clock!(self, clk_i, state, spent, differential, earlier, code, waiting, plus, minus);
        self.state.reset_n.next = self.rst_ni.val();
        self.spent.reset_n.next = self.rst_ni.val();
        self.differential.reset_n.next = self.rst_ni.val();
        self.earlier.reset_n.next = self.rst_ni.val();
        self.code.reset_n.next = self.rst_ni.val();
        self.waiting.reset_n.next = self.rst_ni.val();
        self.plus.reset_n.next = self.rst_ni.val();
        self.minus.reset_n.next = self.rst_ni.val();
        // What happens unless a state says otherwise
        self.state.d.next = self.state.q.val();
        self.spent.d.next = self.no_group.val();
        self.differential.d.next = self.differential.q.val();
        self.start_ready_o.next = false;
        self.sample_o.next = false;
        self.comparing.next = false;
        self.firing_next.next = false;
        self.last.next = false;
        self.decision.next = self.decision_i.val();
        match self.state.q.val() {
            State::Idle => {
                self.start_ready_o.next = true;
                if self.start_valid_i.val() {
                    self.state.d.next = State::Sample;
                }
            }
            State::Sample => {
                self.sample_o.next = true;
                if !self.waiting.q.val() | self.done_ready_i.val() {
                    self.state.d.next = State::Compare;
                }
            }
            State::Compare => {
                self.comparing.next = true;
                self.firing_next.next = true;
                self.decision.next = self.decision_i.val()
                    | self.always_single_ended.val()
                    | (!self.differential.q.val() & !self.always_differential.val());
                self.state.d.next = State::FireOnce;
            }
            State::FireOnce => {
                self.firing_next.next = true;
                self.state.d.next = State::FireTwice;
            }
            State::FireTwice => {
                self.comparing.next = true;
                self.firing_next.next = true;
                self.state.d.next = State::Step;
            }
            State::Step => {
                self.comparing.next = true;
                if self.spent.q.val().get_bit(1) {
                    self.last.next = true;
                    self.start_ready_o.next = true;
                    self.state.d.next = State::Idle;
                    if self.start_valid_i.val() {
                        self.state.d.next = State::Sample;
                    }
                } else {
                    self.firing_next.next = true;
                    self.spent.d.next =
                        (self.spent.q.val() >> self.one_group.val()) | self.largest_group.val();
                }
            }
            _ => {
                self.state.d.next = State::Idle;
            }
        }
        if self.start_ready_o.val() & self.start_valid_i.val() {
            self.differential.d.next = self.start_differential_i.val();
        }
        self.decisions.next = self.earlier.q.val() << self.one_decision.val();
        if self.decision.val() {
            self.decisions.next =
                (self.earlier.q.val() << self.one_decision.val()) | self.one_decision.val();
        }
        // Charge comes off the node that is higher; two firings in a row keep the side
        self.plus.d.next = self.firing_next.val() & self.plus.q.val();
        self.minus.d.next = self.firing_next.val() & self.minus.q.val();
        self.earlier.d.next = self.earlier.q.val();
        if self.comparing.val() {
            self.plus.d.next = self.firing_next.val() & !self.decision.val();
            self.minus.d.next = self.firing_next.val() & self.decision.val();
            self.earlier.d.next = self.decisions.val();
        }
        // Result
        self.code.d.next = self.code.q.val();
        self.waiting.d.next = self.waiting.q.val() & !self.done_ready_i.val();
        if self.last.val() {
            self.code.d.next = self.decisions.val() ^ self.sign.val();
            self.waiting.d.next = true;
        }
        // Pins
        self.compare_o.next = self.comparing.val();
        self.groups_o.next = !self.spent.q.val();
        self.differential_o.next = self.differential.q.val();
        self.fire_plus_o.next = self.plus.q.val();
        self.fire_minus_o.next = self.minus.q.val();
        self.done_valid_o.next = self.waiting.q.val();
        self.done_code_o.next = self.code.q.val();
    }
}

#[derive(Template)]
#[template(path = "sar_adc/sar_adc_twin.v.askama")]
struct Wrapper<'a> {
    top: &'a Ident,
    ports: Ports,
    twin: Part,
    is_runtime: bool,
}

/// Calls `$function` with the widths that belong to `$bits`, for every legal number of bits.
macro_rules! for_bits {
    ($bits:expr, $function:ident $arguments:tt, $($legal:literal)*) => {
        match $bits {
            $($legal => $function::<$legal, { $legal - 2 }> $arguments,)*
            _ => Vec::new(),
        }
    };
}

/// The twin of the whole controller; one of several channels has none.
pub(super) fn modules(spec: &SarAdc, top: &Ident) -> Vec<Source> {
    if spec.channels != 1 {
        return Vec::new();
    }
    let is_runtime = spec.mode == Mode::Runtime;
    let ports = spec.interface().ports();
    // The description has the ports of every mode
    let all = SarAdc { mode: Mode::Runtime, ..spec.clone() }.interface().ports();
    let twin = Part::new(&top.part("twin"), &all, &ports);
    let wrapper = Wrapper { top, ports, twin, is_runtime };
    let mut modules = vec![Source::generated(top, &wrapper)];
    modules.extend(for_bits!(spec.bits, described(spec.mode, top), 4 5 6 7 8 9 10));
    modules
}

/// The module within the wrapper.
fn described<const N: usize, const G: usize>(mode: Mode, top: &Ident) -> Vec<Source> {
    let summary = "The controller of one channel.";
    twin::modules(&Twin::<N, G>::new(mode), &top.part("twin"), summary)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::Block;
    use crate::blocks::sar_adc::golden::Model;
    use crate::blocks::sar_adc::{Generated, Params};

    type SevenBits = Twin<7, 5>;

    fn cycle(twin: &mut SevenBits) {
        for clock in [true, false] {
            twin.clk_i.next = clock.into();
            assert!(simulate(twin, 20), "the twin does not settle");
        }
    }

    /// One conversion of `d` LSB: the nodes in whole LSB, the cells as the pins say.
    fn convert(twin: &mut SevenBits, d: i64) -> i64 {
        let (mut plus, mut minus) = (d.max(0), (-d).max(0));
        twin.start_valid_i.next = true;
        twin.start_differential_i.next = true;
        for _ in 0..20 {
            cycle(twin);
            twin.start_valid_i.next = false;
            if twin.done_valid_o.val() {
                let code = i64::from(twin.done_code_o.val().to_u8());
                return if code < 64 { code } else { code - 128 };
            }
            let cells = (i64::from(twin.groups_o.val().to_u8()) + 1) / 2;
            plus += if twin.fire_plus_o.val() { cells } else { 0 };
            minus += if twin.fire_minus_o.val() { cells } else { 0 };
            twin.decision_i.next = twin.compare_o.val() && plus >= minus;
        }
        panic!("no result within 20 cycles");
    }

    /// The `rust_hdl` simulation, cycle by cycle, against the golden model.
    #[test]
    fn the_twin_converts_as_the_golden_model() {
        let params = Params {
            bits: 7,
            mode: Mode::Differential,
            channels: 1,
            cell_sigma: 0.0,
            offset_sigma: 0.0,
            noise_sigma: 0.0,
            analog_seed: 1,
        };
        let spec = Generated::spec(&params).expect("legal parameters");
        let mut golden = Model::new(&spec);
        let mut twin = SevenBits::new(Mode::Runtime);
        twin.done_ready_i.next = true;
        for reset_n in [false, true] {
            twin.rst_ni.next = reset_n;
            cycle(&mut twin);
        }
        for d in [0, 1, -1, 5, -17, 31, 32, 33, -32, 63, 64, 70, -63, -64, -65, -70] {
            let expected = golden.convert(&[16 * d.max(0)], Some(&[16 * (-d).max(0)]))[0];
            assert_eq!(convert(&mut twin, d), expected, "{d} LSB");
        }
    }
}
