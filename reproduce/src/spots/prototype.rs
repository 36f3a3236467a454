//! The published chip: its array, and how the rows can be divided.

/// Rows of processing elements of the published prototype.
pub const ROWS: u64 = 128;

/// Columns of the prototype.
pub const COLUMNS: u64 = 4;

/// Sums that a processing element of the prototype can hold.
pub const REGISTERS: u64 = 4;

/// Processing elements of the prototype.
pub const ELEMENTS: u64 = ROWS * COLUMNS;

/// Clock of the prototype.
pub const CLOCK_HZ: f64 = 500e6;

/// Into how many arrays the rows are divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// One tall array.
    Tall,
    /// Two of half the height.
    Two,
    /// Four of a quarter.
    Four,
}

impl Mode {
    /// All modes.
    pub const ALL: [Self; 3] = [Self::Tall, Self::Two, Self::Four];

    /// Number of arrays.
    pub fn arrays(self) -> u64 {
        match self {
            Self::Tall => 1,
            Self::Two => 2,
            Self::Four => 4,
        }
    }

    /// Rows of each array.
    pub fn rows(self) -> u64 {
        ROWS / self.arrays()
    }

    /// Patches that one step works on, in all arrays together.
    pub fn patches(self) -> u64 {
        COLUMNS * self.arrays()
    }
}
