//! Groups of windows, a unit's part per cycle.

use super::super::Layer;

/// Sets of units, one bit each.
pub(super) type Units = u32;

/// Which units of a group have a window, and whose elements come from where.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Group {
    pub window: Units,
    pub left: Units,
    pub above: Units,
}

/// The numbers of a layer.
#[derive(Clone, Debug)]
pub(super) struct Numbers {
    pub units: u32,
    pub new_words: u8,
    pub bypass: bool,
    pub lines: bool,
    pub kernel: u32,
    pub stride: u32,
    pub overlap: u32,
    pub channels: u32,
    pub groups: u32,
}

/// Makes groups, a unit's part per cycle.
#[derive(Clone, Debug)]
pub(super) struct Walker {
    layer: Layer,
    active: bool,
    pub complete: bool,
    lane: u32,
    /// The group that is being made, or that is complete.
    made: u32,
    /// Number of the first window of that group, from the start of its row.
    column: u32,
}

impl Walker {
    /// Before the first group, `column` windows from the start of a row.
    pub const fn new(layer: Layer, column: u32) -> Self {
        Self { layer, active: true, complete: false, lane: 0, made: 0, column }
    }

    /// The complete group.
    pub fn group(&self, unit: &Numbers) -> Group {
        let mut group = Group::default();
        let first = self.made * unit.units;
        let mut column = self.column;
        for lane in 0..unit.units {
            let patch = first + lane;
            if patch >= self.layer.patches {
                break;
            }
            let linked = lane > 0 || self.layer.wrap;
            let left = !unit.bypass && column > 0 && patch > 0 && linked;
            group.window |= 1 << lane;
            group.left |= u32::from(left) << lane;
            group.above |= u32::from(self.layer.has_above(patch)) << lane;
            column = if column + 1 == self.layer.row_windows { 0 } else { column + 1 };
        }
        group
    }

    pub fn step(&mut self, unit: &Numbers, taken: bool) {
        let steps = self.active && (!self.complete || taken);
        let completes = steps && self.lane + 1 == unit.units;
        if taken {
            self.made += 1;
            self.column = (self.column + unit.units) % self.layer.row_windows;
        }
        self.complete = completes || (self.complete && !taken);
        if steps {
            self.lane = if completes { 0 } else { self.lane + 1 };
            let making = self.made + u32::from(self.complete);
            self.active = !(completes && making == unit.groups);
        }
    }
}
