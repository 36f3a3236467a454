//! Finding places.

use super::{Demand, Geometry, Operation, Placed, Placement, used};
use hwgen_gen::blocks::cap_ram::Precision;
use std::cmp::Reverse;
use std::ops::Range;

/// Rows without weights, of every slice.
#[derive(Clone)]
pub(super) struct Free {
    geometry: Geometry,
    slices: Vec<Vec<usize>>,
}

impl Free {
    /// All rows.
    pub fn new(geometry: Geometry) -> Self {
        let all = (0..geometry.rows).rev().collect();
        Self { geometry, slices: vec![all; geometry.slices] }
    }

    /// The place of a layer and what it leaves, or how many pieces of its filters find no place.
    pub fn with(&self, demand: &Demand) -> Result<(Self, Placement), usize> {
        let mut free = self.clone();
        let mut operations = Vec::new();
        let mut left = demand.all_pieces(self.geometry);
        for group in 0..demand.groups {
            for piece in 0..demand.pieces(self.geometry) {
                let mut filters = group * demand.filters..(group + 1) * demand.filters;
                while !filters.is_empty() {
                    let operation = free.operation(demand, group, piece, &mut filters);
                    let operation = operation.ok_or(left)?;
                    left -= operation.filters.len();
                    operations.push(operation);
                }
            }
        }
        let geometry = self.geometry;
        Ok((free, Placement { geometry, demand: demand.clone(), operations }))
    }

    /// Takes rows for a piece of as many of `filters` as one operation computes.
    fn operation(
        &mut self,
        demand: &Demand,
        group: usize,
        piece: usize,
        filters: &mut Range<usize>,
    ) -> Option<Operation> {
        let (precision, results) = self.roomiest(demand)?;
        let mut rows = vec![None; self.geometry.slices];
        let placed = results.into_iter().zip(filters).map(|(result, filter)| {
            for slice in used(precision).map(|slice| (result << precision.level()) + slice) {
                rows[slice] = self.slices[slice].pop();
            }
            Placed { filter, result }
        });
        let filters = placed.collect();
        Some(Operation { precision, rows, group, piece, filters })
    }

    /// The precision with which most filters find a place in one more operation, of those the one with
    /// most free rows; and the results that have slices free, those with most free rows first.
    fn roomiest(&self, demand: &Demand) -> Option<(Precision, Vec<usize>)> {
        let choices = demand.precisions().into_iter().map(|precision| {
            let room = |&result: &usize| {
                let slices = used(precision).map(|slice| (result << precision.level()) + slice);
                slices.map(|slice| self.slices[slice].len()).min().unwrap_or_default()
            };
            let results = 0..self.geometry.slices >> precision.level();
            let mut results: Vec<_> = results.filter(|result| room(result) > 0).collect();
            results.sort_by_key(|result| Reverse(room(result)));
            let rows: usize = results.iter().map(room).sum();
            (precision, results, rows)
        });
        // Of equals, the first.
        let best = choices.rev().max_by_key(|(_, results, rows)| (results.len(), *rows))?;
        (!best.1.is_empty()).then_some((best.0, best.1))
    }
}
