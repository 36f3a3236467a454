//! The external tools: where they are, how old they are, how they are run.

mod launch;

pub use self::launch::{LIMIT, USUAL_LIMIT, failure, launch, launch_within, limit, run, run_for};
pub(crate) use self::launch::{TEMPORARY, all, last_lines, no_temporary, tail};

use crate::SimError;
use crate::ending::Scratch;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

/// A tool that does not say its version within this time does not work.
const QUESTION: Duration = Duration::from_secs(30);

/// A program of the open-source hardware world. Found on `PATH`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// Lint and compiled simulation.
    Verilator,
    /// Synthesis and proofs.
    Yosys,
    /// Interpreted simulation; `vvp` comes with it.
    Icarus,
    /// Static timing analysis.
    OpenSta,
    /// C++ compiler of the compiled simulation.
    Compiler,
    /// Compiler cache; makes repeated builds of the Verilator run-time free.
    Ccache,
    /// Package manager for cores; only tests use it.
    FuseSoc,
    /// The same, of the PULP project.
    Bender,
    /// Place and route for iCE40 parts; only tests use it.
    Nextpnr,
}

impl Tool {
    /// All tools, in the order in which a report lists them.
    pub const ALL: [Self; 9] = [
        Self::Verilator,
        Self::Yosys,
        Self::Icarus,
        Self::OpenSta,
        Self::Compiler,
        Self::Ccache,
        Self::FuseSoc,
        Self::Bender,
        Self::Nextpnr,
    ];

    /// Name of the executable.
    pub const fn program(self) -> &'static str {
        match self {
            Self::Verilator => "verilator",
            Self::Yosys => "yosys",
            Self::Icarus => "iverilog",
            Self::OpenSta => "sta",
            Self::Compiler => "g++",
            Self::Ccache => "ccache",
            Self::FuseSoc => "fusesoc",
            Self::Bender => "bender",
            Self::Nextpnr => "nextpnr-ice40",
        }
    }

    /// What hwgen uses it for.
    pub const fn purpose(self) -> &'static str {
        match self {
            Self::Verilator => "lint and co-simulation",
            Self::Yosys => "synthesis and equivalence proofs",
            Self::Icarus => "the emitted test bench on a second simulator",
            Self::OpenSta => "worst path and clock frequency",
            Self::Compiler => "compiles the model that Verilator writes",
            Self::Ccache => "faster builds (optional)",
            Self::FuseSoc | Self::Bender => "chips made of packages, in tests (optional)",
            Self::Nextpnr => "netlists placed and routed, in tests (optional)",
        }
    }

    /// Whether hwgen does all that it does without it.
    pub const fn is_optional(self) -> bool {
        matches!(self, Self::Ccache) || self.is_for_tests()
    }

    /// Whether only tests use it.
    const fn is_for_tests(self) -> bool {
        matches!(self, Self::FuseSoc | Self::Bender | Self::Nextpnr)
    }

    /// Oldest version known to work.
    pub const fn oldest(self) -> &'static str {
        match self {
            Self::Verilator => "5.006",
            Self::Yosys => "0.23",
            Self::Icarus => "11.0",
            Self::OpenSta => "2.0",
            Self::Compiler => "10.0",
            Self::Ccache => "3.0",
            Self::FuseSoc => "2.0",
            Self::Bender => "0.28",
            Self::Nextpnr => "0.4",
        }
    }

    /// How to get it.
    pub fn advice(self) -> String {
        let make = if self.is_for_tests() { "make test-tools" } else { "make tools" };
        format!("install it with '{make}' or '{}'", self.command_to_install(""))
    }

    /// What to do where it is there and does not work.
    pub fn remedy(self) -> String {
        let again = self.command_to_install(match self {
            Self::FuseSoc => "--force-reinstall ",
            Self::Bender => "--force ",
            _ => "--reinstall ",
        });
        format!("repair it with '{again}', or put one that works before it on PATH")
    }

    fn command_to_install(self, flag: &str) -> String {
        match self {
            Self::OpenSta => format!("apt-get install {flag}opensta"),
            Self::FuseSoc => format!("pip install {flag}fusesoc"),
            Self::Bender => format!("cargo install {flag}--locked --version 0.28.2 bender"),
            other => format!("apt-get install {flag}{}", other.program()),
        }
    }

    /// The executable, if it is there, works, and is young enough.
    pub fn find(self) -> Result<Found, SimError> {
        tempfile::tempfile().map_err(|error| no_temporary(&error))?;
        static FOUND: [OnceLock<Search>; Tool::ALL.len()] =
            [const { OnceLock::new() }; Tool::ALL.len()];
        let found = match FOUND[self as usize].get_or_init(|| self.search()) {
            Search::Found(found) => found.clone(),
            Search::Absent => return Err(SimError::Missing(self)),
            Search::Broken(path, said) => {
                let (path, said) = (path.clone(), said.clone());
                return Err(SimError::Broken { tool: self, path, said });
            }
        };
        if older(&found.version, self.oldest()) {
            return Err(SimError::TooOld { tool: self, found: found.version });
        }
        Ok(found)
    }

    /// A command that runs it.
    pub fn command(self) -> Result<Command, SimError> {
        self.find().map(|found| Command::new(found.path))
    }

    fn search(self) -> Search {
        let Some(path) = on_path(self.program()) else { return Search::Absent };
        let path = std::path::absolute(&path).unwrap_or(path); // it is run elsewhere
        let flag = match self {
            Self::Icarus | Self::Yosys => "-V",
            Self::OpenSta => "-version",
            _ => "--version",
        };
        let limit = launch::limit().map_or(QUESTION, |limit| limit.min(QUESTION));
        let Ok(folder) = Scratch::new() else { return Search::Absent };
        let mut question = Command::new(&path);
        work_in(question.arg(flag), folder.path());
        let output = match launch_within(&mut question, limit) {
            Ok(Some(output)) => output,
            Ok(None) => {
                let said = format!("it does not say its version within {} s", limit.as_secs());
                return Search::Broken(path, said);
            }
            Err(SimError::File { reason, .. }) => return Search::Broken(path, reason.to_string()),
            Err(error) => return Search::Broken(path, error.to_string()),
        };
        let said = [output.stdout.as_slice(), &output.stderr].concat(); // nextpnr uses the latter
        let version = version_in(&String::from_utf8_lossy(&said)).map(str::to_owned);
        match version.filter(|_| output.status.success()) {
            Some(version) => Search::Found(Found { path, version }),
            None => {
                let said = match tail(&output) {
                    said if said.trim().is_empty() => "it prints no version".to_owned(),
                    said => said.trim().to_owned(),
                };
                Search::Broken(path, format!("{said} ({})", output.status))
            }
        }
    }
}

/// What came of looking for a tool.
enum Search {
    Found(Found),
    Absent,
    /// It is there and does not say its version: what it says.
    Broken(PathBuf, String),
}

/// A tool on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The executable.
    pub path: PathBuf,
    /// Its version.
    pub version: String,
}

/// The directory of Verilator's run time, which is compiled into every model.
pub fn verilator_root() -> Result<PathBuf, SimError> {
    static ROOT: OnceLock<Option<PathBuf>> = OnceLock::new();
    Tool::Verilator.find()?;
    let root = ROOT.get_or_init(verilator::find_verilator_root);
    root.clone().ok_or(SimError::NoRunTime)
}

/// The file `share` of a package whose programs are on `PATH`: beside `bin` stands `share`.
pub fn shared(share: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let files = std::env::split_paths(&path).filter_map(|bin| Some(bin.parent()?.join(share)));
    files.into_iter().find(|file| file.is_file())
}

/// The first executable of that name on `PATH`.
pub fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// Lets `command` work in `folder`, and keep its temporary files there: tools write their names into
/// commands of a shell without quotes, and this one needs none.
pub(crate) fn work_in(command: &mut Command, folder: &Path) {
    command.current_dir(folder).env("TMPDIR", ".");
}

/// Lets a Verilator build reuse compiled objects, where there is a compiler cache and a place for what it
/// keeps: without one it would end the build.
pub(crate) fn use_compiler_cache(command: &mut Command) {
    let below = [("CCACHE_DIR", ""), ("XDG_CACHE_HOME", "ccache"), ("HOME", ".cache/ccache")];
    let place = |&(variable, folder): &(_, _)| {
        std::env::var_os(variable).map(|root| PathBuf::from(root).join(folder))
    };
    let is_writable = |place: PathBuf| {
        std::fs::create_dir_all(&place).is_ok() && tempfile::tempfile_in(&place).is_ok()
    };
    if !below.iter().find_map(place).is_some_and(is_writable) {
        return;
    }
    if let Ok(ccache) = Tool::Ccache.find() {
        command.env("OBJCACHE", ccache.path);
        command.env("CCACHE_NOHASHDIR", "1").env("CCACHE_SLOPPINESS", "time_macros");
    }
}

/// The first word that is a version: "Verilator 5.006 2023-01-22", "Yosys 0.60+39 (git sha1 ...)".
fn version_in(text: &str) -> Option<&str> {
    let mut words = text.split_whitespace().map(|word| word.trim_start_matches('v'));
    let version =
        words.find(|word| word.starts_with(|c: char| c.is_ascii_digit()) && word.contains('.'));
    version.map(|word| word.trim_end_matches(')'))
}

/// Compares versions number by number: 5.006 is (5, 6), so 5.48 is newer.
fn older(version: &str, oldest: &str) -> bool {
    let numbers = |text: &str| -> Vec<u32> {
        let parts = text.split(['.', '-', '+', '_', '~']);
        parts.map_while(|part| part.parse().ok()).collect()
    };
    numbers(version) < numbers(oldest)
}

/// Whether an optional program exists, without an opinion on its version.
pub fn exists(tool: Tool) -> bool {
    tool.find().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_what_tools_say() {
        let of = |text| version_in(text).expect("a version");
        assert_eq!(of("Verilator 5.006 2023-01-22 rev (Debian 5.006-3)"), "5.006");
        assert_eq!(of("Verilator 5.048 2026-04-26 rev v5.048"), "5.048");
        assert_eq!(of("Yosys 0.23 (git sha1 7ce5011c24b)"), "0.23");
        assert_eq!(of("Yosys 0.60+39 (git sha1 4f0ae7a, clang++ 18.1.8 -fPIC)"), "0.60+39");
        assert_eq!(of("Icarus Verilog version 11.0 (stable) ()"), "11.0");
        assert_eq!(of("2.0.17"), "2.0.17");
        assert_eq!(of("g++ (Debian 12.2.0-14) 12.2.0"), "12.2.0-14");
        assert_eq!(of("ccache version v4.8"), "4.8");
        assert_eq!(version_in("command not found"), None);
    }

    #[test]
    fn versions_compare_by_number() {
        assert!(older("4.038", "5.006"));
        assert!(older("5.005", "5.006"));
        assert!(!older("5.006", "5.006"));
        assert!(!older("5.48.0", "5.006"));
        assert!(!older("5.048", "5.006"));
        assert!(!older("0.60+39", "0.23"));
        assert!(!older("0.23", "0.23"));
        assert!(older("0.9", "0.23"));
        assert!(!older("0.70", "0.23"));
        assert!(!older("11.0", "11.0"));
    }
}
