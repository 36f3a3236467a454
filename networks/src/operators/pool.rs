//! What both pools share: a window that moves over each channel by itself.

use hwgen_numerics::Convolution;

/// What `join` makes of each channel and what the window sees there, `pad` beyond the map.
pub fn pooled(
    geometry: &Convolution,
    map: &[i32],
    pad: i32,
    join: impl Fn(usize, &[i32]) -> i32,
) -> Vec<i32> {
    let output = geometry.output();
    let mut result = Vec::with_capacity(output.elements());
    let mut patch = Vec::with_capacity(geometry.patch_elements());
    for channel in 0..output.channels {
        for row in 0..output.rows {
            for column in 0..output.columns {
                patch.clear();
                geometry.append_patch(map, pad, channel, (row, column), &mut patch);
                result.push(join(channel, &patch));
            }
        }
    }
    result
}
