//! The search for the k best perturbed logits of a row: the list of the best so far, and what need not
//! be looked at.

use alloc::vec::Vec;
use core::ops::Range;

use super::picks::order;
use super::{Pick, TopK};
use crate::error::Result;
use crate::key::Key;
use crate::law::Law;
use crate::math;
use crate::real::Real;
use crate::sample::categorical::Row;
use crate::simd;
use crate::simd::draw::envelope::Values;
use crate::simd::top_k::{Candidates, groups_before_candidate};
use crate::unit::TWO_NEG_32;
use crate::words::GROUP;

/// The rounded noise may be this much above the exact one (45 has an ulp of 4e-6 in `f32`), times tau.
const SLACK: f64 = 1e-4;

/// The k best so far, among up to 2k: when there is no room, the worse half goes. A candidate so costs a
/// constant, where a heap would take ln k steps.
struct Best {
    k: usize,
    room: usize,
    picks: Vec<Pick>,
    /// What orders the k-th when last looked at, t, and e^t a little lowered; -inf and 0 while there were
    /// fewer.
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
            self.threshold = self.picks[self.k - 1].rank();
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
    pub(super) fn top_k(
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
                let skipped = self.skippable(at..range.end, index, key, best.threshold);
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
    fn skippable(&self, at: Range<usize>, index: u64, key: Key, threshold: f64) -> usize {
        let (Values::Narrow(values), None) = (T::values(&self.values[at]), self.mask) else {
            return 0;
        };
        // Of larger temperatures the order is in another unit.
        if self.tau > 1e30 {
            return 0;
        }
        let t = threshold - SLACK * self.tau;
        let entering = match (self.kind.linear(), self.tau == 1.0) {
            (true, false) => return 0,
            // Rounded down, so that rounding lets more in.
            (true, true) => {
                Candidates::Weights { scale: (math::exp(t.min(88.0)) as f32).next_down().max(0.0) }
            }
            (false, _) => {
                let threshold = (t as f32).next_down();
                if !threshold.is_finite() {
                    return 0;
                }
                Candidates::Logits { threshold, decay: self.decay }
            }
        };
        GROUP * groups_before_candidate(simd::level(), entering, key, index / GROUP as u64, values)
    }

    /// Offers the classes `at`, elements `index ..` of `key`, all in one group.
    fn offer(&self, at: Range<usize>, index: u64, key: Key, best: &mut Best) -> Result<()> {
        self.check(at.clone())?;
        let noise = &mut [T::default(); GROUP][..at.len()];
        Law::Gumbel.fill(key, index, noise);
        // Of a weight the logarithm is taken if it may enter: w >= v e^t, with v at least the word 2^-32.
        let words = if self.compares_weights() {
            key.words_of_group(index / GROUP as u64)
        } else {
            [0; GROUP]
        };
        let words = &words[(index % GROUP as u64) as usize..];
        for (place, class) in at.enumerate() {
            if self.compares_weights()
                && self.values[class].to_f64() < f64::from(words[place]) * TWO_NEG_32 * best.unit
            {
                continue;
            }
            let (logit, noise) = (self.logit(class), noise[place].to_f64());
            let order = order(logit, self.tau, noise);
            if order[0] < best.threshold || logit == f64::NEG_INFINITY {
                continue;
            }
            best.offer(Pick::new(index + place as u64, logit, self.tau, order));
        }
        Ok(())
    }

    /// Whether the numbers are the weights themselves.
    #[inline(always)]
    fn compares_weights(&self) -> bool {
        self.kind.linear() && self.tau == 1.0
    }
}
