// SPDX-License-Identifier: MIT OR Apache-2.0
// Part of hwgen: the same for every design, but for names of modules.
`timescale 1ns/1ps
`default_nettype none

// One output line with its capacitance: the sampling capacitor of a charge-injection converter.
//
// The state is the drop below the supply, in volts; charge can only be taken away, so it only
// grows until the next sample. At the falling edge of the clock the node takes the input while
// `sample_i` is high, else it loses the charge. Volts and attocoulombs are the bits of a real
// number, and so is the capacitance, in attofarad, which may change with the line that is
// connected.
module charge_sharing_node (
    input  wire        clk_i,
    input  wire [63:0] capacitance_i,
    input  wire        sample_i,
    input  wire [63:0] drop_i,
    input  wire [63:0] charge_i,
    output wire [63:0] drop_o
);

    real drop;

    always @(negedge clk_i) begin
        if (sample_i) begin
            drop <= $bitstoreal(drop_i);
        end else begin
            drop <= drop + $bitstoreal(charge_i) / $bitstoreal(capacitance_i);
        end
    end

    assign drop_o = $realtobits(drop);

endmodule

`default_nettype wire
