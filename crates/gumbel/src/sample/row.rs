//! One row of classes, read in blocks: what each class weighs, and what a block weighs together.
//!
//! ```text
//! weight of class i      e_i = exp((l_i - m) / tau)      m the largest l of the block
//! weight of the block    exp(m / tau) sum_i e_i
//! ```
//!
//! Each term is relative to its own block, so a block of small classes keeps them all beside a block
//! that holds a large one; within a block the sum is in `f64`.

use alloc::vec::Vec;
use core::ops::Range;

use crate::error::{Error, Result};
use crate::math;
pub(super) use crate::math::ln_positive;
use crate::real::Real;
use crate::simd::envelope::{Scale, Values};
use crate::simd::{self, block, math::Decay};

/// Classes in one block: a block's total is 8 bytes, so the totals of a row of `f32` take 1/512 of it.
pub(super) const BLOCK: usize = 1024;

/// What the numbers of a row are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Logits,
    LogProbs,
    Probs,
    Weights,
}

impl Kind {
    pub(super) const fn argument(self) -> &'static str {
        match self {
            Self::Logits => "logits",
            Self::LogProbs => "log_probs",
            Self::Probs => "probs",
            Self::Weights => "weights",
        }
    }

    /// Whether the numbers are weights themselves, not their logarithms.
    pub(super) const fn linear(self) -> bool {
        matches!(self, Self::Probs | Self::Weights)
    }

    /// Whether the weights of a row must sum to 1.
    pub(super) const fn normalised(self) -> bool {
        matches!(self, Self::LogProbs | Self::Probs)
    }

    #[inline(always)]
    fn allows(self, x: f64) -> bool {
        if self.linear() { (0.0..f64::INFINITY).contains(&x) } else { x < f64::INFINITY }
    }

    const fn expected(self) -> &'static str {
        if self.linear() { "a finite number, 0 or above" } else { "a number or -inf" }
    }
}

/// A sum of weights: `sum * exp(max / tau)`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Total {
    pub(super) max: f64,
    pub(super) sum: f64,
}

impl Total {
    pub(super) fn is_zero(self) -> bool {
        self.sum == 0.0
    }

    /// ln of the total.
    pub(super) fn ln(self, tau: f64) -> f64 {
        if self.is_zero() { f64::NEG_INFINITY } else { self.max / tau + ln_positive(self.sum) }
    }
}

/// `l / tau + noise` up to a positive factor: that factor is tau when tau is at most 1, so that the
/// division of a large logit by a small temperature does not overflow.
#[inline(always)]
pub(super) fn perturb(l: f64, tau: f64, noise: f64) -> f64 {
    if tau <= 1.0 { l + tau * noise } else { l / tau + noise }
}

/// One row, or what is looked at of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'a, T> {
    pub(super) values: &'a [T],
    /// Classes that may come.
    pub(super) mask: Option<&'a [bool]>,
    pub(super) kind: Kind,
    pub(super) tau: f64,
    /// e^(d / tau) for the vector kernels.
    pub(super) decay: Decay,
    /// Its number in the array, for errors.
    pub(super) number: usize,
}

impl<T: Real> Row<'_, T> {
    pub(super) fn classes(&self) -> usize {
        self.values.len()
    }

    pub(super) fn blocks(&self) -> usize {
        self.classes().div_ceil(BLOCK)
    }

    pub(super) fn block(&self, number: usize) -> Range<usize> {
        number * BLOCK..((number + 1) * BLOCK).min(self.classes())
    }

    #[inline(always)]
    pub(super) fn allowed(&self, class: usize) -> bool {
        self.mask.is_none_or(|mask| mask[class])
    }

    /// The logit of a class before the temperature: ln of a weight, -inf where the mask is.
    #[inline]
    pub(super) fn logit(&self, class: usize) -> f64 {
        let x = self.values[class].to_f64();
        match (self.allowed(class), self.kind.linear()) {
            (true, false) => x,
            (true, true) if x > 0.0 => ln_positive(x),
            _ => f64::NEG_INFINITY,
        }
    }

    /// Checks the values of the classes `at`.
    pub(super) fn check(&self, at: Range<usize>) -> Result<()> {
        let mut good = true;
        match self.mask {
            None => {
                for x in &self.values[at.clone()] {
                    good &= self.kind.allows(x.to_f64());
                }
            }
            Some(mask) => {
                for (x, allowed) in self.values[at.clone()].iter().zip(&mask[at.clone()]) {
                    good &= !allowed | self.kind.allows(x.to_f64());
                }
            }
        }
        if good { Ok(()) } else { Err(self.refused(at)) }
    }

    /// The `f32` logits of the classes `at`, if that is what they are.
    #[inline]
    fn narrow<'s>(&'s self, at: Range<usize>, masked: &'s mut [f32; BLOCK]) -> Option<&'s [f32]> {
        if self.kind.linear() {
            return None;
        }
        let values = &T::as_f32(self.values)?[at.clone()];
        let Some(mask) = self.mask else { return Some(values) };
        for ((out, &x), &allowed) in masked.iter_mut().zip(values).zip(&mask[at]) {
            *out = if allowed { x } else { f32::NEG_INFINITY };
        }
        Some(&masked[..values.len()])
    }

    /// What a value weighs.
    pub(super) fn scale(&self) -> Scale {
        if self.kind.linear() { Scale::Weights(self.tau) } else { Scale::Logits(self.tau) }
    }

    /// The values of the classes `at`, with nothing where the mask is.
    pub(super) fn values<'s>(&'s self, at: Range<usize>, scratch: &'s mut Scratch) -> Values<'s> {
        let nothing = if self.kind.linear() { 0.0 } else { f64::NEG_INFINITY };
        let (mask, len) = (self.mask.map(|mask| &mask[at.clone()]), at.len());
        match (T::as_f32(self.values), mask) {
            (Some(values), None) => Values::Narrow(&values[at]),
            (Some(values), Some(mask)) => {
                let out = &mut scratch.masked[..len];
                for ((out, &x), &allowed) in out.iter_mut().zip(&values[at]).zip(mask) {
                    *out = if allowed { x } else { nothing as f32 };
                }
                Values::Narrow(out)
            }
            (None, mask) => {
                let out = &mut scratch.wide[..len];
                for (out, x) in out.iter_mut().zip(&self.values[at]) {
                    *out = x.to_f64();
                }
                for (out, &allowed) in out.iter_mut().zip(mask.unwrap_or_default()) {
                    *out = if allowed { *out } else { nothing };
                }
                Values::Wide(out)
            }
        }
    }

    /// The weights of the classes `at`, relative to their maximum, and their total.
    pub(super) fn weigh<'s>(
        &self,
        at: Range<usize>,
        scratch: &'s mut Scratch,
    ) -> Result<(Total, Weights<'s>)> {
        let Scratch { masked, narrow, wide } = scratch;
        if let Some(logits) = self.narrow(at.clone(), masked) {
            let out = &mut narrow[..logits.len()];
            return match block::weigh(simd::level(), logits, self.decay, out) {
                Some((max, sum)) => Ok((Total { max: f64::from(max), sum }, Weights::Narrow(out))),
                None => Err(self.refused(at)),
            };
        }
        let out = &mut wide[..at.len()];
        let total = self.weigh_wide(at, out)?;
        Ok((total, Weights::Wide(out)))
    }

    fn weigh_wide(&self, at: Range<usize>, out: &mut [f64]) -> Result<Total> {
        let values = &self.values[at.clone()];
        let mut good = true;
        match self.mask {
            None => {
                for (out, x) in out.iter_mut().zip(values) {
                    *out = x.to_f64();
                    good &= self.kind.allows(*out);
                }
            }
            Some(mask) => {
                let nothing = if self.kind.linear() { 0.0 } else { f64::NEG_INFINITY };
                for ((out, x), &allowed) in out.iter_mut().zip(values).zip(&mask[at.clone()]) {
                    *out = if allowed { x.to_f64() } else { nothing };
                    good &= self.kind.allows(*out);
                }
            }
        }
        if !good {
            return Err(self.refused(at));
        }
        if !self.kind.linear() {
            return Ok(exponentials(out, self.tau));
        }
        if self.tau == 1.0 {
            let sum = sum(out);
            return if sum < f64::INFINITY {
                Ok(Total { max: 0.0, sum })
            } else {
                Err(self.too_heavy())
            };
        }
        for w in out.iter_mut() {
            *w = if *w > 0.0 { ln_positive(*w) } else { f64::NEG_INFINITY };
        }
        Ok(exponentials(out, self.tau))
    }

    /// The total of the classes `at`.
    pub(super) fn total(&self, at: Range<usize>, scratch: &mut Scratch) -> Result<Total> {
        match self.narrow(at.clone(), &mut scratch.masked) {
            None => self.weigh_wide(at.clone(), &mut scratch.wide[..at.len()]),
            Some(logits) => match block::total(simd::level(), logits, self.decay) {
                Some((max, sum)) => Ok(Total { max: f64::from(max), sum }),
                None => Err(self.refused(at)),
            },
        }
    }

    /// The perturbed logit l / tau + g of a class whose logit is above -inf; without a temperature as
    /// [`gumbel_max`](crate::gumbel_max) adds them, rounded to T.
    #[inline(always)]
    pub(super) fn perturbed(&self, logit: f64, noise: T) -> f64 {
        match (self.kind.linear(), self.tau == 1.0) {
            (false, true) => T::from_f64(logit).plus(noise).to_f64(),
            _ => logit / self.tau + noise.to_f64(),
        }
    }

    /// The error for a value that may not stand there.
    #[cold]
    pub(super) fn refused(&self, at: Range<usize>) -> Error {
        let wrong = |&i: &usize| self.allowed(i) && !self.kind.allows(self.values[i].to_f64());
        let class = at.into_iter().find(wrong).unwrap_or_default();
        Error::Value {
            argument: self.kind.argument(),
            expected: self.kind.expected(),
            index: self.number * self.classes() + class,
            found: self.values[class].to_f64(),
        }
    }

    #[cold]
    pub(super) fn too_heavy(&self) -> Error {
        let (argument, found) = (self.kind.argument(), f64::INFINITY);
        Error::Parameter { argument, expected: "weights with a finite sum", found }
    }

    /// The error for a row without a class that could come.
    #[cold]
    pub(super) fn nothing(&self) -> Error {
        if self.kind.linear() || self.mask.is_some() {
            Error::NothingAllowed { argument: self.kind.argument(), row: self.number }
        } else {
            Error::AllMasked { row: self.number }
        }
    }

    /// Checks the sum of probabilities, as found while drawing.
    pub(super) fn check_sum(&self, sum: f64) -> Result<()> {
        let tolerance = if T::WIDE { 1e-6 } else { 1e-3 };
        if (sum - 1.0).abs() <= tolerance {
            return Ok(());
        }
        Err(Error::NotNormalised {
            argument: self.kind.argument(),
            row: self.number,
            tolerance,
            sum,
        })
    }

    /// Reads the whole row for that check alone, without mask and temperature.
    pub(super) fn check_normalised(&self) -> Result<()> {
        let plain = Row { mask: None, tau: 1.0, decay: Decay::new(1.0), ..*self };
        self.check_sum(math::exp(plain.ln_sum()?.min(700.0)))
    }

    /// For each block exp((m - M) / tau), M the largest m, and its total in those units; their sum.
    pub(super) fn shares(&self) -> Result<Shares> {
        if self.kind.normalised() {
            self.check_normalised()?;
        }
        let mut scratch = Scratch::new();
        let totals = (0..self.blocks()).map(|number| self.total(self.block(number), &mut scratch));
        let totals = totals.collect::<Result<Vec<_>>>()?;
        let max = totals.iter().fold(f64::NEG_INFINITY, |m, t| if t.max > m { t.max } else { m });
        if totals.iter().all(|t| t.is_zero()) {
            return Err(self.nothing());
        }
        let scale = |t: &Total| match t.is_zero() {
            true => 0.0,
            false => math::exp((t.max - max) / self.tau),
        };
        let blocks: Vec<_> = totals.iter().map(|t| (scale(t), scale(t) * t.sum)).collect();
        let sum: f64 = blocks.iter().map(|(_, total)| total).sum();
        if sum < f64::INFINITY { Ok(Shares { blocks, sum }) } else { Err(self.too_heavy()) }
    }

    /// ln of the sum of all weights, exp(l / tau); -inf if all are 0.
    pub(super) fn ln_sum(&self) -> Result<f64> {
        let (mut sum, mut scratch) = (LnSum::default(), Scratch::new());
        for number in 0..self.blocks() {
            sum.add(self.total(self.block(number), &mut scratch)?.ln(self.tau));
        }
        Ok(sum.value())
    }
}

/// The totals of the blocks of a row, in common units.
pub(super) struct Shares {
    /// The unit of the weights in this block, and the total of the block.
    pub(super) blocks: Vec<(f64, f64)>,
    pub(super) sum: f64,
}

/// ln sum_b exp(x_b), term by term.
#[derive(Clone, Copy, Debug)]
pub(super) struct LnSum {
    max: f64,
    sum: f64,
}

impl Default for LnSum {
    fn default() -> Self {
        Self { max: f64::NEG_INFINITY, sum: 0.0 }
    }
}

impl LnSum {
    pub(super) fn add(&mut self, x: f64) {
        if x > self.max {
            self.sum = self.sum * math::exp(self.max - x) + 1.0;
            self.max = x;
        } else if x > f64::NEG_INFINITY {
            self.sum += math::exp(x - self.max);
        }
    }

    pub(super) fn value(self) -> f64 {
        if self.sum == 0.0 { self.max } else { self.max + math::ln(self.sum) }
    }
}

/// exp((l - max) / tau) in place; the maximum and the sum.
fn exponentials(l: &mut [f64], tau: f64) -> Total {
    let max = crate::tile::max(l);
    if max == f64::NEG_INFINITY {
        l.fill(0.0);
        return Total { max, sum: 0.0 };
    }
    for l in l.iter_mut() {
        *l = math::exp((*l - max) / tau);
    }
    Total { max, sum: sum(l) }
}

/// Room for one block, on the stack.
#[derive(Debug)]
pub(super) struct Scratch {
    masked: [f32; BLOCK],
    narrow: [f32; BLOCK],
    wide: [f64; BLOCK],
}

impl Scratch {
    pub(super) fn new() -> Self {
        Self { masked: [0.0; BLOCK], narrow: [0.0; BLOCK], wide: [0.0; BLOCK] }
    }
}

/// The weights of a block.
#[derive(Clone, Copy, Debug)]
pub(super) enum Weights<'s> {
    Narrow(&'s [f32]),
    Wide(&'s [f64]),
}

impl Weights<'_> {
    /// The first class whose cumulative weight is above `v * sum`: class i with probability e_i / sum for
    /// v uniform on (0, 1). A class of weight 0 never comes.
    pub(super) fn invert(self, sum: f64, v: f64) -> usize {
        match self {
            Self::Narrow(weights) => invert(weights, sum, v),
            Self::Wide(weights) => invert(weights, sum, v),
        }
    }

    #[inline(always)]
    pub(super) fn at(self, class: usize) -> f64 {
        match self {
            Self::Narrow(weights) => f64::from(weights[class]),
            Self::Wide(weights) => weights[class],
        }
    }
}

fn invert<T: Real>(weights: &[T], whole: f64, v: f64) -> usize {
    const PART: usize = 32;
    let target = v * whole;
    let mut cumulative = 0.0;
    for (number, part) in weights.chunks(PART).enumerate() {
        let end = cumulative + sum(part);
        if end > target {
            for (i, w) in part.iter().enumerate() {
                cumulative += w.to_f64();
                if cumulative > target {
                    return number * PART + i;
                }
            }
        }
        cumulative = end;
    }
    // v so near to 1, or to the end of a part, that rounding led past it.
    weights.iter().rposition(|w| w.to_f64() > 0.0).unwrap_or_default()
}

/// The sum in `f64`, eight terms side by side.
fn sum<T: Real>(x: &[T]) -> f64 {
    let mut sums = [0.0; 8];
    let (eights, rest) = x.as_chunks::<8>();
    for eight in eights {
        for (sum, x) in sums.iter_mut().zip(eight) {
            *sum += x.to_f64();
        }
    }
    for (sum, x) in sums.iter_mut().zip(rest) {
        *sum += x.to_f64();
    }
    ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]))
}
