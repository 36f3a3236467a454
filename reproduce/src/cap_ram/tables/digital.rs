//! What the digital half takes.

use crate::report::{Basis, Row, Section, Unit};

/// The table.
pub fn section() -> Section {
    let none = |name, how| Row::new(name, Unit::Number, vec![None]).how(Basis::NotReproduced, how);
    let rows =
        vec![none("area, mm2", AREA).published(0.0245), none("clock, MHz", CLOCK).published(70.0)];
    Section { title: "Digital half in OSU018", columns: vec!["ours"], rows }
}

const AREA: &str = "hwgen synth --block cap_ram --target liberty measures it, in 180 nm; published \
                    is 13.7 % of 0.179 mm2 in 65 nm, registers for reading out included";

const CLOCK: &str = "same command; the published clock counts global cycles, each of which takes 12 \
                     clock cycles of the RTL";
