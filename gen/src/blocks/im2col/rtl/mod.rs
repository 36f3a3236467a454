//! From the specification to Verilog: widths and template contexts.

mod ports;

pub(super) use self::ports::bit;
use self::ports::{input_ports, layer_ports, output_ports, unit_ports, units_ports, walker_ports};
use super::{COUNTER_WIDTH, ERROR_WIDTH, Im2col};
use crate::block::Package;
use crate::library;
use crate::verilog::{Ident, Literal, Part, Ports, Width};
use crate::{Memory, Source};
use askama::Template;

/// Widths of everything.
#[derive(Clone, Copy, Debug)]
pub(super) struct Widths {
    pub kernel: Width,
    pub stride: Width,
    pub channels: Width,
    /// Rows or columns of a map.
    pub map: Width,
    /// A row or a column.
    pub coordinate: Width,
    /// Windows of a layer.
    pub count: Width,
    /// A unit.
    pub lane: Width,
    /// A bit per unit.
    pub lanes: Width,
    /// A line of the memory.
    pub line: Width,
    /// An element of the memory.
    pub address: Width,
    /// One for every unit.
    pub coordinates: Width,
    pub addresses: Width,
    /// Sums of all of these.
    pub number: Width,
    pub factor_a: Width,
    pub factor_b: Width,
    pub product: Width,
    pub data: Width,
    pub counter: Width,
    /// Errors but for an illegal layer.
    pub faults: Width,
    /// Elements of a line or of a beat.
    pub beat_elements: Width,
    /// The same and `last`.
    pub beat: Width,
    /// Number of units.
    pub amount: Width,
}

impl Im2col {
    pub(super) fn widths(&self) -> Widths {
        let data = self.data().width();
        let stride = Width::index(self.max_stride + 1);
        // A stride fits too, so that the two can be compared
        let kernel = Width::index(self.max_kernel + 1).max(stride);
        let channels = Width::index(self.max_channels + 1);
        let map = Width::index(self.max_map + 1);
        let count = Width::index(self.max_map * self.max_map + 1);
        let line = Width::index(self.memory_lines);
        let address = line.shifted_left(self.lane_bits());
        let plane = Width::index((self.max_map * self.max_map).div_ceil(self.units) + 1);
        // Padding on two sides, and a stride beyond
        let padded = map.sum(kernel.shifted_left(1)).sum(stride);
        let grouped = count.shifted_left(self.lane_bits());
        let number = padded.max(grouped).max(address).max(channels);
        let (factor_a, factor_b) = (map.max(plane), map.max(channels));
        let beat_elements = data.times(self.units);
        let coordinate = Width::index(self.max_map);
        Widths {
            kernel: kernel.named("KernelWidth"),
            stride: stride.named("StrideWidth"),
            channels: channels.named("ChannelsWidth"),
            map: map.named("MapWidth"),
            coordinate: coordinate.named("CoordinateWidth"),
            count: count.named("CountWidth"),
            lane: Width::index(self.units),
            lanes: Width::new(self.units).named("Units"),
            line,
            address: address.named("AddressWidth"),
            coordinates: coordinate.times(self.units).named("CoordinatesWidth"),
            addresses: address.times(self.units).named("AddressesWidth"),
            number,
            factor_a,
            factor_b,
            product: factor_a.product(factor_b).max(number).max(line.shifted_left(1)),
            data: data.named("DataWidth"),
            counter: Width::new(COUNTER_WIDTH).named("CounterWidth"),
            faults: Width::new(ERROR_WIDTH - 1).named("FaultsWidth"),
            beat_elements: beat_elements.named("ElementsWidth"),
            beat: beat_elements.shifted_left(1),
            amount: Width::index(self.units + 1),
        }
    }

    /// Low bits of an address that choose an element of a line.
    const fn lane_bits(&self) -> u32 {
        self.units.ilog2()
    }

    const fn several(&self) -> bool {
        self.units > 1
    }

    /// Most elements under way from a unit to the next: they come `S` beats before they are due,
    /// and there are `K - S` of them in a row.
    fn link_words(&self) -> u32 {
        self.max_stride.min(self.max_kernel / 2)
    }
}

#[derive(Template)]
#[template(path = "im2col/im2col.v.askama")]
struct TopModule<'a> {
    top: &'a Ident,
    spec: &'a Im2col,
    ports: Ports,
    widths: Widths,
    layer: Part,
    walker: Part,
    input: Part,
    units: Part,
    output: Part,
    several: bool,
}

#[derive(Template)]
#[template(path = "im2col/im2col_layer.v.askama")]
struct LayerModule<'a> {
    name: &'a Ident,
    ports: Ports,
    widths: Widths,
    several: bool,
    lane_bits: u32,
    lane_msb: u32,
    lane_zero: Literal,
    max_kernel: Literal,
    max_stride: Literal,
    max_channels: Literal,
    max_map: Literal,
    units: Literal,
    memory_lines: Literal,
    counter_zero: Literal,
    error_illegal: Literal,
}

#[derive(Template)]
#[template(path = "im2col/im2col_walker.v.askama")]
struct WalkerModule<'a> {
    name: &'a Ident,
    spec: &'a Im2col,
    ports: Ports,
    widths: Widths,
    several: bool,
    one_lane: Literal,
    first_lane: Literal,
    last_lane: Literal,
}

#[derive(Template)]
#[template(path = "im2col/im2col_input.v.askama")]
struct InputModule<'a> {
    name: &'a Ident,
    spec: &'a Im2col,
    ports: Ports,
    widths: Widths,
    several: bool,
    first_unit: Literal,
}

#[derive(Template)]
#[template(path = "im2col/im2col_units.v.askama")]
struct UnitsModule<'a> {
    name: &'a Ident,
    spec: &'a Im2col,
    ports: Ports,
    widths: Widths,
    several: bool,
    unit: Part,
    fifo: Part,
    memory_fifo: Part,
    link_words: u32,
}

#[derive(Template)]
#[template(path = "im2col/im2col_unit.v.askama")]
struct UnitModule<'a> {
    name: &'a Ident,
    spec: &'a Im2col,
    ports: Ports,
    widths: Widths,
    fifo: Part,
    memory_fifo: Part,
}

#[derive(Template)]
#[template(path = "im2col/im2col_output.v.askama")]
struct OutputModule<'a> {
    name: &'a Ident,
    ports: Ports,
    widths: Widths,
    fifo: Part,
}

#[derive(Template)]
#[template(path = "im2col/im2col_bench.v.askama")]
struct BenchModule<'a> {
    name: &'a Ident,
    spec: &'a Im2col,
    ports: Ports,
    widths: Widths,
    unit: Part,
    memory: Part,
}

/// Names of the modules below the top, as they are emitted.
pub(super) struct Names {
    pub layer: Ident,
    pub walker: Ident,
    pub input: Ident,
    pub units: Ident,
    pub unit: Ident,
    pub output: Ident,
}

impl Names {
    pub(super) fn new(top: &Ident) -> Self {
        let part = |part: &str| top.part(part);
        Self {
            layer: part("layer"),
            walker: part("walker"),
            input: part("input"),
            units: part("units"),
            unit: part("unit"),
            output: part("output"),
        }
    }
}

pub(super) fn bench_name(top: &Ident) -> Ident {
    top.part("bench")
}

/// Parameter of a unit, and of all modules above it: words of a reserve.
pub(crate) const RESERVED_WORDS: &str = "ReservedWords";

fn top_module(spec: &Im2col, top: &Ident, names: &Names) -> Source {
    let widths = spec.widths();
    let ports = spec.interface().ports();
    let part = |name: &Ident, inner: Ports| Part::new(name, &inner, &ports);
    let template = TopModule {
        top,
        spec,
        widths,
        layer: part(&names.layer, layer_ports(spec, &widths)),
        walker: part(&names.walker, walker_ports(&widths)),
        input: part(&names.input, input_ports(&widths)),
        units: part(&names.units, units_ports(spec, &widths)).parameters(&[RESERVED_WORDS]),
        output: part(&names.output, output_ports(spec, &widths)),
        several: spec.several(),
        ports,
    };
    Source::generated(top, &template)
}

fn layer_module(spec: &Im2col, names: &Names) -> Source {
    let widths = spec.widths();
    let number = |value: u32| Literal::unsigned(value.into(), widths.number);
    let template = LayerModule {
        name: &names.layer,
        ports: layer_ports(spec, &widths),
        widths,
        several: spec.several(),
        lane_bits: spec.lane_bits(),
        lane_msb: widths.lane.msb(),
        lane_zero: Literal::unsigned(0, widths.lane),
        max_kernel: number(spec.max_kernel),
        max_stride: number(spec.max_stride),
        max_channels: number(spec.max_channels),
        max_map: number(spec.max_map),
        units: number(spec.units),
        memory_lines: Literal::unsigned(spec.memory_lines.into(), widths.product),
        counter_zero: Literal::unsigned(0, widths.counter),
        error_illegal: Literal::unsigned(1, Width::new(ERROR_WIDTH)),
    };
    Source::generated(&names.layer, &template)
}

fn walker_module(spec: &Im2col, names: &Names) -> Source {
    let widths = spec.widths();
    let lane = |value: u32| Literal::unsigned(value.into(), widths.lane);
    let template = WalkerModule {
        name: &names.walker,
        spec,
        ports: walker_ports(&widths),
        widths,
        several: spec.several(),
        one_lane: lane(1),
        first_lane: lane(0),
        last_lane: lane(spec.units - 1),
    };
    Source::generated(&names.walker, &template)
}

fn input_module(spec: &Im2col, names: &Names) -> Source {
    let widths = spec.widths();
    let template = InputModule {
        name: &names.input,
        spec,
        ports: input_ports(&widths),
        widths,
        several: spec.several(),
        first_unit: Literal::unsigned(1, widths.lanes),
    };
    Source::generated(&names.input, &template)
}

fn units_module(spec: &Im2col, names: &Names) -> Source {
    let widths = spec.widths();
    let ports = units_ports(spec, &widths);
    let unit = Part::new(&names.unit, &unit_ports(&widths), &ports);
    let template = UnitsModule {
        name: &names.units,
        spec,
        widths,
        several: spec.several(),
        unit: unit.parameters(&[RESERVED_WORDS]),
        fifo: library::FIFO.within(&names.units, &ports),
        memory_fifo: library::MEMORY_FIFO.within(&names.units, &ports),
        link_words: spec.link_words(),
        ports,
    };
    Source::generated(&names.units, &template)
}

fn unit_module(spec: &Im2col, names: &Names) -> Source {
    let widths = spec.widths();
    let ports = unit_ports(&widths);
    let template = UnitModule {
        name: &names.unit,
        spec,
        widths,
        fifo: library::FIFO.within(&names.unit, &ports),
        memory_fifo: library::MEMORY_FIFO.within(&names.unit, &ports),
        ports,
    };
    Source::generated(&names.unit, &template)
}

fn output_module(spec: &Im2col, names: &Names) -> Source {
    let widths = spec.widths();
    let ports = output_ports(spec, &widths);
    let fifo = library::FIFO.within(&names.output, &ports);
    let template = OutputModule { name: &names.output, widths, fifo, ports };
    Source::generated(&names.output, &template)
}

pub(super) fn modules(spec: &Im2col, top: &Ident) -> Vec<Source> {
    let names = Names::new(top);
    vec![
        top_module(spec, top, &names),
        layer_module(spec, &names),
        walker_module(spec, &names),
        input_module(spec, &names),
        units_module(spec, &names),
        unit_module(spec, &names),
        output_module(spec, &names),
        library::FIFO.source(top),
        library::MEMORY_FIFO.source(top),
        library::MEMORY.source(top),
    ]
}

pub(super) fn memories(spec: &Im2col) -> Vec<Memory> {
    let widths = spec.widths();
    // An element, its row and its column
    let word = Width::new(widths.data.bits() + 2 * widths.coordinate.bits());
    let reserve = |unit: u32| {
        let reserve = Memory::of_fifo("u_reserve", word, spec.reserved_words);
        reserve.within(format!("u_units.gen_unit[{unit}].u_unit"))
    };
    let wrap = Memory::of_fifo("u_units.u_wrap", word, spec.neighbour_words);
    std::iter::once(wrap).chain((0..spec.units).map(reserve)).collect()
}

pub(super) fn cells(spec: &Im2col, top: &Ident) -> Vec<Source> {
    let name = bench_name(top);
    let ports = spec.bench_interface().ports();
    let bench = BenchModule {
        name: &name,
        spec,
        widths: spec.widths(),
        unit: Part::new(top, &spec.interface().ports(), &ports),
        memory: library::MEMORY.within(&name, &ports),
        ports,
    };
    vec![Source::generated(&name, &bench)]
}
