// SPDX-License-Identifier: MIT OR Apache-2.0
// Part of hwgen: the same for every design, but for names of modules.
`timescale 1ns/1ps
`default_nettype none

// Analog front end of one charge-injection converter: two nodes, the cells and the comparator.
//
// All pins of the controller change after the rising edge of the clock. At the falling edge the
// nodes take the input (`sample_i`) or lose what the cells fire; the comparator has decided by the
// next rising edge. While `differential_i` is low the minus side's line is precharged: its node
// samples no drop. We assume that its capacitors stay on the line, so that the node has the
// capacitance of a whole slice in both modes.
module charge_injection_front_end #(
    parameter [31:0] Groups = 32'd5,
    parameter real LsbVolts = 0.006103515625,
    parameter real Capacitance = 233600.0,  // attofarad, nominal: a cell moves it by one LSB
    parameter real CellSigma = 0.0,  // deviation of a cell's charge, relative
    parameter real OffsetSigma = 0.0,  // deviation of the comparator's offset, LSB
    parameter real NoiseSigma = 0.0,  // noise of one comparison, LSB rms
    parameter [31:0] Seed = 32'd1,
    parameter [31:0] Channel = 32'd0  // below 2^15
) (
    input  wire              clk_i,
    input  wire              rst_ni,
    // Shared control
    input  wire              sample_i,
    input  wire              compare_i,
    input  wire              differential_i,
    input  wire [Groups-1:0] groups_i,
    // Control of this channel
    input  wire              fire_plus_i,
    input  wire              fire_minus_i,
    output wire              decision_o,
    // Input: drops below the supply in volts, and the capacitance of the lines they are on in
    // attofarad, bits of a real number
    input  wire [63:0]       drop_plus_i,
    input  wire [63:0]       drop_minus_i,
    input  wire [63:0]       capacitance_plus_i,
    input  wire [63:0]       capacitance_minus_i
);

    wire [63:0] charge_plus;
    wire [63:0] charge_minus;
    wire [63:0] drop_plus;
    wire [63:0] drop_minus;

    charge_injection_dac #(
        .Groups     (Groups),
        .CellCharge (Capacitance * LsbVolts),
        .CellSigma  (CellSigma),
        .Seed       (Seed),
        .Stream     ({Channel[14:0], 1'b0})
    ) u_dac (
        .groups_i       (groups_i),
        .fire_plus_i    (fire_plus_i),
        .fire_minus_i   (fire_minus_i),
        .charge_plus_o  (charge_plus),
        .charge_minus_o (charge_minus)
    );

    charge_sharing_node u_plus (
        .clk_i         (clk_i),
        .capacitance_i (capacitance_plus_i),
        .sample_i      (sample_i),
        .drop_i        (drop_plus_i),
        .charge_i      (charge_plus),
        .drop_o        (drop_plus)
    );

    charge_sharing_node u_minus (
        .clk_i         (clk_i),
        .capacitance_i (capacitance_minus_i),
        .sample_i      (sample_i),
        .drop_i        (differential_i ? drop_minus_i : 64'd0),
        .charge_i      (charge_minus),
        .drop_o        (drop_minus)
    );

    clocked_comparator #(
        .LsbVolts    (LsbVolts),
        .OffsetSigma (OffsetSigma),
        .NoiseSigma  (NoiseSigma),
        .Seed        (Seed),
        .Stream      ({Channel[14:0], 1'b1})
    ) u_comparator (
        .clk_i        (clk_i),
        .rst_ni       (rst_ni),
        .compare_i    (compare_i),
        .drop_plus_i  (drop_plus),
        .drop_minus_i (drop_minus),
        .decision_o   (decision_o)
    );

endmodule

`default_nettype wire
