//! The macro with its array, for simulation: the bench and its cells.

use crate::Source;
use crate::block::Package;
use crate::blocks::cap_ram::engine::analog;
use crate::blocks::cap_ram::{ArrayModel, CapRam, NIBBLE};
use crate::library;
use crate::verilog::{Ident, Literal, Part, Ports, Width};
use askama::Template;

#[derive(Template)]
#[template(path = "cap_ram/cap_ram_bench.v.askama")]
struct BenchModule<'a> {
    name: &'a Ident,
    ports: Ports,
    digital: Part,
    dacs: Part,
    slice: Part,
    counting_slice: Part,
    front_end: Part,
    counting_front_end: Part,
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

pub(in super::super) fn bench_name(top: &Ident) -> Ident {
    top.part("bench")
}

pub(in super::super) fn cells(spec: &CapRam, top: &Ident) -> Vec<Source> {
    let name = bench_name(top);
    let integer = spec.model == ArrayModel::Integer;
    let interface = spec.bench(top).interface;
    let ports = interface.ports();
    let number = |value: u32| Literal::unsigned(value.into(), Width::new(32));
    let bench = BenchModule {
        name: &name,
        digital: Part::new(top, &spec.interface().ports(), &ports),
        dacs: library::CURRENT_STEERING_DACS.within(&name, &ports),
        slice: library::CHARGE_DOMAIN_SLICE.within(&name, &ports),
        counting_slice: library::CHARGE_COUNTING_SLICE.within(&name, &ports),
        front_end: library::CHARGE_INJECTION_FRONT_END.within(&name, &ports),
        counting_front_end: library::CHARGE_COUNTING_FRONT_END.within(&name, &ports),
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
        cells.push(library::CHARGE_COUNTING_SLICE.source(top));
        cells.push(library::CHARGE_COUNTING_FRONT_END.source(top));
    } else {
        cells.push(library::CURRENT_STEERING_DACS.source(top));
        cells.push(library::CHARGE_DOMAIN_SLICE.source(top));
        cells.push(library::CHARGE_DOMAIN_CLUSTERS.source(top));
        cells.push(library::CHARGE_SHARING_LINE.source(top));
        cells.push(library::CHARGE_INJECTION_FRONT_END.source(top));
        cells.push(library::CHARGE_INJECTION_DAC.source(top));
        cells.push(library::CHARGE_SHARING_NODE.source(top));
        cells.push(library::CLOCKED_COMPARATOR.source(top));
        cells.push(library::GAUSSIAN_SOURCE.source(top));
    }
    cells
}
