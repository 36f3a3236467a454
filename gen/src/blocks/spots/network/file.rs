//! A network in a file: JSON, as `models/lenet5` writes it.
//!
//! ```json
//! {"layers": [{"name": "conv1", "filters": 6, "channels": 1, "kernel": 5, "padding": 2,
//!              "stride": 1, "height": 28, "width": 28, "relu": true, "pool": 2, "cut": 24,
//!              "scale": [..], "bias": [..], "weights": [[[[..]]]]}],
//!  "images": [[[[..]]]], "measured": {..}}
//! ```
//!
//! Weights are given by filter, channel, row and column, images by channel, row and column. `cut`
//! counts the bit that rounds, too. Images may be left out, and so may what was measured, which nothing
//! is computed from; other keys are refused.

use super::{Map, Network, Trained};
use crate::WorkloadError;
use crate::blocks::spots::Spots;
use crate::blocks::spots::convolution::{Arithmetic, Channel, Pool, Shape};
use crate::blocks::spots::layer::Layer;
use crate::error::demand;
use crate::json;
use crate::verilog::Format;
use serde::Deserialize;
use serde::de::IgnoredAny;

/// The file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with layers")]
pub struct File {
    layers: Vec<RecordedLayer>,
    #[serde(default)]
    images: Vec<Vec<Vec<Vec<i64>>>>,
    #[serde(default, rename = "measured")]
    _measured: IgnoredAny,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a layer")]
struct RecordedLayer {
    #[serde(deserialize_with = "json::name")]
    name: String,
    filters: usize,
    channels: usize,
    kernel: usize,
    padding: usize,
    stride: usize,
    height: usize,
    width: usize,
    relu: bool,
    pool: usize,
    cut: u32,
    scale: Vec<i64>,
    bias: Vec<i64>,
    weights: Vec<Vec<Vec<Vec<i64>>>>,
}

impl File {
    /// Reads the text of a file.
    pub fn read(text: &str) -> Result<Self, WorkloadError> {
        json::read(text).map_err(|error| WorkloadError(format!("not a network: {error}")))
    }

    /// The network, computed with `arithmetic`.
    pub fn network(&self, arithmetic: Arithmetic) -> Result<Network, WorkloadError> {
        demand(!self.layers.is_empty(), || "there is no layer; accepted: 1 and more".to_owned())?;
        let layers = self.layers.iter().map(RecordedLayer::trained);
        let layers: Vec<_> = layers.collect::<Result<_, _>>()?;
        for (before, after) in layers.iter().zip(&layers[1..]) {
            // A layer that is none is refused as such by the design.
            let (Some(given), taken) = (before.gives(), after.takes()) else { continue };
            demand(given == taken, || {
                let (before, after) = (&before.name, &after.name);
                format!(
                    "layer {after} takes a map of {taken:?} elements, but {before} gives {given:?}"
                )
            })?;
        }
        Ok(Network { arithmetic, layers })
    }

    /// The images, each as the map of the first layer of `network`.
    pub fn images(&self, network: &Network) -> Result<Vec<Map>, WorkloadError> {
        let [channels, height, width] = network.layers[0].takes();
        let image = |(number, image): (usize, &Vec<Vec<Vec<i64>>>)| {
            let fits = image.len() == channels
                && image
                    .iter()
                    .all(|rows| rows.len() == height && rows.iter().all(|row| row.len() == width));
            demand(fits, || {
                format!("image {number} does not have {channels} x {height} x {width} elements")
            })?;
            Ok(image.concat().concat())
        };
        self.images.iter().enumerate().map(image).collect()
    }
}

impl RecordedLayer {
    fn trained(&self) -> Result<Trained, WorkloadError> {
        let shape = Shape {
            channels: self.channels,
            height: self.height,
            width: self.width,
            kernel: self.kernel,
            stride: self.stride,
            padding: self.padding,
            filters: self.filters,
        };
        let name = &self.name;
        let cubes = self.weights.iter().all(|filter| {
            filter.len() == self.channels
                && filter.iter().all(|rows| {
                    rows.len() == self.kernel && rows.iter().all(|row| row.len() == self.kernel)
                })
        });
        demand(cubes && self.weights.len() == self.filters, || {
            let Self { filters, channels, kernel, .. } = self;
            format!(
                "layer {name}: the weights are not {filters} x {channels} x {kernel} x {kernel}"
            )
        })?;
        for (what, count) in [("scale", self.scale.len()), ("bias", self.bias.len())] {
            demand(count == self.filters, || {
                format!("layer {name}: {what} has {count} entries for {} filters", self.filters)
            })?;
        }
        demand((1..=64).contains(&self.cut), || {
            format!("layer {name}: cut {}; accepted: 1..=64", self.cut)
        })?;
        let channels = self.bias.iter().zip(&self.scale);
        let layer = Layer {
            shape,
            split: 0,
            skip: true,
            cut: self.cut - 1,
            relu: self.relu,
            pool: Pool { size: self.pool, average: false },
        };
        Ok(Trained {
            name: name.clone(),
            layer,
            weights: self.weights.concat().concat().concat(),
            channels: channels.map(|(&bias, &scale)| Channel { bias, scale }).collect(),
        })
    }
}

impl Trained {
    /// Channels, rows and columns of the map it takes.
    fn takes(&self) -> [usize; 3] {
        let Shape { channels, height, width, .. } = self.layer.shape;
        [channels, height, width]
    }

    /// Channels, rows and columns of the map it gives; of a layer that is none, nothing.
    fn gives(&self) -> Option<[usize; 3]> {
        let Layer { shape, pool, .. } = &self.layer;
        let padded = |length: usize| length + 2 * shape.padding;
        let fits = shape.stride > 0 && pool.size > 0;
        if !fits || padded(shape.height.min(shape.width)) < shape.kernel {
            return None;
        }
        Some([shape.filters, shape.rows() / pool.size, shape.columns() / pool.size])
    }

    /// Refuses numbers that `spec` has no room for.
    pub(super) fn check(&self, spec: &Spots) -> Result<(), WorkloadError> {
        let number = |what: &str, value: i64, format: Format| {
            demand((format.min()..=format.max()).contains(&value.into()), || {
                let (name, min, max) = (&self.name, format.min(), format.max());
                format!("layer {name}: {what} {value}; accepted: {min}..={max}")
            })
        };
        let bias = Format::signed(spec.acc_width, 0);
        let scale = Format::unsigned(spec.scale_width, 0);
        for channel in &self.channels {
            number("bias", channel.bias, bias)?;
            number("scale", channel.scale, scale)?;
        }
        self.weights.iter().try_for_each(|&weight| number("weight", weight, spec.data()))
    }
}

#[cfg(test)]
mod tests {
    use crate::block::{Block, Proof};
    use crate::blocks::spots::Generated;
    use serde_json::{Value, json};

    const FLAGS: &str = "--rows 8 --data-width 8 --lanes 2 --max-kernel 3 --max-channels 4 \
                         --max-map 16 --max-filters 8 --map-lines 64 --weight-lines 64 \
                         --patch-steps 36";

    /// Two layers that fit: 1 x 4 x 4 to 2 x 2 x 2 to 1 x 1 x 1.
    fn network() -> Value {
        let layer = |filters: usize, channels: usize, side: usize, kernel: usize| {
            json!({
                "name": format!("of {side}"), "filters": filters, "channels": channels,
                "kernel": kernel, "padding": 0, "stride": 1, "height": side, "width": side,
                "relu": false, "pool": 1, "cut": 8, "scale": vec![3; filters],
                "bias": vec![0; filters],
                "weights": vec![vec![vec![vec![1; kernel]; kernel]; channels]; filters],
            })
        };
        json!({"layers": [layer(2, 1, 4, 3), layer(1, 2, 2, 2)], "images": [[[[1, 2, 3, 4],
            [5, 6, 7, 8], [1, 2, 3, 4], [5, 6, 7, 8]]]]})
    }

    fn refusal(text: &str) -> String {
        let spec = Generated::parse(FLAGS).expect("legal flags");
        spec.workload(text).expect_err("a workload that is none").to_string()
    }

    fn spoilt(pointer: &str, value: Value) -> String {
        let mut network = network();
        *network.pointer_mut(pointer).expect("a place in the network") = value;
        refusal(&network.to_string())
    }

    #[test]
    fn a_network_is_played_on_its_images_or_on_one_of_chance() {
        let spec = Generated::parse(FLAGS).expect("legal flags");
        let mut network = network();
        let layers = |network: &Value| {
            let workload = spec.workload(&network.to_string()).expect("a network that fits");
            assert_eq!(workload.facts.len(), 2);
            workload.phases[0].0[0].len()
        };
        assert_eq!(layers(&network), 2);
        let image = network["images"][0].clone();
        network["images"] = json!([image, image, image]);
        assert_eq!(layers(&network), 6);
        network["images"] = json!([]);
        assert_eq!(layers(&network), 2);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_value() {
        let text = network().to_string();
        assert!(refusal(&text[..text.len() / 2]).contains("EOF while parsing"));
        assert_eq!(refusal("{\"layers\": []}"), "there is no layer; accepted: 1 and more");
        let cases = [
            ("/layers/0/stride", json!(0), "layer of 4: stride 0"),
            ("/layers/0/kernel", json!(5), "layer of 4: the weights are not 2 x 1 x 5 x 5"),
            ("/layers/1/padding", json!(2), "layer of 2: padding 2"),
            ("/layers/0/scale", json!([1]), "layer of 4: scale has 1 entries for 2 filters"),
            ("/layers/0/scale/1", json!(70_000), "layer of 4: scale 70000; accepted: 0..=65535"),
            ("/layers/0/cut", json!(0), "layer of 4: cut 0; accepted: 1..=64"),
            ("/layers/0/weights/1/0/2/2", json!(128), "weight 128; accepted: -128..=127"),
            ("/layers/0/weights/1/0", json!([[1]]), "the weights are not 2 x 1 x 3 x 3"),
            (
                "/layers/0/pool",
                json!(2),
                "takes a map of [2, 2, 2] elements, but of 4 gives [2, 1, 1]",
            ),
            ("/images/0/0/3", json!([1]), "image 0 does not have 1 x 4 x 4 elements"),
            ("/images/0/0/3/3", json!(-129), "element -129 of an image; accepted: -128..=127"),
        ];
        for (pointer, key) in [("", "groups"), ("/layers/1", "dilation"), ("/layers/0", "stridee")]
        {
            let mut network = network();
            network.pointer_mut(pointer).expect("an object")[key] = json!(1);
            let refusal = refusal(&network.to_string());
            let message = format!("{key}: unknown field `{key}`; accepted: ");
            assert!(refusal.contains(&message), "{refusal}");
        }
        for (pointer, value, message) in cases {
            let refusal = spoilt(pointer, value);
            assert!(refusal.contains(message), "{pointer}: {refusal}");
        }
    }

    #[test]
    fn layers_beyond_the_design_and_kernels_beyond_the_map_are_refused() {
        let small = |flags: &str| {
            let spec = Generated::parse(&format!("{FLAGS} {flags}")).expect("legal flags");
            spec.workload(&network().to_string()).expect_err("too large").to_string()
        };
        assert!(small("--patch-steps 8").contains("elements of a patch 9"));
        assert!(small("--weight-lines 8").contains("9 lines of weights; accepted: at most 8"));
        assert!(small("--max-kernel 2").contains("layer of 4: kernel 3"));
        let mut map = network();
        map["layers"][1]["height"] = json!(1);
        map["layers"] = json!([map["layers"][1]]);
        assert!(refusal(&map.to_string()).contains("height 1: the kernel is larger than the map"));
    }
}
