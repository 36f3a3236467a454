// SPDX-License-Identifier: MIT OR Apache-2.0
// Part of hwgen: the same for every design, but for names of modules.
`timescale 1ns/1ps
`default_nettype none

// FIFO in a memory.
//
// A word can be popped from the second cycle after its push on, at one word per cycle: the memory
// is read ahead, and what it returned last is the head. Push only while it is not full, or in the
// cycle of a pop; pop only while a word is at the head.
module memory_fifo #(
    parameter [31:0] Width = 32'd8,
    parameter [31:0] Depth = 32'd16  // at least two; the head is one of these words
) (
    input  wire             clk_i,
    input  wire             rst_ni,
    // Forgets all words, whatever else happens
    input  wire             clear_i,
    input  wire             push_i,
    input  wire [Width-1:0] push_data_i,
    output wire             full_o,
    input  wire             pop_i,
    output wire [Width-1:0] pop_data_o,
    output wire             valid_o
);

    localparam AddressWidth = $clog2(Depth);
    localparam CountWidth   = $clog2(Depth + 32'd1);
    localparam [31:0] Last  = Depth - 32'd1;
    localparam [31:0] One   = 32'd1;

    reg [AddressWidth-1:0] write_q;
    reg [AddressWidth-1:0] read_q;
    reg [CountWidth-1:0]   count_q;   // all words
    reg [CountWidth-1:0]   behind_q;  // words behind the head
    reg                    head_q;    // a word is at the head

    wire read = (~head_q | pop_i) & (behind_q != {CountWidth{1'b0}});

    wire [AddressWidth-1:0] write_next = (write_q == Last[AddressWidth-1:0])
        ? {AddressWidth{1'b0}} : write_q + One[AddressWidth-1:0];
    wire [AddressWidth-1:0] read_next = (read_q == Last[AddressWidth-1:0])
        ? {AddressWidth{1'b0}} : read_q + One[AddressWidth-1:0];

    always @(posedge clk_i or negedge rst_ni) begin
        if (!rst_ni) begin
            write_q  <= {AddressWidth{1'b0}};
            read_q   <= {AddressWidth{1'b0}};
            count_q  <= {CountWidth{1'b0}};
            behind_q <= {CountWidth{1'b0}};
            head_q   <= 1'b0;
        end else if (clear_i) begin
            write_q  <= {AddressWidth{1'b0}};
            read_q   <= {AddressWidth{1'b0}};
            count_q  <= {CountWidth{1'b0}};
            behind_q <= {CountWidth{1'b0}};
            head_q   <= 1'b0;
        end else begin
            head_q <= read | (head_q & ~pop_i);
            if (push_i) begin
                write_q <= write_next;
            end
            if (read) begin
                read_q <= read_next;
            end
            if (push_i != pop_i) begin
                count_q <= push_i ? count_q + One[CountWidth-1:0] : count_q - One[CountWidth-1:0];
            end
            if (push_i != read) begin
                behind_q <= push_i
                    ? behind_q + One[CountWidth-1:0] : behind_q - One[CountWidth-1:0];
            end
        end
    end

    memory #(
        .Width (Width),
        .Depth (Depth)
    ) u_memory (
        .clk_i           (clk_i),
        .write_i         (push_i),
        .write_address_i (write_q),
        .write_data_i    (push_data_i),
        .read_i          (read),
        .read_address_i  (read_q),
        .read_data_o     (pop_data_o)
    );

    assign full_o  = count_q == Depth[CountWidth-1:0];
    assign valid_o = head_q;

endmodule

`default_nettype wire
