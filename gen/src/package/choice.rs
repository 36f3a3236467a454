//! Which stimulus the emitted bench plays: not all of it fits.

use crate::Design;
use crate::block::Scene;
use crate::goals::Goals;
use crate::interface::Stream;
use crate::random::Random;
use crate::stimulus::Stimulus;
use crate::traffic::Traffic;
use std::ops::RangeInclusive;

/// Beats that a package has if nobody says how many, and hexadecimal digits that these may fill, so
/// that it stays small: wide beats are fewer.
const USUAL_BEATS: usize = 2000;
const USUAL_DIGITS: usize = 400_000;

/// Beats that a bench can be asked for: more are a matter of co-simulation.
pub const BEATS: RangeInclusive<usize> = 1..=1_000_000;

/// As many beats as usual, if they are as wide as those of the corners.
pub fn usual_beats(design: &Design) -> usize {
    let interface = &design.bench.interface;
    let digits = |stream: &Stream| stream.width().bits().div_ceil(4) as usize;
    let digits: Vec<_> = interface.inputs().into_iter().map(digits).collect();
    let corners = design.spec.corners();
    let phases = || corners.iter().flatten();
    let of_phase = |phase: &Traffic| -> usize {
        phase.0.iter().zip(&digits).map(|(beats, digits)| beats.len() * digits).sum()
    };
    let (all, beats) = (phases().map(of_phase).sum::<usize>(), phases().map(Traffic::len).sum());
    USUAL_BEATS.min(USUAL_DIGITS * std::cmp::max(beats, 1) / all.max(1))
}

/// About `beats` beats for the bench of `design`: as many of the essentials, then of the other
/// corners as fit in four fifths of them; seeded random ones for the rest.
pub fn stimulus(design: &Design, seed: u64, beats: usize) -> Stimulus {
    Stimulus::new(design, &phases(design, seed, beats))
}

/// The same before its results are known.
pub fn phases(design: &Design, seed: u64, beats: usize) -> Vec<Traffic> {
    let interface = &design.bench.interface;
    let goals = Goals::new(interface, &design.spec.crosses());
    let lengths = |scenes: &[Scene]| scenes.iter().map(length).sum::<usize>();
    let essentials = fitting(design.spec.essentials(), beats - beats / 5);
    let left = beats - beats / 5 - lengths(&essentials);
    let corners = chosen(&design.spec.corners(), &goals, &essentials, left);
    let random = beats - lengths(&essentials) - lengths(&corners);
    let mut phases = [corners, essentials].concat().concat();
    phases.extend(chance(design, &mut Random::new(seed, 0), random));
    // The bench counts phases by the clock: one without beats would be a pause.
    phases.retain(|phase| !phase.is_empty());
    if phases.is_empty() {
        // Nothing is so short: a bench that plays nothing shows nothing.
        phases = design.spec.corners().into_iter().min_by_key(length).unwrap_or_default();
        phases.retain(|phase| !phase.is_empty());
    }
    phases
}

/// Random phases until they have `beats` beats: what a block makes of a number of beats may be fewer.
fn chance(design: &Design, random: &mut Random, beats: usize) -> Vec<Traffic> {
    let (mut phases, mut left) = (Vec::new(), beats);
    while left > 0 {
        let more = design.spec.vectors(random, left.min(AT_ONCE));
        let played: usize = more.iter().map(Traffic::len).sum();
        phases.extend(more);
        left = left.saturating_sub(played.max(1));
    }
    phases
}

/// Random beats that are asked for at once: some blocks make more of them.
const AT_ONCE: usize = 2000;

/// Beats of a scene, on all inputs.
fn length(scene: &Scene) -> usize {
    scene.iter().map(Traffic::len).sum::<usize>().max(1)
}

/// The first scenes of at most `beats` beats together.
fn fitting(scenes: Vec<Scene>, beats: usize) -> Vec<Scene> {
    let mut left = beats;
    let fits = scenes.into_iter().take_while(|scene| {
        let length = length(scene);
        let fits = length <= left;
        left = left.saturating_sub(length);
        fits
    });
    fits.collect()
}

/// Scenes of at most `beats` beats together, besides those that are `played`: those that reach the most
/// key goals per beat, then short ones, so that there are many; those that reach something else may be
/// somewhat longer.
fn chosen(scenes: &[Scene], goals: &Goals, played: &[Scene], beats: usize) -> Vec<Scene> {
    let length = |place: usize| length(&scenes[place]);
    let reached: Vec<_> = scenes.iter().map(|scene| goals.reached(scene)).collect();
    let mut missing = vec![true; goals.count()];
    for scene in played {
        missing
            .iter_mut()
            .zip(goals.reached(scene))
            .for_each(|(missing, reached)| *missing &= !reached);
    }
    let mut waiting: Vec<_> = (0..scenes.len()).collect();
    let (mut chosen, mut left) = (Vec::new(), beats);
    loop {
        waiting.retain(|&place| length(place) <= left);
        let gain = |place: usize| {
            let new = |goal: &usize| reached[place][*goal] && missing[*goal];
            let new: Vec<_> = (0..missing.len()).filter(new).collect();
            let keys = new.iter().filter(|&&goal| goals.is_key(goal)).count();
            let per_beat = |count: usize| count * GAIN / length(place);
            (per_beat(keys), per_beat(1 + new.len().min(SOME)), spread(place))
        };
        let Some(best) = waiting.iter().copied().max_by_key(|&place| gain(place)) else { break };
        waiting.retain(|&place| place != best);
        left -= length(best);
        missing.iter_mut().zip(&reached[best]).for_each(|(missing, reached)| *missing &= !reached);
        chosen.push(best);
    }
    chosen.sort_unstable();
    chosen.into_iter().map(|place| scenes[place].clone()).collect()
}

/// Goals but for key ones that count: a scene is there for more than the values it plays.
const SOME: usize = 2;

/// Goals per beat are compared to this precision.
const GAIN: usize = 1 << 20;

/// Numbers of which neighbours lie far apart: multiples of the golden section.
const fn spread(place: usize) -> u64 {
    (place as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}
