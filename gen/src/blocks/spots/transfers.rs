//! What the layers of a phase load, and the transfers that it has for them.

use super::registers::Registers;
use super::{Spots, stream};
use crate::PhaseError;
use crate::block::Package;
use crate::interface::Stream;
use crate::traffic::{Beats, Traffic};

/// Whether each of `phases` has a transfer for every layer that loads something, and no other.
pub(super) fn check(spec: &Spots, phases: &[Traffic]) -> Result<(), PhaseError> {
    let interface = spec.interface();
    let inputs = interface.inputs();
    for (number, phase) in phases.iter().enumerate() {
        let layers = &phase.0[stream::LAYER];
        let layers: Vec<_> = (0..layers.len())
            .map(|beat| Registers::read(layers, beat, spec.arrays() as usize))
            .collect();
        let maps = layers.iter().filter(|layer| layer.load_map == 1).count();
        let weights = layers.iter().filter(|layer| layer.load_weights == 1).count();
        for (position, loads) in [
            (stream::MAP, maps),
            (stream::COLUMNS, weights),
            (stream::BLOCKS, weights),
            (stream::WEIGHTS, weights),
            (stream::FILTERS, weights),
        ] {
            check_stream(inputs[position], &phase.0[position], loads).map_err(
                |(what, accepted)| PhaseError {
                    phase: number + 1,
                    stream: inputs[position].name,
                    what,
                    accepted,
                },
            )?;
        }
    }
    Ok(())
}

/// What is wrong with transfers for `loads` layers, and what is accepted. The last field of a beat
/// says whether it ends one.
fn check_stream(stream: &Stream, beats: &Beats, loads: usize) -> Result<(), (String, String)> {
    let is_last = |beat| beats.get(beat, stream.fields.len() - 1, 0) == 1;
    let transfers = (0..beats.len()).filter(|&beat| is_last(beat)).count();
    if !beats.is_empty() && !is_last(beats.len() - 1) {
        let what = "its last beat ends no transfer".to_owned();
        return Err((
            what,
            "transfers that end in the phase, their last beat with last = 1".to_owned(),
        ));
    }
    if transfers != loads {
        let accepted = format!("{loads}, one for each layer of the phase that loads it");
        return Err((format!("{transfers} transfers"), accepted));
    }
    Ok(())
}
