//! How often the input maps are read.

use super::{columns, each};
use crate::layer::Network;
use crate::reads::{Reuse, padded, unpadded};
use crate::report::{Basis, Row, Section, Unit};

/// The table.
pub fn section(networks: &[Network]) -> Section {
    let total =
        |reuse| each(networks, move |network| network.sum(|layer| padded(layer, reuse)) as f64);
    let saved = |reuse| {
        each(networks, move |network| {
            let read = |reuse| network.sum(|layer| padded(layer, reuse)) as f64;
            read(Reuse::None) / read(reuse)
        })
    };
    let saved_unpadded = each(networks, |network| {
        let read = |reuse| network.sum(|layer| unpadded(layer, reuse)) as f64;
        read(Reuse::None) / read(Reuse::Full)
    });
    let rows = vec![
        Row::new("read, every patch anew", Unit::Count, total(Reuse::None))
            .how(Basis::Counted, "elements, padding included"),
        Row::new("read once", Unit::Count, total(Reuse::Full)).how(Basis::Counted, ONCE),
        Row::new("fewer reads, once", Unit::Times, saved(Reuse::Full))
            .how(Basis::Counted, "row a over row b; the paper's own factor is not public to us"),
        Row::new("fewer reads, ring only", Unit::Times, saved(Reuse::Horizontal))
            .how(Basis::Counted, "the published fallback if the reserved buffer is too small"),
        Row::new("fewer reads, no padding read", Unit::Times, saved_unpadded)
            .how(Basis::Counted, "row c if zeros of the padding are made up and never read"),
    ];
    Section { title: "Reads of the input maps", columns: columns(networks), rows }
}

const ONCE: &str = "the published schedule: one IM2COL unit whose buffers are large enough; \
                    patches of layers with more than 512 filters are kept, not read again";
