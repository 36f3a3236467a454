//! A network in a file: JSON, as `models/lenet5_cap_ram` writes it.
//!
//! ```json
//! {"layers": [{"name": "conv1", "filters": 8, "channels": 1, "kernel": 5, "height": 28,
//!              "width": 28, "encoding": "twos_complement", "weight_bits": 4, "relu": true,
//!              "pool": 2, "cut": 19, "scale": [..], "bias": [..], "weights": [[..]]}],
//!  "images": [[[[..]]]], "measured": {..}}
//! ```
//!
//! Weights are given by filter, and in a filter by channel, row and column in one list; images, of
//! activations from 0 to 15, by channel, row and column. Images may be left out, and so may
//! what was measured, which nothing is computed from; other keys are refused.

use super::{ACTIVATION_BITS, Layer};
use crate::WorkloadError;
use crate::blocks::cap_ram::{Encoding, Precision};
use crate::error::demand;
use crate::json;
use serde::Deserialize;
use serde::de::IgnoredAny;

/// The file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with layers")]
pub(super) struct File {
    layers: Vec<RecordedLayer>,
    #[serde(default)]
    images: Vec<Vec<Vec<Vec<i64>>>>,
    #[serde(default, rename = "measured")]
    _measured: IgnoredAny,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum RecordedEncoding {
    TwosComplement,
    Ternary,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a layer")]
struct RecordedLayer {
    #[serde(deserialize_with = "json::name")]
    name: String,
    filters: usize,
    channels: usize,
    kernel: usize,
    height: usize,
    width: usize,
    encoding: RecordedEncoding,
    weight_bits: u32,
    relu: bool,
    pool: usize,
    cut: u32,
    scale: Vec<i64>,
    bias: Vec<i64>,
    weights: Vec<Vec<i32>>,
}

impl File {
    /// Reads the text of a file.
    pub fn read(text: &str) -> Result<Self, WorkloadError> {
        json::read(text).map_err(|error| WorkloadError(format!("not a network: {error}")))
    }

    /// The layers, each on its own: whether they fit each other is not looked at.
    pub fn layers(&self) -> Result<Vec<Layer>, WorkloadError> {
        self.layers.iter().map(RecordedLayer::layer).collect()
    }

    /// The images, each as a map of so many channels, rows and columns.
    pub fn images(&self, shape: [usize; 3]) -> Result<Vec<Vec<u8>>, WorkloadError> {
        let [channels, height, width] = shape;
        let image = |(number, image): (usize, &Vec<Vec<Vec<i64>>>)| {
            let fits = image.len() == channels
                && image
                    .iter()
                    .all(|rows| rows.len() == height && rows.iter().all(|row| row.len() == width));
            demand(fits, || {
                format!("image {number} does not have {channels} x {height} x {width} elements")
            })?;
            image.iter().flatten().flatten().map(|&element| activation(number, element)).collect()
        };
        self.images.iter().enumerate().map(image).collect()
    }
}

fn activation(image: usize, element: i64) -> Result<u8, WorkloadError> {
    let range = 0..=(1 << ACTIVATION_BITS) - 1;
    demand(range.contains(&element), || {
        format!("element {element} of image {image}; accepted: {range:?}")
    })?;
    Ok(element as u8)
}

impl RecordedLayer {
    fn layer(&self) -> Result<Layer, WorkloadError> {
        let (name, count) = (&self.name, self.weights.len());
        demand(count == self.filters, || {
            format!("layer {name}: weights of {count} filters, but there are {}", self.filters)
        })?;
        let encoding = match self.encoding {
            RecordedEncoding::TwosComplement => Encoding::TwosComplement,
            RecordedEncoding::Ternary => Encoding::Ternary,
        };
        let precision = Precision::new(encoding, self.weight_bits, ACTIVATION_BITS);
        let precision =
            precision.map_err(|error| WorkloadError(format!("layer {name}: {error}")))?;
        Ok(Layer {
            name: name.clone(),
            channels: self.channels,
            height: self.height,
            width: self.width,
            kernel: self.kernel,
            precision,
            weights: self.weights.clone(),
            scale: self.scale.clone(),
            bias: self.bias.clone(),
            cut: self.cut,
            relu: self.relu,
            pool: self.pool,
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::block::{Block, Proof};
    use crate::blocks::cap_ram::Generated;
    use serde_json::{Value, json};

    const FLAGS: &str = "--slices 8 --columns 8 --rows-per-cluster 2 --array integer";

    /// Two layers that fit: 1 x 4 x 4 to 2 x 2 x 2 to 1 x 1 x 1.
    fn network() -> Value {
        let layer = |filters: usize, channels: usize, side: usize, kernel: usize| {
            json!({
                "name": format!("of {side}"), "filters": filters, "channels": channels,
                "kernel": kernel, "height": side, "width": side, "encoding": "ternary",
                "weight_bits": 2, "relu": true, "pool": 1, "cut": 8, "scale": vec![3; filters],
                "bias": vec![0; filters],
                "weights": vec![vec![1; channels * kernel * kernel]; filters],
            })
        };
        json!({"layers": [layer(2, 1, 4, 3), layer(1, 2, 2, 2)], "images": [[[[1, 2, 3, 4],
            [5, 6, 7, 8], [9, 10, 11, 12], [13, 14, 15, 0]]]]})
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
        let operations = |network: &Value| {
            let workload = spec.workload(&network.to_string()).expect("a network that fits");
            workload.phases.iter().map(|phase| phase.0[4].len()).sum::<usize>()
        };
        // 4 positions of 2 pieces, 1 position of 1 piece.
        assert_eq!(operations(&network), 9);
        let image = network["images"][0].clone();
        network["images"] = json!([image, image, image]);
        assert_eq!(operations(&network), 27);
        network["images"] = json!([]);
        assert_eq!(operations(&network), 9);
    }

    #[test]
    fn rows_and_cycles_are_told() {
        let spec = Generated::parse(FLAGS).expect("legal flags");
        let facts = spec.workload(&network().to_string()).expect("a network that fits").facts;
        let facts: Vec<_> = facts
            .iter()
            .map(|fact| format!("{}: {}: {}", fact.name, fact.shown(), fact.meaning))
            .collect();
        let expected = [
            "layer of 4: 8 global cycles: per image; rows per plus slice 1, per minus slice 1 at most",
            "layer of 2: 1 global cycles: per image; rows per plus slice 1, per minus slice 1 at most",
            "network: 9 global cycles: per image",
            "rows: 10: of 16 rows of slices are used",
            "images: 1: of the file",
        ];
        assert_eq!(facts, expected);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_value() {
        let text = network().to_string();
        assert!(refusal(&text[..text.len() / 2]).contains("EOF while parsing"));
        assert_eq!(refusal("{\"layers\": []}"), "there is no layer; accepted: 1 and more");
        let cases = [
            ("/layers/0/filters", json!(3), "layer of 4: weights of 2 filters, but there are 3"),
            ("/layers/0/channels", json!(2), "filter 0 has 9 weights, not 2 x 3 x 3"),
            ("/layers/1/weights/0", json!([1]), "filter 0 has 1 weights, not 2 x 2 x 2"),
            ("/layers/0/kernel", json!(5), "layer of 4: kernel 5; accepted: 1..=4"),
            ("/layers/0/kernel", json!(0), "layer of 4: kernel 0; accepted: 1..=4"),
            (
                "/layers/0/kernel",
                json!(-1),
                "layers[0].kernel: invalid value: integer `-1`; accepted: a whole",
            ),
            ("/layers/0/height", json!(0), "a map of 1 x 0 x 4; accepted: 1..=1048576 elements"),
            (
                "/layers/0/width",
                json!(usize::MAX),
                "layer of 4: a map of 1 x 4 x 18446744073709551615",
            ),
            (
                "/layers/0",
                json!({"name": "of 4", "stride": 2}),
                "layers[0].stride: unknown field `stride`; accepted: one of `name`",
            ),
            ("/layers/0/pool", json!(3), "layer of 4: pool 3; accepted: 1..=2"),
            (
                "/layers/0/pool",
                json!(2),
                "layer of 2: takes a map of [2, 2, 2] elements, but of 4 gives [2, 1, 1]",
            ),
            (
                "/layers/0/relu",
                json!(false),
                "layer of 4: no relu; accepted: relu, since of 2 takes",
            ),
            (
                "/layers/0/encoding",
                json!("unary"),
                "layers[0].encoding: unknown variant `unary`; accepted: `twos_complement` or",
            ),
            (
                "/layers/0/weight_bits",
                json!(4),
                "layer of 4: weights of 4 bits in ternary digits: no such",
            ),
            (
                "/layers/0/weights/1/8",
                json!(-2),
                "weight -2; accepted: -1..=1, of 2 bits in ternary digits",
            ),
            ("/layers/0/scale", json!([1]), "layer of 4: scale has 1 entries for 2 filters"),
            ("/layers/0/scale/1", json!(8_388_608), "scale 8388608; accepted: -8388608..=8388607"),
            (
                "/layers/1/bias/0",
                json!(1_i64 << 47),
                "layer of 2: bias 140737488355328; accepted: -140",
            ),
            ("/layers/0/cut", json!(64), "layer of 4: cut 64; accepted: 0..=63"),
            ("/images/0/0/3", json!([1]), "image 0 does not have 1 x 4 x 4 elements"),
            ("/images/0/0/3/3", json!(16), "element 16 of image 0; accepted: 0..=15"),
        ];
        let mut grouped = network();
        grouped["groups"] = json!(2);
        assert!(
            refusal(&grouped.to_string()).contains("groups: unknown field `groups`; accepted:")
        );
        for (pointer, value, message) in cases {
            let refusal = spoilt(pointer, value);
            assert!(refusal.contains(message), "{pointer}: {refusal}");
        }
    }

    #[test]
    fn a_network_that_does_not_fit_is_refused_with_what_would() {
        let mut network = network();
        network["layers"][1]["filters"] = json!(9);
        for of_each in ["scale", "bias"] {
            network["layers"][1][of_each] = json!(vec![1; 9]);
        }
        network["layers"][1]["weights"] = json!(vec![vec![1; 8]; 9]);
        let expected = "layer of 2 does not fit: 10 of the 18 rows of slices that it takes find no \
                        place (all layers take 26, the macro has 16); the network fits 4 rows per \
                        slice instead of 2, and 4 of the layer's 9 filters fit as it is";
        assert_eq!(refusal(&network.to_string()), expected);
    }

    #[test]
    fn more_than_a_simulation_can_take_is_refused() {
        let mut network = network();
        let layer = &mut network["layers"][0];
        (layer["height"], layer["width"]) = (json!(1000), json!(1000));
        layer["pool"] = json!(499);
        network["images"] = json!([]);
        let message = "1992009 operations; accepted: at most 1048576 (1 image(s) of 1992009 each)";
        assert_eq!(refusal(&network.to_string()), message);
    }
}
