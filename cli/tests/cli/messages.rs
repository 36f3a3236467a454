//! What is said about every kind of bad input. Every message names the thing, its value and what
//! would be accepted; reviewed as text in `expected/`.

use crate::{BadValues, folder, hwgen, outcome, some_block};
use expect_test::expect_file;
use hwgen_gen::{Generator, blocks};
use hwgen_sim::tool::Tool;
use hwgen_testbenches::available;
use std::fmt::Write;
use std::fs;

/// Runs `hwgen` with `arguments` and writes down what the user sees.
fn transcript(arguments: &[String]) -> String {
    let folder = folder();
    let (code, stdout, stderr) = outcome(hwgen(folder.path(), arguments));
    let left = fs::read_dir(folder.path()).expect("the folder").count();
    assert_eq!(left, 0, "a refused command left something behind: {arguments:?}");
    assert_eq!(code, 2, "{arguments:?}\n{stderr}");
    assert_eq!(stdout, "", "errors go to standard error: {arguments:?}");
    let typed = arguments.join(" ").replace('\u{7}', "\\u{7}");
    format!("$ hwgen {typed}\n{stderr}\n")
}

fn words(text: &str) -> Vec<String> {
    text.split(' ').map(str::to_owned).collect()
}

#[test]
fn every_bad_parameter_is_refused_by_name() {
    for generator in blocks::ALL {
        let mut text = String::new();
        for flag in generator.flags() {
            for value in BadValues::of(&flag).kinds {
                let mut arguments = words(&format!("emit --block {}", generator.name));
                arguments.push(format!("--{}={value}", flag.name));
                let said = transcript(&arguments);
                assert!(said.contains(&format!("--{}", flag.name)), "{said}");
                text += &said;
            }
        }
        for flags in generator.contradictions {
            let typed = format!("emit --block {} {flags}", generator.name);
            text += &transcript(&words(&typed));
        }
        let path =
            format!("{}/tests/cli/expected/{}.txt", env!("CARGO_MANIFEST_DIR"), generator.name);
        expect_file![path].assert_eq(&text);
    }
}

/// A flag and its opposite, of the first block that has such.
fn opposites() -> String {
    let of_block = |block: &Generator| {
        let flags: Vec<_> = block.flags().into_iter().map(|flag| flag.name).collect();
        let has_opposite = |flag: &&String| flags.contains(&format!("un{flag}"));
        let flag = flags.iter().find(has_opposite)?;
        Some(format!("emit --block {} --{flag} --un{flag}", block.name))
    };
    blocks::ALL.iter().find_map(of_block).expect("a flag with an opposite")
}

#[test]
fn misspelt_names_get_a_suggestion() {
    let block = some_block();
    let mut misspelt = block.to_owned();
    misspelt.pop();
    let flag = &blocks::ALL[0].flags()[0].name;
    let mut text = String::new();
    for line in [
        format!("emit --block {misspelt}"),
        "emit --block does_not_exist".to_owned(),
        "emit".to_owned(),
        "emitt".to_owned(),
        format!("show {misspelt}"),
        format!("emit --block {block} --{flag}s 4"),
        format!("emit --block {block} --name Top"),
        format!("emit --block {block} --name module"),
        format!("emit --block {block} --name left_fifo"),
        format!("emit --block {block} --name tb_left"),
        format!("emit --block {block} --name one --name=two"),
        format!("emit {block} --block {block}"),
        format!("emit {block} --name a\u{7}b"),
        format!("emit {block} --name=a\u{7}b"),
        format!("emit {block} --signed=3"),
        format!("emit {block} left-over"),
        format!("emit {block} --{flag}="),
        format!("emit {block} --{flag}"),
        "completions".to_owned(),
        "completions tcsh".to_owned(),
        format!("cycles {block} --data . --seed 4"),
        format!("synth {block} --clock-period 0"),
        format!("synth {block} --netlist netlist"),
        opposites(),
        "show --json".to_owned(),
        format!("emit --block {block} --vectors many"),
        format!("sim --block {block} --vectors 99999999999"),
        format!("sim --block {block} --stalls sometimes"),
        format!("synth --block {block} --target asic"),
        format!("synth --block {block} --target ice40 --liberty cells.lib"),
        format!("lint --all --block {block}"),
        "lint".to_owned(),
    ] {
        write!(text, "{}", transcript(&words(&line))).expect("a string takes everything");
    }
    // The list of blocks grows without changing the messages.
    let names: Vec<_> = blocks::ALL.iter().map(|generator| generator.name).collect();
    let text = text.replace(&names.join(", "), "(all blocks)");
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli/expected/usage.txt");
    expect_file![path].assert_eq(&text);
}

#[test]
fn help_lists_only_that_blocks_flags() {
    for generator in blocks::ALL {
        let folder = folder();
        let arguments = ["emit", "--block", generator.name, "--help"];
        let (code, help, _) = outcome(hwgen(folder.path(), &arguments));
        assert_eq!(code, 0);
        for other in blocks::ALL {
            for flag in other.flags() {
                let own = generator.flags().iter().any(|own| own.name == flag.name);
                let shown = help.contains(&format!("--{} ", flag.name))
                    || help.contains(&format!("--{}\n", flag.name));
                assert_eq!(shown, own, "--{} in the help of {}", flag.name, generator.name);
            }
        }
    }
}

#[test]
fn short_help_fits_a_narrow_terminal() {
    const COLUMNS: usize = 60;
    let folder = folder();
    let mut lines = vec!["-h".to_owned()];
    for command in ["list", "show", "reproduce", "doctor", "cache", "completions"] {
        lines.push(format!("{command} -h"));
    }
    for command in ["show", "emit", "sim", "synth", "lint", "cycles"] {
        lines.extend(blocks::ALL.iter().map(|block| format!("{command} {} -h", block.name)));
    }
    for line in lines {
        let mut command = hwgen(folder.path(), &words(&line));
        command.env("COLUMNS", COLUMNS.to_string());
        let (code, help, _) = outcome(command);
        assert_eq!(code, 0, "{line}");
        let wide: Vec<_> = help.lines().filter(|line| line.chars().count() > COLUMNS).collect();
        assert!(wide.is_empty(), "{line}: {wide:#?}");
    }
}

#[test]
fn lists_are_readable_by_machines() {
    let folder = folder();
    let answer = |line: &str| {
        let (code, stdout, stderr) = outcome(hwgen(folder.path(), &words(line)));
        assert_eq!(code, 0, "{line}: {stderr}");
        let value: serde_json::Value = serde_json::from_str(&stdout).expect("JSON");
        assert_eq!(value["command"], format!("hwgen {line}"));
        value
    };
    assert!(answer("list --json")["blocks"].to_string().contains(some_block()));
    assert!(answer("cache --json")["kept"]["models"].is_u64());
    for block in blocks::ALL {
        let name = block.name;
        let show = answer(&format!("show {name} --json"));
        for fact in show["design"]["facts"].as_array().expect("facts") {
            assert!(fact["value"].is_number() || fact["unit"].is_null(), "{name}: {fact}");
        }
        for parameter in show["parameters"].as_array().expect("parameters") {
            let has_range = parameter["accepts"]["maximum"].is_number();
            assert!(!has_range || !parameter["default"].is_string(), "{name}: {parameter}");
        }
        let design = answer(&format!("cycles {name} --vectors 10 --json"))["design"].clone();
        assert_eq!(design, format!("hwgen emit --block {name}"));
        let emitted = answer(&format!("emit {name} --vectors 10 --out {name} --json"));
        assert!(emitted["files"].as_array().is_some_and(|files| files.len() > 9), "{emitted}");
        assert_eq!((&emitted["vectors"], &emitted["seed"]), (&10.into(), &1.into()), "{emitted}");
    }
}

#[test]
fn a_simulation_tells_machines_what_was_played() {
    if !available(&[Tool::Verilator, Tool::Compiler]) {
        return;
    }
    let folder = folder();
    let line = format!("sim {} --vectors 12 --seed 7 --json", some_block());
    let (code, stdout, stderr) = outcome(hwgen(folder.path(), &words(&line)));
    assert_eq!(code, 0, "{stderr}");
    let value: serde_json::Value = serde_json::from_str(&stdout).expect("JSON");
    assert_eq!(value["command"], format!("hwgen {line}"));
    assert_eq!((value["vectors"].as_u64(), value["seed"].as_u64()), (Some(12), Some(7)));
    assert!(value["data"].is_null(), "{value}");
    // The block promises what single beats take, and nothing of whole batches.
    assert!(value.get("predicted_cycles").is_some_and(serde_json::Value::is_null), "{value}");
}

#[test]
fn completions_know_every_block_and_flag() {
    let folder = folder();
    for shell in ["bash", "zsh", "fish"] {
        let (code, script, _) = outcome(hwgen(folder.path(), &["completions", shell]));
        assert_eq!(code, 0);
        for generator in blocks::ALL {
            assert!(script.contains(generator.name), "{shell}");
            assert!(generator.flags().iter().all(|flag| script.contains(&flag.name)), "{shell}");
        }
    }
}
