//! The golden model against the real value of what it approximates, in exact rationals.
//!
//! With `t` the exact sum as an integer of `F` fraction bits, `a` and `b` the bits cut before and
//! after rounding, the ideal result is `e = t / 2^(a+1+b)`. How far may
//! `y = floor(v / 2^b)`, `v = floor((u + 1) / 2)`, `u = floor(t / 2^a)` be from it?
//!
//! Nested floors of integer divisions collapse, `floor((floor(x) + n) / m) = floor((x + n) / m)`
//! for whole `n` and `m > 0`, so the three steps are one:
//!
//! ```text
//! y = floor(e + 1 / 2^(b+1))
//! ```
//!
//! As `e` is a multiple of `1 / 2^(a+1+b)`, what the floor drops is at least 0 and at most
//! `1 - 1 / 2^(a+1+b)`, and the error `y - e` lies in the closed interval
//!
//! ```text
//! [ 1 / 2^(b+1) + 1 / 2^(a+1+b) - 1,  1 / 2^(b+1) ]
//! ```
//!
//! both ends of which are reached. For `b = 0` that is rounding half up, within half a result; in
//! no case is the error as large as one result.

use super::golden::{Arithmetic, Coefficients};
use super::vectors::{coefficients, corner_coefficients, corner_entries};
use super::{Activation, Generated, Nmpu};
use crate::random::Random;
use crate::verilog::Format;
use crate::{Block, Generator};
use hwgen_numerics::{Coefficients as Numbers, Element, Requantisation};
use num_rational::Ratio;

type Rational = Ratio<i128>;

const RANDOM_DESIGNS: usize = 60;
const RANDOM_SETS: usize = 1000;

fn whole(number: i128) -> Rational {
    Rational::from_integer(number)
}

fn power_of_two(exponent: u32) -> Rational {
    whole(1 << exponent)
}

/// The real number that a raw value stands for.
fn real(format: Format, raw: i64) -> Rational {
    whole(raw.into()) / power_of_two(format.fraction)
}

/// The result with unlimited precision and range.
fn ideal(spec: &Nmpu, set: &Coefficients, x: [i64; 2]) -> Rational {
    let scaled = |branch: usize| real(spec.scale, set.scales[branch]) * whole(x[branch].into());
    let sum = scaled(0) - scaled(1) + real(spec.offset, set.offset);
    let fraction = spec.scale.fraction.max(spec.offset.fraction);
    sum * power_of_two(fraction) / power_of_two(spec.cut_pre + 1 + spec.cut_post)
}

/// The declared rounding of an ideal result: floor, half up, floor.
fn rounded(spec: &Nmpu, ideal: Rational) -> i128 {
    let half = Rational::new(1, 2);
    let cut = (ideal * power_of_two(1 + spec.cut_post)).floor();
    let rounded = (cut * half + half).floor();
    (rounded / power_of_two(spec.cut_post)).floor().to_integer()
}

/// The ends of the error's interval.
fn error_interval(spec: &Nmpu) -> (Rational, Rational) {
    let highest = power_of_two(spec.cut_post + 1).recip();
    let resolution = power_of_two(spec.cut_pre + 1 + spec.cut_post).recip();
    (highest + resolution - whole(1), highest)
}

/// How often each kind of result was seen.
#[derive(Default)]
struct Seen {
    exact: u32,
    saturated: [u32; 2],
    rectified: u32,
    lowest_error: Option<Rational>,
    highest_error: Option<Rational>,
}

impl Seen {
    fn check(&mut self, spec: &Nmpu, set: &Coefficients, x: [i64; 2]) {
        let golden = i128::from(Arithmetic::new(spec).result(set, x));
        let ideal = ideal(spec, set, x);
        let rounded = rounded(spec, ideal);
        let relu = match spec.activation {
            Activation::None => false,
            Activation::Relu => true,
            Activation::Runtime => set.relu,
        };
        let range = spec.result();
        let (lowest, highest) = (range.min(), range.max());
        let context = || format!("{spec:?}, {set:?}, {x:?}, ideal {ideal}");
        if relu && rounded < 0 {
            assert_eq!(golden, 0, "{}", context());
            self.rectified += 1;
        } else if rounded > highest {
            assert_eq!(golden, highest, "{}", context());
            self.saturated[1] += 1;
        } else if rounded < lowest {
            assert_eq!(golden, lowest, "{}", context());
            self.saturated[0] += 1;
        } else {
            assert_eq!(golden, rounded, "{}", context());
            self.exact += 1;
            let error = whole(golden) - ideal;
            let (least, most) = error_interval(spec);
            assert!((least..=most).contains(&error), "error {error}, {}", context());
            assert!(error < whole(1) && error > whole(-1), "error {error}, {}", context());
            self.lowest_error = Some(self.lowest_error.map_or(error, |seen| seen.min(error)));
            self.highest_error = Some(self.highest_error.map_or(error, |seen| seen.max(error)));
        }
    }
}

fn random_entries(spec: &Nmpu, random: &mut Random) -> [i64; 2] {
    let second = if spec.two_branches() { random.number(spec.entry()) } else { 0 };
    [random.number(spec.entry()), second]
}

fn check_at_random(spec: &Nmpu, random: &mut Random, seen: &mut Seen) {
    for _ in 0..RANDOM_SETS {
        let set = coefficients(spec, |field| random.number(field.format));
        seen.check(spec, &set, random_entries(spec, random));
    }
}

#[test]
fn golden_is_exact_in_every_configuration() {
    for (name, flags) in Generated::CONFIGURATIONS {
        let spec = Generated::parse(flags).expect("a legal configuration");
        let mut seen = Seen::default();
        for set in corner_coefficients(&spec) {
            for x in corner_entries(&spec) {
                seen.check(&spec, &set, x);
            }
        }
        check_at_random(&spec, &mut Random::new(1, 0), &mut seen);
        assert!(seen.exact > 100, "{name}: {} results are not at their limits", seen.exact);
    }
}

#[test]
fn golden_is_exact_in_random_designs() {
    static GENERATOR: Generator = Generator::of::<Generated>("");
    let mut random = Random::new(2, 0);
    let mut seen = Seen::default();
    for _ in 0..RANDOM_DESIGNS {
        let command = GENERATOR.random(&mut random).command;
        let (_, flags) = command.split_once(Generated::NAME).expect("a command");
        let spec = Generated::parse(flags).expect("what made a legal design");
        check_at_random(&spec, &mut random, &mut seen);
    }
    let kinds = [seen.exact, seen.saturated[0], seen.saturated[1], seen.rectified];
    assert!(kinds.iter().all(|&count| count > 1000), "kinds of results: {kinds:?}");
}

/// All there is of small designs: the interval of the error is the tightest.
#[test]
fn both_ends_of_the_error_are_reached() {
    for (cut_pre, cut_post) in [(0, 0), (3, 0), (0, 2), (2, 3)] {
        let flags = format!(
            "--width 3 --scale-int 0 --scale-frac 3 --offset-int 4 --activation none \
             --cut-pre {cut_pre} --cut-post {cut_post}"
        );
        let spec = Generated::parse(&flags).expect("a legal design");
        let all = |format: Format| format.min() as i64..=format.max() as i64;
        let mut seen = Seen::default();
        for offset in all(spec.offset) {
            for scale in all(spec.scale) {
                let set = Coefficients { scales: [scale, 5], offset, relu: false };
                for p in all(spec.entry()) {
                    all(spec.entry()).for_each(|n| seen.check(&spec, &set, [p, n]));
                }
            }
        }
        let (lowest, highest) = error_interval(&spec);
        assert_eq!((seen.lowest_error, seen.highest_error), (Some(lowest), Some(highest)));
    }
}

/// The requantisation of networks that a set is, for two branches.
fn instance(spec: &Nmpu, set: &Coefficients) -> Requantisation<2> {
    let fraction = spec.scale.fraction.max(spec.offset.fraction);
    let multiplier =
        |branch: usize| (set.scales[branch] << (fraction - spec.scale.fraction)) as i32;
    let relu = match spec.activation {
        Activation::None => false,
        Activation::Relu => true,
        Activation::Runtime => set.relu,
    };
    let element = Element::new(spec.out_width, true, 0).expect("results of at most 16 bits");
    let (low, high) = element.range().into_inner();
    let numbers = Numbers {
        multipliers: [multiplier(0), -multiplier(1)],
        bias: (set.offset << (fraction - spec.offset.fraction)) + (1 << spec.cut_pre),
        shift: spec.cut_pre + 1 + spec.cut_post,
    };
    let clamp = if relu { 0 } else { low }..=high;
    Requantisation::new(element, clamp, vec![numbers]).expect("legal numbers")
}

#[test]
fn a_set_is_an_instance_of_the_one_requantisation() {
    let mut random = Random::new(3, 0);
    let mut rectified = 0;
    for flags in [
        "",
        "--branches 1 --width 16",
        "--scale-frac 9 --offset-frac 2 --cut-pre 5 --cut-post 3 --activation none",
        "--scale-frac 1 --offset-frac 6 --activation runtime",
        "--signed --out-width 12 --activation relu",
    ] {
        let spec = Generated::parse(flags).expect("a legal design");
        let arithmetic = Arithmetic::new(&spec);
        for _ in 0..RANDOM_SETS {
            let set = coefficients(&spec, |field| random.number(field.format));
            let x = random_entries(&spec, &mut random);
            let expected = instance(&spec, &set).apply(0, x);
            assert_eq!(arithmetic.result(&set, x), i64::from(expected), "{flags} {set:?} {x:?}");
            rectified += usize::from(expected == 0);
        }
    }
    assert!(rectified > 100, "{rectified} results are zero");
}
