//! The simulated twin, operation by operation, against the contract.

use super::*;
use crate::block::Block;
use crate::blocks::cap_ram::{CapRam, Generated, Precision};

/// One conversion of an operation, from the contract.
#[derive(Clone, Copy)]
struct Expected {
    minus: bool,
    difference: bool,
    low: bool,
    code: CodePins,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct CodePins {
    minus: bool,
    odd: bool,
    shift: bool,
    last: bool,
    turns: bool,
    /// Of the four pairs of eight slices.
    negated: [bool; 4],
    level: u32,
}

fn expected(precision: Precision) -> Vec<Expected> {
    let (turns, long) = (precision.takes_turns(), precision.is_long());
    let sides = match precision.encoding().code() {
        0 => vec![false, true],
        2 => vec![true],
        _ => vec![false],
    };
    let nibbles = if long { vec![false, true] } else { vec![true] };
    let all = sides.iter().flat_map(|&minus| nibbles.iter().map(move |&low| (minus, low)));
    let conversion = |(minus, low)| Expected {
        minus,
        difference: precision.is_differential(),
        low,
        code: CodePins {
            minus,
            odd: turns && minus,
            shift: long && low,
            last: low && minus == sides[sides.len() - 1],
            turns,
            negated: [0, 1, 2, 3].map(|pair| is_negative(precision, 2 * pair + u32::from(minus))),
            level: precision.level(),
        },
    };
    all.map(conversion).collect()
}

/// Whether `slice` holds the highest bit of two's complement: the only one of the most
/// negative weight.
fn is_negative(precision: Precision, slice: u32) -> bool {
    if precision.weight_bits() == 1 || precision.is_differential() {
        return false;
    }
    let lowest = precision.cells(-1 << (precision.weight_bits() - 1)).expect("a legal weight");
    let slice = slice % (1 << precision.level());
    lowest >> slice & 1 == 1
}

/// The twin with converters that are ready `interval` cycles after they were started.
struct Bench {
    twin: Twin,
    interval: u32,
    /// Cycles until they are.
    converting: u32,
}

impl Bench {
    fn new(spec: &CapRam) -> Self {
        let interval = spec.adc_bits() + 2;
        let mut bench = Self { twin: Twin::new(), interval, converting: 0 };
        for reset_n in [false, true] {
            bench.twin.rst_ni.next = reset_n;
            bench.clock();
        }
        bench
    }

    fn settle(&mut self) {
        assert!(simulate(&mut self.twin, 30), "the twin does not settle");
    }

    fn clock(&mut self) {
        for clock in [true, false] {
            self.twin.clk_i.next = clock.into();
            self.settle();
        }
    }

    /// Offers inputs from now on.
    fn offer(&mut self, precision: Precision) {
        use Encoding::*;
        let encodings = [TwosComplement, PlusSlices, MinusSlices, Ternary];
        self.twin.inputs_valid_i.next = true;
        self.twin.encoding_i.next = encodings[precision.encoding().code() as usize];
        self.twin.level_i.next =
            [Slices::One, Slices::Two, Slices::Four, Slices::Eight][precision.level() as usize];
        self.twin.long_i.next = precision.is_long();
        self.settle();
    }

    /// Goes to the next clock cycle.
    fn advance(&mut self) {
        let started = self.twin.multiply_o.val();
        self.converting = if started { self.interval } else { self.converting };
        self.converting = self.converting.saturating_sub(1);
        self.clock();
        self.twin.adc_ready_i.next = self.converting == 0;
        self.settle();
    }

    /// Phases, sides and nibble.
    fn pins(&self) -> [bool; 8] {
        let twin = &self.twin;
        [
            twin.precharge_o.val(),
            twin.input_o.val(),
            twin.multiply_o.val(),
            twin.share_plus_o.val(),
            twin.share_minus_o.val(),
            twin.swap_o.val(),
            twin.differential_o.val(),
            twin.low_o.val(),
        ]
    }

    fn code(&self) -> CodePins {
        let twin = &self.twin;
        let negate = twin.code_negate_o.val();
        CodePins {
            minus: twin.code_minus_o.val(),
            odd: twin.code_odd_o.val(),
            shift: twin.code_shift_o.val(),
            last: twin.code_last_o.val(),
            turns: twin.code_turns_o.val(),
            negated: [0, 1, 0, 2].map(|sign| negate.get_bit(sign)),
            level: twin.code_level_o.val() as u32,
        }
    }
}

/// The pins in cycle `number` of the global cycle of a conversion.
fn pins_of(conversion: Expected, number: u32) -> [bool; 8] {
    let Expected { minus, difference, low, .. } = conversion;
    let share = number > 2;
    let (share_plus, share_minus) = (share && !minus, share && (minus || difference));
    [number == 0, number == 1, number == 2, share_plus, share_minus, minus, difference, low]
}

/// The `rust_hdl` simulation of operations that follow each other, cycle by cycle.
#[test]
fn the_twin_sequences_as_the_contract_says() {
    let spec = Generated::parse("").expect("the default design");
    let mut bench = Bench::new(&spec);
    let mut previous: Option<CodePins> = None;
    bench.offer(Precision::all()[0]);
    let all = Precision::all();
    for (precision, next) in all.iter().zip(all.iter().cycle().skip(1)) {
        assert!(bench.twin.accept_o.val(), "{precision:?} is not accepted");
        let conversions = expected(*precision);
        assert_eq!(conversions.len() as u32, precision.global_cycles());
        for conversion in conversions {
            for number in 0..spec.global_cycle() {
                bench.advance();
                bench.offer(*next);
                assert_eq!(bench.pins(), pins_of(conversion, number), "{precision:?}, {number}");
                if let (0, Some(code)) = (number, previous) {
                    assert_eq!(bench.code(), code, "before {precision:?}");
                }
                let last = conversion.code.last && number == spec.global_cycle() - 1;
                assert_eq!(bench.twin.accept_o.val(), last, "{precision:?}, {number}");
            }
            previous = Some(conversion.code);
        }
    }
}
