// SPDX-License-Identifier: MIT OR Apache-2.0
// Part of hwgen: the same for every design, but for names of modules.
`timescale 1ns/1ps
`default_nettype none

// Ideal analog front end of one charge-injection converter, in whole numbers: fast to simulate.
//
// As `charge_injection_front_end`, but drops count products: Full / Half of them are an LSB. Drops
// are kept times Half, so that an LSB is the whole number Full.
module charge_counting_front_end #(
    parameter [31:0] Groups = 32'd5,
    parameter [31:0] Half = 32'd64,  // codes of one sign
    parameter [31:0] Full = 32'd1920  // products at full scale
) (
    input  wire              clk_i,
    // Shared control
    input  wire              sample_i,
    input  wire              compare_i,
    input  wire              differential_i,
    input  wire [Groups-1:0] groups_i,
    // Control of this channel
    input  wire              fire_plus_i,
    input  wire              fire_minus_i,
    output wire              decision_o,
    // Input: drops below the supply
    input  wire [31:0]       drop_plus_i,
    input  wire [31:0]       drop_minus_i
);

    reg [31:0] plus;
    reg [31:0] minus;

    // The groups up to the highest one that fires are 1, 2, 4, .. cells
    wire [31:0] step = ({{(32-Groups){1'b0}}, groups_i} + 32'd1) >> 1;

    always @(negedge clk_i) begin
        if (sample_i) begin
            plus <= drop_plus_i * Half;
            minus <= differential_i ? drop_minus_i * Half : 32'd0;
        end else begin
            if (fire_plus_i) begin
                plus <= plus + step * Full;
            end
            if (fire_minus_i) begin
                minus <= minus + step * Full;
            end
        end
    end

    assign decision_o = compare_i & (plus >= minus);

endmodule

`default_nettype wire
