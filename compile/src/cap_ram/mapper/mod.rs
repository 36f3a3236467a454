//! Which weights stand in which slice and row, and how many cycles a layer takes.
//!
//! Layers find their places in order; one that finds none is left out, and those after it may still
//! fit.
//!
//! A filter is cut into pieces of at most one element per column. A piece takes as many
//! neighbouring slices as its weights need, and a row in each. An operation has one vector of inputs
//! for all slices and at most one row per slice, so it computes one piece, the same of as many
//! filters as there are slices for. Slices select their rows on their own: what a layer leaves of a
//! row is for other layers. Weights in two's complement stand in plus slices or in minus slices
//! alone, for one conversion each, where the macro has their width so.
//!
//! A piece that is shorter than half the columns is repeated, so that the converters' range is
//! used.

mod error;
mod place;

pub use error::MapError;
use hwgen_gen::blocks::cap_ram::{CapRam, Encoding, Precision};
use place::Free;

/// Size of a macro.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    /// Slices, in pairs of plus and minus.
    pub slices: usize,
    /// Rows of a slice.
    pub rows: usize,
    /// Columns, each with one input.
    pub columns: usize,
}

impl Geometry {
    /// Size of a design.
    pub const fn of(spec: &CapRam) -> Self {
        Self { slices: spec.slices(), rows: spec.rows(), columns: spec.columns() }
    }
}

/// The macro of the paper.
pub const PUBLISHED: Geometry = Geometry { slices: 64, rows: 8, columns: 128 };

/// What a layer asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demand {
    /// Name within its network.
    pub name: String,
    /// Groups, each with inputs of its own.
    pub groups: usize,
    /// Filters of a group.
    pub filters: usize,
    /// Weights of one filter.
    pub elements: usize,
    /// Places on the map at which the filters are computed.
    pub positions: usize,
    /// Weights and inputs.
    pub precision: Precision,
}

impl Demand {
    /// Pieces that a filter is cut into.
    pub const fn pieces(&self, geometry: Geometry) -> usize {
        self.elements.div_ceil(geometry.columns)
    }

    /// Elements of a piece; the last piece of a filter may have fewer.
    pub const fn piece_elements(&self, geometry: Geometry) -> usize {
        self.elements.div_ceil(self.pieces(geometry))
    }

    /// How often a piece is repeated in the columns.
    pub const fn copies(&self, geometry: Geometry) -> usize {
        geometry.columns / self.piece_elements(geometry)
    }

    /// Pieces of all filters.
    const fn all_pieces(&self, geometry: Geometry) -> usize {
        self.groups * self.filters * self.pieces(geometry)
    }

    /// Rows of slices that it takes.
    pub fn slice_rows(&self, geometry: Geometry) -> usize {
        self.all_pieces(geometry) * used(self.precisions()[0]).count()
    }

    /// Global cycles for a position, if it has the macro for itself.
    pub fn cycles(&self, geometry: Geometry) -> usize {
        let precision = self.precisions()[0];
        let operations = self.filters.div_ceil(geometry.slices >> precision.level());
        self.groups * self.pieces(geometry) * operations * precision.global_cycles() as usize
    }

    /// The ways to place its weights.
    fn precisions(&self) -> Vec<Precision> {
        let precision = self.precision;
        let alone = [Encoding::PlusSlices, Encoding::MinusSlices];
        let alone = alone.into_iter().flat_map(|encoding| {
            Precision::new(encoding, precision.weight_bits(), precision.input_bits())
        });
        match (precision.encoding(), alone.collect::<Vec<_>>()) {
            (Encoding::TwosComplement, alone) if !alone.is_empty() => alone,
            _ => vec![precision],
        }
    }
}

/// Slices that hold bits of a weight, counted from the first that belongs to it.
fn used(precision: Precision) -> impl Iterator<Item = usize> {
    let holds = move |slice: &usize| match precision.encoding() {
        Encoding::PlusSlices => slice.is_multiple_of(2),
        Encoding::MinusSlices => !slice.is_multiple_of(2),
        Encoding::TwosComplement | Encoding::Ternary => true,
    };
    (0..1 << precision.level()).filter(holds)
}

/// A filter, and which result of an operation is its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    /// Filter of the layer, those of all groups counted.
    pub filter: usize,
    /// Number of the result.
    pub result: usize,
}

/// A matrix-vector product of the macro.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// How the slices are converted and combined.
    pub precision: Precision,
    /// Row that each slice selects, if it takes part.
    pub rows: Vec<Option<usize>>,
    /// Group of the filters.
    pub group: usize,
    /// Which piece of the filters it computes.
    pub piece: usize,
    /// Of which filters.
    pub filters: Vec<Placed>,
}

impl Operation {
    /// The row of every slice; row 0 of a slice that does not take part, as its result is not used.
    pub fn row_numbers(&self) -> Vec<u8> {
        self.rows.iter().map(|row| row.unwrap_or_default() as u8).collect()
    }
}

/// A layer in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placement {
    /// The macro.
    pub geometry: Geometry,
    /// What was asked for.
    pub demand: Demand,
    /// What is done at each position.
    pub operations: Vec<Operation>,
}

impl Placement {
    /// Pieces that a filter is cut into.
    pub const fn pieces(&self) -> usize {
        self.demand.pieces(self.geometry)
    }

    /// Elements of a piece; the last piece of a filter may have fewer.
    pub const fn piece_elements(&self) -> usize {
        self.demand.piece_elements(self.geometry)
    }

    /// How often a piece is repeated in the columns.
    pub const fn copies(&self) -> usize {
        self.demand.copies(self.geometry)
    }

    /// Global cycles for one image.
    pub fn cycles(&self) -> usize {
        let operations =
            self.operations.iter().map(|operation| operation.precision.global_cycles());
        self.demand.positions * operations.sum::<u32>() as usize
    }

    /// Rows that the layer has in a slice.
    pub fn rows_in(&self, slice: usize) -> usize {
        self.operations.iter().filter(|operation| operation.rows[slice].is_some()).count()
    }

    /// Rows that the layer has in a plus slice, and in a minus slice, at most.
    pub fn most_rows(&self) -> [usize; 2] {
        let slices = self.operations.first().map_or(0, |operation| operation.rows.len());
        [0, 1].map(|side| {
            let rows = (side..slices).step_by(2).map(|slice| self.rows_in(slice));
            rows.max().unwrap_or_default()
        })
    }
}

/// A network in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// The macro.
    pub geometry: Geometry,
    /// In the order asked for: where a layer is, or why it is nowhere.
    pub layers: Vec<Result<Placement, MapError>>,
}

impl Mapping {
    /// The layers that have a place.
    pub fn placed(&self) -> impl Iterator<Item = &Placement> {
        self.layers.iter().flatten()
    }

    /// Global cycles for one image, layer after layer.
    pub fn cycles(&self) -> usize {
        self.placed().map(Placement::cycles).sum()
    }

    /// Rows of slices that hold weights.
    pub fn used_rows(&self) -> usize {
        let rows = |slice| self.placed().map(|layer| layer.rows_in(slice)).sum::<usize>();
        (0..self.geometry.slices).map(rows).sum()
    }
}

/// Places `layers`, in their order.
pub fn map(geometry: Geometry, layers: &[Demand]) -> Mapping {
    let mut free = Free::new(geometry);
    let place = |(number, demand): (usize, &Demand)| {
        let missing = |left| error::too_large(geometry, layers, number, left, &free);
        let placed = free.with(demand);
        placed.map_err(missing).map(|(rest, placement)| {
            free = rest;
            placement
        })
    };
    let layers = layers.iter().enumerate().map(place).collect();
    Mapping { geometry, layers }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn demand(name: &str, size: [usize; 3], encoding: Encoding, bits: u32) -> Demand {
        let [filters, elements, positions] = size;
        let precision = Precision::new(encoding, bits, 4).expect("a legal precision");
        Demand { name: name.to_owned(), groups: 1, filters, elements, positions, precision }
    }

    fn lenet() -> Vec<Demand> {
        vec![
            demand("conv1", [8, 25, 24 * 24], Encoding::TwosComplement, 4),
            demand("conv2", [16, 200, 8 * 8], Encoding::Ternary, 3),
            demand("fc1", [64, 256, 1], Encoding::Ternary, 2),
            demand("fc2", [10, 64, 1], Encoding::Ternary, 3),
        ]
    }

    /// The places of layers that all fit.
    fn fitting(layers: &[Demand]) -> (Mapping, Vec<Placement>) {
        let mapping = map(PUBLISHED, layers);
        let placed: Vec<_> = mapping.placed().cloned().collect();
        assert_eq!(placed.len(), layers.len());
        (mapping, placed)
    }

    #[test]
    fn lenet_takes_the_published_cycles() {
        let (mapping, layers) = fitting(&lenet());
        let cycles: Vec<_> = layers.iter().map(Placement::cycles).collect();
        // Published: 576 for the first layer, 4 for the first fully connected one.
        assert_eq!(cycles, [576, 128, 4, 1]);
        assert_eq!(mapping.cycles(), 709);
        let rows = |slice| layers.iter().map(|layer| layer.rows_in(slice)).collect::<Vec<_>>();
        assert_eq!((rows(0), rows(1)), (vec![1, 2, 4, 1], vec![0, 2, 4, 1]));
        assert_eq!((rows(62), rows(63)), (vec![1, 2, 4, 0], vec![0, 2, 4, 0]));
        assert_eq!(mapping.used_rows(), 32 + 128 + 256 + 40);
    }

    /// LeNet with a layer of groups before it.
    fn grouped() -> Vec<Demand> {
        let first = demand("depthwise", [2, 9, 9], Encoding::Ternary, 2);
        [vec![Demand { groups: 3, ..first }], lenet()].concat()
    }

    #[test]
    fn groups_take_turns() {
        let (_, layers) = fitting(&grouped());
        let operations = &layers[0].operations;
        let filters = |operation: &Operation| {
            operation.filters.iter().map(|placed| placed.filter).collect::<Vec<_>>()
        };
        let groups: Vec<_> = operations.iter().map(|one| (one.group, filters(one))).collect();
        assert_eq!(groups, [(0, vec![0, 1]), (1, vec![2, 3]), (2, vec![4, 5])]);
        assert_eq!(layers[0].cycles(), 27);
        assert_eq!(layers[0].demand.cycles(PUBLISHED), 3);
    }

    #[test]
    fn short_pieces_are_repeated_and_long_filters_cut() {
        let shape = |layer: &Demand| {
            [layer.pieces(PUBLISHED), layer.piece_elements(PUBLISHED), layer.copies(PUBLISHED)]
        };
        let shapes: Vec<_> = lenet().iter().map(shape).collect();
        assert_eq!(shapes, [[1, 25, 5], [2, 100, 1], [2, 128, 1], [1, 64, 2]]);
    }

    /// Every weight has rows of its own, and only in slices that take part.
    #[test]
    fn nothing_is_placed_twice() {
        let (mapping, layers) = fitting(&grouped());
        let mut taken = std::collections::HashSet::new();
        for layer in &layers {
            let mut pieces = std::collections::HashSet::new();
            for operation in &layer.operations {
                for placed in &operation.filters {
                    assert!(pieces.insert((placed.filter, operation.piece)));
                    let level = operation.precision.level();
                    for slice in used(operation.precision) {
                        let slice = (placed.result << level) + slice;
                        assert!(taken.insert((slice, operation.rows[slice].expect("a row"))));
                    }
                }
            }
            assert_eq!(pieces.len(), layer.demand.all_pieces(PUBLISHED));
        }
        assert_eq!(taken.len(), mapping.used_rows());
    }

    #[test]
    fn a_second_turn_uses_the_minus_slices() {
        let layer = demand("wide", [9, 25, 10], Encoding::TwosComplement, 4);
        let (mapping, layers) = fitting(&[layer]);
        let encodings: Vec<_> =
            layers[0].operations.iter().map(|operation| operation.precision.encoding()).collect();
        assert_eq!(encodings, [Encoding::PlusSlices, Encoding::MinusSlices]);
        assert_eq!(mapping.cycles(), 20);
    }

    #[test]
    fn eight_bits_take_turns() {
        let layer = demand("bytes", [8, 128, 10], Encoding::TwosComplement, 8);
        let (mapping, _) = fitting(&[layer]);
        assert_eq!((mapping.cycles(), mapping.used_rows()), (20, 64));
    }

    /// What is left has its place all the same.
    #[test]
    fn what_does_not_fit_is_refused_with_what_would() {
        let mut layers = lenet();
        layers[2].filters = 90;
        let mapping = map(PUBLISHED, &layers);
        let error = mapping.layers[2].clone().expect_err("too large").to_string();
        let expected = "40 of the 360 rows of slices that it takes find no place (all layers take \
                        560, the macro has 512); accepted: 10 rows per slice instead of 8, which \
                        all layers fit, or 80 filters of 90, which fit as it is";
        assert_eq!(error, expected);
        let placed: Vec<_> = mapping.layers.iter().map(Result::is_ok).collect();
        assert_eq!(placed, [true, true, false, true]);
        let rows = |rows| map(Geometry { rows, ..PUBLISHED }, &layers).placed().count();
        assert_eq!((rows(9), rows(10)), (3, 4));
    }

    #[test]
    fn what_never_fits_is_told_so() {
        let mut layers = lenet();
        layers[1].filters = 4096;
        layers[1].elements = 3 * 3 * 512;
        let error = map(PUBLISHED, &layers).layers[1].clone().expect_err("too large").to_string();
        let expected = "589376 of the 589824 rows of slices that it takes find no place (all layers \
                        take 590152, the macro has 512); accepted: 3 filters of 4096, which fit as \
                        it is";
        assert_eq!(error, expected);
    }
}
