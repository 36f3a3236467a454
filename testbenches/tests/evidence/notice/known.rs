//! Which round of which bench noticed a fault when somebody last looked for it: tried first, so that
//! others need not be. Where it no longer does, all are tried, as for a new fault.
//!
//! `noticed.txt` has a line per fault; `UPDATE_EXPECT=1 make test LAYER=notice` writes it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{LazyLock, Mutex};
use std::{env, fs};

/// A round of the bench of a configuration, with so many beats.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Round {
    pub configuration: String,
    pub beats: usize,
    pub flag: String,
}

/// Block and name of a fault.
type Fault = (String, String);

static KNOWN: LazyLock<Mutex<BTreeMap<Fault, Round>>> = LazyLock::new(|| Mutex::new(read()));

fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("noticed.txt")
}

/// The columns are block, configuration, beats, flag of the round, and fault.
fn read() -> BTreeMap<Fault, Round> {
    let text = fs::read_to_string(path()).unwrap_or_default();
    let line = |line: &str| {
        let mut columns = line.splitn(5, '\t').map(str::to_owned);
        let mut next = || columns.next();
        let (block, configuration, beats, flag) = (next()?, next()?, next()?, next()?);
        let round = Round { configuration, beats: beats.parse().ok()?, flag };
        Some(((block, next()?), round))
    };
    text.lines().filter_map(line).collect()
}

/// The round that noticed the fault `what` of `block`.
pub(super) fn round(block: &str, what: &str) -> Option<Round> {
    let known = KNOWN.lock().expect("nobody panics with it");
    known.get(&(block.to_owned(), what.to_owned())).cloned()
}

/// Remembers the round that noticed a fault, if expectations are to be updated.
pub(super) fn remember(block: &str, what: &str, round: Round) {
    if env::var_os("UPDATE_EXPECT").is_none_or(|value| value != "1") {
        return;
    }
    let mut known = KNOWN.lock().expect("nobody panics with it");
    known.insert((block.to_owned(), what.to_owned()), round);
    let lines = known.iter().map(|((block, what), Round { configuration, beats, flag })| {
        format!("{block}\t{configuration}\t{beats}\t{flag}\t{what}\n")
    });
    fs::write(path(), lines.collect::<String>()).expect("the file can be written");
}

/// Block and name of all faults in the file.
pub(super) fn faults() -> Vec<Fault> {
    KNOWN.lock().expect("nobody panics with it").keys().cloned().collect()
}
