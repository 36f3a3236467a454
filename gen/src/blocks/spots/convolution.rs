//! Convolution from its definition: loops over filters, windows, channels and the kernel.

/// Shape of a convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Shape {
    /// Channels of the map.
    pub channels: usize,
    /// Rows of the map.
    pub height: usize,
    /// Columns of the map.
    pub width: usize,
    /// Rows and columns of the kernel.
    pub kernel: usize,
    /// Rows and columns from window to window.
    pub stride: usize,
    /// Zeros around the map.
    pub padding: usize,
    /// Filters.
    pub filters: usize,
}

impl Shape {
    /// Rows of windows. The kernel must fit.
    pub const fn rows(&self) -> usize {
        (self.height + 2 * self.padding - self.kernel) / self.stride + 1
    }

    /// Windows of a row.
    pub const fn columns(&self) -> usize {
        (self.width + 2 * self.padding - self.kernel) / self.stride + 1
    }

    /// Windows.
    pub const fn windows(&self) -> usize {
        self.rows() * self.columns()
    }

    /// Elements of a patch.
    pub const fn patch(&self) -> usize {
        self.channels * self.kernel * self.kernel
    }

    /// Multiplications.
    pub const fn products(&self) -> u64 {
        (self.filters * self.windows() * self.patch()) as u64
    }

    /// Where an element stands in a patch: channel, row and column of the kernel, the column
    /// counted from the right, which is the order in which IM2COL units build patches.
    pub const fn element(&self, channel: usize, row: usize, column: usize) -> usize {
        (channel * self.kernel + row) * self.kernel + (self.kernel - 1 - column)
    }
}

/// How a sum is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arithmetic {
    /// Low bits that each product loses, rounding down.
    pub product_cut: u32,
    /// Bits of the sum, which wraps around.
    pub sum_width: u32,
    /// Bits of a result.
    pub result_width: u32,
}

impl Arithmetic {
    /// The sum of one filter at the window whose top left corner is (`row`, `column`) of the padded
    /// map. `map(channel, row, column)` is the map without padding.
    pub fn sum(
        &self,
        shape: &Shape,
        (row, column): (usize, usize),
        map: impl Fn(usize, usize, usize) -> i64,
        weight: impl Fn(usize, usize, usize) -> i64,
    ) -> i64 {
        let mut sum = 0_i64;
        for channel in 0..shape.channels {
            for kernel_row in 0..shape.kernel {
                for kernel_column in 0..shape.kernel {
                    let y = (row + kernel_row).checked_sub(shape.padding);
                    let x = (column + kernel_column).checked_sub(shape.padding);
                    let (Some(y), Some(x)) = (y, x) else { continue };
                    if y < shape.height && x < shape.width {
                        let product =
                            map(channel, y, x) * weight(channel, kernel_row, kernel_column);
                        sum += product >> self.product_cut;
                    }
                }
            }
        }
        self.wrapped(sum)
    }

    /// `sum` as its bits hold it.
    pub(super) fn wrapped(&self, sum: i64) -> i64 {
        let unused = 64 - self.sum_width;
        (sum << unused) >> unused
    }

    /// `saturate(floor((floor((sum + bias) scale / 2^cut) + 1) / 2))`: the rounding of the block
    /// `nmpu`, whose cut after rounding is zero here.
    pub fn requantise(&self, sum: i64, channel: Channel, cut: u32, relu: bool) -> i64 {
        let product = i128::from(sum + channel.bias) * i128::from(channel.scale);
        let rounded = ((product >> cut) + 1) >> 1;
        let largest = (1_i128 << (self.result_width - 1)) - 1;
        let smallest = if relu { 0 } else { -largest - 1 };
        rounded.clamp(smallest, largest) as i64
    }
}

/// What post-processing knows of a filter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Channel {
    /// Added to the sum.
    pub bias: i64,
    /// Multiplied with it; not negative.
    pub scale: i64,
}

/// How results of windows next to each other are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool {
    /// Rows and columns of results that make one; 1 leaves them as they are.
    pub size: usize,
    /// Their mean, rounded half up, instead of the largest.
    pub average: bool,
}

impl Pool {
    /// Joins `size` x `size` results.
    pub fn join(&self, results: impl Iterator<Item = i64>) -> i64 {
        if self.average {
            let count = (self.size * self.size) as i64;
            let doubled = 2 * results.sum::<i64>() + count;
            doubled.div_euclid(2 * count)
        } else {
            results.max().unwrap_or_default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use hwgen_numerics::{Coefficients, Element, Requantisation};

    const ARITHMETIC: Arithmetic = Arithmetic { product_cut: 0, sum_width: 24, result_width: 8 };

    /// The 3 x 3 map 1..9 and the kernel 1 2 / 3 4: the first sum is 1 + 4 + 12 + 20.
    #[test]
    fn a_convolution_by_hand() {
        let shape = Shape {
            channels: 1,
            height: 3,
            width: 3,
            kernel: 2,
            stride: 1,
            padding: 0,
            filters: 1,
        };
        let map = |_, row: usize, column: usize| (row * 3 + column + 1) as i64;
        let weight = |_, row: usize, column: usize| (row * 2 + column + 1) as i64;
        let corners = [(0, 0), (0, 1), (1, 0), (1, 1)];
        let sums = corners.map(|corner| ARITHMETIC.sum(&shape, corner, map, weight));
        assert_eq!(sums, [37, 47, 67, 77]);
        let padded = Shape { padding: 1, ..shape };
        assert_eq!((padded.rows(), padded.columns(), padded.windows()), (4, 4, 16));
        assert_eq!(ARITHMETIC.sum(&padded, (0, 0), map, weight), 4);
    }

    #[test]
    fn results_round_half_up_saturate_and_rectify() {
        let requantise =
            |sum, cut, relu| ARITHMETIC.requantise(sum, Channel { bias: 1, scale: 3 }, cut, relu);
        assert_eq!(requantise(0, 0, false), 2); // 3 / 2
        assert_eq!(requantise(-2, 0, false), -1); // -3 / 2
        assert_eq!(requantise(-2, 0, true), 0);
        assert_eq!(requantise(1000, 0, false), 127);
        assert_eq!(requantise(-1000, 0, false), -128);
        assert_eq!(requantise(1000, 4, false), 94); // 3003 / 32 = 93.8
    }

    #[test]
    fn results_are_an_instance_of_the_one_requantisation() {
        let mut random = Random::new(1, 0);
        let element = Element::new(ARITHMETIC.result_width, true, 0).expect("a legal element");
        for number in 0..20_000 {
            let (cut, relu) = (random.within(0, 40) as u32, number % 2 == 0);
            let channel = Channel {
                bias: random.within(-(1 << 23), (1 << 23) - 1),
                scale: random.within(0, (1 << 16) - 1),
            };
            let numbers = Coefficients {
                multipliers: [channel.scale as i32],
                bias: channel.bias * channel.scale + (1 << cut),
                shift: cut + 1,
            };
            let low = if relu { 0 } else { *element.range().start() };
            let clamp = low..=*element.range().end();
            let instance = Requantisation::new(element, clamp, vec![numbers]).expect("legal");
            let sum = random.within(-(1 << 23), (1 << 23) - 1);
            let result = ARITHMETIC.requantise(sum, channel, cut, relu);
            let expected = i64::from(instance.apply(0, [sum]));
            assert_eq!(result, expected, "{sum} {channel:?} {cut} {relu}");
        }
    }

    #[test]
    fn pools_take_the_largest_or_the_mean() {
        let largest = Pool { size: 2, average: false };
        let mean = Pool { size: 2, average: true };
        assert_eq!(largest.join([-3, -1, -7, -2].into_iter()), -1);
        assert_eq!(mean.join([1, 2, 3, 4].into_iter()), 3); // 2.5
        assert_eq!(mean.join([-1, -2, -3, -4].into_iter()), -2); // -2.5
    }

    #[test]
    fn sums_wrap_around() {
        assert_eq!(ARITHMETIC.wrapped(1 << 23), -(1 << 23));
        assert_eq!(ARITHMETIC.wrapped(-(1 << 23) - 1), (1 << 23) - 1);
    }
}
