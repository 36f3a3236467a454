//! What the tables amount to.

use super::speed::{Baseline, Skipping, Speed};
use crate::report::Unit;
use crate::spots::SPEED_OVER_EYERISS;
use crate::spots::cycles::Feed;
use crate::spots::sparsity::Pruning;
use crate::text::value;

/// All sentences.
pub fn all(speed: &Speed<'_>) -> Vec<String> {
    let mean = |baseline, skipping| speed.mean(baseline, skipping, Feed::Ideal);
    let times = |number| value(number, Unit::Times);
    let ideal = mean(Baseline::Ideal, Skipping::Nothing);
    let chip = mean(Baseline::Measured, Skipping::Nothing);
    let pruned = mean(Baseline::Ideal, Skipping::Recalled(Pruning::Lossless));
    let published = times(SPEED_OVER_EYERISS);
    let kept = value(ideal / SPEED_OVER_EYERISS, Unit::Share);
    vec![
        format!(
            "{published} lies between what dense networks give at equal size against the ideal \
             mapping ({}, four networks) and against the chip ({}, two networks).",
            times(ideal),
            times(chip)
        ),
        format!(
            "Against the ideal mapping all of it has to come from skipping: on average {kept} of the \
             steps may be left. AlexNet with columns pruned without loss gives {}; the pruned models \
             of the paper are not public to us.",
            times(pruned)
        ),
        "No row is a measurement of ours on silicon, and none uses the paper's pruned models or \
         maps."
            .to_owned(),
    ]
}
