// SPDX-License-Identifier: MIT OR Apache-2.0
// Part of hwgen: the same for every design, but for names of modules.
`timescale 1ns/1ps
`default_nettype none

// Clocked comparator with offset and noise.
//
// While `compare_i` is high it decides, from the falling edge of the clock on, whether
// drop_plus >= drop_minus + offset + noise: the minus node is the higher one, and a tie counts
// as 1. Otherwise its output rests at 0. The offset is drawn once, the noise anew for every
// comparison; a reset repeats the noise from its beginning. Drops are bits of a real number, in
// volts; deviations are in LSB.
module clocked_comparator #(
    parameter real LsbVolts = 0.006103515625,
    parameter real OffsetSigma = 0.0,
    parameter real NoiseSigma = 0.0,
    parameter [31:0] Seed = 32'd1,
    parameter [15:0] Stream = 16'd1
) (
    input  wire        clk_i,
    input  wire        rst_ni,
    input  wire        compare_i,
    input  wire [63:0] drop_plus_i,
    input  wire [63:0] drop_minus_i,
    output wire        decision_o
);

    real offset;
    real noise;
    reg [63:0] chance;

    gaussian_source u_chance ();

    initial begin
        offset = OffsetSigma * u_chance.number(u_chance.first(Seed, Stream)) * LsbVolts;
    end

    always @(negedge clk_i or negedge rst_ni) begin
        if (!rst_ni) begin
            chance <= u_chance.later(u_chance.first(Seed, Stream));
            noise <= 0.0;
        end else if (compare_i && NoiseSigma > 0.0) begin
            chance <= u_chance.later(chance);
            noise <= NoiseSigma * u_chance.number(chance) * LsbVolts;
        end
    end

    assign decision_o =
        compare_i & ($bitstoreal(drop_plus_i) >= $bitstoreal(drop_minus_i) + (offset + noise));

endmodule

`default_nettype wire
