// SPDX-License-Identifier: MIT OR Apache-2.0
// Part of hwgen: the same for every design, but for names of modules.
`timescale 1ns/1ps
`default_nettype none

// Delay line: what enters comes out Depth advancing clock cycles later.
//
// A short line is a shift register. In a long one only a pointer moves over a memory of Depth - 1
// words, which returns the old word of the address that is written. Data has no reset.
module delay_line #(
    parameter [31:0] Width = 32'd8,
    parameter [31:0] Depth = 32'd4  // at least one
) (
    input  wire             clk_i,
    input  wire             rst_ni,
    input  wire             advance_i,
    input  wire [Width-1:0] data_i,
    output wire [Width-1:0] data_o
);

    localparam [31:0] LongestShift = 32'd8;

    generate
        if (Depth <= LongestShift) begin : gen_shift
            reg [Depth*Width-1:0] line_q;
            wire unused_rst_n = rst_ni;  // data only

            if (Depth == 32'd1) begin : gen_single
                always @(posedge clk_i) begin
                    if (advance_i) begin
                        line_q <= data_i;
                    end
                end
            end else begin : gen_several
                always @(posedge clk_i) begin
                    if (advance_i) begin
                        line_q <= {line_q[(Depth-1)*Width-1:0], data_i};
                    end
                end
            end

            assign data_o = line_q[(Depth-1)*Width +: Width];
        end else begin : gen_ring
            localparam PointerWidth = $clog2(Depth - 32'd1);
            localparam [31:0] Last = Depth - 32'd2;

            reg  [PointerWidth-1:0] pointer_q;
            wire [PointerWidth-1:0] pointer_d = (pointer_q == Last[PointerWidth-1:0])
                ? {PointerWidth{1'b0}} : pointer_q + {{(PointerWidth-1){1'b0}}, 1'b1};

            always @(posedge clk_i or negedge rst_ni) begin
                if (!rst_ni) begin
                    pointer_q <= {PointerWidth{1'b0}};
                end else if (advance_i) begin
                    pointer_q <= pointer_d;
                end
            end

            memory #(
                .Width (Width),
                .Depth (Depth - 32'd1)
            ) u_memory (
                .clk_i           (clk_i),
                .write_i         (advance_i),
                .write_address_i (pointer_q),
                .write_data_i    (data_i),
                .read_i          (advance_i),
                .read_address_i  (pointer_q),
                .read_data_o     (data_o)
            );
        end
    endgenerate

endmodule

`default_nettype wire
