//! Random orders from a key.

use alloc::vec::Vec;

use rand_core::Rng;

use crate::{Key, KeyRng};

/// Draws a uniformly random order of `0..n`: the order of the examples of an epoch, say.
///
/// ```text
/// for i = n - 1, ..., 1:   swap order[i] with order[j],   j uniform on 0..=i
/// ```
///
/// The order is a function of the key alone, the same on every machine. Each of the n! orders is equally
/// likely, as far as the 64-bit words of a key can tell them apart. Without elements the order is empty.
///
/// ```
/// use gumbel::{Key, sample::permutation};
///
/// let order = permutation(Key::new(7).fold_in(3), 4);
/// let mut sorted = order.clone();
/// sorted.sort();
/// assert_eq!(sorted, [0, 1, 2, 3]);
/// assert_eq!(order, permutation(Key::new(7).fold_in(3), 4));
/// ```
///
/// Durstenfeld, "Algorithm 235: Random permutation", Communications of the ACM 7 (1964), after Fisher and
/// Yates (1938).
pub fn permutation(key: Key, n: usize) -> Vec<usize> {
    let mut rng = key.rng();
    let mut order: Vec<usize> = (0..n).collect();
    for i in (1..n).rev() {
        order.swap(i, below(&mut rng, i as u64 + 1) as usize);
    }
    order
}

/// A uniform integer below `n`, by rejection: words from the last multiple of `n` on would favour
/// the small results.
fn below(rng: &mut KeyRng, n: u64) -> u64 {
    let limit = u64::MAX - u64::MAX % n;
    loop {
        let word = rng.next_u64();
        if word < limit {
            return word % n;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_order_is_equally_likely() {
        // 6 orders, 6,000 draws: each count has mean 1,000 and standard deviation 28.87. Six of
        // these for each of 6 orders: a false alarm in 1.2e-8 of the keys; this key is fixed.
        let mut counts = [0_i32; 6];
        for draw in 0..6_000 {
            let order = permutation(Key::new(1).fold_in(draw), 3);
            counts[order[0] * 2 + usize::from(order[1] > order[2])] += 1;
        }
        assert!(counts.iter().all(|count| (count - 1_000).abs() < 174), "{counts:?}");
    }

    #[test]
    fn short_orders() {
        assert!(permutation(Key::new(0), 0).is_empty());
        assert_eq!(permutation(Key::new(0), 1), [0]);
    }
}
