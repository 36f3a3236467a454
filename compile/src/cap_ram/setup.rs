//! What happens before the first image.

use super::calibration;
use crate::Setup;
use hwgen_gen::blocks::cap_ram::{CapRam, Cells, Correction, Script};
use hwgen_gen::{Machine, MachineError};

/// Calibration, if anything deviates, and the weights.
pub(super) struct Preparation {
    pub spec: CapRam,
    pub cells: Cells,
}

impl Setup for Preparation {
    fn play(&self, machine: &mut dyn Machine) -> Result<(), MachineError> {
        let spec = &self.spec;
        let correction = if spec.is_ideal() {
            Correction::none(spec)
        } else {
            calibration::measure(spec, machine)?
        };
        let mut script = Script::new(spec);
        script.phase().correct(&correction);
        for slice in 0..spec.slices() {
            for row in 0..spec.rows() {
                script.write(slice, row, self.cells.read(slice, row));
            }
        }
        machine.play(&script.phases).map(|_| ())
    }
}
