//! Windows: which elements of a map meet a kernel, along each of its two axes.

use crate::Illegal;

/// The most of anything that is counted along an axis.
const MOST: usize = 1 << 16;

/// How a kernel moves along one axis of a map: tap `t` of place `p` is element
/// `p stride + t dilation - before`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Axis {
    /// Taps of the kernel.
    pub kernel: usize,
    /// Elements from place to place.
    pub stride: usize,
    /// Elements from tap to tap.
    pub dilation: usize,
    /// Pads before the first element.
    pub before: usize,
    /// Pads after the last element.
    pub after: usize,
}

impl Axis {
    /// A kernel that moves by one element and stays within the map.
    pub const fn kernel(kernel: usize) -> Self {
        Self { kernel, stride: 1, dilation: 1, before: 0, after: 0 }
    }

    /// The same with another stride.
    pub const fn stride(self, stride: usize) -> Self {
        Self { stride, ..self }
    }

    /// The same with another dilation.
    pub const fn dilation(self, dilation: usize) -> Self {
        Self { dilation, ..self }
    }

    /// The same with pads before and after the map.
    pub const fn padding(self, before: usize, after: usize) -> Self {
        Self { before, after, ..self }
    }

    /// Elements from the first to the last tap, both counted: `(kernel - 1) dilation + 1`.
    pub const fn extent(&self) -> usize {
        self.kernel.saturating_sub(1).saturating_mul(self.dilation).saturating_add(1)
    }

    /// Places of the kernel on a map of `length` elements:
    /// `floor((length + before + after - extent) / stride) + 1`; where it does not fit, none.
    pub const fn places(&self, length: usize) -> usize {
        let padded = length.saturating_add(self.before).saturating_add(self.after);
        if padded < self.extent() || self.stride == 0 {
            return 0;
        }
        (padded - self.extent()) / self.stride + 1
    }

    /// The element under `tap` at `place` on a map of `length` elements, none where that is a pad.
    pub fn element(&self, length: usize, place: usize, tap: usize) -> Option<usize> {
        let element = (place * self.stride + tap * self.dilation).checked_sub(self.before)?;
        (element < length).then_some(element)
    }

    /// Refuses what has no meaning on a map of `length` elements; `axis` is its name in the error.
    ///
    /// # Errors
    /// Zeros, pads as long as the kernel's extent, or a kernel that does not fit.
    pub fn check(&self, axis: &str, length: usize) -> Result<(), Illegal> {
        let field = |name: &str| format!("{name} along {axis}");
        Illegal::outside(field("kernel"), self.kernel, 1..=MOST)?;
        Illegal::outside(field("stride"), self.stride, 1..=MOST)?;
        Illegal::outside(field("dilation"), self.dilation, 1..=MOST)?;
        let most = self.extent() - 1;
        Illegal::outside(field("padding before the first element"), self.before, 0..=most)?;
        Illegal::outside(field("padding after the last element"), self.after, 0..=most)?;
        let padded = length.saturating_add(self.before + self.after);
        Illegal::unless(
            self.extent() <= padded,
            field("kernel"),
            format!("{} of extent {}", self.kernel, self.extent()),
            format!("an extent of at most {padded}, the map with its padding"),
        )
    }
}

/// How a kernel moves over a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Window {
    /// From the top to the bottom.
    pub rows: Axis,
    /// From the left to the right.
    pub columns: Axis,
}

impl Window {
    /// Taps of the kernel.
    pub const fn taps(&self) -> usize {
        self.rows.kernel.saturating_mul(self.columns.kernel)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A map of 5, one pad before and two after, a kernel of 2 with dilation 2, stride 3.
    #[test]
    fn taps_by_hand() {
        let axis = Axis::kernel(2).dilation(2).stride(3).padding(1, 2);
        assert_eq!((axis.extent(), axis.places(5)), (3, 2));
        let taps = |place| [0, 1].map(|tap| axis.element(5, place, tap));
        assert_eq!(taps(0), [None, Some(1)]);
        assert_eq!(taps(1), [Some(2), Some(4)]);
        assert_eq!(axis.stride(2).places(5), 3);
        assert_eq!([0, 1].map(|tap| axis.stride(2).element(5, 2, tap)), [Some(3), None]);
    }

    /// Every place lies on the padded map, and one more would not.
    #[test]
    fn places_are_all_there_are() {
        for number in 0..4_usize.pow(5) {
            let digit = |place: u32| number / 4_usize.pow(place) % 4;
            let axis = Axis {
                kernel: digit(0) + 1,
                stride: digit(1) + 1,
                dilation: digit(2) + 1,
                before: digit(3),
                after: digit(4),
            };
            for length in 1..8 {
                let padded = length + axis.before + axis.after;
                let fitting = (0..padded).step_by(axis.stride);
                let fitting = fitting.filter(|start| start + axis.extent() <= padded).count();
                assert_eq!(axis.places(length), fitting, "{axis:?} on {length}");
            }
        }
    }

    #[test]
    fn what_has_no_meaning_is_named() {
        let fine = Axis::kernel(3).padding(1, 1);
        assert_eq!(fine.check("rows", 1), Ok(()));
        let refusal = |axis: Axis, length| {
            axis.check("rows", length).expect_err("an illegal axis").to_string()
        };
        assert_eq!(refusal(Axis::kernel(0), 4), "kernel along rows 0; accepted: 1 to 65536");
        assert_eq!(refusal(fine.stride(0), 4), "stride along rows 0; accepted: 1 to 65536");
        assert_eq!(refusal(fine.dilation(0), 4), "dilation along rows 0; accepted: 1 to 65536");
        let padded = |before, after| refusal(Axis::kernel(3).padding(before, after), 4);
        let message = "padding before the first element along rows 3; accepted: 0 to 2";
        assert_eq!(padded(3, 0), message);
        let message = "padding after the last element along rows 3; accepted: 0 to 2";
        assert_eq!(padded(0, 3), message);
        let message = "kernel along rows 3 of extent 5; accepted: an extent of at most 4, the map \
                       with its padding";
        assert_eq!(refusal(Axis::kernel(3).dilation(2), 4), message);
        let enormous = Axis {
            kernel: usize::MAX,
            stride: 0,
            dilation: usize::MAX,
            before: usize::MAX,
            after: usize::MAX,
        };
        assert_eq!(enormous.places(usize::MAX), 0);
        assert!(refusal(enormous, usize::MAX).contains("kernel along rows"));
    }
}
