//! The mapped netlist plays the emitted bench in the place of the RTL, for every target; a wrong
//! one fails it. Netlists of all blocks are judged where they are made, in `synthesis`.

use hwgen_gen::{Design, Module, blocks};
use hwgen_sim::liberty::Library;
use hwgen_sim::synth::{self, Judgement, Options, Report, Target};
use hwgen_sim::tool::Tool;
use hwgen_testbenches::{available, or_skip};
use std::fs;

const TOOLS: &[Tool] = &[Tool::Yosys, Tool::Icarus];

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

#[test]
fn netlists_for_every_target_play_the_bench_or_say_why_not() {
    if !available(TOOLS) || or_skip(synth::osu018()).is_none() {
        return;
    }
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

/// A netlist on the OSU018 cells, and models of them.
fn mapped(design: &Design) -> Option<(String, Vec<Module>)> {
    let liberty = or_skip(synth::osu018())?;
    let folder = tempfile::tempdir().expect("a temporary directory");
    let path = folder.path().join("netlist.v");
    let options = Options { netlist: Some(path.clone()), judge: false, ..judged(Target::Liberty) };
    let report = synth::run(design, &options).expect("Yosys runs");
    let library = Library::read(&[liberty], &[]).expect("a library");
    let models = library.models(report.cells.keys().map(String::as_str)).expect("models");
    Some((fs::read_to_string(path).expect("a netlist"), models))
}

#[test]
fn a_wrong_netlist_fails_the_bench() {
    if !available(TOOLS) {
        return;
    }
    let design = sums();
    let Some((netlist, models)) = mapped(&design) else { return };
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
    for (what, netlist, models) in [
        ("another gate", &swapped, &models),
        ("a flip-flop that inverts", &netlist, &inverted),
        ("a flip-flop at the other edge", &netlist, &never_set),
    ] {
        let judgement = play(netlist, models);
        let Judgement::Failed { log } = judgement else { panic!("{what}: {judgement:?}") };
        assert!(log.contains("FAIL"), "{what}: the bench's own words: {log}");
    }
}
