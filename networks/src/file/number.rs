//! Numbers of a graph, with words of the field for what is expected.

use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};
use std::fmt;

/// Accepts whole numbers; of everything else it says what it expected.
struct WholeNumber(&'static str);

impl Visitor<'_> for WholeNumber {
    type Value = i128;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<i128, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<i128, E> {
        Ok(value.into())
    }
}

fn in_range<'de, T: TryFrom<i128>, D: Deserializer<'de>>(
    deserializer: D,
    expected: &'static str,
) -> Result<T, D::Error> {
    let value = deserializer.deserialize_any(WholeNumber(expected))?;
    T::try_from(value).map_err(|_| {
        let shown = value.to_string();
        D::Error::invalid_value(Unexpected::Other(&shown), &expected)
    })
}

/// A whole number that is not negative.
pub fn natural<'de, T: TryFrom<i128>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    in_range(deserializer, "a whole number that is not negative")
}

/// A whole number of 32 bits.
pub fn whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i32, D::Error> {
    in_range(deserializer, "a whole number of 32 bits")
}

/// A list of `COUNT` whole numbers that are not negative.
pub fn naturals<'de, D: Deserializer<'de>, const COUNT: usize>(
    deserializer: D,
) -> Result<[usize; COUNT], D::Error>
where
    [Natural; COUNT]: Deserialize<'de>,
{
    <[Natural; COUNT]>::deserialize(deserializer).map(|list| list.map(|Natural(number)| number))
}

/// An entry of such a list.
pub struct Natural(usize);

impl<'de> Deserialize<'de> for Natural {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        natural(deserializer).map(Self)
    }
}

/// A number, which makes a field that may be left out one that is there.
pub fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    struct Number;
    impl Visitor<'_> for Number {
        type Value = f64;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("a number")
        }

        fn visit_f64<E: Error>(self, value: f64) -> Result<f64, E> {
            Ok(value)
        }

        fn visit_u64<E: Error>(self, value: u64) -> Result<f64, E> {
            Ok(value as f64)
        }

        fn visit_i64<E: Error>(self, value: i64) -> Result<f64, E> {
            Ok(value as f64)
        }
    }
    deserializer.deserialize_any(Number).map(Some)
}
