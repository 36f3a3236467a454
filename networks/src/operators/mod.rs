//! Operators: a file for each, with its meaning, what it refuses and how a file holds it.

mod add;
mod arg_max;
mod concat;
mod conv;
mod dense;
mod flatten;
mod max_pool;
mod pool;
mod requantised;
mod sum_pool;
mod threshold;

pub use add::Add;
pub use arg_max::ArgMax;
pub use concat::Concat;
pub use conv::Conv;
pub use dense::Dense;
pub use flatten::Flatten;
pub use max_pool::MaxPool;
pub use sum_pool::SumPool;
pub use threshold::Threshold;

use crate::file::{Arrays, FileError, Object, Stored};
use hwgen_numerics::{Illegal, Shape, Tensor, TensorType};
use serde::de::{Error, MapAccess};
use serde::{Deserialize, Serialize};

/// What an operator means.
pub(crate) trait Operation {
    /// Type of the result for inputs of these types, or what is wrong with them or with itself.
    fn result(&self, inputs: &[TensorType]) -> Result<TensorType, Illegal>;

    /// Elements of the result, which is of the type `kind` that [`Self::result`] promised for
    /// these inputs.
    fn compute(&self, inputs: &[&Tensor], kind: TensorType) -> Vec<i32>;

    /// Multiplications with weights for a first input of this shape.
    fn products(&self, _input: Shape) -> u64 {
        0
    }
}

/// How a file holds an operator: a record in the graph, and arrays.
pub(crate) trait Recorded: Sized {
    /// Its part of the graph.
    type Record: Serialize;

    /// The operator of `record`, with its arrays taken out of `arrays`.
    fn read(record: Self::Record, arrays: &mut Arrays<'_>) -> Result<Self, FileError>;

    /// Its record; its arrays go to `stored`.
    fn write(&self, stored: &mut Stored) -> Self::Record;
}

/// The graph's part of an operator that has no settings.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoSettings {}

/// All operators, each with its key in a file and its sentence: one line makes one known.
macro_rules! operators {
    ($($key:literal $operator:ident: $meaning:literal,)*) => {
        /// What a node does.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Operator {
            $(#[doc = $meaning] $operator($operator),)*
        }

        impl Operator {
            /// Its name in files.
            pub const fn key(&self) -> &'static str {
                match self { $(Self::$operator(_) => $key,)* }
            }

            pub(crate) fn operation(&self) -> &dyn Operation {
                match self { $(Self::$operator(operator) => operator,)* }
            }

            pub(crate) fn record(&self, stored: &mut Stored) -> OperatorRecord {
                match self {
                    $(Self::$operator(operator) => {
                        OperatorRecord::$operator(operator.write(stored))
                    })*
                }
            }
        }

        /// An operator in a file: an object whose only key is the operator's.
        #[derive(Serialize)]
        pub(crate) enum OperatorRecord {
            $(#[serde(rename = $key)] $operator(<$operator as Recorded>::Record),)*
        }

        impl OperatorRecord {
            /// The value of `key`.
            pub(crate) fn value<'de, A: MapAccess<'de>>(
                key: &str,
                map: &mut A,
            ) -> Result<Self, A::Error> {
                match key {
                    $($key => map.next_value().map(|Object(record)| Self::$operator(record)),)*
                    _ => Err(A::Error::custom(format_args!(
                        "unknown operator `{key}`, expected one of: {}",
                        [$($key),*].join(", "),
                    ))),
                }
            }

            pub(crate) fn operator(
                self,
                arrays: &mut Arrays<'_>,
            ) -> Result<Operator, FileError> {
                Ok(match self {
                    $(Self::$operator(record) => {
                        Operator::$operator(<$operator as Recorded>::read(record, arrays)?)
                    })*
                })
            }
        }
    };
}

operators! {
    "conv" Conv: "A convolution in groups, requantised.",
    "dense" Dense: "A fully connected layer, requantised.",
    "max_pool" MaxPool: "The largest element under a window.",
    "sum_pool" SumPool: "The sum of the elements under a window, requantised: a mean, for example.",
    "add" Add: "The sum of two tensors with multipliers of their own, requantised.",
    "threshold" Threshold: "How many thresholds an element has reached.",
    "flatten" Flatten: "All elements as channels of one position.",
    "concat" Concat: "Channels of several tensors, one tensor after the other.",
    "arg_max" ArgMax: "The channel with the largest element.",
}

/// The only one of `inputs`.
fn only(inputs: &[TensorType]) -> Result<TensorType, Illegal> {
    match inputs {
        [input] => Ok(*input),
        _ => Err(Illegal::new("number of inputs", inputs.len(), "1")),
    }
}
