//! Convolutions of any window as convolutions with a square kernel and equal padding.

use crate::answer::demand;
use hwgen_gen::blocks::spots::Shape;
use hwgen_numerics::{Axis, Convolution, Element};

/// A convolution in the terms of a layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Embedded {
    /// Its shape there.
    pub shape: Shape,
    /// Weights of each filter: channel, row, column of the square kernel.
    pub weights: Vec<i32>,
}

impl Embedded {
    /// `convolution` with `weights`, as the network holds them, on a map of such elements.
    pub fn new(
        convolution: &Convolution,
        weights: &[i32],
        element: Element,
    ) -> Result<Self, String> {
        let (rows, columns) = (&convolution.window.rows, &convolution.window.columns);
        demand(rows.stride == columns.stride, || {
            let (down, right) = (rows.stride, columns.stride);
            format!("strides of {down} rows and {right} columns; accepted: one for both")
        })?;
        let padding = [rows.before, rows.after, columns.before, columns.after];
        let padding = padding.into_iter().max().unwrap_or_default();
        demand(padding == 0 || element.zero_point() == 0, || {
            let zero = element.zero_point();
            format!("zero point {zero} of a map with pads; accepted: 0, as pads are zeros here")
        })?;
        let [height, width] = [rows, columns].map(|axis| kernel(axis, padding));
        demand(height == width, || {
            format!(
                "a window that needs a kernel of {height} x {width}; accepted: a square one, pads \
                 of all sides made equal"
            )
        })?;
        let shape = Shape {
            channels: convolution.input.channels,
            height: convolution.input.rows,
            width: convolution.input.columns,
            kernel: height,
            stride: rows.stride,
            padding,
            filters: convolution.filters,
        };
        let mut embedded = Self { shape, weights: vec![0; shape.filters * shape.patch()] };
        embedded.place(convolution, weights);
        Ok(embedded)
    }

    /// Puts every weight where its tap lies in the square kernel.
    fn place(&mut self, convolution: &Convolution, weights: &[i32]) {
        let (rows, columns) = (&convolution.window.rows, &convolution.window.columns);
        let Shape { kernel, padding, .. } = self.shape;
        let channels = convolution.group_channels();
        let place = |axis: &Axis, tap: usize| padding - axis.before + tap * axis.dilation;
        for (number, &weight) in weights.iter().enumerate() {
            let (rest, column) = (number / columns.kernel, number % columns.kernel);
            let (rest, row) = (rest / rows.kernel, rest % rows.kernel);
            let (filter, channel) = (rest / channels, rest % channels);
            let channel = filter / convolution.group_filters() * channels + channel;
            let row = place(rows, row);
            let filter = filter * self.shape.patch();
            let at = (channel * kernel + row) * kernel + place(columns, column);
            self.weights[filter + at] = weight;
        }
    }

    /// Weights of a filter in the order in which patches have their elements.
    pub fn row(&self, filter: usize) -> Vec<i64> {
        let shape = &self.shape;
        let kernel = shape.kernel;
        let weights = &self.weights[filter * shape.patch()..][..shape.patch()];
        let mut row = vec![0; shape.patch()];
        for (number, &weight) in weights.iter().enumerate() {
            let (channel, place) = (number / kernel.pow(2), number % kernel.pow(2));
            row[shape.element(channel, place / kernel, place % kernel)] = weight.into();
        }
        row
    }
}

/// Taps of an axis once its pads have grown to `padding` and dilation is filled up with zeros.
fn kernel(axis: &Axis, padding: usize) -> usize {
    axis.extent() + (padding - axis.before) + (padding - axis.after)
}
