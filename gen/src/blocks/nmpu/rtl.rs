//! From the specification to Verilog: widths, register boundaries and template contexts.

use super::interface::CoefficientsBeat;
use super::{Activation, Nmpu};
use crate::block::Package;
use crate::library;
use crate::source::rendered;
use crate::verilog::{Ident, Literal, Part, Port, PortGroup, Ports, Width};
use crate::{Memory, Source};
use askama::Template;
use std::fmt;

/// Widths of everything between entry and result.
#[derive(Clone, Copy, Debug)]
pub(super) struct Widths {
    pub entry: Width,
    pub scale: Width,
    pub scale_low: Width,
    pub scale_high: Width,
    pub partial_low: Width,
    pub partial_high: Width,
    pub product: Width,
    pub offset: Width,
    pub coefficients: Width,
    pub sum: Width,
    pub result: Width,
    pub column: Width,
}

impl Nmpu {
    pub(super) fn widths(&self) -> Widths {
        let entry = self.entry().width();
        let scale = self.scale.width();
        let scale_high = Width::new(scale.bits() / 2);
        let scale_low = Width::new(scale.bits() - scale_high.bits());
        let product = entry.product(scale);
        let offset = self.offset.width();
        // One more bit makes an unsigned product a signed number; a difference of two products
        // needs the same bit.
        let scaled = product.shifted_left(self.product_shift());
        let grows = self.two_branches() || !self.signed;
        let correction = if grows { scaled.shifted_left(1) } else { scaled };
        let sum = correction.sum(offset.shifted_left(self.offset_shift()));
        let coefficients =
            scale.times(self.branches).bits() + offset.bits() + u32::from(self.relu_is_written());
        Widths {
            entry,
            scale,
            scale_low,
            scale_high,
            partial_low: entry.product(scale_low),
            partial_high: entry.product(scale_high),
            product,
            offset,
            coefficients: Width::new(coefficients),
            sum,
            result: self.result().width(),
            column: self.column().width(),
        }
    }

    /// What the first cut leaves of the sum.
    fn kept(&self) -> Width {
        Width::new(self.widths().sum.bits() - self.cut_pre)
    }

    /// What both cuts leave.
    fn value(&self) -> Width {
        Width::new(self.kept().bits() - self.cut_post)
    }

    /// Whether there are values that do not fit the result.
    pub(super) fn saturates(&self) -> bool {
        self.value() > self.result().width()
    }

    fn fraction(&self) -> u32 {
        self.scale.fraction.max(self.offset.fraction)
    }

    fn product_shift(&self) -> u32 {
        self.fraction() - self.scale.fraction
    }

    fn offset_shift(&self) -> u32 {
        self.fraction() - self.offset.fraction
    }
}

/// The enable of one pipeline stage: a bit of the port `load_i`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Load {
    stage: u32,
    stages: u32,
}

impl fmt::Display for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.stages {
            1 => f.write_str("load_i"),
            _ => write!(f, "load_i[{}]", self.stage),
        }
    }
}

/// A place where the data path may be cut by registers. Prints the head of its `always` block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Boundary(Option<Load>);

impl Boundary {
    /// Registers are assigned without blocking; without registers the same lines are logic.
    const fn becomes(self) -> &'static str {
        if self.0.is_some() { "<=" } else { "=" }
    }

    fn title(self) -> String {
        self.0.map_or("not registered".to_owned(), |load| format!("stage {}", load.stage))
    }
}

impl fmt::Display for Boundary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(load) => write!(f, "always @(posedge clk_i) if ({load}) begin"),
            None => f.write_str("always @(*) begin"),
        }
    }
}

/// The six boundaries, in the order of the data flow. The last always holds registers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pipeline {
    fetch: Boundary,
    partial: Boundary,
    product: Boundary,
    sum: Boundary,
    round: Boundary,
    result: Load,
}

impl Pipeline {
    /// Which boundaries hold registers: the longest paths are cut first.
    pub(super) fn new(stages: u32) -> Self {
        let used = match stages {
            1 => [false, false, false, false, false],
            2 => [false, false, true, false, false],
            3 => [true, false, true, false, false],
            4 => [true, false, true, true, false],
            5 => [true, true, true, true, false],
            _ => [true, true, true, true, true],
        };
        let mut stage = 0;
        let [fetch, partial, product, sum, round] = used.map(|used| {
            let boundary = Boundary(used.then_some(Load { stage, stages }));
            stage += u32::from(used);
            boundary
        });
        Self { fetch, partial, product, sum, round, result: Load { stage, stages } }
    }

    /// `text` of the unit as it is emitted: what a boundary with registers holds has a name that ends
    /// with `_q`. The template names all boundaries alike, by a word that occurs in no other name.
    pub(super) fn named(&self, text: &str) -> String {
        let words = [
            (self.fetch, "fetched"),
            (self.partial, "partial"),
            (self.product, "product"),
            (self.sum, "kept"),
            (self.round, "value"),
        ];
        let is_register = |name: &str| {
            let held = |word| name.split('_').any(|part| part == word);
            words.iter().any(|(boundary, word)| boundary.0.is_some() && held(*word))
        };
        let in_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        let line = |line: &str| {
            let (code, comment) = line.split_at(line.find("//").unwrap_or(line.len()));
            let mut named = String::new();
            let mut rest = code;
            while !rest.is_empty() {
                let name = &rest[..rest.find(|letter| !in_name(letter)).unwrap_or(rest.len())];
                let other = &rest[name.len()..];
                let other = &other[..other.find(in_name).unwrap_or(other.len())];
                named.extend([name, if is_register(name) { "_q" } else { "" }, other]);
                rest = &rest[name.len() + other.len()..];
            }
            named + comment
        };
        text.split('\n').map(line).collect::<Vec<_>>().join("\n")
    }
}

/// One of the two products, or the only one.
struct Branch {
    suffix: &'static str,
    meaning: &'static str,
}

#[derive(Template)]
#[template(path = "nmpu/nmpu_unit.v.askama")]
struct UnitModule<'a> {
    name: &'a Ident,
    spec: &'a Nmpu,
    ports: Ports,
    widths: Widths,
    register_file: Part,
    /// How the width of the sum follows.
    sum_derivation: &'static str,
    pipeline: Pipeline,
    branches: Vec<Branch>,
    kept: Width,
    value: Width,
    saturates: bool,
    relu: bool,
    relu_is_written: bool,
}

#[derive(Template)]
#[template(path = "nmpu/nmpu.v.askama")]
struct TopModule<'a> {
    top: &'a Ident,
    unit: Part,
    spec: &'a Nmpu,
    ports: Ports,
    widths: Widths,
    stages: Vec<u32>,
    first_unit: Literal,
    branches: Vec<Branch>,
    /// Fields of a memory word: name and width, low bits first.
    coefficients: Vec<(&'static str, Width)>,
}

fn branches(spec: &Nmpu) -> Vec<Branch> {
    if spec.two_branches() {
        vec![
            Branch { suffix: "_p", meaning: "Positive count" },
            Branch { suffix: "_n", meaning: "Negative count" },
        ]
    } else {
        vec![Branch { suffix: "", meaning: "Entry" }]
    }
}

/// Name of the module of one unit.
pub(super) fn unit_name(top: &Ident) -> Ident {
    top.part("unit")
}

fn unit_ports(spec: &Nmpu, widths: &Widths, branches: &[Branch]) -> Ports {
    let bit = Width::new(1);
    let mut entry = vec![Port::input("column_i", widths.column)];
    let port = |branch: &Branch| Port::input(format!("entry{}_i", branch.suffix), widths.entry);
    entry.extend(branches.iter().map(port));
    Ports(vec![
        PortGroup::new(
            "Clock; bit k loads pipeline stage k",
            vec![Port::input("clk_i", bit), Port::input("load_i", Width::new(spec.stages))],
        ),
        PortGroup::new(
            "Coefficients: write port, and read port that answers in the same cycle",
            vec![
                Port::input("write_i", bit),
                Port::input("write_column_i", widths.column),
                Port::input("write_data_i", widths.coefficients),
                Port::input("read_column_i", widths.column),
                Port::output("read_data_o", widths.coefficients),
            ],
        ),
        PortGroup::new("Entry and its column", entry),
        PortGroup::new("Result", vec![Port::output("result_o", widths.result)]),
    ])
}

pub(super) fn modules(spec: &Nmpu, top: &Ident) -> Vec<Source> {
    let unit_module = unit_name(top);
    let widths = spec.widths();
    let branches = || branches(spec);
    let ports = spec.interface().ports();
    let unit_ports = unit_ports(spec, &widths, &branches());
    let unit_part = Part::new(&unit_module, &unit_ports, &ports);
    let unit = UnitModule {
        name: &unit_module,
        spec,
        register_file: library::REGISTER_FILE.within(&unit_module, &unit_ports),
        ports: unit_ports,
        widths,
        sum_derivation: match (spec.two_branches(), spec.signed) {
            (false, true) => "wider of product and offset, aligned, + 1 carry",
            (false, false) => "wider of product + 1 sign and offset, aligned, + 1 carry",
            (true, _) => "wider of product + 1 borrow and offset, aligned, + 1 carry",
        },
        pipeline: Pipeline::new(spec.stages),
        branches: branches(),
        kept: spec.kept(),
        value: spec.value(),
        saturates: spec.saturates(),
        relu: spec.activation != Activation::None,
        relu_is_written: spec.relu_is_written(),
    };
    let coefficients = CoefficientsBeat::declared(spec).coefficients().fields();
    let top_module = TopModule {
        top,
        unit: unit_part,
        spec,
        ports,
        widths,
        stages: (0..spec.stages).collect(),
        first_unit: Literal::unsigned(1, Width::new(spec.units)),
        branches: branches(),
        coefficients: coefficients.iter().map(|field| (field.name, field.width())).collect(),
    };
    vec![
        Source::generated(top, &top_module),
        Source::text(&unit_module, unit.pipeline.named(&rendered(&unit))),
        library::REGISTER_FILE.source(top),
    ]
}

pub(super) fn memories(spec: &Nmpu) -> Vec<Memory> {
    let word = spec.widths().coefficients;
    let instance = |unit: u32| format!("gen_unit[{unit}].u_unit.u_coefficients");
    let memory = |unit: u32| Memory::register_file(instance(unit), word, spec.columns);
    (0..spec.units).map(memory).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_depth_has_its_number_of_stages() {
        for stages in 1..=6 {
            assert_eq!(Pipeline::new(stages).result.stage + 1, stages);
        }
    }

    #[test]
    fn names_of_registers_end_with_q() {
        let text = "entry_p_fetched <= entry_p_i;  // fetched\nproduct[ProductWidth-1:0]}}, kept";
        let named = |stages| Pipeline::new(stages).named(text);
        assert_eq!(named(1), text);
        let expected =
            "entry_p_fetched_q <= entry_p_i;  // fetched\nproduct_q[ProductWidth-1:0]}}, kept";
        assert_eq!(named(3), expected);
    }
}
