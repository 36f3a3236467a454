//! From the specification to Verilog: widths and template contexts.

use super::cycles::CONTROL_STAGES;
use super::{Gemm, Multiplier, STEPS_WIDTH, Split, TileBeat};
use crate::block::Package;
use crate::library;
use crate::verilog::{Ident, Literal, Part, Port, PortGroup, Ports, Width};
use crate::{Memory, Source};
use askama::Template;

/// Of the stages of the control, those in the outlet.
const OUTLET_CYCLES: u32 = 3;

/// Widths of everything.
#[derive(Clone, Copy, Debug)]
struct Widths {
    data: Width,
    acc: Width,
    /// A sum, without its high part if it has one: what a product is added to.
    sum: Width,
    /// The rest of it, which only takes carries over; absent if it would have one bit or none.
    high: Option<Width>,
    total: Width,
    result: Width,
    cut: Width,
    steps: Width,
    register: Width,
    /// A register of one of the two tiles that share them.
    word: Width,
    slot: Width,
    split: Width,
}

impl Gemm {
    fn widths(&self) -> Widths {
        let data = self.data().width();
        let acc = Width::new(self.acc_width);
        let kept = Width::new(data.product(data).bits() - self.product_cut);
        // One bit more than a product is extended with the product: no part is worth a cycle.
        let high = acc.bits().checked_sub(kept.bits()).filter(|&high| high > 1).map(Width::new);
        let sum = if high.is_some() { kept } else { acc };
        let aligned = sum.shifted_left(self.product_cut);
        Widths {
            data,
            acc,
            sum,
            high,
            // An unsigned low part plus a signed product: a carry and a sign more.
            total: if high.is_some() { aligned.shifted_left(2) } else { aligned },
            result: self.result().width(),
            cut: Width::index(self.acc_width).named("CutWidth"),
            steps: Width::new(STEPS_WIDTH),
            register: Width::index(self.acc_regs),
            word: Width::index(2 * self.acc_regs).named("RegisterWidth"),
            slot: Width::index(self.cols),
            split: Width::index(self.split.largest_mode() + 1),
        }
    }

    /// Whether a sum reaches so far beyond a product that its upper part has a cycle of its own.
    pub(super) fn has_high_part(&self) -> bool {
        self.widths().high.is_some()
    }

    fn booth(&self) -> bool {
        self.multiplier == Multiplier::Booth
    }
}

#[derive(Template)]
#[template(path = "gemm/gemm.v.askama")]
struct TopModule<'a> {
    top: &'a Ident,
    spec: &'a Gemm,
    ports: Ports,
    widths: Widths,
    control: Part,
    row: Part,
    delay_line: Part,
    several: bool,
    divisible: bool,
    four: bool,
    arrays: u32,
    height: u32,
    latency: u64,
    control_latency: u64,
}

#[derive(Template)]
#[template(path = "gemm/gemm_control.v.askama")]
struct ControlModule<'a> {
    name: &'a Ident,
    spec: &'a Gemm,
    ports: Ports,
    widths: Widths,
    several: bool,
    divisible: bool,
    /// The field can hold more than there is.
    clamp_registers: bool,
    clamp_split: bool,
    register_zero: Literal,
    register_one: Literal,
    register_last: Literal,
    slot_last: Literal,
}

#[derive(Template)]
#[template(path = "gemm/gemm_row.v.askama")]
struct RowModule<'a> {
    name: &'a Ident,
    spec: &'a Gemm,
    ports: Ports,
    widths: Widths,
    pe: Part,
    outlet: Part,
    several: bool,
    high: bool,
    high_width: u32,
    step_taps: u32,
    turn_taps: u32,
    /// A single column whose sums have one part: no tap but the first is seen here.
    only_tap: bool,
}

#[derive(Template)]
#[template(path = "gemm/gemm_pe.v.askama")]
struct PeModule<'a> {
    name: &'a Ident,
    spec: &'a Gemm,
    ports: Ports,
    widths: Widths,
    several: bool,
    high: bool,
    high_width: u32,
    last_word: u32,
    booth: bool,
    digits: u32,
    odd: bool,
    sign_weights: Literal,
}

#[derive(Template)]
#[template(path = "gemm/gemm_outlet.v.askama")]
struct OutletModule<'a> {
    name: &'a Ident,
    ports: Ports,
    widths: Widths,
    high: bool,
    saturates: bool,
    outlet_cycles: u32,
}

const fn bit() -> Width {
    Width::new(1)
}

/// Ports that exist under a condition.
fn when(condition: bool, ports: impl IntoIterator<Item = Port>) -> Vec<Port> {
    if condition { ports.into_iter().collect() } else { Vec::new() }
}

fn clock_and_advance() -> PortGroup {
    PortGroup::new(
        "Clock; nothing moves unless the array advances",
        vec![Port::input("clk_i", bit()), Port::input("advance_i", bit())],
    )
}

fn control_ports(spec: &Gemm, widths: &Widths) -> Ports {
    let several = spec.several_registers();
    let mut tile = vec![Port::input("tile_valid_i", bit()), Port::output("tile_ready_o", bit())];
    let fields = TileBeat::declared(spec).fields();
    tile.extend(
        fields.iter().map(|field| Port::input(format!("tile_{}_i", field.name), field.width())),
    );
    let streams = ["weights", "patches"].into_iter().flat_map(|stream| {
        [
            Port::input(format!("{stream}_valid_i"), bit()),
            Port::output(format!("{stream}_ready_o"), bit()),
        ]
    });
    let mut step = vec![Port::output("step_o", bit()), Port::output("first_o", bit())];
    step.extend(when(several, [Port::output("step_register_o", widths.word)]));
    step.extend(when(spec.is_divisible(), [Port::output("split_o", widths.split)]));
    let mut drain = vec![Port::output("drain_o", bit())];
    drain.extend(when(several, [Port::output("drain_register_o", widths.word)]));
    drain.push(Port::output("drain_cut_o", widths.cut));
    Ports(vec![
        PortGroup::clock_and_reset(),
        PortGroup::new("The array advances", vec![Port::input("advance_i", bit())]),
        PortGroup::new("Tile descriptors", tile),
        PortGroup::new("Handshakes of the operands", streams.collect()),
        PortGroup::new("Step that enters row 0, column 0 in this cycle", step),
        PortGroup::new("Turn of a register to leave row 0, column 0, two cycles late", drain),
        PortGroup::new(
            "One cycle per column and register: a result is on its way",
            vec![Port::output("result_o", bit())],
        ),
    ])
}

fn row_ports(spec: &Gemm, widths: &Widths) -> Ports {
    let patches = widths.data.times(spec.cols).named("PatchesWidth");
    let idle = Width::new(spec.cols).named("Cols");
    let several = spec.several_registers();
    let both = |name: &str, width| {
        let (above, below) = (format!("above_{name}_i"), format!("below_{name}_o"));
        [Port::input(above, width), Port::output(below, width)]
    };
    let mut step = both("first", bit()).to_vec();
    step.extend(when(several, both("register", widths.word)));
    let mut drain = both("drain", bit()).to_vec();
    drain.extend(when(several, both("drain_register", widths.word)));
    drain.extend(both("cut", widths.cut));
    Ports(vec![
        PortGroup::clock_and_reset(),
        PortGroup::new("The array advances", vec![Port::input("advance_i", bit())]),
        PortGroup::new(
            "Weight from the left",
            vec![Port::input("weight_i", widths.data), Port::input("weight_idle_i", bit())],
        ),
        PortGroup::new(
            "Patch elements from above, and to the row below",
            [both("patches", patches), both("idle", idle)].concat(),
        ),
        PortGroup::new("What to do in the step, and the same for the row below", step),
        PortGroup::new("Whose turn it is to leave, and the same for the row below", drain),
        PortGroup::new("Result", vec![Port::output("result_o", widths.result)]),
    ])
}

fn pe_ports(spec: &Gemm, widths: &Widths) -> Ports {
    let several = spec.several_registers();
    let step = |prefix: &str| {
        let mut ports = vec![Port::input(format!("{prefix}first_i"), bit())];
        ports.extend(when(several, [Port::input(format!("{prefix}register_i"), widths.word)]));
        ports
    };
    let drain = |prefix: &str| {
        let mut ports = vec![Port::input(format!("{prefix}drain_i"), bit())];
        let register = Port::input(format!("{prefix}drain_register_i"), widths.word);
        ports.extend(when(several, [register]));
        ports
    };
    let operands = |suffix: &str, port: fn(String, Width) -> Port| {
        ["weight", "patch"].map(|name| {
            [
                port(format!("{name}_{suffix}"), widths.data),
                port(format!("{name}_idle_{suffix}"), bit()),
            ]
        })
    };
    let mut groups = vec![
        clock_and_advance(),
        PortGroup::new("Operands; idle: nothing to multiply", operands("i", Port::input).concat()),
        PortGroup::new("The same, one cycle later", operands("o", Port::output).concat()),
        PortGroup::new("Step whose operands were taken last", step("")),
    ];
    if widths.high.is_some() {
        groups.push(PortGroup::new("The step before it: high part", step("high_")));
    }
    let mut leaving = drain("");
    leaving.push(Port::output("sum_o", widths.sum));
    let title = match widths.high {
        Some(_) => "Sum without its high part if it is its turn, else zero",
        None => "Sum if it is its turn, else zero",
    };
    groups.push(PortGroup::new(title, leaving));
    if let Some(high) = widths.high {
        let mut leaving = drain("high_");
        leaving.push(Port::output("high_o", high));
        groups.push(PortGroup::new("High part, one cycle later", leaving));
    }
    Ports(groups)
}

fn outlet_ports(widths: &Widths) -> Ports {
    let mut sum = vec![Port::input("sum_i", widths.sum)];
    sum.extend(widths.high.map(|high| Port::input("high_i", high)));
    Ports(vec![
        clock_and_advance(),
        PortGroup::new("Sum", sum),
        PortGroup::new(
            "Low bits to be dropped, and the same one cycle later",
            vec![Port::input("cut_i", widths.cut), Port::output("cut_o", widths.cut)],
        ),
        PortGroup::new("Result", vec![Port::output("result_o", widths.result)]),
    ])
}

/// Names of the modules below the top, as they are emitted.
pub(super) struct Names {
    pub control: Ident,
    pub row: Ident,
    pub pe: Ident,
    pub outlet: Ident,
}

impl Names {
    pub(super) fn new(top: &Ident) -> Self {
        let part = |part: &str| top.part(part);
        Self { control: part("control"), row: part("row"), pe: part("pe"), outlet: part("outlet") }
    }
}

fn top_module(spec: &Gemm, top: &Ident, names: &Names) -> Source {
    let widths = spec.widths();
    let ports = spec.interface().ports();
    let template = TopModule {
        top,
        spec,
        widths,
        control: Part::new(&names.control, &control_ports(spec, &widths), &ports),
        row: Part::new(&names.row, &row_ports(spec, &widths), &ports),
        delay_line: library::DELAY_LINE.within(top, &ports),
        ports,
        several: spec.several_registers(),
        divisible: spec.is_divisible(),
        four: spec.split == Split::Four,
        arrays: spec.split.arrays(),
        height: spec.rows / spec.split.arrays(),
        latency: spec.latency(),
        control_latency: CONTROL_STAGES,
    };
    Source::generated(top, &template)
}

fn control_module(spec: &Gemm, names: &Names) -> Source {
    let widths = spec.widths();
    let register = |value: u32| Literal::unsigned(value.into(), widths.register);
    let template = ControlModule {
        name: &names.control,
        spec,
        ports: control_ports(spec, &widths),
        widths,
        several: spec.several_registers(),
        divisible: spec.is_divisible(),
        clamp_registers: !spec.acc_regs.is_power_of_two(),
        clamp_split: spec.split == Split::Four,
        register_zero: register(0),
        register_one: register(1),
        register_last: register(spec.acc_regs - 1),
        slot_last: Literal::unsigned((spec.cols - 1).into(), widths.slot),
    };
    Source::generated(&names.control, &template)
}

fn row_module(spec: &Gemm, names: &Names) -> Source {
    let widths = spec.widths();
    let high = widths.high.is_some();
    let ports = row_ports(spec, &widths);
    let template = RowModule {
        name: &names.row,
        spec,
        widths,
        pe: Part::new(&names.pe, &pe_ports(spec, &widths), &ports),
        outlet: Part::new(&names.outlet, &outlet_ports(&widths), &ports),
        ports,
        several: spec.several_registers(),
        high,
        high_width: widths.high.map_or(0, Width::bits),
        step_taps: spec.cols + u32::from(high),
        turn_taps: if high { spec.cols } else { (spec.cols - 1).max(1) },
        only_tap: spec.cols == 1 && !high,
    };
    Source::generated(&names.row, &template)
}

fn pe_module(spec: &Gemm, names: &Names) -> Source {
    let widths = spec.widths();
    let digits = spec.data_width.div_ceil(2);
    // Every multiple's sign counts negative; modulo 2^total, all of them together.
    let signs: u128 = (0..digits).map(|digit| 1 << (spec.data_width + 2 * digit)).sum();
    let modulus = 1_u128 << widths.total.bits();
    let template = PeModule {
        name: &names.pe,
        spec,
        ports: pe_ports(spec, &widths),
        widths,
        several: spec.several_registers(),
        high: widths.high.is_some(),
        high_width: widths.high.map_or(0, Width::bits),
        last_word: 2 * spec.acc_regs - 1,
        booth: spec.booth(),
        digits,
        odd: spec.data_width % 2 == 1,
        sign_weights: Literal::unsigned((modulus - signs % modulus) % modulus, widths.total),
    };
    Source::generated(&names.pe, &template)
}

fn outlet_module(spec: &Gemm, names: &Names) -> Source {
    let widths = spec.widths();
    let template = OutletModule {
        name: &names.outlet,
        ports: outlet_ports(&widths),
        widths,
        high: widths.high.is_some(),
        saturates: widths.acc > widths.result,
        outlet_cycles: OUTLET_CYCLES,
    };
    Source::generated(&names.outlet, &template)
}

pub(super) fn modules(spec: &Gemm, top: &Ident) -> Vec<Source> {
    let names = Names::new(top);
    let mut modules = vec![
        top_module(spec, top, &names),
        control_module(spec, &names),
        row_module(spec, &names),
        pe_module(spec, &names),
        outlet_module(spec, &names),
    ];
    if spec.rows > 1 || spec.cols > 1 {
        modules.extend([library::DELAY_LINE.source(top), library::MEMORY.source(top)]);
    }
    modules
}

/// What is in the delay lines that are long.
pub(super) fn memories(spec: &Gemm) -> Vec<Memory> {
    let widths = spec.widths();
    let idle = widths.data.shifted_left(1); // an operand, and whether it is idle
    let line = |within: String, word, cycles| {
        Memory::of_delay_line(format!("{within}.u_delay"), word, cycles)
    };
    let weights =
        (1..spec.rows).map(|row| line(format!("gen_weight[{row}].gen_delayed"), idle, row));
    let patches =
        (1..spec.cols).map(|column| line(format!("gen_patch[{column}].gen_delayed"), idle, column));
    let results = (0..spec.rows - 1)
        .map(|row| line(format!("gen_row[{row}].gen_delayed"), widths.result, spec.rows - 1 - row));
    let entries = (1..spec.split.arrays()).flat_map(|entry| {
        let first = entry * spec.rows / spec.split.arrays();
        let enters = idle.shifted_left(1);
        (0..spec.cols).map(move |column| {
            line(format!("gen_entry[{entry}].gen_patch[{column}]"), enters, first + column)
        })
    });
    weights.chain(patches).chain(entries).chain(results).flatten().collect()
}
