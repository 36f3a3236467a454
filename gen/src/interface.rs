//! The port list, declared once: streams of typed fields, plus plain pins.
//!
//! Templates, co-simulation harness, test bench and metadata all read an [`Interface`].

use crate::beat::Place;
use crate::verilog::{Direction, Format, Port, PortGroup, Ports, Width};

/// The clock port of every module.
pub const CLOCK: &str = "clk_i";
/// The reset port of every module, active low.
pub const RESET: &str = "rst_ni";

/// One payload signal of a stream: `count` elements of one format side by side, element 0 in the
/// low bits. Its port is `<stream>_<field>_i` or `_o`. A design that has none of them lacks it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Name within the stream, which its beat gives it.
    pub name: &'static str,
    /// Where it is in the beat.
    pub place: Place,
    /// Format of one element, at most 64 bits.
    pub format: Format,
    /// Elements side by side.
    pub count: u32,
    /// What it means.
    pub doc: &'static str,
    /// Least and largest legal raw value. What values beyond do is part of the block's contract:
    /// they are reported, clamped or without effect, and never undefined.
    pub legal: (i128, i128),
    /// The largest value that stimulus has to reach, where a value is an amount of work, so that
    /// the largest legal one might take minutes.
    pub amount: Option<i128>,
}

impl Field {
    /// A single value, of which every one is legal.
    ///
    /// # Panics
    /// If it is wider than 64 bits.
    pub fn new(format: Format) -> Self {
        assert!(format.width().bits() <= 64, "{format} cannot be packed");
        let legal = (format.min(), format.max());
        Self { name: "", place: Place::FIRST, format, count: 1, doc: "", legal, amount: None }
    }

    /// `count` of them side by side.
    pub const fn times(mut self, count: u32) -> Self {
        self.count *= count;
        self
    }

    /// The same field in a design that `has` it, none in another.
    pub fn only_if(self, has: bool) -> Self {
        self.times(has.into())
    }

    /// Whether the design has it.
    pub const fn is_present(&self) -> bool {
        self.count > 0
    }

    /// The same as a field of a beat.
    pub(crate) const fn called(
        mut self,
        name: &'static str,
        doc: &'static str,
        place: Place,
    ) -> Self {
        (self.name, self.doc, self.place) = (name, doc, place);
        self
    }

    /// The same field where only the values from `low` to `high` are legal.
    ///
    /// # Panics
    /// If the format does not hold them.
    pub fn within(mut self, low: impl Into<i128>, high: impl Into<i128>) -> Self {
        let (low, high) = (low.into(), high.into());
        assert!(
            self.format.min() <= low && low <= high && high <= self.format.max(),
            "{} cannot hold {low} to {high}",
            self.format
        );
        self.legal = (low, high);
        self
    }

    /// The same field where every value is legal.
    pub const fn unlimited(mut self) -> Self {
        self.legal = (self.format.min(), self.format.max());
        self
    }

    /// The same field, an amount of work of which stimulus reaches `most`; see [`Self::amount`].
    pub fn amount(mut self, most: impl Into<i128>) -> Self {
        self.amount = Some(most.into().min(self.legal.1));
        self
    }

    /// Whether it can hold values that are not legal.
    pub fn is_limited(&self) -> bool {
        self.legal != (self.format.min(), self.format.max())
    }

    /// Whether it can hold more than the largest legal value.
    pub const fn may_exceed(&self) -> bool {
        self.legal.1 < self.format.max()
    }

    /// Width of the whole signal.
    pub const fn width(&self) -> Width {
        self.format.width().times(self.count)
    }
}

/// A valid/ready stream: `<name>_valid`, `<name>_ready` and one signal per field.
///
/// A beat moves in a cycle in which valid and ready are both high. `valid` never waits for
/// `ready`; once valid, the payload holds until taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream {
    /// Prefix of its ports.
    pub name: &'static str,
    /// Direction of the payload seen from the module.
    pub direction: Direction,
    /// Payload signals.
    pub fields: Vec<Field>,
    /// What it carries; the comment above its ports.
    pub doc: String,
}

impl Stream {
    /// A stream into the module.
    pub fn input(name: &'static str, doc: impl Into<String>, fields: Vec<Field>) -> Self {
        Self { name, direction: Direction::Input, fields, doc: doc.into() }
    }

    /// A stream out of the module.
    pub fn output(name: &'static str, doc: impl Into<String>, fields: Vec<Field>) -> Self {
        Self { name, direction: Direction::Output, fields, doc: doc.into() }
    }

    /// Name of the valid port.
    pub fn valid(&self) -> String {
        format!("{}_valid_{}", self.name, self.forward())
    }

    /// Name of the ready port.
    pub fn ready(&self) -> String {
        let suffix = if self.direction == Direction::Input { "o" } else { "i" };
        format!("{}_ready_{suffix}", self.name)
    }

    /// Name of the port of `field`.
    pub fn data(&self, field: &Field) -> String {
        format!("{}_{}_{}", self.name, field.name, self.forward())
    }

    /// Width of all fields side by side, the first field in the low bits.
    pub fn width(&self) -> Width {
        Width::new(self.fields.iter().map(|field| field.width().bits()).sum())
    }

    const fn forward(&self) -> &'static str {
        match self.direction {
            Direction::Input => "i",
            Direction::Output => "o",
        }
    }

    /// Its ports.
    pub fn port_group(&self) -> PortGroup {
        let bit = Width::new(1);
        let forward = |name, width| Port { name, direction: self.direction, width };
        let ready = match self.direction {
            Direction::Input => Port::output(self.ready(), bit),
            Direction::Output => Port::input(self.ready(), bit),
        };
        let mut ports = vec![forward(self.valid(), bit), ready];
        ports.extend(self.fields.iter().map(|field| forward(self.data(field), field.width())));
        PortGroup::new(self.doc.clone(), ports)
    }
}

/// Everything a module exchanges with its surroundings. Clock `clk_i` and reset `rst_ni` (active
/// low, asserted asynchronously) are implied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// Streams in port order.
    pub streams: Vec<Stream>,
    /// Ports outside any stream, such as wires to an analog cell.
    pub pins: Vec<PortGroup>,
}

impl Interface {
    /// An interface of streams only.
    pub const fn of_streams(streams: Vec<Stream>) -> Self {
        Self { streams, pins: Vec::new() }
    }

    /// Streams into the module, in order.
    pub fn inputs(&self) -> Vec<&Stream> {
        self.of(Direction::Input)
    }

    /// Streams out of the module, in order.
    pub fn outputs(&self) -> Vec<&Stream> {
        self.of(Direction::Output)
    }

    /// All ports, grouped and in order.
    pub fn ports(&self) -> Ports {
        let mut groups = vec![PortGroup::clock_and_reset()];
        groups.extend(self.streams.iter().map(Stream::port_group));
        groups.extend(self.pins.iter().cloned());
        Ports(groups)
    }

    fn of(&self, direction: Direction) -> Vec<&Stream> {
        self.streams.iter().filter(|stream| stream.direction == direction).collect()
    }
}
