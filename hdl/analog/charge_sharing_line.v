// SPDX-License-Identifier: MIT OR Apache-2.0
// Part of hwgen: the same for every design, but for names of modules.
`timescale 1ns/1ps
`default_nettype none

// Output line of one slice: it shares the charge of all capacitors with its own capacitance.
//
// While `share_i` is high, the drop shows how far this takes the line below the supply, else the
// line is at the supply. `Residue` is the deviation of what coupling and injection leave there.
// Charge of the capacitors in attofarad times steps, capacitance in attofarad, without and with
// the line's own, and the drop in volts are the bits of real numbers.
module charge_sharing_line #(
    parameter [31:0] Columns = 32'd128,
    parameter real Capacitor = 1200.0,  // attofarad, nominal, per column
    parameter real Wire = 625.0,  // attofarad, nominal, per column
    parameter real Product = 0.0002034492790699005,  // volts, nominal, of a cell 1 and a level 1
    parameter real WireDeviation = 0.0,  // relative
    parameter real Residue = 0.0,  // volts
    parameter [31:0] Seed = 32'd1,
    parameter [31:0] Slice = 32'd0
) (
    input  wire        share_i,
    input  wire [63:0] charge_i,
    input  wire [63:0] capacitance_i,
    output wire [63:0] drop_o,
    output wire [63:0] capacitance_o
);

    localparam [15:0] FirstStream = 16'hc000;
    localparam real Count = Columns;

    real own;
    real residue;
    reg [63:0] chance;

    gaussian_source u_chance ();

    initial begin
        chance = u_chance.first(Seed, FirstStream + Slice[15:0]);
        own = Count * Wire * (1.0 + WireDeviation * u_chance.number(chance));
        residue = Residue * u_chance.number(u_chance.later(chance));
    end

    // Capacitance that counts as one capacitor: `Capacitor`, if the slice has its nominal one
    wire [63:0] total = $realtobits($bitstoreal(capacitance_i) + own);
    wire [63:0] share = $realtobits($bitstoreal(total) / (Count * (Capacitor + Wire)) * Capacitor);

    assign capacitance_o = total;
    assign drop_o = share_i
        ? $realtobits($bitstoreal(charge_i) * Product / $bitstoreal(share) + residue) : 64'd0;

endmodule

`default_nettype wire
