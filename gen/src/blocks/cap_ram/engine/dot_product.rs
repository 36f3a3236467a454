//! Dot products of stored bits and inputs, as an ideal macro has them: counted.

use multiversion::multiversion;

/// Sum over columns of bit times input, for every word.
#[multiversion(targets("x86_64+avx2+popcnt"))]
pub(super) fn dot_products(words: &[u128], nibble: [u128; 4], products: &mut [i32]) {
    for (product, &word) in products.iter_mut().zip(words) {
        *product = 0;
        for (bit, plane) in nibble.into_iter().enumerate() {
            *product += ((word & plane).count_ones() << bit) as i32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    fn word(random: &mut Random) -> u128 {
        u128::from(random.bits()) << 64 | u128::from(random.bits())
    }

    #[test]
    fn bits_are_counted() {
        let mut random = Random::new(1, 0);
        for _ in 0..1000 {
            let nibble = [0; 4].map(|_| word(&mut random) | word(&mut random));
            let bits = word(&mut random) | word(&mut random) | word(&mut random);
            let input = |column: u32| {
                let planes = nibble.iter().enumerate();
                planes.map(|(bit, plane)| (plane >> column & 1) << bit).sum::<u128>()
            };
            let expected: u128 = (0..128).map(|column| (bits >> column & 1) * input(column)).sum();
            let mut products = [0; 2];
            dot_products(&[bits, u128::MAX], nibble, &mut products);
            assert_eq!(products[0], expected as i32);
            assert_eq!(products[1], (0..128).map(|column| input(column) as i32).sum::<i32>());
        }
    }
}
