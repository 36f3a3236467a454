//! A layer as the host gives it: checked in plain integers, from the contract.

use super::{Im2col, LayerBeat};
use crate::beat::Beat;
use crate::traffic::Beats;

/// The numbers of a convolution that its patches depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Convolution {
    /// Rows and columns of a window.
    pub kernel: u32,
    /// Step from window to window.
    pub stride: u32,
    /// Zeros on every side of the map.
    pub padding: u32,
    /// Channels.
    pub channels: u32,
    /// Rows of the map, without padding.
    pub height: u32,
    /// Columns of the map, without padding.
    pub width: u32,
}

/// A run of the unit: which patches of a convolution, and with which stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layer {
    /// The convolution.
    pub convolution: Convolution,
    /// Windows in a row.
    pub row_windows: u32,
    /// Top of the first window in the padded map.
    pub start_row: u32,
    /// Left of the first window in the padded map.
    pub start_column: u32,
    /// Windows to build.
    pub patches: u32,
    /// Groups to emit; those beyond the patches are zero.
    pub groups: u32,
    /// Elements are kept for the windows below.
    pub reserve: bool,
    /// Elements are kept for the next group.
    pub wrap: bool,
}

/// Why a layer is illegal.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("{field} {value}: {reason}; accepted: {accepted}")]
pub struct LayerError {
    /// Name of the field of the layer.
    pub field: &'static str,
    /// What it holds.
    pub value: u32,
    /// Why that cannot be.
    pub reason: &'static str,
    /// What would be accepted, the other fields unchanged.
    pub accepted: String,
    /// The sizes alone are wrong: found before windows are counted.
    pub(super) early: bool,
}

impl Convolution {
    /// Rows and columns of the padded map.
    const fn padded(&self) -> (u32, u32) {
        (self.height + 2 * self.padding, self.width + 2 * self.padding)
    }

    /// Windows along `padded` rows or columns. Needs a legal kernel and stride.
    const fn windows_along(&self, padded: u32) -> u32 {
        (padded - self.kernel) / self.stride + 1
    }

    /// Rows of windows, and windows in a row. Needs a legal kernel and stride.
    pub const fn windows(&self) -> (u32, u32) {
        let (height, width) = self.padded();
        (self.windows_along(height), self.windows_along(width))
    }

    /// Elements of a patch, which are beats of a group.
    pub const fn patch(&self) -> u32 {
        self.channels * self.kernel * self.kernel
    }

    /// Whether patches have nothing in common.
    pub const fn bypasses(&self) -> bool {
        self.stride >= self.kernel
    }

    /// Rows or columns that neighbouring windows have in common.
    pub const fn overlap(&self) -> u32 {
        self.kernel.saturating_sub(self.stride)
    }

    fn check(&self, unit: &Im2col) -> Result<(), LayerError> {
        within("kernel", self.kernel, 1, unit.max_kernel)?;
        within("stride", self.stride, 1, unit.max_stride)?;
        within("channels", self.channels, 1, unit.max_channels)?;
        within("padding", self.padding, 0, self.kernel - 1)?;
        let least = self.kernel.saturating_sub(2 * self.padding).max(1);
        let most = unit.max_map.saturating_sub(2 * self.padding);
        within("height", self.height, least, most)?;
        within("width", self.width, least, most)
    }
}

/// Checks a size against its range.
fn within(field: &'static str, value: u32, low: u32, high: u32) -> Result<(), LayerError> {
    if (low..=high).contains(&value) {
        return Ok(());
    }
    let reason = "beyond what the unit and the rest of the layer allow";
    Err(LayerError { field, value, reason, accepted: format!("{low}..={high}"), early: true })
}

/// Refuses a field that does not fit the windows of the layer.
fn refuse(
    field: &'static str,
    value: u32,
    reason: &'static str,
    accepted: String,
) -> Result<(), LayerError> {
    Err(LayerError { field, value, reason, accepted, early: false })
}

impl Layer {
    /// All patches of a convolution, with every store that suffices.
    pub fn whole(convolution: Convolution, unit: &Im2col) -> Result<Self, LayerError> {
        convolution.check(unit)?;
        let (rows, row_windows) = convolution.windows();
        Self::part(convolution, 0, rows * row_windows, unit)
    }

    /// `patches` patches of a convolution from window number `first` on, with every store that
    /// suffices.
    pub fn part(
        convolution: Convolution,
        first: u32,
        patches: u32,
        unit: &Im2col,
    ) -> Result<Self, LayerError> {
        convolution.check(unit)?;
        let (_, row_windows) = convolution.windows();
        let layer = Self {
            convolution,
            row_windows,
            start_row: first / row_windows * convolution.stride,
            start_column: first % row_windows * convolution.stride,
            patches,
            groups: patches.div_ceil(unit.units).max(1),
            reserve: false,
            wrap: false,
        };
        let layer = layer.reuse(unit);
        layer.check(unit)?;
        Ok(layer)
    }

    /// The same layer with every store in use that suffices however many patches there are; if only
    /// one of them can, the reserve.
    ///
    /// The wrap store holds the elements that `U` patches pass on at a time, and those that run
    /// ahead: `C K (K - S) + min(S, K - S)` words. A reserve holds `d = ceil(E / U)` patches, each
    /// `C (K - S) S` words, and one of them may be above the first window of a row, which takes
    /// `C (K - S) K`: `C (K - S) (S d + K - S)` words. Without the wrap store, that holds for all
    /// of those that unit 0 takes: `C (K - S) K d`.
    #[must_use]
    pub fn reuse(&self, unit: &Im2col) -> Self {
        let shared = !self.convolution.bypasses();
        let none = Self { reserve: false, wrap: false, ..*self };
        let choices = [(true, true), (true, false), (false, true)];
        let choices = choices.map(|(reserve, wrap)| Self { reserve, wrap, ..*self });
        let rows = |layer: &Self| !layer.reserve || layer.row_windows >= unit.units;
        choices
            .into_iter()
            .find(|layer| shared && rows(layer) && layer.suffices(unit))
            .unwrap_or(none)
    }

    /// Whether the stores in use suffice however many patches there are.
    pub(in super::super) fn suffices(&self, unit: &Im2col) -> bool {
        let wrap = !self.wrap || self.wrap_words() <= u64::from(unit.neighbour_words);
        let reserve = !self.reserve || self.reserved_words(unit) <= u64::from(unit.reserved_words);
        wrap && reserve
    }

    /// Words that the wrap store needs.
    fn wrap_words(&self) -> u64 {
        let Convolution { kernel, stride, channels, .. } = self.convolution;
        let overlap = self.convolution.overlap();
        u64::from(channels) * u64::from(kernel * overlap) + u64::from(stride.min(overlap))
    }

    /// Words that the reserve of a unit needs.
    fn reserved_words(&self, unit: &Im2col) -> u64 {
        let Convolution { kernel, stride, channels, .. } = self.convolution;
        let overlap = self.convolution.overlap();
        let patches = self.row_windows.div_ceil(unit.units);
        let columns = if self.wrap { stride * patches + overlap } else { kernel * patches };
        u64::from(channels) * u64::from(overlap) * u64::from(columns)
    }

    /// Refuses a layer that the unit cannot run, and says why.
    pub fn check(&self, unit: &Im2col) -> Result<(), LayerError> {
        let convolution = &self.convolution;
        convolution.check(unit)?;
        let (rows, row_windows) = convolution.windows();
        let stride = convolution.stride;
        let plane = (convolution.height * convolution.width).div_ceil(unit.units);
        if u64::from(plane) * u64::from(convolution.channels) > u64::from(unit.memory_lines) {
            let accepted = format!("at most {}", unit.memory_lines / plane);
            return refuse(
                "channels",
                convolution.channels,
                "the map does not fit the memory",
                accepted,
            );
        }
        if self.row_windows != row_windows {
            let reason = "not the number of windows in a row";
            return refuse("row_windows", self.row_windows, reason, row_windows.to_string());
        }
        for (field, value, windows) in
            [("start_row", self.start_row, rows), ("start_column", self.start_column, row_windows)]
        {
            if !value.is_multiple_of(stride) || value / stride >= windows {
                let accepted = format!("multiples of {stride} up to {}", (windows - 1) * stride);
                return refuse(field, value, "no window begins there", accepted);
            }
        }
        let left = (rows - self.start_row / stride) * row_windows - self.start_column / stride;
        if self.patches > left {
            let accepted = format!("0..={left}");
            return refuse("patches", self.patches, "there are not so many windows left", accepted);
        }
        let groups = self.patches.div_ceil(unit.units).max(1);
        if self.groups < groups {
            let accepted = format!("at least {groups}");
            return refuse("groups", self.groups, "the patches do not fit", accepted);
        }
        if self.reserve && !convolution.bypasses() && row_windows < unit.units {
            let reason = "a row has fewer windows than there are units";
            return refuse("reserve", 1, reason, "0".to_owned());
        }
        Ok(())
    }

    /// Number of the first window.
    pub const fn first_window(&self) -> u32 {
        let stride = self.convolution.stride;
        self.start_row / stride * self.row_windows + self.start_column / stride
    }

    /// Whether patch number `patch` has a left neighbour that passes elements on to it.
    pub(super) fn has_left(&self, unit: &Im2col, patch: u32) -> bool {
        let in_row = !(self.first_window() + patch).is_multiple_of(self.row_windows);
        let linked = !patch.is_multiple_of(unit.units) || self.wrap;
        !self.convolution.bypasses() && in_row && patch > 0 && linked
    }

    /// Whether elements are reserved for patch number `patch`.
    pub(super) const fn has_above(&self, patch: u32) -> bool {
        !self.convolution.bypasses() && self.reserve && patch >= self.row_windows
    }

    /// Whether a line of the memory is a beat.
    pub(super) fn takes_lines(&self, unit: &Im2col) -> bool {
        let Convolution { kernel, stride, padding, .. } = self.convolution;
        let single = kernel == 1 && stride == 1 && padding == 0;
        single && self.first_window().is_multiple_of(unit.units)
    }

    /// The layer in a beat of the stream `layer`.
    pub(super) fn read(beats: &Beats, beat: usize) -> Self {
        LayerBeat::read(beats, beat).into()
    }
}

impl From<&Layer> for LayerBeat {
    fn from(layer: &Layer) -> Self {
        let Convolution { kernel, stride, padding, channels, height, width } = layer.convolution;
        Self {
            kernel: kernel.into(),
            stride: stride.into(),
            padding: padding.into(),
            channels: channels.into(),
            height: height.into(),
            width: width.into(),
            row_windows: layer.row_windows.into(),
            start_row: layer.start_row.into(),
            start_column: layer.start_column.into(),
            patches: layer.patches.into(),
            groups: layer.groups.into(),
            reserve: layer.reserve.into(),
            wrap: layer.wrap.into(),
        }
    }
}

impl From<LayerBeat> for Layer {
    fn from(beat: LayerBeat) -> Self {
        Self {
            convolution: Convolution {
                kernel: beat.kernel as u32,
                stride: beat.stride as u32,
                padding: beat.padding as u32,
                channels: beat.channels as u32,
                height: beat.height as u32,
                width: beat.width as u32,
            },
            row_windows: beat.row_windows as u32,
            start_row: beat.start_row as u32,
            start_column: beat.start_column as u32,
            patches: beat.patches as u32,
            groups: beat.groups as u32,
            reserve: beat.reserve != 0,
            wrap: beat.wrap != 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Generated;
    use super::*;
    use crate::block::Block;

    fn unit(flags: &str) -> Im2col {
        Generated::parse(&format!("--memory-lines 100352 {flags}")).expect("legal flags")
    }

    const VGG_CONV4_2: Convolution =
        Convolution { kernel: 3, stride: 1, padding: 1, channels: 512, height: 28, width: 28 };

    #[test]
    fn an_illegal_layer_names_what_is_wrong() {
        let unit = unit("");
        let wide = Convolution { width: 255, ..VGG_CONV4_2 };
        let error = Layer::whole(wide, &unit).expect_err("too wide");
        assert_eq!(
            error.to_string(),
            "width 255: beyond what the unit and the rest of the layer allow; accepted: 1..=254"
        );
        let error = Layer::part(VGG_CONV4_2, 780, 5, &unit).expect_err("too many");
        assert_eq!(
            error.to_string(),
            "patches 5: there are not so many windows left; accepted: 0..=4"
        );
    }

    /// 512 x 3 x 2 + 1 words, and 512 x 2 x (7 + 2) of them.
    #[test]
    fn stores_are_used_from_the_exact_size_on() {
        let stores = |flags: &str| {
            let layer = Layer::whole(VGG_CONV4_2, &unit(flags)).expect("a legal layer");
            (layer.reserve, layer.wrap)
        };
        assert_eq!(stores("--reserved-words 9216 --neighbour-words 3073"), (true, true));
        assert_eq!(stores("--reserved-words 9215 --neighbour-words 3073"), (false, true));
        assert_eq!(stores("--reserved-words 21504 --neighbour-words 3072"), (true, false));
        assert_eq!(stores("--reserved-words 21503 --neighbour-words 3072"), (false, false));
    }
}
