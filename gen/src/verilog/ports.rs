//! Ports and the one helper that prints a port list.

use super::Width;
use crate::interface::{CLOCK, RESET};
use serde::Serialize;
use std::fmt;

/// Which way a port or stream carries data, seen from the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Into the module.
    Input,
    /// Out of the module.
    Output,
}

/// One port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// Full name with its lowRISC suffix.
    pub name: String,
    /// Direction seen from the module.
    pub direction: Direction,
    /// Width in bits.
    pub width: Width,
}

impl Port {
    /// An input port.
    pub fn input(name: impl Into<String>, width: Width) -> Self {
        Self { name: name.into(), direction: Direction::Input, width }
    }

    /// An output port.
    pub fn output(name: impl Into<String>, width: Width) -> Self {
        Self { name: name.into(), direction: Direction::Output, width }
    }
}

/// Ports that belong together, under a title that says what they are for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortGroup {
    /// Comment above the group: the contract, lines of at most 92 characters.
    pub title: String,
    /// The ports in order.
    pub ports: Vec<Port>,
}

impl PortGroup {
    /// A titled group.
    pub fn new(title: impl Into<String>, ports: Vec<Port>) -> Self {
        Self { title: title.into(), ports }
    }

    /// Clock and reset, the first group of every synchronous module.
    pub fn clock_and_reset() -> Self {
        let bit = Width::new(1);
        Self::new(
            "Clock; reset asserts asynchronously, active low",
            vec![Port::input(CLOCK, bit), Port::input(RESET, bit)],
        )
    }
}

/// A whole port list; prints the lines between the parentheses, columns aligned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ports(pub Vec<PortGroup>);

impl fmt::Display for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = || self.0.iter().flat_map(|group| &group.ports);
        let range = all().map(|port| port.width.range().len()).max().unwrap_or(0);
        let mut left = all().count();
        for group in &self.0 {
            for line in group.title.lines() {
                writeln!(f, "    // {line}")?;
            }
            for port in &group.ports {
                left -= 1;
                let direction = match port.direction {
                    Direction::Input => "input  wire",
                    Direction::Output => "output wire",
                };
                let gap = if range == 0 { "" } else { " " };
                write!(f, "    {direction}{gap}{:range$} {}", port.width.range(), port.name)?;
                if left > 0 {
                    writeln!(f, ",")?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_align_and_the_last_port_has_no_comma() {
        let ports = Ports(vec![
            PortGroup::clock_and_reset(),
            PortGroup::new("Result", vec![Port::output("sum_o", Width::new(12))]),
        ]);
        assert_eq!(
            ports.to_string(),
            "    // Clock; reset asserts asynchronously, active low\n    \
             input  wire        clk_i,\n    \
             input  wire        rst_ni,\n    \
             // Result\n    \
             output wire [11:0] sum_o"
        );
    }
}
