//! The search for the k best perturbed logits of a row: the list of the best so far, and the classes that can be
//! skipped.

use alloc::vec::Vec;
use core::ops::Range;

use super::picks::perturbed_sum;
use super::{Pick, TopK};
use crate::error::Result;
use crate::key::Key;
use crate::law::Law;
use crate::math;
use crate::real::Real;
use crate::sample::categorical::{BlockBuffers, ROW_BLOCK, Row};
use crate::simd;
use crate::simd::draw::envelope::Values;
use crate::simd::top_k::{Candidates, groups_before_candidate};
use crate::unit::below_unit;
use crate::words::{GROUP, group_and_place, later_group};

/// The rounded noise may be this much above the exact noise (45 has an ulp of 4e-6 in `f32`), times tau.
const SLACK: f64 = 1e-4;

/// The rounding of a logarithm in `f32` of a weight, more than 3 units in the last place of 88.
const LN_SLACK: f64 = 3e-5;

/// The k best so far, among up to 2k picks: when the list is full, its worse half is dropped. So a candidate
/// costs constant time, where a heap would take ln k steps.
struct Best {
    k: usize,
    capacity: usize,
    picks: Vec<Pick>,
    /// The rank t of the k-th pick when the list was last full; -inf before.
    threshold: f64,
    /// e^t, a little lowered; 0 before.
    weight_threshold: f64,
}

impl Best {
    fn new(k: usize, classes: usize) -> Self {
        let capacity = k.saturating_mul(2).max(k.saturating_add(GROUP)).min(classes.max(1));
        Self {
            k,
            capacity,
            picks: Vec::with_capacity(capacity),
            threshold: f64::NEG_INFINITY,
            weight_threshold: 0.0,
        }
    }

    fn offer(&mut self, pick: Pick) {
        self.picks.push(pick);
        if self.picks.len() >= self.capacity && self.picks.len() > self.k {
            self.picks.select_nth_unstable(self.k - 1);
            self.picks.truncate(self.k);
            self.threshold = self.picks[self.k - 1].rank();
            self.weight_threshold = math::exp((self.threshold - SLACK).min(700.0));
        }
    }

    fn finish(mut self) -> TopK {
        self.picks.sort_unstable();
        self.picks.truncate(self.k);
        TopK { k: self.k, picks: self.picks }
    }
}

impl<T: Real> Row<'_, T> {
    /// The k best of the classes `range`, read in `parts` parts. Class 0 of the row has element `first` of `key`.
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
        let mut block = BlockBuffers::new();
        let mut at = range.start;
        while at < range.end {
            let mut index = first.wrapping_add(at as u64);
            if index.is_multiple_of(GROUP as u64) && best.threshold > f64::NEG_INFINITY {
                let skipped = self.skippable(at..range.end, index, key, best.threshold, &mut block);
                at += skipped;
                index = index.wrapping_add(skipped as u64);
                if at == range.end {
                    break;
                }
            }
            let (_, skip) = group_and_place(index);
            let end = (at + GROUP - skip).min(range.end);
            self.offer(at..end, index, key, &mut best)?;
            at = end;
        }
        Ok(best.finish())
    }

    /// The number of classes at the start of `at` that are certainly below the threshold, in whole groups of 64;
    /// 0 if unknown. The first class has element `index` of `key`, a multiple of 64.
    fn skippable(
        &self,
        at: Range<usize>,
        index: u64,
        key: Key,
        threshold: f64,
        block: &mut BlockBuffers,
    ) -> usize {
        // Far larger temperatures have picks ordered in another unit.
        if self.tau > 1e30 {
            return 0;
        }
        let t = threshold - SLACK * self.tau;
        let candidates = match (self.kind.linear(), self.tau == 1.0) {
            (true, true) => Candidates::Weights { scale: math::exp(t.min(700.0)) },
            (true, false) if matches!(T::values(&[]), Values::Wide(_)) => return 0,
            (true, false) => Candidates::LnWeights { threshold: t - LN_SLACK, decay: self.decay },
            (false, _) => Candidates::Logits { threshold: t, decay: self.decay },
        };
        if !t.is_finite() || (t as f32).is_infinite() {
            return 0;
        }
        let skipped = |at: Range<usize>, done: usize, block: &mut BlockBuffers| {
            let (group, _) = group_and_place(index);
            let group = later_group(group, done / GROUP);
            let values = self.values(at, block);
            GROUP * groups_before_candidate(simd::level(), candidates, key, group, values)
        };
        if self.mask.is_none() {
            return skipped(at, 0, block);
        }
        // The values with the mask are copied block by block.
        let mut done = 0;
        for start in at.clone().step_by(ROW_BLOCK) {
            let part = start..at.end.min(start + ROW_BLOCK);
            let here = skipped(part, done, block);
            done += here;
            if here < ROW_BLOCK {
                break;
            }
        }
        done
    }

    /// Offers the classes `at`, elements `index ..` of `key`, all in one group of 64.
    fn offer(&self, at: Range<usize>, index: u64, key: Key, best: &mut Best) -> Result<()> {
        self.check(at.clone())?;
        let noise = &mut [T::default(); GROUP][..at.len()];
        Law::Gumbel.fill_into(key, index, noise);
        // The logarithm of a weight is taken only if it may enter: w >= v e^t, with v at least 2^-32 times the word.
        let (group, first) = group_and_place(index);
        let words = if self.compares_weights() { key.words_of_group(group) } else { [0; GROUP] };
        let words = &words[first..];
        for (place, class) in at.enumerate() {
            if self.compares_weights()
                && self.values[class].to_f64() < below_unit(words[place]) * best.weight_threshold
            {
                continue;
            }
            let (logit, noise) = (self.logit(class), noise[place].to_f64());
            let order = perturbed_sum(logit, self.tau, noise);
            if order[0] < best.threshold || logit == f64::NEG_INFINITY {
                continue;
            }
            best.offer(Pick::new(index + place as u64, logit, self.tau, order));
        }
        Ok(())
    }

    /// Whether the values are weights and can be compared without a logarithm.
    #[inline(always)]
    fn compares_weights(&self) -> bool {
        self.kind.linear() && self.tau == 1.0
    }
}
