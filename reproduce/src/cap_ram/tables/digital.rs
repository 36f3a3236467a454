//! What the digital half takes.

use crate::Synthesized;
use crate::report::{Basis, Row, Section, Unit};
use hwgen_gen::Block;
use hwgen_gen::blocks::cap_ram::Generated;

/// The digital half of the macro of the paper.
pub const HALF: Synthesized =
    Synthesized { block: Generated::NAME, flags: "", area_um2: 2_615_288.0, fmax_mhz: 202.286 };

/// Area of the macro, um2, and the share of its digital periphery, as published.
const PUBLISHED_AREA: f64 = 0.179e6;
const PUBLISHED_SHARE: f64 = 0.137;

/// Feature sizes, nm.
const OURS: f64 = 180.0;
const PUBLISHED: f64 = 65.0;

/// The table.
pub fn section() -> Section {
    let row = |name, unit, value| Row::new(name, unit, vec![Some(value)]);
    let published = PUBLISHED_SHARE * PUBLISHED_AREA;
    let rows = vec![
        row("area, um2", Unit::Count, HALF.area_um2).how(Basis::Modelled, AREA),
        row("area in 65 nm, um2", Unit::Count, HALF.area_um2 * (PUBLISHED / OURS).powi(2))
            .published(published)
            .how(Basis::Modelled, SCALED),
        row("clock, MHz", Unit::Of("MHz"), HALF.fmax_mhz).how(Basis::Modelled, CLOCK),
        row("global cycles, MHz", Unit::Of("MHz"), global_cycles_per_second() / 1e6)
            .published(70.0)
            .how(Basis::Modelled, CYCLES),
    ];
    Section { title: "Digital half in OSU018", columns: vec!["ours"], rows }
}

/// Global cycles per second at the highest clock frequency.
pub fn global_cycles_per_second() -> f64 {
    let cycles = Generated::parse(HALF.flags).map(|spec| spec.global_cycle());
    let cycles = cycles.unwrap_or_else(|error| unreachable!("declared flags: {error}"));
    HALF.fmax_mhz * 1e6 / f64::from(cycles)
}

const AREA: &str = "of all cells in 180 nm, as hwgen synth --block cap_ram --target liberty \
                    --by-module measures it; a test demands it within 1 %";

const SCALED: &str = "row a times (65 / 180)^2, as if cells shrank with the square of the feature \
                      size; published is 13.7 % of 0.179 mm2, the digital periphery with registers \
                      for reading out. Ours also registers inputs and row addresses, and corrects \
                      codes by a multiplier per pair; the paper corrects them off chip";

const CLOCK: &str = "same command: the longest path between registers or ports, before placement";

const CYCLES: &str = "row c over the 12 clock cycles of a global cycle; the paper does not say how \
                      many steps its global cycle has";
