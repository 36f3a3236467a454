//! Speed over how much is skipped.

use super::speed::{Baseline, at_equal_size};
use crate::layer::Network;
use crate::report::Family;
use crate::spots::cycles::Feed;
use crate::spots::sparsity;
use hwgen_gen::block::Curve;

/// If patches arrive as fast as the array takes them.
pub fn ideal(networks: &[Network]) -> Family {
    family("speed over an ideal Eyeriss of equal size, patches never late", networks, Feed::Ideal)
}

/// If patches arrive at one element each per cycle.
pub fn slow(networks: &[Network]) -> Family {
    family(
        "speed over an ideal Eyeriss of equal size, patches at one element per cycle",
        networks,
        Feed::OneStepPerCycle,
    )
}

fn family(title: &'static str, networks: &[Network], feed: Feed) -> Family {
    let curve = |network: &Network| Curve {
        name: network.name,
        condition: title.to_owned(),
        x: "steps kept, K_eff / K",
        y: "speed",
        points: shares().filter_map(|kept| Some((kept, speed(network, kept, feed)?))).collect(),
    };
    Family { title, curves: networks.iter().map(curve).collect() }
}

/// From a fifth to all.
fn shares() -> impl Iterator<Item = f64> {
    (20..=100).step_by(5).map(|percent| f64::from(percent) / 100.0)
}

fn speed(network: &Network, kept: f64, feed: Feed) -> Option<f64> {
    at_equal_size(network, Baseline::Ideal, &sparsity::uniform(network, kept), feed)
}
