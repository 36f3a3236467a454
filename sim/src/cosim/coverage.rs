//! Line and toggle coverage, as Verilator counts them.

use crate::SimError;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Coverage of one kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// Points reached at least once.
    pub covered: usize,
    /// All points.
    pub total: usize,
    /// Points never reached: file, line, what.
    pub missed: Vec<String>,
}

impl Coverage {
    /// Share reached, in percent.
    pub fn percent(&self) -> f64 {
        if self.total == 0 { 100.0 } else { 100.0 * self.covered as f64 / self.total as f64 }
    }
}

/// Coverage by kind: `line`, `branch`, `toggle`.
pub type ByKind = BTreeMap<String, Coverage>;

/// Reads Verilator's coverage file. The same point of several instances counts once.
pub(super) fn read(path: &Path) -> Result<ByKind, SimError> {
    let text = fs::read(path).map_err(SimError::file(path))?;
    let text = String::from_utf8_lossy(&text);
    let mut points: BTreeMap<(String, String), u64> = BTreeMap::new();
    for (kind, point, count) in text.lines().filter_map(parse) {
        *points.entry((kind, point)).or_default() += count;
    }
    let mut kinds = ByKind::new();
    for ((kind, point), count) in points {
        let coverage = kinds.entry(kind).or_default();
        coverage.total += 1;
        if count > 0 {
            coverage.covered += 1;
        } else {
            coverage.missed.push(point);
        }
    }
    Ok(kinds)
}

/// One line: `C '<SOH>key<STX>value…' count`.
fn parse(line: &str) -> Option<(String, String, u64)> {
    let (keys, count) = line.strip_prefix("C '")?.rsplit_once("' ")?;
    let pairs = keys.split('\u{1}').filter_map(|pair| pair.split_once('\u{2}'));
    let pairs: BTreeMap<_, _> = pairs.collect();
    let kind = pairs.get("page")?.split('/').next()?.trim_start_matches("v_");
    let what = pairs.get("o").copied().unwrap_or_default();
    let point = format!("{}:{} {what}", pairs.get("f")?, pairs.get("l")?);
    Some((kind.to_owned(), point, count.trim().parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instances_of_a_point_count_once() {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let file = folder.path().join("coverage.dat");
        let line = |instance: &str, line: u32, count: u32| {
            format!(
                "C '\u{1}f\u{2}a.v\u{1}l\u{2}{line}\u{1}page\u{2}v_line/a\u{1}o\u{2}if\u{1}h\u{2}{instance}' {count}\n"
            )
        };
        let text = line("x", 3, 0) + &line("y", 3, 5) + &line("x", 4, 0);
        fs::write(&file, format!("# SystemC::Coverage-3\n{text}")).expect("a file");
        let kinds = read(&file).expect("coverage");
        let lines = &kinds["line"];
        assert_eq!((lines.covered, lines.total), (1, 2));
        assert_eq!(lines.missed, ["a.v:4 if"]);
    }
}
