// SPDX-License-Identifier: MIT OR Apache-2.0
// Part of hwgen: the same for every design, but for names of modules.
`timescale 1ns/1ps
`default_nettype none

// Flip-flop of Width bits. Reset is zero.
module flip_flop #(
    parameter [31:0] Width = 32'd1
) (
    // Clock; reset asserts asynchronously, active low
    input  wire             clk_i,
    input  wire             rst_ni,
    // What it takes next; what it holds
    input  wire [Width-1:0] d_i,
    output wire [Width-1:0] q_o
);

    reg [Width-1:0] value_q;

    always @(posedge clk_i or negedge rst_ni) begin
        if (!rst_ni) begin
            value_q <= {Width{1'b0}};
        end else begin
            value_q <= d_i;
        end
    end

    assign q_o = value_q;

endmodule

`default_nettype wire
