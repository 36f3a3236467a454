//! The mapped netlist plays the emitted bench in the place of the RTL, for every target; a wrong
//! one fails it. Netlists of all blocks are judged where they are made, in `synthesis`.

use hwgen_gen::{Design, Module, blocks};
use hwgen_sim::liberty::Library;
use hwgen_sim::synth::{self, Judgement, Options, PowerUp, Report, Target};
use hwgen_sim::tool::{self, Tool};
use hwgen_testbenches::{Check, Layer, itself};
use std::fs;

/// The checks of this layer.
pub fn checks() -> Vec<Check> {
    let mut layer = Layer::new("netlist");
    layer.needs_cells(&[Tool::Yosys, Tool::OpenSta, Tool::Icarus]);
    itself!(
        layer,
        netlists_for_every_target_play_the_bench_or_say_why_not,
        a_wrong_netlist_fails_the_bench,
    );
    layer.needs(&[Tool::Yosys, Tool::Nextpnr]);
    itself!(layer, a_netlist_is_placed_and_routed);
    layer.checks()
}

fn judged(target: Target) -> Options {
    Options { target, by_module: true, judge: true, ..Options::default() }
}

/// Why the netlist of `report` is not known to do what the RTL does.
pub fn doubt(report: &Report) -> Option<String> {
    match &report.netlist {
        Some(Judgement::Passed { beats, registers, toggled, .. })
            if *beats > 0 && *registers == report.flip_flops && *toggled > 0 =>
        {
            None
        }
        other => Some(format!("netlist on {:?}: {other:?}", report.target)),
    }
}

/// A design with products, sums and registers.
fn sums() -> Design {
    blocks::ALL[0].parse("--width 8 --stages 1 --columns 1").expect("legal flags")
}

fn netlists_for_every_target_play_the_bench_or_say_why_not() {
    let design = sums();
    for target in [Target::Generic, Target::Liberty, Target::Ice40] {
        let report = synth::run(&design, &judged(target)).expect("Yosys runs");
        assert_eq!(doubt(&report), None, "{:?}", report.problems);
    }
    // A multiplier of the chip, of which Yosys has no model to simulate
    let report = synth::run(&design, &judged(Target::Ecp5)).expect("Yosys runs");
    let reason = "there is no model of cell MULT18X18D to simulate".to_owned();
    assert_eq!(report.netlist, Some(Judgement::NotJudged { reason }));
}

fn a_netlist_is_placed_and_routed() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let netlist = folder.path().join("netlist.json");
    let target = Target::Ice40;
    let options = Options { target, netlist: Some(netlist.clone()), ..Options::default() };
    synth::run(&sums(), &options).expect("Yosys runs");
    let routed = folder.path().join("routed.asc");
    let mut nextpnr = Tool::Nextpnr.command().expect("nextpnr");
    nextpnr.args(["--hx8k", "--package", "ct256", "--json"]).arg(&netlist);
    tool::run_for(nextpnr.arg("--asc").arg(&routed), &routed).expect("it is routed");
    assert!(fs::metadata(routed).expect("a file").len() > 0);
}

/// A netlist on the OSU018 cells, and models of them.
fn mapped(design: &Design) -> (String, Vec<Module>) {
    let liberty = synth::osu018().expect("the cells");
    let folder = tempfile::tempdir().expect("a temporary directory");
    let path = folder.path().join("netlist.v");
    let options = Options { netlist: Some(path.clone()), judge: false, ..judged(Target::Liberty) };
    let report = synth::run(design, &options).expect("Yosys runs");
    let library = Library::read(&[liberty], &[]).expect("a library");
    let models = library.models(report.cells.keys().map(String::as_str)).expect("models");
    (fs::read_to_string(path).expect("a netlist"), models)
}

fn a_wrong_netlist_fails_the_bench() {
    let design = sums();
    let (netlist, models) = mapped(&design);
    let play = |netlist: &str, models: &[Module]| {
        synth::play(&design, netlist, models, 200).expect("Icarus runs")
    };
    assert!(matches!(play(&netlist, &models), Judgement::Passed { .. }));
    let swapped = netlist.replace("AOI21X1 ", "OAI21X1 ");
    let changed = |kind: &str, find: &str, replace: &str| {
        let mut models = models.clone();
        let model = models.iter_mut().find(|model| model.name == kind).expect("such a cell");
        assert!(model.text.contains(find), "{}", model.text);
        model.text = model.text.replace(find, replace);
        models
    };
    let inverted = changed("DFFSR", "assign Q = ", "assign Q = ~");
    let never_set = changed("DFFPOSX1", "posedge", "negedge");
    let never_reset = changed("DFFSR", "(~R)", "1'b0");
    for (what, netlist, models) in [
        ("another gate", &swapped, &models),
        ("a flip-flop that inverts", &netlist, &inverted),
        ("a flip-flop at the other edge", &netlist, &never_set),
        ("a flip-flop without its reset", &netlist, &never_reset),
    ] {
        let judgement = play(netlist, models);
        let Judgement::Failed { log } = judgement else { panic!("{what}: {judgement:?}") };
        assert!(log.contains("FAIL"), "{what}: the bench's own words: {log}");
    }
    // Gates may make an unknown bit of a choice between equals: here of the bit `z`.
    let bit = "reg z;\ninitial if ($value$plusargs(\"power_up=%b\", z)) z = $random;\n";
    let choosy = changed("DFFSR", "assign Q = ", &format!("{bit}assign Q = (z & ~z) | "));
    let judgement = play(&netlist, &choosy);
    let Judgement::Passed { power_up, .. } = judgement else { panic!("{judgement:?}") };
    assert_eq!(power_up, PowerUp::ByChance);
}
