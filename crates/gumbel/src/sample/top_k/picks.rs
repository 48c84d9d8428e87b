//! A sample without replacement: its picks, parts that merge, log-probabilities.
//!
//! ```text
//! the k best of A and B together = the k best of (the k best of A, the k best of B)
//! ```
//!
//! A pick carries what it is ordered by, so that parts of a row can be drawn apart and put together
//! afterwards, to the bit. It is l + tau g, whose sum is not rounded: a part does not know the largest logit of
//! the row, and a rounded sum would be rounded at the size of the logits.

use alloc::vec::Vec;
use core::cmp::Ordering;

use crate::error::{Error, Result};
use crate::math;

/// One class of a sample without replacement.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pick {
    /// The class: its index in the row, the global one for a shard.
    pub index: u64,
    /// Its logit over the temperature, l / tau; of a weight the logarithm.
    pub logit: f64,
    /// Its perturbed logit, (l + tau g) / tau, rounded to `f64`. Picks are ordered and merged by l + tau g
    /// without the rounding: of two picks that show one number here, the order still is that of the law.
    pub perturbed: f64,
    order: [f64; 2],
}

impl Pick {
    /// Of a logit before the temperature.
    #[inline(always)]
    pub(super) fn new(index: u64, logit: f64, tau: f64, order: [f64; 2]) -> Self {
        Self { index, logit: logit / tau, perturbed: order[0] / (tau * factor(tau)), order }
    }

    /// The larger part of what orders.
    pub(super) fn rank(&self) -> f64 {
        self.order[0]
    }
}

/// Above 1e290 numbers are made smaller by 2^-64, so that nothing overflows.
#[inline(always)]
fn factor(tau: f64) -> f64 {
    if tau > 1e290 { 1.0 / 18_446_744_073_709_551_616.0 } else { 1.0 }
}

/// l + tau g as two numbers, the nearest one to the sum and what is missing. tau g is rounded, the sum is not.
///
/// Knuth, The Art of Computer Programming 2, section 4.2.2, theorem B.
#[inline(always)]
pub(super) fn order(logit: f64, tau: f64, noise: f64) -> [f64; 2] {
    let (a, b) = (logit * factor(tau), tau * factor(tau) * noise);
    let sum = a + b;
    let of_b = sum - a;
    [sum, (a - (sum - of_b)) + (b - of_b)]
}

impl Eq for Pick {}

impl PartialOrd for Pick {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The better pick is the smaller one: a larger l + tau g, or an equal one of a smaller index.
impl Ord for Pick {
    fn cmp(&self, other: &Self) -> Ordering {
        let falling = |i: usize| other.order[i].partial_cmp(&self.order[i]);
        // Both parts are finite.
        let order =
            falling(0).unwrap_or(Ordering::Equal).then(falling(1).unwrap_or(Ordering::Equal));
        order.then(self.index.cmp(&other.index))
    }
}

/// A sample without replacement: at most k picks, in the order in which they were included.
///
/// See [`top_k`](crate::top_k) and [`Categorical::top_k`](crate::Categorical::top_k); for parts of a
/// row [`Categorical::top_k_shard`](crate::Categorical::top_k_shard) and [`TopK::merge`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopK {
    pub(super) k: usize,
    pub(super) picks: Vec<Pick>,
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
    ///
    /// ```
    /// use gumbel::{Categorical, Key, top_k};
    /// let (logits, key) = ([0.0_f32, 3.0, 1.0, 2.0, 0.5, 2.5], Key::new(7));
    /// // A shard of four classes and one of two, whose first class is class 4 of the row.
    /// let left = Categorical::from_logits(&logits[..4], 4)?.top_k_shard(0, 3, key)?;
    /// let right = Categorical::from_logits(&logits[4..], 2)?.top_k_shard(4, 3, key)?;
    /// assert_eq!((left.picks().len(), right.picks().len()), (3, 2));
    /// let whole = left.merge(right.clone())?;
    /// assert_eq!(whole.indices(), [2, 1, 5]);
    /// assert_eq!(whole, top_k(&logits, 3, key)?);
    /// assert!(right.clone().merge(right).is_err()); // its classes would come twice
    /// # Ok::<(), gumbel::Error>(())
    /// ```
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
    /// `ln_sum` is ln of the sum of all weights of the whole row, as
    /// [`Categorical::ln_sum`](crate::Categorical::ln_sum) gives it.
    /// What is left is found by subtraction, but never below what the later picks weigh: where
    /// the earlier picks have all but 2^-n of the weight, about 52 - n bits are right. `ln_sum` is a number of
    /// the size of the logits, and is rounded there: beside logits of 2^n, 52 - n bits behind the point are left.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Categorical, Key, top_k};

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
    fn parts_that_do_not_belong_together() {
        let one = top_k(&[0.0_f32; 3], 2, Key::new(1)).unwrap();
        assert!(one.clone().merge(one.clone()).is_err());
        assert!(one.merge(top_k(&[0.0_f32; 3], 1, Key::new(1)).unwrap()).is_err());
    }
}
