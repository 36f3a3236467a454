// SPDX-License-Identifier: MIT OR Apache-2.0
// Part of hwgen: the same for every design, but for names of modules.
`timescale 1ns/1ps
`default_nettype none

// Clusters of one slice of a charge-domain SRAM: per column `Rows` cells and one capacitor.
//
// Everything happens at the falling edge of the clock. A word line selects a row for a write, a
// read or a multiplication. While `multiply_i` is high, a capacitor keeps the level of its column
// where the selected cell is 1 and is pulled to the supply where it is 0; without a word line, all
// are. What it keeps, in steps below the supply, shrinks by `Loss`, the leakage of its local bit
// line until charge is shared, but no capacitor rises above the supply. Levels, the charge of all
// capacitors in attofarad times steps, and their capacitance in attofarad are the bits of real
// numbers.
//
// All clusters are one module: an instance per cluster, thousands in a macro, would take a
// simulator ten times as long to build.
module charge_domain_clusters #(
    parameter [31:0] Rows = 32'd8,
    parameter [31:0] Columns = 32'd128,
    parameter real Capacitor = 1200.0,  // attofarad, of one
    parameter real Deviation = 0.0,  // of a capacitor, relative
    parameter real Loss = 0.0,  // steps
    parameter [31:0] Seed = 32'd1,
    parameter [31:0] Slice = 32'd0
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
    output wire [63:0]           charge_o,
    output wire [63:0]           capacitance_o
);

    localparam [15:0] FirstStream = 16'h8000;

    reg [Columns-1:0] cells [0:Rows-1];
    reg [Columns-1:0] bit_line;
    real capacitor [0:Columns-1];
    real capacitance;
    real charge;
    reg [63:0] chance;
    integer part;
    integer row;

    gaussian_source u_chance ();

    initial begin
        chance = u_chance.first(Seed, FirstStream + Slice[15:0]);
        capacitance = 0.0;
        for (part = 0; part < Columns; part = part + 1) begin
            capacitor[part] = Capacitor * (1.0 + Deviation * u_chance.number(chance));
            chance = u_chance.later(chance);
            capacitance = capacitance + capacitor[part];
        end
    end

    // The row on whose word line there is a 1
    function [Columns-1:0] word(input [Rows-1:0] lines);
        integer line;
        begin
            word = {Columns{1'b0}};
            for (line = 0; line < Rows; line = line + 1) begin
                if (lines[line]) begin
                    word = word | cells[line];
                end
            end
        end
    endfunction

    // What the capacitors keep where a bit is 1
    function real kept(input [Columns-1:0] bits);
        integer column;
        real level;
        begin
            kept = 0.0;
            for (column = 0; column < Columns; column = column + 1) begin
                level = $bitstoreal(level_i[64*column +: 64]);
                if (bits[column] && level > Loss) begin
                    kept = kept + capacitor[column] * (level - Loss);
                end
            end
        end
    endfunction

    always @(negedge clk_i) begin
        if (write_i) begin
            for (row = 0; row < Rows; row = row + 1) begin
                if (word_line_i[row]) begin
                    cells[row] <= bit_line_i;
                end
            end
        end
        if (read_i) begin
            bit_line <= word(word_line_i);
        end
        if (multiply_i) begin
            charge <= kept(word(word_line_i));
        end
    end

    assign bit_line_o    = bit_line;
    assign charge_o      = $realtobits(charge);
    assign capacitance_o = $realtobits(capacitance);

endmodule

`default_nettype wire
