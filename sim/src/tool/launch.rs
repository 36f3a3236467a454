//! Running tools: to their end, or until their time is up.

use crate::SimError;
use crate::ending::Running;
use crate::output;
use hwgen_gen::params::whole;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// The variable that says after how many seconds a tool is given up.
pub const LIMIT: &str = "HWGEN_TOOL_SECONDS";

/// The same without that variable: more than any tool takes that is still at work.
pub const USUAL_LIMIT: u64 = 3600;

/// Bytes that a tool may print: more is no message.
const MOST_SAID: u64 = 256 << 20;

/// Longest and shortest time between two looks at a running tool.
const PAUSES: [Duration; 2] = [Duration::from_millis(1), Duration::from_millis(20)];

/// Runs a command to its end; what it printed belongs to the error if it fails.
pub fn run(command: &mut Command) -> Result<Output, SimError> {
    let output = launch(command)?;
    if output.status.success() {
        return Ok(output);
    }
    Err(failure(command, &output, output.status.to_string()))
}

/// Runs a command that has to write `product`; an exit code alone proves nothing.
pub fn run_for(command: &mut Command, product: &Path) -> Result<Output, SimError> {
    let output = run(command)?;
    if product.exists() {
        return Ok(output);
    }
    Err(failure(command, &output, format!("it did not write {}", product.display())))
}

/// Runs a command to its end, successful or not.
pub fn launch(command: &mut Command) -> Result<Output, SimError> {
    let limit = limit()?;
    launch_within(command, limit)?.ok_or_else(|| {
        let seconds = limit.as_secs();
        let reason = format!("it ran for {seconds} s; {LIMIT} sets another limit");
        SimError::GivenUp { command: words(command), reason }
    })
}

/// Runs a command like [`launch`], and ends it after `limit`: then there is no output.
pub fn launch_within(command: &mut Command, limit: Duration) -> Result<Option<Output>, SimError> {
    let program = PathBuf::from(command.get_program());
    let file = || tempfile::tempfile().map_err(|error| no_temporary(&error));
    let copy = |file: &File| file.try_clone().map_err(SimError::file(&std::env::temp_dir()));
    let (mut stdout, mut stderr) = (file()?, file()?);
    command.stdin(Stdio::null()).stdout(copy(&stdout)?).stderr(copy(&stderr)?);
    let mut running = Running::start(command).map_err(SimError::file(&program))?;
    let end = Instant::now() + limit;
    let [mut pause, longest] = PAUSES;
    let status = loop {
        if let Some(status) = running.status().map_err(SimError::file(&program))? {
            break status;
        }
        if Instant::now() >= end {
            return Ok(None);
        }
        let said = [&stdout, &stderr].map(|file| file.metadata().map_or(0, |found| found.len()));
        if said.iter().any(|said| *said > MOST_SAID) {
            let reason = format!("it said more than {} MiB", MOST_SAID >> 20);
            return Err(SimError::GivenUp { command: words(command), reason });
        }
        std::thread::sleep(pause);
        pause = longest.min(pause * 2);
    };
    let read = |file: &mut File| {
        let mut bytes = Vec::new();
        file.rewind().and_then(|()| file.read_to_end(&mut bytes)).map(|_| bytes)
    };
    let read = |file| read(file).map_err(SimError::file(&program));
    Ok(Some(Output { status, stdout: read(&mut stdout)?, stderr: read(&mut stderr)? }))
}

/// The variable that names the place of temporary files.
pub(crate) const TEMPORARY: &str = "TMPDIR";

/// The place of temporary files is none.
pub(crate) fn no_temporary(error: &io::Error) -> SimError {
    let place = std::env::temp_dir();
    SimError::Variable {
        name: TEMPORARY,
        value: place.display().to_string(),
        reason: match output::obstacle(&place) {
            Some(_) => "not a directory".to_owned(),
            None => error.to_string(),
        },
        accepted: "a directory in which files can be made",
    }
}

/// How long a tool may take.
///
/// # Errors
/// If the variable [`LIMIT`] is no time.
pub fn limit() -> Result<Duration, SimError> {
    let Some(typed) = std::env::var_os(LIMIT) else { return Ok(Duration::from_secs(USUAL_LIMIT)) };
    let seconds = typed.to_str().and_then(whole::<u32>);
    let seconds = seconds.filter(|seconds| *seconds > 0).ok_or_else(|| SimError::Variable {
        name: LIMIT,
        value: typed.to_string_lossy().into_owned(),
        reason: "not a time".to_owned(),
        accepted: "a whole number of seconds above zero",
    })?;
    Ok(Duration::from_secs(seconds.into()))
}

/// The error of a command that printed `output`.
pub fn failure(command: &Command, output: &Output, reason: String) -> SimError {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default();
    SimError::Failed {
        program: program.to_string_lossy().into_owned(),
        reason,
        command: words(command),
        log: tail(output),
    }
}

/// A command as it would be typed.
fn words(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}

/// The last lines of what was printed.
pub(crate) fn tail(output: &Output) -> String {
    last_lines(&all(output))
}

/// All that was printed.
pub(crate) fn all(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// As much of the end of `text` as a report shows.
pub(crate) fn last_lines(text: &str) -> String {
    const LINES: usize = 40;
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}
