//! Steps kept, counted in a real feature map with really pruned filters.

use super::prototype::Mode;
use super::sparsity::Sparsity;
use crate::layer::Layer;

/// Steps that a group of patches takes even if all of it is zero, as the contract of the block says.
const LEAST_STEPS: u64 = 1;

/// Why nothing can be counted.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("layer {layer}: {found} {what}, accepted: {accepted}")]
pub struct WrongSize {
    layer: String,
    what: &'static str,
    found: usize,
    accepted: u64,
}

/// Counts what is left of one repetition of `layer`, in every mode.
///
/// `map` holds channel after channel, row after row, without padding; `weights` filter after
/// filter, each with the channels of its group, kernel row after kernel row.
///
/// # Errors
/// [`WrongSize`] if `map` or `weights` does not belong to the layer.
pub fn count(layer: &Layer, map: &[i64], weights: &[i64]) -> Result<Sparsity, WrongSize> {
    let check = |what, found: usize, accepted| match found as u64 == accepted {
        true => Ok(()),
        false => Err(WrongSize { layer: layer.name.clone(), what, found, accepted }),
    };
    check("elements in the map", map.len(), layer.channels * layer.height * layer.width)?;
    check("weights", weights.len(), layer.filters * layer.patch())?;
    let needed = columns(layer, weights);
    let all = layer.groups * layer.patch();
    let share = |count: u64, of: u64| count as f64 / of as f64;
    let steps = Mode::ALL.map(|mode| {
        let (kept, groups) = kept(layer, map, &needed, mode.patches(), LEAST_STEPS);
        share(kept, groups * all)
    });
    let (multiplied, windows) = kept(layer, map, &needed, 1, 0);
    Ok(Sparsity {
        columns: share(needed.len() as u64, all),
        steps,
        multiplications: share(multiplied, windows * all),
    })
}

/// Columns that some filter needs; those of the groups of a layer stand beside each other, so that
/// they are numbered like the elements of a patch with all channels.
fn columns(layer: &Layer, weights: &[i64]) -> Vec<u64> {
    let filters: Vec<_> = weights.chunks(layer.patch() as usize).collect();
    let groups = filters.chunks(layer.group_filters() as usize);
    let columns = groups.zip(0..).flat_map(|(filters, group)| {
        let needed = |column: &u64| filters.iter().any(|filter| filter[*column as usize] != 0);
        (0..layer.patch()).filter(needed).map(move |column| group * layer.patch() + column)
    });
    columns.collect()
}

/// How many steps are kept if one works on so many consecutive `patches` and a group of them takes
/// at `least` so many, and how many groups of patches there are.
fn kept(layer: &Layer, map: &[i64], needed: &[u64], patches: u64, least: u64) -> (u64, u64) {
    let windows: Vec<u64> = (0..layer.windows()).collect();
    let groups = windows.chunks(patches as usize);
    let count = groups.len() as u64;
    let kept = groups.map(|group| {
        let is_kept =
            |step: &&u64| group.iter().any(|window| element(layer, map, *window, **step) != 0);
        least.max(needed.iter().filter(is_kept).count() as u64)
    });
    (kept.sum(), count)
}

/// Element number `step` of patch number `window`; zero in the padding.
fn element(layer: &Layer, map: &[i64], window: u64, step: u64) -> i64 {
    let kernel = layer.kernel;
    let (channel, tap) = (step / (kernel * kernel), step % (kernel * kernel));
    let row = window / layer.window_columns() * layer.stride + tap / kernel;
    let column = window % layer.window_columns() * layer.stride + tap % kernel;
    let inside = |position: u64, size| position.checked_sub(layer.padding).filter(|at| *at < size);
    match (inside(row, layer.height), inside(column, layer.width)) {
        (Some(row), Some(column)) => {
            map[((channel * layer.height + row) * layer.width + column) as usize]
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hwgen_gen::random::Random;

    fn map(layer: &Layer, is_zero: impl Fn(u64, u64, u64) -> bool) -> Vec<i64> {
        let (height, width) = (layer.height, layer.width);
        let position = |index| (index / (height * width), index / width % height, index % width);
        let elements = (0..layer.channels * height * width).map(position);
        elements.map(|(channel, y, x)| i64::from(!is_zero(channel, y, x))).collect()
    }

    #[test]
    fn independent_zeros_leave_what_the_power_law_says() {
        let layer = Layer::same("any", [8, 32], 1, 4);
        let mut random = Random::new(1, 0);
        let zeros = 0.75;
        let values: Vec<_> =
            (0..8 * 32 * 32).map(|_| i64::from(random.within(0, 3) == 0)).collect();
        let counted = count(&layer, &values, &[1; 4 * 8]).expect("the right sizes");
        let model = Sparsity::independent(1.0, zeros);
        for mode in Mode::ALL {
            let (counted, model) = (counted.kept(mode), model.kept(mode));
            assert!((counted - model).abs() < 0.02, "{mode:?}: {counted} for {model}");
        }
    }

    #[test]
    fn zeros_that_lie_together_leave_less() {
        let layer = Layer::same("any", [4, 32], 3, 4);
        let half = map(&layer, |_, y, _| y < 16);
        let counted = count(&layer, &half, &[1; 4 * 36]).expect("the right sizes");
        let model = Sparsity::independent(1.0, 0.5);
        assert!(counted.kept(Mode::Tall) < 0.55 && model.kept(Mode::Tall) > 0.9);
    }

    #[test]
    fn pruned_columns_and_padding_are_not_kept() {
        let layer = Layer::same("any", [1, 4], 3, 4);
        let full = map(&layer, |_, _, _| false);
        let mut weights = [1; 4 * 9];
        weights.iter_mut().skip(4).step_by(9).for_each(|weight| *weight = 0);
        // Four groups of four patches, a row each. The kernel's upper row lies in the padding once,
        // and its lower row once: 3 steps of 9 in 2 of 4 groups.
        let counted = count(&layer, &full, &weights).expect("the right sizes");
        assert_eq!(counted.kept(Mode::Tall), (4.0 * 8.0 - 6.0) / 36.0);
        assert_eq!(counted.kept(Mode::Four), 8.0 / 9.0);
        // 100 of 144 taps lie in the map, 16 of them at the pruned centre.
        assert_eq!((counted.columns, counted.multiplications), (8.0 / 9.0, 84.0 / 144.0));
    }

    #[test]
    fn what_does_not_belong_to_the_layer_is_refused() {
        let layer = Layer::same("conv1", [1, 4], 3, 4);
        let error = count(&layer, &[0; 15], &[1; 36]).expect_err("too short");
        assert_eq!(error.to_string(), "layer conv1: 15 elements in the map, accepted: 16");
        assert!(count(&layer, &[0; 16], &[1; 35]).is_err());
    }

    #[test]
    fn windows_lie_a_stride_apart() {
        let layer = Layer::same("any", [1, 4], 2, 1).stride(2).padding(0);
        let one = map(&layer, |_, y, x| (y, x) != (3, 2));
        let counted = count(&layer, &one, &[1; 4]).expect("the right sizes");
        assert_eq!((counted.kept(Mode::Tall), counted.multiplications), (0.25, 1.0 / 16.0));
    }

    #[test]
    fn groups_are_pruned_on_their_own() {
        let layer = Layer::same("any", [4, 4], 1, 4).groups(2);
        let weights = [1, 0, 1, 0, 0, 0, 0, 3];
        assert_eq!(columns(&layer, &weights), [0, 3]);
        let map = map(&layer, |channel, _, _| channel == 3);
        let counted = count(&layer, &map, &weights).expect("the right sizes");
        assert_eq!((counted.columns, counted.kept(Mode::Tall)), (0.5, 0.25));
    }
}
