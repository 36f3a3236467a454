// SPDX-License-Identifier: MIT OR Apache-2.0
// Part of hwgen: the same for every design, but for names of modules.
`timescale 1ns/1ps
`default_nettype none

// Unary charge-injection cells of one converter: each firing moves one packet of charge per cell
// selected, from the plus or from the minus node.
//
// Group 0 is one cell, group k > 0 is 2^(k-1) cells in parallel: the groups up to k fire 2^k
// cells. Every cell has its own packet, CellCharge * (1 + CellSigma * g) with g normally
// distributed; a cell serves both sides, so its error is the same on both. Charge in attocoulomb,
// as the bits of a real number. A pin `fire` held over two clock cycles fires twice.
module charge_injection_dac #(
    parameter [31:0] Groups = 32'd5,
    parameter real CellCharge = 1425.78125,
    parameter real CellSigma = 0.0,
    parameter [31:0] Seed = 32'd1,
    parameter [15:0] Stream = 16'd0
) (
    input  wire [Groups-1:0] groups_i,
    input  wire              fire_plus_i,
    input  wire              fire_minus_i,
    output wire [63:0]       charge_plus_o,
    output wire [63:0]       charge_minus_o
);

    real group_charge [0:Groups-1];
    reg [63:0] chance;
    integer group;
    integer cell_of_group;

    gaussian_source u_chance ();

    initial begin
        chance = u_chance.first(Seed, Stream);
        for (group = 0; group < Groups; group = group + 1) begin
            group_charge[group] = 0.0;
            for (cell_of_group = 0; cell_of_group < ((group == 0) ? 1 : (1 << (group - 1)));
                    cell_of_group = cell_of_group + 1) begin
                group_charge[group] = group_charge[group]
                    + CellCharge * (1.0 + CellSigma * u_chance.number(chance));
                chance = u_chance.later(chance);
            end
        end
    end

    function real charge(input [Groups-1:0] groups);
        integer added;
        begin
            charge = 0.0;
            for (added = 0; added < Groups; added = added + 1) begin
                if (groups[added]) begin
                    charge = charge + group_charge[added];
                end
            end
        end
    endfunction

    assign charge_plus_o  = fire_plus_i ? $realtobits(charge(groups_i)) : 64'd0;
    assign charge_minus_o = fire_minus_i ? $realtobits(charge(groups_i)) : 64'd0;

endmodule

`default_nettype wire
