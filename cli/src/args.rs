//! The command line, in two passes: the first learns which block is meant, the second knows its
//! flags.

use crate::commands::{
    self, cache, completions, cycles, doctor, emit, lint, list, reproduce, run, show, sim, synth,
};
use crate::config::ParameterFile;
use crate::exit::{self, Exit, Usage};
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};
use hwgen_gen::{Design, Generator, blocks, params};
use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::path::Path;

/// Subcommands that work on one design, hence take a block's flags.
const OF_DESIGN: [&str; 7] = ["show", "emit", "sim", "synth", "lint", "cycles", RUN];

/// The subcommand whose first word is a network, and whose design is a target.
const RUN: &str = "run";

/// The flag that names the block of a subcommand.
fn block_flag(subcommand: &str) -> &'static str {
    if subcommand == RUN { "target" } else { "block" }
}

/// Parses and executes a command line.
pub fn run(argv: Vec<OsString>) -> anyhow::Result<Exit> {
    let (argv, generator) = first_pass(argv)?;
    let matches = command(generator).try_get_matches_from(argv)?;
    match matches.subcommand() {
        Some(("list", own)) => list::run(&list::Options::from_arg_matches(own)?),
        Some(("show", own)) => {
            let design = generator.map(|generator| design(Some(generator), own)).transpose()?;
            show::run(generator.zip(design), &show::Options::from_arg_matches(own)?)
        }
        Some(("emit", own)) => {
            emit::run(&design(generator, own)?, &emit::Options::from_arg_matches(own)?)
        }
        Some(("sim", own)) => {
            sim::run(&design(generator, own)?, &sim::Options::from_arg_matches(own)?)
        }
        Some(("synth", own)) => {
            synth::run(&design(generator, own)?, &synth::Options::from_arg_matches(own)?)
        }
        Some(("cycles", own)) => {
            cycles::run(&design(generator, own)?, &cycles::Options::from_arg_matches(own)?)
        }
        Some(("lint", own)) => {
            let options = lint::Options::from_arg_matches(own)?;
            if generator.is_none() && !options.all {
                anyhow::bail!(Usage(which_block("--all or ")));
            }
            let design = (!options.all).then(|| design(generator, own)).transpose()?;
            lint::run(design.as_ref(), &options)
        }
        Some((RUN, own)) => {
            let design = generator.map(|generator| design(Some(generator), own)).transpose()?;
            run::run(design.as_ref(), &run::Options::from_arg_matches(own)?)
        }
        Some(("reproduce", own)) => reproduce::run(&reproduce::Options::from_arg_matches(own)?),
        Some(("doctor", own)) => doctor::run(&doctor::Options::from_arg_matches(own)?),
        Some(("cache", own)) => cache::run(&cache::Options::from_arg_matches(own)?),
        Some(("completions", own)) => {
            completions::run(&completions::Options::from_arg_matches(own)?, completion_command())
        }
        _ => unreachable!("clap requires one of the subcommands"),
    }
}

/// Learns the block from `--block`, from the first word or from the file of `--config`, and puts the
/// file's flags in front of the typed ones, so that these win.
fn first_pass(
    mut argv: Vec<OsString>,
) -> anyhow::Result<(Vec<OsString>, Option<&'static Generator>)> {
    check_words(&argv)?;
    let named = |word: &OsString| OF_DESIGN.into_iter().find(|name| word == name);
    let Some(subcommand) = argv.get(1).and_then(named) else {
        check_repetition(&argv)?;
        return Ok((argv, None));
    };
    let flag = block_flag(subcommand);
    let is_word = |word: &&mut OsString| !word.to_string_lossy().starts_with('-');
    if let Some(word) = argv.get_mut(2).filter(|word| subcommand != RUN && is_word(word)) {
        *word = format!("--{flag}={}", word.to_string_lossy()).into();
    }
    check_repetition(&argv)?;
    let typed = value_of(&argv, &format!("--{flag}"));
    let file = value_of(&argv, "--config");
    let file = file.map(|path| ParameterFile::read(Path::new(&path))).transpose()?;
    let given = file.as_ref().and_then(|file| file.block.clone());
    let Some(block) = typed.clone().or(given.clone()) else { return Ok((argv, None)) };
    let generator = commands::block(&block)?;
    let mut flags = Vec::new();
    if let Some(file) = file {
        if let (Some(typed), Some(given)) = (&typed, &given)
            && typed != given
        {
            return Err(file.contradiction(typed, given).into());
        }
        flags = file.flags(generator)?;
        check_words(&flags)?;
    }
    if typed.is_none() {
        flags.insert(0, format!("--{flag}={block}"));
    }
    let (front, typed) = argv.split_at(2);
    let flags = flags.into_iter().map(OsString::from);
    let argv = front.iter().cloned().chain(flags).chain(typed.iter().cloned()).collect();
    Ok((argv, Some(generator)))
}

/// Bytes of a word of a command line: as many as the longest path has.
const LONGEST_WORD: usize = 4096;

/// Refuses words that no command line has.
fn check_words<W: AsRef<OsStr>>(words: &[W]) -> Result<(), Usage> {
    let mut flag = None;
    for word in words {
        let word = word.as_ref().to_string_lossy();
        let (typed, value) = match word.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (Some(name.to_owned()), value),
            _ => (flag.take(), &*word),
        };
        let of_flag = typed.map(|name| name + " ").unwrap_or_default();
        if word.len() > LONGEST_WORD {
            let (shown, length) = (value.chars().take(40).collect::<String>(), word.len());
            return Err(Usage(format!(
                "{of_flag}'{shown}..': it has {length} bytes; accepted: at most {LONGEST_WORD}"
            )));
        }
        if word.chars().any(char::is_control) {
            let shown = value.escape_debug();
            return Err(Usage(format!(
                "{of_flag}'{shown}': it has a control character; accepted: words without"
            )));
        }
        flag = word.starts_with("--").then(|| word.to_string());
    }
    Ok(())
}

/// Refuses a flag that is typed more than once, but for those that add to each other, and one that
/// is typed with its opposite. The parser would let the last one win, as a parameter file needs it.
fn check_repetition(argv: &[OsString]) -> Result<(), Usage> {
    let words: Vec<_> = argv.iter().map(|word| word.to_string_lossy()).collect();
    let flags = words.iter().filter_map(|word| word.strip_prefix("--")?.split('=').next());
    let mut typed = BTreeSet::new();
    let adding = ["liberty", "dont-use"];
    let again = flags.into_iter().find(|flag| !typed.insert(*flag) && !adding.contains(flag));
    if let Some(flag) = again {
        return Err(Usage(format!("--{flag} is given more than once; accepted: once")));
    }
    let opposite = |flag: &&str| typed.contains(format!("un{flag}").as_str());
    typed.iter().copied().find(opposite).map_or(Ok(()), |flag| {
        Err(Usage(format!("--{flag} and --un{flag} contradict each other; accepted: one of them")))
    })
}

/// The last value given to a flag, without knowing any other flag.
fn value_of(argv: &[OsString], flag: &str) -> Option<String> {
    let words: Vec<_> = argv.iter().map(|word| word.to_string_lossy()).collect();
    let assigned = |word: &str| word.strip_prefix(flag)?.strip_prefix('=').map(str::to_owned);
    let mut values = words.iter().enumerate().filter_map(|(index, word)| {
        let next = (word == flag).then(|| words.get(index + 1).map(ToString::to_string));
        next.flatten().or_else(|| assigned(word))
    });
    values.next_back()
}

fn design(generator: Option<&'static Generator>, matches: &ArgMatches) -> anyhow::Result<Design> {
    let generator = generator.ok_or_else(|| Usage(which_block("")))?;
    Ok(generator.design(matches)?)
}

fn which_block(other: &str) -> String {
    format!("{other}--block is missing; accepted: {}", commands::block_names())
}

/// The names of all commands.
pub fn commands() -> Vec<String> {
    command(None).get_subcommands().map(|command| command.get_name().to_owned()).collect()
}

/// The values of the argument that the parser calls `name`.
pub fn values(name: &str) -> Vec<String> {
    let mut command = command(None);
    command.build();
    let all = command.get_subcommands().flat_map(Command::get_arguments);
    let values = all.filter(|argument| argument.to_string() == name).map(Arg::get_possible_values);
    values.flatten().map(|value| value.get_name().to_owned()).collect()
}

/// The whole command line; a known block adds its flags.
fn command(generator: Option<&Generator>) -> Command {
    Command::new("hwgen")
        .version(hwgen_gen::VERSION)
        .about("Generates synthesizable Verilog for the blocks of CNN accelerators, and proves it")
        .after_help("'hwgen --help' lists exit codes and variables as well")
        .after_long_help(exit::HELP)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(with::<list::Options>("list", "List the blocks"))
        .subcommand(of_design::<show::Options>(
            "show",
            "Show a block's parameters and what a design promises; without one, all blocks",
            generator,
        ))
        .subcommand(of_design::<emit::Options>("emit", "Write the Verilog package", generator))
        .subcommand(of_design::<sim::Options>(
            "sim",
            "Co-simulate the RTL with its golden model",
            generator,
        ))
        .subcommand(of_design::<synth::Options>(
            "synth",
            "Synthesize: cells, area, worst path",
            generator,
        ))
        .subcommand(of_design::<lint::Options>("lint", "Lint with every tool at hand", generator))
        .subcommand(of_design::<cycles::Options>(
            "cycles",
            "Count the clock cycles that the contract promises",
            generator,
        ))
        .subcommand(of_design::<run::Options>(
            RUN,
            "Run a network: by definition, on a golden model, on the RTL",
            generator,
        ))
        .subcommand(with::<reproduce::Options>(
            "reproduce",
            "Compute a paper's headline table: published, ours, how",
        ))
        .subcommand(with::<doctor::Options>("doctor", "Check the external tools"))
        .subcommand(with::<cache::Options>("cache", "Show or clear the compiled models"))
        .subcommand(with::<completions::Options>("completions", "Print shell completions"))
}

fn with<A: Args>(name: &'static str, about: &'static str) -> Command {
    // The first sentence of the options' own documentation would stand in its place.
    A::augment_args(Command::new(name)).about(about)
}

fn of_design<A: Args>(
    name: &'static str,
    about: &'static str,
    generator: Option<&Generator>,
) -> Command {
    let flag = block_flag(name);
    let block = Arg::new(flag).long(flag).value_name(flag.to_uppercase());
    let block = if name == RUN {
        let targets = hwgen_compile::names();
        let targets = clap::builder::PossibleValuesParser::new(targets);
        block.value_parser(targets).help("Kind of block that runs it")
    } else {
        let names = blocks::ALL.iter().map(|generator| generator.name);
        let names = clap::builder::PossibleValuesParser::new(names);
        block
            .value_parser(names)
            .help("Kind of block; the first word after the command names it as well")
    };
    let config = Arg::new("config")
        .long("config")
        .value_name("FILE")
        .help("Read parameters from a TOML file, or from the .json of a package; typed flags win");
    let command = with::<A>(name, about).arg(block).arg(config);
    match generator {
        Some(generator) => {
            let heading = format!("Parameters of {}", generator.name);
            generator.augment(command.next_help_heading(heading)).about(about)
        }
        None => command.after_help(format!(
            "'hwgen {name} --{flag} {} --help' lists the block's parameters",
            flag.to_uppercase()
        )),
    }
}

/// For completions: every subcommand with the flags of all blocks.
fn completion_command() -> Command {
    OF_DESIGN.into_iter().fold(command(None), |command, name| {
        command.mut_subcommand(name, |subcommand| {
            let flags = blocks::ALL.iter().flat_map(Generator::flags);
            flags.fold(subcommand, |subcommand, flag| {
                if subcommand.get_arguments().any(|arg| arg.get_long() == Some(&flag.name)) {
                    return subcommand;
                }
                let action = match flag.accepts {
                    params::Accepts::Switch => ArgAction::SetTrue,
                    _ => ArgAction::Set,
                };
                let arg = Arg::new(flag.name.clone()).long(flag.name).help(flag.help);
                subcommand.arg(arg.action(action))
            })
        })
    })
}
