//! What stimulus has to play: values of every field, legal and beyond, and pairs of them.
//!
//! The fields say which values are legal ([`Field::legal`]). A small range is played whole, a large
//! one at both ends and in every power of two between; beside a range that the format exceeds, the
//! first value beyond and the last one are played, since the contract says what they do. A short
//! stimulus may leave out what lies between the ends of all but the smallest ranges.

use crate::beat::Place;
use crate::interface::{Field, Interface, Stream};
use crate::traffic::{Beats, Traffic};
use std::ops::RangeInclusive;

/// Values of a range that is played whole, at most; likewise pairs of values.
const WHOLE: i128 = 64;

/// Values of a range that even a short stimulus plays whole, at most.
const FEW: i128 = 16;

/// Two fields of an input stream on which the hardware depends together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cross {
    /// The stream.
    pub stream: &'static str,
    /// The fields.
    pub fields: [Place; 2],
}

/// Values of one field of a beat, or of two.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Goal {
    /// Number of the stream among the inputs.
    stream: usize,
    /// What a person reads.
    what: String,
    /// Even a short stimulus reaches it: one of few values, an end of a range, or beyond it.
    is_key: bool,
    /// Fields, and which values of one of their elements.
    values: Vec<(Place, RangeInclusive<i128>)>,
}

impl Goal {
    fn is_reached_in(&self, phase: &Traffic) -> bool {
        let beats = &phase.0[self.stream];
        (0..beats.len()).any(|beat| self.is_reached(beats, beat))
    }

    fn is_reached(&self, beats: &Beats, beat: usize) -> bool {
        self.values.iter().all(|(field, range)| {
            beats.elements(beat, *field).any(|element| range.contains(&element.into()))
        })
    }
}

/// Goals that no beat has reached so far.
#[derive(Clone, Debug)]
pub struct Goals(Vec<Goal>);

impl Goals {
    /// All goals of the inputs of `interface`.
    ///
    /// # Panics
    /// If a cross names a field that there is not.
    pub fn new(interface: &Interface, crosses: &[Cross]) -> Self {
        let mut goals = Vec::new();
        for (index, stream) in interface.inputs().into_iter().enumerate() {
            goals.extend(stream.fields.iter().flat_map(|field| of_field(index, stream, field)));
            for cross in crosses.iter().filter(|cross| cross.stream == stream.name) {
                let pair = cross.fields.map(|place| {
                    let field = stream.fields.iter().find(|field| field.place == place);
                    field.unwrap_or_else(|| panic!("{} lacks a field of a cross", stream.name))
                });
                goals.extend(of_pair(index, stream, pair));
            }
        }
        Self(goals)
    }

    /// The same without what lies between the ends of larger ranges: what a short stimulus can
    /// reach.
    pub fn keys(mut self) -> Self {
        self.0.retain(|goal| goal.is_key);
        self
    }

    /// Strikes out the goals that the beats of a phase reach.
    pub fn play(&mut self, phase: &Traffic) {
        self.0.retain(|goal| !goal.is_reached_in(phase));
    }

    /// For every goal whether one of the phases reaches it.
    pub fn reached(&self, phases: &[Traffic]) -> Vec<bool> {
        let reached = |goal: &Goal| phases.iter().any(|phase| goal.is_reached_in(phase));
        self.0.iter().map(reached).collect()
    }

    /// Goals that are left.
    pub fn left(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|goal| goal.what.as_str())
    }

    /// Whether even a short stimulus reaches a goal, by its number among those that are left.
    pub fn is_key(&self, goal: usize) -> bool {
        self.0[goal].is_key
    }

    /// How many goals are left.
    pub fn count(&self) -> usize {
        self.0.len()
    }
}

impl Field {
    /// A legal value of every range that has to be played.
    pub fn telling_values(&self) -> Vec<i64> {
        self.starts(|value| (self.legal.0..=self.legal.1).contains(&value))
    }

    /// The values beyond the legal ones that have to be played.
    pub fn values_beyond(&self) -> Vec<i64> {
        self.starts(|value| !(self.legal.0..=self.legal.1).contains(&value))
    }

    fn starts(&self, wanted: impl Fn(i128) -> bool) -> Vec<i64> {
        let starts = ranges(self).into_iter().map(|(range, _)| *range.start());
        starts.filter(|value| wanted(*value)).map(|value| value as i64).collect()
    }
}

/// Ranges of values of which each has to occur; whether even in a short stimulus.
fn ranges(field: &Field) -> Vec<(RangeInclusive<i128>, bool)> {
    let (low, high) = field.legal;
    let most = field.amount.unwrap_or(high);
    let one = |value: i128| value..=value;
    let mut ranges = if high - low < WHOLE {
        let is_key = |value| high - low < FEW || value == low || value == high;
        (low..=high).map(|value| (one(value), is_key(value))).collect()
    } else {
        let mut ranges = vec![(one(low), true), (most..=high, field.amount.is_none())];
        let magnitudes = (0..64).map(|bit| (1_i128 << bit, (1_i128 << (bit + 1)) - 1));
        for (small, large) in magnitudes.take_while(|(small, _)| *small <= most.max(-low)) {
            for (from, to) in [(small, large), (-large, -small)] {
                let (from, to) = (from.max(low), to.min(most));
                if from <= to {
                    ranges.push((from..=to, false));
                }
            }
        }
        if low < 0 {
            ranges.push((one(0), false));
        }
        ranges
    };
    let (least, most) = (field.format.min(), field.format.max());
    if least < low {
        ranges.extend([(one(low - 1), true), (one(least), true)]);
    }
    if most > high {
        ranges.extend([(one(high + 1), true), (one(most), true)]);
    }
    ranges.dedup_by(|one, other| one.0 == other.0);
    ranges
}

fn name(range: &RangeInclusive<i128>) -> String {
    let (from, to) = (range.start(), range.end());
    if from == to { from.to_string() } else { format!("{from}..={to}") }
}

fn of_field<'a>(
    index: usize,
    stream: &'a Stream,
    field: &'a Field,
) -> impl Iterator<Item = Goal> + use<'a> {
    let goal = move |(range, is_key): (RangeInclusive<i128>, bool)| Goal {
        stream: index,
        what: format!("{} {} {}", stream.name, field.name, name(&range)),
        is_key,
        values: vec![(field.place, range)],
    };
    ranges(field).into_iter().map(goal)
}

/// Every pair of legal values if there are few, else the four pairs of the ranges' ends.
fn of_pair(index: usize, stream: &Stream, pair: [&Field; 2]) -> Vec<Goal> {
    let span = |field: &Field| field.legal.1 - field.legal.0 + 1;
    let whole = span(pair[0]) * span(pair[1]) <= WHOLE;
    let values = pair.map(|field| {
        let (low, high) = field.legal;
        if whole { (low..=high).collect() } else { vec![low, high] }
    });
    let pairs = values[0].iter().flat_map(|&a| values[1].iter().map(move |&b| [a, b]));
    let goal = |[a, b]: [i128; 2]| Goal {
        stream: index,
        what: format!("{} {} {a} with {} {b}", stream.name, pair[0].name, pair[1].name),
        is_key: false,
        values: pair
            .iter()
            .zip([a, b])
            .map(|(field, value)| (field.place, value..=value))
            .collect(),
    };
    pairs.map(goal).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::beat::{Beat, beat};
    use crate::verilog::Format;

    beat! {
        struct InBeat {
            /// the only field
            n: One,
        }
    }

    fn interface(n: Field) -> Interface {
        Interface::of_streams(vec![Stream::input("in", "", InBeat { n }.fields())])
    }

    fn left(field: Field, values: &[i64]) -> Vec<String> {
        let interface = interface(field);
        let mut goals = Goals::new(&interface, &[]);
        let mut phase = Traffic::new(&interface.inputs());
        values.iter().for_each(|&n| InBeat { n }.push(&mut phase.0[0]));
        goals.play(&phase);
        goals.left().map(str::to_owned).collect()
    }

    #[test]
    fn every_value_of_a_small_range_and_the_first_and_last_beyond() {
        let pool = || Field::new(Format::unsigned(4, 0)).within(1, 8);
        assert_eq!(left(pool(), &[1, 2, 3, 4, 8, 0, 9]), ["in n 5", "in n 6", "in n 7", "in n 15"]);
        assert!(left(pool(), &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 15]).is_empty());
    }

    #[test]
    fn a_short_stimulus_plays_few_values_whole_and_more_from_end_to_end() {
        let keys = |legal: i128| {
            let field = Field::new(Format::unsigned(6, 0)).within(1, legal);
            let keys = Goals::new(&interface(field), &[]).keys();
            keys.left().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(keys(16).len(), 16 + 3, "all, and 0, 17 and 63 beyond");
        assert_eq!(keys(17), ["in n 1", "in n 17", "in n 0", "in n 18", "in n 63"]);
    }

    #[test]
    fn both_ends_and_every_power_of_two_of_a_large_range() {
        let offset = || Field::new(Format::signed(8, 0));
        let played = [-128, -127, -32, -16, -8, -4, -2, -1, 0, 1, 2, 4, 8, 16, 32, 127];
        assert_eq!(left(offset(), &played), Vec::<String>::new());
        assert_eq!(
            left(offset(), &[&played[..5], &played[7..]].concat()),
            ["in n -3..=-2", "in n -7..=-4"]
        );
        let long = Field::new(Format::unsigned(16, 0)).amount(1000);
        assert_eq!(
            left(long, &[0, 1, 2, 5, 9, 17, 33, 65, 129, 300]),
            ["in n 1000..=65535", "in n 512..=1000"]
        );
    }
}
