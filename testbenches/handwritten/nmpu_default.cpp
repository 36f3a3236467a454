// What a person would write to push entries through the default nmpu: the yardstick for the
// generated harness. Prints beats in and out, and the seconds spent on them.

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <vector>

#include "Vnmpu.h"
#include "verilated.h"

int main() {
    constexpr int kEntries = 1 << 14;
    constexpr int kRounds = 200;
    VerilatedContext context;
    Vnmpu top(&context);
    auto cycle = [&] {
        top.clk_i = 0;
        top.eval();
        const bool in = top.in_valid_i && top.in_ready_o;
        const bool out = top.out_valid_o && top.out_ready_i;
        struct Moved { bool in, out; uint8_t column; uint8_t result; } moved{
            in, out, top.out_column_o, top.out_result_o};
        top.clk_i = 1;
        top.eval();
        return moved;
    };

    top.rst_ni = 0;
    for (int i = 0; i < 4; ++i) cycle();
    top.rst_ni = 1;
    top.readback_ready_i = 1;
    top.out_ready_i = 1;
    for (int column = 0; column < 4; ++column) {
        top.config_valid_i = 1;
        top.config_write_i = 1;
        top.config_column_i = column;
        top.config_scale_p_i = 100 + column;
        top.config_scale_n_i = 90;
        top.config_offset_i = column;
        cycle();
    }
    top.config_valid_i = 0;

    struct Entry { uint8_t column; uint16_t positive, negative; };
    std::vector<Entry> entries(kEntries);
    uint32_t state = 1;
    auto draw = [&] { return state = state * 1664525u + 1013904223u, state >> 16; };
    for (auto& entry : entries) {
        entry = {uint8_t(draw() & 3), uint16_t(draw() & 4095), uint16_t(draw() & 4095)};
    }
    struct Result { uint8_t column, result; };
    std::vector<Result> results(kEntries);

    const auto start = std::chrono::steady_clock::now();
    for (int round = 0; round < kRounds; ++round) {
        int sent = 0, received = 0;
        while (received < kEntries) {
            top.in_valid_i = sent < kEntries;
            if (sent < kEntries) {
                top.in_column_i = entries[sent].column;
                top.in_entry_p_i = entries[sent].positive;
                top.in_entry_n_i = entries[sent].negative;
            }
            const auto moved = cycle();
            sent += moved.in;
            if (moved.out) results[received++] = {moved.column, moved.result};
        }
    }
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
    std::printf("%lld %.6f\n", 2LL * kEntries * kRounds, spent.count());
}
