//! Names that are safe in Verilog and in every tool that reads it.

use std::fmt;

/// A checked name: `lower_snake_case`, no keyword, no clash with a tool. It knows the design that it
/// belongs to, so that all names of a design begin with the name of its top module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ident {
    name: String,
    /// Name of the top module.
    design: String,
}

/// Why a name is refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "--name {name}: {reason}; accepted: a lower-case letter, then letters, digits and \
     single underscores, at most 64 characters"
)]
pub struct IdentError {
    name: String,
    reason: &'static str,
}

impl Ident {
    /// Checks `name` of a top module. A bad name is an error, never renamed silently.
    pub fn new(name: &str) -> Result<Self, IdentError> {
        let fail = |reason| Err(IdentError { name: name.to_owned(), reason });
        let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if !name.starts_with(|c: char| c.is_ascii_lowercase()) {
            return fail("it does not start with a lower-case letter");
        }
        if !name.chars().all(legal) || name.contains("__") || name.ends_with('_') {
            return fail("it is not lower_snake_case");
        }
        if name.len() > 64 {
            return fail("it is too long");
        }
        if KEYWORDS.split_whitespace().any(|keyword| keyword == name) {
            return fail("it is a keyword of Verilog or SystemVerilog");
        }
        Ok(Self { name: name.to_owned(), design: name.to_owned() })
    }

    /// The name of a part of what this one names: `<name>_<part>`.
    pub fn part(&self, part: &str) -> Self {
        Self { name: format!("{self}_{part}"), design: self.design.clone() }
    }

    /// The name of the module `cell` of `hdl/` in this design, which has one of it for all its
    /// parts: `<top>_<cell>`.
    pub fn shared(&self, cell: &str) -> Self {
        Self { name: format!("{}_{cell}", self.design), design: self.design.clone() }
    }

    /// The name itself.
    pub fn as_str(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for Ident {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// IEEE 1364-2005 and IEEE 1800-2017 reserved words.
const KEYWORDS: &str = "
accept_on alias always always_comb always_ff always_latch and assert assign assume automatic before
begin bind bins binsof bit break buf bufif0 bufif1 byte case casex casez cell chandle checker class
clocking cmos config const constraint context continue cover covergroup coverpoint cross deassign
default defparam design disable dist do edge else end endcase endchecker endclass endclocking
endconfig endfunction endgenerate endgroup endinterface endmodule endpackage endprimitive endprogram
endproperty endspecify endsequence endtable endtask enum event eventually expect export extends
extern final first_match for force foreach forever fork forkjoin function generate genvar global
highz0 highz1 if iff ifnone ignore_bins illegal_bins implements implies import incdir include initial
inout input inside instance int integer interconnect interface intersect join join_any join_none
large let liblist library local localparam logic longint macromodule matches medium modport module
nand negedge nettype new nexttime nmos nor noshowcancelled not notif0 notif1 null or output package
packed parameter pmos posedge primitive priority program property protected pull0 pull1 pulldown
pullup pulsestyle_ondetect pulsestyle_onevent pure rand randc randcase randsequence rcmos real
realtime ref reg reject_on release repeat restrict return rnmos rpmos rtran rtranif0 rtranif1
s_always s_eventually s_nexttime s_until s_until_with scalared sequence shortint shortreal
showcancelled signed small soft solve specify specparam static string strong strong0 strong1 struct
super supply0 supply1 sync_accept_on sync_reject_on table tagged task this throughout time
timeprecision timeunit tran tranif0 tranif1 tri tri0 tri1 triand trior trireg type typedef union
unique unique0 unsigned until until_with untyped use uwire var vectored virtual void wait wait_order
wand weak weak0 weak1 while wildcard wire with within wor xnor xor";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked_not_repaired() {
        assert!(Ident::new("nmpu_left2").is_ok());
        for bad in ["", "Nmpu", "2nd", "a-b", "a__b", "a_", "module", "logic", "a b", "é"] {
            assert!(Ident::new(bad).is_err(), "{bad}");
        }
        assert!(Ident::new(&"a".repeat(65)).is_err());
    }

    #[test]
    fn parts_share_what_is_of_the_design() {
        let top = Ident::new("left").expect("a legal name");
        let part = top.part("array").part("row");
        assert_eq!(part.as_str(), "left_array_row");
        assert_eq!(part.shared("fifo"), top.shared("fifo"));
        assert_eq!(part.shared("fifo").as_str(), "left_fifo");
    }
}
