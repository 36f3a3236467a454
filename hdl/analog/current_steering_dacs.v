// SPDX-License-Identifier: MIT OR Apache-2.0
// Part of hwgen: the same for every design, but for names of modules.
`timescale 1ns/1ps
`default_nettype none

// Input lines of all columns: four binary current paths each discharge a precharged line.
//
// While `input_i` is high, at the falling edge of the clock, every capacitor of a column takes the
// line's level: the sum of the paths whose bit is 1, in steps below the supply. Path k is worth 2^k
// steps, with a deviation of its own: Deviation * sqrt(2^k / 15), so that `Deviation` is that of
// the full level. Levels are the bits of real numbers. `line_i` holds bit 0 of all columns, then
// bits 1, 2, 3.
module current_steering_dacs #(
    parameter [31:0] Columns = 32'd128,
    parameter real Deviation = 0.0,  // steps
    parameter [31:0] Seed = 32'd1
) (
    input  wire                  clk_i,
    input  wire                  precharge_i,
    input  wire                  input_i,
    input  wire [4*Columns-1:0]  line_i,
    output wire [64*Columns-1:0] level_o
);

    localparam [15:0] FirstStream = 16'h4000;

    real path0 [0:Columns-1];
    real path1 [0:Columns-1];
    real path2 [0:Columns-1];
    real path3 [0:Columns-1];
    reg [63:0] chance;
    reg [64*Columns-1:0] levels;
    integer part;
    integer column;

    gaussian_source u_chance ();

    initial begin
        for (part = 0; part < Columns; part = part + 1) begin
            chance = u_chance.first(Seed, FirstStream + part[15:0]);
            path0[part] = 1.0 + Deviation * 0.2581988897471611 * u_chance.number(chance);
            chance = u_chance.later(chance);
            path1[part] = 2.0 + Deviation * 0.3651483716701107 * u_chance.number(chance);
            chance = u_chance.later(chance);
            path2[part] = 4.0 + Deviation * 0.5163977794943222 * u_chance.number(chance);
            chance = u_chance.later(chance);
            path3[part] = 8.0 + Deviation * 0.7302967433402214 * u_chance.number(chance);
        end
    end

    function real level(input [31:0] place);
        begin
            level = 0.0;
            if (line_i[place]) level = level + path0[place];
            if (line_i[Columns+place]) level = level + path1[place];
            if (line_i[2*Columns+place]) level = level + path2[place];
            if (line_i[3*Columns+place]) level = level + path3[place];
        end
    endfunction

    always @(negedge clk_i) begin
        if (precharge_i) begin
            levels <= {(64*Columns){1'b0}};
        end else if (input_i) begin
            for (column = 0; column < Columns; column = column + 1) begin
                levels[64*column +: 64] <= $realtobits(level(column));
            end
        end
    end

    assign level_o = levels;

endmodule

`default_nettype wire
