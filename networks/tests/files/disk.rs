//! Files on a disk.

use super::{files, sample};
use hwgen_networks::file::{load, save};
use std::fs;

#[test]
fn both_files_are_written_and_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("sample.json");
    save(&path, &sample()).expect("two files");
    assert_eq!(load(&path).expect("its own files"), sample());
    let arrays = fs::read(folder.path().join("sample.safetensors")).expect("arrays");
    assert_eq!(arrays, files().arrays);
    assert_eq!(fs::read_to_string(&path).expect("a graph"), files().graph);
}

#[test]
fn what_is_no_file_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("sample.json");
    let refusal = || load(&path).expect_err("no file").to_string();
    assert!(refusal().starts_with(&format!("{}: No such file", path.display())));
    fs::write(&path, files().graph).expect("a file");
    let arrays = path.with_extension("safetensors");
    assert!(refusal().starts_with(&format!("{}: No such file", arrays.display())));
    fs::create_dir(&arrays).expect("a folder");
    assert_eq!(refusal(), format!("{}: no regular file", arrays.display()));
    let refused = save(&path, &sample()).expect_err("no file").to_string();
    assert_eq!(refused, format!("{}: no regular file", arrays.display()));
    fs::write(&path, [0xff]).expect("a file");
    assert!(refusal().contains("invalid utf-8"), "{}", refusal());
}

/// Of every kind of operator with a window, one kernel that fits nothing.
#[test]
fn what_is_wrong_is_told_with_file_node_field_and_what_is_accepted() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("sample.json");
    save(&path, &sample()).expect("two files");
    let graph: serde_json::Value = serde_json::from_str(&files().graph).expect("JSON");
    let accepted = |operator: &str| match operator {
        "conv" => {
            "kernel 4294967296 x 3; accepted: 3 x 3, the last two lengths of the array weights"
        }
        _ => "kernel along rows 4294967296; accepted: 1 to 65536",
    };
    for (place, (node, operator)) in
        [("conv", "conv"), ("max", "max_pool"), ("mean", "sum_pool")].into_iter().enumerate()
    {
        let mut graph = graph.clone();
        graph["nodes"][place]["operator"][operator]["window"]["kernel"][0] = (1_u64 << 32).into();
        fs::write(&path, graph.to_string()).expect("a file");
        let said = load(&path).expect_err("no such kernel").to_string();
        let expected = format!("{}: node {node}: {}", path.display(), accepted(operator));
        assert_eq!(said, expected);
    }
    fs::write(&path, "{").expect("a file");
    let said = load(&path).expect_err("no graph").to_string();
    assert!(said.starts_with(&format!("{}: line 1, column 1, ", path.display())), "{said}");
    save(&path, &sample()).expect("two files");
    let arrays = path.with_extension("safetensors");
    fs::write(&arrays, "").expect("a file");
    let said = load(&path).expect_err("no arrays").to_string();
    assert!(said.starts_with(&format!("{}: arrays: ", arrays.display())), "{said}");
    // A length that is none, in words of the field.
    let header = r#"{"a":{"dtype":"I8","shape":[-1],"data_offsets":[0,0]}}"#;
    let length = (header.len() as u64).to_le_bytes();
    fs::write(&arrays, [&length[..], header.as_bytes()].concat()).expect("a file");
    let said = load(&path).expect_err("no length").to_string();
    assert!(said.contains("expected a whole number that is not negative"), "{said}");
}
