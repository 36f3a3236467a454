// SPDX-License-Identifier: MIT OR Apache-2.0
// Part of hwgen: the same for every design, but for names of modules.
`timescale 1ns/1ps
`default_nettype none

// FIFO in registers.
//
// A word can be popped from the cycle after its push on. Push only while there is space, or in
// the cycle of a pop; pop only while a word is there. Words have no reset: the count says which
// of them are there.
module fifo #(
    parameter [31:0] Width = 32'd8,
    parameter [31:0] Depth = 32'd2  // at least one
) (
    input  wire             clk_i,
    input  wire             rst_ni,
    // Forgets all words, whatever else happens
    input  wire             clear_i,
    input  wire             push_i,
    input  wire [Width-1:0] push_data_i,
    output wire             space_o,
    input  wire             pop_i,
    output wire [Width-1:0] pop_data_o,
    output wire             valid_o
);

    localparam PointerWidth = (Depth > 32'd1) ? $clog2(Depth) : 1;
    localparam CountWidth   = $clog2(Depth + 32'd1);
    localparam [31:0] Last  = Depth - 32'd1;
    localparam [31:0] One   = 32'd1;

    reg [Width-1:0]        words_q [0:Depth-1];
    reg [PointerWidth-1:0] write_q;
    reg [PointerWidth-1:0] read_q;
    reg [CountWidth-1:0]   count_q;

    wire [PointerWidth-1:0] write_next = (write_q == Last[PointerWidth-1:0])
        ? {PointerWidth{1'b0}} : write_q + One[PointerWidth-1:0];
    wire [PointerWidth-1:0] read_next = (read_q == Last[PointerWidth-1:0])
        ? {PointerWidth{1'b0}} : read_q + One[PointerWidth-1:0];

    always @(posedge clk_i or negedge rst_ni) begin
        if (!rst_ni) begin
            write_q <= {PointerWidth{1'b0}};
            read_q  <= {PointerWidth{1'b0}};
            count_q <= {CountWidth{1'b0}};
        end else if (clear_i) begin
            write_q <= {PointerWidth{1'b0}};
            read_q  <= {PointerWidth{1'b0}};
            count_q <= {CountWidth{1'b0}};
        end else begin
            if (push_i) begin
                write_q <= write_next;
            end
            if (pop_i) begin
                read_q <= read_next;
            end
            if (push_i != pop_i) begin
                count_q <= push_i ? count_q + One[CountWidth-1:0] : count_q - One[CountWidth-1:0];
            end
        end
    end

    always @(posedge clk_i) begin
        if (push_i) begin
            words_q[write_q] <= push_data_i;
        end
    end

    assign space_o    = count_q != Depth[CountWidth-1:0];
    assign valid_o    = count_q != {CountWidth{1'b0}};
    assign pop_data_o = words_q[read_q];

endmodule

`default_nettype wire
