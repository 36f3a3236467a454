// SPDX-License-Identifier: MIT OR Apache-2.0
// Part of hwgen: the same file for every design.
`default_nettype none

// One slice of a charge-domain SRAM: per column a cluster of cells with one capacitor, all
// capacitors on one output line.
//
// Everything happens at the falling edge of the clock. A word line selects a row for a write, a
// read or a multiplication. While `multiply_i` is high, a capacitor keeps the level of its column
// where the selected cell is 1 and is pulled to the supply where it is 0; without a word line, all
// are. While `share_i` is high, the output line shows how far sharing all charge takes it below
// the supply, in volts, else it is at the supply. `Residue` is the deviation of what coupling
// and injection leave there. Levels and drops are the bits of real numbers.
module charge_domain_slice #(
    parameter [31:0] Rows = 32'd8,
    parameter [31:0] Columns = 32'd128,
    parameter real Cluster = 1200.0,  // attofarad, of a capacitor
    parameter real Wire = 625.0,  // attofarad, of the output line per column
    parameter real Product = 0.0002034492790699005,  // volts, of a cell 1 and a level 1
    parameter real ClusterDeviation = 0.0,  // relative
    parameter real WireDeviation = 0.0,  // relative
    parameter real Residue = 0.0,  // volts
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
    input  wire                  share_i,
    output wire [63:0]           drop_o
);

    localparam [15:0] FirstStream = 16'h8000;
    localparam real Count = Columns;

    reg [Columns-1:0] cells [0:Rows-1];
    reg [Columns-1:0] bit_line;
    real capacitor [0:Columns-1];
    real total;
    real scale;
    real residue;
    real drop;
    reg [63:0] chance;
    integer part;
    integer row;

    gaussian_source u_chance ();

    initial begin
        chance = u_chance.first(Seed, FirstStream + Slice[15:0]);
        total = 0.0;
        for (part = 0; part < Columns; part = part + 1) begin
            capacitor[part] = Cluster * (1.0 + ClusterDeviation * u_chance.number(chance));
            chance = u_chance.later(chance);
            total = total + capacitor[part];
        end
        total = total + Count * Wire * (1.0 + WireDeviation * u_chance.number(chance));
        chance = u_chance.later(chance);
        scale = total / (Count * (Cluster + Wire)) * Cluster;
        residue = Residue * u_chance.number(chance);
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

    // What the capacitors keep where a bit is 1, attofarad times steps
    function real charge(input [Columns-1:0] kept);
        integer column;
        begin
            charge = 0.0;
            for (column = 0; column < Columns; column = column + 1) begin
                if (kept[column]) begin
                    charge = charge + capacitor[column] * $bitstoreal(level_i[64*column +: 64]);
                end
            end
        end
    endfunction

    always @(negedge clk_i) begin
        for (row = 0; row < Rows; row = row + 1) begin
            if (word_line_i[row] && write_i) begin
                cells[row] <= bit_line_i;
            end
        end
        bit_line <= read_i ? word(word_line_i) : {Columns{1'b0}};
        if (multiply_i) begin
            drop <= charge(word(word_line_i)) * Product / scale + residue;
        end
    end

    assign bit_line_o = bit_line;
    assign drop_o = share_i ? $realtobits(drop) : 64'd0;

endmodule

`default_nettype wire
