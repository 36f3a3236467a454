//! What a block is: the two traits every folder under `blocks/` implements.

use crate::goals::Cross;
use crate::interface::Interface;
use crate::random::Random;
use crate::traffic::Traffic;
use crate::verilog::Ident;
use crate::{DesignError, Memory, PhaseError, Source, SpecError};
use clap::{Args, Command, FromArgMatches};
use serde::Serialize;
use std::any::Any;

/// A kind of hardware: what may be typed, and what it means.
pub trait Block: 'static {
    /// What may be typed: one field per flag. Serialises in kebab case, as the flags are spelt.
    type Params: Args + Serialize;
    /// What it means: legal by construction, so that every later step is infallible.
    type Spec: Spec + 'static;

    /// Name on the command line and default name of the top module.
    const NAME: &'static str;
    /// What it is, in one line.
    const SUMMARY: &'static str;
    /// Where it comes from: paper, section.
    const SOURCE: &'static str;
    /// Named parameter sets that the evidence covers in full: name and flags. The first is
    /// `("default", "")`; each of the others is there for a branch of the templates.
    const CONFIGURATIONS: &'static [Configuration];

    /// Flags that are legal one by one and contradict each other; each must be refused with a
    /// clear message.
    const CONTRADICTIONS: &'static [&'static str] = &[];

    /// Flag sets whose `rust_hdl` twin must be proven equivalent to the template's RTL; faults of
    /// the first one must be refuted. Empty for a block without a twin.
    const TWINS: &'static [&'static str] = &[];

    /// Checks the parameters against each other and derives everything else.
    fn spec(params: &Self::Params) -> Result<Self::Spec, SpecError>;

    /// The design that `flags` describe, as they would be typed, in its own type: for what this
    /// block alone can do.
    fn parse(flags: &str) -> Result<Self::Spec, DesignError> {
        let command = Command::new(Self::NAME).no_binary_name(true).args_override_self(true);
        let matches =
            Self::Params::augment_args(command).try_get_matches_from(flags.split_whitespace())?;
        Ok(Self::spec(&Self::Params::from_arg_matches(&matches)?)?)
    }
}

/// A name and the flags it stands for, as they would be typed.
pub type Configuration = (&'static str, &'static str);

/// A legal design in all that is asked of it.
pub trait Spec: Package + Proof + Measurement {}

impl<T: Package + Proof + Measurement> Spec for T {}

/// What the package of a legal design holds: its Verilog, its golden model, and what is promised.
pub trait Package: Any + Send + Sync {
    /// The ports of the top module.
    fn interface(&self) -> Interface;

    /// The synthesizable modules, top first. `top` names the first; modules that exist only for
    /// it are called `<top>_<part>`, so that two designs can live in one chip.
    fn modules(&self, top: &Ident) -> Vec<Source>;

    /// Behavioural modules, for simulation only.
    fn cells(&self, _top: &Ident) -> Vec<Source> {
        Vec::new()
    }

    /// The memories in the synthesizable modules: all instances of [`MemoryKind`]. The evidence
    /// compares them with those that Yosys finds.
    ///
    /// [`MemoryKind`]: crate::MemoryKind
    fn memories(&self) -> Vec<Memory> {
        Vec::new()
    }

    /// What is simulated. Usually the top module itself; a controller of analog cells is
    /// simulated together with them, in a behavioural module of [`Self::cells`].
    fn bench(&self, top: &Ident) -> Bench {
        Bench { module: top.as_str().to_owned(), interface: self.interface() }
    }

    /// A fresh golden model of the bench, in its state after reset.
    fn golden(&self) -> Box<dyn Golden>;

    /// What golden model and bench take for granted of stimulus, of which nothing is known but that
    /// its beats have the right formats: that operations are whole within a phase, and use nothing
    /// that was not there before.
    ///
    /// # Errors
    /// The first phase of which that is not true.
    fn check(&self, _phases: &[Traffic]) -> Result<(), PhaseError> {
        Ok(())
    }

    /// The timing contract, where every beat in causes one beat out.
    fn timing(&self) -> Vec<Path>;

    /// The timing contract of a design whose beats do not correspond one to one: clock cycles from
    /// the one that takes the first input beat of `phases`, played from reset, to the one that
    /// takes the last result, both included, while nothing is stalled. Co-simulation checks it.
    fn predicted_cycles(&self, _phases: &[Traffic]) -> Prediction {
        Prediction::None
    }

    /// Derived numbers a user wants to know: widths, cuts, latencies in other units.
    fn facts(&self) -> Vec<Fact>;
}

/// What the timing contract says of a whole batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prediction {
    /// Nothing: it tells of single beats.
    None,
    /// So many clock cycles.
    Cycles(u64),
    /// More than [`Self::MOST`].
    Beyond,
}

impl Prediction {
    /// Clock cycles up to which a rule counts that has to go from one to the next: a minute's work,
    /// and more than a co-simulation plays.
    pub const MOST: u64 = 1_000_000_000;

    /// So many clock cycles, if they are.
    pub const fn cycles(self) -> Option<u64> {
        match self {
            Self::Cycles(cycles) => Some(cycles),
            Self::None | Self::Beyond => None,
        }
    }

    /// Whether there is a rule for whole batches.
    pub const fn is_made(self) -> bool {
        !matches!(self, Self::None)
    }
}

/// What its evidence needs: stimulus, faults, a second description.
pub trait Proof: Package {
    /// Stimulus that visits every corner: extremes, ties, illegal indices. Scenes follow each
    /// other, the first one from reset.
    fn corners(&self) -> Vec<Scene>;

    /// More corners, which show what the fields of their beats do not tell, such as a store that
    /// overflows: the emitted bench plays these before any other, so they are short.
    fn essentials(&self) -> Vec<Scene> {
        Vec::new()
    }

    /// Fields on which the hardware depends together, so that stimulus has to play them in pairs.
    fn crosses(&self) -> Vec<Cross> {
        Vec::new()
    }

    /// About `beats` beats of random stimulus, in as many phases as the block needs.
    /// It must not rely on what earlier stimulus left behind.
    fn vectors(&self, random: &mut Random, beats: usize) -> Vec<Traffic>;

    /// Equal units that work side by side, such as processing elements: what tools take for a
    /// design grows with their number. One, unless there can be very many.
    fn units(&self) -> u32 {
        1
    }

    /// Deliberate faults in the emitted RTL; the evidence must notice each one.
    fn mutants(&self, top: &Ident) -> Vec<Mutant>;

    /// A controller described a second time, in `rust_hdl`. The first module has the name and the
    /// ports of the one of [`Package::modules`] that it stands for, with that one's parts
    /// `<name>_<part>`. None if the design has no second description.
    fn twin(&self, _top: &Ident) -> Vec<Source> {
        Vec::new()
    }
}

/// What is measured of it.
pub trait Measurement: Package {
    /// Measurements a user expects in a simulation report, such as the linearity of a converter.
    fn experiments(&self) -> Vec<Experiment> {
        Vec::new()
    }

    /// Work of the golden model that users do in bulk, so that its speed is worth watching.
    fn kernels(&self) -> Vec<Kernel> {
        Vec::new()
    }
}

/// Phases that rely on nothing that other scenes left behind: any choice of scenes, in any order,
/// is stimulus.
pub type Scene = Vec<Traffic>;

/// A bit-exact model, in plain integers, written from the contract and never from the RTL.
pub trait Golden: Send {
    /// Takes one phase (beats per input stream) and appends what comes out (beats per output
    /// stream).
    fn run(&mut self, phase: &Traffic, results: &mut Traffic);
}

/// The module a simulation drives, and its ports.
#[derive(Clone, Debug)]
pub struct Bench {
    /// Name of the module.
    pub module: String,
    /// Its ports.
    pub interface: Interface,
}

/// Promise about the beats of one input stream that each cause one beat of an output stream,
/// while nothing is stalled. Co-simulation checks it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Path {
    /// Input stream.
    pub from: &'static str,
    /// Output stream.
    pub to: &'static str,
    /// Clock cycles from the edge that takes the input to the edge that takes its result.
    pub latency: u32,
    /// Clock cycles between successive beats.
    pub interval: u32,
}

/// A derived number of a design, or a derived format.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fact {
    /// Short name in lower case.
    pub name: String,
    /// Its value.
    pub value: Value,
    /// Unit of the value, if it has one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub unit: String,
    /// What it means and how it follows.
    pub meaning: String,
}

/// The value of a [`Fact`].
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// A count.
    Whole(u64),
    /// A measure.
    Real(f64),
    /// What is no number.
    Text(String),
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Whole(number.into())
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Whole(number)
    }
}

impl From<usize> for Value {
    fn from(number: usize) -> Self {
        Self::Whole(number as u64)
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Real(number)
    }
}

impl Fact {
    /// A number of `unit`, or one without unit if that is empty.
    pub fn number(
        name: impl Into<String>,
        value: impl Into<Value>,
        unit: impl Into<String>,
        meaning: impl Into<String>,
    ) -> Self {
        let (name, value) = (name.into(), value.into());
        Self { name, value, unit: unit.into(), meaning: meaning.into() }
    }

    /// What is no number.
    pub fn text(name: &str, value: impl ToString, meaning: impl Into<String>) -> Self {
        Self::number(name, Value::Text(value.to_string()), "", meaning)
    }

    /// Value and unit, as a person reads them.
    pub fn shown(&self) -> String {
        let value = match &self.value {
            Value::Whole(number) => number.to_string(),
            Value::Real(number) => ((number * 1e4).round() / 1e4).to_string(),
            Value::Text(text) => text.clone(),
        };
        format!("{value} {}", self.unit).trim_end().to_owned()
    }
}

/// A deliberate fault: `find` occurs exactly once in `module` and is replaced.
#[derive(Clone, Debug)]
pub struct Mutant {
    /// What breaks.
    pub what: &'static str,
    /// Module it is in.
    pub module: String,
    /// Text as emitted.
    pub find: String,
    /// Text of the fault.
    pub replace: String,
    /// Why the bench of a package, unlike the co-simulation, cannot notice it.
    pub unseen: Option<&'static str>,
}

impl Mutant {
    /// A fault in `module`.
    pub fn new(what: &'static str, module: &Ident, find: &str, replace: &str) -> Self {
        let (find, replace) = (find.to_owned(), replace.to_owned());
        Self { what, module: module.to_string(), find, replace, unseen: None }
    }

    /// The same fault, which the bench of a package cannot notice: why.
    #[must_use]
    pub fn unseen(self, why: &'static str) -> Self {
        Self { unseen: Some(why), ..self }
    }
}

/// A measurement on the simulated bench: what to apply, and what to conclude from the results.
pub struct Experiment {
    /// What is measured.
    pub name: &'static str,
    /// Stimulus, phase by phase.
    pub stimulus: Vec<Traffic>,
    /// What the beats of the output streams say.
    pub evaluate: Evaluate,
}

/// Work of a golden model, in units of its own.
pub struct Kernel {
    /// What a unit is.
    pub unit: &'static str,
    /// Under which conditions, and what is counted.
    pub condition: String,
    /// Units per minute and core that users can count on.
    pub aim: f64,
    /// Does that many units of work.
    pub run: Box<dyn Fn(u32) + Send + Sync>,
}

/// Turns the beats of all output streams into findings.
pub type Evaluate = Box<dyn Fn(&Traffic) -> Findings>;

/// What an experiment found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Findings {
    /// Measured numbers.
    pub figures: Vec<Figure>,
    /// Measured curves.
    pub curves: Vec<Curve>,
    /// What could not be measured, and why.
    pub notes: Vec<String>,
}

/// A measured number.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figure {
    /// Name.
    pub name: &'static str,
    /// Value.
    pub value: f64,
    /// Unit.
    pub unit: &'static str,
    /// Under which conditions.
    pub condition: String,
}

/// A measured dependence, to be drawn.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Curve {
    /// Name.
    pub name: &'static str,
    /// Under which conditions.
    pub condition: String,
    /// What runs along the horizontal axis, with its unit.
    pub x: &'static str,
    /// What runs along the vertical axis, with its unit.
    pub y: &'static str,
    /// Points in the order of `x`.
    pub points: Vec<(f64, f64)>,
}
