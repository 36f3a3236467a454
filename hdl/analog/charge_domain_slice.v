// SPDX-License-Identifier: MIT OR Apache-2.0
// Part of hwgen: the same for every design, but for names of modules.
`timescale 1ns/1ps
`default_nettype none

// One slice of a charge-domain SRAM: clusters of cells, and their output line.
//
// Levels of the columns in steps below the supply, the drop of the output line in volts and the
// capacitance that a converter on that line meets, in attofarad, are the bits of real numbers.
module charge_domain_slice #(
    parameter [31:0] Rows = 32'd8,
    parameter [31:0] Columns = 32'd128,
    parameter real Capacitor = 1200.0,  // attofarad, of a cluster
    parameter real Wire = 625.0,  // attofarad, of the output line per column
    parameter real Product = 0.0002034492790699005,  // volts, of a cell 1 and a level 1
    parameter real CapacitorDeviation = 0.0,  // relative
    parameter real WireDeviation = 0.0,  // relative
    parameter real Residue = 0.0,  // volts, deviation
    parameter real Loss = 0.0,  // steps
    parameter [31:0] Seed = 32'd1,
    parameter [31:0] Slice = 32'd0  // below 2^14
) (
    input  wire                  clk_i,
    // Memory
    input  wire [Rows-1:0]       word_line_i,
    input  wire                  write_i,
    input  wire                  read_i,
    input  wire [Columns-1:0]    bit_line_i,
    output wire [Columns-1:0]    bit_line_o,
    // Charge
    input  wire [64*Columns-1:0] level_i,
    input  wire                  multiply_i,
    input  wire                  share_i,
    output wire [63:0]           drop_o,
    output wire [63:0]           capacitance_o
);

    wire [63:0] charge;
    wire [63:0] capacitors;

    charge_domain_clusters #(
        .Rows      (Rows),
        .Columns   (Columns),
        .Capacitor (Capacitor),
        .Deviation (CapacitorDeviation),
        .Loss      (Loss),
        .Seed      (Seed),
        .Slice     (Slice)
    ) u_clusters (
        .clk_i         (clk_i),
        .word_line_i   (word_line_i),
        .write_i       (write_i),
        .read_i        (read_i),
        .bit_line_i    (bit_line_i),
        .bit_line_o    (bit_line_o),
        .level_i       (level_i),
        .multiply_i    (multiply_i),
        .charge_o      (charge),
        .capacitance_o (capacitors)
    );

    charge_sharing_line #(
        .Columns       (Columns),
        .Capacitor     (Capacitor),
        .Wire          (Wire),
        .Product       (Product),
        .WireDeviation (WireDeviation),
        .Residue       (Residue),
        .Seed          (Seed),
        .Slice         (Slice)
    ) u_line (
        .share_i       (share_i),
        .charge_i      (charge),
        .capacitance_i (capacitors),
        .drop_o        (drop_o),
        .capacitance_o (capacitance_o)
    );

endmodule

`default_nettype wire
