//! A parameter file and flags mean the same.

use crate::{folder, hwgen, outcome};
use hwgen_gen::blocks;
use std::fs;

#[test]
fn an_emitted_parameter_file_replays_the_package() {
    for generator in blocks::ALL {
        for (_, flags) in generator.configurations {
            let folder = folder();
            let mut arguments = vec!["emit", "--block", generator.name, "--out", "first"];
            arguments.extend(flags.split_whitespace());
            arguments.extend(["--name", "replayed", "--vectors", "10"]);
            assert_eq!(outcome(hwgen(folder.path(), &arguments)).0, 0);
            let config = "first/replayed.toml";
            let replay = ["emit", "--config", config, "--out", "second", "--vectors", "10"];
            let (code, _, stderr) = outcome(hwgen(folder.path(), &replay));
            assert_eq!(code, 0, "{stderr}");
            let read = |package: &str| {
                let path = folder.path().join(package).join("replayed.json");
                fs::read_to_string(path).expect("metadata with digests of all files")
            };
            assert_eq!(read("first"), read("second"), "{} {flags:?}", generator.name);
        }
    }
}

#[test]
fn a_typed_flag_wins_over_the_file() {
    let generator = &blocks::ALL[0];
    let folder = folder();
    let file = folder.path().join("parameters.toml");
    fs::write(&file, format!("block = \"{}\"\nname = \"from_file\"\n", generator.name))
        .expect("a file");
    let arguments = ["emit", "--config", "parameters.toml", "--name", "typed", "--vectors", "10"];
    assert_eq!(outcome(hwgen(folder.path(), &arguments)).0, 0);
    assert!(folder.path().join("typed/typed.f").is_file());
}

#[test]
fn a_bad_file_is_refused_by_name() {
    let folder = folder();
    let block = blocks::ALL[0].name;
    for (text, complaint) in [
        ("width = ".to_owned(), "parameters.toml"),
        (format!("block = \"{block}\"\nno_such_parameter = 3"), "no_such_parameter"),
        (format!("block = \"{block}\"\nname = [1]"), "name = [1]"),
        ("block = 3".to_owned(), "block = 3"),
        ("block = \"no_such_block\"".to_owned(), "no_such_block"),
    ] {
        fs::write(folder.path().join("parameters.toml"), &text).expect("a file");
        let arguments = ["emit", "--config", "parameters.toml"];
        let (code, _, stderr) = outcome(hwgen(folder.path(), &arguments));
        assert_eq!(code, 2, "{text}\n{stderr}");
        assert!(stderr.contains(complaint), "{text}\n{stderr}");
    }
    let (code, _, stderr) = outcome(hwgen(folder.path(), &["emit", "--config", "absent.toml"]));
    assert_eq!(code, 4, "{stderr}");
    assert!(stderr.contains("absent.toml"), "{stderr}");
}
