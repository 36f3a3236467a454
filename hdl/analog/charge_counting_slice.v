// SPDX-License-Identifier: MIT OR Apache-2.0
// Part of hwgen: the same for every design, but for names of modules.
`timescale 1ns/1ps
`default_nettype none

// One ideal slice of a charge-domain SRAM, in whole numbers: fast to simulate.
//
// As `charge_domain_slice`, straight on the input lines of all columns, but a drop is the sum over
// columns of cell times input: 0 to 15 Columns. `line_i` holds bit 0 of all columns, then bits 1,
// 2, 3.
module charge_counting_slice #(
    parameter [31:0] Rows = 32'd8,
    parameter [31:0] Columns = 32'd128
) (
    input  wire                 clk_i,
    // Memory
    input  wire [Rows-1:0]      word_line_i,
    input  wire                 write_i,
    input  wire                 read_i,
    input  wire [Columns-1:0]   bit_line_i,
    output wire [Columns-1:0]   bit_line_o,
    // Charge
    input  wire [4*Columns-1:0] line_i,
    input  wire                 multiply_i,
    input  wire                 share_i,
    output wire [31:0]          drop_o
);

    localparam [31:0] Chunks = (Columns + 31) / 32;

    reg [Columns-1:0] cells [0:Rows-1];
    reg [Columns-1:0] bit_line;
    reg [31:0] drop;
    integer row;

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

    function [31:0] ones(input [31:0] bits);
        reg [31:0] pairs;
        reg [31:0] nibbles;
        reg [31:0] bytes;
        begin
            pairs = bits - ((bits >> 1) & 32'h55555555);
            nibbles = (pairs & 32'h33333333) + ((pairs >> 2) & 32'h33333333);
            bytes = (nibbles + (nibbles >> 4)) & 32'h0f0f0f0f;
            ones = (bytes * 32'h01010101) >> 24;
        end
    endfunction

    function [31:0] count(input [Columns-1:0] kept);
        integer plane;
        integer chunk;
        reg [32*Chunks-1:0] product;
        begin
            count = 32'd0;
            product = {(32*Chunks){1'b0}};
            for (plane = 3; plane >= 0; plane = plane - 1) begin
                product[Columns-1:0] = kept & line_i[plane*Columns +: Columns];
                count = count << 1;
                for (chunk = 0; chunk < Chunks; chunk = chunk + 1) begin
                    count = count + ones(product[32*chunk +: 32]);
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
            drop <= count(word(word_line_i));
        end
    end

    assign bit_line_o = bit_line;
    assign drop_o = share_i ? drop : 32'd0;

endmodule

`default_nettype wire
