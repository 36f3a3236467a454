//! From a command line to a design: a block with its types erased.

use crate::block::{Block, Configuration, Spec};
use crate::names;
use crate::params::{self, Accepts, Flag, Range, RealUpTo};
use crate::random::Random;
use crate::verilog::Ident;
use crate::{Design, DesignError};
use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};

/// A registered block.
pub struct Generator {
    /// Name on the command line.
    pub name: &'static str,
    /// What it is, in one line.
    pub summary: &'static str,
    /// Where it comes from.
    pub source: &'static str,
    /// Named parameter sets that the evidence covers.
    pub configurations: &'static [Configuration],
    /// Flags that must be refused together.
    pub contradictions: &'static [&'static str],
    /// Flag sets whose `rust_hdl` twin must be proven equivalent to the RTL.
    pub twins: &'static [&'static str],
    /// Text of the block's module, whose documentation is its contract.
    module: &'static str,
    augment: fn(Command) -> Command,
    build: fn(&ArgMatches) -> Result<Built, DesignError>,
}

type Built = (toml::Table, Box<dyn Spec>);

/// How many random parameter sets may contradict themselves before something is wrong.
const RANDOM_ATTEMPTS: usize = 1000;

impl Generator {
    /// Registers `B`, documented in the text of its module.
    pub const fn of<B: Block>(module: &'static str) -> Self {
        Self {
            name: B::NAME,
            summary: B::SUMMARY,
            source: B::SOURCE,
            configurations: B::CONFIGURATIONS,
            contradictions: B::CONTRADICTIONS,
            twins: B::TWINS,
            module,
            augment: B::Params::augment_args,
            build: |matches| {
                let params = B::Params::from_arg_matches(matches)?;
                let spec = B::spec(&params)?;
                let table = toml::Table::try_from(&params).unwrap_or_else(|error| {
                    unreachable!("parameters of {} are flat: {error}", B::NAME)
                });
                Ok((table, Box::new(spec)))
            },
        }
    }

    /// Adds this block's flags to `command`.
    pub fn augment(&self, command: Command) -> Command {
        let name = Arg::new("name")
            .long("name")
            .value_name("IDENTIFIER")
            .help(format!("Name of the top module [default: {}]", self.name));
        let command = (self.augment)(command.args_override_self(true)).arg(name);
        // So that a negative number is refused by its range, and not as a flag that nobody knows.
        command.mut_args(|arg| match arg.get_action().takes_values() {
            true => arg.allow_negative_numbers(true),
            false => arg,
        })
    }

    /// What the block promises, in Markdown: the documentation of its module, as a part of a page.
    pub fn contract(&self) -> String {
        let lines = self.module.lines().map_while(|line| line.strip_prefix("//!"));
        let lines = lines.map(|line| line.strip_prefix(' ').unwrap_or(line));
        let lines = lines.filter(|line| *line != "# Contract"); // the page's own title
        let lines = lines.map(|line| match line.strip_prefix("# ") {
            Some(title) => format!("### {title}"),
            None => line.to_owned(),
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    /// The block's own flags.
    pub fn flags(&self) -> Vec<Flag> {
        params::flags(&(self.augment)(Command::new(self.name)))
    }

    /// Builds the design that parsed flags describe.
    pub fn design(&'static self, matches: &ArgMatches) -> Result<Design, DesignError> {
        let (parameters, spec) = (self.build)(matches)?;
        let name = matches.get_one::<String>("name").map_or(self.name, String::as_str);
        let name = Ident::new(name)?;
        if name.as_str() != self.name {
            names::check(&name)?;
        }
        let command = self.canonical_command(&parameters, &name);
        let bench = spec.bench(&name);
        Ok(Design { generator: self, name, parameters, command, spec, bench })
    }

    /// Builds the design that `flags` describe, as they would be typed.
    pub fn parse(&'static self, flags: &str) -> Result<Design, DesignError> {
        self.design(&self.matches(flags)?)
    }

    /// A random legal design, small enough to simulate and synthesize in a test.
    ///
    /// # Panics
    /// If hardly any parameter set is legal and small: then the ranges of the flags say too little.
    pub fn random(&'static self, random: &mut Random) -> Design {
        let flags = self.flags();
        for _ in 0..RANDOM_ATTEMPTS {
            let typed: Vec<_> = flags.iter().filter_map(|flag| random_flag(flag, random)).collect();
            match self.parse(&typed.join(" ")) {
                Ok(design) if !design.is_large() => return design,
                _ => {}
            }
        }
        panic!("{RANDOM_ATTEMPTS} random parameter sets of {} were all illegal or large", self.name)
    }

    fn matches(&self, flags: &str) -> Result<ArgMatches, clap::Error> {
        let command = self.augment(Command::new(self.name).no_binary_name(true));
        command.try_get_matches_from(flags.split_whitespace())
    }

    /// The shortest command that makes the same design: flags at their default are left out.
    fn canonical_command(&self, parameters: &toml::Table, name: &Ident) -> String {
        let defaults = self.matches("").ok();
        let defaults = defaults.and_then(|matches| (self.build)(&matches).ok());
        let default = |key: &str| defaults.as_ref().and_then(|(table, _)| table.get(key));
        let mut words = vec![format!("hwgen emit --block {}", self.name)];
        // Flags appear in the order in which they are declared.
        for flag in self.flags() {
            match parameters.get(&flag.name) {
                Some(value) if Some(value) == default(&flag.name) => {}
                None | Some(toml::Value::Boolean(false)) => {}
                Some(toml::Value::Boolean(true)) => words.push(format!("--{}", flag.name)),
                Some(toml::Value::String(text)) => words.push(format!("--{} {text}", flag.name)),
                Some(value) => words.push(format!("--{} {value}", flag.name)),
            }
        }
        if name.as_str() != self.name {
            words.push(format!("--name {name}"));
        }
        words.join(" ")
    }
}

/// A random value for one flag, or nothing for its default. Small numbers are preferred: they
/// are where widths degenerate, and they simulate fast.
fn random_flag(flag: &Flag, random: &mut Random) -> Option<String> {
    let value = match &flag.accepts {
        Accepts::Switch => {
            return (random.within(0, 1) == 1).then(|| format!("--{}", flag.name));
        }
        Accepts::Number(Range(low, high)) => {
            let (low, high) = (i64::from(*low), i64::from(*high));
            let near = high.min(low + 8);
            let bound = random.pick(&[near, near, high.min(low + 16)]);
            random.within(low, bound).to_string()
        }
        Accepts::Real(RealUpTo(bound)) => (bound * random.within(0, 64) as f64 / 64.0).to_string(),
        Accepts::Word(words) => words[random.within(0, words.len() as i64 - 1) as usize].clone(),
        Accepts::Other(_) => return None,
    };
    (random.within(0, 2) > 0).then(|| format!("--{}={value}", flag.name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::package::{self, Paths};
    use crate::{Backend, blocks};

    /// Values of a flag: all of a short range; of a long one its ends, powers of two, their
    /// neighbours, and what lies between.
    fn values(flag: &Flag) -> Vec<String> {
        match &flag.accepts {
            Accepts::Switch => vec![String::new()],
            Accepts::Number(Range(low, high)) => {
                let (low, high) = (u64::from(*low), u64::from(*high));
                let powers = (0..32).map(|bit| 1_u64 << bit);
                let near = powers.flat_map(|power| [power - 1, power, power + 1, power * 5 / 4]);
                let all = if high - low <= 300 { low..=high } else { low..=low + 40 };
                let values = all.chain(near).chain([high - 1, high]);
                let legal = values.filter(|value| (low..=high).contains(value));
                let legal: std::collections::BTreeSet<_> = legal.collect();
                legal.into_iter().map(|value| format!("={value}")).collect()
            }
            Accepts::Real(RealUpTo(bound)) => {
                (0..=8).map(|eighth| format!("={}", bound * f64::from(eighth) / 8.0)).collect()
            }
            Accepts::Word(words) => words.iter().map(|word| format!("={word}")).collect(),
            Accepts::Other(_) => Vec::new(),
        }
    }

    /// Emits a design: all of its package, or the RTL alone, which most of what can go wrong is in.
    fn emit(design: &Design, whole: bool) {
        let command = &design.command;
        if whole && !design.is_large() {
            let stimulus = package::stimulus(design, 1, 20);
            let files = package::files(design, &stimulus, Backend::Template, Paths::Relative);
            let files = files.unwrap_or_else(|error| panic!("{command}: {error}"));
            assert!(
                files.iter().all(|file| !file.text.is_empty() || file.path.ends_with(".hex")),
                "{command}"
            );
        }
        for module in design.rtl().iter().chain(&design.cells()) {
            assert!(module.text.contains(&format!("module {}", module.name)), "{command}");
            assert!(module.text.is_ascii(), "{command}: {}", module.name);
        }
        assert!(!design.spec.facts().is_empty() || !design.spec.timing().is_empty(), "{command}");
    }

    #[test]
    fn a_flag_alone_makes_a_design_or_is_named_with_what_would() {
        for block in blocks::ALL {
            for flag in block.flags() {
                let values = values(&flag);
                let ends = [values.first().cloned(), values.last().cloned()];
                let ends: Vec<_> = ends.into_iter().flatten().collect();
                for value in values {
                    let typed = format!("--{}{value}", flag.name);
                    let said = match block.parse(&typed) {
                        Ok(design) => {
                            emit(&design, ends.contains(&value));
                            continue;
                        }
                        Err(error) => error.to_string(),
                    };
                    let names = said.starts_with(&format!("--{} ", flag.name));
                    assert!(
                        names && said.contains("; accepted: "),
                        "{} {typed}: {said}",
                        block.name
                    );
                }
            }
        }
    }
}
