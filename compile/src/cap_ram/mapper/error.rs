//! Why a layer has no place in the macro, and what would have.

use super::place::Free;
use super::{Demand, Geometry};
use hwgen_gen::blocks::cap_ram::CapRam;

/// Why a layer has no place in the macro.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{missing} of the {own} rows of slices that it takes find no place (all layers take {needed}, \
     the macro has {available}); accepted: {remedy}"
)]
pub struct MapError {
    /// Rows of slices of this layer without a place.
    pub missing: usize,
    /// Rows of slices of this layer.
    pub own: usize,
    /// Rows of slices that all layers take.
    pub needed: usize,
    /// Rows of slices that there are.
    pub available: usize,
    /// What would fit.
    pub remedy: String,
}

/// The error of the layer at `position`, of which `left` pieces have no place in what is `free`.
pub(super) fn too_large(
    geometry: Geometry,
    layers: &[Demand],
    position: usize,
    left: usize,
    free: &Free,
) -> MapError {
    let layer = &layers[position];
    let (own, available) = (layer.slice_rows(geometry), geometry.slices * geometry.rows);
    let needed = layers.iter().map(|layer| layer.slice_rows(geometry)).sum();
    let mut accepted = Vec::new();
    if let Some(rows) = least_rows(geometry, layers, needed) {
        let now = geometry.rows;
        accepted.push(format!("{rows} rows per slice instead of {now}, which all layers fit"));
    }
    let filters = most_filters(layer, available * layer.filters / own, free) * layer.groups;
    if filters > 0 {
        let all = layer.groups * layer.filters;
        accepted.push(format!("{filters} filters of {all}, which fit as it is"));
    }
    if accepted.is_empty() {
        accepted.push("fewer weights".to_owned());
    }
    let remedy = accepted.join(", or ");
    let missing = left * own / layer.all_pieces(geometry);
    MapError { missing, own, needed, available, remedy }
}

/// Rows per slice with which all layers find a place.
fn least_rows(geometry: Geometry, layers: &[Demand], needed: usize) -> Option<usize> {
    let least = needed.div_ceil(geometry.slices).max(geometry.rows + 1);
    let fits = |rows: &usize| {
        let all = Free::new(Geometry { rows: *rows, ..geometry });
        layers.iter().try_fold(all, |free, layer| free.with(layer).map(|(rest, _)| rest)).is_ok()
    };
    (least..=CapRam::MOST_ROWS).find(fits)
}

/// Filters of each group, up to `most`, for which there is a place.
fn most_filters(layer: &Demand, most: usize, free: &Free) -> usize {
    let fits = |filters: &usize| free.with(&Demand { filters: *filters, ..layer.clone() }).is_ok();
    (1..=most.min(layer.filters - 1)).rev().find(fits).unwrap_or_default()
}
