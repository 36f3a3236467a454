//! How many clock cycles stimulus takes, from the contract of [`super`].
//!
//! Memory and setup go before operations, and while a conversion runs only setups are accepted.
//! All streams take what they are offered as soon as they can; a phase is offered in the cycle
//! after the last beat of the one before was accepted.

use super::CapRam;
use super::golden::{CALIBRATION, CURVE, INPUTS, READ, SETUP, Setup, WRITE};
use crate::traffic::Traffic;

/// Clock cycles from the end of the last conversion to the cycle that takes the result, without
/// those of a master curve.
const RESULT_LATENCY: u64 = 7;

/// Clock cycles from the cycle that accepts a read to the one that takes its word.
const READ_LATENCY: u64 = 2;

/// Clock cycles after its conversion in which corrections must not change under a code.
const CORRECTION: u64 = 2;

/// Clock cycles that a master curve adds to the way of a result.
const CURVE_CORRECTION: u64 = 1;

/// Cycles are counted from the first one in which anything is offered.
struct Clock {
    now: u64,
    /// First cycle in which the memory can be used: nothing is converting.
    idle: u64,
    /// First cycle in which the next read is accepted.
    next_read: u64,
    /// First cycle in which corrections can change: no code needs them.
    corrected: u64,
    /// Cycle that takes the last result.
    end: u64,
}

/// Clock cycles from the end of the last conversion of an operation to the one that takes its
/// result.
pub(super) fn result_latency(spec: &CapRam) -> u64 {
    RESULT_LATENCY + if spec.curve_points() > 0 { CURVE_CORRECTION } else { 0 }
}

/// Clock cycles from the one that accepts the first beat of `phases` to the one that takes the
/// last result, both included.
pub(super) fn cycles(spec: &CapRam, phases: &[Traffic]) -> u64 {
    let mut clock = Clock { now: 0, idle: 0, next_read: 0, corrected: 0, end: 0 };
    let mut setup = Setup::after_reset(spec);
    for phase in phases {
        let count = |stream: usize| phase.0.get(stream).map_or(0, |beats| beats.len() as u64);
        let start = clock.now;
        if count(SETUP) > 0 {
            setup = Setup::read(&phase.0[SETUP], phase.0[SETUP].len() - 1);
            clock.now += count(SETUP);
        }
        let memory = start.max(clock.idle);
        let mut first_operation = clock.now;
        if count(CALIBRATION) > 0 {
            let done = memory.max(clock.corrected) + count(CALIBRATION);
            first_operation = first_operation.max(done);
        }
        if count(CURVE) > 0 {
            let done = memory.max(clock.corrected) + count(CURVE);
            first_operation = first_operation.max(done);
        }
        if count(WRITE) > 0 {
            first_operation = first_operation.max(memory + count(WRITE));
        }
        if count(READ) > 0 {
            let first = (memory + count(WRITE)).max(clock.next_read);
            clock.next_read = first + 2 * count(READ);
            first_operation = first_operation.max(clock.next_read - 1);
            clock.end = clock.end.max(clock.next_read - 2 + READ_LATENCY);
        }
        clock.now = first_operation;
        for _ in 0..count(INPUTS) {
            // The last cycle of a conversion accepts the next operation
            let accepted = clock.now.max(clock.idle.saturating_sub(1));
            let cycles = u64::from(setup.precision.global_cycles() * spec.global_cycle());
            clock.idle = accepted + cycles + 1;
            clock.corrected = accepted + cycles + CORRECTION + 1;
            clock.end = clock.end.max(accepted + cycles + result_latency(spec));
            clock.now = accepted + 1;
        }
    }
    clock.end + 1
}
