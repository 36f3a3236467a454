//! Throughput and efficiency at full use.

use crate::cap_ram::{GLOBAL_CYCLES_PER_SECOND, power};
use crate::report::{Basis, Row, Section, Unit};
use hwgen_compile::cap_ram::mapper::PUBLISHED;
use hwgen_gen::blocks::cap_ram::{Encoding, Precision};

/// A product and its addition.
const OPERATIONS_PER_PRODUCT: f64 = 2.0;

/// Precisions in the order of the columns.
const PRECISIONS: [(Encoding, u32); 4] = [
    (Encoding::PlusSlices, 1),
    (Encoding::PlusSlices, 4),
    (Encoding::Ternary, 2),
    (Encoding::Ternary, 3),
];

/// The table.
pub fn section() -> Section {
    let each = |of: fn(Precision) -> f64| {
        let precisions = PRECISIONS.iter();
        let of =
            |&(encoding, bits): &(Encoding, u32)| Precision::new(encoding, bits, 4).map(of).ok();
        precisions.map(of).collect::<Vec<_>>()
    };
    let rows = vec![
        Row::new("throughput, GOPS", Unit::Of("GOPS"), each(gops))
            .published(573.4)
            .how(Basis::Counted, THROUGHPUT),
        Row::new("power, mW", Unit::Of("mW"), each(|precision| 1e3 * power::watts(precision)))
            .published(11.62)
            .how(Basis::Published, POWER),
        Row::new("efficiency, TOPS/W", Unit::Of("TOPS/W"), each(tops_per_watt))
            .published(49.4)
            .how(Basis::Modelled, EFFICIENCY),
    ];
    let columns = vec!["1-bit", "4-bit", "ternary 2", "ternary 3"];
    Section { title: "Macro at full use", columns, rows }
}

/// Products of inputs of up to 4 bits with whole weights, and their additions.
fn gops(precision: Precision) -> f64 {
    let weights = PUBLISHED.slices >> precision.level();
    let products = (weights * PUBLISHED.columns) as f64 / f64::from(precision.global_cycles());
    GLOBAL_CYCLES_PER_SECOND * products * OPERATIONS_PER_PRODUCT / 1e9
}

fn tops_per_watt(precision: Precision) -> f64 {
    gops(precision) / 1e3 / power::watts(precision)
}

const THROUGHPUT: &str = "70 MHz x 32 converters / digits of a weight x 128 columns x 2, one global \
                          cycle per conversion, as the golden model counts; published for the first and third \
                          column";

const POWER: &str = "the paper's components added up, for those that the precision uses; published \
                     for the first column";

const EFFICIENCY: &str = "row a over row b; the abstract says 49.4, the conclusion 49.3; published \
                          for the first column";
