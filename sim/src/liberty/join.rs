//! Several libraries as one, since the mapping takes one.

use super::syntax::{Group, Statement, unquoted};

/// What numbers of a library mean, as far as area and times depend on it: libraries that are used
/// together have to agree on these. Power, currents and resistances are not looked at.
const MEANINGS: [&str; 8] = [
    "time_unit",
    "voltage_unit",
    "capacitive_load_unit",
    "threshold",
    "slew_derate_from_library",
    "delay_model",
    "_pin_cap",
    "nom_",
];

/// A library and the file it comes from.
pub(super) struct Source {
    pub file: String,
    pub library: Group,
}

/// All `sources` as one library, which has the units of all and the cells of all. The error says
/// what contradicts, and in which files.
pub(super) fn join(mut sources: Vec<Source>) -> Result<Group, String> {
    for index in 1..sources.len() {
        let (before, source) = (&sources[0], &sources[index]);
        contradiction(before, source).map_or(Ok(()), Err)?;
        // A template means what it means in its own library, and is missing where it is missing there.
        rename_tables(&mut sources[index].library, &format!("_of_library_{}", index + 1));
    }
    let mut sources = sources.into_iter();
    let mut joined = sources.next().map(|source| source.library).unwrap_or_default();
    for Source { library, .. } in sources {
        joined.arguments = vec![format!("\"{}, {}\"", joined.name(), library.name())];
        let further = library.statements.into_iter().filter(is_joined);
        joined.statements.extend(further);
    }
    Ok(joined)
}

/// What all libraries contribute; everything else is the first one's.
fn is_joined(statement: &Statement) -> bool {
    let Statement::Group(group) = statement else { return false };
    group.is("cell") || group.is("type") || is_template(group)
}

fn is_template(group: &Group) -> bool {
    group.head.ends_with("_template")
}

fn contradiction(one: &Source, other: &Source) -> Option<String> {
    let is_meaning = |name: &str| MEANINGS.iter().any(|part| name.contains(part));
    let given = |statement: &Statement| match statement {
        Statement::Value(name, value) if is_meaning(name) => Some((name.clone(), plain(value))),
        Statement::List(name, words) if is_meaning(name) => {
            Some((name.clone(), words.iter().map(|word| plain(word)).collect::<Vec<_>>().join(" ")))
        }
        _ => None,
    };
    let values =
        |source: &Source| source.library.statements.iter().filter_map(given).collect::<Vec<_>>();
    let (ours, theirs) = (values(one), values(other));
    let differing = ours.iter().find_map(|(name, value)| {
        let (_, other) = theirs.iter().find(|(key, other)| key == name && other != value)?;
        Some((name, value, other))
    });
    differing.map(|(name, ours, theirs)| {
        format!(
            "{name} is {ours} in {} and {theirs} in {}; libraries that are used together have to \
             agree on it",
            one.file, other.file
        )
    })
}

/// A value as it is compared: 1.0 is 1, "pf" is PF.
fn plain(word: &str) -> String {
    let word = unquoted(word);
    word.parse::<f64>().map_or_else(|_| word.to_ascii_lowercase(), |number| number.to_string())
}

/// Gives the templates of a library, and the tables that refer to them, names of their own.
fn rename_tables(group: &mut Group, suffix: &str) {
    for statement in &mut group.statements {
        let Statement::Group(inner) = statement else { continue };
        let has_values = |inner: &Group| inner.list("values").is_some();
        if is_template(inner) || has_values(inner) && inner.name() != "scalar" {
            let name = format!("\"{}{suffix}\"", inner.name());
            if let Some(first) = inner.arguments.first_mut() {
                *first = name;
            }
        }
        rename_tables(inner, suffix);
    }
}
