//! The registry: every block there is.

use crate::Generator;

/// Declares one module per block and lists their generators. One line is all a new block needs.
macro_rules! blocks {
    ($($name:ident,)*) => {
        $(pub mod $name;)*

        /// All blocks, in the order in which they are listed to the user.
        pub static ALL: &[Generator] = &[$(Generator::of::<$name::Generated>(include_str!(concat!(
            stringify!($name),
            "/mod.rs"
        )))),*];
    };
}

blocks! {
    nmpu,
    sar_adc,
    gemm,
    im2col,
    spots,
    cap_ram,
}

/// The block called `name`.
pub fn find(name: &str) -> Option<&'static Generator> {
    ALL.iter().find(|generator| generator.name == name)
}
