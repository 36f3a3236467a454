//! From the specification to Verilog: widths, ports and template contexts.

mod bench;
mod ports;

pub(super) use bench::{bench_name, cells};

use super::{CapRam, GAIN_FRACTION, RESULT_FRACTION, cycles};
use crate::Source;
use crate::block::Package;
use crate::verilog::{Format, Ident, Literal, Part, Ports, Width};
use askama::Template;
use ports::{curve_ports, pair_ports, sequencer_ports, tree_ports, word_line_ports};

#[derive(Template)]
#[template(path = "cap_ram/cap_ram.v.askama")]
struct TopModule<'a> {
    top: &'a Ident,
    ports: Ports,
    slices: u32,
    pairs: u32,
    octets: u32,
    rows: u32,
    columns: u32,
    global_cycle: u32,
    row: Width,
    slice: Width,
    code: u32,
    one: Width,
    two: Width,
    four: Width,
    eight: Width,
    curve: Option<Curve>,
    result_latency: u64,
    sequencer: Part,
    word_lines: Part,
    converters: Part,
    curve_store: Part,
    pair: Part,
    tree: Part,
}

#[derive(Template)]
#[template(path = "cap_ram/cap_ram_curve.v.askama")]
struct CurveModule<'a> {
    top: &'a Ident,
    ports: Ports,
    curve: Curve,
}

/// Shape of a master curve.
#[derive(Clone, Copy)]
struct Curve {
    segments: u32,
    /// Codes per segment.
    segment_codes: u32,
    segment: Width,
    correction: Format,
}

impl Curve {
    /// All corrections together.
    const fn width(&self) -> Width {
        self.correction.width().times(self.segments)
    }
}

#[derive(Template)]
#[template(path = "cap_ram/cap_ram_sequencer.v.askama")]
struct SequencerModule<'a> {
    top: &'a Ident,
    ports: Ports,
    last_cycle: u32,
}

#[derive(Template)]
#[template(path = "cap_ram/cap_ram_word_lines.v.askama")]
struct WordLinesModule<'a> {
    top: &'a Ident,
    ports: Ports,
    slices: u32,
    rows: u32,
    row: Width,
    slice: Width,
}

#[derive(Template)]
#[template(path = "cap_ram/cap_ram_pair.v.askama")]
struct PairModule<'a> {
    top: &'a Ident,
    ports: Ports,
    code: u32,
    gain: Format,
    offset: Format,
    product: Width,
    cut: u32,
    exact: Width,
    value: Format,
    sum: Width,
    gain_one: Literal,
    curve: Option<Curve>,
}

#[derive(Template)]
#[template(path = "cap_ram/cap_ram_tree.v.askama")]
struct TreeModule<'a> {
    top: &'a Ident,
    ports: Ports,
    one: Width,
    two: Width,
    four: Width,
    eight: Width,
}

impl CapRam {
    fn row_index(&self) -> Width {
        Width::index(self.rows)
    }

    fn slice_index(&self) -> Width {
        Width::index(self.slices)
    }

    fn level(&self, level: usize) -> Width {
        self.result(level).width()
    }

    fn curve(&self) -> Option<Curve> {
        let segments = self.curve_points;
        (segments > 0).then(|| Curve {
            segments,
            segment_codes: (1 << self.adc_bits) / segments,
            segment: Width::index(segments),
            correction: self.curve_correction(),
        })
    }
}

pub(super) fn modules(spec: &CapRam, top: &Ident) -> Vec<Source> {
    let [one, two, four, eight] = [0, 1, 2, 3].map(|level| spec.level(level));
    let (row, slice) = (spec.row_index(), spec.slice_index());
    let ports = spec.interface().ports();
    let part = |name: Ident, inner: Ports| Part::new(&name, &inner, &ports);
    let no_curve = || Ports(Vec::new());
    let top_module = TopModule {
        top,
        sequencer: part(sequencer_name(top), sequencer_ports()),
        word_lines: part(word_lines_name(top), word_line_ports(spec)),
        converters: part(converters_name(top), spec.adc.interface().ports()),
        curve_store: part(curve_name(top), spec.curve().map_or_else(no_curve, curve_ports)),
        pair: part(pair_name(top), pair_ports(spec)),
        tree: part(tree_name(top), tree_ports(spec)),
        slices: spec.slices,
        pairs: spec.pairs(),
        octets: spec.slices / super::OCTET,
        rows: spec.rows,
        columns: spec.columns,
        global_cycle: spec.global_cycle(),
        row,
        slice,
        code: spec.adc_bits,
        one,
        two,
        four,
        eight,
        curve: spec.curve(),
        result_latency: cycles::result_latency(spec),
        ports,
    };
    let sequencer =
        SequencerModule { top, ports: sequencer_ports(), last_cycle: spec.global_cycle() - 1 };
    let word_lines = WordLinesModule {
        top,
        ports: word_line_ports(spec),
        slices: spec.slices,
        rows: spec.rows,
        row,
        slice,
    };
    let gain = spec.gain();
    let product = Width::new(spec.adc_bits).product(gain.width());
    let pair = PairModule {
        top,
        ports: pair_ports(spec),
        code: spec.adc_bits,
        gain,
        offset: spec.offset(),
        product,
        cut: GAIN_FRACTION - RESULT_FRACTION,
        exact: spec.value().width().shifted_left(GAIN_FRACTION - RESULT_FRACTION),
        value: spec.value(),
        sum: one,
        gain_one: Literal::unsigned(1 << GAIN_FRACTION, gain.width()),
        curve: spec.curve(),
    };
    let tree = TreeModule { top, ports: tree_ports(spec), one, two, four, eight };
    let mut modules = vec![
        Source::generated(top, &top_module),
        Source::generated(sequencer_name(top), &sequencer),
        Source::generated(word_lines_name(top), &word_lines),
        Source::generated(pair_name(top), &pair),
        Source::generated(tree_name(top), &tree),
    ];
    if let Some(curve) = spec.curve() {
        let module = CurveModule { top, ports: curve_ports(curve), curve };
        modules.push(Source::generated(curve_name(top), &module));
    }
    modules.extend(spec.adc.modules(&converters_name(top)));
    modules
}

pub(super) fn sequencer_name(top: &Ident) -> Ident {
    top.part("sequencer")
}

fn converters_name(top: &Ident) -> Ident {
    top.part("converters")
}

pub(super) fn word_lines_name(top: &Ident) -> Ident {
    top.part("word_lines")
}

pub(super) fn pair_name(top: &Ident) -> Ident {
    top.part("pair")
}

pub(super) fn tree_name(top: &Ident) -> Ident {
    top.part("tree")
}

pub(super) fn curve_name(top: &Ident) -> Ident {
    top.part("curve")
}
