//! The mapped netlist in the place of the RTL: it plays the bench of the emitted package, on
//! functional models of the cells it was mapped to.

use super::script::{MACROS_VERILOG, NETLIST_VERILOG};
use super::{Mapped, Target};
use crate::SimError;
use crate::ending::Scratch;
use crate::portability::{self, Outcome, Simulator};
use crate::tool::{self, Tool};
use hwgen_gen::stimulus::Stimulus;
use hwgen_gen::{Backend, Design, Module, package};
use serde::Serialize;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What came of playing the bench.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "verdict")]
pub enum Judgement {
    /// The bench ended with PASS.
    Passed {
        /// Beats that it compared.
        beats: u64,
        /// How it was played.
        rounds: Rounds,
        /// What registers held before.
        power_up: PowerUp,
        /// Flip-flops of the netlist.
        registers: u64,
        /// Flip-flops whose output was 0 and 1 in this run.
        toggled: u64,
        /// The others by the names of their outputs, in alphabetical order: the first 20.
        never_toggled: Vec<String>,
    },
    /// The bench ended with FAIL: its own words.
    Failed {
        /// The last lines of them.
        log: String,
    },
    /// The bench was not played.
    NotJudged {
        /// Why.
        reason: String,
    },
}

/// How much of the bench is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rounds {
    /// All: free, stalled in every way, and after a reset in mid run.
    All,
    /// The one without stalls.
    Free,
}

/// What registers of the netlist hold before the reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PowerUp {
    /// Unknown bits.
    Unknown,
    /// Bits drawn by chance, and in a second run the opposite of each. Gates spread unknown bits
    /// further than the RTL does: of a choice between equals they make an unknown.
    ByChance,
}

/// Clock cycles of all rounds, about, over those of the free one.
const ROUNDS: u64 = 8;

/// Numbers of beats to choose from: the first that the budget allows.
const BEATS: [usize; 10] = [2000, 600, 300, 150, 70, 40, 20, 10, 4, 2];

/// Cells times clock cycles that Icarus simulates in about a minute.
const BUDGET: u64 = 25_000_000;

/// Beats that are played even if they take this many budgets.
const PATIENCE: u64 = 8;

/// A bench without a verdict after this time is given up.
const LIMIT: Duration = Duration::from_secs(900);

/// Seed of the stimulus: that of the emitted package.
const SEED: u64 = 1;

/// Registers that are named, at most.
const NAMED: usize = 20;

/// Begins what a probe says.
const TOGGLED: &str = "toggled ";

/// What tells whether a bit was 0 and 1.
const PROBE: &str = "module \\$probe #(parameter Index = 0) (input wire value);\n\
    reg zero;\nreg one;\n\
    initial begin zero = 1'b0; one = 1'b0; end\n\
    always @(value) begin\n\
    if (value === 1'b0 && !zero) begin zero = 1'b1; if (one) $display(\"toggled %0d\", Index); end\n\
    if (value === 1'b1 && !one) begin one = 1'b1; if (zero) $display(\"toggled %0d\", Index); end\n\
    end\nendmodule\n";

/// Lets the netlist of `design`, which has `total` cells, play the bench.
pub(super) fn judge(design: &Design, mapped: &Mapped, total: u64) -> Result<Judgement, SimError> {
    let not_judged = |reason: String| Ok(Judgement::NotJudged { reason });
    if let Err(error) = Tool::Icarus.find() {
        return not_judged(error.to_string());
    }
    let (stimulus, rounds) = match affordable(design, total) {
        Ok(affordable) => affordable,
        Err(cycles) => {
            let reason = format!(
                "the shortest stimulus takes {cycles} clock cycles; with {total} cells, Icarus \
                 would need more than {PATIENCE} minutes"
            );
            return not_judged(reason);
        }
    };
    let registers = mapped.netlist.registers(|kind| mapped.cells.is_flip_flop(kind));
    let netlist = probed(&mapped.workplace.read(NETLIST_VERILOG)?, &registers);
    let bench = Bench::new(design, &stimulus, &netlist)?;
    let mut models = bench.models(mapped)?;
    if !mapped.macros.is_empty() {
        bench.write("macros.v", &mapped.workplace.read(MACROS_VERILOG)?)?;
        models.push("macros.v".to_owned());
    }
    bench.judge(&models, &registers, rounds)
}

/// Lets `netlist`, in Verilog with the ports of `design`, play about `beats` beats of its bench;
/// `models` are its cells. No register is watched.
pub fn play(
    design: &Design,
    netlist: &str,
    models: &[Module],
    beats: usize,
) -> Result<Judgement, SimError> {
    let bench = Bench::new(design, &package::stimulus(design, SEED, beats), netlist)?;
    bench.judge(&[bench.join("models.v", models)?], &[], Rounds::All)
}

/// As much stimulus as the budget allows, since what is not exercised is not judged; in all rounds
/// if it allows that too. If none, the clock cycles that the shortest stimulus takes.
fn affordable(design: &Design, cells: u64) -> Result<(Stimulus, Rounds), u64> {
    let mut shortest = None;
    for beats in BEATS {
        let stimulus = package::stimulus(design, SEED, beats);
        if stimulus.expected.is_empty() {
            break;
        }
        let cycles = cycles(design, &stimulus);
        let rounds = if ROUNDS * cells * cycles <= BUDGET { Rounds::All } else { Rounds::Free };
        if cells * cycles <= BUDGET {
            return Ok((stimulus, rounds));
        }
        shortest = Some((cycles, stimulus));
    }
    match shortest {
        Some((cycles, stimulus)) if cells * cycles <= PATIENCE * BUDGET => {
            Ok((stimulus, Rounds::Free))
        }
        Some((cycles, _)) => Err(cycles),
        None => Err(0),
    }
}

/// About how many clock cycles a round without stalls takes.
fn cycles(design: &Design, stimulus: &Stimulus) -> u64 {
    let interval = design.spec.timing().iter().map(|path| path.interval).max().unwrap_or(1);
    let beats = stimulus.inputs.0.iter().map(|beats| beats.len() as u64).max().unwrap_or(0);
    stimulus.predicted_cycles.unwrap_or(0).max(beats * u64::from(interval))
}

/// A netlist with a probe at every register.
fn probed(netlist: &str, registers: &[String]) -> String {
    let end = netlist.rfind("endmodule").unwrap_or(netlist.len());
    let probes = registers.iter().enumerate();
    let probes: String = probes
        .map(|(index, register)| format!("\\$probe #({index}) \\$probe${index} ({register});\n"))
        .collect();
    format!("{}{probes}{}", &netlist[..end], &netlist[end..])
}

/// The names of the `registers` whose probes say nothing in `text`, in alphabetical order.
fn never_toggled(text: &str, registers: &[String]) -> Vec<String> {
    let said = text.lines().filter_map(|line| line.strip_prefix(TOGGLED)?.parse().ok());
    let said: BTreeSet<usize> = said.collect();
    let silent = registers.iter().enumerate().filter(|(index, _)| !said.contains(index));
    let mut names: Vec<_> = silent.map(|(_, name)| name.replace(['\\', ' '], "")).collect();
    names.sort();
    names
}

/// A directory with all that the simulation needs.
struct Bench {
    folder: Scratch,
    name: String,
    /// Files for the simulator, without the models of the cells.
    files: Vec<String>,
}

impl Bench {
    /// The netlist, the bench of the emitted package with its vectors, and the behavioural cells.
    fn new(design: &Design, stimulus: &Stimulus, netlist: &str) -> Result<Self, SimError> {
        let files = ["netlist.v", "probe.v"].map(str::to_owned).into();
        let mut bench = Self { folder: Scratch::new()?, name: design.name.to_string(), files };
        bench.write("netlist.v", netlist)?;
        bench.write("probe.v", PROBE)?;
        // What stands around the design may have memories of the same kind.
        let mut rtl = design.rtl();
        rtl.retain(|module| module.name != bench.name);
        let rtl = bench.join("rtl.v", &rtl)?;
        bench.files.push(rtl);
        let package = package::files(design, stimulus, Backend::Template, package::Paths::Relative);
        let package = package.unwrap_or_else(|error| unreachable!("the template: {error}"));
        let is_needed = |file: &package::File| {
            ["cells/", "tb/"].iter().any(|folder| file.path.starts_with(folder))
        };
        for file in package.into_iter().filter(is_needed) {
            bench.write(&file.path, &file.text)?;
            if file.path.ends_with(".v") {
                bench.files.push(file.path);
            }
        }
        Ok(bench)
    }

    fn write(&self, name: &str, text: &str) -> Result<(), SimError> {
        let path = self.folder.path().join(name);
        let folder = path.parent().unwrap_or(self.folder.path());
        fs::create_dir_all(folder).map_err(SimError::file(folder))?;
        fs::write(&path, text).map_err(SimError::file(&path))
    }

    /// Writes modules into one file, whose name is returned.
    fn join(&self, name: &str, modules: &[Module]) -> Result<String, SimError> {
        let text: String = modules.iter().map(|module| module.text.as_str()).collect();
        self.write(name, &text)?;
        Ok(name.to_owned())
    }

    /// Models of the cells: made from the library, or those that Yosys brings.
    fn models(&self, mapped: &Mapped) -> Result<Vec<String>, SimError> {
        if let Some(library) = mapped.cells.library() {
            let kinds = mapped.netlist.cells();
            let kinds = kinds.keys().filter(|kind| !mapped.macros.contains(kind));
            let models = library.models(kinds.map(String::as_str))?;
            return Ok(vec![self.join("models.v", &models)?]);
        }
        let models = models_of_yosys(mapped.cells.target, &mapped.log);
        let models = models.ok_or_else(|| SimError::Product {
            path: PathBuf::from("yosys"),
            reason: "its log does not say where it keeps the models of its cells".to_owned(),
        })?;
        let folder = models.parent().unwrap_or(Path::new("/"));
        let defines = "+define+NO_ICE40_DEFAULT_ASSIGNMENTS".to_owned();
        Ok(vec![defines, format!("+incdir+{}", folder.display()), models.display().to_string()])
    }

    /// What the bench says, and all that it prints.
    fn run(
        &self,
        rounds: Rounds,
        power_up: Option<bool>,
    ) -> Result<Option<(Outcome, String)>, SimError> {
        let free = (rounds == Rounds::Free).then(|| "+stall=0".to_owned());
        let power_up = power_up.map(|opposite| format!("+power_up={}", u8::from(opposite)));
        let plusargs: Vec<_> = free.into_iter().chain(power_up).collect();
        let plusargs: Vec<_> = plusargs.iter().map(String::as_str).collect();
        let bench = portability::Bench::build(Simulator::Icarus, self.folder.path(), &self.name)?;
        bench.play_within(&plusargs, LIMIT)
    }

    /// What to think of the netlist. If it fails, either it is wrong, or unknown bits of registers
    /// without reset spread too far: what registers hold before the reset is drawn then. The models
    /// of Yosys know nothing of that, and fail again.
    fn judge(
        &self,
        models: &[String],
        registers: &[String],
        rounds: Rounds,
    ) -> Result<Judgement, SimError> {
        let judgement = self.play(models, registers, rounds, None)?;
        if !matches!(judgement, Judgement::Failed { .. }) {
            return Ok(judgement);
        }
        let drawn = self.play(models, registers, rounds, Some(false))?;
        match drawn {
            Judgement::Passed { .. } => self.play(models, registers, rounds, Some(true)),
            _ => Ok(drawn),
        }
    }

    /// Plays the bench once. Registers start unknown or, if it is said, by chance or with the
    /// opposite.
    fn play(
        &self,
        models: &[String],
        registers: &[String],
        rounds: Rounds,
        power_up: Option<bool>,
    ) -> Result<Judgement, SimError> {
        let files = [self.files.as_slice(), models].concat();
        self.write(&format!("{}_sim.f", self.name), &(files.join("\n") + "\n"))?;
        match self.run(rounds, power_up) {
            Ok(Some((outcome, text))) if outcome.passed => {
                let never_toggled = never_toggled(&text, registers);
                Ok(Judgement::Passed {
                    beats: outcome.beats,
                    rounds,
                    power_up: power_up.map_or(PowerUp::Unknown, |_| PowerUp::ByChance),
                    registers: registers.len() as u64,
                    toggled: (registers.len() - never_toggled.len()) as u64,
                    never_toggled: never_toggled.into_iter().take(NAMED).collect(),
                })
            }
            Ok(Some((_, text))) => {
                let lines: Vec<_> =
                    text.lines().filter(|line| !line.starts_with(TOGGLED)).collect();
                Ok(Judgement::Failed { log: tool::last_lines(&lines.join("\n")) })
            }
            Ok(None) => Ok(Judgement::NotJudged {
                reason: format!("no verdict of the bench within {} s", LIMIT.as_secs()),
            }),
            Err(error) => match unknown_cell(&error) {
                Some(kind) => Ok(Judgement::NotJudged {
                    reason: format!("there is no model of cell {kind} to simulate"),
                }),
                None => Err(error),
            },
        }
    }
}

/// The cell without a model that Icarus complains of.
fn unknown_cell(error: &SimError) -> Option<String> {
    let SimError::Failed { log, .. } = error else { return None };
    let (_, kind) = log.split_once("Unknown module type: ")?;
    Some(kind.lines().next()?.trim().to_owned())
}

/// Where Yosys keeps the models of the cells of a target: it says so when it reads them.
fn models_of_yosys(target: Target, log: &str) -> Option<PathBuf> {
    let file = match target {
        Target::Generic => "/simcells.v",
        Target::Ice40 => "/ice40/cells_sim.v",
        Target::Ecp5 => "/ecp5/cells_sim.v",
        Target::Liberty => return None,
    };
    let words = log.split(|c: char| c.is_whitespace() || "`'".contains(c));
    words
        .map(|word| word.trim_end_matches('.'))
        .find(|word| word.ends_with(file))
        .map(PathBuf::from)
}
