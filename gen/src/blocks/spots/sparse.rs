//! The block-sparse format of weights: two bitmaps and the blocks that are not all zero.
//!
//! A matrix of weights has a row per filter and a column per element of a patch. Filters are
//! dealt out to *registers*: register `q` holds filters `q h .. (q + 1) h`, where `h` is the number
//! of rows of an array. A *line* is one column of one register; rows beyond the last filter are
//! zero. A line is cut into *blocks* of as many rows as the smallest array has.
//!
//! | part      | holds |
//! |-----------|-------|
//! | `columns` | M1: a bit per column: some line of it is not all zero |
//! | `blocks`  | M2: for every line of a live column a bit per block: it is not all zero |
//! | `weights` | the blocks that are not all zero |
//!
//! Lines are in the order chunk, column, register of the chunk; a chunk is as many registers as a
//! processing element has. A matrix of zeros is stored with its first block, so that no part is
//! ever empty.

/// What a matrix is cut into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Columns of the matrix: elements of a patch.
    pub columns: usize,
    /// Registers: lines per column.
    pub registers: usize,
    /// Registers of a chunk.
    pub chunk: usize,
    /// Rows of an array.
    pub height: usize,
    /// Rows of a block.
    pub block: usize,
    /// Blocks that a line of the weight store holds; those beyond `height` are unused.
    pub blocks: usize,
}

/// A matrix of weights as the accelerator reads it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Packed {
    /// M1, 32 columns to a word, the first in the lowest bit.
    pub columns: Vec<u32>,
    /// M2, a word per line, the first block in the lowest bit.
    pub blocks: Vec<u32>,
    /// Blocks in the order of their bits, rows in rising order.
    pub weights: Vec<Vec<i64>>,
}

/// Why parts do not make a matrix.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum PackedError {
    /// M1 has the wrong length.
    #[error("bitmap of columns: {got} words for {columns} columns; accepted: {expected}")]
    Columns {
        /// Columns of the matrix.
        columns: usize,
        /// Words there are.
        got: usize,
        /// Words there should be.
        expected: usize,
    },
    /// M1 has a bit beyond the last column, or none at all.
    #[error("bitmap of columns: {0}")]
    Live(&'static str),
    /// M2 has the wrong length.
    #[error("bitmap of blocks: {got} lines, but the columns that live need {expected}")]
    Blocks {
        /// Lines there are.
        got: usize,
        /// Lines there should be.
        expected: usize,
    },
    /// The payload does not have the blocks that M2 says.
    #[error("weights: {got} blocks, but the bitmap of blocks marks {expected}")]
    Weights {
        /// Blocks there are.
        got: usize,
        /// Blocks there should be.
        expected: usize,
    },
}

impl Cut {
    /// Every line in the order of the format, as (column, register).
    fn lines(&self, live: &[usize]) -> Vec<(usize, usize)> {
        let chunks = (0..self.registers).step_by(self.chunk);
        let chunk = |first: usize| {
            let registers = first..(first + self.chunk).min(self.registers);
            live.iter().flat_map(move |&column| registers.clone().map(move |q| (column, q)))
        };
        chunks.flat_map(chunk).collect()
    }

    /// Packs `weight(filter, column)`; filters beyond the last are zero.
    pub fn pack(&self, weight: impl Fn(usize, usize) -> i64) -> Packed {
        let rows = self.registers * self.height;
        let is_live = |&column: &usize| (0..rows).any(|row| weight(row, column) != 0);
        let mut live: Vec<_> = (0..self.columns).filter(is_live).collect();
        let empty = live.is_empty();
        if empty {
            live.push(0);
        }
        let mut packed =
            Packed { columns: vec![0; self.columns.div_ceil(32)], ..Packed::default() };
        for &column in &live {
            packed.columns[column / 32] |= 1 << (column % 32);
        }
        for (column, register) in self.lines(&live) {
            let mut bits = 0;
            for block in 0..self.height / self.block {
                let first = register * self.height + block * self.block;
                let rows = (first..first + self.block).map(|row| weight(row, column));
                let rows: Vec<_> = rows.collect();
                let stored_anyway = empty && packed.weights.is_empty();
                if stored_anyway || rows.iter().any(|&weight| weight != 0) {
                    bits |= 1 << block;
                    packed.weights.push(rows);
                }
            }
            packed.blocks.push(bits);
        }
        packed
    }

    /// The columns of `packed` that live, in no more memory than it takes itself, however large the
    /// matrix is that it claims to be.
    ///
    /// # Errors
    /// If the parts contradict each other.
    pub(super) fn check(&self, packed: &Packed) -> Result<Vec<usize>, PackedError> {
        let live = self.live(&packed.columns)?;
        let (got, expected) = (packed.blocks.len(), live.len() * self.registers);
        if got != expected {
            return Err(PackedError::Blocks { got, expected });
        }
        let marked = packed.blocks.iter().map(|bits| bits.count_ones() as usize).sum();
        if marked != packed.weights.len() || marked == 0 {
            let (got, expected) = (packed.weights.len(), marked);
            return Err(PackedError::Weights { got, expected });
        }
        Ok(live)
    }

    /// The matrix that `packed` stands for: a row per filter, registers filled up. Blocks that no
    /// array has are read and forgotten.
    ///
    /// # Errors
    /// If the parts contradict each other.
    pub fn unpack(&self, packed: &Packed) -> Result<Vec<Vec<i64>>, PackedError> {
        let lines = self.lines(&self.check(packed)?);
        let mut matrix = vec![vec![0; self.columns]; self.registers * self.height];
        let mut payload = packed.weights.iter();
        for (&(column, register), bits) in lines.iter().zip(&packed.blocks) {
            for block in (0..self.blocks).filter(|block| bits >> block & 1 == 1) {
                let Some(rows) = payload.next() else { break };
                if (block + 1) * self.block <= self.height {
                    let first = register * self.height + block * self.block;
                    for (row, &weight) in rows.iter().enumerate() {
                        matrix[first + row][column] = weight;
                    }
                }
            }
        }
        Ok(matrix)
    }

    /// The columns that M1 says live.
    pub(super) fn live(&self, words: &[u32]) -> Result<Vec<usize>, PackedError> {
        let (columns, got, expected) = (self.columns, words.len(), self.columns.div_ceil(32));
        if got != expected {
            return Err(PackedError::Columns { columns, got, expected });
        }
        let is_live = |&column: &usize| words[column / 32] >> (column % 32) & 1 == 1;
        if (columns..32 * got).any(|column| is_live(&column)) {
            return Err(PackedError::Live("a column beyond the last is marked"));
        }
        let live: Vec<_> = (0..columns).filter(is_live).collect();
        if live.is_empty() {
            return Err(PackedError::Live("no column is marked"));
        }
        Ok(live)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    const CUT: Cut = Cut { columns: 70, registers: 5, chunk: 2, height: 8, block: 4, blocks: 4 };

    fn matrix(density: i64, seed: u64) -> Vec<Vec<i64>> {
        let mut random = Random::new(seed, 0);
        let live: Vec<_> = (0..CUT.columns).map(|_| random.within(1, 100) <= density).collect();
        let mut weight = |column: usize| match live[column] && random.within(1, 100) <= density {
            true => random.within(-9, 9),
            false => 0,
        };
        (0..40).map(|_| (0..CUT.columns).map(&mut weight).collect()).collect()
    }

    /// A few words that claim to be a matrix larger than any memory.
    #[test]
    fn what_a_matrix_claims_to_be_takes_no_memory() {
        let cut = Cut { columns: 1 << 20, registers: 1 << 40, ..CUT };
        let columns = vec![u32::MAX; 1 << 15];
        let packed = Packed { columns, blocks: vec![1], weights: vec![vec![1; 4]] };
        let expected = 1 << 60;
        assert_eq!(cut.unpack(&packed), Err(PackedError::Blocks { got: 1, expected }));
    }

    #[test]
    fn matrices_survive_packing() {
        for (seed, density) in [0, 1, 5, 30, 70, 100].into_iter().enumerate() {
            let matrix = matrix(density, seed as u64);
            let packed = CUT.pack(|filter, column| matrix[filter][column]);
            assert_eq!(CUT.unpack(&packed), Ok(matrix), "density {density}");
        }
    }

    /// Two columns of one register: a block of two rows in each, and a column between them that
    /// nobody needs.
    #[test]
    fn a_small_matrix_by_hand() {
        let cut = Cut { columns: 3, registers: 1, chunk: 1, height: 4, block: 2, blocks: 2 };
        let matrix = [[1, 0, 0], [2, 0, 0], [0, 0, 3], [0, 0, 4]];
        let packed = cut.pack(|filter, column| matrix[filter][column]);
        assert_eq!(packed.columns, [0b101]);
        assert_eq!(packed.blocks, [0b01, 0b10]);
        assert_eq!(packed.weights, [[1, 2], [3, 4]]);
    }

    #[test]
    fn parts_that_disagree_are_refused() {
        let matrix = matrix(50, 3);
        let packed = CUT.pack(|filter, column| matrix[filter][column]);
        let spoilt = |spoil: &dyn Fn(&mut Packed)| {
            let mut packed = packed.clone();
            spoil(&mut packed);
            CUT.unpack(&packed).expect_err("parts that disagree").to_string()
        };
        let words = spoilt(&|packed| packed.columns.truncate(2));
        assert_eq!(words, "bitmap of columns: 2 words for 70 columns; accepted: 3");
        assert!(spoilt(&|packed| packed.columns[2] |= 1 << 31).contains("beyond the last"));
        assert!(spoilt(&|packed| packed.columns.fill(0)).contains("no column"));
        assert!(spoilt(&|packed| packed.blocks.truncate(7)).contains("7 lines, but"));
        assert!(spoilt(&|packed| packed.weights.truncate(7)).contains("7 blocks, but"));
        assert!(spoilt(&|packed| packed.blocks[0] ^= 1).contains("the bitmap of blocks marks"));
    }
}
