//! Records of the graph: what the keys of `NAME.json` mean.

use super::{Arrays, FileError, Object, Stored, natural, naturals, number, object, whole};
use crate::operators::OperatorRecord;
use crate::{Input, NetworkError, Node};
use hwgen_numerics::{Axis, Element, Illegal, Shape, TensorType, Window};
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The version of the file that is written and read.
const FORMAT: &str = "hwgen-network-1";

/// The whole graph.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct FileRecord {
    #[serde(deserialize_with = "known_format")]
    pub format: String,
    #[serde(deserialize_with = "object")]
    pub input: InputRecord,
    pub nodes: Vec<Object<NodeRecord>>,
    pub outputs: Vec<String>,
}

impl FileRecord {
    pub fn new(input: InputRecord, nodes: Vec<Object<NodeRecord>>, outputs: Vec<String>) -> Self {
        Self { format: FORMAT.to_owned(), input, nodes, outputs }
    }
}

fn known_format<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let format = String::deserialize(deserializer)?;
    if format == FORMAT {
        return Ok(format);
    }
    Err(D::Error::custom(format_args!("format `{format}`, expected `{FORMAT}`")))
}

/// What the network takes.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct InputRecord {
    name: String,
    /// Channels, rows, columns.
    #[serde(deserialize_with = "naturals")]
    shape: [usize; 3],
    #[serde(deserialize_with = "object")]
    element: ElementRecord,
    #[serde(default, deserialize_with = "number", skip_serializing_if = "Option::is_none")]
    scale: Option<f64>,
}

impl InputRecord {
    pub fn input(self) -> Result<Input, NetworkError> {
        let Self { name, shape: [channels, rows, columns], element, scale } = self;
        let element = element.element().map_err(NetworkError::input)?;
        let kind = TensorType { shape: Shape { channels, rows, columns }, element };
        Ok(Input { name, kind, scale })
    }
}

impl From<&Input> for InputRecord {
    fn from(input: &Input) -> Self {
        let Input { name, kind: TensorType { shape, element }, scale } = input;
        let shape = [shape.channels, shape.rows, shape.columns];
        Self { name: name.clone(), shape, element: (*element).into(), scale: *scale }
    }
}

/// A node.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct NodeRecord {
    name: String,
    inputs: Vec<String>,
    operator: OperatorRecord,
    #[serde(default, deserialize_with = "number", skip_serializing_if = "Option::is_none")]
    scale: Option<f64>,
}

impl NodeRecord {
    /// The record of `node`, whose arrays go to `stored`.
    pub fn new(node: &Node, stored: &mut Stored) -> Self {
        let Node { name, inputs, operator, scale } = node;
        stored.enter(name);
        let operator = operator.record(stored);
        Self { name: name.clone(), inputs: inputs.clone(), operator, scale: *scale }
    }

    /// The node, with its arrays taken out of `arrays`.
    pub fn node(self, arrays: &mut Arrays<'_>) -> Result<Node, FileError> {
        let Self { name, inputs, operator, scale } = self;
        arrays.enter(&name);
        Ok(Node { operator: operator.operator(arrays)?, name, inputs, scale })
    }
}

impl<'de> Deserialize<'de> for OperatorRecord {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOperator;
        impl<'de> Visitor<'de> for OneOperator {
            type Value = OperatorRecord;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object whose only key is the name of an operator")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let key: Option<String> = map.next_key()?;
                let key = key.ok_or_else(|| A::Error::invalid_length(0, &self))?;
                let operator = OperatorRecord::value(&key, &mut map)?;
                match map.next_key::<String>()? {
                    None => Ok(operator),
                    Some(_) => Err(A::Error::invalid_length(2, &self)),
                }
            }
        }
        deserializer.deserialize_map(OneOperator)
    }
}

/// What an element of a tensor can be.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ElementRecord {
    #[serde(deserialize_with = "natural")]
    bits: u32,
    signed: bool,
    #[serde(deserialize_with = "whole")]
    zero_point: i32,
}

impl ElementRecord {
    pub fn element(&self) -> Result<Element, Illegal> {
        Element::new(self.bits, self.signed, self.zero_point)
    }
}

impl From<Element> for ElementRecord {
    fn from(element: Element) -> Self {
        let (bits, signed, zero_point) = (element.bits(), element.signed(), element.zero_point());
        Self { bits, signed, zero_point }
    }
}

/// How a kernel moves: along rows first, then along columns.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct WindowRecord {
    #[serde(deserialize_with = "naturals")]
    pub kernel: [usize; 2],
    #[serde(deserialize_with = "naturals")]
    stride: [usize; 2],
    #[serde(deserialize_with = "naturals")]
    dilation: [usize; 2],
    /// Above, left, below, right.
    #[serde(deserialize_with = "naturals")]
    padding: [usize; 4],
}

impl From<WindowRecord> for Window {
    fn from(record: WindowRecord) -> Self {
        let WindowRecord { kernel, stride, dilation, padding } = record;
        let axis = |axis: usize| Axis {
            kernel: kernel[axis],
            stride: stride[axis],
            dilation: dilation[axis],
            before: padding[axis],
            after: padding[axis + 2],
        };
        Self { rows: axis(0), columns: axis(1) }
    }
}

impl From<Window> for WindowRecord {
    fn from(window: Window) -> Self {
        let Window { rows, columns } = window;
        Self {
            kernel: [rows.kernel, columns.kernel],
            stride: [rows.stride, columns.stride],
            dilation: [rows.dilation, columns.dilation],
            padding: [rows.before, columns.before, rows.after, columns.after],
        }
    }
}
