//! From the specification to Verilog: template contexts, ports inside, deliberate faults.

use super::{Mode, SarAdc};
use crate::Source;
use crate::block::{Mutant, Package};
use crate::library;
use crate::verilog::{Format, Ident, Part, Port, PortGroup, Ports, Width};
use askama::Template;

#[derive(Template)]
#[template(path = "sar_adc/sar_adc.v.askama")]
struct TopModule<'a> {
    top: &'a Ident,
    spec: &'a SarAdc,
    ports: Ports,
    mode: &'static str,
    steps: String,
    cells: u32,
    sequencer: Part,
    channel: Part,
}

#[derive(Template)]
#[template(path = "sar_adc/sar_adc_sequencer.v.askama")]
struct SequencerModule<'a> {
    top: &'a Ident,
    spec: &'a SarAdc,
    ports: Ports,
    groups: u32,
    single_ended_possible: bool,
    is_runtime: bool,
}

#[derive(Template)]
#[template(path = "sar_adc/sar_adc_channel.v.askama")]
struct ChannelModule<'a> {
    top: &'a Ident,
    spec: &'a SarAdc,
    ports: Ports,
    single_ended_possible: bool,
}

#[derive(Template)]
#[template(path = "sar_adc/sar_adc_bench.v.askama")]
struct BenchModule<'a> {
    name: &'a Ident,
    spec: &'a SarAdc,
    ports: Ports,
    controller: Part,
    front_end: Part,
    groups: u32,
    drop: Format,
    sides: &'static [&'static str],
    analog: AnalogLiterals,
    /// What the front end's mode pin is tied to.
    differential: &'static str,
    drop_minus: &'static str,
}

/// Real numbers as Verilog reads them back exactly.
struct AnalogLiterals {
    lsb_volts: String,
    step_volts: String,
    capacitance: String,
    charge: String,
    cell_sigma: String,
    offset_sigma: String,
    noise_sigma: String,
    seed: u32,
}

impl AnalogLiterals {
    fn new(spec: &SarAdc) -> Self {
        let analog = &spec.analog;
        let real = |number: f64| format!("{number:?}");
        let step = analog.lsb_volts / f64::from(1 << spec.drop().fraction);
        Self {
            lsb_volts: real(analog.lsb_volts),
            step_volts: real(step),
            capacitance: real(analog.capacitance),
            charge: real(analog.cell_charge()),
            cell_sigma: real(analog.cell_sigma),
            offset_sigma: real(analog.offset_sigma),
            noise_sigma: real(analog.noise_sigma),
            seed: analog.seed,
        }
    }
}

pub(super) fn bench_name(top: &Ident) -> Ident {
    top.part("bench")
}

fn sequencer_ports(spec: &SarAdc) -> Ports {
    let bit = Width::new(1);
    let mut start = vec![Port::input("start_valid_i", bit), Port::output("start_ready_o", bit)];
    let mut pins = vec![
        Port::output("sample_o", bit),
        Port::output("compare_o", bit),
        Port::output("groups_o", Width::new(spec.groups())),
    ];
    if spec.is_runtime() {
        start.push(Port::input("start_differential_i", bit));
        pins.push(Port::output("differential_o", bit));
    }
    let done = vec![Port::output("done_valid_o", bit), Port::input("done_ready_i", bit)];
    let mut groups = vec![
        PortGroup::clock_and_reset(),
        PortGroup::new("Start of a conversion", start),
        PortGroup::new("Handshake of the results", done),
        PortGroup::new("Pins of all front ends", pins),
    ];
    if spec.single_ended_possible() {
        groups.push(PortGroup::new(
            "To the channels: this comparison counts as 1",
            vec![Port::output("force_one_o", bit)],
        ));
    }
    groups.push(PortGroup::new(
        "To the channels: cells fire next; this comparison is the last",
        vec![Port::output("fire_next_o", bit), Port::output("last_o", bit)],
    ));
    Ports(groups)
}

fn channel_ports(spec: &SarAdc) -> Ports {
    let bit = Width::new(1);
    let mut compare = vec![Port::input("compare_i", bit)];
    let mut title = "The decision counts".to_owned();
    if spec.single_ended_possible() {
        title += " (as 1 if forced)";
        compare.push(Port::input("force_one_i", bit));
    }
    title += "; cells fire next; this comparison is the last";
    compare.extend([Port::input("fire_next_i", bit), Port::input("last_i", bit)]);
    Ports(vec![
        PortGroup::clock_and_reset(),
        PortGroup::new(title, compare),
        PortGroup::new(
            "Front end",
            vec![
                Port::input("decision_i", bit),
                Port::output("fire_plus_o", bit),
                Port::output("fire_minus_o", bit),
            ],
        ),
        PortGroup::new("Code", vec![Port::output("code_o", spec.code().width())]),
    ])
}

pub(super) fn modules(spec: &SarAdc, top: &Ident) -> Vec<Source> {
    let (single_ended_possible, is_runtime) = (spec.single_ended_possible(), spec.is_runtime());
    let steps = (0..=spec.bits - 2).rev().map(|step| (1_u32 << step).to_string());
    let ports = spec.interface().ports();
    let part = |name: Ident, inner: Ports| Part::new(&name, &inner, &ports);
    let top_module = TopModule {
        top,
        spec,
        sequencer: part(sequencer_name(top), sequencer_ports(spec)),
        channel: part(channel_name(top), channel_ports(spec)),
        mode: match spec.mode {
            Mode::Differential => "differential",
            Mode::SingleEnded => "single-ended",
            Mode::Runtime => "differential or single-ended, as each start says",
        },
        steps: steps.collect::<Vec<_>>().join(", "),
        cells: spec.cells(),
        ports,
    };
    let sequencer = SequencerModule {
        top,
        spec,
        ports: sequencer_ports(spec),
        groups: spec.groups(),
        single_ended_possible,
        is_runtime,
    };
    let channel = ChannelModule { top, spec, ports: channel_ports(spec), single_ended_possible };
    vec![
        Source::generated(top, &top_module),
        Source::generated(sequencer_name(top), &sequencer),
        Source::generated(channel_name(top), &channel),
    ]
}

pub(super) fn cells(spec: &SarAdc, top: &Ident) -> Vec<Source> {
    let name = bench_name(top);
    let ports = spec.bench_interface().ports();
    let bench = BenchModule {
        name: &name,
        spec,
        controller: Part::new(top, &spec.interface().ports(), &ports),
        front_end: library::CHARGE_INJECTION_FRONT_END.within(&name, &ports),
        ports,
        groups: spec.groups(),
        drop: spec.drop(),
        sides: if spec.mode == Mode::SingleEnded { &["plus"] } else { &["plus", "minus"] },
        analog: AnalogLiterals::new(spec),
        differential: match spec.mode {
            Mode::Differential => "1'b1",
            Mode::SingleEnded => "1'b0",
            Mode::Runtime => "differential",
        },
        drop_minus: match spec.mode {
            Mode::SingleEnded => "64'd0",
            Mode::Differential | Mode::Runtime => "$realtobits($itor(drop_minus) * StepVolts)",
        },
    };
    vec![
        Source::generated(&name, &bench),
        library::CHARGE_INJECTION_FRONT_END.source(top),
        library::CHARGE_INJECTION_DAC.source(top),
        library::CHARGE_SHARING_NODE.source(top),
        library::CLOCKED_COMPARATOR.source(top),
        library::GAUSSIAN_SOURCE.source(top),
    ]
}

fn sequencer_name(top: &Ident) -> Ident {
    top.part("sequencer")
}

fn channel_name(top: &Ident) -> Ident {
    top.part("channel")
}

pub(super) fn mutants(spec: &SarAdc, top: &Ident) -> Vec<Mutant> {
    let (sequencer, channel) = (sequencer_name(top), channel_name(top));
    let mut mutants = vec![
        Mutant::new(
            "decisions have the wrong polarity",
            &channel,
            "wire decision = decision_i",
            "wire decision = ~decision_i",
        ),
        Mutant::new(
            "cells fire on the wrong side",
            &channel,
            "(compare_i ? decision : fire_minus_q)",
            "(compare_i ? ~decision : fire_minus_q)",
        ),
        Mutant::new(
            "the largest step fires once",
            &channel,
            "(compare_i ? decision : fire_minus_q)",
            "(compare_i & decision)",
        ),
        Mutant::new("the sign is not inverted", &channel, "{~earlier_q", "{earlier_q"),
        Mutant::new(
            "steps shrink from the first firing on",
            &sequencer,
            "(step & ~last) ?",
            "(fire & ~last) ?",
        ),
        Mutant::new(
            "a waiting result is overwritten",
            &sequencer,
            "wire result_free = ~done_valid_q | done_ready_i",
            "wire result_free = 1'b1",
        ),
        Mutant::new(
            "sampling waits for a result that is being taken",
            &sequencer,
            "wire result_free = ~done_valid_q | done_ready_i",
            "wire result_free = ~done_valid_q",
        ),
        Mutant::new(
            "a result that nobody takes is forgotten",
            &sequencer,
            "last | (done_valid_q & ~done_ready_i)",
            "last",
        ),
        Mutant::new(
            "a start begins without being taken",
            &sequencer,
            "assign start_ready_o = (state_q == StIdle) | last",
            "assign start_ready_o = state_q == StIdle",
        ),
        Mutant::new(
            "sampling takes a cycle more",
            &sequencer,
            "wire result_free = ~done_valid_q | done_ready_i;",
            "reg sampled_q;\n    always @(posedge clk_i) sampled_q <= sample;\n    \
             wire result_free = sampled_q & (~done_valid_q | done_ready_i);",
        ),
        Mutant::new(
            "a result is not offered before it can be taken",
            &sequencer,
            "assign done_valid_o  = done_valid_q",
            "assign done_valid_o  = done_valid_q & done_ready_i",
        ),
        Mutant::new(
            "a waiting result outlives a reset",
            &sequencer,
            "done_valid_q <= 1'b0",
            "done_valid_q <= done_valid_q",
        ),
        Mutant::new(
            "a conversion outlives a reset",
            &sequencer,
            "state_q <= StIdle",
            "state_q <= state_q",
        ),
        Mutant::new(
            "the last comparison is left out",
            &channel,
            "earlier_q[EarlierWidth-2:0], decision} : code_q",
            "earlier_q[EarlierWidth-2:0], earlier_q[0]} : code_q",
        ),
        Mutant::new(
            "the smallest step is left out",
            &sequencer,
            "step & ~groups_q[1]",
            "step & ~groups_q[2]",
        ),
    ];
    if spec.channels > 1 {
        mutants.push(Mutant::new(
            "all channels decide as the first",
            top,
            "(decision[channel])",
            "(decision[0])",
        ));
    }
    // With an ideal comparator the first single-ended decision is 1 anyway.
    if spec.single_ended_possible() && spec.analog.offset_sigma > 0.0 {
        mutants.push(Mutant::new(
            "the first single-ended decision is not forced",
            &channel,
            "decision_i | force_one_i",
            "decision_i",
        ));
    }
    if spec.is_runtime() {
        mutants.push(Mutant::new(
            "the mode of a start is ignored",
            &sequencer,
            "differential_q <= start_differential_i",
            "differential_q <= 1'b1",
        ));
        mutants.push(Mutant::new(
            "a waiting start changes the mode of the running conversion",
            &sequencer,
            "if (start_valid_i && start_ready_o) begin",
            "if (start_valid_i) begin",
        ));
        mutants.push(Mutant::new(
            "no difference is negative",
            &sequencer,
            "(state_q == StCompare) & ~differential_q",
            "state_q == StCompare",
        ));
    }
    mutants
}
