// SPDX-License-Identifier: MIT OR Apache-2.0
// Part of hwgen: the same for every design, but for names of modules.
`timescale 1ns/1ps
`default_nettype none

// Register file: one write port, two read ports that answer in the same cycle.
//
// Holds Depth words of Width bits. A read in the cycle of a write to the same word returns the
// old word. An index of Depth or more is legal: the write is dropped, the read returns zero.
// The words have no reset: they are undefined until written. Replace this module to use a macro.
module register_file #(
    parameter [31:0] Width = 32'd8,
    parameter [31:0] Depth = 32'd4,
    parameter [31:0] IndexWidth = 32'd2  // at least one bit, and enough to count to Depth - 1
) (
    input  wire                  clk_i,
    input  wire                  write_i,
    input  wire [IndexWidth-1:0] write_index_i,
    input  wire [Width-1:0]      write_data_i,
    input  wire [IndexWidth-1:0] read_a_index_i,
    output wire [Width-1:0]      read_a_data_o,
    input  wire [IndexWidth-1:0] read_b_index_i,
    output wire [Width-1:0]      read_b_data_o
);

    reg [Width-1:0] words_q [0:Depth-1];

    // One bit more than an index, so that the bound itself can be written
    wire [IndexWidth:0] bound = Depth[IndexWidth:0];

    wire write_legal  = {1'b0, write_index_i} < bound;
    wire read_a_legal = {1'b0, read_a_index_i} < bound;
    wire read_b_legal = {1'b0, read_b_index_i} < bound;

    always @(posedge clk_i) begin
        if (write_i && write_legal) begin
            words_q[write_index_i] <= write_data_i;
        end
    end

    assign read_a_data_o = read_a_legal ? words_q[read_a_index_i] : {Width{1'b0}};
    assign read_b_data_o = read_b_legal ? words_q[read_b_index_i] : {Width{1'b0}};

endmodule

`default_nettype wire
