//! Beats in bulk: what flows over the streams of an interface, packed for the simulator.

use crate::beat::Place;
use crate::interface::{Field, Stream};
use crate::verilog::Format;
use bitvec::prelude::*;
use std::sync::Arc;

/// Where one field lies within a beat.
#[derive(Debug, PartialEq, Eq)]
struct Slot {
    name: &'static str,
    first_word: usize,
    format: Format,
    count: usize,
}

/// Layout of one beat: every field starts on a 32-bit word, which is how Verilator holds ports.
#[derive(Debug, PartialEq, Eq)]
struct Layout {
    /// By the number of the place; nothing where the design lacks the field.
    slots: Vec<Option<Slot>>,
    words: usize,
}

impl Layout {
    /// The field at `place`, if the design has it.
    fn slot(&self, place: Place) -> Option<&Slot> {
        self.slots.get(place.number())?.as_ref()
    }

    /// The fields that the design has, in port order.
    fn slots(&self) -> impl Iterator<Item = &Slot> {
        self.slots.iter().flatten()
    }
}

/// Words that `width` bits from `shift` of the first word on reach into.
const fn span(shift: usize, width: usize) -> usize {
    (shift + width).div_ceil(32)
}

/// The `width` bits, up to 64, from bit `first` of `words` on.
fn load(words: &[u32], first: usize, width: usize) -> u64 {
    let (word, shift) = (first / 32, first % 32);
    // At most three words; what they hold besides is cut off.
    let part = |index: usize| words.get(word + index).map_or(0, |&bits| u128::from(bits));
    let all = part(0) | part(1) << 32 | part(2) << 64;
    (all >> shift) as u64 & (u64::MAX >> (64 - width))
}

/// Sets them to those of `value`.
fn store(words: &mut [u32], first: usize, width: usize, value: u64) {
    let (word, shift) = (first / 32, first % 32);
    let ones = u64::MAX >> (64 - width);
    let (mut mask, mut bits) = (u128::from(ones) << shift, u128::from(value & ones) << shift);
    for word in &mut words[word..][..span(shift, width)] {
        *word = *word & !(mask as u32) | bits as u32;
        (mask, bits) = (mask >> 32, bits >> 32);
    }
}

/// A sequence of beats of one stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beats {
    layout: Arc<Layout>,
    words: Vec<u32>,
}

impl Beats {
    /// No beats yet, laid out for `stream`.
    pub fn new(stream: &Stream) -> Self {
        let (mut slots, mut words) = (Vec::new(), 0);
        for field in &stream.fields {
            let Field { name, format, .. } = *field;
            let slot = Slot { name, first_word: words, format, count: field.count as usize };
            slots.resize_with(field.place.number(), || None);
            slots.push(Some(slot));
            words += field.width().bits().div_ceil(32) as usize;
        }
        Self { layout: Arc::new(Layout { slots, words }), words: Vec::new() }
    }

    /// Number of beats.
    pub fn len(&self) -> usize {
        self.words.len() / self.layout.words
    }

    /// Whether there is no beat.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// 32-bit words per beat.
    pub fn words_per_beat(&self) -> usize {
        self.layout.words
    }

    /// All beats, word by word.
    pub fn words(&self) -> &[u32] {
        &self.words
    }

    /// The words of one beat.
    pub fn beat(&self, beat: usize) -> &[u32] {
        &self.words[beat * self.layout.words..][..self.layout.words]
    }

    /// Replaces the content by whole beats from a simulator.
    ///
    /// # Panics
    /// If `words` is not a whole number of beats.
    pub fn set_words(&mut self, words: Vec<u32>) {
        assert!(words.len().is_multiple_of(self.layout.words), "a beat was cut in two");
        self.words = words;
    }

    /// Appends a beat of zeros, to be filled with [`Self::set_last`].
    pub fn push_zero(&mut self) {
        self.words.resize(self.words.len() + self.layout.words, 0);
    }

    /// Sets an element of a field of the last beat.
    ///
    /// # Panics
    /// If the value does not fit the field's format: stimulus and golden must stay in range.
    pub fn set_last(&mut self, place: Place, element: usize, value: i64) {
        let Some(slot) = self.layout.slot(place) else {
            assert!(value == 0, "{value} in a field that the design lacks");
            return;
        };
        let (min, max) = (slot.format.min(), slot.format.max());
        assert!((min..=max).contains(&value.into()), "{value} does not fit field {}", slot.name);
        assert!(element < slot.count, "field {} has no element {element}", slot.name);
        let beat = self.words.len() - self.layout.words;
        let width = slot.format.width().bits() as usize;
        let words = &mut self.words[beat + slot.first_word..];
        store(words, element * width, width, value as u64);
    }

    /// Sets the first elements of a field of the last beat; panics as [`Self::set_last`] does.
    pub fn set_first(&mut self, place: Place, values: &[i64]) {
        for (element, &value) in values.iter().enumerate() {
            self.set_last(place, element, value);
        }
    }

    /// An element of a field of a beat, sign-extended as its format says; zero where the design
    /// lacks the field.
    pub fn get(&self, beat: usize, place: Place, element: usize) -> i64 {
        self.layout.slot(place).map_or(0, |slot| self.element(beat, slot, element))
    }

    /// All elements of a field of a beat; none where the design lacks it.
    pub fn elements(&self, beat: usize, place: Place) -> impl Iterator<Item = i64> {
        let count = self.layout.slot(place).map_or(0, |slot| slot.count);
        (0..count).map(move |element| self.get(beat, place, element))
    }

    fn element(&self, beat: usize, slot: &Slot, element: usize) -> i64 {
        let words = &self.beat(beat)[slot.first_word..];
        let width = slot.format.width().bits() as usize;
        let bits = load(words, element * width, width);
        slot.format.from_bits(bits)
    }

    /// Appends all beats of `other`, which must belong to the same stream.
    pub fn append(&mut self, other: &Self) {
        self.words.extend_from_slice(&other.words);
    }

    /// The fields of one beat as a person reads them: `column=3 entry=[-5, 12]`.
    pub fn describe(&self, beat: usize) -> String {
        let field = |slot: &Slot| {
            let element = |element| self.element(beat, slot, element);
            match slot.count {
                1 => format!("{}={}", slot.name, element(0)),
                count => {
                    format!("{}={:?}", slot.name, (0..count).map(element).collect::<Vec<_>>())
                }
            }
        };
        self.layout.slots().map(field).collect::<Vec<_>>().join(" ")
    }

    /// One beat as a hexadecimal number, the first field in the low bits, as `$readmemh` reads it.
    pub fn hex(&self, beat: usize) -> String {
        let mut bits: BitVec<u32, Lsb0> = BitVec::new();
        for slot in self.layout.slots() {
            let width = slot.format.width().bits() as usize * slot.count;
            let field = &self.beat(beat)[slot.first_word..];
            bits.extend_from_bitslice(&field.view_bits::<Lsb0>()[..width]);
        }
        let nibbles = bits.chunks(4).rev();
        nibbles.map(|nibble| format!("{:x}", nibble.load_le::<u8>())).collect()
    }

    /// Appends a beat from such a number, leading zeros or not; whether it was one that fits.
    #[must_use]
    pub fn push_hex(&mut self, number: &str) -> bool {
        let nibble = |digit: char| digit.to_digit(16).map(|value| value as u8);
        let Some(nibbles) = number.chars().rev().map(nibble).collect::<Option<Vec<_>>>() else {
            return false;
        };
        let width = |slot: &Slot| slot.format.width().bits() as usize * slot.count;
        let all: usize = self.layout.slots().map(width).sum();
        let mut bits: BitVec<u32, Lsb0> = BitVec::new();
        for nibble in nibbles {
            bits.extend_from_bitslice(&nibble.view_bits::<Lsb0>()[..4]);
        }
        if bits.is_empty() || bits.iter_ones().next_back().is_some_and(|bit| bit >= all) {
            return false;
        }
        bits.resize(all, false);
        self.push_zero();
        let beat = self.words.len() - self.layout.words;
        let mut first = 0;
        for slot in self.layout.slots() {
            let field = &mut self.words[beat + slot.first_word..].view_bits_mut::<Lsb0>();
            field[..width(slot)].copy_from_bitslice(&bits[first..first + width(slot)]);
            first += width(slot);
        }
        true
    }
}

/// Beats for several streams at once, in the order of the interface.
///
/// As stimulus it is a **phase**: all its beats are offered concurrently, and the next phase
/// starts when the last of them has been accepted, while results may still be on their way.
/// What must happen in order goes into successive phases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traffic(pub Vec<Beats>);

impl Traffic {
    /// No beats yet on any of `streams`.
    pub fn new(streams: &[&Stream]) -> Self {
        Self(streams.iter().map(|stream| Beats::new(stream)).collect())
    }

    /// Beats on all streams together.
    pub fn len(&self) -> usize {
        self.0.iter().map(Beats::len).sum()
    }

    /// Whether no stream has a beat.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(Beats::is_empty)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::beat::{Beat, beat};

    beat! {
        struct InBeat {
            /// of two bits
            column: One,
            /// of twelve
            entry: Many,
            /// of 64
            wide: One,
        }
    }

    fn beats() -> Beats {
        let fields = InBeat {
            column: Field::new(Format::unsigned(2, 0)),
            entry: Field::new(Format::signed(12, 0)).times(5),
            wide: Field::new(Format::signed(60, 4)),
        };
        Beats::new(&Stream::input("in", "", fields.fields()))
    }

    #[test]
    fn fields_survive_packing() {
        let beat = |number: i64| InBeat {
            column: number,
            entry: (0..5).map(|element| element * 700 - 2048 + number).collect(),
            wide: i64::MIN + number,
        };
        let mut beats = beats();
        (0..3).for_each(|number| beat(number).push(&mut beats));
        for number in 0..3 {
            assert_eq!(InBeat::read(&beats, number as usize), beat(number));
        }
        assert_eq!(beats.describe(1).split(' ').next(), Some("column=1"));
    }

    #[test]
    fn hex_is_packed_without_gaps() {
        beat! {
            struct NibbleBeat {
                /// in the low bits
                low: One,
                /// above
                high: Many,
            }
        }
        let low = Field::new(Format::unsigned(4, 0));
        let high = Field::new(Format::unsigned(8, 0)).times(2);
        let stream = Stream::input("in", "", NibbleBeat { low, high }.fields());
        let mut beats = Beats::new(&stream);
        NibbleBeat { low: 0xF, high: vec![0x12, 0xAB] }.push(&mut beats);
        assert_eq!(beats.hex(0), "ab12f");
    }

    #[test]
    #[should_panic(expected = "4 does not fit field column")]
    fn a_value_out_of_range_is_refused() {
        InBeat { column: 4, ..InBeat::default() }.push(&mut beats());
    }
}
