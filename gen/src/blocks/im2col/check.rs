//! What stimulus from outside has to keep to.

use super::golden::{LAYER, MAP};
use super::interface::MapBeat;
use super::{Im2col, Layer};
use crate::PhaseError;
use crate::traffic::Traffic;
use bitvec::prelude::*;

/// Whether lines and layers take turns, and layers read what was written.
pub(super) fn check(unit: &Im2col, phases: &[Traffic]) -> Result<(), PhaseError> {
    let mut written = bitvec![0; unit.memory_lines as usize];
    for (number, phase) in phases.iter().enumerate() {
        let (lines, layers) = (&phase.0[MAP], &phase.0[LAYER]);
        let refused = |what, accepted: &str| PhaseError {
            phase: number + 1,
            stream: "layer",
            what,
            accepted: accepted.to_owned(),
        };
        if !lines.is_empty() && !layers.is_empty() {
            let what = "layers beside lines of the map, which they may read".to_owned();
            return Err(refused(what, "layers in a phase of their own"));
        }
        for line in 0..lines.len() {
            // The bench's memory drops lines that it has no place for.
            if let Some(mut line) =
                written.get_mut(lines.get(line, MapBeat::AT.address, 0) as usize)
            {
                *line = true;
            }
        }
        for beat in 0..layers.len() {
            let layer = Layer::read(layers, beat);
            if let Some(line) = layer.reads(unit).find(|&line| !written[line]) {
                let what = format!("layer {beat} reads line {line}, which nobody wrote");
                return Err(refused(what, "layers whose map was written before"));
            }
        }
    }
    Ok(())
}

impl Layer {
    /// Lines of the memory that it reads, some of them several times; none if it is illegal.
    fn reads(&self, unit: &Im2col) -> impl Iterator<Item = usize> {
        let map = self.convolution;
        let patches = if self.check(unit).is_ok() { self.patches } else { 0 };
        let plane = (map.height * map.width).next_multiple_of(unit.units);
        let inside = move |first: u32, size: u32| {
            let first_inside = first.saturating_sub(map.padding).min(size);
            first_inside..(first + map.kernel).saturating_sub(map.padding).min(size)
        };
        let units = unit.units;
        let of_patch = move |patch| {
            let (top, left) = self.corner(patch);
            let columns = inside(left, map.width);
            let rows = if columns.is_empty() { 0..0 } else { inside(top, map.height) };
            let places = (0..map.channels).flat_map(move |channel| {
                rows.clone().map(move |row| channel * plane + row * map.width)
            });
            places.flat_map(move |place| {
                (place + columns.start) / units..=(place + columns.end - 1) / units
            })
        };
        (0..patches).flat_map(of_patch).map(|line| line as usize)
    }
}
