// SPDX-License-Identifier: MIT OR Apache-2.0
// Part of hwgen: the same for every design, but for names of modules.
`timescale 1ns/1ps
`default_nettype none

// Memory with one write and one read port, both synchronous.
//
// What is read appears one cycle after `read_i` and stays until the next `read_i`. A word that is
// written in the cycle in which it is read comes out as it was before. Contents have no reset.
// Replace this module to use a macro.
(* macro *)
module memory #(
    parameter [31:0] Width = 32'd8,
    parameter [31:0] Depth = 32'd16,  // at least two
    parameter AddressWidth = $clog2(Depth)
) (
    input  wire                    clk_i,
    input  wire                    write_i,
    input  wire [AddressWidth-1:0] write_address_i,
    input  wire [Width-1:0]        write_data_i,
    input  wire                    read_i,
    input  wire [AddressWidth-1:0] read_address_i,
    output wire [Width-1:0]        read_data_o
);

    reg [Width-1:0] words_q [0:Depth-1];
    reg [Width-1:0] read_data_q;

    always @(posedge clk_i) begin
        if (write_i) begin
            words_q[write_address_i] <= write_data_i;
        end
        if (read_i) begin
            read_data_q <= words_q[read_address_i];
        end
    end

    assign read_data_o = read_data_q;

endmodule

`default_nettype wire
