//! Speed over how much is skipped.

use super::speed::{Baseline, Normalisation};
use crate::layer::Network;
use crate::report::Family;
use crate::spots::SPEED_OVER_EYERISS;
use crate::spots::sparsity;
use hwgen_gen::block::Curve;

const IDEAL: Normalisation = Normalisation::dense(Baseline::Ideal);

/// One picture if patches arrive as fast as the array takes them, one if they do not.
pub fn families(networks: &[Network]) -> Vec<Family> {
    let fast = "speed over an ideal Eyeriss of equal size, patches never late";
    let slow = "speed over an ideal Eyeriss of equal size, patches at one element per cycle";
    vec![family(fast, networks, IDEAL), family(slow, networks, IDEAL.slow())]
}

fn family(title: &'static str, networks: &[Network], normalisation: Normalisation) -> Family {
    let curve = |name, points| Curve {
        name,
        condition: title.to_owned(),
        x: "steps kept, K_eff / K (share)",
        y: "speed (times Eyeriss)",
        points,
    };
    let ours = networks.iter().map(|network| curve(network.name, points(network, normalisation)));
    let published = shares().map(|kept| (kept, SPEED_OVER_EYERISS)).collect();
    Family { title, curves: ours.chain([curve("published mean", published)]).collect() }
}

fn points(network: &Network, normalisation: Normalisation) -> Vec<(f64, f64)> {
    let point =
        |kept| Some((kept, normalisation.speed(network, &sparsity::uniform(network, kept))?));
    shares().filter_map(point).collect()
}

/// From a fifth of the steps to all.
fn shares() -> impl Iterator<Item = f64> {
    (20..=100).map(|percent| f64::from(percent) / 100.0)
}
