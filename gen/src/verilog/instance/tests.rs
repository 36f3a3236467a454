//! Instances and wires by hand.

use super::Part;
use crate::verilog::{Ident, Port, PortGroup, Ports, Width};

fn ports(ports: Vec<Port>) -> Ports {
    Ports(vec![PortGroup::clock_and_reset(), PortGroup::new("Sum", ports)])
}

fn adder() -> Part {
    let sum = Width::new(12).named("SumWidth");
    let inner = ports(vec![
        Port::input("start_i", Width::new(1)),
        Port::input("addend_i", Width::new(11)),
        Port::output("sum_o", sum),
        Port::output("valid_o", Width::new(1)),
    ]);
    let outer = ports(vec![Port::output("valid_o", Width::new(1))]);
    Part::new(&Ident::new("adder").expect("a legal name"), &inner, &outer)
}

#[test]
fn ports_are_connected_by_name_unless_something_else_is_said() {
    assert_eq!(
        adder().instance("u_adder").with("start_i", "go & ~wait").to_string(),
        "adder u_adder (\n        \
         .clk_i    (clk_i),\n        \
         .rst_ni   (rst_ni),\n        \
         .start_i  (go & ~wait),\n        \
         .addend_i (addend),\n        \
         .sum_o    (sum),\n        \
         .valid_o  (valid_o)\n    );"
    );
}

#[test]
fn wires_are_what_is_driven_and_not_passed_on() {
    assert_eq!(adder().wires().to_string(), "wire [SumWidth-1:0] sum;");
    assert_eq!(adder().wires().without("sum_o").to_string(), "");
}

#[test]
fn a_port_that_is_there_sometimes_is_connected_sometimes() {
    let adder = adder();
    let text = |there| adder.instance("u").with_if(there, "sum_o", "total").to_string();
    assert!(text(true).contains(".sum_o    (total)"));
    assert!(text(false).contains(".sum_o    (sum)"));
}

#[test]
fn names_may_begin_otherwise() {
    let adder = adder();
    let text = adder.instance("u_left").prefix("left_").renamed("add", "sub").to_string();
    for expected in [".clk_i    (clk_i)", ".addend_i (subend)", ".sum_o    (left_sum)"] {
        assert!(text.contains(expected), "{text}");
    }
    let wires = adder.wires().prefix("left_").to_string();
    assert_eq!(wires, "wire [SumWidth-1:0] left_sum;\n    wire                left_valid;");
}

#[test]
fn a_file_of_the_library_declares_parameters_and_ports() {
    let text = "module ring #(\n    parameter [31:0] Width = 32'd8,\n    \
                parameter AddressWidth = $clog2(Depth)  // bits\n) (\n    \
                input  wire             push_i,  // [no range]\n    \
                output wire [Width-1:0] data_o\n);\n";
    let ring = Ident::new("ring").expect("a legal name");
    let part = Part::declared(&ring, text, &Ports(Vec::new()));
    assert_eq!(part.wires().to_string(), "wire [Width-1:0] data;");
    let wires = part.wires().set("Width", "WordWidth").to_string();
    assert_eq!(wires, "wire [WordWidth-1:0] data;");
    assert_eq!(
        part.instance("u_ring").set("AddressWidth", 3).indent(0).to_string(),
        "ring #(\n    .AddressWidth (3)\n) u_ring (\n    \
         .push_i (push),\n    .data_o (data)\n);"
    );
}

#[test]
#[should_panic(expected = "adder has no port adend_i")]
fn an_exception_is_of_a_port() {
    let _ = adder().instance("u_adder").with("adend_i", "two");
}

#[test]
#[should_panic(expected = "adder: sum_o is connected twice")]
fn a_port_is_connected_once() {
    let _ = adder().instance("u_adder").with("sum_o", "sum").with("sum_o", "total");
}

#[test]
#[should_panic(expected = "u_adder: sum_o and another port are addend")]
fn an_output_drives_what_no_other_port_is_connected_to() {
    let _ = adder().instance("u_adder").with("sum_o", "addend").to_string();
}

#[test]
#[should_panic(expected = "adder has no Depth")]
fn a_value_is_of_a_parameter() {
    let _ = adder().instance("u_adder").set("Depth", 3);
}

#[test]
#[should_panic(expected = "adder has no port multiplier_")]
fn what_begins_otherwise_is_there() {
    let _ = adder().instance("u_adder").renamed("multiplier_", "");
}

#[test]
#[should_panic(expected = "adder has no port summ_o")]
fn a_wire_that_is_left_out_is_of_a_port() {
    let _ = adder().wires().without("summ_o");
}
