//! Evidence as named checks, `layer::block::configuration`: which of them run, what they need, and
//! what came of all.

use crate::Case;
use crate::progress::{Progress, Tally};
use hwgen_sim::synth;
use hwgen_sim::tool::Tool;
use libtest_mimic::{Arguments, Completion, Failed, Trial};
use std::process::ExitCode;
use std::sync::Arc;

/// How much evidence is asked for; `HWGEN_TIER` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// The default and one random design of every block: minutes.
    Quick,
    /// Every configuration: what has to hold before anything lands.
    Full,
    /// Every fault in every design, more beats, more random designs: hours.
    Thorough,
}

impl Tier {
    const ALL: [(&str, Self); 3] =
        [("quick", Self::Quick), ("full", Self::Full), ("thorough", Self::Thorough)];

    /// The tier of this run: full unless `HWGEN_TIER` says otherwise.
    ///
    /// # Panics
    /// If it names no tier.
    pub fn of_run() -> Self {
        let Some(typed) = std::env::var_os("HWGEN_TIER") else { return Self::Full };
        let found = Self::ALL.into_iter().find(|(name, _)| typed == *name);
        let names = Self::ALL.map(|(name, _)| name).join(", ");
        found.unwrap_or_else(|| panic!("HWGEN_TIER is {typed:?}; there are {names}")).1
    }
}

/// What a check finds: complaints, none if all is well. It may panic as well.
type Body = Box<dyn FnOnce() -> Vec<String> + Send>;

/// One check.
pub struct Check {
    name: String,
    tier: Tier,
    tools: Vec<Tool>,
    standard_cells: bool,
    /// How early it starts: what takes long should not be alone at the end.
    weight: u32,
    body: Body,
}

/// The checks of one layer of evidence, as they are added.
pub struct Layer {
    name: &'static str,
    tools: Vec<Tool>,
    standard_cells: bool,
    least: Tier,
    checks: Vec<Check>,
}

impl Layer {
    /// A layer without checks.
    pub fn new(name: &'static str) -> Self {
        let (tools, checks) = (Vec::new(), Vec::new());
        Self { name, tools, standard_cells: false, least: Tier::Quick, checks }
    }

    /// What is added from here on is in no lower tier than `tier`.
    pub const fn from_tier(&mut self, tier: Tier) -> &mut Self {
        self.least = tier;
        self
    }

    /// What is added from here on needs `tools`.
    pub fn needs(&mut self, tools: &[Tool]) -> &mut Self {
        (self.tools, self.standard_cells) = (tools.to_vec(), false);
        self
    }

    /// What is added from here on needs `tools` and the OSU018 standard cells.
    pub fn needs_cells(&mut self, tools: &[Tool]) -> &mut Self {
        (self.tools, self.standard_cells) = (tools.to_vec(), true);
        self
    }

    /// Adds a check of every one of `cases`.
    pub fn each(&mut self, cases: Vec<Arc<Case>>, body: fn(&Case) -> Vec<String>) -> &mut Self {
        self.each_named(cases, Case::name, body)
    }

    /// The same, where the layer checks several things of every case: `what` ends the name.
    pub fn each_as(
        &mut self,
        what: &str,
        cases: Vec<Arc<Case>>,
        body: fn(&Case) -> Vec<String>,
    ) -> &mut Self {
        self.each_named(cases, |case| format!("{}::{what}", case.name()), body)
    }

    fn each_named(
        &mut self,
        cases: Vec<Arc<Case>>,
        name: impl Fn(&Case) -> String,
        body: fn(&Case) -> Vec<String>,
    ) -> &mut Self {
        for case in cases {
            self.add(&name(&case), case.tier(), case.weight(), move || body(&case));
        }
        self
    }

    /// Adds a check called `layer::name`, with `_` for what is between words; `weight` as [`Case::weight`] counts.
    pub fn add(
        &mut self,
        name: &str,
        tier: Tier,
        weight: u32,
        body: impl FnOnce() -> Vec<String> + Send + 'static,
    ) -> &mut Self {
        self.checks.push(Check {
            name: format!("{}::{}", self.name, name.replace(' ', "_")),
            tier: tier.max(self.least),
            tools: self.tools.clone(),
            standard_cells: self.standard_cells,
            weight,
            body: Box::new(body),
        });
        self
    }

    /// Adds a check that is not about one block: of what all have in common, or of the layer
    /// itself. It panics if something is wrong.
    pub fn itself(&mut self, name: &str, body: fn()) -> &mut Self {
        let body = move || {
            body();
            Vec::new()
        };
        self.add(&format!("itself::{name}"), Tier::Full, 0, body)
    }

    /// All that was added.
    pub fn checks(self) -> Vec<Check> {
        self.checks
    }
}

/// Adds functions that panic, under their own names: see [`Layer::itself`].
#[macro_export]
macro_rules! itself {
    ($layer:expr, $($body:ident),+ $(,)?) => {
        $($layer.itself(stringify!($body), $body);)+
    };
}

impl Check {
    /// What is absent and needed.
    fn lacks(&self) -> Option<String> {
        let tool = self.tools.iter().find_map(|tool| tool.find().err());
        let cells = || self.standard_cells.then(|| synth::osu018().err()).flatten();
        tool.or_else(cells).map(|error| error.to_string())
    }

    fn trial(self, progress: &Arc<Progress>) -> Trial {
        let progress = progress.clone();
        let name = self.name.clone();
        Trial::ignorable_test(name, move || match self.lacks() {
            // Skipped, which is not passed; where skips are not allowed, it fails.
            Some(why) if std::env::var_os("HWGEN_NO_SKIP").is_none() => {
                Ok(Completion::ignored_with(why))
            }
            Some(why) => Err(Failed::from(why)),
            None => {
                let _running = progress.running(&self.name);
                let complaints = (self.body)();
                let failed = (!complaints.is_empty()).then(|| complaints.join("\n\n"));
                failed.map_or(Ok(Completion::Completed), |text| Err(Failed::from(text)))
            }
        })
    }
}

/// Runs those of `checks` that the tier of this run has and the command line names, and says what
/// came of them.
pub fn run(mut checks: Vec<Check>) -> ExitCode {
    let (arguments, tier) = (Arguments::from_args(), Tier::of_run());
    checks.retain(|check| check.tier <= tier);
    checks.sort_by_key(|check| std::cmp::Reverse(check.weight));
    let progress = Arc::new(Progress::default());
    let trials: Vec<_> = checks.into_iter().map(|check| check.trial(&progress)).collect();
    let chosen = trials.iter().filter(|trial| !arguments.is_filtered_out(trial)).count();
    if arguments.list {
        return libtest_mimic::run(&arguments, trials).exit_code();
    }
    if chosen == 0 {
        eprintln!("no check of tier {tier:?} is named so: {:?}", arguments.filter);
        return ExitCode::FAILURE;
    }
    let reporter = progress.report(chosen);
    let conclusion = libtest_mimic::run(&arguments, trials);
    drop(reporter);
    eprintln!("{}", Tally::of_run());
    eprintln!("{}", progress.summary());
    conclusion.exit_code()
}
