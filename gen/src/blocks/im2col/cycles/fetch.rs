//! The elements that are put in, row by row of the kernel.

use super::walker::{Group, Numbers, Units};

/// Elements of a unit in a row, or a beat's worth of them.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Segment {
    pub units: Units,
    /// Elements after the first.
    pub more: u32,
    pub ends_beat: bool,
    pub last: bool,
}

/// The segment after the one at work.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Fetch {
    pub busy: bool,
    group: Group,
    early: Units,
    late: Units,
    units: Units,
    row: u32,
    column: u32,
    channels: u32,
}

impl Fetch {
    pub fn begin(unit: &Numbers, group: Group) -> Self {
        let whole = unit.bypass && (unit.lines || group.window == 0);
        let late = if whole { 1 } else { group.window };
        let early = if unit.bypass { 0 } else { group.window & !group.above };
        let mut fetch = Self {
            busy: late != 0,
            group,
            early,
            late,
            channels: unit.channels,
            ..Self::default()
        };
        fetch.begin_channel(unit);
        fetch
    }

    fn begin_channel(&mut self, unit: &Numbers) {
        self.row = if self.early == 0 { unit.overlap } else { 0 };
        self.begin_row(unit);
    }

    fn begin_row(&mut self, unit: &Numbers) {
        self.units = if self.row >= unit.overlap { self.late } else { self.early };
        self.column = unit.kernel - 1;
    }

    pub fn segment(&self, unit: &Numbers) -> Segment {
        let rest = self.units & (self.units - 1);
        let first = self.units & !rest;
        let left = first & self.group.left != 0;
        let more = match (unit.bypass, left) {
            (true, _) => 0,
            (false, true) => unit.stride - 1,
            (false, false) => unit.kernel - 1,
        };
        let units = if unit.lines { self.group.window } else { first & self.group.window };
        Segment { units, more, ends_beat: rest == 0, last: self.is_last(unit) }
    }

    fn columns_end(&self, unit: &Numbers) -> bool {
        !unit.bypass || self.column == 0
    }

    pub fn is_last(&self, unit: &Numbers) -> bool {
        let row_ends = self.units & (self.units - 1) == 0 && self.columns_end(unit);
        row_ends && self.row == unit.kernel - 1 && self.channels == 1
    }

    pub fn advance(&mut self, unit: &Numbers) {
        let rest = self.units & (self.units - 1);
        if rest != 0 {
            self.units = rest;
        } else if !self.columns_end(unit) {
            self.units = self.late;
            self.column -= 1;
        } else if self.row < unit.kernel - 1 {
            self.row += 1;
            self.begin_row(unit);
        } else if self.channels > 1 {
            self.channels -= 1;
            self.begin_channel(unit);
        } else {
            self.busy = false;
        }
    }
}
