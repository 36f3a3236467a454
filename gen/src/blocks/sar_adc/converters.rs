//! Conversions of many channels at once, bit for bit as the controller with its front ends gives
//! them.

use super::SarAdc;
use super::analog::{FrontEnds, LANES, Lanes, Nodes};
use multiversion::multiversion;

/// One step of the approximation: which groups fire, from the first to this one, and how often.
#[derive(Clone, Copy, Debug)]
struct Step {
    last_group: usize,
    times: u32,
}

/// Converters with their analog front ends, in banks of [`LANES`] channels.
#[derive(Clone, Debug)]
pub(in crate::blocks) struct Converters {
    channels: usize,
    bits: u32,
    banks: Vec<FrontEnds>,
    steps: Vec<Step>,
}

/// Volts that firings take off the lines of one side, by bank and last group that fires.
#[derive(Clone, Debug)]
pub(in crate::blocks) struct LineSteps(Vec<Vec<Lanes<f64>>>);

/// The lines on one side of all converters.
#[derive(Clone, Copy, Debug)]
pub(in crate::blocks) struct Lines<'a> {
    /// How far they are below the supply, volts, by bank.
    pub drops: &'a [Lanes<f64>],
    pub steps: &'a LineSteps,
}

impl Converters {
    pub fn new(spec: &SarAdc) -> Self {
        let first_channels = (0..spec.channels).step_by(LANES);
        let all = spec.groups() as usize - 1;
        let mut steps = vec![Step { last_group: all, times: 2 }];
        steps.extend((0..=all).rev().map(|last_group| Step { last_group, times: 1 }));
        Self {
            channels: spec.channels as usize,
            bits: spec.bits,
            banks: first_channels.map(|first| FrontEnds::new(spec.analog, first)).collect(),
            steps,
        }
    }

    /// What firings do to lines of `capacitance`, attofarad, by bank.
    pub fn line_steps(&self, capacitance: &[Lanes<f64>]) -> LineSteps {
        let banks = self.banks.iter().zip(capacitance);
        LineSteps(banks.map(|(bank, capacitance)| bank.steps(capacitance)).collect())
    }

    /// Converts the difference of both lines; without `differential` the plus line alone, while
    /// the minus line is at the supply. Appends a code per channel.
    pub fn convert(&mut self, plus: Lines, minus: Lines, differential: bool, codes: &mut Vec<i64>) {
        let end = codes.len() + self.channels;
        for (index, front_ends) in self.banks.iter_mut().enumerate() {
            let minus_drops = if differential { minus.drops[index] } else { [0.0; LANES] };
            let nodes = Nodes { plus: plus.drops[index], minus: minus_drops };
            let line_steps = [&plus.steps.0[index][..], &minus.steps.0[index][..]];
            codes.extend(approximate(front_ends, nodes, &self.steps, line_steps, !differential));
        }
        codes.truncate(end);
        let half = 1 << (self.bits - 1);
        let start = end - self.channels;
        codes[start..].iter_mut().for_each(|code| *code -= half);
    }

    /// Noise as of the `run`-th reset, each with noise of its own.
    pub fn restart_noise(&mut self, run: u32) {
        self.banks.iter_mut().for_each(|bank| bank.restart_noise(run));
    }
}

/// The decisions of one conversion, the first one highest; it counts as 1 where it is forced.
#[multiversion(targets("x86_64+avx2"))]
fn approximate(
    front_ends: &mut FrontEnds,
    mut nodes: Nodes,
    steps: &[Step],
    [plus, minus]: [&[Lanes<f64>]; 2],
    force_first: bool,
) -> Lanes<i64> {
    let mut code = [0; LANES];
    for (index, step) in steps.iter().enumerate() {
        let mut decisions = front_ends.compare(&nodes);
        if force_first && index == 0 {
            decisions = [u64::MAX; LANES];
        }
        append(&mut code, &decisions);
        for _ in 0..step.times {
            nodes.fire(&decisions, &plus[step.last_group], &minus[step.last_group]);
        }
    }
    append(&mut code, &front_ends.compare(&nodes));
    code
}

#[inline(always)]
fn append(code: &mut Lanes<i64>, decisions: &Lanes<u64>) {
    for (code, decision) in code.iter_mut().zip(decisions) {
        *code = *code << 1 | (decision & 1) as i64;
    }
}
