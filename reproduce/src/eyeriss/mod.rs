//! Eyeriss, the accelerator with a row-stationary dataflow that others compare themselves with:
//! 12 x 14 processing elements at 200 MHz (Chen et al., IEEE JSSC 2017).
//!
//! Three accounts of its speed: an [ideal mapping](row_stationary), a [model](calibrated) fitted to
//! the chip, and what was [published] of the chip.

pub mod calibrated;
pub mod published;
pub mod row_stationary;

/// Rows and columns of processing elements.
pub const ARRAY: [u64; 2] = [12, 14];

/// Processing elements.
pub const ELEMENTS: u64 = ARRAY[0] * ARRAY[1];

/// Clock of the published measurements.
pub const CLOCK_HZ: f64 = 200e6;
