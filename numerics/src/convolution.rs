//! The geometry of whatever moves a kernel over a map: convolutions, pools, IM2COL.

use crate::{Illegal, Shape, Window};

/// A convolution without its numbers: which elements each result depends on.
///
/// It is plain data; [`Self::check`] says whether it has a meaning. Of one without, counts may be
/// zero, but nothing panics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Convolution {
    /// The map, without padding.
    pub input: Shape,
    /// Filters, of all groups together: the channels of the result.
    pub filters: usize,
    /// Groups of channels and filters that do not see each other.
    pub groups: usize,
    /// How the kernel moves.
    pub window: Window,
}

impl Convolution {
    /// A pool over `input`: each channel by itself.
    pub const fn pool(input: Shape, window: Window) -> Self {
        Self { input, filters: input.channels, groups: input.channels, window }
    }

    /// Shape of the result: the only place where it is computed.
    pub const fn output(&self) -> Shape {
        Shape {
            channels: self.filters,
            rows: self.window.rows.places(self.input.rows),
            columns: self.window.columns.places(self.input.columns),
        }
    }

    /// Channels that a filter sees.
    pub fn group_channels(&self) -> usize {
        self.input.channels.checked_div(self.groups).unwrap_or_default()
    }

    /// Filters of a group.
    pub fn group_filters(&self) -> usize {
        self.filters.checked_div(self.groups).unwrap_or_default()
    }

    /// Elements that a filter sees at once, pads among them: its weights.
    pub fn patch_elements(&self) -> usize {
        self.group_channels().saturating_mul(self.window.taps())
    }

    /// Multiplications by the definition, those with pads among them.
    pub fn products(&self) -> u64 {
        (self.output().elements() as u64).saturating_mul(self.patch_elements() as u64)
    }

    /// Appends the patch that the filters of `group` see at (`row`, `column`) of the result to
    /// `patch`: channel after channel, row after row of the kernel. `map` has the elements of
    /// [`Self::input`], beyond it is `pad`. The convolution has to be legal.
    pub fn append_patch(
        &self,
        map: &[i32],
        pad: i32,
        group: usize,
        (row, column): (usize, usize),
        patch: &mut Vec<i32>,
    ) {
        let Shape { rows, columns, .. } = self.input;
        let Window { rows: vertical, columns: horizontal } = &self.window;
        let channels = self.group_channels();
        for channel in group * channels..(group + 1) * channels {
            for tap in 0..vertical.kernel {
                let Some(y) = vertical.element(rows, row, tap) else {
                    patch.resize(patch.len() + horizontal.kernel, pad);
                    continue;
                };
                let line = &map[(channel * rows + y) * columns..][..columns];
                patch.extend(
                    (0..horizontal.kernel).map(|tap| {
                        horizontal.element(columns, column, tap).map_or(pad, |x| line[x])
                    }),
                );
            }
        }
    }

    /// Refuses a geometry without a meaning.
    ///
    /// # Errors
    /// A map, a result or a patch without elements or with more than [`Shape::MOST_ELEMENTS`],
    /// groups that do not divide channels and filters, a kernel that [`crate::Axis`] refuses.
    pub fn check(&self) -> Result<(), Illegal> {
        self.input.check("map")?;
        Illegal::outside("filters", self.filters, 1..=Shape::MOST_ELEMENTS)?;
        let (channels, filters, groups) = (self.input.channels, self.filters, self.groups);
        let divides = groups > 0 && channels % groups == 0 && filters % groups == 0;
        let accepted = format!("a divisor of {channels} channels and of {filters} filters");
        Illegal::unless(divides, "groups", groups, accepted)?;
        self.window.rows.check("rows", self.input.rows)?;
        self.window.columns.check("columns", self.input.columns)?;
        let (patch, most) = (self.patch_elements(), Shape::MOST_ELEMENTS);
        Illegal::outside("elements of a patch", patch, 1..=most)?;
        self.output().check("result")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Axis;

    fn convolution(rows: Axis, columns: Axis) -> Convolution {
        Convolution {
            input: Shape { channels: 4, rows: 3, columns: 5 },
            filters: 6,
            groups: 2,
            window: Window { rows, columns },
        }
    }

    /// The second layer of AlexNet (Krizhevsky et al., 2012): 256 filters of 5 x 5 x 48 on maps of
    /// 27 x 27.
    #[test]
    fn a_layer_of_alexnet() {
        let axis = Axis::kernel(5).padding(2, 2);
        let layer = Convolution {
            input: Shape { channels: 96, rows: 27, columns: 27 },
            filters: 256,
            groups: 2,
            window: Window { rows: axis, columns: axis },
        };
        assert_eq!(layer.check(), Ok(()));
        assert_eq!(layer.output(), Shape { channels: 256, rows: 27, columns: 27 });
        assert_eq!(layer.patch_elements(), 1200);
        assert_eq!(layer.products(), 223_948_800);
    }

    /// Channels 2 and 3 of a map that counts from 0, from the row above it and its last column.
    #[test]
    fn a_patch_by_hand() {
        let columns = Axis::kernel(2).dilation(2).stride(2).padding(0, 2);
        let layer = convolution(Axis::kernel(2).padding(1, 0), columns);
        assert_eq!(layer.check(), Ok(()));
        assert_eq!(layer.output(), Shape { channels: 6, rows: 3, columns: 3 });
        let map: Vec<_> = (0..60).collect();
        let mut patch = Vec::new();
        layer.append_patch(&map, -1, 1, (0, 2), &mut patch);
        assert_eq!(patch, [-1, -1, 34, -1, -1, -1, 49, -1]);
        patch.clear();
        layer.append_patch(&map, -1, 0, (2, 1), &mut patch);
        assert_eq!(patch, [7, 9, 12, 14, 22, 24, 27, 29]);
    }

    #[test]
    fn a_geometry_without_a_meaning_is_named() {
        let fine = convolution(Axis::kernel(2), Axis::kernel(3));
        assert_eq!(fine.check(), Ok(()));
        let refusal =
            |layer: Convolution| layer.check().expect_err("an illegal geometry").to_string();
        let message = "groups 3; accepted: a divisor of 4 channels and of 6 filters";
        assert_eq!(refusal(Convolution { groups: 3, ..fine }), message);
        let message = "groups 4; accepted: a divisor of 4 channels and of 6 filters";
        assert_eq!(refusal(Convolution { groups: 4, ..fine }), message);
        assert!(refusal(Convolution { groups: 0, ..fine }).starts_with("groups 0"));
        assert!(refusal(Convolution { filters: 0, ..fine }).starts_with("filters 0"));
        let flat = Shape { rows: 1, ..fine.input };
        assert!(refusal(Convolution { input: flat, ..fine }).starts_with("kernel along rows 2"));
        let narrow = Shape { columns: 2, ..fine.input };
        assert!(refusal(Convolution { input: narrow, ..fine }).contains("kernel along columns 3"));
        let many = Convolution { filters: 1 << 26, ..fine };
        assert!(refusal(many).starts_with("result 67108864 x 2 x 3"));
        let none = Convolution { groups: 0, ..fine };
        assert_eq!((none.patch_elements(), none.group_filters()), (0, 0));
    }
}
