//! The share of the declared faults that the bench of a package notices by itself: all that can be
//! seen from outside.

mod known;

use hwgen_gen::Backend;
use hwgen_gen::block::Mutant;
use hwgen_gen::package::File;
use hwgen_sim::portability::{Bench, Simulator};
use hwgen_sim::tool::Tool;
use hwgen_testbenches::{
    Case, Check, Layer, Tally, Tier, assert_none, cases, itself, package_files, with_fault,
    write_files,
};
use known::Round;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tempfile::TempDir;

/// Beats of a bench: few first, since most faults show soon; then as many as it has unless a user
/// asks for another number.
const BEATS: [usize; 2] = [400, 2000];

/// A fault may keep Icarus busy for minutes where the [`work`] of its designs is more than this.
const MOST_WORK: u64 = 4_000_000_000;

/// Rounds of a bench: one that fails is enough.
const ROUNDS: [&str; 4] = ["+stall=0", "+stall=1", "+stall=2", "+stall=3"];
/// How many times as long as the first each of them takes, about.
const LENGTHS: [u64; 4] = [1, 3, 2, 3];

/// A bench ends by itself, since it counts cycles without a beat: a round that takes longer than
/// this, even on a machine that does much else, hangs where no time passes.
const LIMIT: Duration = Duration::from_secs(1800);

/// A design that is not large, and its packages, one for each of [`BEATS`]: made when they are of
/// use, for all faults of the design.
struct Subject {
    case: Arc<Case>,
    work: u64,
    packages: OnceLock<[Vec<File>; BEATS.len()]>,
}

impl Subject {
    fn packages(&self) -> &[Vec<File>; BEATS.len()] {
        self.packages.get_or_init(|| BEATS.map(|beats| package(&self.case, beats)))
    }
}

/// A fault and the designs that have it, the smallest first: most show there, and soon.
struct Trial {
    block: &'static str,
    mutant: Mutant,
    subjects: Vec<Arc<Subject>>,
}

impl Trial {
    /// Whether the co-simulation is the one that tries it in the tier `full`, since Icarus would take
    /// long, or would see nothing.
    fn is_left_to_cosimulation(&self) -> bool {
        let work: u64 = self.subjects.iter().map(|subject| subject.work).sum();
        work > MOST_WORK || self.mutant.unseen.is_some()
    }
}

/// Block and name of the faults that the benches of packages are tried on in the tier `full`.
pub fn tried_in_full() -> BTreeSet<(&'static str, &'static str)> {
    let trials = trials(&subjects()).into_iter();
    let tried = trials.filter(|trial| !trial.is_left_to_cosimulation());
    tried.map(|trial| (trial.block, trial.mutant.what)).collect()
}

/// The checks of this layer.
pub fn checks() -> Vec<Check> {
    let mut layer = Layer::new("notice");
    layer.needs(&[Tool::Icarus]);
    let subjects = subjects();
    for trial in trials(&subjects) {
        let name = format!("{}::{}", trial.block, trial.mutant.what);
        let tier = if trial.is_left_to_cosimulation() { Tier::Thorough } else { Tier::Full };
        let weight = trial.subjects[0].case.weight();
        layer.add(&name, tier, weight, move || complaints(&trial));
    }
    layer.needs(&[]);
    itself!(layer, every_fault_is_in_a_design_that_is_not_large);
    itself!(layer, what_is_known_is_of_faults_that_exist);
    layer.checks()
}

/// The package of a design, its bench content with one fault: it fails as soon and as surely.
fn package(case: &Case, beats: usize) -> Vec<File> {
    let mut files = package_files(&case.design, Backend::Template, beats);
    let (many, one) = ("MostFaults  = 20;", "MostFaults  = 1;");
    let benches = files.iter_mut().filter(|file| file.text.contains(many));
    let changed = benches.map(|bench| bench.text = bench.text.replace(many, one));
    assert_eq!(changed.count(), 1, "one bench counts its faults");
    files
}

/// The bench of a package with a fault, built.
struct Faulty {
    _folder: TempDir,
    bench: Bench,
}

impl Faulty {
    fn build(case: &Case, package: &[File], mutant: &Mutant) -> Result<Self, String> {
        let folder = tempfile::tempdir().expect("a temporary directory");
        write_files(package, folder.path());
        for module in with_fault(case.design.rtl(), mutant)? {
            if module.name == mutant.module {
                let path = folder.path().join(format!("rtl/{}.v", module.name));
                fs::write(path, module.text).expect("a file is written");
            }
        }
        let name = case.design.name.as_str();
        let bench = Bench::build(Simulator::Icarus, folder.path(), name);
        let bench = bench.map_err(|error| error.to_string())?;
        Ok(Self { _folder: folder, bench })
    }

    /// Whether a round of it fails; an error if it cannot be said.
    fn fails(&self, round: &str) -> Result<bool, String> {
        let played = self.bench.play_within(&[round], LIMIT).map_err(|error| error.to_string())?;
        let (outcome, _) = played.ok_or_else(|| format!("the bench does not end, {round}"))?;
        Ok(!outcome.passed)
    }
}

/// Every design that is not large, small ones first.
fn subjects() -> Vec<Arc<Subject>> {
    let mut small = cases();
    small.retain(|case| !case.design.is_large());
    small.sort_by_key(|case| case.design.spec.units());
    let subject =
        |case: Arc<Case>| Arc::new(Subject { work: work(&case), case, packages: OnceLock::new() });
    small.into_iter().map(subject).collect()
}

/// Every fault, with the designs that have it.
fn trials(subjects: &[Arc<Subject>]) -> Vec<Trial> {
    let mut trials: Vec<Trial> = Vec::new();
    for subject in subjects {
        let (block, design) = (subject.case.generator.name, &subject.case.design);
        for mutant in design.spec.mutants(&design.name) {
            let known = trials
                .iter_mut()
                .find(|trial| (trial.block, trial.mutant.what) == (block, mutant.what));
            match known {
                Some(trial) => trial.subjects.push(subject.clone()),
                None => trials.push(Trial { block, mutant, subjects: vec![subject.clone()] }),
            }
        }
    }
    trials
}

/// Characters of RTL times clock cycles of the short vectors, which is what Icarus goes through.
fn work(case: &Case) -> u64 {
    let design = &case.design;
    let phases = hwgen_gen::package::phases(design, 1, BEATS[0]);
    let cycles = design.spec.predicted_cycles(&phases).cycles().unwrap_or(BEATS[0] as u64);
    let characters: usize = design.rtl().iter().map(|module| module.text.len()).sum();
    cycles * characters as u64
}

/// One round of one package of one design that has the fault.
struct Attempt<'a> {
    subject: &'a Subject,
    mutant: &'a Mutant,
    /// Number of the design and the fault in it.
    place: usize,
    length: usize,
    round: usize,
}

impl Attempt<'_> {
    /// How long it takes, compared with others.
    const fn work(&self) -> u64 {
        let length = (BEATS[self.length] / BEATS[0]) as u64;
        self.subject.work * length * LENGTHS[self.round]
    }

    fn known(&self) -> Round {
        Round {
            configuration: self.subject.case.configuration.clone(),
            beats: BEATS[self.length],
            flag: ROUNDS[self.round].to_owned(),
        }
    }
}

/// Whether any bench notices the fault: the round that is known to is tried first, then what takes
/// little. What is said to be unseen
/// is looked for in few beats.
fn is_noticed(trial: &Trial) -> Result<bool, String> {
    let short = trial.mutant.unseen.is_some() && Tier::of_run() < Tier::Thorough;
    let lengths = if short { 1 } else { BEATS.len() };
    let faulty = trial.subjects.iter().flat_map(|subject| {
        let design = &subject.case.design;
        let mutants = design.spec.mutants(&design.name).into_iter();
        mutants.filter(|it| it.what == trial.mutant.what).map(move |mutant| (subject, mutant))
    });
    let faulty: Vec<_> = faulty.collect();
    let attempts = faulty.iter().enumerate().flat_map(|(place, (subject, mutant))| {
        let rounds = (0..lengths).flat_map(|length| (0..ROUNDS.len()).map(move |it| (length, it)));
        rounds.map(move |(length, round)| Attempt { subject, mutant, place, length, round })
    });
    let mut attempts: Vec<_> = attempts.collect();
    let known = known::round(trial.block, trial.mutant.what);
    attempts.sort_by_key(|attempt| (known.as_ref() != Some(&attempt.known()), attempt.work()));
    let mut built = BTreeMap::new();
    for attempt in attempts {
        let Attempt { subject, mutant, place, length, round } = attempt;
        let faulty = match built.entry((place, length)) {
            Entry::Occupied(faulty) => faulty.into_mut(),
            Entry::Vacant(entry) => {
                entry.insert(Faulty::build(&subject.case, &subject.packages()[length], mutant)?)
            }
        };
        if faulty.fails(ROUNDS[round])? {
            known::remember(trial.block, mutant.what, attempt.known());
            return Ok(true);
        }
    }
    Ok(false)
}

/// What is wrong with what comes of a fault.
fn complaints(trial: &Trial) -> Vec<String> {
    let complaint = match (is_noticed(trial), trial.mutant.unseen) {
        (Ok(true), None) => {
            Tally::caught();
            return Vec::new();
        }
        (Ok(false), Some(_)) => return Vec::new(),
        (Ok(true), Some(why)) => format!("is noticed, although it is declared unseen: {why}"),
        (Ok(false), None) => "is not noticed".to_owned(),
        (Err(error), _) => error,
    };
    vec![complaint]
}

/// A fault of large designs only would be tried nowhere: a small configuration has to have it.
fn every_fault_is_in_a_design_that_is_not_large() {
    let cases = cases();
    let faults = |large: bool| {
        let cases = cases.iter().filter(move |case| case.design.is_large() == large);
        let faults = cases.flat_map(|case| {
            let mutants = case.design.spec.mutants(&case.design.name).into_iter();
            mutants.map(move |mutant| (case.generator.name, mutant.what))
        });
        faults.collect::<BTreeSet<_>>()
    };
    let (small, large) = (faults(false), faults(true));
    let missing = large.difference(&small).map(|(block, what)| format!("{block}: {what}"));
    assert_none("faults are in large designs only", &missing.collect::<Vec<_>>());
}

fn what_is_known_is_of_faults_that_exist() {
    let trials = trials(&subjects());
    let exist: BTreeSet<_> =
        trials.iter().map(|trial| (trial.block.to_owned(), trial.mutant.what.to_owned())).collect();
    let gone = known::faults().into_iter().filter(|fault| !exist.contains(fault));
    let gone: Vec<_> = gone.map(|(block, what)| format!("{block}: {what}")).collect();
    assert_none("noticed.txt has faults that no longer exist", &gone);
}
