//! `hwgen doctor`.

use crate::exit::Exit;
use crate::terminal::{self, say};
use hwgen_sim::cosim::cache::Cache;
use hwgen_sim::tool::{self, Tool};
use serde::Serialize;
use serde_json::json;

/// Flags of `doctor`.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Finding {
    tool: &'static str,
    purpose: &'static str,
    version: Option<String>,
    path: Option<String>,
    problem: Option<String>,
}

/// Says which tools are there, how old they are, and how to get the missing ones.
pub fn run(options: &Options) -> anyhow::Result<Exit> {
    let cache = Cache::of_user();
    tool::limit()?;
    let findings: Vec<_> = Tool::ALL.into_iter().map(examine).chain([liberty()]).collect();
    let needed = findings.iter().zip(Tool::ALL).filter(|(_, tool)| !tool.is_optional());
    let missing = needed.filter(|(finding, _)| finding.problem.is_some()).count();
    if options.json {
        terminal::json(&json!({ "tools": findings, "cache": cache.root() }))?;
    } else {
        for finding in &findings {
            print(finding);
        }
        say!("\nbuilt models are kept in {}", cache.root().display());
    }
    Ok(if missing == 0 { Exit::Success } else { Exit::ToolMissing })
}

fn examine(tool: Tool) -> Finding {
    let mut found = tool.find();
    if tool == Tool::Verilator {
        found = found.and_then(|found| tool::verilator_root().map(|_| found));
    }
    Finding {
        tool: tool.program(),
        purpose: tool.purpose(),
        version: found.as_ref().ok().map(|found| found.version.clone()),
        path: found.as_ref().ok().map(|found| found.path.display().to_string()),
        problem: found.err().map(|error| error.to_string()),
    }
}

fn liberty() -> Finding {
    let found = hwgen_sim::synth::osu018();
    Finding {
        tool: "osu018",
        purpose: "standard cells for area and clock frequency",
        version: None,
        path: found.as_ref().ok().map(|path| path.display().to_string()),
        problem: found.err().map(|error| error.to_string()),
    }
}

fn print(finding: &Finding) {
    let state = finding.problem.clone().unwrap_or_else(|| {
        let version = finding.version.as_deref().unwrap_or("found");
        format!("{version:<12} {}", finding.path.as_deref().unwrap_or_default())
    });
    say!("{:<10} {:<46} {state}", finding.tool, finding.purpose);
}
