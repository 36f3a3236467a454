//! What the layers of a phase load, and the transfers that it has for them.

use super::interface::{BlocksBeat, ColumnsBeat, FiltersBeat, MapBeat, WeightsBeat};
use super::registers::Registers;
use super::{Spots, stream};
use crate::PhaseError;
use crate::beat::{Beat, Place};
use crate::block::Package;
use crate::traffic::{Beats, Traffic};

/// Whether each of `phases` has a transfer for every layer that loads something, and no other.
pub(super) fn check(spec: &Spots, phases: &[Traffic]) -> Result<(), PhaseError> {
    let interface = spec.interface();
    let inputs = interface.inputs();
    for (number, phase) in phases.iter().enumerate() {
        let layers = &phase.0[stream::LAYER];
        let layers: Vec<_> = (0..layers.len()).map(|beat| Registers::read(layers, beat)).collect();
        let maps = layers.iter().filter(|layer| layer.load_map == 1).count();
        let weights = layers.iter().filter(|layer| layer.load_weights == 1).count();
        for (position, last, loads) in [
            (stream::MAP, MapBeat::AT.last, maps),
            (stream::COLUMNS, ColumnsBeat::AT.last, weights),
            (stream::BLOCKS, BlocksBeat::AT.last, weights),
            (stream::WEIGHTS, WeightsBeat::AT.last, weights),
            (stream::FILTERS, FiltersBeat::AT.last, weights),
        ] {
            check_stream(&phase.0[position], last, loads).map_err(|(what, accepted)| {
                let stream = inputs[position].name;
                PhaseError { phase: number + 1, stream, what, accepted }
            })?;
        }
    }
    Ok(())
}

/// What is wrong with transfers for `loads` layers, and what is accepted. The field `last` of a
/// beat says whether it ends one.
fn check_stream(beats: &Beats, last: Place, loads: usize) -> Result<(), (String, String)> {
    let is_last = |beat| beats.get(beat, last, 0) == 1;
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
