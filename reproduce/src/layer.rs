//! Convolution layers and networks of them.

/// A convolution layer, or several of the same shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    /// Name within its network.
    pub name: String,
    /// Input channels, of all groups together.
    pub channels: u64,
    /// Rows of the input map, without padding.
    pub height: u64,
    /// Columns of the input map, without padding.
    pub width: u64,
    /// Rows and columns of the kernel.
    pub kernel: u64,
    /// Distance between windows.
    pub stride: u64,
    /// Zeros around the map.
    pub padding: u64,
    /// Filters, of all groups together.
    pub filters: u64,
    /// Groups of channels and filters that do not see each other.
    pub groups: u64,
    /// How often this shape occurs in a row.
    pub repetitions: u64,
}

impl Layer {
    /// A layer of one group on a square map, padded so that stride 1 keeps its size.
    pub fn same(
        name: impl Into<String>,
        [channels, side]: [u64; 2],
        kernel: u64,
        filters: u64,
    ) -> Self {
        Self {
            name: name.into(),
            channels,
            height: side,
            width: side,
            kernel,
            stride: 1,
            padding: kernel / 2,
            filters,
            groups: 1,
            repetitions: 1,
        }
    }

    /// The same layer with this stride.
    pub fn stride(self, stride: u64) -> Self {
        Self { stride, ..self }
    }

    /// The same layer with this padding.
    pub fn padding(self, padding: u64) -> Self {
        Self { padding, ..self }
    }

    /// The same layer in this many groups.
    pub fn groups(self, groups: u64) -> Self {
        Self { groups, ..self }
    }

    /// The same layer, this often.
    pub fn repetitions(self, repetitions: u64) -> Self {
        Self { repetitions, ..self }
    }

    /// Rows of windows.
    pub fn window_rows(&self) -> u64 {
        (self.height + 2 * self.padding - self.kernel) / self.stride + 1
    }

    /// Windows in a row.
    pub fn window_columns(&self) -> u64 {
        (self.width + 2 * self.padding - self.kernel) / self.stride + 1
    }

    /// Windows of one repetition.
    pub fn windows(&self) -> u64 {
        self.window_rows() * self.window_columns()
    }

    /// Filters of one group: rows of its filter matrix.
    pub fn group_filters(&self) -> u64 {
        self.filters / self.groups
    }

    /// Channels of one group.
    pub fn group_channels(&self) -> u64 {
        self.channels / self.groups
    }

    /// Elements of a patch as one filter sees it: columns of a group's filter matrix.
    pub fn patch(&self) -> u64 {
        self.group_channels() * self.kernel * self.kernel
    }

    /// Multiplications of all repetitions.
    pub fn macs(&self) -> u64 {
        self.repetitions * self.filters * self.windows() * self.patch()
    }

    /// Weights of all repetitions.
    pub fn weights(&self) -> u64 {
        self.repetitions * self.filters * self.patch()
    }
}

/// The convolution layers of a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    /// As the papers call it.
    pub name: &'static str,
    /// In the order of computation.
    pub layers: Vec<Layer>,
}

impl Network {
    /// Adds up what `of` says of each layer.
    pub fn sum(&self, of: impl Fn(&Layer) -> u64) -> u64 {
        self.layers.iter().map(of).sum()
    }
}
