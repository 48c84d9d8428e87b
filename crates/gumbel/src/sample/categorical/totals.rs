//! Sums of the weights of a row: of each block, and of the whole row.
//!
//! ```text
//! weight of class i      e_i = exp((l_i - m) / tau)      m the largest l of the block
//! weight of the block    exp(m / tau) sum_i e_i
//! for weights w_i        e_i = w_i / 2^n             2^n the power of two below the largest w of the block (at
//!                                                    a temperature other than 1, ln w_i is used as a logit)
//! ```
//!
//! Each term is relative to its own block, so a block of small classes keeps them all beside a block
//! that holds a large one. Within a block the sum is in `f64`.

use alloc::vec::Vec;
use core::f64::consts::LN_2;
use core::ops::Range;

use super::row::{BlockBuffers, Row, Scratch};
use crate::error::{Error, Result};
use crate::math::{self, ln_positive};
use crate::real::Real;
use crate::scalar::rows;
use crate::simd::draw::envelope::Values;
use crate::simd::draw::{block, weights};
use crate::simd::{self, math::Decay};

/// A sum of weights: `sum * 2^exponent * exp(max / tau)`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Total {
    /// The largest logit; 0 for weights at a temperature of 1.
    max: f64,
    /// For weights at a temperature of 1 the exponent of the largest, so that the smallest and the largest `f64`
    /// numbers keep their ratio; else 0.
    exponent: i32,
    pub(crate) sum: f64,
}

impl Total {
    pub(crate) fn is_zero(self) -> bool {
        self.sum == 0.0
    }

    /// ln of the total.
    pub(crate) fn ln(self, tau: f64) -> f64 {
        if self.is_zero() {
            return f64::NEG_INFINITY;
        }
        let sum = times_power_of_two(self.sum, self.exponent);
        if (f64::MIN_POSITIVE..f64::INFINITY).contains(&sum) {
            return self.max / tau + ln_positive(sum);
        }
        f64::from(self.exponent) * LN_2 + ln_positive(self.sum)
    }

    /// The unit of this total relative to that of the largest total of a row; 0 for a total of 0.
    fn unit_relative_to(self, largest: Self, tau: f64) -> f64 {
        if self.is_zero() {
            0.0
        } else if self.exponent == largest.exponent {
            math::exp((self.max - largest.max) / tau)
        } else {
            times_power_of_two(1.0, self.exponent - largest.exponent)
        }
    }

    /// Whether the unit is larger than that of `other`.
    fn has_larger_unit_than(self, other: Self) -> bool {
        !self.is_zero()
            && (other.is_zero() || (self.exponent, self.max) > (other.exponent, other.max))
    }
}

/// x 2^n for any difference of two exponents, in steps that are exact where the result is normal.
fn times_power_of_two(x: f64, n: i32) -> f64 {
    let [a, b, c] = powers_of_two(n);
    x * a * b * c
}

/// Three factors whose product is 2^n, which itself may be beyond the range.
fn powers_of_two(n: i32) -> [f64; 3] {
    let power = |n: i32| f64::from_bits(((n + 1023) as u64) << 52);
    let third = n / 3;
    [power(third), power(third), power(n - 2 * third)]
}

/// n with 2^n <= x < 2^(n + 1), for x > 0.
fn exponent(x: f64) -> i32 {
    let bits = x.to_bits();
    match (bits >> 52) as i32 {
        0 => 63 - bits.leading_zeros() as i32 - 1074,
        biased => biased - 1023,
    }
}

impl<T: Real> Row<'_, T> {
    /// The logits of the classes `at`, if they are `f32` logits.
    #[inline]
    fn narrow_logits<'s>(
        &'s self,
        at: Range<usize>,
        block: &'s mut BlockBuffers,
    ) -> Option<&'s [f32]> {
        if self.kind.linear() || matches!(T::values(self.values), Values::Wide(_)) {
            return None;
        }
        match self.values(at, block) {
            Values::Narrow(values) => Some(values),
            Values::Wide(_) => None,
        }
    }

    /// Computes the weights of the classes `at` relative to their maximum, and their total.
    pub(crate) fn weigh<'s>(
        &self,
        at: Range<usize>,
        scratch: &'s mut Scratch,
    ) -> Result<(Total, Weights<'s>)> {
        let Scratch { block, narrow, .. } = scratch;
        if let Some(logits) = self.narrow_logits(at.clone(), block) {
            let out = &mut narrow[..logits.len()];
            return match block::weigh(simd::level(), logits, self.decay, out) {
                Some((max, sum)) => Ok((logits_total(f64::from(max), sum), Weights::Narrow(out))),
                None => Err(self.value_error(at)),
            };
        }
        let out = &mut block.wide[..at.len()];
        let total = self.weigh_wide(at, out)?;
        Ok((total, Weights::Wide(out)))
    }

    /// [`Row::weigh`] in `f64`, into `out`.
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
            return Err(self.value_error(at));
        }
        if !self.kind.linear() {
            return Ok(exponentials(out, self.tau));
        }
        if self.tau == 1.0 {
            let scale = self.scale();
            let largest = weights::maximum(simd::level(), Values::Wide(out), scale).unwrap_or(0.0);
            let exponent = if largest > 0.0 { exponent(largest) } else { 0 };
            let [a, b, c] = powers_of_two(-exponent);
            for w in out.iter_mut() {
                *w = *w * a * b * c;
            }
            return Ok(Total { max: 0.0, exponent, sum: sum(out) });
        }
        for w in out.iter_mut() {
            *w = if *w > 0.0 { ln_positive(*w) } else { f64::NEG_INFINITY };
        }
        Ok(exponentials(out, self.tau))
    }

    /// The total of the classes `at`.
    pub(crate) fn total(&self, at: Range<usize>, scratch: &mut Scratch) -> Result<Total> {
        match self.narrow_logits(at.clone(), &mut scratch.block) {
            None => self.weigh_wide(at.clone(), &mut scratch.block.wide[..at.len()]),
            Some(logits) => match block::total(simd::level(), logits, self.decay) {
                Some((max, sum)) => Ok(logits_total(f64::from(max), sum)),
                None => Err(self.value_error(at)),
            },
        }
    }

    /// Checks that the probabilities sum to 1, in a pass of its own, without mask and temperature.
    pub(crate) fn check_normalised(&self, scratch: &mut Scratch) -> Result<()> {
        let plain = Row { mask: None, tau: 1.0, decay: Decay::new(1.0), ..*self };
        if !self.kind.linear() {
            return self.check_sum(math::exp(plain.ln_sum(scratch)?.min(700.0)));
        }
        let whole = 0..self.classes();
        let sum = weights::sum(simd::level(), plain.values(whole.clone(), &mut scratch.block));
        // A value that is not allowed is reported before a wrong sum.
        self.check_sum(sum).or_else(|error| plain.check(whole).and(Err(error)))
    }

    /// The totals of all blocks in the largest unit, and their sum.
    pub(crate) fn shares(&self, scratch: &mut Scratch) -> Result<Shares> {
        if self.kind.normalised() {
            self.check_normalised(scratch)?;
        }
        // Allocated once: a `collect` of results would reallocate.
        let mut totals = Vec::with_capacity(self.blocks());
        for number in 0..self.blocks() {
            totals.push(self.total(self.block(number), scratch)?);
        }
        let Some(&first) = totals.first() else { return Err(self.no_class_error()) };
        let larger = |most, &t: &Total| if t.has_larger_unit_than(most) { t } else { most };
        let largest = totals.iter().fold(first, larger);
        if largest.is_zero() {
            return Err(self.no_class_error());
        }
        let unit = |t: &Total| t.unit_relative_to(largest, self.tau);
        let blocks: Vec<_> = totals.iter().map(|t| (unit(t), unit(t) * t.sum)).collect();
        let sum = blocks.iter().map(|(_, total)| total).sum();
        Ok(Shares { blocks, sum })
    }

    /// ln of the sum of all weights, exp(l / tau); -inf if all are 0.
    pub(crate) fn ln_sum(&self, scratch: &mut Scratch) -> Result<f64> {
        let mut sum = LnSum::default();
        for number in 0..self.blocks() {
            let total = self.total(self.block(number), scratch)?;
            let ln = total.ln(self.tau);
            if !total.is_zero() && !ln.is_finite() {
                let (argument, expected) = ("logits / tau", "a finite number");
                return Err(Error::Parameter { argument, expected, found: ln });
            }
            sum.add(ln);
        }
        Ok(sum.value())
    }
}

/// The totals of the blocks of a row in a common unit, the largest.
pub(crate) struct Shares {
    /// For each block the unit of its weights, and its total.
    pub(crate) blocks: Vec<(f64, f64)>,
    pub(crate) sum: f64,
}

/// ln sum_b exp(x_b), added up term by term.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LnSum {
    max: f64,
    sum: f64,
}

impl Default for LnSum {
    fn default() -> Self {
        Self { max: f64::NEG_INFINITY, sum: 0.0 }
    }
}

impl LnSum {
    pub(crate) fn add(&mut self, x: f64) {
        if x > self.max {
            self.sum = self.sum * math::exp(self.max - x) + 1.0;
            self.max = x;
        } else if x > f64::NEG_INFINITY {
            self.sum += math::exp(x - self.max);
        }
    }

    pub(crate) fn value(self) -> f64 {
        if self.sum == 0.0 { self.max } else { self.max + math::ln(self.sum) }
    }
}

/// Replaces each l by exp((l - max) / tau); returns the maximum and the sum.
fn exponentials(l: &mut [f64], tau: f64) -> Total {
    let max = rows::max(l);
    if max == f64::NEG_INFINITY {
        l.fill(0.0);
        return logits_total(max, 0.0);
    }
    for l in l.iter_mut() {
        *l = math::exp((*l - max) / tau);
    }
    logits_total(max, sum(l))
}

fn logits_total(max: f64, sum: f64) -> Total {
    Total { max, exponent: 0, sum }
}

/// The weights of a block.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Weights<'s> {
    Narrow(&'s [f32]),
    Wide(&'s [f64]),
}

impl Weights<'_> {
    /// The first class whose cumulative weight is above `v * sum`: class i with probability e_i / sum for
    /// v uniform on (0, 1), never a class of weight 0.
    pub(crate) fn invert(self, sum: f64, v: f64) -> usize {
        match self {
            Self::Narrow(weights) => invert(weights, sum, v),
            Self::Wide(weights) => invert(weights, sum, v),
        }
    }

    #[inline(always)]
    pub(crate) fn at(self, class: usize) -> f64 {
        match self {
            Self::Narrow(weights) => f64::from(weights[class]),
            Self::Wide(weights) => weights[class],
        }
    }
}

fn invert<T: Real>(weights: &[T], whole: f64, v: f64) -> usize {
    const INVERT_PART: usize = 32;
    let target = v * whole;
    let mut cumulative = 0.0;
    for (number, part) in weights.chunks(INVERT_PART).enumerate() {
        let end = cumulative + sum(part);
        if end > target {
            for (i, w) in part.iter().enumerate() {
                cumulative += w.to_f64();
                if cumulative > target {
                    return number * INVERT_PART + i;
                }
            }
        }
        cumulative = end;
    }
    // v is so near to 1, or to the end of a part, that rounding led past all classes.
    weights.iter().rposition(|w| w.to_f64() > 0.0).unwrap_or_default()
}

/// The sum in `f64`, in eight partial sums.
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
