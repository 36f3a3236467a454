//! `hwgen cycles`.

use super::{bench_vectors, data, whole_number};
use crate::exit::{Exit, Usage};
use crate::terminal::{self, line, say, thousands};
use hwgen_gen::Design;
use hwgen_gen::block::Prediction;
use hwgen_gen::package;
use hwgen_gen::traffic::Traffic;
use serde_json::json;
use std::path::PathBuf;

/// Flags of `cycles`.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Folder of input beats, like `tb` of a package [default: what the bench of a package plays]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// About how many beats of those that a bench plays [default: 2000, or what fits]
    #[arg(long, value_name = "BEATS", value_parser = bench_vectors, conflicts_with = "data")]
    vectors: Option<usize>,
    /// Seed of them
    #[arg(long, value_name = "NUMBER", default_value_t = 1, value_parser = whole_number::<u64>,
          conflicts_with = "data")]
    seed: u64,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Prints what the contract of `design` says of time.
pub fn run(design: &Design, options: &Options) -> anyhow::Result<Exit> {
    let vectors = options.vectors.unwrap_or_else(|| package::usual_beats(design));
    let phases = match &options.data {
        Some(folder) => data(design, folder)?,
        None => package::phases(design, options.seed, vectors),
    };
    let beats: usize = phases.iter().map(Traffic::len).sum();
    let cycles = count(design, &phases)?;
    let timing = design.spec.timing();
    if options.json {
        let phases = phases.len();
        let chosen = options.data.is_none();
        terminal::json(&json!({
            "design": design.command,
            "data": options.data,
            "vectors": chosen.then_some(vectors),
            "seed": chosen.then_some(options.seed),
            "phases": phases,
            "input_beats": beats,
            "cycles": cycles,
            "timing": timing,
        }))?;
        return Ok(Exit::Success);
    }
    say!("{}", design.command);
    for path in timing {
        let promise = format_args!("{} cycles, one beat every {}", path.latency, path.interval);
        line(&format!("{} -> {}", path.from, path.to), promise);
    }
    if let Some(cycles) = cycles {
        let beats = thousands(beats as u64);
        line("stimulus", format_args!("{beats} beats in {} phases", phases.len()));
        line("clock cycles", thousands(cycles));
    }
    Ok(Exit::Success)
}

/// Clock cycles of all `phases`, where the contract tells of them.
fn count(design: &Design, phases: &[Traffic]) -> Result<Option<u64>, Usage> {
    let bar = terminal::spinner("counting clock cycles");
    let prediction = design.spec.predicted_cycles(phases);
    bar.finish_and_clear();
    counted(prediction)
}

fn counted(prediction: Prediction) -> Result<Option<u64>, Usage> {
    match prediction {
        Prediction::None => Ok(None),
        Prediction::Cycles(cycles) => Ok(Some(cycles)),
        Prediction::Beyond => Err(Usage(format!(
            "the stimulus takes more clock cycles than are counted; accepted: at most {}",
            thousands(Prediction::MOST)
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_counted_to_its_end_is_refused() {
        assert_eq!(counted(Prediction::None).expect("no rule"), None);
        assert_eq!(counted(Prediction::Cycles(7)).expect("a number"), Some(7));
        let said = counted(Prediction::Beyond).expect_err("too many").to_string();
        assert!(said.ends_with("; accepted: at most 1,000,000,000"), "{said}");
    }
}
