//! The share of the declared faults that the bench of a package notices by itself: all that can be
//! seen from outside.

use hwgen_gen::Backend;
use hwgen_gen::block::Mutant;
use hwgen_gen::package::File;
use hwgen_sim::portability::{Bench, Simulator};
use hwgen_sim::tool::Tool;
use hwgen_testbenches::{
    Case, assert_none, available, cases, package_files, with_fault, write_files,
};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::Duration;

/// Beats of a bench: few first, since most faults show soon; then as many as it has unless a user
/// asks for another number.
const BEATS: [usize; 2] = [400, 2000];

/// Characters of RTL times clock cycles of the short vectors, which is what Icarus goes through: a
/// fault in a design beyond this takes it a minute, so that all of a block's are tried with
/// `HWGEN_THOROUGH` only.
const MOST_WORK: u64 = 1_000_000_000;

/// Rounds of a bench, the shortest first: one that fails is enough.
const ROUNDS: [&str; 4] = ["+stall=0", "+stall=1", "+stall=2", "+stall=3"];

/// A bench ends by itself, since it counts cycles without a beat: a round that takes longer than
/// this, even on a machine that does much else, hangs where no time passes.
const LIMIT: Duration = Duration::from_secs(1800);

/// A design that is not large, and its packages, one for each of [`BEATS`].
struct Subject<'a> {
    case: &'a Case,
    packages: [Vec<File>; BEATS.len()],
}

/// A fault and the designs that have it, the smallest first: most show there, and soon.
struct Trial<'a> {
    block: &'static str,
    mutant: Mutant,
    subjects: Vec<&'a Subject<'a>>,
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

/// Whether the bench of a package of `case` notices `mutant`; an error if it cannot be said.
fn is_noticed_by(case: &Case, package: &[File], mutant: &Mutant) -> Result<bool, String> {
    let folder = tempfile::tempdir().expect("a temporary directory");
    write_files(package, folder.path());
    for module in with_fault(case.design.rtl(), mutant)? {
        if module.name == mutant.module {
            let path = folder.path().join(format!("rtl/{}.v", module.name));
            fs::write(path, module.text).expect("a file is written");
        }
    }
    let bench = Bench::build(Simulator::Icarus, folder.path(), case.design.name.as_str());
    let bench = bench.map_err(|error| error.to_string())?;
    for round in ROUNDS {
        let played = bench.play_within(&[round], LIMIT).map_err(|error| error.to_string())?;
        let (outcome, _) = played.ok_or_else(|| format!("the bench does not end, {round}"))?;
        if !outcome.passed {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Every design that is not large, small ones first.
fn subjects(cases: &[Case]) -> Vec<Subject<'_>> {
    let mut small: Vec<_> = cases.iter().filter(|case| !case.design.is_large()).collect();
    small.sort_by_key(|case| case.design.spec.units());
    let packaged = small
        .into_par_iter()
        .map(|case| Subject { case, packages: BEATS.map(|beats| package(case, beats)) });
    packaged.collect()
}

/// Every fault, with the designs that have it.
fn trials<'a>(subjects: &'a [Subject<'a>]) -> Vec<Trial<'a>> {
    let mut trials: Vec<Trial<'a>> = Vec::new();
    for subject in subjects {
        let (block, design) = (subject.case.generator.name, &subject.case.design);
        for mutant in design.spec.mutants(&design.name) {
            let known = trials
                .iter_mut()
                .find(|trial| (trial.block, trial.mutant.what) == (block, mutant.what));
            match known {
                Some(trial) => trial.subjects.push(subject),
                None => trials.push(Trial { block, mutant, subjects: vec![subject] }),
            }
        }
    }
    trials
}

/// Whether a fault in the design keeps Icarus busy for long.
fn is_slow(subject: &Subject<'_>) -> bool {
    let design = &subject.case.design;
    let phases = hwgen_gen::package::phases(design, 1, BEATS[0]);
    let cycles = design.spec.predicted_cycles(&phases).unwrap_or(BEATS[0] as u64);
    let characters: usize = design.rtl().iter().map(|module| module.text.len()).sum();
    cycles * characters as u64 > MOST_WORK
}

/// Blocks whose smallest design is slow.
fn slow_blocks(subjects: &[Subject<'_>]) -> Vec<&'static str> {
    let mut seen = BTreeSet::new();
    let smallest = subjects.iter().filter(|subject| seen.insert(subject.case.generator.name));
    smallest.filter(|subject| is_slow(subject)).map(|subject| subject.case.generator.name).collect()
}

/// Whether any bench notices the fault.
fn is_noticed(trial: &Trial<'_>) -> Result<bool, String> {
    for length in 0..BEATS.len() {
        for Subject { case, packages } in &trial.subjects {
            let mutants = case.design.spec.mutants(&case.design.name).into_iter();
            for mutant in mutants.filter(|mutant| mutant.what == trial.mutant.what) {
                if is_noticed_by(case, &packages[length], &mutant)? {
                    return Ok(true);
                }
            }
        }
    }
    Ok(false)
}

/// What is wrong with what came of a fault, if something is.
fn complaint(mutant: &Mutant, noticed: &Result<bool, String>) -> Option<String> {
    match (noticed, mutant.unseen) {
        (Ok(true), None) | (Ok(false), Some(_)) => None,
        (Ok(true), Some(why)) => Some(format!("is noticed, although it is declared unseen: {why}")),
        (Ok(false), None) => Some("is not noticed".to_owned()),
        (Err(error), _) => Some(error.clone()),
    }
}

#[test]
fn emitted_benches_notice_all_that_can_be_seen() {
    if !available(&[Tool::Icarus]) {
        return;
    }
    let cases = cases();
    let subjects = subjects(&cases);
    let mut trials = trials(&subjects);
    if std::env::var_os("HWGEN_THOROUGH").is_none() {
        for block in slow_blocks(&subjects) {
            println!("{block}: its faults are tried with HWGEN_THOROUGH only");
            trials.retain(|trial| trial.block != block);
        }
    }
    let noticed: Vec<_> = trials.par_iter().map(is_noticed).collect();
    let mut shares = BTreeMap::<_, (u32, u32)>::new();
    let mut wrong = Vec::new();
    for (Trial { block, mutant, .. }, noticed) in trials.iter().zip(&noticed) {
        let (seen, all) = shares.entry(block).or_default();
        *seen += u32::from(*noticed == Ok(true));
        *all += 1;
        let complaint = complaint(mutant, noticed);
        wrong.extend(complaint.map(|text| format!("{block}, {}: {text}", mutant.what)));
    }
    for (block, (seen, all)) in shares {
        println!("{block}: the emitted bench notices {seen} of {all} faults");
    }
    assert_none("faults are not as declared", &wrong);
}

/// A fault of large designs only would be tried nowhere: a small configuration has to have it.
#[test]
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
