//! How many clock cycles a layer takes: what the unit does per cycle, without the data.
//!
//! An element is put in per cycle, in the order of the contract, and passes five stages: segment,
//! address, element, memory, and what the memory returned. A beat needs the new elements of all
//! units. Both wait for room: in the units, and among the two beats that can wait at the output.

mod fetch;
mod walker;

use super::golden::{LAYER, MAP};
use super::{Im2col, Layer};
use crate::block::Prediction;
use crate::traffic::Traffic;
use fetch::{Fetch, Segment};
use walker::{Group, Numbers, Units, Walker};

/// Cycles in which sizes settle, after the one that takes the layer.
const PREPARE: u64 = 9;
/// Cycles after the scan of window positions: one that ends it, two for conclusions.
const JUDGE: u64 = 3;
/// Beats that can wait at the output.
const BEATS: usize = 2;
/// Groups that can wait for the units, the one at work among them.
const GROUPS: usize = 2;
/// Most patch units.
const MOST_UNITS: usize = 16;

/// What a beat of patches is, apart from its elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beat {
    /// The last beat of a group.
    pub last: bool,
}

/// A queue of at most two, the oldest first.
#[derive(Clone, Copy, Debug, Default)]
struct Pair<T> {
    items: [T; 2],
    len: usize,
}

impl<T: Copy> Pair<T> {
    fn push(&mut self, item: T) {
        self.items[self.len] = item;
        self.len += 1;
    }

    fn pop(&mut self) {
        self.items[0] = self.items[1];
        self.len -= 1;
    }

    fn first(&self) -> Option<T> {
        (self.len > 0).then_some(self.items[0])
    }
}

/// What the units are at.
#[derive(Clone, Copy, Debug, Default)]
struct Due {
    row: u32,
    column: u32,
    channels: u32,
}

/// Where a layer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// So many cycles are left before patches are made, or before the report of an illegal layer.
    Checking {
        left: u64,
        legal: bool,
    },
    Running,
    Reporting,
}

/// The unit at one layer, cycle by cycle. A new clock stands at the cycle after the one that takes
/// the layer; [`Self::step`] ends a cycle.
#[derive(Clone, Debug)]
pub struct Clock {
    unit: Numbers,
    state: State,
    walker: Walker,
    fetch: Fetch,
    address: Option<Segment>,
    element: Option<Segment>,
    memory: Option<Segment>,
    came: Option<Segment>,
    /// New elements that wait, per unit.
    new: [u8; MOST_UNITS],
    /// Units in which there is none, and units in which there is no room.
    empty: Units,
    full: Units,
    groups: Pair<Group>,
    due: Due,
    beats: Pair<bool>,
    groups_left: u32,
}

impl Clock {
    /// The unit that has just taken `layer`, legal or not.
    pub fn new(unit: &Im2col, layer: &Layer) -> Self {
        let convolution = &layer.convolution;
        let checked = layer.check(unit);
        let legal = checked.is_ok();
        let early = checked.is_err_and(|error| error.early);
        let positions = if early {
            0
        } else {
            let (rows, columns) = convolution.windows();
            u64::from(rows.max(columns)) + JUDGE
        };
        // A legal layer needs a cycle to begin
        let left = PREPARE + positions + u64::from(legal);
        let numbers = Numbers {
            units: unit.units,
            new_words: unit.new_words as u8,
            bypass: convolution.bypasses(),
            lines: legal && layer.takes_lines(unit),
            kernel: convolution.kernel,
            stride: convolution.stride,
            overlap: convolution.overlap(),
            channels: convolution.channels,
            groups: layer.groups,
        };
        let column = if legal { layer.start_column / convolution.stride } else { 0 };
        Self {
            state: State::Checking { left, legal },
            walker: Walker::new(*layer, column),
            fetch: Fetch::default(),
            address: None,
            element: None,
            memory: None,
            came: None,
            new: [0; MOST_UNITS],
            empty: Units::MAX,
            full: 0,
            groups: Pair::default(),
            due: Due {
                row: 0,
                column: numbers.kernel.saturating_sub(1),
                channels: numbers.channels,
            },
            beats: Pair::default(),
            groups_left: layer.groups,
            unit: numbers,
        }
    }

    /// Clock cycles from the one that takes the layer to the one that takes its report, both
    /// included, while nothing stalls; none if they are more than `most`.
    pub fn cycles(unit: &Im2col, layer: &Layer, most: u64) -> Option<u64> {
        let mut clock = Self::new(unit, layer);
        if clock.least() > most {
            return None;
        }
        let mut cycles = 2;
        while !clock.reports() {
            if cycles >= most {
                return None;
            }
            clock.step(true);
            cycles += 1;
        }
        Some(cycles)
    }

    /// A bound that needs no counting: the layer takes no fewer clock cycles than it has beats.
    fn least(&self) -> u64 {
        match self.state {
            State::Checking { legal: false, .. } | State::Reporting => 0,
            State::Checking { .. } | State::Running => {
                let Numbers { kernel, channels, .. } = self.unit;
                let patch = u64::from(kernel * kernel) * u64::from(channels);
                u64::from(self.groups_left.saturating_sub(1)) * patch
            }
        }
    }

    /// The beat of patches that is offered in this cycle.
    pub fn offer(&self) -> Option<Beat> {
        self.beats.first().map(|last| Beat { last })
    }

    /// Whether the report is offered in this cycle. Nothing happens until it is taken.
    pub fn reports(&self) -> bool {
        self.state == State::Reporting
    }

    /// Ends the cycle. A beat that is offered is taken if `ready`.
    pub fn step(&mut self, ready: bool) {
        match &mut self.state {
            State::Checking { left, legal } => {
                *left -= 1;
                if *left == 0 {
                    self.state = if *legal { State::Running } else { State::Reporting };
                }
            }
            State::Running => self.run(ready),
            State::Reporting => {}
        }
    }

    fn run(&mut self, ready: bool) {
        let beat_space = self.beats.len < BEATS;
        let beat = self.beat(beat_space);
        let moves = self.came.is_none_or(|came| !self.blocks(&came, beat_space));
        let element_free = self.element.is_none_or(|element| element.more == 0);
        let address_free = self.address.is_none() || element_free;
        let steps = self.fetch.busy && moves && address_free;
        let fetched = steps && self.fetch.is_last(&self.unit);
        let takes = self.walker.complete
            && (!self.fetch.busy || fetched)
            && (self.unit.bypass || self.groups.len < GROUPS);

        self.take_output(ready);
        if let Some(due) = beat {
            self.emit(due);
        }
        if moves {
            self.move_on(element_free, address_free);
        }
        if steps {
            self.fetch.advance(&self.unit);
        }
        if takes {
            let group = self.walker.group(&self.unit);
            self.fetch = Fetch::begin(&self.unit, group);
            if !self.unit.bypass {
                self.groups.push(group);
            }
        }
        self.walker.step(&self.unit, takes);
    }

    /// The units that take a new element in this cycle, if there is a beat.
    fn beat(&self, beat_space: bool) -> Option<Units> {
        let group = self.groups.first()?;
        let mut new = group.window;
        if self.due.column < self.unit.overlap {
            new &= !group.left;
        }
        if self.due.row < self.unit.overlap {
            new &= !group.above;
        }
        (beat_space && new & self.empty == 0).then_some(new)
    }

    /// Whether what the memory returned has no room.
    fn blocks(&self, came: &Segment, beat_space: bool) -> bool {
        if self.unit.bypass { came.ends_beat && !beat_space } else { came.units & self.full != 0 }
    }

    fn take_output(&mut self, ready: bool) {
        if let (Some(last), true) = (self.beats.first(), ready) {
            self.beats.pop();
            self.groups_left -= u32::from(last);
            if self.groups_left == 0 {
                self.state = State::Reporting;
            }
        }
    }

    /// A beat of the units, of which `new` take a new element.
    fn emit(&mut self, new: Units) {
        let mut left = new;
        while left != 0 {
            let unit = left.trailing_zeros();
            left &= left - 1;
            let words = &mut self.new[unit as usize];
            *words -= 1;
            self.empty |= u32::from(*words == 0) << unit;
            self.full &= !(1 << unit);
        }
        let Numbers { kernel, channels, .. } = self.unit;
        let due = &mut self.due;
        let mut last = false;
        if due.column > 0 {
            due.column -= 1;
        } else {
            due.column = kernel - 1;
            due.row += 1;
            if due.row == kernel {
                due.row = 0;
                due.channels -= 1;
                last = due.channels == 0;
            }
        }
        if last {
            due.channels = channels;
            self.groups.pop();
        }
        self.beats.push(last);
    }

    /// The pipeline of the input controller moves.
    fn move_on(&mut self, element_free: bool, address_free: bool) {
        if let Some(came) = self.came {
            if self.unit.bypass {
                if came.ends_beat {
                    self.beats.push(came.last);
                }
            } else {
                let unit = came.units.trailing_zeros();
                let words = &mut self.new[unit as usize];
                *words += 1;
                self.empty &= !(1 << unit);
                self.full |= u32::from(*words == self.unit.new_words) << unit;
            }
        }
        self.came = self.memory;
        self.memory = self.element;
        if element_free {
            self.element = self.address;
        } else if let Some(element) = &mut self.element {
            element.more -= 1;
        }
        if address_free {
            self.address = self.fetch.busy.then(|| self.fetch.segment(&self.unit));
        }
    }
}

/// Clock cycles of stimulus in phases, from reset to the last report. Lines and layers take turns: a
/// phase has beats on one stream only.
pub(super) fn predict(unit: &Im2col, phases: &[Traffic]) -> Prediction {
    let mut left = Prediction::MOST;
    let reported = phases.iter().rposition(|phase| !phase.0[LAYER].is_empty());
    for phase in &phases[..reported.map_or(0, |last| last + 1)] {
        let lines = phase.0[MAP].len() as u64;
        let layers = (0..phase.0[LAYER].len()).map(|beat| Layer::read(&phase.0[LAYER], beat));
        let after = layers.fold(left.checked_sub(lines), |left, layer| {
            let left = left?;
            left.checked_sub(Clock::cycles(unit, &layer, left)?)
        });
        match after {
            Some(after) => left = after,
            None => return Prediction::Beyond,
        }
    }
    Prediction::Cycles(Prediction::MOST - left)
}

#[cfg(test)]
mod tests {
    use super::super::{Convolution, Generated, LayerBeat};
    use super::*;
    use crate::beat::Beat as _;
    use crate::block::Block;

    fn beats_and_cycles(convolution: Convolution) -> (u64, u64) {
        let unit = Generated::parse("").expect("legal flags");
        let layer = Layer::whole(convolution, &unit).expect("a legal layer");
        let beats = u64::from(layer.groups) * u64::from(convolution.patch());
        (beats, Clock::cycles(&unit, &layer, u64::MAX).expect("an end"))
    }

    #[test]
    fn cycles_are_counted_up_to_the_most_that_are_asked_for() {
        let unit = Generated::parse("").expect("legal flags");
        let convolution =
            Convolution { kernel: 3, stride: 1, padding: 1, channels: 4, height: 8, width: 8 };
        let layer = Layer::whole(convolution, &unit).expect("a legal layer");
        let cycles = Clock::cycles(&unit, &layer, u64::MAX).expect("an end");
        assert_eq!(Clock::cycles(&unit, &layer, cycles), Some(cycles));
        assert_eq!(Clock::cycles(&unit, &layer, cycles - 1), None);
        // More than anybody waits for.
        let layer = Layer { groups: u32::MAX, ..layer };
        assert_eq!(Clock::cycles(&unit, &layer, Prediction::MOST), None);
    }

    /// A legal layer of one window, with as many groups as the register can ask for.
    #[test]
    fn a_layer_that_takes_longer_than_anybody_waits_is_not_counted() {
        let unit = Generated::parse("").expect("legal flags");
        let window =
            Convolution { kernel: 11, stride: 4, padding: 0, channels: 512, height: 11, width: 11 };
        let layer = Layer::whole(window, &unit).expect("a legal layer");
        let groups = (1 << unit.widths().count.bits()) - 1;
        let mut phase = Traffic::new(&unit.bench_interface().inputs());
        LayerBeat::from(&Layer { groups, ..layer }).push(&mut phase.0[LAYER]);
        assert_eq!(predict(&unit, &[phase]), Prediction::Beyond);
    }

    /// VGG conv3-2 with fewer channels: only the first row of windows waits for the memory.
    #[test]
    fn a_beat_per_cycle_where_elements_are_shared() {
        let convolution =
            Convolution { kernel: 3, stride: 1, padding: 1, channels: 64, height: 56, width: 56 };
        let (beats, cycles) = beats_and_cycles(convolution);
        assert!(cycles > beats && cycles * 100 < beats * 102, "{cycles} cycles, {beats} beats");
    }

    #[test]
    fn a_line_per_cycle_where_it_is_a_beat() {
        let convolution =
            Convolution { kernel: 1, stride: 1, padding: 0, channels: 64, height: 28, width: 28 };
        let (beats, cycles) = beats_and_cycles(convolution);
        assert!(cycles > beats && cycles < beats + 60, "{cycles} cycles, {beats} beats");
    }

    #[test]
    fn an_element_per_cycle_where_nothing_is_shared() {
        let convolution =
            Convolution { kernel: 2, stride: 2, padding: 0, channels: 16, height: 32, width: 32 };
        let (beats, cycles) = beats_and_cycles(convolution);
        assert!(cycles > 4 * beats && cycles < 4 * beats + 60, "{cycles} cycles, {beats} beats");
    }
}
