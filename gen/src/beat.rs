//! Beats as structs: the fields of a stream are declared once.
//!
//! ```text
//! beat! {
//!     /// A line of the map.
//!     pub struct MapBeat {
//!         /// which line
//!         address: One,
//!         /// elements, the first one lowest
//!         line: Many,
//!     }
//! }
//! ```
//!
//! A field has `One` element or `Many`; its name is that of its ports, its comment what they say of
//! it. The struct comes in three kinds:
//!
//! | kind | a field is | for |
//! |---|---|---|
//! | `MapBeat<Declared>` | its format in a design | `fields()`: the ports, in this order |
//! | `MapBeat` | a value, or a list of them | [`Beat::push`], [`Beat::read`] |
//! | `MapBeat<Placed>` | where it is in a beat | `MapBeat::AT.line`: reading and setting single elements |
//!
//! A field that a design lacks ([`Field::only_if`]) is a number of no bits: it has no port, reads as
//! zero, and holds nothing else.

use crate::interface::Field;
use crate::traffic::Beats;

/// What the fields of a beat are.
pub trait Kind {
    /// A field of one element.
    type One;
    /// A field of several.
    type Many;
}

/// Fields are values: one, or those of the first elements; the elements after them are zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Values;

impl Kind for Values {
    type One = i64;
    type Many = Vec<i64>;
}

/// Fields are formats and legal values in a design.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Declared;

impl Kind for Declared {
    type One = Field;
    type Many = Field;
}

/// Fields are where they are in the beat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed;

impl Kind for Placed {
    type One = Place;
    type Many = Place;
}

/// Where a field is in its beat; fields that a design lacks have a place, too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place(usize);

impl Place {
    /// That of the first field.
    pub(crate) const FIRST: Self = Self(0);

    /// This place; it becomes that of the next field.
    pub(crate) const fn take(&mut self) -> Self {
        self.0 += 1;
        Self(self.0 - 1)
    }

    /// How many places are before it.
    pub(crate) const fn number(self) -> usize {
        self.0
    }
}

/// A beat of values.
pub trait Beat: Sized {
    /// Appends it to `beats` of its stream.
    ///
    /// # Panics
    /// If a value does not fit its field.
    fn push(&self, beats: &mut Beats);

    /// Beat number `beat`, every list as long as the design has elements.
    fn read(beats: &Beats, beat: usize) -> Self;
}

/// What a field of a beat of values is.
pub(crate) trait Value {
    /// Values of the first elements.
    fn elements(&self) -> &[i64];

    /// The value of a field of beat number `beat`.
    fn read(beats: &Beats, beat: usize, place: Place) -> Self;
}

impl Value for i64 {
    fn elements(&self) -> &[i64] {
        std::slice::from_ref(self)
    }

    fn read(beats: &Beats, beat: usize, place: Place) -> Self {
        beats.get(beat, place, 0)
    }
}

impl Value for Vec<i64> {
    fn elements(&self) -> &[i64] {
        self
    }

    fn read(beats: &Beats, beat: usize, place: Place) -> Self {
        beats.elements(beat, place).collect()
    }
}

/// Declares the beats of a stream; see [`self`].
macro_rules! beat {
    (
        $(#[$meta:meta])*
        $vis:vis struct $name:ident {
            $($(#[doc = $doc:literal])+ $field:ident: $elements:ident),* $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        $vis struct $name<K: $crate::beat::Kind = $crate::beat::Values> {
            $($(#[doc = $doc])+ pub $field: K::$elements,)*
        }

        impl $name<$crate::beat::Placed> {
            /// Where every field is.
            $vis const AT: Self = {
                let mut place = $crate::beat::Place::FIRST;
                Self { $($field: place.take(),)* }
            };
        }

        impl $name<$crate::beat::Declared> {
            /// The fields that the design has, in the order of their ports.
            $vis fn fields(self) -> Vec<$crate::interface::Field> {
                let fields = [$(
                    self.$field.called(
                        stringify!($field),
                        concat!($($doc),+).trim_start(),
                        $name::AT.$field,
                    ),
                )*];
                fields.into_iter().filter($crate::interface::Field::is_present).collect()
            }
        }

        impl $crate::beat::Beat for $name {
            fn push(&self, beats: &mut $crate::traffic::Beats) {
                beats.push_zero();
                $(beats.set_first($name::AT.$field, $crate::beat::Value::elements(&self.$field));)*
            }

            fn read(beats: &$crate::traffic::Beats, beat: usize) -> Self {
                Self {
                    $($field: $crate::beat::Value::read(beats, beat, $name::AT.$field),)*
                }
            }
        }
    };
}

pub(crate) use beat;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interface::Stream;
    use crate::verilog::Format;

    beat! {
        /// A beat of a stream that has everything.
        struct EverythingBeat {
            /// which one
            column: One,
            /// what only some designs have,
            /// told in two lines
            scale: One,
            /// one of every unit
            entry: Many,
            /// negative ones are zero
            relu: One,
        }
    }

    fn stream(scaled: bool) -> Stream {
        let declared = EverythingBeat {
            column: Field::new(Format::unsigned(2, 0)).within(0, 2),
            scale: Field::new(Format::unsigned(1, 7)).only_if(scaled),
            entry: Field::new(Format::signed(12, 0)).times(3),
            relu: Field::new(Format::flag()).only_if(scaled),
        };
        Stream::input("in", "", declared.fields())
    }

    #[test]
    fn fields_are_called_and_told_as_they_are_declared() {
        let fields = stream(true).fields;
        let named: Vec<_> = fields.iter().map(|field| (field.name, field.doc)).collect();
        let expected = [
            ("column", "which one"),
            ("scale", "what only some designs have, told in two lines"),
            ("entry", "one of every unit"),
            ("relu", "negative ones are zero"),
        ];
        assert_eq!(named, expected);
        assert_eq!(fields[0].legal, (0, 2));
        assert_eq!([fields[0].count, fields[2].count], [1, 3]);
        let places: Vec<_> = fields.iter().map(|field| field.place.number()).collect();
        assert_eq!(places, [0, 1, 2, 3]);
    }

    #[test]
    fn what_is_pushed_is_read() {
        let mut beats = Beats::new(&stream(true));
        let first = EverythingBeat { column: 3, scale: 255, entry: vec![-2048, 0, 2047], relu: 1 };
        let second = EverythingBeat { entry: vec![7], ..EverythingBeat::default() };
        first.push(&mut beats);
        second.push(&mut beats);
        assert_eq!(EverythingBeat::read(&beats, 0), first);
        assert_eq!(EverythingBeat::read(&beats, 1).entry, [7, 0, 0]);
        assert_eq!(beats.get(0, EverythingBeat::AT.entry, 2), 2047);
        assert_eq!(beats.describe(0), "column=3 scale=255 entry=[-2048, 0, 2047] relu=1");
    }

    #[test]
    fn a_field_that_a_design_lacks_is_zero_and_has_no_port() {
        let stream = stream(false);
        let names: Vec<_> = stream.fields.iter().map(|field| field.name).collect();
        assert_eq!(names, ["column", "entry"]);
        let mut beats = Beats::new(&stream);
        let beat = EverythingBeat { column: 1, entry: vec![1, 2, 3], ..EverythingBeat::default() };
        beat.push(&mut beats);
        assert_eq!(EverythingBeat::read(&beats, 0), beat);
        assert_eq!(beats.get(0, EverythingBeat::AT.relu, 0), 0);
        assert_eq!(beats.describe(0), "column=1 entry=[1, 2, 3]");
    }

    #[test]
    #[should_panic(expected = "1 in a field that the design lacks")]
    fn a_field_that_a_design_lacks_holds_nothing() {
        let mut beats = Beats::new(&stream(false));
        EverythingBeat { relu: 1, ..EverythingBeat::default() }.push(&mut beats);
    }

    #[test]
    #[should_panic(expected = "field entry has no element 3")]
    fn a_list_that_is_too_long_is_refused() {
        let mut beats = Beats::new(&stream(true));
        EverythingBeat { entry: vec![0; 4], ..EverythingBeat::default() }.push(&mut beats);
    }
}
