//! Adding a block touches one folder of Rust, one of templates, and one line; only the Rust of other
//! blocks, where they are composed of it, may name it besides.

use hwgen_gen::blocks;
use hwgen_testbenches::{Check, Layer, files_below, itself};
use std::fs;
use std::path::{Path, PathBuf};

/// The checks of this layer.
pub fn checks() -> Vec<Check> {
    let mut layer = Layer::new("registry");
    itself!(
        layer,
        a_block_is_named_in_its_folders_and_in_one_line,
        every_contradiction_is_refused,
        the_first_configuration_is_the_default,
    );
    layer.checks()
}

/// Folders that hold code. Documents may name blocks as they like, and so may outputs that tests
/// expect.
const CODE: [&str; 7] =
    ["gen/src", "sim", "cli/src", "cli/tests", "testbenches/src", "testbenches/tests", "templates"];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Whether `line` holds `word` on its own.
fn names(line: &str, word: &str) -> bool {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    line.match_indices(word).any(|(start, _)| {
        let before = line[..start].chars().next_back();
        let after = line[start + word.len()..].chars().next();
        !before.is_some_and(part) && !after.is_some_and(part)
    })
}

/// The Rust of blocks, which may be composed of others.
fn composites(root: &Path) -> impl Iterator<Item = PathBuf> {
    let folders = root.join("gen/src/blocks");
    blocks::ALL.iter().map(move |generator| folders.join(generator.name))
}

fn a_block_is_named_in_its_folders_and_in_one_line() {
    let root = root();
    for block in blocks::ALL.iter().map(|generator| generator.name) {
        let own = [root.join("gen/src/blocks").join(block), root.join("templates").join(block)];
        for folder in &own {
            assert!(folder.is_dir(), "{block} has no folder {}", folder.display());
        }
        let foreign = CODE.iter().flat_map(|folder| files_below(&root.join(folder)));
        let foreign = foreign.filter(|file| !own.iter().any(|folder| file.starts_with(folder)));
        let foreign = foreign.filter(|file| !file.iter().any(|part| part == "expected"));
        let foreign =
            foreign.filter(|file| !composites(&root).any(|folder| file.starts_with(folder)));
        let lines = foreign.flat_map(|file| {
            let text = fs::read_to_string(&file).unwrap_or_default();
            let lines = text.lines().filter(|line| names(line, block)).map(str::to_owned);
            lines.map(move |line| (file.clone(), line)).collect::<Vec<_>>()
        });
        let lines: Vec<_> = lines.collect();
        let registry = root.join("gen/src/blocks/mod.rs");
        assert_eq!(lines, [(registry, format!("    {block},"))], "where {block} is named");
    }
}

fn every_contradiction_is_refused() {
    for generator in blocks::ALL {
        for flags in generator.contradictions {
            assert!(generator.parse(flags).is_err(), "{} accepts {flags:?}", generator.name);
        }
    }
}

fn the_first_configuration_is_the_default() {
    for generator in blocks::ALL {
        assert_eq!(generator.configurations.first().map(|(name, _)| *name), Some("default"));
        assert!(generator.configurations[0].1.is_empty());
    }
}
