//! A sample without replacement: its picks, how parts are merged, and log-probabilities.
//!
//! ```text
//! the k best of A and B together = the k best of (the k best of A, the k best of B)
//! ```
//!
//! A pick carries the number that orders it, so parts of a row can be drawn separately and merged afterwards, to
//! the bit. This number is l + tau g as a sum that is not rounded: a part does not know the largest logit of
//! the row, and a rounded sum would be rounded at the size of the logits.

use alloc::vec::Vec;
use core::cmp::Ordering;

use crate::math;

/// One class of a sample without replacement.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pick {
    /// The index of the class in the whole row, also for a pick from a shard.
    pub index: u64,
    /// The logit over the temperature, l / tau, with l = ln w for a weight.
    pub logit: f64,
    /// The perturbed logit, (l + tau g) / tau, rounded to `f64`. Picks are ordered and merged by l + tau g
    /// without this rounding: picks with equal `perturbed` still have an exact order.
    pub perturbed: f64,
    /// l + tau g, not rounded: the sum of the two numbers.
    order: [f64; 2],
}

impl Pick {
    /// The pick of a class; `logit` is before the temperature.
    #[inline(always)]
    pub(super) fn new(index: u64, logit: f64, tau: f64, order: [f64; 2]) -> Self {
        Self {
            index,
            logit: logit / tau,
            perturbed: order[0] / (tau * overflow_factor(tau)),
            order,
        }
    }

    /// The larger of the two numbers by which picks are ordered.
    pub(super) fn rank(&self) -> f64 {
        self.order[0]
    }
}

/// The factor of the numbers that order picks: 2^-64 for temperatures above 1e290, so that nothing overflows.
#[inline(always)]
fn overflow_factor(tau: f64) -> f64 {
    if tau > 1e290 { 1.0 / 18_446_744_073_709_551_616.0 } else { 1.0 }
}

/// l + tau g as two numbers: the one nearest to the sum, and the rest. tau g is rounded, the sum is not.
///
/// Knuth, The Art of Computer Programming 2, section 4.2.2, theorem B.
#[inline(always)]
pub(super) fn perturbed_sum(logit: f64, tau: f64, noise: f64) -> [f64; 2] {
    let (a, b) = (logit * overflow_factor(tau), tau * overflow_factor(tau) * noise);
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

/// The better pick is the smaller one: it has the larger l + tau g, or an equal one and the smaller index.
impl Ord for Pick {
    fn cmp(&self, other: &Self) -> Ordering {
        let descending = |i: usize| other.order[i].partial_cmp(&self.order[i]);
        // Both parts are finite.
        let order =
            descending(0).unwrap_or(Ordering::Equal).then(descending(1).unwrap_or(Ordering::Equal));
        order.then(self.index.cmp(&other.index))
    }
}

/// A sample without replacement: at most k picks, in the order of inclusion.
///
/// See [`top_k`](crate::top_k) and [`Categorical::top_k`](crate::Categorical::top_k); for parts of a
/// row [`Categorical::top_k_shard`](crate::Categorical::top_k_shard) and [`TopK::merge`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopK {
    pub(super) k: usize,
    pub(super) picks: Vec<Pick>,
}

impl TopK {
    /// The number of picks that the caller asked for, k.
    pub fn k(&self) -> usize {
        self.k
    }

    /// The picks, in order of inclusion: with falling perturbed logits.
    pub fn picks(&self) -> &[Pick] {
        &self.picks
    }

    /// The indices of the picks, in order of inclusion.
    pub fn indices(&self) -> Vec<u64> {
        self.picks.iter().map(|pick| pick.index).collect()
    }

    /// The log-probability of each pick given the earlier ones, ln P(i_j | i_1 .. i_(j-1)): the logarithm of the
    /// pick's share of the weight that the earlier picks leave. The sum of the results is the log-probability of
    /// the ordered sample.
    ///
    /// `ln_sum` is ln of the sum of all weights of the whole row, as
    /// [`Categorical::ln_sum`](crate::Categorical::ln_sum) returns it.
    /// The weight left is computed by subtraction, but is never below the weight of the later picks: if
    /// the earlier picks have all but 2^-n of the weight, about 52 - n bits are right. `ln_sum` has the size of
    /// the logits and is rounded there: for logits of 2^n, 52 - n bits after the point are left.
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
    use crate::{Categorical, Key};

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
}
