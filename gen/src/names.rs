//! Names of designs: none may be that of a module of another design, so that any of them can share
//! a chip.

use crate::blocks;
use crate::package::bench;
use crate::verilog::Ident;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// What the name of a bench begins with; the name of its design follows.
const BENCH: &str = "tb_";

/// The name of a design is one that a module of another design may have.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "--name {name}: a module of a design called '{design}' may be called so; accepted: \
     others, such as '{accepted}'"
)]
pub struct TakenName {
    name: String,
    design: String,
    accepted: String,
}

/// What follows the name of a design in names of its modules, such as `_fifo`, for all designs
/// that the evidence covers: their modules are all that there are.
static ENDINGS: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let designs = blocks::ALL.iter().flat_map(|generator| {
        let configurations = generator.configurations.iter().map(|(_, flags)| flags);
        configurations.chain(generator.twins).filter_map(|flags| generator.parse(flags).ok())
    });
    let endings = designs.flat_map(|design| {
        let twin = design.twin().map(|twin| twin.rust_hdl).unwrap_or_default();
        let modules = [design.rtl(), design.cells(), twin].concat();
        let ending = |name: &str| name.strip_prefix(design.name.as_str()).map(str::to_owned);
        modules.iter().filter_map(|module| ending(&module.name)).collect::<Vec<_>>()
    });
    let of_benches = bench::PARTS.iter().map(|part| format!("_{part}"));
    endings.filter(|ending| !ending.is_empty()).chain(of_benches).collect()
});

/// Refuses `name` for a design if a module of a design of another name may be called so.
pub(crate) fn check(name: &Ident) -> Result<(), TakenName> {
    let name = name.as_str();
    if let Some(design) = name.strip_prefix(BENCH) {
        let (design, accepted) = (design.to_owned(), format!("{design}_tb"));
        return Err(TakenName { name: name.to_owned(), design, accepted });
    }
    // Without an underscore, nothing follows the name of another design.
    let may_end = name.contains('_').then_some(&*ENDINGS).into_iter().flatten();
    match may_end.filter_map(|ending| name.strip_suffix(ending)).min() {
        Some(design) => Err(TakenName {
            name: name.to_owned(),
            design: design.to_owned(),
            accepted: format!("{name}_0"),
        }),
        None => Ok(()),
    }
}
