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
