//! Random orders from a key.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use rand_core::Rng;

use crate::error::{Error, Result};
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

/// Draws k different integers of `0..n` in a random order, in time and memory that grow with k alone.
///
/// ```text
/// the last k places of permutation(key, n), the last first
/// ```
///
/// Each sequence of k different integers is equally likely. With k = n it is the whole order, backwards. Memory:
/// about 64 bytes for each of the k integers.
///
/// # Errors
/// More integers than there are.
///
/// ```
/// use gumbel::{Key, sample::distinct};
///
/// // Three rows of a table that has more rows than fit into memory.
/// let rows = distinct(Key::new(7), 1 << 50, 3)?;
/// assert!(rows[0] != rows[1] && rows[1] != rows[2] && rows[0] != rows[2]);
/// assert!(distinct(Key::new(7), 2, 3).is_err());
/// # Ok::<(), gumbel::Error>(())
/// ```
///
/// Durstenfeld (1964), as [`permutation`]; the places that a swap has changed are kept in a map.
pub fn distinct(key: Key, n: u64, k: usize) -> Result<Vec<u64>> {
    if k as u64 > n {
        let expected = "at most as many integers as there are";
        return Err(Error::Parameter { argument: "k", expected, found: k as f64 });
    }
    let mut rng = key.rng();
    // What lies at the places that are not their own number.
    let mut moved = BTreeMap::new();
    let mut drawn = Vec::with_capacity(k);
    for last in (0..n).rev().take(k) {
        // A single place is left without a word, as in `permutation`.
        let j = if last == 0 { 0 } else { below(&mut rng, last + 1) };
        let at_last = moved.remove(&last).unwrap_or(last);
        drawn.push(if j == last { at_last } else { moved.insert(j, at_last).unwrap_or(j) });
    }
    Ok(drawn)
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
    fn different_integers_are_the_end_of_the_whole_order() {
        for n in [0, 1, 2, 3, 10, 100] {
            for draw in 0..20 {
                let key = Key::new(2).fold_in(draw);
                let mut order = permutation(key, n);
                order.reverse();
                for k in [0, 1, n / 2, n] {
                    let drawn = distinct(key, n as u64, k.min(n)).unwrap();
                    assert!(drawn.iter().zip(&order).all(|(&a, &b)| a == b as u64));
                    assert_eq!(drawn.len(), k.min(n));
                }
            }
        }
        assert!(distinct(Key::new(0), 3, 4).is_err());
    }

    #[test]
    fn short_orders() {
        assert!(permutation(Key::new(0), 0).is_empty());
        assert_eq!(permutation(Key::new(0), 1), [0]);
    }
}
