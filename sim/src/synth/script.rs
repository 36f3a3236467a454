//! What Yosys is told.

use super::{Options, Target};
use crate::liberty::Library;
use crate::netlist::REGISTER;
use crate::yosys;
use hwgen_gen::Module;

/// The mapped, flat netlist.
pub(super) const NETLIST_JSON: &str = "netlist.json";
/// The same as Verilog.
pub(super) const NETLIST_VERILOG: &str = "netlist.v";
/// The Liberty file.
pub(super) const LIBERTY: &str = "cells.lib";
/// What ABC is told about the surroundings of the logic.
pub(super) const CONSTRAINTS: &str = "abc.constraints";

/// Picofarads of so many buffer inputs hang on every output.
pub(super) const OUTPUT_FANOUT: f64 = 4.0;

/// The whole script.
pub(super) fn script(modules: &[Module], top: &str, options: &Options) -> String {
    let read = yosys::read(modules);
    // Problems are looked for twice: in the flattened RTL, where they still bear the names of the
    // designer, and in the generic netlist.
    let examine = "design -save read\nflatten\nopt_expr\nopt_clean\ncheck\ndesign -load read\n";
    let registers = format!("setattr -set {REGISTER} 1 t:$*dff* %co1:+[Q] w:* %i\n");
    let map = map(top, options);
    // Writing a large netlist as Verilog takes longer than all the rest: only where it is read.
    let verilog = if options.netlist.is_some() || options.target == Target::Liberty {
        // OpenSTA reads names and single bits, and no concatenations.
        format!(
            "splitnets\nopt_clean -purge\nrename -enumerate\n\
             write_verilog -noattr -noexpr {NETLIST_VERILOG}\n"
        )
    } else {
        String::new()
    };
    format!(
        "{read}hierarchy -check -top {top}\nproc\n{registers}{examine}{map}\
         flatten\nopt_clean -purge\n{verilog}write_json {NETLIST_JSON}\n"
    )
}

fn map(top: &str, options: &Options) -> String {
    let generic = || {
        let flatten = if options.by_module { "" } else { " -flatten" };
        format!("synth -top {top}{flatten}\ncheck\n")
    };
    let whole = if options.by_module { " -noflatten" } else { "" };
    match options.target {
        Target::Generic => generic(),
        Target::Ice40 => format!("synth_ice40 -top {top}{whole}\ncheck\n"),
        Target::Ecp5 => format!("synth_ecp5 -top {top}{whole}\ncheck\n"),
        Target::Liberty => format!(
            "{}read_liberty -lib -ignore_miss_func -ignore_miss_dir {LIBERTY}\n\
             dfflibmap -liberty {LIBERTY}\n\
             abc -liberty {LIBERTY} -constr {CONSTRAINTS}\n",
            generic()
        ),
    }
}

/// With constraints, ABC also inserts buffers and chooses the sizes of cells.
pub(super) fn constraints(library: &Library) -> String {
    library.buffer().map_or_else(String::new, |(buffer, picofarads)| {
        let femtofarads = OUTPUT_FANOUT * picofarads * 1e3;
        format!("set_driving_cell {buffer}\nset_load {femtofarads:.3}\n")
    })
}
