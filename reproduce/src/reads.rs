//! How often an IM2COL unit reads the input map from its memory.
//!
//! With `K` the kernel, `S < K` the stride and `E` windows per row and column, one channel takes
//!
//! ```text
//! naive            E E K K                       every patch anew
//! horizontal only  E (K K + (E - 1) K S)         the left neighbour's columns are reused
//! once             ((E - 1) S + K)^2             the rows above are reused too
//! ```
//!
//! With `S >= K` no windows overlap and all three are `E E K K`.

use crate::layer::Layer;

/// How much of what was read before is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reuse {
    /// Nothing: every patch is read anew.
    None,
    /// What a window shares with its left neighbour.
    Horizontal,
    /// That, and what it shares with the window above.
    Full,
}

/// Elements of all channels that one layer reads, padding included, in all repetitions.
pub fn padded(layer: &Layer, reuse: Reuse) -> u64 {
    let rows = touched(layer, layer.window_rows(), reuse == Reuse::Full);
    let columns = touched(layer, layer.window_columns(), reuse != Reuse::None);
    layer.repetitions * layer.channels * rows * columns
}

/// Rows or columns that `windows` in a line touch: each time anew, or once each.
fn touched(layer: &Layer, windows: u64, once: bool) -> u64 {
    if once {
        let step = layer.stride.min(layer.kernel);
        (windows - 1) * step + layer.kernel
    } else {
        windows * layer.kernel
    }
}

/// Elements that one layer reads from memory if padding is made up on the spot.
pub fn unpadded(layer: &Layer, reuse: Reuse) -> u64 {
    let rows = inside(layer, layer.window_rows(), layer.height, reuse == Reuse::Full);
    let columns = inside(layer, layer.window_columns(), layer.width, reuse != Reuse::None);
    layer.repetitions * layer.channels * rows * columns
}

/// Like [`touched`], but only what lies within the `size` elements of the map.
fn inside(layer: &Layer, windows: u64, size: u64, once: bool) -> u64 {
    let starts = (0..windows).map(|window| window * layer.stride);
    let fresh =
        |start| if once && start > 0 { layer.kernel.min(layer.stride) } else { layer.kernel };
    let elements = starts.flat_map(|start| {
        let end = start + layer.kernel;
        end - fresh(start)..end
    });
    let map = layer.padding..layer.padding + size;
    elements.filter(|element| map.contains(element)).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::networks;

    fn totals(reads: fn(&Layer, Reuse) -> u64) -> Vec<[u64; 3]> {
        let reuses = [Reuse::None, Reuse::Horizontal, Reuse::Full];
        let networks = networks::all();
        let total =
            |network: &crate::Network| reuses.map(|reuse| network.sum(|layer| reads(layer, reuse)));
        networks.iter().map(total).collect()
    }

    #[test]
    fn whole_networks_read_what_was_derived_independently() {
        assert_eq!(
            totals(padded),
            [
                [4_405_179, 1_412_805, 477_243],
                [81_736_704, 28_023_744, 9_615_500],
                [12_107_312, 6_556_704, 4_793_147],
                [20_760_320, 11_519_984, 8_279_435],
            ]
        );
    }

    #[test]
    fn without_padding_every_element_is_read_once_at_most() {
        for network in networks::all() {
            for layer in &network.layers {
                let map = layer.repetitions * layer.channels * layer.height * layer.width;
                assert!(unpadded(layer, Reuse::Full) <= map, "{}", layer.name);
                assert!(unpadded(layer, Reuse::None) <= padded(layer, Reuse::None));
            }
        }
        let vgg = &networks::all()[1];
        let maps = vgg.sum(|layer| layer.channels * layer.height * layer.width);
        assert_eq!(vgg.sum(|layer| unpadded(layer, Reuse::Full)), maps);
    }
}
