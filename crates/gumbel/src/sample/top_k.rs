//! The first k of a sample without replacement, in one pass.
//!
//! ```text
//! perturbed logit   z_i = l_i + g_i              (Gumbel-top-k)
//! equivalently      E_i / w_i, w_i = e^l_i       (exponential clocks: the first k to ring)
//! P(i_1, .., i_k) = prod_j  w_(i_j) / (W - w_(i_1) - .. - w_(i_(j-1)))
//! ```
//!
//! The k largest z in falling order are a draw of k classes one after the other, each with probability
//! in proportion to its weight among those that are left. Efraimidis and Spirakis, "Weighted random
//! sampling with a reservoir", Inf. Proc. Letters 97 (2006); Kool, van Hoof and Welling, "Stochastic
//! beams and where to find them", arXiv 1903.06059 (2019), appendix A.
//!
//! A class can be among the k only if its z is above the k-th so far, t. Since E = -ln(1 - v) >= v, that
//! needs v < e^(l - t), so most classes are passed over without a logarithm. (The exponential jumps
//! of Efraimidis and Spirakis would skip their random numbers too; but then the noise of a class depends on
//! the classes before it, and shards could not be merged.)

use alloc::vec::Vec;
use core::ops::Range;

use super::categorical::Categorical;
use super::row::Row;
use crate::error::{Error, Result};
use crate::key::{GROUP, Key};
use crate::math;
use crate::noise::Law;
use crate::real::Real;
use crate::simd::{
    self,
    block::{self, Seek},
};

/// The rounded noise may be this much above the exact one (45 has an ulp of 4e-6 in `f32`).
const SLACK: f64 = 1e-4;
const TWO_NEG_32: f64 = 1.0 / 4_294_967_296.0;

/// One class of a sample without replacement.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pick {
    /// The class: its index in the row, the global one for a shard.
    pub index: u64,
    /// Its logit over the temperature, l / tau; of a weight the logarithm.
    pub logit: f64,
    /// Its perturbed logit, l / tau + g: what picks are ordered and merged by.
    pub perturbed: f64,
}

impl Eq for Pick {}

impl PartialOrd for Pick {
    fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// The better pick is the smaller one: a larger perturbed logit, or an equal one of a smaller index.
impl Ord for Pick {
    fn cmp(&self, other: &Self) -> core::cmp::Ordering {
        other.perturbed.total_cmp(&self.perturbed).then(self.index.cmp(&other.index))
    }
}

/// A sample without replacement: at most k picks, in the order in which they were included.
///
/// See [`top_k`] and [`Categorical::top_k`]; for parts of a row [`Categorical::top_k_shard`] and
/// [`TopK::merge`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopK {
    k: usize,
    picks: Vec<Pick>,
}

/// Draws `k` classes from one row of logits without replacement: `Categorical::from_logits` and
/// [`Categorical::top_k`].
///
/// # Errors
/// As there.
///
/// ```
/// use gumbel::{Key, gumbel_max, top_k};
/// let logits = [0.0_f32, 1.0, 2.0, f32::NEG_INFINITY];
/// let top = top_k(&logits, 3, Key::new(7))?;
/// let mut indices = top.indices();
/// // The first is the draw of Gumbel-max; the masked class never comes.
/// assert_eq!(indices[0], gumbel_max(&logits, 4, Key::new(7))?[0] as u64);
/// indices.sort();
/// assert_eq!(indices, [0, 1, 2]);
/// # Ok::<(), gumbel::Error>(())
/// ```
pub fn top_k<T: Real>(logits: &[T], k: usize, key: Key) -> Result<TopK> {
    Categorical::from_logits(logits, logits.len())?.top_k(k, key)
}

impl<T: Real> Categorical<'_, T> {
    /// Draws `k` classes from one row without replacement, in the order of inclusion.
    ///
    /// The noise of class i is the Gumbel noise of element i of `key`. One pass, with room for 2k picks
    /// of 24 bytes (on each thread). For probabilities, whose sum is checked, there are two.
    ///
    /// # Errors
    /// k = 0; more or less than one row; values that the constructor does not allow; fewer than k
    /// classes that can come.
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
        let top = self.top_k_shard(0, k, key)?;
        if top.picks.len() < k {
            let found = top.picks.len();
            return Err(Error::TooFew { argument: "classes that can come", least: k, found });
        }
        Ok(top)
    }

    /// The same for a part of a row that starts with class `first_class` of the whole: at most `k` picks,
    /// fewer if the part has no more. [`TopK::merge`] makes the whole of the parts, to the bit.
    ///
    /// # Errors
    /// As [`Categorical::top_k`], but for the number of classes.
    pub fn top_k_shard(&self, first_class: u64, k: usize, key: Key) -> Result<TopK> {
        if k == 0 {
            return Err(Error::Integer { argument: "k", expected: "at least 1", found: 0 });
        }
        let row = self.only_row()?;
        if first_class.checked_add(row.classes() as u64).is_none() {
            let (argument, found) = ("first_class", first_class.into());
            return Err(Error::Integer { argument, expected: "indices below 2^64", found });
        }
        if row.kind.normalised() {
            row.check_normalised()?;
        }
        row.top_k(0..row.classes(), first_class, k, key, parts(row.classes(), k))
    }
}

/// In how many parts the row is worth to be read at once: each starts with an empty list.
fn parts(classes: usize, k: usize) -> usize {
    #[cfg(feature = "rayon")]
    let threads = rayon::current_num_threads();
    #[cfg(not(feature = "rayon"))]
    let threads = 1;
    threads.min(classes / k.saturating_mul(64).max(1 << 17)).max(1)
}

impl TopK {
    /// The number of picks asked for.
    pub fn k(&self) -> usize {
        self.k
    }

    /// The picks, in order of inclusion: perturbed logits fall.
    pub fn picks(&self) -> &[Pick] {
        &self.picks
    }

    /// The indices of the picks, in order of inclusion.
    pub fn indices(&self) -> Vec<u64> {
        self.picks.iter().map(|pick| pick.index).collect()
    }

    /// The sample of two parts of one row together. Order does not matter, nor where they were cut.
    ///
    /// # Errors
    /// Different k; a class that is in both.
    pub fn merge(self, other: Self) -> Result<Self> {
        if self.k != other.k {
            return Err(Error::Length { argument: "k", expected: self.k, found: other.k });
        }
        let k = self.k;
        let mut picks = [self.picks, other.picks].concat();
        picks.sort_unstable();
        if let Some(pair) = picks.windows(2).find(|pair| pair[0].index == pair[1].index) {
            return Err(Error::Integer {
                argument: "merge",
                expected: "parts without a class in common",
                found: pair[0].index.into(),
            });
        }
        picks.truncate(k);
        Ok(Self { k, picks })
    }

    /// ln P(i_j | i_1 .. i_(j-1)) of each pick: its weight among the classes then left. Their sum is
    /// the log-probability of the ordered sample.
    ///
    /// `ln_sum` is ln of the sum of all weights of the whole row, as [`Categorical::ln_sum`] gives it.
    /// What is left is found by subtraction, but never below what the later picks weigh: where
    /// the earlier picks have all but 2^-n of the weight, about 52 - n bits are right.
    ///
    /// ```
    /// use gumbel::{Categorical, Key};
    /// let weights = [1.0_f64, 1.0, 2.0];
    /// let row = Categorical::from_weights(&weights, 3)?;
    /// let (top, ln_sum) = (row.top_k(3, Key::new(7))?, row.ln_sum()?[0]);
    /// let p: Vec<f64> = top.log_probabilities(ln_sum).iter().map(|l| l.exp()).collect();
    /// assert!((p[0] - weights[top.indices()[0] as usize] / 4.0).abs() < 1e-14);
    /// assert!((p[2] - 1.0).abs() < 1e-14); // the last is certain
    /// # Ok::<(), gumbel::Error>(())
    /// ```
    pub fn log_probabilities(&self, ln_sum: f64) -> Vec<f64> {
        let shares = || self.picks.iter().map(|pick| math::exp((pick.logit - ln_sum).min(0.0)));
        let mut later: Vec<f64> = shares().collect();
        for i in (1..later.len()).rev() {
            later[i - 1] += later[i];
        }
        let mut left = 1.0_f64;
        let each = self.picks.iter().zip(shares()).zip(&later);
        each.map(|((pick, share), &later)| {
            let rest = left.max(later);
            left -= share;
            (pick.logit - ln_sum - crate::math::ln_positive(rest)).min(0.0)
        })
        .collect()
    }
}

/// The k best so far, among up to 2k: when there is no room, the worse half goes. A candidate so costs a
/// constant, where a heap would take ln k steps.
struct Best {
    k: usize,
    room: usize,
    picks: Vec<Pick>,
    /// The perturbed logit t of the k-th when last looked at, and e^t a little lowered; -inf and 0 while
    /// there were fewer.
    threshold: f64,
    unit: f64,
}

impl Best {
    fn new(k: usize, classes: usize) -> Self {
        let room = k.saturating_mul(2).max(k.saturating_add(GROUP)).min(classes.max(1));
        Self { k, room, picks: Vec::with_capacity(room), threshold: f64::NEG_INFINITY, unit: 0.0 }
    }

    fn offer(&mut self, pick: Pick) {
        self.picks.push(pick);
        if self.picks.len() >= self.room && self.picks.len() > self.k {
            self.picks.select_nth_unstable(self.k - 1);
            self.picks.truncate(self.k);
            self.threshold = self.picks[self.k - 1].perturbed;
            self.unit = math::exp((self.threshold - SLACK).min(700.0));
        }
    }

    fn finish(mut self) -> TopK {
        self.picks.sort_unstable();
        self.picks.truncate(self.k);
        TopK { k: self.k, picks: self.picks }
    }
}

impl<T: Real> Row<'_, T> {
    /// The best of the classes `range`; class 0 of the row is element `first` of `key`.
    fn top_k(
        &self,
        range: Range<usize>,
        first: u64,
        k: usize,
        key: Key,
        parts: usize,
    ) -> Result<TopK> {
        #[cfg(feature = "rayon")]
        if parts > 1 {
            let middle = range.start + range.len() / parts * (parts / 2);
            let part = |range, parts| self.top_k(range, first, k, key, parts);
            let (a, b) = rayon::join(
                || part(range.start..middle, parts / 2),
                || part(middle..range.end, parts - parts / 2),
            );
            return a?.merge(b?);
        }
        debug_assert_eq!(parts, 1);
        let mut best = Best::new(k, range.len());
        let mut at = range.start;
        while at < range.end {
            let mut index = first.wrapping_add(at as u64);
            if index.is_multiple_of(GROUP as u64) && best.threshold > f64::NEG_INFINITY {
                let skipped = self.hopeless(at..range.end, index, key, best.threshold);
                at += skipped;
                index = index.wrapping_add(skipped as u64);
                if at == range.end {
                    break;
                }
            }
            let skip = (index % GROUP as u64) as usize;
            let end = (at + GROUP - skip).min(range.end);
            self.offer(at..end, index, key, &mut best)?;
            at = end;
        }
        Ok(best.finish())
    }

    /// How many of the classes `at` to begin with, element `index` of `key` the first, a multiple of 64, cannot be
    /// above the threshold: a number of whole groups. (0 is always right.)
    fn hopeless(&self, at: Range<usize>, index: u64, key: Key, threshold: f64) -> usize {
        let (Some(values), None) = (T::as_f32(self.values), self.mask) else { return 0 };
        let t = threshold - SLACK;
        let seek = match (self.kind.linear(), self.tau == 1.0) {
            (true, false) => return 0,
            // Rounded down, so that rounding lets more in.
            (true, true) => {
                Seek::Weights { scale: (math::exp(t.min(88.0)) as f32).next_down().max(0.0) }
            }
            (false, _) => {
                let threshold = ((t * self.tau) as f32).next_down();
                if !threshold.is_finite() {
                    return 0;
                }
                Seek::Logits { threshold, decay: self.decay }
            }
        };
        GROUP * block::seek(simd::level(), seek, key, index / GROUP as u64, &values[at])
    }

    /// Offers the classes `at`, elements `index ..` of `key`, all in one group.
    fn offer(&self, at: Range<usize>, index: u64, key: Key, best: &mut Best) -> Result<()> {
        self.check(at.clone())?;
        let noise = &mut [T::default(); GROUP][..at.len()];
        Law::Gumbel.fill(key, index, noise);
        // Of a weight the logarithm is taken if it may enter: w >= v e^t, with v at least the word 2^-32.
        let words = if self.light() { key.group(index / GROUP as u64) } else { [0; GROUP] };
        let words = &words[(index % GROUP as u64) as usize..];
        for (place, class) in at.enumerate() {
            if self.light()
                && self.values[class].to_f64() < f64::from(words[place]) * TWO_NEG_32 * best.unit
            {
                continue;
            }
            let logit = self.logit(class);
            let perturbed = self.perturbed(logit, noise[place]);
            if perturbed < best.threshold || logit == f64::NEG_INFINITY {
                continue;
            }
            let logit = logit / self.tau;
            if perturbed == f64::INFINITY {
                let (argument, expected) = ("logits / tau", "a finite number");
                return Err(Error::Parameter { argument, expected, found: logit });
            }
            best.offer(Pick { index: index + place as u64, logit, perturbed });
        }
        Ok(())
    }

    /// Whether the numbers are the weights themselves.
    #[inline(always)]
    fn light(&self) -> bool {
        self.kind.linear() && self.tau == 1.0
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

    /// Everything perturbed and sorted.
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
            let sums = l.iter().zip(&g).map(|(l, g)| f64::from(l + g));
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

    #[test]
    fn a_mask_drops_columns() {
        let l = logits(1000);
        let mask: Vec<bool> = (0..1000).map(|i| i % 3 == 0).collect();
        let masked: Vec<f32> =
            (0..1000).map(|i| if mask[i] { l[i] } else { f32::NEG_INFINITY }).collect();
        let row = Categorical::from_logits(&l, 1000).unwrap().mask(&mask).unwrap();
        assert_eq!(row.top_k(50, Key::new(4)), top_k(&masked, 50, Key::new(4)));
        let error = row.top_k(400, Key::new(4)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "classes that can come: expected at least 400 values, found 334"
        );
    }

    #[test]
    fn log_probabilities_of_an_order() {
        let w = [5.0_f64, 1.0, 2.0, 1e-9];
        let row = Categorical::from_weights(&w, 4).unwrap();
        for seed in 0..50 {
            let top = row.top_k(4, Key::new(seed)).unwrap();
            let mut left: Vec<f64> = w.to_vec();
            let found = top.log_probabilities(row.ln_sum().unwrap()[0]);
            for (pick, found) in top.picks().iter().zip(found) {
                let rest: f64 = left.iter().sum();
                let i = pick.index as usize;
                // 2^-53 of the whole weight, where 1e-9 / 8 of it is left.
                assert!((found - (w[i] / rest).ln()).abs() < 1e-5, "{found}");
                left[i] = 0.0;
            }
        }
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
        let one = top_k(&[0.0_f32; 3], 2, Key::new(1)).unwrap();
        assert!(one.clone().merge(one.clone()).is_err());
        assert!(one.merge(top_k(&[0.0_f32; 3], 1, Key::new(1)).unwrap()).is_err());
    }
}
