//! One row of classes: the meaning of its values, its mask, and the errors for bad values.

use alloc::vec::Vec;
use core::ops::Range;

use crate::axis::Axis;
use crate::error::{Error, Result};
use crate::math::ln_positive;
use crate::real::Real;
use crate::simd::draw::envelope::{Scale, Values};
use crate::simd::math::Decay;

/// Classes in one block.
pub(crate) const ROW_BLOCK: usize = 1024;

/// The meaning of the values of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Logits,
    LogProbs,
    Probs,
    Weights,
}

impl Kind {
    /// The name of the argument, for errors.
    pub(crate) const fn argument(self) -> &'static str {
        match self {
            Self::Logits => "logits",
            Self::LogProbs => "log_probs",
            Self::Probs => "probs",
            Self::Weights => "weights",
        }
    }

    /// Whether the values are weights, not their logarithms.
    pub(crate) const fn linear(self) -> bool {
        matches!(self, Self::Probs | Self::Weights)
    }

    /// Whether the weights of a row must sum to 1.
    pub(crate) const fn normalised(self) -> bool {
        matches!(self, Self::LogProbs | Self::Probs)
    }

    /// The rule that turns a value into a weight.
    pub(crate) const fn scale(self, tau: f64) -> Scale {
        if self.linear() { Scale::Weights(tau) } else { Scale::Logits(tau) }
    }

    /// Whether a value is allowed.
    #[inline(always)]
    pub(crate) fn allows(self, x: f64) -> bool {
        if self.linear() { (0.0..f64::INFINITY).contains(&x) } else { x < f64::INFINITY }
    }

    const fn expected(self) -> &'static str {
        if self.linear() { "a finite number, 0 or above" } else { "a number or -inf" }
    }
}

/// One row: its values, their meaning, its mask and temperature.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row<'a, T> {
    pub(crate) values: &'a [T],
    /// `true` for the classes that may be drawn; no mask allows all.
    pub(crate) mask: Option<&'a [bool]>,
    pub(crate) kind: Kind,
    pub(crate) tau: f64,
    /// e^(d / tau) for the vector kernels.
    pub(crate) decay: Decay,
    /// The number of the row in the array, for errors.
    pub(crate) number: usize,
    /// The index of class 0 in the array and the distance between classes there, for errors.
    pub(crate) first: usize,
    pub(crate) stride: usize,
}

impl<T: Real> Row<'_, T> {
    pub(crate) fn classes(&self) -> usize {
        self.values.len()
    }

    /// The number of blocks.
    pub(crate) fn blocks(&self) -> usize {
        self.classes().div_ceil(ROW_BLOCK)
    }

    /// The classes of a block.
    pub(crate) fn block(&self, number: usize) -> Range<usize> {
        number * ROW_BLOCK..((number + 1) * ROW_BLOCK).min(self.classes())
    }

    /// Whether a class is not masked.
    #[inline(always)]
    pub(crate) fn allowed(&self, class: usize) -> bool {
        self.mask.is_none_or(|mask| mask[class])
    }

    /// The logit of a class before the temperature: ln of a weight, -inf for a masked class.
    #[inline]
    pub(crate) fn logit(&self, class: usize) -> f64 {
        let x = self.values[class].to_f64();
        match (self.allowed(class), self.kind.linear()) {
            (true, false) => x,
            (true, true) if x > 0.0 => ln_positive(x),
            _ => f64::NEG_INFINITY,
        }
    }

    /// Checks the values of the classes `at` that are not masked.
    pub(crate) fn check(&self, at: Range<usize>) -> Result<()> {
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
        if good { Ok(()) } else { Err(self.value_error(at)) }
    }

    /// The rule that turns a value into a weight.
    pub(crate) fn scale(&self) -> Scale {
        self.kind.scale(self.tau)
    }

    /// The values of the classes `at`; a masked class gets the value of weight 0.
    pub(crate) fn values<'s>(
        &'s self,
        at: Range<usize>,
        block: &'s mut BlockBuffers,
    ) -> Values<'s> {
        let (values, nothing) = (T::values(&self.values[at.clone()]), self.scale().nothing());
        let Some(mask) = self.mask.map(|mask| &mask[at]) else { return values };
        match values {
            Values::Narrow(x) => {
                Values::Narrow(apply_mask(x, mask, nothing as f32, &mut block.masked[..x.len()]))
            }
            Values::Wide(x) => {
                Values::Wide(apply_mask(x, mask, nothing, &mut block.wide[..x.len()]))
            }
        }
    }

    /// The error for the first value of the classes `at` that is not allowed.
    #[cold]
    pub(crate) fn value_error(&self, at: Range<usize>) -> Error {
        let wrong = |&i: &usize| self.allowed(i) && !self.kind.allows(self.values[i].to_f64());
        let class = at.into_iter().find(wrong).unwrap_or_default();
        Error::Value {
            argument: self.kind.argument(),
            expected: self.kind.expected(),
            index: self.first + class * self.stride,
            found: self.values[class].to_f64(),
        }
    }

    /// The error for a row without a possible class.
    #[cold]
    pub(crate) fn no_class_error(&self) -> Error {
        if self.kind.linear() || self.mask.is_some() {
            Error::NothingAllowed { argument: self.kind.argument(), row: self.number }
        } else {
            Error::AllMasked { row: self.number }
        }
    }

    /// Checks the sum of the probabilities of the row.
    pub(crate) fn check_sum(&self, sum: f64) -> Result<()> {
        let tolerance = T::LIMITS.sum_of_probabilities;
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
}

/// Copies the values to `out`, with `nothing` for masked classes.
fn apply_mask<'s, T: Copy>(values: &[T], mask: &[bool], nothing: T, out: &'s mut [T]) -> &'s [T] {
    for ((out, &x), &allowed) in out.iter_mut().zip(values).zip(mask) {
        *out = if allowed { x } else { nothing };
    }
    out
}

/// Buffers for one block, on the stack, and for the weights of a row.
#[derive(Debug)]
pub(crate) struct Scratch {
    pub(crate) block: BlockBuffers,
    pub(crate) narrow: [f32; ROW_BLOCK],
    /// The weights of a whole row, and the sums of its parts.
    pub(crate) weights: Vec<f32>,
    pub(crate) sums: Vec<f32>,
}

/// Buffers for the values of a block that are masked or converted.
#[derive(Debug)]
pub(crate) struct BlockBuffers {
    pub(crate) masked: [f32; ROW_BLOCK],
    pub(crate) wide: [f64; ROW_BLOCK],
}

impl BlockBuffers {
    pub(crate) fn new() -> Self {
        Self { masked: [0.0; ROW_BLOCK], wide: [0.0; ROW_BLOCK] }
    }
}

impl Scratch {
    pub(crate) fn new() -> Self {
        let block = BlockBuffers::new();
        Self { block, narrow: [0.0; ROW_BLOCK], weights: Vec::new(), sums: Vec::new() }
    }
}

/// A copy of a row whose classes are not neighbours in memory.
#[derive(Debug, Default)]
pub(crate) struct Gathered<T> {
    pub(crate) values: Vec<T>,
    pub(crate) mask: Vec<bool>,
}

/// Copies the classes of the row that begins at `first` to `out`.
pub(crate) fn gather<'s, T: Copy>(
    array: &[T],
    first: usize,
    axis: Axis,
    out: &'s mut Vec<T>,
) -> &'s [T] {
    out.clear();
    out.extend(array[first..].iter().step_by(axis.stride()).take(axis.classes()));
    out
}
