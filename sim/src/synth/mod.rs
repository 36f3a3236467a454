//! Synthesis by Yosys: cells, area, depth; and, with a Liberty file and OpenSTA, the worst paths.

mod judge;
mod macros;
mod problems;
mod script;
mod timing;

pub use crate::liberty::osu018;
pub use judge::{Judgement, PowerUp, Rounds, play};
pub use macros::Macro;
pub use problems::{Kind, Problem};
pub use timing::{Clock, Margin, Stage, Timing, TimingPath};

use self::macros::Macros;
use crate::SimError;
use crate::input;
use crate::liberty::{self, Cell, Library};
use crate::netlist::Netlist;
use crate::output::Output;
use crate::tool::Tool;
use crate::yosys::Workplace;
use hwgen_gen::{Design, Module};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What a design is mapped to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Target {
    /// Gates of Yosys, without size or speed
    #[default]
    Generic,
    /// Standard cells of a Liberty file
    Liberty,
    /// Lattice iCE40
    #[value(name = "ice40")]
    #[serde(rename = "ice40")]
    Ice40,
    /// Lattice ECP5
    #[value(name = "ecp5")]
    #[serde(rename = "ecp5")]
    Ecp5,
}

/// Why there are no worst paths where some are missing.
const INCOMPLETE: &str = "incomplete: see the problems";

/// What to map to and how.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// What the design is mapped to.
    pub target: Target,
    /// Standard cells for [`Target::Liberty`], all of these files; without any, the OSU018 cells.
    pub liberty: Vec<PathBuf>,
    /// Patterns of standard cells that are not to be used, with `*` and `?`.
    pub dont_use: Vec<String>,
    /// Map every module on its own and join them afterwards. Much faster where a module is used
    /// many times, but nothing is optimised or buffered across modules.
    pub by_module: bool,
    /// Write the mapped netlist to this file: as JSON if its name ends in `.json`, else as Verilog.
    pub netlist: Option<PathBuf>,
    /// A clock to be met, for [`Target::Liberty`]. Needs OpenSTA.
    pub clock: Option<Clock>,
    /// Let the mapped netlist play the bench of the emitted package.
    pub judge: bool,
}

/// What a synthesis gave.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Command that makes the design.
    #[serde(rename = "design")]
    pub command: String,
    /// What it was mapped to.
    pub target: Target,
    /// The standard cell library.
    pub library: Option<String>,
    /// Cells by type, without macros.
    pub cells: BTreeMap<String, u64>,
    /// Modules that are left to hard macros.
    pub macros: Vec<Macro>,
    /// All cells, without macros.
    pub total: u64,
    /// Cells that hold a flip-flop.
    pub flip_flops: u64,
    /// Cells on the longest way between two registers or ports.
    pub depth: u32,
    /// Area of all cells in um2, without macros.
    pub area_um2: Option<f64>,
    /// Worst paths.
    pub timing: Option<Timing>,
    /// How it stands to the clock that was asked for.
    pub margin: Option<Margin>,
    /// Why there are no worst paths although there is a Liberty file.
    pub no_timing: Option<String>,
    /// What OpenSTA says about the library as a whole.
    pub notes: Vec<String>,
    /// What area and timing rest on.
    pub assumptions: Vec<String>,
    /// What is wrong with the design.
    pub problems: Vec<Problem>,
    /// How the netlist played the bench; none if it was not asked to, or if there are problems.
    pub netlist: Option<Judgement>,
}

impl Report {
    /// Whether nothing was found wrong, and the clock is met if one was asked for.
    pub fn passed(&self) -> bool {
        let failed = matches!(self.netlist, Some(Judgement::Failed { .. }));
        let is_met = self.margin.as_ref().is_none_or(Margin::is_met);
        self.problems.is_empty() && is_met && !failed
    }
}

/// Synthesizes the RTL of `design`.
pub fn run(design: &Design, options: &Options) -> Result<Report, SimError> {
    let (mapped, mut report) = map(&design.rtl(), design.name.as_str(), options)?;
    report.command.clone_from(&design.command);
    if options.judge && report.problems.is_empty() {
        report.netlist = Some(judge::judge(design, &mapped, report.total)?);
    }
    Ok(report)
}

/// Synthesizes `modules`, whose top is `top`. There is no bench for the netlist to play.
pub fn run_rtl(modules: &[Module], top: &str, options: &Options) -> Result<Report, SimError> {
    map(modules, top, options).map(|(_, report)| report)
}

/// Maps `modules`, whose top is `top`, and writes the netlist where it is asked for.
fn map(modules: &[Module], top: &str, options: &Options) -> Result<(Mapped, Report), SimError> {
    let written = options.netlist.as_deref().map(Output::new).transpose()?;
    let mapped = Mapped::new(modules, top, options)?;
    let report = mapped.report(options)?;
    if let Some(output) = written {
        mapped.write(output)?;
    }
    Ok((mapped, report))
}

/// A design after Yosys has mapped it.
struct Mapped {
    cells: Cells,
    macros: Macros,
    netlist: Netlist,
    /// Where its files are.
    workplace: Workplace,
    /// What Yosys said.
    log: String,
    top: String,
}

impl Mapped {
    fn new(modules: &[Module], top: &str, options: &Options) -> Result<Self, SimError> {
        let cells = Cells::of(options)?;
        let workplace = Workplace::new(modules)?;
        if let Some(clock) = &options.clock {
            Tool::OpenSta.find()?;
            if let Clock::Constraints(file) = clock {
                workplace.write(script::SDC, input::bytes(file)?)?;
            }
        }
        if let Some(library) = cells.library() {
            workplace.write(script::LIBERTY, library.text())?;
            workplace.write(script::ABC_LIBERTY, library.text_for_abc())?;
            workplace.write(script::FLIP_FLOPS, library.flip_flops())?;
            workplace.write(script::CONSTRAINTS, script::constraints(library))?;
        }
        let script = script::script(modules, top, options);
        let log = workplace.run(&script, script::NETLIST_JSON)?;
        let netlist = Netlist::read(&workplace, script::NETLIST_JSON, top)?;
        let macros = if modules.iter().any(Module::is_macro) {
            Macros::read(&workplace, script::MACROS_JSON)?
        } else {
            Macros::default()
        };
        Ok(Self { cells, macros, netlist, workplace, log, top: top.to_owned() })
    }

    /// Numbers, problems and times.
    fn report(&self, options: &Options) -> Result<Report, SimError> {
        let Self { cells, macros, netlist, workplace, log, top } = self;
        let mut report = cells.count(netlist, macros)?;
        report.problems = problems::found(log);
        let unmapped = cells.unmapped(&report.cells)?;
        if !unmapped.is_empty() {
            report.area_um2 = None; // of what is mapped only
        }
        report.problems.extend(unmapped);
        if let (Some(library), true) = (cells.library(), report.passed()) {
            match Tool::OpenSta.find() {
                Ok(_) => {
                    let analysis = timing::analyse(workplace, netlist, library, top)?;
                    report.timing = analysis.timing;
                    report.problems.extend(analysis.problems);
                    report.no_timing = (!report.passed()).then(|| INCOMPLETE.to_owned());
                    report.notes = analysis.notes;
                }
                Err(error) => report.no_timing = Some(error.to_string()),
            }
            if let (Some(clock), Some(timing)) = (&options.clock, &report.timing) {
                report.margin = timing::margin(workplace, netlist, clock, timing)?;
            }
            let has_macros = !report.macros.is_empty();
            report.assumptions =
                timing::assumptions(library, options, report.timing.as_ref(), has_macros);
        }
        Ok(report)
    }

    /// Writes the netlist: as JSON if the name of the file ends in `.json`, else as Verilog.
    fn write(&self, output: Output) -> Result<(), SimError> {
        let is_json = output.staged().extension().is_some_and(|ending| ending == "json");
        let written = if is_json { script::NETLIST_JSON } else { script::NETLIST_VERILOG };
        output.write(&self.workplace.read(written)?)
    }
}

/// The cells a design is mapped to.
struct Cells {
    target: Target,
    liberty: Option<Library>,
}

impl Cells {
    fn of(options: &Options) -> Result<Self, SimError> {
        if options.target != Target::Liberty {
            return Ok(Self { target: options.target, liberty: None });
        }
        let files = match &options.liberty[..] {
            [] => vec![osu018()?],
            files => files.to_vec(),
        };
        let library = Library::read(&files, &options.dont_use)?;
        let lacking = [
            (library.inverter().is_none(), "inverter"),
            (library.buffer().is_none(), "buffer"),
            (!library.has_gate(), "gate of two inputs (NAND, NOR, AND, OR)"),
        ];
        // ABC would fail without a word.
        if let Some((_, what)) = lacking.iter().find(|(lacks, _)| *lacks) {
            return Err(library.error(format!("it has no {what} that may be used")));
        }
        Ok(Self { target: options.target, liberty: Some(library) })
    }

    const fn library(&self) -> Option<&Library> {
        self.liberty.as_ref()
    }

    /// Numbers of the mapped netlist.
    fn count(&self, netlist: &Netlist, macros: &Macros) -> Result<Report, SimError> {
        let library = self.library();
        let mut cells = netlist.cells();
        cells.retain(|kind, _| !macros.contains(kind));
        let flip_flops = cells.iter().filter(|(kind, _)| self.is_flip_flop(kind));
        let area_um2 = library.map(|library| library.area(&cells)).transpose()?;
        Ok(Report {
            command: String::new(),
            target: self.target,
            library: library.map(|library| library.name.clone()),
            total: cells.values().sum(),
            flip_flops: flip_flops.map(|(_, count)| count).sum(),
            depth: netlist.depth(|kind| macros.contains(kind) || self.holds_state(kind)),
            macros: macros.count(netlist),
            area_um2,
            cells,
            timing: None,
            margin: None,
            no_timing: None,
            notes: Vec::new(),
            assumptions: Vec::new(),
            problems: Vec::new(),
            netlist: None,
        })
    }

    fn is_flip_flop(&self, kind: &str) -> bool {
        match self.target {
            Target::Generic => kind.starts_with("$_") && kind.contains("DFF"),
            Target::Liberty => self.cell(kind, |cell| cell.flip_flop),
            Target::Ice40 => kind.starts_with("SB_DFF"),
            Target::Ecp5 => kind.starts_with("TRELLIS_FF"),
        }
    }

    /// Whether a combinational path ends at cells of this type.
    fn holds_state(&self, kind: &str) -> bool {
        let other = match self.target {
            Target::Generic => kind.contains("DLATCH") || kind.starts_with("$mem"),
            Target::Liberty => self.cell(kind, |cell| cell.latch),
            Target::Ice40 => kind.starts_with("SB_RAM") || kind.starts_with("SB_SPRAM"),
            Target::Ecp5 => kind.starts_with("DP16KD") || kind.starts_with("PDPW16KD"),
        };
        other || self.is_flip_flop(kind)
    }

    fn cell(&self, kind: &str, property: impl Fn(&Cell) -> bool) -> bool {
        self.library().and_then(|library| library.cells.get(kind)).is_some_and(property)
    }

    /// Cells of Yosys that the target has nothing for. The error names the flip-flops that a library
    /// lacks: what is left of a design without its registers is worth no report.
    fn unmapped(&self, cells: &BTreeMap<String, u64>) -> Result<Vec<Problem>, SimError> {
        let foreign = cells.iter().filter(|(kind, _)| match self.target {
            Target::Generic => false,
            _ => kind.starts_with('$'),
        });
        // A register that may be set instead of reset is lacking for the same reason: once.
        let mut registers = BTreeMap::<_, u64>::new();
        let mut problems = Vec::new();
        for (kind, count) in foreign {
            match (self.target, liberty::description(kind)) {
                (Target::Liberty, Some(flip_flop)) => {
                    *registers.entry(flip_flop).or_default() += count;
                }
                _ => problems.push(Problem {
                    kind: Kind::Unmapped,
                    what: format!("{count} cells {kind}: the target has nothing like it"),
                }),
            }
        }
        let lacking: Vec<_> = registers
            .into_iter()
            .map(|(flip_flop, count)| format!("no {flip_flop} (needed: {count})"))
            .collect();
        match self.library() {
            Some(library) if !lacking.is_empty() => {
                let lacking = lacking.join(" and ");
                Err(library.error(format!("it has {lacking} that may be used")))
            }
            _ => Ok(problems),
        }
    }
}
