//! Co-simulation: the emitted RTL, compiled by Verilator, against the golden model.
