//! Data sets: images and labels in `.npy` files.

mod npy;

use hwgen_numerics::{Illegal, Shape, Tensor, TensorType};
use npy::Npy;

/// Why bytes are no images or labels.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum DataError {
    /// They are no `.npy` file that can be read.
    #[error("no .npy file: {0}")]
    Format(Illegal),
    /// They are, but of other contents.
    #[error("{place}: {illegal}")]
    Contents {
        /// Which part, such as `image 3`.
        place: String,
        /// What is wrong with it.
        illegal: Illegal,
    },
}

/// The images of a file as tensors of type `kind`: an array `[image, channel, row, column]` of
/// bytes (`u1`, `i1`) or 16-bit integers (`u2`, `i2`).
///
/// # Errors
/// Bytes that are no such file, an array of another type or shape, an element that `kind` has not,
/// or a `kind` without elements.
pub fn images(bytes: &[u8], kind: TensorType) -> Result<Vec<Tensor>, DataError> {
    let array = Npy::read(bytes).map_err(DataError::Format)?;
    contents("array", array.accept(&["u1", "i1", "u2", "i2"]))?;
    contents("tensor", kind.shape.check("shape"))?;
    let Shape { channels, rows, columns } = kind.shape;
    let fits = matches!(array.shape[..], [_, c, r, k] if [c, r, k] == [channels, rows, columns]);
    let accepted = format!("any number x {}", kind.shape);
    contents("array", Illegal::unless(fits, "shape", array.shape_text(), accepted))?;
    let elements: Vec<_> = array.integers().map(|element| element as i32).collect();
    let images = elements.chunks_exact(kind.shape.elements()).enumerate();
    let image = |(number, elements): (usize, &[i32])| {
        let tensor = Tensor { kind, elements: elements.to_vec() };
        contents(&format!("image {number}"), tensor.check())?;
        Ok(tensor)
    };
    images.map(image).collect()
}

/// The labels of a file: an array `[image]` of integers of any size, none of them negative.
///
/// # Errors
/// Bytes that are no such file, an array of another type or shape, or a negative label.
pub fn labels(bytes: &[u8]) -> Result<Vec<usize>, DataError> {
    let array = Npy::read(bytes).map_err(DataError::Format)?;
    contents("array", array.accept(&["u1", "i1", "u2", "i2", "u4", "i4", "i8"]))?;
    let fits = array.shape.len() == 1;
    contents("array", Illegal::unless(fits, "shape", array.shape_text(), "any number"))?;
    let label = |(number, label): (usize, i64)| {
        let accepted = "0 and more";
        usize::try_from(label).or_else(|_| {
            contents(&format!("label {number}"), Err(Illegal::new("value", label, accepted)))
        })
    };
    array.integers().enumerate().map(label).collect()
}

fn contents<T>(place: &str, result: Result<T, Illegal>) -> Result<T, DataError> {
    result.map_err(|illegal| DataError::Contents { place: place.to_owned(), illegal })
}
