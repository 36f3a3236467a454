//! A node in the terms of the macro: patches, weights, a precision for both.

use super::mapper::{Demand, Geometry, Operation, Placement};
use crate::answer::demand;
use crate::convolution::convolution;
use hwgen_gen::blocks::cap_ram::{Cells, Encoding, Precision};
use hwgen_networks::{Network, Source};
use hwgen_numerics::{Convolution, Element, Requantisation, Tensor, TensorType, Weights};

/// Bits of an input, at most.
const MOST_INPUT_BITS: u32 = 8;

/// A convolution or a fully connected layer that the macro can multiply, if it has the place.
pub(super) struct Layer {
    /// The node.
    pub node: usize,
    name: String,
    /// Which elements its filters see.
    pub geometry: Convolution,
    weights: Weights,
    precision: Precision,
    /// Element beyond the map.
    pad: i32,
    /// What follows its sums.
    pub requantisation: Requantisation,
    /// Type of its result.
    pub kind: TensorType,
}

impl Layer {
    /// The layer of a node, its weights stored where they take the least of a macro of such a size.
    pub fn new(macro_size: Geometry, network: &Network, node: usize) -> Result<Self, String> {
        let input = network.kind(network.sources(node)[0]);
        let operator = &network.nodes()[node].operator;
        let (geometry, weights, requantisation) = convolution(operator, input)?;
        let element = input.element;
        demand(!element.signed() && element.bits() <= MOST_INPUT_BITS, || {
            let sign = if element.signed() { "signed" } else { "unsigned" };
            let bits = element.bits();
            format!(
                "elements of {sign} {bits} bits; accepted: unsigned, up to {MOST_INPUT_BITS} bits"
            )
        })?;
        let choices = precisions(weights, element)?;
        let mut layer = Self {
            node,
            name: network.nodes()[node].name.clone(),
            geometry,
            weights: weights.clone(),
            precision: choices[0],
            pad: element.zero_point(),
            requantisation: requantisation.clone(),
            kind: network.kind(Source::Node(node)),
        };
        let cost = |precision: &Precision| {
            let demand = Demand { precision: *precision, ..layer.demand() };
            (demand.slice_rows(macro_size), demand.cycles(macro_size))
        };
        layer.precision = choices.into_iter().min_by_key(cost).unwrap_or(layer.precision);
        Ok(layer)
    }

    /// What it asks of the mapper.
    pub fn demand(&self) -> Demand {
        Demand {
            name: self.name.clone(),
            groups: self.geometry.groups,
            filters: self.geometry.group_filters(),
            elements: self.weights.length(),
            positions: self.kind.shape.positions(),
            precision: self.precision,
        }
    }

    /// Writes its weights where they have their place.
    pub fn write(&self, place: &Placement, cells: &mut Cells) {
        for operation in &place.operations {
            for placed in &operation.filters {
                let first = placed.result << operation.precision.level();
                let words = self.words(place, operation, placed.filter);
                for (slice, word) in (first..).zip(words) {
                    if let Some(row) = operation.rows[slice] {
                        cells.write(slice, row, word);
                    }
                }
            }
        }
    }

    /// The words of a filter's piece, slice after slice: the piece as often as it is repeated.
    fn words(&self, place: &Placement, operation: &Operation, filter: usize) -> Vec<u128> {
        let (elements, precision) = (place.piece_elements(), operation.precision);
        let piece = self.weights.filter(filter).chunks(elements).nth(operation.piece);
        let mut words = vec![0; 1 << precision.level()];
        for (element, &weight) in piece.unwrap_or_default().iter().enumerate() {
            let bits = precision.cells(weight).unwrap_or_default();
            let columns = (0..place.copies()).map(|copy| 1 << (copy * elements + element));
            let column = columns.sum::<u128>();
            for (slice, word) in words.iter_mut().enumerate() {
                *word |= column * u128::from(bits >> slice & 1);
            }
        }
        words
    }

    /// What the filters of a group see of `map` at a position of the result.
    pub fn patch(&self, map: &Tensor, group: usize, position: usize) -> Vec<i32> {
        let columns = self.kind.shape.columns;
        let place = (position / columns, position % columns);
        let mut patch = Vec::with_capacity(self.weights.length());
        self.geometry.append_patch(&map.elements, self.pad, group, place, &mut patch);
        patch
    }
}

/// The ways to store `weights`; those whose conversions count least come first.
fn precisions(weights: &Weights, element: Element) -> Result<Vec<Precision>, String> {
    let all = [Encoding::Ternary, Encoding::TwosComplement].into_iter().flat_map(|encoding| {
        let widths = encoding.weight_bits().iter();
        widths.flat_map(move |&bits| Precision::new(encoding, bits, element.bits()))
    });
    let all: Vec<_> = all.collect();
    let wrong = |precision: &Precision| {
        weights.elements().iter().find(|weight| !precision.weights().contains(weight))
    };
    let holding: Vec<_> =
        all.iter().copied().filter(|precision| wrong(precision).is_none()).collect();
    demand(!holding.is_empty(), || {
        let ranges = all.iter().map(|precision| precision.weights());
        let widest = ranges.max_by_key(|range| range.end() - range.start()).unwrap_or(0..=0);
        let weights = weights.elements().iter();
        let wrong = weights.copied().find(|weight| !widest.contains(weight)).unwrap_or_default();
        format!("weight {wrong}; accepted: {} to {}", widest.start(), widest.end())
    })?;
    Ok(holding)
}
