//! Stimulus: maps, and layers that are run on them.

mod chance;
mod illegal;
mod scenes;
mod sizes;
mod stores;

pub(super) use chance::random;

use super::{Im2col, Layer};
use crate::block::Scene;
use crate::random::Random;
use scenes::{Scenes, convolution};

/// Beats of patches that a layer may take, if it is one of many.
const LONGEST_LAYER: u64 = 2000;

/// All corners.
pub(super) struct Corners {
    /// How stores fill and overflow, which no field tells, where that is short.
    pub(super) essentials: Vec<Scene>,
    /// All others.
    pub(super) others: Vec<Scene>,
}

pub(super) fn corners(unit: &Im2col) -> Corners {
    let mut scenes = Scenes::new(unit, Random::new(0, 0));
    illegal::illegal(&mut scenes);
    sizes::full_memory(&mut scenes);
    sizes::parts(&mut scenes);
    sizes::bypasses(&mut scenes);
    sizes::kernels(&mut scenes);
    sizes::addresses(&mut scenes);
    sizes::shapes(&mut scenes);
    sizes::largest(&mut scenes);
    sizes::lengths(&mut scenes);
    let stores = scenes.scenes.len();
    stores::small_stores(&mut scenes);
    stores::exact_stores(&mut scenes);
    let mut others = scenes.scenes;
    let essentials = if unit.stores_are_little() { others.split_off(stores) } else { Vec::new() };
    Corners { essentials, others }
}

/// A legal layer with all kinds of neighbours.
fn example(unit: &Im2col) -> Layer {
    let map = convolution(2, 1, 1).with_windows(4, unit.units + 1, 0);
    Layer::whole(map, unit).unwrap_or_else(|error| unreachable!("a small layer is legal: {error}"))
}
