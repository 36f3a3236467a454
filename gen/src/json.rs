//! JSON that a user gives: where something is wrong with it, what it is, and what is accepted.

use serde::de::DeserializeOwned;
use serde_path_to_error::Path;

/// Numbers as the reader names them, and as whoever wrote the file knows them.
const NUMBERS: [(&str, &str); 12] = [
    ("u8", "a whole number that is not negative"),
    ("u16", "a whole number that is not negative"),
    ("u32", "a whole number that is not negative"),
    ("u64", "a whole number that is not negative"),
    ("usize", "a whole number that is not negative"),
    ("i8", "a whole number"),
    ("i16", "a whole number"),
    ("i32", "a whole number"),
    ("i64", "a whole number"),
    ("isize", "a whole number"),
    ("f64", "a number"),
    ("a sequence", "a list"),
];

/// Reads all of `text`. The error names line, column and field.
pub(crate) fn read<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut reader)
        .map_err(|error| described(error.inner(), Some(error.path())))?;
    reader.end().map_err(|error| described(&error, None))?;
    Ok(value)
}

/// `text` with control characters as they are typed.
fn printable(text: &str) -> String {
    let letters = text.chars();
    letters
        .map(|c| if c.is_control() { c.escape_default().to_string() } else { c.into() })
        .collect()
}

fn described(error: &serde_json::Error, path: Option<&Path>) -> String {
    let said = error.to_string();
    let what = said.rsplit_once(" at line ").map_or(said.as_str(), |(what, _)| what);
    let what = match what.rsplit_once(", expected ") {
        Some((what, expected)) => {
            let number = NUMBERS.iter().find(|(name, _)| *name == expected);
            format!("{what}; accepted: {}", number.map_or(expected, |(_, plain)| plain))
        }
        None => what.to_owned(),
    };
    let field = path.map(Path::to_string).unwrap_or_default();
    // Where the text ends, the field has no name yet.
    let field = field.trim_end_matches(['.', '?']);
    let field = if field.is_empty() { String::new() } else { format!("{field}: ") };
    let what = printable(&what);
    format!("line {}, column {}: {field}{what}", error.line(), error.column())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields, expecting = "an object with layers")]
    struct File {
        #[expect(dead_code, reason = "only read")]
        layers: Vec<Layer>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Layer {
        #[expect(dead_code, reason = "only read")]
        kernel: usize,
    }

    #[test]
    fn nothing_that_does_not_print_is_said() {
        let said = read::<Vec<bool>>("[\"x\\u001b\\n\"]").expect_err("no truth");
        assert!(!said.chars().any(char::is_control), "{said}");
    }

    #[test]
    fn errors_name_the_place_and_what_is_accepted() {
        for (text, said) in [
            (
                "{\"layers\": [{\"kernel\": 3},\n {\"kernel\": \"3\"}]}",
                "line 2, column 15: layers[1].kernel: invalid type: string \"3\"; \
                 accepted: a whole number that is not negative",
            ),
            (
                "{\"layers\": [{\"kernel\": -3}]}",
                "line 1, column 25: layers[0].kernel: invalid value: integer `-3`; \
                 accepted: a whole number that is not negative",
            ),
            (
                "{\"layers\": [{\"kernel\": 3, \"stridee\": 1}]}",
                "line 1, column 35: layers[0].stridee: unknown field `stridee`; accepted: `kernel`",
            ),
            (
                "{\"layers\": 3}",
                "line 1, column 12: layers: invalid type: integer `3`; accepted: a list",
            ),
            ("7", "line 1, column 1: invalid type: integer `7`; accepted: an object with layers"),
            ("{\"layers\": []} 4", "line 1, column 16: trailing characters"),
            ("{\"layers\": [", "line 1, column 12: layers: EOF while parsing a list"),
        ] {
            assert_eq!(read::<File>(text).expect_err("no such file"), said, "{text}");
        }
    }
}
