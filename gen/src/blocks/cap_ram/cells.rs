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
        let mut planes = [0; 8];
        for (column, &value) in values.iter().take(128).enumerate() {
            for (bit, plane) in planes.iter_mut().enumerate() {
                *plane |= u128::from(value >> bit & 1) << column;
            }
        }
        Self { planes }
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
