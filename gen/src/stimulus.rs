//! Stimulus joined to one piece per stream, with the results the golden model expects.

use crate::Design;
use crate::traffic::Traffic;

/// What is played to a bench from reset, and what must come back.
#[derive(Clone, Debug)]
pub struct Stimulus {
    /// Beats of every input stream, all phases joined.
    pub inputs: Traffic,
    /// Beats expected of every output stream.
    pub expected: Traffic,
    /// Per input stream: beats accepted when each phase is over.
    pub input_ends: Vec<Vec<u64>>,
    /// Per output stream: beats caused by each phase and all before.
    pub output_ends: Vec<Vec<u64>>,
    /// Number of phases.
    pub phases: usize,
    /// Clock cycles from the first beat taken to the last result, as the design predicts them.
    pub predicted_cycles: Option<u64>,
}

impl Stimulus {
    /// Runs the golden model of `design`, from reset, over `phases`.
    pub fn new(design: &Design, phases: &[Traffic]) -> Self {
        let interface = design.spec.bench(&design.name).interface;
        let mut golden = design.spec.golden();
        let mut inputs = Traffic::new(&interface.inputs());
        let mut expected = Traffic::new(&interface.outputs());
        let mut input_ends = vec![Vec::new(); inputs.0.len()];
        let mut output_ends = vec![Vec::new(); expected.0.len()];
        for phase in phases {
            golden.run(phase, &mut expected);
            for (all, beats) in inputs.0.iter_mut().zip(&phase.0) {
                all.append(beats);
            }
            for (ends, beats) in input_ends.iter_mut().zip(&inputs.0) {
                ends.push(beats.len() as u64);
            }
            for (ends, beats) in output_ends.iter_mut().zip(&expected.0) {
                ends.push(beats.len() as u64);
            }
        }
        let predicted_cycles = design.spec.predicted_cycles(phases);
        let phases = phases.len();
        Self { inputs, expected, input_ends, output_ends, phases, predicted_cycles }
    }

    /// The phase that a beat of an output stream belongs to.
    pub fn phase_of(&self, output: usize, beat: usize) -> usize {
        self.output_ends[output].partition_point(|&end| end <= beat as u64)
    }

    /// Beats on all streams.
    pub fn beats(&self) -> usize {
        self.inputs.len() + self.expected.len()
    }
}
