//! Knowing one's own: which files of a directory hwgen wrote and nobody touched.

use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// What a metadata file says while its own digest is being computed.
pub(super) const NO_DIGEST: &str =
    "0000000000000000000000000000000000000000000000000000000000000000";

/// SHA-256 in hexadecimal.
pub(super) fn digest(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The part of the metadata that identifies a package.
#[derive(serde::Deserialize)]
struct Manifest {
    generator: String,
    files: BTreeMap<String, String>,
    digest: String,
}

/// The first of the `present` files (path, text) that is not as hwgen wrote it; nothing if the
/// directory is an untouched package, or empty. What tools made of a package does not count, and
/// need not be among the files: the folder [`PRODUCTS`](super::PRODUCTS).
pub fn foreign(present: &[(String, Option<String>)]) -> Option<String> {
    let manifest = present.iter().find_map(|(path, text)| {
        let text = text.as_deref()?;
        Some((path, text, own_manifest(path, text)?))
    });
    let Some((manifest_path, text, manifest)) = manifest else {
        return present.first().map(|(path, _)| path.clone());
    };
    let untouched = |path: &String, content: &Option<String>| {
        if path == manifest_path {
            return digest(&text.replacen(&manifest.digest, NO_DIGEST, 1)) == manifest.digest;
        }
        let known = manifest.files.get(path);
        known.is_some_and(|known| content.as_deref().map(digest).as_ref() == Some(known))
    };
    present.iter().find(|(path, content)| !untouched(path, content)).map(|(path, _)| path.clone())
}

fn own_manifest(path: &str, text: &str) -> Option<Manifest> {
    let at_top = !path.contains('/') && path.ends_with(".json");
    let manifest = at_top.then(|| serde_json::from_str::<Manifest>(text).ok()).flatten();
    manifest.filter(|manifest| manifest.generator == "hwgen")
}
