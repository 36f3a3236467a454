//! The ground of all integer networks: what a tensor is, where a convolution looks, how sums become
//! elements again.
//!
//! `NUMERICS.md` is the contract; every number of its examples stands in a test here or in
//! `hwgen-networks`. All of it is pure arithmetic on plain slices: no file, no thread, no chance.

mod convolution;
mod illegal;
mod requantisation;
mod tensor;
mod thresholds;
mod weights;
mod window;

pub use convolution::Convolution;
pub use illegal::Illegal;
pub use requantisation::{Coefficients, Requantisation};
pub use tensor::{Element, Shape, Tensor, TensorType};
pub use thresholds::Thresholds;
pub use weights::Weights;
pub use window::{Axis, Window};
