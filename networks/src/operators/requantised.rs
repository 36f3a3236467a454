//! What all requantised operators share: how a file holds the requantisation.
//!
//! Its arrays are `multipliers` `[filter, sum]` of 32 bits, `biases` `[filter]` of 64 bits and
//! `shifts` `[filter]` of 8 bits.

use crate::file::{Arrays, ElementRecord, FileError, Stored};
use hwgen_numerics::{Coefficients, Illegal, Requantisation};
use serde::{Deserialize, Serialize};

/// What results are, and between which of them they are clamped.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ResultRecord {
    #[serde(deserialize_with = "crate::file::object")]
    element: ElementRecord,
    #[serde(deserialize_with = "crate::file::whole")]
    low: i32,
    #[serde(deserialize_with = "crate::file::whole")]
    high: i32,
}

/// Refuses coefficients for another number of `filters`.
pub fn check_coefficients<const SUMS: usize>(
    requantisation: &Requantisation<SUMS>,
    filters: usize,
) -> Result<(), Illegal> {
    let given = requantisation.coefficients().len();
    let accepted = format!("{filters}, one for each filter or channel");
    Illegal::unless(given == filters, "number of coefficients", given, accepted)
}

/// Reads the requantisation of `filters`, or of as many as there are.
pub fn read_requantisation<const SUMS: usize>(
    record: &ResultRecord,
    filters: Option<usize>,
    arrays: &mut Arrays<'_>,
) -> Result<Requantisation<SUMS>, FileError> {
    let (shape, multipliers) = arrays.integers("multipliers", &[filters, Some(SUMS)])?;
    let (_, biases) = arrays.integers::<i64>("biases", &[Some(shape[0])])?;
    let (_, shifts) = arrays.integers::<u8>("shifts", &[Some(shape[0])])?;
    let filter = |((multipliers, bias), shift): ((&[i32], i64), u8)| {
        let mut own = [0; SUMS];
        own.copy_from_slice(multipliers);
        Coefficients { multipliers: own, bias, shift: shift.into() }
    };
    let filters = multipliers.chunks_exact(SUMS).zip(biases).zip(shifts);
    let element = record.element.element().map_err(|error| arrays.illegal(error))?;
    Requantisation::new(element, record.low..=record.high, filters.map(filter).collect())
        .map_err(|error| arrays.illegal(error))
}

/// Writes the arrays of `requantisation` and gives its record.
pub fn write_requantisation<const SUMS: usize>(
    requantisation: &Requantisation<SUMS>,
    stored: &mut Stored,
) -> ResultRecord {
    let coefficients = requantisation.coefficients();
    let filters = coefficients.len();
    let multipliers: Vec<_> = coefficients.iter().flat_map(|own| own.multipliers).collect();
    let biases: Vec<_> = coefficients.iter().map(|own| own.bias).collect();
    let shifts: Vec<_> = coefficients.iter().map(|own| own.shift as u8).collect();
    stored.integers("multipliers", &multipliers, &[filters, SUMS]);
    stored.integers("biases", &biases, &[filters]);
    stored.integers("shifts", &shifts, &[filters]);
    let (low, high) = requantisation.clamp().into_inner();
    ResultRecord { element: requantisation.element().into(), low, high }
}
