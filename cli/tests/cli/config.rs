//! A parameter file and flags mean the same.

use crate::{folder, hwgen, outcome};
use hwgen_gen::blocks;
use std::fs;

#[test]
fn an_emitted_parameter_file_or_metadata_replays_the_package() {
    for generator in blocks::ALL {
        for (_, flags) in generator.configurations {
            let folder = folder();
            let mut arguments = vec!["emit", "--block", generator.name, "--out", "first"];
            arguments.extend(flags.split_whitespace());
            arguments.extend(["--name", "replayed", "--vectors", "10"]);
            assert_eq!(outcome(hwgen(folder.path(), &arguments)).0, 0);
            let read = |package: &str| {
                let path = folder.path().join(package).join("replayed.json");
                fs::read_to_string(path).expect("metadata with digests of all files")
            };
            for config in ["first/replayed.toml", "first/replayed.json"] {
                let replay = ["emit", "--config", config, "--out", "second", "--vectors", "10"];
                let (code, _, stderr) = outcome(hwgen(folder.path(), &replay));
                assert_eq!(code, 0, "{stderr}");
                assert_eq!(read("first"), read("second"), "{config}: {} {flags:?}", generator.name);
            }
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
    assert_eq!(code, 2, "{stderr}");
    let said = "error: absent.toml: No such file or directory (os error 2)\n";
    assert_eq!(stderr, said, "said once");
}

/// The first block with a flag that has an opposite, and the flag.
fn opposites() -> (&'static str, String) {
    let of_block = |block: &'static hwgen_gen::Generator| {
        let flags: Vec<_> = block.flags().into_iter().map(|flag| flag.name).collect();
        let flag = flags.iter().find(|flag| flags.contains(&format!("un{flag}")))?.clone();
        Some((block.name, flag))
    };
    blocks::ALL.iter().find_map(of_block).expect("a flag with an opposite")
}

#[test]
fn a_file_is_judged_where_it_stands() {
    let folder = folder();
    let block = &blocks::ALL[0];
    let flag = &block.flags()[0].name;
    let other = blocks::ALL[1].name;
    let (opposed, opposite) = opposites();
    for (text, complaint) in [
        (format!("# a file\n{flag} = \"4\""), ", line 2: "),
        (format!("{flag} = 4.0"), "accepted: a whole number in "),
        (format!("{flag} = 99999"), "accepted: a whole number in "),
        (format!("{flag} = true"), "accepted: a whole number in "),
        (format!("{flag} = 99999999999999999999999"), "line 1, column "),
        (format!("\n{flag} = = 4"), "line 2, column "),
        (format!("block = \"{other}\""), "but the command names "),
        ("bogus = 4".to_owned(), "line 1: 'bogus' is no parameter of "),
    ] {
        fs::write(folder.path().join("parameters.toml"), &text).expect("a file");
        let arguments = ["show", block.name, "--config", "parameters.toml"];
        let (code, _, stderr) = outcome(hwgen(folder.path(), &arguments));
        assert_eq!(code, 2, "{text}: {stderr}");
        assert!(stderr.starts_with("error: parameters.toml"), "{text}: {stderr}");
        assert!(stderr.contains(complaint) && !stderr.contains("i128"), "{text}: {stderr}");
    }
    let text = format!("{opposite} = true\nun{opposite} = true");
    fs::write(folder.path().join("parameters.toml"), text).expect("a file");
    let arguments = ["show", opposed, "--config", "parameters.toml"];
    let (code, _, stderr) = outcome(hwgen(folder.path(), &arguments));
    assert!(code == 2 && stderr.contains("contradict each other"), "{stderr}");
}

#[test]
fn other_json_is_refused_by_name() {
    let folder = folder();
    let block = blocks::ALL[0].name;
    let metadata = |format: &str, parameters: &str| {
        format!(
            "{{\"format\": \"{format}\", \"block\": \"{block}\", \"name\": \"top\", \
             \"parameters\": {parameters}}}"
        )
    };
    let format = "hwgen-package-1";
    for (text, complaint) in [
        ("{".to_owned(), "accepted: the metadata of a package"),
        ("[]".to_owned(), "accepted: the metadata of a package"),
        ("[]".to_owned(), "other.json: line 1, column "),
        ("{\"width\": 16}".to_owned(), "missing field `format`"),
        (metadata("hwgen-package-0", "{}"), "format = \"hwgen-package-0\""),
        (metadata(format, "3"), "invalid type"),
        (metadata(format, "{\"width\": null}"), "invalid type: null"),
        (metadata(format, "{\"name\": \"other\"}"), "'name'"),
        (metadata(format, "{\"no_such_parameter\": 3}"), "no_such_parameter"),
        (metadata(format, "{\"width\": [1]}"), "width = [1]"),
    ] {
        fs::write(folder.path().join("other.json"), &text).expect("a file");
        let (code, _, stderr) = outcome(hwgen(folder.path(), &["emit", "--config", "other.json"]));
        assert_eq!(code, 2, "{text}\n{stderr}");
        assert!(stderr.contains(complaint), "{text}\n{stderr}");
        assert!(stderr.contains("other.json") || stderr.contains("parameter file"), "{stderr}");
    }
}
