//! What the tables amount to.

use super::speed::{Baseline, Normalisation};
use crate::layer::Network;
use crate::report::Unit;
use crate::spots::SPEED_OVER_EYERISS;
use crate::spots::measured::Measured;
use crate::spots::prototype::Mode;
use crate::spots::sparsity::Pruning;
use crate::text::{or_dash, value};

/// All sentences.
pub fn all(networks: &[Network], real: &[Measured]) -> Vec<String> {
    let mean = |normalisation: Normalisation| normalisation.mean(networks);
    let times = |number| or_dash(number, Unit::Times);
    let ideal = mean(Normalisation::dense(Baseline::Ideal));
    let chip = mean(Normalisation::dense(Baseline::Measured));
    let sparse = mean(Normalisation::sparse(Baseline::Ideal, Pruning::Lossless));
    let published = value(SPEED_OVER_EYERISS, Unit::Times);
    let kept = or_dash(ideal.map(|speed| speed / SPEED_OVER_EYERISS), Unit::Share);
    vec![
        format!(
            "At equal size and clock, {published} lies between a dense run against the ideal \
             mapping ({}, four networks) and one against the chip ({}, two networks). Where, is a \
             matter of how Eyeriss was modelled, which is not public to us.",
            times(ideal),
            times(chip)
        ),
        format!(
            "Against the ideal mapping, skipping has to give all of it: {kept} of the steps may be \
             left on average. With the sparsity we know, it gives {} on the mean of two networks, \
             one of them unpruned. The paper's pruned models are not public to us.",
            times(sparse)
        ),
        together(&real[..CONVOLUTIONS]),
        "How much is skipped in these networks rests on recalled or swept figures, and nothing \
         here was measured on silicon of ours; so the published mean is plausible, but neither confirmed nor refuted."
            .to_owned(),
    ]
}

/// Layers of LeNet-5 that have several patches.
const CONVOLUTIONS: usize = 2;

/// What real maps say about the power law.
fn together(layers: &[Measured]) -> String {
    let shares = |kept: &dyn Fn(&Measured) -> f64| {
        let shares = layers.iter().map(|layer| value(kept(layer), Unit::Share));
        shares.collect::<Vec<_>>().join(" and ")
    };
    format!(
        "Zeros of real maps lie together: in the first two layers of a pruned LeNet-5 one array \
         keeps {} of the steps, where independent zeros would leave {}; so the power law of the \
         first table rather understates what is skipped.",
        shares(&|layer| layer.sparsity.kept(Mode::Tall)),
        shares(&|layer| layer.independent().kept(Mode::Tall))
    )
}
