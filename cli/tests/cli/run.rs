//! Networks from files: what they give, on what, and what is said of it.

use super::{folder, hwgen, outcome};
use hwgen_compile::names;
use hwgen_gen::blocks;
use serde_json::Value;
use std::path::PathBuf;

fn model(name: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../models/lenet5");
    folder.join(name).to_string_lossy().into_owned()
}

/// The words of `hwgen run` on the first images of a network, and more.
fn words(count: &str, more: &[&str]) -> Vec<String> {
    let (network, images) = (model("lenet5.json"), model("images.npy"));
    let own = ["run", &network, "--images", &images, "--count", count];
    own.iter().chain(more).map(|word| (*word).to_owned()).collect()
}

fn answer(count: &str, more: &[&str]) -> Value {
    let more = [more, &["--json"]].concat();
    let (code, stdout, stderr) = outcome(hwgen(folder().path(), &words(count, &more)));
    assert_eq!((code, stderr.as_str()), (0, ""), "{more:?}");
    serde_json::from_str(&stdout).expect("JSON")
}

#[test]
fn a_network_is_computed_by_definition() {
    let labels = model("labels.npy");
    let answer = answer("3", &["--labels", &labels]);
    assert_eq!(answer["on"], "definition");
    assert_eq!(answer["accuracy"]["correct"], 3);
    assert_eq!(answer["output_names"], serde_json::json!(["fc2", "class"]));
    let logits = std::fs::read(model("logits.npy")).expect("logits");
    let logits = logits[logits.len() - 1000..].chunks(10);
    for (output, logits) in answer["outputs"].as_array().expect("outputs").iter().zip(logits) {
        let expected: Vec<_> = logits.iter().map(|&byte| byte as i8).collect();
        assert_eq!(output[0], serde_json::json!(expected));
    }
}

/// Some configuration of a target computes all products of the network, and says in how many cycles.
#[test]
fn a_network_is_computed_on_golden_models() {
    let mut computed = 0;
    for target in names() {
        for (_, flags) in blocks::find(target).expect("a block").configurations {
            let mut more = vec!["--target", target];
            more.extend(flags.split_whitespace());
            let answer = answer("2", &more);
            assert_eq!(answer["on"], "golden");
            let nodes = answer["nodes"].as_array().expect("nodes");
            if nodes.iter().all(|node| node["computed"] != "approximate") {
                assert_eq!(answer["equal_to_definition"], 2, "{flags}");
            }
            let stages = answer["stages"].as_array().expect("stages").len();
            assert_eq!(answer["cycles_per_image"].is_number(), stages > 0, "{flags}");
            computed += usize::from(answer["host_share_of_products"] == 0.0);
        }
    }
    assert!(computed > 0, "no configuration computes the network");
}

#[test]
fn what_cannot_be_run_is_named() {
    let other = blocks::ALL.iter().map(|block| block.name).find(|name| !names().contains(name));
    let other = other.expect("a block that is no target");
    let (images, all_labels) = (model("images.npy"), model("test_labels.npy"));
    let targets = names().join(", ");
    for (more, message) in [
        (
            vec!["--on", "rtl"],
            format!("--target is missing, which --on rtl needs; accepted: {targets}"),
        ),
        (vec!["--target", other], format!("--target {other}; accepted: {targets}")),
        (vec!["--labels", &images], "array: shape 100 x 1 x 28 x 28; accepted: any number".into()),
        (
            vec!["--labels", &all_labels],
            "test_labels.npy: 10000 labels; accepted: 100, one for each image".into(),
        ),
        (
            vec!["--on", "definition", "--target", names()[0]],
            format!("--target {}: --on definition needs none; accepted: without", names()[0]),
        ),
        (vec!["--batch", "0"], "--batch 0; accepted: a whole number in 1..=1000".into()),
    ] {
        let (code, stdout, stderr) = outcome(hwgen(folder().path(), &words("2", &more)));
        assert_eq!((code, stdout.as_str()), (2, ""), "{more:?}: {stderr}");
        assert!(stderr.contains(&message), "{more:?}: {stderr}");
    }
    // A label of no class, and no image at all.
    let place = folder();
    let array = |shape: &str, bytes: &[u8]| {
        let header = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}");
        let header = format!("{header:117}\n");
        let length = (header.len() as u16).to_le_bytes();
        [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), bytes].concat()
    };
    let write = |name: &str, bytes: Vec<u8>| {
        let path = place.path().join(name);
        std::fs::write(&path, bytes).expect("a file");
        path.to_string_lossy().into_owned()
    };
    let labels = write("labels.npy", array("(100,)", &[[9_u8; 99].as_slice(), &[10]].concat()));
    let none = write("none.npy", array("(0, 1, 28, 28)", &[]));
    for (more, message) in [
        (["--labels", &labels], "label 99: 10; accepted: 0..=9, the classes of the network"),
        (["--images", &none], "--images is given more than once; accepted: once"),
        (["--batch", "5"], "--target is missing"),
    ] {
        let (code, stdout, stderr) = outcome(hwgen(place.path(), &words("2", &more)));
        assert_eq!((code, stdout.as_str()), (2, ""), "{more:?}: {stderr}");
        assert!(stderr.contains(message), "{more:?}: {stderr}");
    }
    let network = model("lenet5.json");
    let (code, _, stderr) = outcome(hwgen(place.path(), &["run", &network, "--images", &none]));
    assert_eq!(code, 2);
    assert!(stderr.contains("none.npy: 0 images; accepted: one or more"), "{stderr}");
    let (code, _, stderr) = outcome(hwgen(folder().path(), &words("101", &[])));
    assert_eq!(code, 2);
    assert!(stderr.contains("--count 101; accepted: 1..=100, the images of "), "{stderr}");
}
