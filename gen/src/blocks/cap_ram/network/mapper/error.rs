//! Why a network has no place in the macro, and what would have.

use super::place::place;
use super::{Demand, Geometry};
use crate::WorkloadError;
use crate::blocks::cap_ram::params::ROWS;

/// Rows per slice up to which the mapper looks for a macro that would do.
const MOST_ROWS: usize = ROWS.1 as usize;

/// Why a network has no place in the macro.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MapError {
    /// Nothing to place, or nowhere.
    #[error("{what}: 0 {quantity}; accepted: 1 and more")]
    Nothing {
        /// The layer, or the macro.
        what: String,
        /// What there is none of.
        quantity: &'static str,
    },
    /// The macro is too small.
    #[error(
        "layer {layer} does not fit: {missing} of the {own} rows of slices that it takes find no \
         place (all layers take {needed}, the macro has {available}); {remedy}"
    )]
    TooLarge {
        /// The first layer without a place.
        layer: String,
        /// Rows of slices of this layer without a place.
        missing: usize,
        /// Rows of slices of this layer.
        own: usize,
        /// Rows of slices that all layers take.
        needed: usize,
        /// Rows of slices that there are.
        available: usize,
        /// What would fit.
        remedy: String,
    },
}

impl From<MapError> for WorkloadError {
    fn from(error: MapError) -> Self {
        Self(error.to_string())
    }
}

/// The error of layers of which the one at `position` has `left` pieces without a place.
pub(super) fn too_large(
    geometry: Geometry,
    layers: &[Demand],
    position: usize,
    left: usize,
) -> MapError {
    let needed: usize = layers.iter().map(|layer| layer.slice_rows(geometry)).sum();
    let fits = |rows: &usize| place(Geometry { rows: *rows, ..geometry }, layers).1 == 0;
    let least = needed.div_ceil(geometry.slices).max(geometry.rows + 1);
    let rows = (least..=MOST_ROWS).find(fits);
    let rows = rows.map_or_else(
        || format!("no number of rows per slice up to {MOST_ROWS} suffices"),
        |rows| format!("the network fits {rows} rows per slice instead of {}", geometry.rows),
    );
    let layer = &layers[position];
    let fewer = |filters: &usize| {
        let mut layers = layers[..=position].to_vec();
        layers[position].filters = *filters;
        place(geometry, &layers).1 == 0
    };
    let (own, available) = (layer.slice_rows(geometry), geometry.slices * geometry.rows);
    let most = (layer.filters - 1).min(available * layer.filters / own);
    let filters = (1..=most).rev().find(fewer).unwrap_or_default();
    MapError::TooLarge {
        layer: layer.name.clone(),
        missing: left * own / (layer.filters * layer.pieces(geometry)),
        own,
        needed,
        available,
        remedy: format!(
            "{rows}, and {filters} of the layer's {} filters fit as it is",
            layer.filters
        ),
    }
}
