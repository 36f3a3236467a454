//! What may be typed, and which of it is legal together.

use super::engine::analog::{self, Deviations};
use super::{CapRam, OCTET, products_per_lsb};
use crate::SpecError;
use crate::blocks::sar_adc::{Analog, Mode, SarAdc};
use crate::params::{Range, RealUpTo};
use serde::Serialize;

const SLICES: Range = Range(8, 64);
const COLUMNS: Range = Range(4, 128);
pub(super) const ROWS: Range = Range(2, 16);
const ADC_BITS: Range = Range(4, 10);
const CURVE_POINTS: Range = Range(0, 1024);
const DAC_SIGMA: RealUpTo = RealUpTo(20.0);
const CAPACITOR_SIGMA: RealUpTo = RealUpTo(0.1);
const WIRE_SIGMA: RealUpTo = RealUpTo(0.1);
const RESIDUE_SIGMA: RealUpTo = RealUpTo(10.0);
const LEAKAGE: RealUpTo = RealUpTo(10.0);
const CELL_SIGMA: RealUpTo = RealUpTo(0.1);
const OFFSET_SIGMA: RealUpTo = RealUpTo(8.0);
const NOISE_SIGMA: RealUpTo = RealUpTo(4.0);
const ANALOG_SEED: Range = Range(0, 65535);

/// Segments of a master curve, at least.
const LEAST_CURVE_POINTS: u32 = 8;

/// How the bench models the array and the analog half of the converters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ArrayModel {
    /// Charges and voltages, with deviations
    Real,
    /// Counts of bits: ideal, and fast
    Integer,
}

/// What may be typed.
#[derive(Clone, Debug, clap::Args, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Params {
    /// Slices, a multiple of 8
    #[arg(long, default_value_t = 64, value_parser = SLICES, value_name = SLICES.to_string())]
    pub slices: u32,
    /// Columns: inputs of an operation
    #[arg(long, default_value_t = 128, value_parser = COLUMNS, value_name = COLUMNS.to_string())]
    pub columns: u32,
    /// Rows of a slice: cells that share a capacitor
    #[arg(long, default_value_t = 8, value_parser = ROWS, value_name = ROWS.to_string())]
    pub rows_per_cluster: u32,
    /// Bits of a converter, the sign among them
    #[arg(long, default_value_t = 7, value_parser = ADC_BITS, value_name = ADC_BITS.to_string())]
    pub adc_bits: u32,
    /// Segments of the master curve, common to all converters: 0 for none, or a power of two,
    /// at least 8, at most the number of codes
    #[arg(long, default_value_t = 0, value_parser = CURVE_POINTS,
          value_name = CURVE_POINTS.to_string())]
    pub curve_points: u32,
    /// Behavioural model of the array
    #[arg(long, value_enum, default_value_t = ArrayModel::Real)]
    pub array: ArrayModel,
    /// Deviation of an input line at full level in the behavioural model, mV
    #[arg(long, default_value_t = 0.0, value_parser = DAC_SIGMA,
          value_name = DAC_SIGMA.to_string())]
    pub dac_sigma: f64,
    /// Deviation of a cluster's capacitor in the behavioural model, relative
    #[arg(long, default_value_t = 0.0, value_parser = CAPACITOR_SIGMA,
          value_name = CAPACITOR_SIGMA.to_string())]
    pub capacitor_sigma: f64,
    /// Deviation of an output line's own capacitance in the behavioural model, relative
    #[arg(long, default_value_t = 0.0, value_parser = WIRE_SIGMA,
          value_name = WIRE_SIGMA.to_string())]
    pub wire_sigma: f64,
    /// Deviation of what coupling and injection leave on an output line, mV
    #[arg(long, default_value_t = 0.0, value_parser = RESIDUE_SIGMA,
          value_name = RESIDUE_SIGMA.to_string())]
    pub residue_sigma: f64,
    /// What an input loses by leakage of its cluster, mV
    #[arg(long, default_value_t = 0.0, value_parser = LEAKAGE, value_name = LEAKAGE.to_string())]
    pub leakage: f64,
    /// Deviation of a converter cell's charge in the behavioural model, relative
    #[arg(long, default_value_t = 0.0, value_parser = CELL_SIGMA,
          value_name = CELL_SIGMA.to_string())]
    pub cell_sigma: f64,
    /// Deviation of a comparator's offset in the behavioural model, LSB
    #[arg(long, default_value_t = 0.0, value_parser = OFFSET_SIGMA,
          value_name = OFFSET_SIGMA.to_string())]
    pub offset_sigma: f64,
    /// Noise of a comparison in the behavioural model, LSB rms
    #[arg(long, default_value_t = 0.0, value_parser = NOISE_SIGMA,
          value_name = NOISE_SIGMA.to_string())]
    pub noise_sigma: f64,
    /// Seed of all deviations in the behavioural model
    #[arg(long, default_value_t = 1, value_parser = ANALOG_SEED,
          value_name = ANALOG_SEED.to_string())]
    pub analog_seed: u32,
}

impl Params {
    /// The design that they describe.
    pub(super) fn design(&self) -> Result<CapRam, SpecError> {
        let slices = self.slices;
        if !slices.is_multiple_of(OCTET) {
            let reason = format!("weights of 8 bits take {OCTET} slices each");
            let accepted = format!("multiples of {OCTET} in {SLICES}");
            return Err(SpecError::new("slices", slices, reason, accepted));
        }
        check_curve_points(self.curve_points, self.adc_bits)?;
        let deviations = Deviations {
            dac: self.dac_sigma,
            capacitor: self.capacitor_sigma,
            wire: self.wire_sigma,
            residue: self.residue_sigma,
            leakage: self.leakage,
            seed: self.analog_seed,
        };
        let analog = Analog {
            bits: self.adc_bits,
            lsb_volts: analog::product_volts(self.columns)
                * products_per_lsb(self.columns, self.adc_bits),
            capacitance: f64::from(self.columns) * (analog::CAPACITOR + analog::WIRE),
            cell_sigma: self.cell_sigma,
            offset_sigma: self.offset_sigma,
            noise_sigma: self.noise_sigma,
            seed: self.analog_seed,
        };
        let design = CapRam {
            slices,
            columns: self.columns,
            rows: self.rows_per_cluster,
            adc_bits: self.adc_bits,
            curve_points: self.curve_points,
            model: self.array,
            deviations,
            analog,
            adc: SarAdc::new(Mode::Runtime, slices / 2, analog),
        };
        if design.model == ArrayModel::Integer && !design.is_ideal() {
            let reason = "counts of bits know no deviations, leakage or noise";
            return Err(SpecError::new("array", "integer", reason, "real"));
        }
        Ok(design)
    }
}

/// Segments of a master curve are equal, and no finer than an LSB.
fn check_curve_points(points: u32, adc_bits: u32) -> Result<(), SpecError> {
    let legal: Vec<_> = (LEAST_CURVE_POINTS.ilog2()..=adc_bits).map(|bits| 1 << bits).collect();
    if points == 0 || legal.contains(&points) {
        return Ok(());
    }
    let reason = match points {
        ..LEAST_CURVE_POINTS => format!("too few segments for a curve of --adc-bits {adc_bits}"),
        _ => format!(
            "the {} codes of --adc-bits {adc_bits} do not make {points} equal segments",
            1 << adc_bits
        ),
    };
    let legal: Vec<_> = legal.iter().map(u32::to_string).collect();
    let accepted = format!("0, {}", legal.join(", "));
    Err(SpecError::new("curve-points", points, reason, accepted))
}
