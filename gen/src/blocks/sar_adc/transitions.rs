//! How evenly the codes of a converter follow each other.

/// Where successive codes begin, ascending, in LSB.
///
/// The straight line through the first and the last of them is the converter without offset and
/// gain error: what is left are its non-linearities.
#[derive(Clone, Debug)]
pub struct Transitions(Vec<f64>);

impl Transitions {
    /// Transitions at these inputs.
    pub const fn new(inputs: Vec<f64>) -> Self {
        Self(inputs)
    }

    /// The first one; 0 if there is none.
    pub fn first(&self) -> f64 {
        self.0.first().copied().unwrap_or_default()
    }

    /// Mean width of a code between the first and the last transition; 1 if there are no two.
    pub fn width(&self) -> f64 {
        match self.0.as_slice() {
            [first, .., last] => (last - first) / (self.0.len() - 1) as f64,
            _ => 1.0,
        }
    }

    /// Integral non-linearity: deviation of every transition from the line through the first and
    /// the last, in widths.
    pub fn inl(&self) -> Vec<f64> {
        let (first, width) = (self.first(), self.width());
        let transitions = self.0.iter().enumerate();
        transitions.map(|(index, at)| (at - first) / width - index as f64).collect()
    }

    /// Differential non-linearity: width of every code between two transitions, in widths, less
    /// one.
    pub fn dnl(&self) -> Vec<f64> {
        let width = self.width();
        self.0.windows(2).map(|pair| (pair[1] - pair[0]) / width - 1.0).collect()
    }

    /// Largest magnitude of [`Self::inl`].
    pub fn largest_inl(&self) -> f64 {
        largest(&self.inl())
    }

    /// Largest magnitude of [`Self::dnl`].
    pub fn largest_dnl(&self) -> f64 {
        largest(&self.dnl())
    }
}

/// Largest magnitude; 0 if there is no number.
pub fn largest(numbers: &[f64]) -> f64 {
    numbers.iter().fold(0.0, |largest, number| number.abs().max(largest))
}
