//! Verilog files on their way out.

use askama::Template;

/// Who wrote a module's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    /// A template filled for one design, or `rust_hdl`.
    Generated,
    /// A file under `hdl/`, the same for every design.
    Library,
}

/// One module: the file `<name>.v`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Name of the module and of its file without extension.
    pub name: String,
    body: String,
    origin: Origin,
}

impl Source {
    /// A module made for one design. The template starts with its documentation comment.
    pub fn generated(name: impl ToString, template: &impl Template) -> Self {
        Self::text(name, rendered(template))
    }

    /// A module made for one design without a template. The text starts with its documentation
    /// comment.
    pub fn text(name: impl ToString, body: String) -> Self {
        Self { name: name.to_string(), body, origin: Origin::Generated }
    }

    /// A module of `hdl/`; `text` is the whole file.
    pub fn library(name: &str, text: &str) -> Self {
        Self { name: name.to_owned(), body: text.to_owned(), origin: Origin::Library }
    }

    /// The complete file. `made_by` is the line that says which tool and command made it.
    pub fn file(&self, made_by: &str) -> String {
        let body = self.body.trim_end();
        match self.origin {
            Origin::Library => format!("{body}\n"),
            Origin::Generated => format!(
                "// SPDX-License-Identifier: MIT OR Apache-2.0\n{made_by}\n\
                 `default_nettype none\n\n{body}\n\n`default_nettype wire\n"
            ),
        }
    }
}

/// A filled template.
pub(crate) fn rendered(template: &impl Template) -> String {
    let text = template.render();
    text.unwrap_or_else(|error| unreachable!("only writing can fail, not to a string: {error}"))
}

/// The text of a file under `hdl/`, as a [`Source`]: `hdl!("prim", "register_file")`.
macro_rules! hdl {
    ($folder:literal, $name:literal) => {
        $crate::Source::library(
            $name,
            include_str!(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/../hdl/",
                $folder,
                "/",
                $name,
                ".v"
            )),
        )
    };
}
pub(crate) use hdl;
