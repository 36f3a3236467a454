//! Finding places.

use super::{Demand, Geometry, Operation, Placed, Placement, used};
use crate::blocks::cap_ram::Precision;
use std::cmp::Reverse;

/// The layers up to the first that finds no place, and how many pieces of that are left.
pub(super) fn place(geometry: Geometry, layers: &[Demand]) -> (Vec<Placement>, usize) {
    let mut free = Free::new(geometry);
    let mut placed = Vec::new();
    for demand in layers {
        let operations = free.place(demand);
        let pieces: usize = operations.iter().map(|operation| operation.filters.len()).sum();
        let left = demand.filters * demand.pieces(geometry) - pieces;
        if left > 0 {
            return (placed, left);
        }
        placed.push(Placement { demand: demand.clone(), operations });
    }
    (placed, 0)
}

/// Rows without weights, of every slice.
struct Free {
    geometry: Geometry,
    slices: Vec<Vec<usize>>,
}

impl Free {
    fn new(geometry: Geometry) -> Self {
        let all = (0..geometry.rows).rev().collect();
        Self { geometry, slices: vec![all; geometry.slices] }
    }

    /// Takes rows for as much of a layer as finds a place.
    fn place(&mut self, demand: &Demand) -> Vec<Operation> {
        let mut operations = Vec::new();
        for piece in 0..demand.pieces(self.geometry) {
            let mut left = 0..demand.filters;
            while !left.is_empty() {
                let Some((precision, results)) = self.roomiest(demand) else { break };
                let mut rows = vec![None; self.geometry.slices];
                let placed = results.into_iter().zip(left.by_ref()).map(|(result, filter)| {
                    for slice in used(precision).map(|slice| (result << precision.level()) + slice)
                    {
                        rows[slice] = self.slices[slice].pop();
                    }
                    Placed { filter, result }
                });
                let filters = placed.collect();
                operations.push(Operation { precision, rows, piece, filters });
            }
        }
        operations
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
