//! Arrays: each is there, fits and is needed.

use super::files;
use hwgen_networks::file::read;
use safetensors::tensor::{Dtype, TensorView};
use safetensors::{SafeTensors, serialize};
use std::collections::BTreeMap;

type Arrays = BTreeMap<String, (Dtype, Vec<usize>, Vec<u8>)>;

/// What is said of the sample's graph with other arrays.
fn refusal(change: impl FnOnce(&mut Arrays)) -> String {
    let files = files();
    let arrays = SafeTensors::deserialize(&files.arrays).expect("arrays");
    let array = |(name, view): (String, TensorView<'_>)| {
        (name, (view.dtype(), view.shape().to_vec(), view.data().to_vec()))
    };
    let mut arrays: Arrays = arrays.tensors().into_iter().map(array).collect();
    change(&mut arrays);
    let views = arrays.iter().map(|(name, (kind, shape, bytes))| {
        (name, TensorView::new(*kind, shape.clone(), bytes).expect("an array"))
    });
    let bytes = serialize(views, None).expect("a container");
    read(&files.graph, &bytes).expect_err("no network").to_string()
}

fn change(name: &str, to: (Dtype, &[usize], &[u8])) -> String {
    let (kind, shape, bytes) = to;
    refusal(|arrays| {
        let array = arrays.get_mut(name).expect("the array");
        *array = (kind, shape.to_vec(), bytes.to_vec());
    })
}

#[test]
fn names_and_types_are_those_of_the_contract() {
    let files = files();
    let arrays = SafeTensors::deserialize(&files.arrays).expect("arrays");
    let mut found: Vec<_> = arrays
        .iter()
        .map(|(name, view)| format!("{name} {} {:?}", view.dtype(), view.shape()))
        .collect();
    found.sort();
    let expected = [
        "bits.thresholds I32 [2, 2]",
        "conv.biases I64 [2]",
        "conv.multipliers I32 [2, 1]",
        "conv.shifts U8 [2]",
        "conv.weights I8 [2, 1, 3, 3]",
        "logits.biases I64 [3]",
        "logits.multipliers I32 [3, 1]",
        "logits.shifts U8 [3]",
        "logits.weights I16 [3, 64]",
        "mean.biases I64 [2]",
        "mean.multipliers I32 [2, 1]",
        "mean.shifts U8 [2]",
        "sum.biases I64 [2]",
        "sum.multipliers I32 [2, 2]",
        "sum.shifts U8 [2]",
    ];
    assert_eq!(found, expected);
    // Both multipliers of the first filter, then those of the second.
    let multipliers = arrays.tensor("sum.multipliers").expect("multipliers").data();
    let expected = [3, -1, 3, -1].map(i32::to_le_bytes).concat();
    assert_eq!(multipliers, expected);
}

#[test]
fn every_array_is_there_and_needed() {
    let missing = refusal(|arrays| drop(arrays.remove("sum.shifts")));
    assert_eq!(missing, "array sum.shifts is missing");
    let surplus = refusal(|arrays| {
        arrays.insert("max.weights".to_owned(), (Dtype::I8, vec![1], vec![0]));
    });
    let message = "array max.weights belongs to no node; accepted: arrays that nodes need, and no \
                   others";
    assert_eq!(surplus, message);
}

#[test]
fn types_and_shapes_are_checked() {
    let message = "array conv.biases: type I32; accepted: I64";
    assert_eq!(change("conv.biases", (Dtype::I32, &[2], &[0; 8])), message);
    let message = "array conv.weights: type U8; accepted: I8 or I16";
    assert_eq!(change("conv.weights", (Dtype::U8, &[2, 1, 3, 3], &[0; 18])), message);
    let message = "array conv.weights: shape 2 x 9; accepted: any x any x any x any";
    assert_eq!(change("conv.weights", (Dtype::I8, &[2, 9], &[0; 18])), message);
    let message = "array conv.multipliers: shape 3 x 1; accepted: 2 x 1";
    assert_eq!(change("conv.multipliers", (Dtype::I32, &[3, 1], &[0; 12])), message);
    let message = "array conv.shifts: shape 3; accepted: 2";
    assert_eq!(change("conv.shifts", (Dtype::U8, &[3], &[0; 3])), message);
    let message = "array conv.weights: filters 0; accepted: 1 to 67108864";
    assert_eq!(change("conv.weights", (Dtype::I8, &[0, 1, 3, 3], &[])), message);
}

#[test]
fn values_are_those_of_the_contract() {
    let message = "node conv: shift of filter 1 63; accepted: 0 to 62";
    assert_eq!(change("conv.shifts", (Dtype::U8, &[2], &[62, 63])), message);
    let message = "node bits: steps 0; accepted: 1 to 3";
    assert_eq!(change("bits.thresholds", (Dtype::I32, &[2, 0], &[])), message);
    let message = "node conv: weights of a filter 18; accepted: 9, the elements of a patch";
    assert_eq!(change("conv.weights", (Dtype::I8, &[2, 2, 3, 3], &[0; 36])), message);
}

/// Every cut is refused; every changed byte is read or refused, and nothing else happens.
#[test]
fn damaged_containers_are_read_or_refused() {
    let files = files();
    for length in 0..files.arrays.len() {
        let refusal = read(&files.graph, &files.arrays[..length]).expect_err("a cut").to_string();
        assert!(refusal.starts_with("arrays: "), "{length}: {refusal}");
    }
    for place in 0..files.arrays.len() {
        for change in [1, 32, 128, 255] {
            let mut bytes = files.arrays.clone();
            bytes[place] ^= change;
            drop(read(&files.graph, &bytes));
        }
    }
}
