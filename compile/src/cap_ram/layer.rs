//! A node in the terms of the macro: patches, weights, a precision for both.

use super::mapper::{Demand, Geometry, Placement};
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
        let mut layer = Self {
            node,
            name: network.nodes()[node].name.clone(),
            geometry,
            weights: weights.clone(),
            precision: precisions(weights, element)?[0],
            pad: element.zero_point(),
            requantisation: requantisation.clone(),
            kind: network.kind(Source::Node(node)),
        };
        let cost = |precision: &Precision| {
            let demand = Demand { precision: *precision, ..layer.demand() };
            (demand.slice_rows(macro_size), demand.cycles(macro_size))
        };
        let cheapest = precisions(weights, element)?.into_iter().min_by_key(cost);
        layer.precision = cheapest.unwrap_or(layer.precision);
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

    /// Writes its weights where they have their place, each piece as often as it is repeated.
    pub fn write(&self, place: &Placement, cells: &mut Cells) {
        let (elements, copies) = (place.piece_elements(), place.copies());
        for operation in &place.operations {
            let level = operation.precision.level();
            for placed in &operation.filters {
                let weights = self.weights.filter(placed.filter).chunks(elements);
                let piece = weights.skip(operation.piece).next().unwrap_or_default();
                let bits = piece.iter().map(|&weight| operation.precision.cells(weight));
                let bits: Vec<_> = bits.map(Option::unwrap_or_default).collect();
                for number in 0..1 << level {
                    let slice = (placed.result << level) + number;
                    let Some(row) = operation.rows[slice] else { continue };
                    let mut word = 0;
                    for (element, bits) in bits.iter().enumerate() {
                        let columns = (0..copies).map(|copy| copy * elements + element);
                        columns.for_each(|column| word |= u128::from(bits >> number & 1) << column);
                    }
                    cells.write(slice, row, word);
                }
            }
        }
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
