//! What every layer of evidence loops over, and what it does when a tool is absent.

use hwgen_gen::random::Random;
use hwgen_gen::{Design, Generator, blocks};
use hwgen_sim::tool::Tool;

/// A design with a name for reports and snapshots: `<block>_<configuration>`.
pub struct Case {
    /// Block and configuration.
    pub name: String,
    /// The block.
    pub generator: &'static Generator,
    /// The design.
    pub design: Design,
}

/// Every block in every named configuration.
pub fn cases() -> Vec<Case> {
    let all = blocks::ALL.iter().flat_map(|generator| {
        generator.configurations.iter().map(move |(configuration, flags)| Case {
            name: format!("{}_{configuration}", generator.name),
            generator,
            design: generator.parse(flags).unwrap_or_else(|error| {
                panic!("configuration {configuration} of {}: {error}", generator.name)
            }),
        })
    });
    all.collect()
}

/// `count` random legal designs of every block, small enough for a test.
pub fn random_cases(seed: u64, count: usize) -> Vec<Case> {
    let all = blocks::ALL.iter().enumerate().flat_map(|(index, generator)| {
        let mut random = Random::new(seed, index as u64);
        (0..count).map(move |number| Case {
            name: format!("{}_random{number}", generator.name),
            generator,
            design: generator.random(&mut random),
        })
    });
    all.collect()
}

/// Whether a test that needs `tools` can run. Where it cannot, it says so and counts as skipped;
/// where skips are not allowed (`HWGEN_NO_SKIP`), it fails.
pub fn available(tools: &[Tool]) -> bool {
    let missing: Vec<_> = tools.iter().filter_map(|tool| tool.find().err()).collect();
    for error in &missing {
        eprintln!("SKIPPED: {error}");
    }
    let allowed = std::env::var_os("HWGEN_NO_SKIP").is_none();
    assert!(missing.is_empty() || allowed, "a check was skipped, and no skips are allowed");
    missing.is_empty()
}

/// Panics with every failure at once, so that one run shows all that is wrong.
pub fn assert_none(what: &str, failures: &[String]) {
    assert!(failures.is_empty(), "{} {what}:\n\n{}", failures.len(), failures.join("\n\n"));
}
