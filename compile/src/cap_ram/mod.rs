//! CAP-RAM as a target: convolutions and fully connected layers, their weights in the array once and
//! for all.
//!
//! The weights of all layers have their places in one macro ([`mapper`]), each layer's in the
//! encoding and width that hold them in the fewest rows, then in the fewest cycles; of equals in that
//! whose conversions count least. The host builds the patches, so that any window, pads, dilation and
//! groups among them, will do, and follows the sums with the network's requantisation. What finds no
//! place is refused, and so is what is no product: the host does it.
//!
//! # Sums
//! A converter of `n` bits over `C` columns counts in LSB of `L = 15 C / 2^(n-1)` products and rounds
//! down. A patch that stands in the columns `c` times over adds up to a multiple of
//! `g = gcd(L, c)` products, so that of a code `(L - g) / 2` products are lost on average. They are
//! added again, for every conversion by the weight that the adder tree gives it, since the network
//! says what the sum is, and knows of no converter. LeNet-5 of `models/lenet5_cap_ram`, which is
//! right about 9921 of 10,000 images by definition, is right about 9915 on the ideal macro so, and
//! about 9732 without. (A network trained with converters that round down has learnt what they lose;
//! its biases say so once it is a network that knows of none.)
//!
//! With the results `r` of all pieces of a filter, in sixteenths of an LSB, and the weights `w` of
//! all their conversions,
//!
//! ```text
//! sum = (sum of r L / 16 + sum of w (L - g) / 2) / c
//! y   = clamp(zero + floor((sum m + b) / 2^s), low, high)
//! ```
//!
//! as fractions of integers, with the one rounding of the contract. On an ideal macro whose
//! conversions together lose less than half a product either way, the sum next to that one is the
//! sum, and results are exact.
//!
//! # Setup
//! Cells and converters that deviate are measured first, and each slice gets the line that undoes
//! its own deviation, as in the paper, and all together the master curve if there is one. Then the
//! weights are written.

mod calibration;
mod layer;
pub mod mapper;
mod reading;
mod setup;
mod stage;

use crate::target::Target;
use crate::{Answer, Program, Setup, Stage};
use hwgen_gen::blocks::cap_ram::{CapRam, Cells};
use hwgen_networks::Network;
use layer::Layer;
use mapper::{Demand, Geometry, Mapping, map};
use setup::Preparation;
use stage::Products;

/// A design of the block `cap_ram`.
pub struct CapRamTarget {
    spec: CapRam,
}

impl CapRamTarget {
    /// The target that `spec` is.
    pub fn new(spec: &CapRam) -> Self {
        Self { spec: spec.clone() }
    }

    /// Where the layers of `network` find their places, those that have products the macro can
    /// compute.
    pub fn mapping(&self, network: &Network) -> Mapping {
        let layers = self.layers(network);
        self.map(layers.iter().flatten())
    }

    /// What each node is to the macro, or why nothing.
    fn layers(&self, network: &Network) -> Vec<Result<Layer, String>> {
        let nodes = 0..network.nodes().len();
        nodes.map(|node| Layer::new(Geometry::of(&self.spec), network, node)).collect()
    }

    fn map<'a>(&self, layers: impl Iterator<Item = &'a Layer>) -> Mapping {
        let demands: Vec<Demand> = layers.map(Layer::demand).collect();
        map(Geometry::of(&self.spec), &demands)
    }
}

impl Target for CapRamTarget {
    fn compile(&self, network: &Network) -> Program {
        let layers = self.layers(network);
        let mut places = self.map(layers.iter().flatten()).layers.into_iter();
        let mut cells = Cells::new(self.spec.slices(), self.spec.rows());
        let mut stages: Vec<Box<dyn Stage>> = Vec::new();
        let mut stage = |layer: Layer| {
            let place = places.next().unwrap_or_else(|| unreachable!("a place for each layer"));
            let place = place.map_err(|error| error.to_string())?;
            layer.write(&place, &mut cells);
            let products = Products::new(&self.spec, layer, place);
            let answer = products.answer();
            stages.push(Box::new(products));
            Ok(answer)
        };
        let answers = layers.into_iter().map(|layer| layer.and_then(&mut stage));
        let answers = answers.map(|answer| answer.unwrap_or_else(Answer::Refused)).collect();
        let setup = Preparation { spec: self.spec.clone(), cells };
        let setup: Box<dyn Setup> = Box::new(setup);
        Program { answers, setup: (!stages.is_empty()).then_some(setup), stages }
    }
}
