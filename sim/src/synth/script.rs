//! What Yosys is told.

use super::{Options, Target};
use crate::liberty::Library;
use crate::netlist::{REGISTER, REGISTER_CELL};
use crate::yosys;
use hwgen_gen::Module;

/// The mapped netlist: flat, or with modules in modules if they were mapped one by one.
pub(super) const NETLIST_JSON: &str = "netlist.json";
/// The same as Verilog, flat.
pub(super) const NETLIST_VERILOG: &str = "netlist.v";
/// The same for OpenSTA: ports bit by bit, and the pins of macros as ports.
pub(super) const TIMING_VERILOG: &str = "timing.v";
/// The same with ports as they are, for constraints of the user's.
pub(super) const PORTS_VERILOG: &str = "ports.v";
/// Constraints of the user's.
pub(super) const SDC: &str = "user.sdc";
/// The netlist for OpenSTA as JSON.
pub(super) const TIMING_JSON: &str = "timing.json";
/// Modules that become black boxes.
pub(super) const MACROS_JSON: &str = "macros.json";
/// The same with their contents, under the names that their types have in the netlist.
pub(super) const MACROS_VERILOG: &str = "macros.v";
/// The Liberty file.
pub(super) const LIBERTY: &str = "cells.lib";
/// The same for ABC.
pub(super) const ABC_LIBERTY: &str = "abc.lib";
/// What ABC is told about the surroundings of the logic.
pub(super) const CONSTRAINTS: &str = "abc.constraints";
/// How flip-flops become cells of the library.
pub(super) const FLIP_FLOPS: &str = "flip_flops.v";

/// Picofarads of so many buffer inputs hang on every output.
pub(super) const OUTPUT_FANOUT: f64 = 4.0;

/// What ABC does: as Yosys tells it, but that a net drives up to 16 pins without a buffer, not 10.
/// Two small blocks get no slower by that on three libraries, nor two large ones on one; most of
/// them get smaller.
const ABC_SCRIPT: &str = "+strash;&get,-n;&fraig,-x;&put;scorr;dc2;strash;&get,-n;&dch,-f;&nf;\
    &put;buffer,-N,16;upsize;dnsize;stime,-p";

/// The whole script.
pub(super) fn script(modules: &[Module], top: &str, options: &Options) -> String {
    let read = yosys::read(modules);
    let has_macros = modules.iter().any(Module::is_macro);
    // How many bits a macro stores is seen only while it has contents.
    let macros = if has_macros {
        format!(
            "json -o {MACROS_JSON} A:macro\nselect A:macro\n\
             write_verilog -selected -noattr {MACROS_VERILOG}\nselect -clear\nblackbox A:macro\n"
        )
    } else {
        String::new()
    };
    // Problems are looked for twice: in the flattened RTL, where they still bear the names of the
    // designer, and in the generic netlist.
    let examine = "design -save read\nflatten\nopt_expr\nopt_clean\ncheck\ndesign -load read\n";
    let registers = format!("setattr -set {REGISTER} 1 t:$*dff* %co1:+[Q] w:* %i\n");
    let join = if options.by_module { JOIN_PRIMITIVES } else { "" };
    let map = map(top, options);
    let write = write(options, has_macros);
    format!(
        "{read}hierarchy -check -top {top}\nproc\n{macros}{registers}{join}{examine}{map}{write}"
    )
}

/// Modules with parameters are the primitives of `hdl/prim`: small, and as many as there are depths
/// of delay lines. Each becomes a part of the module that uses it; the others stay what they are.
const JOIN_PRIMITIVES: &str = "setattr -mod -set keep_hierarchy 1 * $paramod* %d\nflatten\n\
    setattr -mod -unset keep_hierarchy *\n";

/// Joining the modules of a large netlist and writing it as Verilog takes longer than all the rest:
/// only where it is read.
fn write(options: &Options, has_macros: bool) -> String {
    let timing = options.target == Target::Liberty;
    let is_written = options.netlist.is_some() || options.judge;
    let is_read = timing || is_written;
    let when = |condition: bool, lines: &str| if condition { lines } else { "" }.to_owned();
    [
        when(is_read || !options.by_module, "flatten\nopt_clean -purge\n"),
        when(is_read, "splitnets\nopt_clean -purge\nrename -enumerate\n"),
        format!("write_json {NETLIST_JSON}\n"),
        when(is_written, &write_verilog(NETLIST_VERILOG)),
        when(timing && has_macros, "expose -evert =A:macro %C\n"),
        when(timing && options.clock.is_some(), &write_verilog(PORTS_VERILOG)),
        // OpenSTA reads names and single bits, and no concatenations.
        when(
            timing,
            &format!(
                "splitnets -ports\nopt_clean -purge\nwrite_json {TIMING_JSON}\n{}",
                write_verilog(TIMING_VERILOG)
            ),
        ),
    ]
    .concat()
}

fn write_verilog(file: &str) -> String {
    format!("write_verilog -noattr -noexpr {file}\n")
}

fn map(top: &str, options: &Options) -> String {
    let generic = |more: &str| {
        let flatten = if options.by_module { "" } else { " -flatten" };
        format!("synth -top {top}{flatten}{more}\ncheck\n")
    };
    let whole = if options.by_module { " -noflatten" } else { "" };
    match options.target {
        // Read for the log to say where the models of these gates are.
        Target::Generic => generic("") + "read_verilog -lib +/simcells.v\n",
        Target::Ice40 => format!("synth_ice40 -top {top}{whole}\ncheck\n"),
        Target::Ecp5 => format!("synth_ecp5 -top {top}{whole}\ncheck\n"),
        Target::Liberty => {
            // Sums become gates, too: put into a full adder of the library, a bit keeps ABC from
            // simplifying across it, and the whole gets larger, and mostly slower.
            let gates = generic("");
            format!(
                "read_liberty -lib -ignore_miss_func -ignore_miss_dir {LIBERTY}\n{gates}\
                 {}abc -liberty {} -constr {} -script {ABC_SCRIPT}\n",
                map_flip_flops(),
                for_abc(ABC_LIBERTY),
                for_abc(CONSTRAINTS)
            )
        }
    }
}

/// A file by a name that ABC can read: Yosys passes absolute names on without quotes, and the one of
/// this directory may need some.
fn for_abc(file: &str) -> String {
    let here = if cfg!(target_os = "linux") { "/proc/self/cwd/" } else { "" };
    format!("{here}{file}")
}

/// What a register is called stays in the name of its flip-flop, also where that is followed by an
/// inverter. Enables and synchronous resets become gates.
fn map_flip_flops() -> String {
    format!(
        "rename -wire -suffix {REGISTER_CELL} t:$_*DFF*\n\
         dfflegalize -cell $_DFF_?_ x -cell $_DFF_???_ x -cell $_DFFSR_???_ x t:$_*DFF*\n\
         techmap -map {FLIP_FLOPS}\n"
    )
}

/// With constraints, ABC also inserts buffers and chooses the sizes of cells.
pub(super) fn constraints(library: &Library) -> String {
    library.buffer().map_or_else(String::new, |(buffer, picofarads)| {
        let femtofarads = OUTPUT_FANOUT * picofarads * 1e3;
        format!("set_driving_cell {buffer}\nset_load {femtofarads:.3}\n")
    })
}
