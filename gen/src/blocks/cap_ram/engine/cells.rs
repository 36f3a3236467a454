//! What is stored in the array, and what is applied to its columns.

/// The bits of the array: per slice and row one word, column 0 in the low bit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cells {
    slices: usize,
    rows: usize,
    words: Vec<u128>,
}

impl Cells {
    /// An array of zeros.
    pub fn new(slices: usize, rows: usize) -> Self {
        Self { slices, rows, words: vec![0; slices * rows] }
    }

    /// Number of slices.
    pub const fn slices(&self) -> usize {
        self.slices
    }

    /// Rows per slice.
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// Writes a word; one that does not exist is ignored, as no word line selects it.
    pub fn write(&mut self, slice: usize, row: usize, word: u128) {
        if slice < self.slices && row < self.rows {
            self.words[slice * self.rows + row] = word;
        }
    }

    /// Reads a word; one that does not exist is zero.
    pub fn read(&self, slice: usize, row: usize) -> u128 {
        let legal = slice < self.slices && row < self.rows;
        if legal { self.words[slice * self.rows + row] } else { 0 }
    }
}

/// Inputs without sign, one per column, as bit planes: bit `c` of plane `k` is bit `k` of input `c`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Inputs {
    planes: [u128; 8],
}

impl Inputs {
    /// The inputs of columns 0, 1, ..; the columns after the last value get zero, values after the
    /// 128th are ignored.
    pub fn new(values: &[u8]) -> Self {
        let mut planes = [[0; 16]; 8];
        for (group, values) in values.chunks(8).take(16).enumerate() {
            let mut rows = [0; 8];
            rows[..values.len()].copy_from_slice(values);
            let columns = transposed(u64::from_le_bytes(rows)).to_le_bytes();
            for (plane, byte) in planes.iter_mut().zip(columns) {
                plane[group] = byte;
            }
        }
        Self { planes: planes.map(u128::from_le_bytes) }
    }

    /// The same inputs without their bits above the lowest `bits`.
    pub fn cut(mut self, bits: u32) -> Self {
        self.planes[bits.min(8) as usize..].fill(0);
        self
    }

    /// The four planes that the converters of the columns take at a time.
    pub fn nibble(&self, high: bool) -> [u128; 4] {
        let [a, b, c, d, e, f, g, h] = self.planes;
        if high { [e, f, g, h] } else { [a, b, c, d] }
    }
}

/// An 8 x 8 matrix of bits, one byte per row, with rows and columns exchanged: first within blocks
/// of 2 x 2, then blocks of 4 x 4, then of all.
const fn transposed(rows: u64) -> u64 {
    let pairs = exchanged(rows, 7, 0x00AA_00AA_00AA_00AA);
    let fours = exchanged(pairs, 14, 0x0000_CCCC_0000_CCCC);
    exchanged(fours, 28, 0x0000_0000_F0F0_F0F0)
}

/// Exchanges the bits of `mask` with those `distance` places above them.
const fn exchanged(bits: u64, distance: u32, mask: u64) -> u64 {
    let differ = (bits ^ bits >> distance) & mask;
    bits ^ differ ^ differ << distance
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn planes_hold_the_bits_of_the_inputs() {
        let mut random = Random::new(1, 0);
        for count in [0, 1, 7, 8, 9, 100, 128, 130] {
            let values: Vec<_> = (0..count).map(|_| random.bits() as u8).collect();
            let planes = Inputs::new(&values).planes;
            for (bit, plane) in planes.into_iter().enumerate() {
                for column in 0..128 {
                    let expected = values.get(column).map_or(0, |value| value >> bit & 1);
                    assert_eq!(
                        (plane >> column & 1) as u8,
                        expected,
                        "bit {bit} of input {column}"
                    );
                }
            }
        }
    }
}
