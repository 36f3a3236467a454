//! Arrays of nodes in a safetensors container.

use super::FileError;
use crate::NetworkError;
use hwgen_numerics::{Illegal, Weights};
use safetensors::tensor::{Dtype, TensorView, View};
use safetensors::{SafeTensorError, SafeTensors, serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// An integer as it is stored: little endian.
pub trait Integer: Sized + Copy {
    /// The container's name for it.
    const KIND: Dtype;
    /// The integer of as many bytes as it has.
    fn read(bytes: &[u8]) -> Self;
    /// Its bytes.
    fn write(self) -> impl AsRef<[u8]>;
}

macro_rules! integers {
    ($($integer:ident $kind:ident),*) => {$(
        impl Integer for $integer {
            const KIND: Dtype = Dtype::$kind;

            fn read(bytes: &[u8]) -> Self {
                let mut own = [0; size_of::<Self>()];
                own.copy_from_slice(bytes);
                Self::from_le_bytes(own)
            }

            fn write(self) -> impl AsRef<[u8]> {
                self.to_le_bytes()
            }
        }
    )*};
}
integers!(u8 U8, i8 I8, i16 I16, i32 I32, i64 I64);

/// The arrays of a file that no node has taken yet, and the node whose turn it is.
pub struct Arrays<'a> {
    node: String,
    waiting: BTreeMap<String, TensorView<'a>>,
}

impl<'a> Arrays<'a> {
    /// The arrays in the bytes of a file.
    pub fn new(bytes: &'a [u8]) -> Result<Self, FileError> {
        let arrays = SafeTensors::deserialize(bytes);
        // Its reader names lengths as Rust does.
        let told = |error: SafeTensorError| {
            error
                .to_string()
                .replace("expected usize", "expected a whole number that is not negative")
        };
        let arrays = arrays.map_err(|error| FileError::Container(told(error)))?;
        Ok(Self { node: String::new(), waiting: arrays.tensors().into_iter().collect() })
    }

    /// From here on, arrays are those of `node`.
    pub fn enter(&mut self, node: &str) {
        node.clone_into(&mut self.node);
    }

    /// Refuses arrays that no node has taken.
    pub fn finish(self) -> Result<(), FileError> {
        match self.waiting.into_keys().next() {
            None => Ok(()),
            Some(array) => Err(FileError::Unused(array)),
        }
    }

    /// `illegal` was found in the node.
    pub fn illegal(&self, illegal: Illegal) -> FileError {
        NetworkError::node(&self.node, illegal).into()
    }

    /// Takes the array `name` of the node: its shape, which has to be `shape` where that says
    /// something, and its integers.
    pub fn integers<T: Integer>(
        &mut self,
        name: &str,
        shape: &[Option<usize>],
    ) -> Result<(Vec<usize>, Vec<T>), FileError> {
        let (view, array) = self.take(name, shape)?;
        let kind = T::KIND.to_string();
        Illegal::unless(view.dtype() == T::KIND, "type", view.dtype(), kind)
            .map_err(|illegal| FileError::Array { array, illegal })?;
        Ok((view.shape().to_vec(), view.data().chunks_exact(size_of::<T>()).map(T::read).collect()))
    }

    /// Takes the array `weights` of the node, of 8 or 16 bits: its shape, filters first, and what
    /// they weigh.
    pub fn weights(&mut self, shape: &[Option<usize>]) -> Result<(Vec<usize>, Weights), FileError> {
        let (view, array) = self.take("weights", shape)?;
        let bytes = view.data();
        let weights = match view.dtype() {
            Dtype::I8 => bytes.chunks_exact(1).map(|byte| i8::read(byte).into()).collect(),
            Dtype::I16 => bytes.chunks_exact(2).map(|bytes| i16::read(bytes).into()).collect(),
            other => {
                let illegal = Illegal::new("type", other, "I8 or I16");
                return Err(FileError::Array { array, illegal });
            }
        };
        let shape = view.shape().to_vec();
        let weights = Weights::new(shape[0], weights);
        Ok((shape, weights.map_err(|illegal| FileError::Array { array, illegal })?))
    }

    fn take(
        &mut self,
        name: &str,
        shape: &[Option<usize>],
    ) -> Result<(TensorView<'a>, String), FileError> {
        let array = format!("{}.{name}", self.node);
        let Some(view) = self.waiting.remove(&array) else { return Err(FileError::Missing(array)) };
        let given = view.shape();
        let alike = |(given, accepted): (&usize, &Option<usize>)| {
            accepted.is_none_or(|accepted| *given == accepted)
        };
        let fits = given.len() == shape.len() && given.iter().zip(shape).all(alike);
        let accepted = shape
            .iter()
            .map(|length| length.map_or_else(|| "any".to_owned(), |own| own.to_string()));
        let accepted = accepted.collect::<Vec<_>>().join(" x ");
        let given = given.iter().map(ToString::to_string).collect::<Vec<_>>().join(" x ");
        if let Err(illegal) = Illegal::unless(fits, "shape", given, accepted) {
            return Err(FileError::Array { array, illegal });
        }
        Ok((view, array))
    }
}

/// Arrays on their way into a file, and the node whose turn it is.
#[derive(Default)]
pub struct Stored {
    node: String,
    arrays: BTreeMap<String, Array>,
}

/// An array of a file.
struct Array {
    kind: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl Stored {
    /// From here on, arrays are those of `node`.
    pub fn enter(&mut self, node: &str) {
        node.clone_into(&mut self.node);
    }

    /// Stores the array `name` of the node.
    pub fn integers<T: Integer>(&mut self, name: &str, integers: &[T], shape: &[usize]) {
        let bytes = integers.iter().flat_map(|integer| integer.write().as_ref().to_vec()).collect();
        let array = Array { kind: T::KIND, shape: shape.to_vec(), bytes };
        self.arrays.insert(format!("{}.{name}", self.node), array);
    }

    /// Stores the array `weights` of the node, in 8 bits where they suffice.
    pub fn weights(&mut self, weights: &Weights, shape: &[usize]) {
        let elements = weights.elements().iter();
        let narrow: Result<Vec<_>, _> =
            elements.clone().map(|&weight| i8::try_from(weight)).collect();
        match narrow {
            Ok(narrow) => self.integers("weights", &narrow, shape),
            Err(_) => {
                let wide: Vec<_> = elements.map(|&weight| weight as i16).collect();
                self.integers("weights", &wide, shape);
            }
        }
    }

    /// The bytes of the file.
    pub fn bytes(self) -> Result<Vec<u8>, FileError> {
        serialize(self.arrays, None).map_err(|error| FileError::Container(error.to_string()))
    }
}

impl View for Array {
    fn dtype(&self) -> Dtype {
        self.kind
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.bytes)
    }

    fn data_len(&self) -> usize {
        self.bytes.len()
    }
}
