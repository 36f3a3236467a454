//! Stimulus. Every phase that depends on another one follows it.

use super::{Calibration, CapRam, Encoding, GAIN_FRACTION, Precision, Script};
use crate::block::Scene;
use crate::interface::Field;
use crate::random::Random;
use crate::traffic::Traffic;

/// Operations per setup of random stimulus, at most.
const OPERATIONS: i64 = 6;

/// Precisions of a scene.
const PRECISIONS: usize = 8;

/// Rows that a scene writes before it uses them.
const ROWS: usize = 4;

/// A word of random bits of which about `eighths` of 8 are 1.
fn word(random: &mut Random, eighths: i64) -> u128 {
    (0..128).map(|column| u128::from(random.within(0, 7) < eighths) << column).sum()
}

/// The whole memory, every combination of encoding, weight and input width, extremes of inputs and
/// corrections, places that do not exist.
pub(super) fn corners(spec: &CapRam) -> Vec<Scene> {
    let mut random = Random::new(0xCA9, 0);
    let random = &mut random;
    let mut scenes = vec![whole_memory(spec, random)];
    for corrected in [false, true] {
        for precisions in Precision::all().chunks(PRECISIONS) {
            let mut script = prepared(spec, random);
            if corrected {
                correct(&mut script);
            }
            operations(&mut script, random, precisions);
            scenes.push(script.phases);
        }
    }
    let mut play = |scene: &dyn Fn(&mut Script<'_>, &mut Random)| {
        let mut script = prepared(spec, random);
        scene(&mut script, random);
        scenes.push(script.phases);
    };
    if spec.curve_points() > 0 {
        play(&master_curve);
    }
    play(&|script, _| corrections(script));
    play(&|script, _| missing(script));
    play(&|script, _| collisions(script));
    scenes
}

/// Word of a row that scenes begin with: in row 0 and 1 from no cell to all of them, against each
/// other in a pair.
fn graded(spec: &CapRam, random: &mut Random, slice: usize, row: usize) -> u128 {
    match (row, slice % 4) {
        (0, 0) | (1, 1) => u128::MAX,
        (0, 1) | (1, 0) => 0,
        (0, _) => (1_u128 << (slice * spec.columns() / spec.slices())) - 1,
        _ => word(random, (slice + row) as i64 % 9),
    }
}

/// All rows are written, some are read back, and each is at work once.
fn whole_memory(spec: &CapRam, random: &mut Random) -> Scene {
    let mut script = Script::new(spec);
    let (slices, rows) = (spec.slices(), spec.rows());
    script.phase();
    for slice in 0..slices {
        for row in 0..rows {
            script.write(slice, row, graded(spec, random, slice, row));
        }
    }
    script.phase();
    // One after the other, so that words meet others that nobody has taken yet
    for slice in [0, slices / 2, slices - 1] {
        for row in 0..rows {
            script.read(slice, row);
        }
    }
    for slice in 0..slices {
        script.read(slice, slice % rows);
    }
    for row in 0..rows {
        let selected: Vec<_> = (0..slices).map(|slice| ((row + slice) % rows) as u8).collect();
        script.phase().setup(Precision::from_fields(0, 0, 3), &selected);
        script.phase().operate(|column| (column + row) as u8 % 16);
    }
    script.phases
}

/// A scene's beginning: the first rows are written, codes are not corrected.
fn prepared<'a>(spec: &'a CapRam, random: &mut Random) -> Script<'a> {
    let mut script = Script::new(spec);
    script.phase();
    for slice in 0..spec.slices() {
        for row in 0..ROWS.min(spec.rows()) {
            script.write(slice, row, graded(spec, random, slice, row));
        }
        script.calibrate(slice, Calibration { gain: 1 << GAIN_FRACTION, offset: 0 });
    }
    script.set_curve(|_| 0);
    script
}

/// Extreme corrections.
fn correct(script: &mut Script<'_>) {
    let (gain, offset) = (script.spec.gain(), script.spec.offset());
    let extremes = [
        (gain.max(), offset.max()),
        (gain.max(), offset.min()),
        (0, offset.min()),
        (gain.max() / 2, 0),
        (gain.max() / 3, 1),
    ];
    script.phase();
    for slice in 0..script.spec.slices() {
        let (gain, offset) = extremes[slice % extremes.len()];
        script.calibrate(slice, Calibration { gain: gain as i64, offset: offset as i64 });
    }
}

/// Corrections of every order of magnitude, slice by slice, of codes of every kind of slice.
fn corrections(script: &mut Script<'_>) {
    let (spec, slices) = (script.spec, script.spec.slices());
    let values = |format| Field::new(format).telling_values();
    let (gains, offsets) = (values(spec.gain()), values(spec.offset()));
    let columns = spec.columns();
    let row = 2.min(spec.rows() - 1) as u8;
    script.phase().setup(Precision::from_fields(0, 0, 7), &vec![row; slices]);
    for first in (0..gains.len().max(offsets.len())).step_by(slices) {
        script.phase();
        for slice in 0..slices {
            let turn = first + slice;
            script.calibrate(
                slice,
                Calibration {
                    gain: gains[turn % gains.len()],
                    offset: offsets[turn % offsets.len()],
                },
            );
        }
        script.phase().operate(|column| (255 * column / columns) as u8);
    }
}

/// Operations with inputs of all kinds, first on the graded row, then on random ones.
fn operations(script: &mut Script<'_>, random: &mut Random, precisions: &[Precision]) {
    let (slices, rows) = (script.spec.slices(), ROWS.min(script.spec.rows()));
    for (index, precision) in precisions.iter().enumerate() {
        let row = |slice: usize| (if index % 3 == 0 { 0 } else { index + slice } % rows) as u8;
        let selected: Vec<_> = (0..slices).map(row).collect();
        script.phase().setup(*precision, &selected);
        script.phase().operate(|_| u8::MAX);
        script.operate(|_| 0);
        let noise: Vec<_> = (0..script.spec.columns()).map(|_| random.bits() as u8).collect();
        script.operate(|column| noise[column]);
        let one = random.within(0, 15) as u8;
        script.operate(|_| one);
    }
}

/// Extreme corrections of all segments on values in the range and beyond it, as extreme gains and
/// offsets make them; then different ones on all codes that there are.
fn master_curve(script: &mut Script<'_>, random: &mut Random) {
    let (slices, columns) = (script.spec.slices(), script.spec.columns());
    let correction = script.spec.curve_correction();
    let (lowest, highest) = (correction.min() as i64, correction.max() as i64);
    correct(script);
    script.phase().set_curve(|segment| if segment % 2 == 0 { lowest } else { highest });
    operations(script, random, &Precision::all());
    script.phase().set_curve(|segment| lowest + (37 * segment as i64) % (highest - lowest + 1));
    for slice in 0..slices {
        script.calibrate(slice, Calibration { gain: 1 << GAIN_FRACTION, offset: 0 });
    }
    // All cells of a slice less none, and none less all
    for row in 0..2 {
        if let Ok(digits) = Precision::new(Encoding::Ternary, 2, 4) {
            script.phase().setup(digits, &vec![row; slices]);
        }
        script.phase();
        let (codes, full) = (1_usize << (script.spec.adc_bits() - 1), 15 * columns);
        for code in 0..codes {
            script.operate(spread(code * full / codes, columns));
        }
    }
}

/// Inputs of `columns` columns, as equal as possible, that add up to `sum`.
pub(super) fn spread(sum: usize, columns: usize) -> impl Fn(usize) -> u8 {
    move |column| (sum / columns + usize::from(column < sum % columns)) as u8
}

/// Rows and slices that do not exist, and levels that mean another one.
fn missing(script: &mut Script<'_>) {
    let (slices, rows) = (script.spec.slices(), script.spec.rows());
    let last = |count: usize| count.next_power_of_two() - 1;
    script.phase();
    for slice in 0..slices {
        script.write(slice, rows - 1, 0x2222 << slice);
    }
    for (slice, row) in
        [(last(slices), last(rows)), (slices % (last(slices) + 1), rows % (last(rows) + 1))]
    {
        script.phase().write(slice, row, u128::MAX);
        script.calibrate(slice, Calibration { gain: 3, offset: 5 });
        script.phase();
        for (slice, row) in [(slice, 0), (0, row), (slice, row), (slices - 1, rows - 1)] {
            script.read(slice, row);
        }
    }
    for encoding in 0..4 {
        script.phase().setup_fields(encoding, 0, 4, &vec![last(rows) as u8; slices]);
        script.phase().operate(|column| column as u8);
        script.phase().setup_fields(encoding, 0, 8, &vec![(rows - 1) as u8; slices]);
        script.phase().operate(|column| (3 * column) as u8);
    }
}

/// Accesses to rows and corrections that the longest operation is just using.
fn collisions(script: &mut Script<'_>) {
    let slices = script.spec.slices();
    let long = Precision::from_fields(0, 0, 7);
    script.phase().setup(long, &vec![0; slices]);
    script.phase().operate(|_| u8::MAX);
    script.phase();
    for slice in 0..slices {
        script.write(slice, 0, 0x5555 << slice);
    }
    script.phase().operate(|_| u8::MAX);
    script.phase().setup(long, &vec![1; slices]);
    script.phase().operate(|_| u8::MAX);
    script.phase();
    for slice in 0..slices {
        script.calibrate(slice, Calibration { gain: 1, offset: 1 });
        script.read(slice, 0);
    }
    // Writes and reads that want the memory at the same time
    let last = ROWS.min(script.spec.rows()) - 1;
    script.phase();
    for slice in 0..slices {
        script.write(slice, last, 0x3333 << slice);
        script.read(slices - 1 - slice, last - 1);
    }
    script.phase().operate(|_| u8::MAX);
    script.phase().set_curve(|segment| segment as i64 % 7);
    script.phase().operate(|_| u8::MAX);
}

/// Operations in random precisions on a row per slice, written before, with random corrections;
/// sometimes a row is rewritten or read.
pub(super) fn random(spec: &CapRam, random: &mut Random, beats: usize) -> Vec<Traffic> {
    let mut script = Script::new(spec);
    let slices = spec.slices();
    let highest = spec.rows() as i64 - 1;
    let rows: Vec<_> = (0..slices).map(|_| random.within(0, highest) as u8).collect();
    let corrected = random.within(0, 2) > 0;
    script.phase();
    for (slice, &row) in rows.iter().enumerate() {
        let eighths = random.within(0, 8);
        script.write(slice, row.into(), word(random, eighths));
        let (gain, offset) = (random.number(spec.gain()), random.number(spec.offset()));
        let (gain, offset) = if corrected { (gain, offset) } else { (1 << 10, 0) };
        script.calibrate(slice, Calibration { gain, offset });
    }
    let correction = spec.curve_correction();
    let points = (0..spec.curve_points()).map(|_| random.number(correction) * i64::from(corrected));
    let points: Vec<_> = points.collect();
    script.set_curve(|segment| points[segment]);
    let precisions = Precision::all();
    let mut left = beats.max(1) as i64;
    while left > 0 {
        let precision = random.pick(&precisions);
        script.phase().setup(precision, &rows);
        script.phase();
        for _ in 0..random.within(1, OPERATIONS.min(left)) {
            let ceiling = random.pick(&[1, 3, 15, 255]);
            let columns = spec.columns();
            let inputs: Vec<_> = (0..columns).map(|_| random.within(0, ceiling) as u8).collect();
            script.operate(|column| inputs[column]);
            left -= 1;
        }
        if random.within(0, 3) == 0 {
            let slice = random.within(0, slices as i64 - 1) as usize;
            script.phase().write(slice, rows[slice].into(), word(random, 4));
            script.phase();
            for slice in [slice, 0, slice, slices - 1] {
                script.read(slice, rows[slice].into());
            }
        }
    }
    script.phases
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::Block;
    use crate::blocks::cap_ram::Generated;

    #[test]
    fn macros_of_any_number_of_rows_have_corners() {
        for rows in 2..=16 {
            let flags = format!("--rows-per-cluster {rows} --curve-points 16");
            let spec = Generated::parse(&flags).expect("legal flags");
            assert!(!corners(&spec).is_empty(), "{flags}");
        }
    }
}
