//! From the specification to Verilog: widths, ports and template contexts.

use super::{ArrayModel, CapRam, GAIN_FRACTION, NIBBLE, RESULT_FRACTION, analog, schedule};
use crate::Source;
use crate::block::Spec;
use crate::source::hdl;
use crate::verilog::{Format, Ident, Literal, Port, PortGroup, Ports, Width};
use askama::Template;

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

#[derive(Template)]
#[template(path = "cap_ram/cap_ram_bench.v.askama")]
struct BenchModule<'a> {
    name: &'a str,
    top: &'a Ident,
    ports: Ports,
    /// Ports of the streams: the macro's and the bench's alike.
    stream_ports: Vec<String>,
    integer: bool,
    slices: u32,
    pairs: u32,
    rows: u32,
    columns: u32,
    groups: u32,
    drop_width: &'static str,
    half: Literal,
    full: Literal,
    analog: AnalogLiterals,
}

/// Real numbers as Verilog reads them back exactly.
struct AnalogLiterals {
    capacitor: String,
    wire: String,
    product: String,
    dac: String,
    leakage: String,
    capacitor_sigma: String,
    wire_sigma: String,
    residue: String,
    lsb_volts: String,
    capacitance: String,
    cell_sigma: String,
    offset_sigma: String,
    noise_sigma: String,
    seed: u32,
}

impl AnalogLiterals {
    fn new(spec: &CapRam) -> Self {
        let (deviations, converter) = (&spec.deviations, &spec.analog);
        let real = |number: f64| format!("{number:?}");
        Self {
            capacitor: real(analog::CAPACITOR),
            wire: real(analog::WIRE),
            product: real(analog::product_volts(spec.columns)),
            dac: real(deviations.dac_steps(spec.columns)),
            leakage: real(deviations.leakage_steps(spec.columns)),
            capacitor_sigma: real(deviations.capacitor),
            wire_sigma: real(deviations.wire),
            residue: real(deviations.residue_volts()),
            lsb_volts: real(converter.lsb_volts),
            capacitance: real(converter.capacitance),
            cell_sigma: real(converter.cell_sigma),
            offset_sigma: real(converter.offset_sigma),
            noise_sigma: real(converter.noise_sigma),
            seed: deviations.seed,
        }
    }
}

const fn bit() -> Width {
    Width::new(1)
}

fn inputs(ports: &[(&str, Width)]) -> Vec<Port> {
    ports.iter().map(|&(name, width)| Port::input(name, width)).collect()
}

fn outputs(ports: &[(&str, Width)]) -> Vec<Port> {
    ports.iter().map(|&(name, width)| Port::output(name, width)).collect()
}

fn group(title: &str, inputs_: &[(&str, Width)], outputs_: &[(&str, Width)]) -> PortGroup {
    PortGroup::new(title, [inputs(inputs_), outputs(outputs_)].concat())
}

pub(super) fn bench_name(top: &Ident) -> String {
    format!("{top}_bench")
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

fn sequencer_ports() -> Ports {
    let two = Width::new(2);
    Ports(vec![
        PortGroup::clock_and_reset(),
        group(
            "Inputs of an operation; whether something goes before it; whether a result waits",
            &[("inputs_valid_i", bit()), ("blocked_i", bit()), ("results_wait_i", bit())],
            &[("inputs_ready_o", bit())],
        ),
        group(
            "Setup of the next operation: encoding, level, inputs of more than 4 bits",
            &[("encoding_i", two), ("level_i", two), ("long_i", bit())],
            &[],
        ),
        group(
            "An operation begins; nothing converts; the low nibble's turn",
            &[],
            &[("accept_o", bit()), ("idle_o", bit()), ("low_o", bit())],
        ),
        group(
            "Pins of array and converters",
            &[],
            &[
                ("precharge_o", bit()),
                ("input_o", bit()),
                ("multiply_o", bit()),
                ("share_plus_o", bit()),
                ("share_minus_o", bit()),
                ("swap_o", bit()),
            ],
        ),
        group(
            "Converters: mode, and whether they are ready; multiply starts them",
            &[("adc_ready_i", bit())],
            &[("differential_o", bit())],
        ),
        group(
            "A code that is complete: of a minus slice; goes to the odd sum; after the high \
             nibble's;\nthe operation's last; pairs that negate it; level; slices take turns",
            &[],
            &[
                ("code_minus_o", bit()),
                ("code_odd_o", bit()),
                ("code_shift_o", bit()),
                ("code_last_o", bit()),
                ("code_negate_o", Width::new(3)),
                ("code_level_o", two),
                ("code_turns_o", bit()),
            ],
        ),
    ])
}

fn word_line_ports(spec: &CapRam) -> Ports {
    let row = spec.row_index();
    Ports(vec![
        PortGroup::clock_and_reset(),
        group(
            "Rows at work from the operation on that is accepted",
            &[("accept_i", bit()), ("row_i", row.times(spec.slices))],
            &[],
        ),
        group(
            "Capacitors multiply next: plus slices, minus slices in use",
            &[("multiply_i", bit()), ("plus_i", bit()), ("minus_i", bit())],
            &[],
        ),
        group(
            "The memory is accessed next",
            &[("access_i", bit()), ("slice_i", spec.slice_index()), ("address_i", row)],
            &[],
        ),
        group(
            "Word lines, slice by slice, row 0 low",
            &[],
            &[("word_line_o", Width::new(spec.slices * spec.rows))],
        ),
    ])
}

fn pair_ports(spec: &CapRam) -> Ports {
    let sum = spec.level(0);
    let later = if spec.curve_points > 0 { "Three" } else { "Two" };
    let mut groups = vec![
        PortGroup::clock_and_reset(),
        group(
            "New correction of the plus, minus slice",
            &[
                ("calibrate_i", Width::new(2)),
                ("gain_i", spec.gain().width()),
                ("offset_i", spec.offset().width()),
            ],
            &[],
        ),
        group(
            "Code, and whether it is the minus slice's; the same one cycle later",
            &[
                ("code_i", Width::new(spec.adc_bits)),
                ("code_minus_i", bit()),
                ("product_minus_i", bit()),
            ],
            &[],
        ),
        group(
            &format!(
                "{later} cycles later: it is added to 16 times the sum, goes to the odd sum, negated"
            ),
            &[("accumulate_i", bit()), ("shift_i", bit()), ("odd_i", bit()), ("negate_i", bit())],
            &[],
        ),
    ];
    if let Some(curve) = spec.curve() {
        groups.push(group(CURVE_PORT, &[("curve_i", curve.width())], &[]));
    }
    groups.push(group("Sums", &[], &[("even_o", sum), ("odd_o", sum)]));
    Ports(groups)
}

const CURVE_PORT: &str =
    "Corrections of all segments: their bits 0, lowest segment first, then bits 1, ..";

fn curve_ports(curve: Curve) -> Ports {
    Ports(vec![
        PortGroup::clock_and_reset(),
        group(
            "New correction of a segment",
            &[
                ("load_i", bit()),
                ("segment_i", curve.segment),
                ("correction_i", curve.correction.width()),
            ],
            &[],
        ),
        group(CURVE_PORT, &[], &[("curve_o", curve.width())]),
    ])
}

fn tree_ports(spec: &CapRam) -> Ports {
    Ports(vec![
        group("Clock", &[("clk_i", bit())], &[]),
        group(
            "Sums enter, slices taking turns or not; sums of four, of eight slices follow",
            &[
                ("load_i", bit()),
                ("load_turns_i", bit()),
                ("add_four_i", bit()),
                ("add_eight_i", bit()),
            ],
            &[],
        ),
        group("Sums of eight slices", &[("sum_i", spec.level(0).times(8))], &[]),
        group(
            "Weights in one, two, four, eight slices",
            &[],
            &[
                ("one_o", spec.level(0).times(8)),
                ("two_o", spec.level(1).times(4)),
                ("four_o", spec.level(2).times(2)),
                ("eight_o", spec.level(3)),
            ],
        ),
    ])
}

pub(super) fn modules(spec: &CapRam, top: &Ident) -> Vec<Source> {
    let [one, two, four, eight] = [0, 1, 2, 3].map(|level| spec.level(level));
    let (row, slice) = (spec.row_index(), spec.slice_index());
    let top_module = TopModule {
        top,
        ports: spec.interface().ports(),
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
        result_latency: schedule::result_latency(spec),
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
    modules.extend(spec.adc.modules(&top.part("adc")));
    modules
}

pub(super) fn sequencer_name(top: &Ident) -> String {
    format!("{top}_sequencer")
}

pub(super) fn word_lines_name(top: &Ident) -> String {
    format!("{top}_word_lines")
}

pub(super) fn pair_name(top: &Ident) -> String {
    format!("{top}_pair")
}

pub(super) fn tree_name(top: &Ident) -> String {
    format!("{top}_tree")
}

pub(super) fn curve_name(top: &Ident) -> String {
    format!("{top}_curve")
}

pub(super) fn cells(spec: &CapRam, top: &Ident) -> Vec<Source> {
    let name = bench_name(top);
    let integer = spec.model == ArrayModel::Integer;
    let interface = spec.bench(top).interface;
    let ports = interface.ports();
    let stream_ports = ports.0.iter().skip(1).flat_map(|group| &group.ports);
    let number = |value: u32| Literal::unsigned(value.into(), Width::new(32));
    let bench = BenchModule {
        name: &name,
        top,
        stream_ports: stream_ports.map(|port| port.name.clone()).collect(),
        ports,
        integer,
        slices: spec.slices,
        pairs: spec.pairs(),
        rows: spec.rows,
        columns: spec.columns,
        groups: spec.adc.groups(),
        drop_width: if integer { "[31:0]" } else { "[63:0]" },
        half: number(1 << (spec.adc_bits - 1)),
        full: number(((1 << NIBBLE) - 1) * spec.columns),
        analog: AnalogLiterals::new(spec),
    };
    let mut cells = vec![Source::generated(&name, &bench)];
    if integer {
        cells.push(hdl!("analog", "charge_counting_slice"));
        cells.push(hdl!("analog", "charge_counting_front_end"));
    } else {
        cells.push(hdl!("analog", "current_steering_dacs"));
        cells.push(hdl!("analog", "charge_domain_slice"));
        cells.push(hdl!("analog", "charge_domain_clusters"));
        cells.push(hdl!("analog", "charge_sharing_line"));
        cells.push(hdl!("analog", "charge_injection_front_end"));
        cells.push(hdl!("analog", "charge_injection_dac"));
        cells.push(hdl!("analog", "charge_sharing_node"));
        cells.push(hdl!("analog", "clocked_comparator"));
        cells.push(hdl!("analog", "gaussian_source"));
    }
    cells
}
