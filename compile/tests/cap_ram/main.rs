//! CAP-RAM as a target.

#[path = "../common/mod.rs"]
mod common;

mod calibration;
mod lenet5;
mod nodes;
mod places;
mod refusals;
