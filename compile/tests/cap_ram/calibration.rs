//! Corrections found in closed loop are those that the engine would find by itself.

use crate::common::{design, element, kind, network, node, program, sums};
use hwgen_compile::Session;
use hwgen_gen::block::Block;
use hwgen_gen::blocks::cap_ram::measure::{MEASURED, calibrations, master_curve};
use hwgen_gen::blocks::cap_ram::{Calibration, CalibrationBeat, CurveBeat, Engine, Generated};
use hwgen_gen::traffic::Traffic;
use hwgen_gen::{Beat, GoldenMachine, Machine, MachineError, Played};
use hwgen_networks::operators::Dense;
use hwgen_networks::{Network, Operator};
use hwgen_numerics::Weights;

/// Conversions of a dot product where codes are noisy, as in the paper.
const CONVERSIONS: usize = 16;

/// Input streams.
const CALIBRATION: usize = 1;
const CURVE: usize = 5;

/// A machine that remembers what it was played last.
struct Remembering<'a> {
    machine: GoldenMachine<'a>,
    last: Vec<Traffic>,
}

impl Machine for Remembering<'_> {
    fn play(&mut self, phases: &[Traffic]) -> Result<Played, MachineError> {
        self.last = phases.to_vec();
        self.machine.play(phases)
    }
}

fn small_network() -> Network {
    let weights = Weights::new(1, vec![1, -1]).expect("legal weights");
    let dense = Operator::Dense(Dense { weights, requantisation: sums(1) });
    network(kind([2, 1, 1], element(4, false, 0)), vec![node("only", &["image"], dense)])
}

/// Calibrations of all slices and points of the master curve with which a session begins.
fn corrections(flags: &str) -> (Vec<Calibration>, Vec<i64>) {
    let (design, network) = (design("cap_ram", flags), small_network());
    let program = program(&design, &network);
    let machine = Remembering { machine: GoldenMachine::new(&design), last: Vec::new() };
    let session = Session::new(&network, &program, machine).expect("a setup");
    let [Traffic(streams)] = &session.machine().last[..] else { panic!("one phase") };
    let beats = &streams[CALIBRATION];
    let calibration = |beat: usize| {
        let CalibrationBeat { slice, gain, offset } = CalibrationBeat::read(beats, beat);
        assert_eq!(slice, beat as i64, "slice after slice");
        Calibration { gain, offset }
    };
    let points = streams.get(CURVE).into_iter();
    let correction = |beats, beat| CurveBeat::read(beats, beat).correction;
    let points = points.flat_map(|beats| (0..beats.len()).map(|beat| correction(beats, beat)));
    ((0..beats.len()).map(calibration).collect(), points.collect())
}

fn check(flags: &str, conversions: usize) {
    let spec = Generated::parse(flags).expect("legal flags");
    let mut engine = Engine::new(&spec);
    let lines = calibrations(&spec, &mut engine, conversions).expect("lines");
    let curve = if spec.curve_points() > 0 {
        master_curve(&spec, &mut engine, &lines, conversions).expect("a curve").corrections().into()
    } else {
        Vec::new()
    };
    assert!(lines.iter().any(|line| *line != Calibration::default()), "{flags}");
    assert_eq!(corrections(flags), (lines, curve), "{flags}");
}

#[test]
fn noisy_macros_are_measured_as_in_the_paper() {
    check(&format!("--slices 8 {MEASURED}"), CONVERSIONS);
    check(&format!("--slices 16 --columns 32 --analog-seed 5 {MEASURED}"), CONVERSIONS);
}

#[test]
fn the_master_curve_follows_the_lines() {
    check(&format!("--slices 8 --curve-points 16 {MEASURED}"), CONVERSIONS);
}

/// Without noise a second conversion tells nothing new.
#[test]
fn macros_without_noise_are_measured_once() {
    check("--slices 8 --columns 16 --offset-sigma 0.4 --cell-sigma 0.02", 1);
}

#[test]
fn ideal_macros_are_not_corrected() {
    let (lines, points) = corrections("--slices 8 --curve-points 16");
    assert_eq!((lines, points), (vec![Calibration::default(); 8], vec![0; 16]));
}

#[test]
fn a_slice_beyond_correction_ends_the_setup() {
    let design = design("cap_ram", "--slices 8 --columns 8 --adc-bits 4 --offset-sigma 8");
    let network = small_network();
    let program = program(&design, &network);
    let session = Session::new(&network, &program, GoldenMachine::new(&design));
    let error = session.map(|_| ()).expect_err("offsets beyond 4 LSB").to_string();
    assert!(error.starts_with("slice ") && error.contains("out of reach"), "{error}");
}
