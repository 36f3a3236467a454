//! What may be typed, and when it makes a design.

use super::SarAdc;
use super::analog::{self, Analog};
use crate::SpecError;
use crate::params::{Range, RealUpTo};
use serde::Serialize;

const BITS: Range = Range(4, 10);
const CHANNELS: Range = Range(1, 64);
const CELL_SIGMA: RealUpTo = RealUpTo(0.1);
const OFFSET_SIGMA: RealUpTo = RealUpTo(8.0);
const NOISE_SIGMA: RealUpTo = RealUpTo(4.0);
const ANALOG_SEED: Range = Range(0, 65535);

/// Which inputs a conversion has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Two inputs; the code is their signed difference
    Differential,
    /// One input; the code is never negative
    SingleEnded,
    /// Every start chooses
    Runtime,
}

/// What may be typed.
#[derive(Clone, Debug, clap::Args, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Params {
    /// Bits of a code, the sign among them
    #[arg(long, default_value_t = 7, value_parser = BITS, value_name = BITS.to_string())]
    pub(super) bits: u32,
    /// Inputs of a conversion
    #[arg(long, value_enum, default_value_t = Mode::Differential)]
    pub(super) mode: Mode,
    /// Converters that share the controller
    #[arg(long, default_value_t = 1, value_parser = CHANNELS, value_name = CHANNELS.to_string())]
    pub(super) channels: u32,
    /// Deviation of a cell's charge in the behavioural model, relative
    #[arg(long, default_value_t = 0.0, value_parser = CELL_SIGMA,
          value_name = CELL_SIGMA.to_string())]
    pub(super) cell_sigma: f64,
    /// Deviation of a comparator's offset in the behavioural model, LSB
    #[arg(long, default_value_t = 0.0, value_parser = OFFSET_SIGMA,
          value_name = OFFSET_SIGMA.to_string())]
    pub(super) offset_sigma: f64,
    /// Noise of a comparison in the behavioural model, LSB rms
    #[arg(long, default_value_t = 0.0, value_parser = NOISE_SIGMA,
          value_name = NOISE_SIGMA.to_string())]
    pub(super) noise_sigma: f64,
    /// Seed of mismatch, offset and noise in the behavioural model
    #[arg(long, default_value_t = 1, value_parser = ANALOG_SEED,
          value_name = ANALOG_SEED.to_string())]
    pub(super) analog_seed: u32,
}

impl Params {
    /// The design, if the parameters do not contradict each other.
    pub(super) fn design(&self) -> Result<SarAdc, SpecError> {
        Ok(SarAdc {
            bits: self.bits,
            mode: self.mode,
            channels: self.channels,
            analog: Analog {
                bits: self.bits,
                lsb_volts: analog::lsb_volts(self.bits),
                capacitance: analog::CAPACITANCE,
                cell_sigma: self.cell_sigma,
                offset_sigma: self.offset_sigma,
                noise_sigma: self.noise_sigma,
                seed: self.analog_seed,
            },
        })
    }
}
