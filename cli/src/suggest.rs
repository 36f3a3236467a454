//! The nearest name to a misspelt one.

/// The candidate nearest to `typed`, if one is near enough to be meant.
pub fn nearest<'a>(typed: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let near = candidates.into_iter().map(|name| (distance(typed, name), name));
    let (distance, name) = near.min()?;
    (distance <= name.len().max(typed.len()) / 2).then_some(name)
}

/// Letters to insert, delete or replace to turn `a` into `b`.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, other) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *other);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        let names = ["adder", "shift_register"];
        assert_eq!(nearest("ader", names), Some("adder"));
        assert_eq!(nearest("adedr", names), Some("adder"));
        assert_eq!(nearest("shift-register", names), Some("shift_register"));
        assert_eq!(nearest("accelerator", names), None);
    }
}
