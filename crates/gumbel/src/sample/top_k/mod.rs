//! The first k of a sample without replacement, in one pass.
//!
//! Classes are compared by l_i + tau g_i, and this sum is not rounded. So the law depends only on differences of
//! logits, whatever their size, and a part of a row can be drawn without the largest logit of the row.
//!
//! A class can be among the k only if its z is above t, that of the k-th so far. Since E = -ln(1 - v) >= v, this
//! requires v < e^(l - t), so most classes are skipped without a logarithm. (The exponential jumps
//! of Efraimidis and Spirakis would skip their random numbers too. But then the noise of a class would depend on
//! the classes before it, and shards could not be merged.)

mod merge;
mod picks;
mod search;

pub use picks::{Pick, TopK};

use alloc::vec;
use alloc::vec::Vec;

use super::categorical::{Categorical, Gathered, Row, Scratch};
use crate::check;
use crate::error::{Error, Result};
use crate::key::Key;
use crate::parallel;
use crate::real::Real;

/// Draws `k` classes from one row of logits without replacement, in the order of inclusion.
///
/// ```text
/// perturbed logit   z_i = l_i / tau + g_i        (Gumbel-top-k)
/// equivalently      E_i / w_i, w_i = e^l_i       (exponential clocks: the first k to ring)
/// P(i_1, .., i_k) = prod_j  w_(i_j) / (W - w_(i_1) - .. - w_(i_(j-1)))        W the sum of all w
/// ```
///
/// The k largest z in falling order are a draw of k classes one after the other, each with probability in proportion
/// to its weight among the classes that are left. The sample is exact, and a class of -inf is never drawn. The result
/// is that of [`Categorical::top_k`] on [`Categorical::from_logits`], with all logits in one row.
///
/// Efraimidis and Spirakis, "Weighted random sampling with a reservoir", Inf. Proc. Letters 97 (2006); Kool, van
/// Hoof and Welling, "Stochastic beams and where to find them", arXiv 1903.06059 (2019), appendix A.
///
/// # Errors
/// As [`Categorical::from_logits`] and [`Categorical::top_k`].
///
/// ```
/// use gumbel::{Key, gumbel_max, top_k};
/// let logits = [0.0_f32, 1.0, 2.0, f32::NEG_INFINITY];
/// let top = top_k(&logits, 3, Key::new(7))?;
/// let mut indices = top.indices();
/// // The first is the draw of Gumbel-max; the class of -inf is never drawn.
/// assert_eq!(indices[0], gumbel_max(&logits, 4, Key::new(7))?[0] as u64);
/// indices.sort();
/// assert_eq!(indices, [0, 1, 2]);
/// # Ok::<(), gumbel::Error>(())
/// ```
#[doc(alias = "multinomial")]
pub fn top_k<T: Real>(logits: &[T], k: usize, key: Key) -> Result<TopK> {
    Categorical::from_logits(logits, logits.len())?.top_k(k, key)
}

impl<T: Real> Categorical<'_, T> {
    /// Draws `k` classes from one row without replacement, in the order of inclusion: see
    /// [`top_k`](crate::top_k) for the law.
    ///
    /// The noise of class i is the Gumbel noise of element i of `key`. There is one pass, with memory for 2k picks
    /// of 40 bytes (at least k + 64, at most the classes), of which the result keeps its own; on several threads for 3k
    /// picks on each. For probabilities, whose sum is checked, there are two passes.
    ///
    /// For logits without a temperature, the first pick is the draw of [`Categorical::gumbel_max`] with the same key,
    /// except in rows in which the two largest perturbed logits are closer than the rounding of `gumbel_max`. In
    /// `f32` this exception was seen in 2 of 4 10^7 rows of 10 classes; it is more frequent in wide rows, whose
    /// winners are larger numbers.
    ///
    /// # Errors
    /// k = 0; more or less than one row; values that the constructor does not allow; fewer than k
    /// possible classes; a pick whose logit over the temperature is beyond the range of `f64`.
    ///
    /// ```
    /// use gumbel::{Categorical, Key};
    /// // Rows of a table by weight, in two shards.
    /// let weights: Vec<f32> = (0..1000).map(|i| i as f32).collect();
    /// let whole = Categorical::from_weights(&weights, 1000)?.top_k(10, Key::new(7))?;
    /// let [a, b] = [&weights[..300], &weights[300..]];
    /// let a = Categorical::from_weights(a, a.len())?.top_k_shard(0, 10, Key::new(7))?;
    /// let b = Categorical::from_weights(b, b.len())?.top_k_shard(300, 10, Key::new(7))?;
    /// assert_eq!(b.merge(a)?, whole);
    /// # Ok::<(), gumbel::Error>(())
    /// ```
    pub fn top_k(&self, k: usize, key: Key) -> Result<TopK> {
        self.only_row()?.top_k_of_whole(k, key)
    }

    /// Draws `k` classes from each row without replacement, with one key for each row: the sample of a row equals
    /// [`Categorical::top_k`] with this key and only this row.
    ///
    /// Each sample keeps the memory of its search, 2k picks of 40 bytes (at least k + 64, at most the classes). The
    /// other memory is 160 bytes for each row; along an axis that is not the last also a copy of one row on each
    /// thread.
    ///
    /// # Errors
    /// As [`Categorical::top_k`], for any number of rows; a number of keys other than the number of rows.
    ///
    /// ```
    /// use gumbel::{Categorical, Key, top_k};
    /// let logits = [0.0_f32, 1.0, 2.0, 3.0, 4.0, 5.0];
    /// let keys = [Key::new(1), Key::new(2)];
    /// let drawn = Categorical::from_logits(&logits, 3)?.top_k_rows(2, &keys)?;
    /// assert_eq!(drawn[1], top_k(&logits[3..], 2, keys[1])?);
    /// # Ok::<(), gumbel::Error>(())
    /// ```
    pub fn top_k_rows(&self, k: usize, keys: &[Key]) -> Result<Vec<TopK>> {
        check::length("keys", keys.len(), self.rows())?;
        check_k(k)?;
        let mut rows = vec![Ok(TopK { k, picks: Vec::new() }); self.rows()];
        parallel::for_pieces(&mut rows, self.classes(), |first, rows| {
            let mut gathered = Gathered::default();
            for (i, row) in rows.iter_mut().enumerate() {
                *row = self.row(first + i, &mut gathered).top_k_of_whole(k, keys[first + i]);
            }
        });
        rows.into_iter().collect()
    }

    /// Draws from a part of a row, which starts with class `first_class` of the row: `k` picks, or fewer if the part
    /// has fewer possible classes. [`TopK::merge`] joins the samples of the parts to the sample of the whole row, to
    /// the bit.
    ///
    /// # Errors
    /// As [`Categorical::top_k`], except for the number of classes; a part that ends beyond class 2^64.
    pub fn top_k_shard(&self, first_class: u64, k: usize, key: Key) -> Result<TopK> {
        self.only_row()?.top_k_of_shard(first_class, k, key)
    }
}

fn check_k(k: usize) -> Result<()> {
    if k > 0 {
        return Ok(());
    }
    Err(Error::Integer { argument: "k", expected: "at least 1", found: 0 })
}

impl<T: Real> Row<'_, T> {
    fn top_k_of_whole(&self, k: usize, key: Key) -> Result<TopK> {
        let top = self.top_k_of_shard(0, k, key)?;
        if top.picks.len() < k {
            let found = top.picks.len();
            return Err(Error::TooFew { argument: "possible classes", least: k, found });
        }
        Ok(top)
    }

    fn top_k_of_shard(&self, first_class: u64, k: usize, key: Key) -> Result<TopK> {
        check_k(k)?;
        if first_class.checked_add(self.classes() as u64).is_none() {
            let (argument, found) = ("first_class", first_class.into());
            return Err(Error::Integer { argument, expected: "indices below 2^64", found });
        }
        if self.kind.normalised() {
            self.check_normalised(&mut Scratch::new())?;
        }
        let parts = parallel_parts(self.classes(), k);
        let top = self.top_k(0..self.classes(), first_class, k, key, parts)?;
        // A logit over a small temperature may be beyond the range of `f64`.
        match top.picks.iter().find(|pick| !pick.logit.is_finite()) {
            None => Ok(top),
            Some(pick) => {
                let (argument, expected) = ("logits / tau", "a finite number");
                Err(Error::Parameter { argument, expected, found: pick.logit })
            }
        }
    }
}

/// The number of parts of a row to read in parallel. Each starts with an empty list, so parts are long.
fn parallel_parts(classes: usize, k: usize) -> usize {
    match classes / k.saturating_mul(64).max(1 << 17) {
        // The pool is not asked for its threads: the question would start it.
        0 | 1 => 1,
        parts => parallel::threads().min(parts),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::noise;

    fn logits(n: usize) -> Vec<f32> {
        let mut l = vec![0.0; n];
        noise::logistic_into(Key::new(1), 0, &mut l);
        l[n / 2] = f32::NEG_INFINITY;
        l
    }

    /// The k largest of all perturbed logits, by sorting.
    fn by_sorting(z: impl Iterator<Item = f64>, k: usize) -> Vec<(u64, f64)> {
        let mut z: Vec<(u64, f64)> = (0..).zip(z).collect();
        z.sort_by(|a, b| b.1.total_cmp(&a.1));
        z.truncate(k);
        z
    }

    #[test]
    fn equals_a_full_sort() {
        let l = logits(20_000);
        let mut g = vec![0.0_f32; l.len()];
        noise::gumbel_into(Key::new(2), 0, &mut g);
        let weights: Vec<f32> = l.iter().map(|l| l.exp()).collect();
        let perturbed =
            |tau: f64| l.iter().zip(&g).map(move |(&l, &g)| f64::from(l) / tau + f64::from(g));
        for k in [1, 2, 64, 1000, 19_999] {
            let sums = l.iter().zip(&g).map(|(&l, &g)| f64::from(l) + f64::from(g));
            let expected = by_sorting(sums, k);
            let top = top_k(&l, k, Key::new(2)).unwrap();
            let found: Vec<_> = top.picks().iter().map(|p| (p.index, p.perturbed)).collect();
            assert_eq!(found, expected);
            let from_weights = Categorical::from_weights(&weights, l.len()).unwrap();
            let found = from_weights.top_k(k, Key::new(2)).unwrap().indices();
            // ln w differs from l by rounding, which may swap neighbours.
            let same = found.iter().zip(&expected).filter(|(a, b)| **a == b.0).count();
            assert!(same as f64 >= 0.99 * k as f64, "{same} of {k}");
            let tau = 0.5;
            let cold = Categorical::from_logits(&l, l.len()).unwrap().temperature(tau).unwrap();
            let found = cold.top_k(k, Key::new(2)).unwrap().indices();
            let expected: Vec<u64> =
                by_sorting(perturbed(tau), k).into_iter().map(|(i, _)| i).collect();
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn shards_cut_anywhere_make_the_whole_to_the_bit() {
        let l = logits(10_000);
        let whole = top_k(&l, 100, Key::new(3)).unwrap();
        for cuts in [[1, 2, 3], [63, 64, 65], [50, 5_000, 9_999]] {
            let starts = [0, cuts[0], cuts[1], cuts[2]];
            let ends = [cuts[0], cuts[1], cuts[2], l.len()];
            let mut merged: Option<TopK> = None;
            for (start, end) in starts.into_iter().zip(ends).rev() {
                let row = Categorical::from_logits(&l[start..end], end - start).unwrap();
                let part = row.top_k_shard(start as u64, 100, Key::new(3)).unwrap();
                merged = Some(match merged {
                    None => part,
                    Some(merged) => merged.merge(part).unwrap(),
                });
            }
            assert_eq!(merged.unwrap(), whole);
        }
        // The indices of a shard go beyond 32 bits.
        let far = Categorical::from_logits(&l, l.len()).unwrap();
        let far = far.top_k_shard(1 << 40, 5, Key::new(3)).unwrap();
        assert!(far.indices().iter().all(|i| (1 << 40..(1 << 40) + 10_000).contains(i)));
    }

    /// Classes are skipped once the list is full. In shards of 64 classes no list of 64 is ever full.
    fn assert_nothing_is_lost(row: &dyn Fn(std::ops::Range<usize>) -> TopK, n: usize) {
        let mut merged = row(0..64.min(n));
        for start in (64..n).step_by(64) {
            merged = merged.merge(row(start..n.min(start + 64))).unwrap();
        }
        assert_eq!(row(0..n), merged);
    }

    fn check_skipping<T: Real>(scale: f64, logit_scale: f64) {
        let n = 20_000;
        let mut g = vec![0.0_f64; n];
        noise::logistic_into(Key::new(5), 0, &mut g);
        let l: Vec<T> = g.iter().map(|&g| T::from_f64(logit_scale * g)).collect();
        let mut w: Vec<T> = g.iter().map(|&g| T::from_f64(scale * g.exp())).collect();
        w.iter_mut().step_by(11).for_each(|w| *w = T::default());
        let mask: Vec<bool> = (0..n).map(|i| i % 3 > 0).collect();
        for tau in [1.0, 1e-40, 0.02, 0.5, 7.0, 1e29, 1e40] {
            for masked in [false, true] {
                for weights in [false, true] {
                    let row = |at: std::ops::Range<usize>| {
                        let k = at.len();
                        let row = match weights {
                            true => Categorical::from_weights(&w[at.clone()], k),
                            false => Categorical::from_logits(&l[at.clone()], k),
                        };
                        let row = row.unwrap().temperature(tau).unwrap();
                        let row = if masked { row.mask(&mask[at.clone()]).unwrap() } else { row };
                        row.top_k_shard(at.start as u64, 64, Key::new(6)).unwrap()
                    };
                    assert_nothing_is_lost(&row, n);
                }
            }
        }
    }

    #[test]
    fn skipping_loses_no_pick_of_any_type_temperature_and_mask() {
        check_skipping::<f32>(1.0, 1.0);
        check_skipping::<f64>(1.0, 1.0);
        // Weights that are subnormal in `f32`, and weights and logits beyond its range.
        check_skipping::<f32>(1e-42, 1e37);
        check_skipping::<f64>(1e-300, 1e39);
        check_skipping::<f64>(1e-320, 1e250);
        check_skipping::<f64>(1e290, 1e-200);
    }

    #[test]
    fn a_mask_drops_columns() {
        let l = logits(1000);
        let mask: Vec<bool> = (0..1000).map(|i| i % 3 == 0).collect();
        let masked: Vec<f32> =
            (0..1000).map(|i| if mask[i] { l[i] } else { f32::NEG_INFINITY }).collect();
        let row = Categorical::from_logits(&l, 1000).unwrap().mask(&mask).unwrap();
        assert_eq!(row.top_k(50, Key::new(4)), top_k(&masked, 50, Key::new(4)));
        let error = row.top_k(400, Key::new(4)).unwrap_err();
        assert_eq!(error.to_string(), "possible classes: expected at least 400 values, found 334");
    }

    #[test]
    fn bad_input() {
        assert!(matches!(
            top_k(&[0.0_f32], 0, Key::new(1)),
            Err(Error::Integer { argument: "k", .. })
        ));
        assert!(matches!(top_k(&[0.0_f32], 2, Key::new(1)), Err(Error::TooFew { found: 1, .. })));
        let mut l = logits(1000);
        l[900] = f32::NAN;
        let error = top_k(&l, 3, Key::new(1));
        assert!(matches!(error, Err(Error::Value { argument: "logits", index: 900, .. })));
    }
}
