//! How results look on a terminal; and progress, which a pipe never sees.

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use std::fmt::{Arguments, Display};
use std::io::{ErrorKind, IsTerminal, Write};
use std::sync::OnceLock;
use std::time::Duration;

/// The first write to standard output that failed.
static FAILURE: OnceLock<std::io::Error> = OnceLock::new();

/// Prints to standard output. A failure is kept for [`finish`]: what is going on goes on, and later
/// text is not tried.
pub fn write(text: Arguments<'_>) {
    if FAILURE.get().is_none()
        && let Err(error) = std::io::stdout().lock().write_fmt(text)
    {
        FAILURE.get_or_init(|| error);
    }
}

/// [`write()`] for a line, like `println!`.
macro_rules! say {
    ($($text:tt)*) => {
        $crate::terminal::write(format_args!("{}\n", format_args!($($text)*)))
    };
}
pub(crate) use say;

/// Whether all that was said was written. A reader that has seen enough and leaves, like `head`, is
/// no error.
pub fn finish() -> anyhow::Result<()> {
    let flushed = std::io::stdout().lock().flush();
    let failure = FAILURE.get().map(|error| error.kind()).or(flushed.err().map(|e| e.kind()));
    match failure {
        None | Some(ErrorKind::BrokenPipe) => Ok(()),
        Some(kind) => Err(std::io::Error::from(kind)).context("standard output"),
    }
}

/// Letters of the longest name in a report.
const NAME: usize = 18;

/// One line of a report: a name and what is to be said about it.
pub fn line(name: &str, value: impl Display) {
    say!("  {name:<NAME$} {value}");
}

/// A whole number with thousands separated.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let groups = digits.as_bytes().rchunks(3).rev();
    let groups: Vec<_> = groups.map(|group| String::from_utf8_lossy(group)).collect();
    groups.join(",")
}

/// A rate with a unit prefix: `12.3 M`.
pub fn rate(per_second: f64) -> String {
    let (scaled, prefix) = match per_second {
        rate if rate >= 1e9 => (rate / 1e9, " G"),
        rate if rate >= 1e6 => (rate / 1e6, " M"),
        rate if rate >= 1e3 => (rate / 1e3, " k"),
        rate => (rate, " "),
    };
    format!("{scaled:.1}{prefix}")
}

/// Prints an object as JSON, after the command that was typed.
pub fn json(value: &impl Serialize) -> anyhow::Result<()> {
    #[derive(Serialize)]
    struct Answer<'a, T> {
        command: String,
        version: &'static str,
        #[serde(flatten)]
        value: &'a T,
    }
    let answer = Answer { command: command(), version: hwgen_gen::VERSION, value };
    say!("{}", serde_json::to_string_pretty(&answer)?);
    Ok(())
}

/// The command line as it would be typed again.
pub fn command() -> String {
    let words = std::env::args_os().skip(1).map(|word| quoted(&word.to_string_lossy()));
    std::iter::once("hwgen".to_owned()).chain(words).collect::<Vec<_>>().join(" ")
}

/// A word for a shell.
pub fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// A spinner with a message, on a terminal only.
pub fn spinner(message: impl Into<String>) -> ProgressBar {
    let bar = hidden_unless_terminal(ProgressBar::new_spinner());
    bar.set_message(message.into());
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

/// Turns a spinner into a bar over `total` steps.
pub fn count(bar: &ProgressBar, total: u64, message: &'static str) {
    let style = ProgressStyle::with_template("{msg} [{bar:40}] {human_pos}/{human_len} {eta}");
    if let Ok(style) = style {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.set_message(message);
    bar.set_length(total);
    bar.set_position(0);
}

fn hidden_unless_terminal(bar: ProgressBar) -> ProgressBar {
    if std::io::stderr().is_terminal() { bar } else { ProgressBar::hidden() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_typed_so_that_a_shell_leaves_them() {
        assert_eq!(quoted("--width=16"), "--width=16");
        assert_eq!(quoted("BUF*"), "'BUF*'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(""), "''");
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(thousands(0), "0");
        assert_eq!(thousands(1_048_576), "1,048,576");
        assert_eq!(rate(12_345_678.0), "12.3 M");
    }
}
