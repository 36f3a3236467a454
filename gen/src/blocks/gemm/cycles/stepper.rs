//! Handshakes of the array, clock cycle by clock cycle: what a larger model embeds where streams
//! stall each other and the formula of [`super`] says too little.

use super::super::Gemm;
use super::{CONTROL_STAGES, Tile};
use std::collections::VecDeque;

/// What the surroundings offer in a clock cycle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Inputs {
    /// A descriptor is offered: the tile it describes.
    pub tile: Option<Tile>,
    /// A beat of weights is offered.
    pub weights: bool,
    /// A beat of patches is offered.
    pub patches: bool,
    /// A result would be taken.
    pub results: bool,
}

/// What the array says in the same cycle. A beat moves where offer and answer meet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outputs {
    /// The descriptor would be taken.
    pub tile: bool,
    /// The beat of weights would be taken.
    pub weights: bool,
    /// The beat of patches would be taken.
    pub patches: bool,
    /// A result is offered.
    pub results: bool,
}

/// The tile whose steps enter.
#[derive(Clone, Copy, Debug)]
struct Active {
    tile: Tile,
    /// Position of the next step, and of its register.
    step: u64,
    register: u64,
}

/// Control and way out of an array, without data.
#[derive(Clone, Debug)]
pub struct Stepper {
    columns: u64,
    active: Option<Active>,
    /// Cycles for which the register on its way out still needs the way.
    slots: u64,
    /// Registers that wait for their turn after it, and the number of the first of them.
    waiting: u64,
    turn: u64,
    /// The registers that wait belong to the active tile, whose last step is entering.
    at_work: bool,
    /// Results on their way, the oldest first.
    pipeline: VecDeque<bool>,
    /// A result was not taken: everything stands still.
    stands: bool,
}

impl Stepper {
    /// The array after reset.
    pub fn new(gemm: &Gemm) -> Self {
        let latency = CONTROL_STAGES + u64::from(gemm.rows - 1);
        Self {
            columns: gemm.cols.into(),
            active: None,
            slots: 0,
            waiting: 0,
            turn: 0,
            at_work: false,
            pipeline: (0..latency).map(|_| false).collect(),
            stands: false,
        }
    }

    /// One clock cycle. Answers depend on offers of the same cycle, as in the hardware.
    pub fn step(&mut self, inputs: Inputs) -> Outputs {
        let advances = !self.stands;
        let arrived = self.pipeline.front() == Some(&true);
        let mut outputs = Outputs { results: self.stands || arrived, ..Outputs::default() };
        let entered = self.enter(inputs, advances, &mut outputs);
        let result = self.leave(entered, advances);
        if advances {
            self.pipeline.pop_front();
            self.pipeline.push_back(result);
        }
        if outputs.tile
            && let Some(tile) = inputs.tile
        {
            self.active = Some(Active { tile, step: 0, register: 0 });
        }
        self.stands = outputs.results && !inputs.results;
        outputs
    }

    /// Lets a step enter if it can, and answers the input streams. Returns the step: its register,
    /// and its tile if that is its last step.
    fn enter(&mut self, inputs: Inputs, advances: bool, outputs: &mut Outputs) -> Entered {
        let Some(Active { tile, step, register }) = self.active else {
            outputs.tile = true;
            return Entered::default();
        };
        let is_last = step + 1 == tile.steps;
        let starts_drain = is_last && register == 0;
        let way_is_free = self.slots == 0 && self.waiting == 0;
        let may_step = advances && (!starts_drain || way_is_free);
        let all_registers = register + 1 == tile.registers;
        outputs.weights = may_step && inputs.patches;
        outputs.patches = may_step && inputs.weights && all_registers;
        if !(may_step && inputs.weights && inputs.patches) {
            return Entered { next: register, ..Entered::default() };
        }
        outputs.tile = is_last && all_registers;
        self.active = match (is_last, all_registers) {
            (true, true) => None,
            (false, true) => Some(Active { tile, step: step + 1, register: 0 }),
            _ => Some(Active { tile, step, register: register + 1 }),
        };
        Entered {
            next: register + 1,
            starts_drain: starts_drain.then_some(tile),
            ends_tile: outputs.tile,
        }
    }

    /// Gives the way out to a register if it is free. Returns whether a result of row 0 begins.
    fn leave(&mut self, entered: Entered, advances: bool) -> bool {
        let is_complete = !self.at_work || entered.next > self.turn;
        let goes_on = advances && self.slots == 0 && self.waiting > 0 && is_complete;
        let begins = goes_on || entered.starts_drain.is_some();
        let result = begins || self.slots > 0;
        if let Some(tile) = entered.starts_drain {
            (self.turn, self.waiting, self.at_work) = (1, tile.registers - 1, true);
        } else if goes_on {
            self.turn += 1;
            self.waiting -= 1;
        }
        self.at_work &= !entered.ends_tile;
        if begins {
            self.slots = self.columns - 1;
        } else if advances {
            self.slots = self.slots.saturating_sub(1);
        }
        result
    }
}

/// What entered in a cycle.
#[derive(Clone, Copy, Debug, Default)]
struct Entered {
    /// Registers of the step at hand that have entered.
    next: u64,
    /// The tile, if register 0 took its last step.
    starts_drain: Option<Tile>,
    /// The last register took its last step.
    ends_tile: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::{Block, Package, Prediction, Proof};
    use crate::blocks::gemm::Generated;
    use crate::random::Random;
    use crate::traffic::Traffic;

    /// Beats left of a phase.
    struct Left {
        tiles: VecDeque<Tile>,
        weights: u64,
        patches: u64,
    }

    impl Left {
        fn of(tiles: Vec<Tile>) -> Self {
            Self {
                weights: tiles.iter().map(|tile| tile.steps * tile.registers).sum(),
                patches: tiles.iter().map(|tile| tile.steps).sum(),
                tiles: tiles.into(),
            }
        }

        /// One cycle, in which everything that `may` be offered is. Returns whether a result moved.
        fn step(&mut self, stepper: &mut Stepper, may: [bool; 4]) -> bool {
            let inputs = Inputs {
                tile: self.tiles.front().copied().filter(|_| may[0]),
                weights: self.weights > 0 && may[1],
                patches: self.patches > 0 && may[2],
                results: may[3],
            };
            let outputs = stepper.step(inputs);
            if inputs.tile.is_some() && outputs.tile {
                self.tiles.pop_front();
            }
            self.weights -= u64::from(inputs.weights && outputs.weights);
            self.patches -= u64::from(inputs.patches && outputs.patches);
            inputs.results && outputs.results
        }

        fn is_over(&self) -> bool {
            self.tiles.is_empty() && self.weights == 0 && self.patches == 0
        }
    }

    /// Plays phases without a stall; cycles up to the last result.
    fn unstalled(gemm: &Gemm, phases: &[Traffic]) -> u64 {
        let mut stepper = Stepper::new(gemm);
        let mut phases = phases.iter();
        let mut left = Left::of(Vec::new());
        let (mut cycle, mut last_result, mut expected) = (0, 0, 0);
        loop {
            while left.is_over() {
                let Some(phase) = phases.next() else { break };
                let tiles = gemm.tiles(phase);
                expected +=
                    tiles.iter().map(|tile| tile.registers).sum::<u64>() * u64::from(gemm.cols);
                left = Left::of(tiles);
            }
            if left.is_over() && expected == 0 {
                return last_result;
            }
            cycle += 1;
            if left.step(&mut stepper, [true; 4]) {
                (last_result, expected) = (cycle, expected - 1);
            }
        }
    }

    const DESIGNS: [&str; 4] = [
        "--rows 8 --cols 4 --acc-regs 4",
        "--rows 3 --cols 5 --acc-regs 3 --split 1",
        "--rows 1 --cols 1 --acc-regs 1 --split 1",
        "--rows 2 --cols 8 --acc-regs 1 --split 2",
    ];

    #[test]
    fn without_stalls_it_takes_as_long_as_the_formula_says() {
        for flags in DESIGNS {
            let gemm = Generated::parse(flags).expect("legal flags");
            let random = gemm.vectors(&mut Random::new(3, 0), 3000);
            for phases in [gemm.corners().concat(), random] {
                assert_eq!(
                    Prediction::Cycles(unstalled(&gemm, &phases)),
                    gemm.predicted_cycles(&phases),
                    "{flags}"
                );
            }
        }
    }

    /// However streams stall, every beat moves, and no result is lost or made up.
    #[test]
    fn with_stalls_every_result_comes_once() {
        let mut random = Random::new(4, 0);
        for flags in DESIGNS {
            let gemm = Generated::parse(flags).expect("legal flags");
            for phase in gemm.vectors(&mut Random::new(5, 0), 1000) {
                let tiles = gemm.tiles(&phase);
                let registers: u64 = tiles.iter().map(|tile| tile.registers).sum();
                let mut left = Left::of(tiles);
                let mut stepper = Stepper::new(&gemm);
                let mut results = 0;
                let mut idle = 0;
                while idle < 500 {
                    let may = [(); 4].map(|()| random.within(0, 2) > 0);
                    let moved = left.step(&mut stepper, may);
                    results += u64::from(moved);
                    idle = if left.is_over() && !moved { idle + 1 } else { 0 };
                }
                assert_eq!(results, registers * u64::from(gemm.cols), "{flags}");
            }
        }
    }
}
