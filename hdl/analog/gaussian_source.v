// SPDX-License-Identifier: MIT OR Apache-2.0
// Part of hwgen: the same for every design, but for names of modules.
`timescale 1ns/1ps
`default_nettype none

// Normally distributed numbers for behavioural cells, the same in every simulator: functions only.
//
// A 64-bit xorshift generator (shifts 13, 7, 17). A number is the sum of twelve 16-bit slices of
// three successive states, less their mean, over 2^16: mean 0, deviation 1, never beyond 6. It is
// an exact fraction, so nothing depends on a mathematical library. The caller keeps the state:
// `first` of a seed and a stream, then `later` once per number.
module gaussian_source ();

    localparam [63:0] Spread = 64'h9e3779b97f4a7c15;  // odd: different seeds, different states
    localparam WarmUpSteps = 16;  // until the states of neighbouring seeds have nothing in common
    localparam StepsPerNumber = 3;
    localparam SliceMean = 393210;  // of the sum of 12 slices: 12 * 65535 / 2

    function [63:0] step(input [63:0] state);
        begin
            step = state ^ (state << 13);
            step = step ^ (step >> 7);
            step = step ^ (step << 17);
        end
    endfunction

    function [63:0] first(input [31:0] seed, input [15:0] stream);
        integer count;
        begin
            first = Spread * {15'd0, seed, stream, 1'b1};
            for (count = 0; count < WarmUpSteps; count = count + 1) begin
                first = step(first);
            end
        end
    endfunction

    function [63:0] later(input [63:0] state);
        integer count;
        begin
            later = state;
            for (count = 0; count < StepsPerNumber; count = count + 1) begin
                later = step(later);
            end
        end
    endfunction

    function real number(input [63:0] state);
        integer count;
        integer sum;
        reg [63:0] slices;
        begin
            slices = state;
            sum = -SliceMean;
            for (count = 0; count < StepsPerNumber; count = count + 1) begin
                sum = sum + {16'd0, slices[15:0]} + {16'd0, slices[31:16]}
                    + {16'd0, slices[47:32]} + {16'd0, slices[63:48]};
                slices = step(slices);
            end
            number = $itor(sum) / 65536.0;
        end
    endfunction

endmodule

`default_nettype wire
