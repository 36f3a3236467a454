// SPDX-License-Identifier: MIT OR Apache-2.0
// Part of hwgen: the same for every design, but for names of modules.
`timescale 1ns/1ps
`default_nettype none

// Loads a memory from a stream whose last beat is marked: word after word, from address 0 on.
//
// A stream that is shorter or longer than `count_i` words raises `error_o`; it is taken to its end
// all the same, so that whatever follows is in step, and nothing beyond `count_i` is written.
module memory_loader #(
    parameter CountWidth = 8
) (
    input  wire                  clk_i,
    input  wire                  rst_ni,
    // Begins a transfer of `count_i` words; `count_i` holds until it is over
    input  wire                  start_i,
    input  wire [CountWidth-1:0] count_i,
    output wire                  busy_o,
    output wire                  error_o,  // of the last transfer
    // Handshake of the stream
    input  wire                  valid_i,
    output wire                  ready_o,
    input  wire                  last_i,
    // Write port of the memory
    output wire                  write_o,
    output wire [CountWidth-1:0] address_o
);

    reg                   busy_q;
    reg                   error_q;
    reg  [CountWidth-1:0] address_q;
    wire [CountWidth-1:0] next   = address_q + {{(CountWidth-1){1'b0}}, 1'b1};
    wire                  taken  = valid_i & busy_q;
    wire                  fits = address_q < count_i;
    wire                  agrees = fits & (last_i == (next == count_i));

    always @(posedge clk_i or negedge rst_ni) begin
        if (!rst_ni) begin
            busy_q  <= 1'b0;
            error_q <= 1'b0;
        end else begin
            busy_q  <= start_i | (busy_q & ~(taken & last_i));
            error_q <= ~start_i & (error_q | (taken & ~agrees));
        end
    end

    // Valid while busy
    always @(posedge clk_i) begin
        if (start_i) begin
            address_q <= {CountWidth{1'b0}};
        end else if (taken & fits) begin
            address_q <= next;
        end
    end

    assign busy_o    = busy_q;
    assign error_o   = error_q;
    assign ready_o   = busy_q;
    assign write_o   = taken & fits;
    assign address_o = address_q;

endmodule

`default_nettype wire
