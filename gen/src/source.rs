//! Verilog files on their way out.

use crate::verilog::Ident;
use askama::Template;

/// Who wrote a module's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    /// A template filled for one design, or `rust_hdl`.
    Generated,
    /// A file under `hdl/`, the same for every design but for names of modules.
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

    /// The module `cell` of `hdl/` as the design has it that `top` belongs to; `text` is the whole
    /// file.
    pub fn library(top: &Ident, cell: &str, text: &str) -> Self {
        let name = top.shared(cell).to_string();
        Self { name, body: of_design(text, top), origin: Origin::Library }
    }

    /// The complete file. `made_by` is the line that says which tool and command made it.
    pub fn file(&self, made_by: &str) -> String {
        let body = self.body.trim_end();
        match self.origin {
            Origin::Library => format!("{body}\n"),
            Origin::Generated => format!(
                "// SPDX-License-Identifier: MIT OR Apache-2.0\n{made_by}\n\
                 `timescale 1ns/1ps\n`default_nettype none\n\n{body}\n\n`default_nettype wire\n"
            ),
        }
    }
}

/// A file under `hdl/`, its module and the ones it is made of called as in the design of `top`.
fn of_design(text: &str, top: &Ident) -> String {
    let line = |line: &str| match module_named_in(line) {
        Some(cell) => line.replacen(cell, top.shared(cell).as_str(), 1) + "\n",
        None => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

/// The module that a line of a file under `hdl/` defines, or makes an instance of.
fn module_named_in(line: &str) -> Option<&str> {
    let mut words = line.split_whitespace();
    let (first, second) = (words.next()?, words.next()?);
    let is_instance = first != ")" && (second == "#(" || second.starts_with("u_"));
    if first == "module" { Some(second) } else { is_instance.then_some(first) }
}

/// A filled template.
pub(crate) fn rendered(template: &impl Template) -> String {
    let text = template.render();
    text.unwrap_or_else(|error| unreachable!("only writing can fail, not to a string: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_the_library_name_modules_as_the_design_does() {
        let top = Ident::new("left").expect("a legal name").part("array");
        let text = "// A memory\nmodule ring #(\n    memory #(\n    ) u_memory (\n    \
                    source u_source ();\n    wire memory_q;\nendmodule\n";
        let source = Source::library(&top, "ring", text);
        assert_eq!(source.name, "left_ring");
        let expected = "// A memory\nmodule left_ring #(\n    left_memory #(\n    ) u_memory (\n    \
                        left_source u_source ();\n    wire memory_q;\nendmodule\n";
        assert_eq!(source.file(""), expected);
    }
}
