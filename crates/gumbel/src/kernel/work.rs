//! The arguments of a kernel: the logits, the noise, and where the results go.

use core::ops::Range;

use super::winners::Winners;
use crate::axis::Axis;
use crate::key::Key;
use crate::noise::source::Noise;
use crate::temperature::{Spread, Temperature};

/// The form of a relaxed sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// softmax(z / tau)
    Soft,
    /// Its logarithm.
    Log,
}

/// Rows of classes with Gumbel noise, z = (l - max l) + g. A kernel relaxes them, picks their classes, or both.
#[derive(Debug)]
pub struct GumbelRows<'a, T> {
    pub(crate) axis: Axis,
    pub(crate) tau: Temperature<'a>,
    pub(crate) noise: Noise<'a, T>,
    /// The largest logit of each row, if [`Kernel::scan_rows`](super::Kernel::scan_rows) returns it.
    pub(crate) maxima: &'a [T],
    /// The logits, and the soft samples.
    pub(crate) buffers: Buffers<'a, T>,
    pub(crate) form: Form,
    /// Where the class of the largest z of each row goes.
    pub(crate) winners: Winners<'a, T>,
}

impl<T: Copy> GumbelRows<'_, T> {
    /// The number of elements of the smallest part that can be split off: a row of the last axis, or a block
    /// `[classes, stride]` of rows.
    pub(crate) fn piece(&self) -> usize {
        self.axis.classes() * self.axis.stride()
    }

    /// Splits after `pieces` pieces.
    pub(crate) fn split(self, pieces: usize) -> (Self, Self) {
        let at = pieces * self.piece();
        let Self { axis, tau, noise, maxima, buffers, form, winners } = self;
        let (buffers, later_buffers) = buffers.split_at(at);
        let (winners, later_winners) = winners.split(pieces * axis.stride(), at);
        let (tau, later_tau) = tau.split(pieces * axis.stride());
        let (maxima, later_maxima) = maxima.split_at(pieces.min(maxima.len()));
        let later = Self {
            axis,
            tau: later_tau,
            noise: noise.after(at),
            maxima: later_maxima,
            buffers: later_buffers,
            form,
            winners: later_winners,
        };
        (Self { axis, tau, noise, maxima, buffers, form, winners }, later)
    }
}

/// The logits, and where the soft samples go.
#[derive(Debug)]
pub(crate) enum Buffers<'a, T> {
    /// No soft samples are wanted.
    Logits(&'a [T]),
    /// The soft samples go to a separate buffer.
    Separate(&'a [T], &'a mut [T]),
    /// The soft samples replace the logits.
    InPlace(&'a mut [T]),
}

impl<T> Buffers<'_, T> {
    /// The logits: [`Buffers::InPlace`] holds them until they are replaced.
    #[inline(always)]
    pub(crate) fn logits(&self) -> &[T] {
        match self {
            Self::Logits(logits) | Self::Separate(logits, _) => logits,
            Self::InPlace(values) => values,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.logits().len()
    }

    /// The buffer of the soft samples, if they are wanted.
    #[inline(always)]
    pub(crate) fn soft(&mut self) -> Option<&mut [T]> {
        match self {
            Self::Logits(_) => None,
            Self::Separate(_, soft) | Self::InPlace(soft) => Some(soft),
        }
    }

    #[inline(always)]
    pub(crate) fn soft_is_wanted(&self) -> bool {
        !matches!(self, Self::Logits(_))
    }

    /// Splits after `at` elements.
    pub(crate) fn split_at(self, at: usize) -> (Self, Self) {
        match self {
            Self::Logits(logits) => {
                let (first, rest) = logits.split_at(at);
                (Self::Logits(first), Self::Logits(rest))
            }
            Self::Separate(logits, soft) => {
                let (first, rest) = logits.split_at(at);
                let (soft, rest_soft) = soft.split_at_mut(at);
                (Self::Separate(first, soft), Self::Separate(rest, rest_soft))
            }
            Self::InPlace(values) => {
                let (first, rest) = values.split_at_mut(at);
                (Self::InPlace(first), Self::InPlace(rest))
            }
        }
    }

    /// The buffers of a range of elements.
    #[inline(always)]
    pub(crate) fn part(&mut self, at: Range<usize>) -> Buffers<'_, T> {
        match self {
            Self::Logits(logits) => Buffers::Logits(&logits[at]),
            Self::Separate(logits, soft) => Buffers::Separate(&logits[at.clone()], &mut soft[at]),
            Self::InPlace(values) => Buffers::InPlace(&mut values[at]),
        }
    }

    /// The logits of a range of elements, and the buffer for their z: the buffer of the soft samples, or `scratch`
    /// if there is none. The logits are `None` in [`Buffers::InPlace`]: z replaces them.
    #[inline(always)]
    pub(crate) fn logits_and_z<'s>(
        &'s mut self,
        at: Range<usize>,
        scratch: &'s mut [T],
    ) -> (Option<&'s [T]>, &'s mut [T]) {
        match self {
            Self::Logits(logits) => {
                let len = at.len();
                (Some(&logits[at]), &mut scratch[..len])
            }
            Self::Separate(logits, soft) => (Some(&logits[at.clone()]), &mut soft[at]),
            Self::InPlace(values) => (None, &mut values[at]),
        }
    }
}

/// Binary choices with logistic noise L, z = l + L.
#[derive(Debug)]
pub struct BinaryElements<'a, T> {
    pub(crate) logits: &'a [T],
    pub(crate) tau: Spread<'a>,
    pub(crate) noise: Noise<'a, T>,
    /// Receives sigmoid(z / tau).
    pub(crate) soft: &'a mut [T],
    /// Receives 1 where z > 0, else 0, if it is wanted.
    pub(crate) hard: Option<&'a mut [T]>,
}

impl<T: Copy> BinaryElements<'_, T> {
    /// Splits after `at` elements.
    pub(crate) fn split(self, at: usize) -> (Self, Self) {
        let Self { logits, tau, noise, soft, hard } = self;
        let (logits, later_logits) = logits.split_at(at);
        let (soft, later_soft) = soft.split_at_mut(at);
        let (hard, later_hard) = hard.map(|hard| hard.split_at_mut(at)).unzip();
        let later = Self {
            logits: later_logits,
            tau: tau.after(at),
            noise: noise.after(at),
            soft: later_soft,
            hard: later_hard,
        };
        (Self { logits, tau, noise, soft, hard }, later)
    }
}

/// Relaxed samples y of whole rows, or their logarithms, and the gradients dy to pull back through softmax(z / tau).
#[derive(Debug)]
pub(crate) struct GradientRows<'a, T> {
    pub(crate) y: &'a [T],
    pub(crate) dy: &'a [T],
    pub(crate) axis: Axis,
    pub(crate) tau: Temperature<'a>,
    /// Receives the gradients with respect to z.
    pub(crate) out: &'a mut [T],
}

impl<T> GradientRows<'_, T> {
    /// The number of elements of the smallest part that can be split off, as [`GumbelRows::piece`].
    pub(crate) fn piece(&self) -> usize {
        self.axis.classes() * self.axis.stride()
    }

    /// Splits after `pieces` pieces.
    pub(crate) fn split(self, pieces: usize) -> (Self, Self) {
        let at = pieces * self.piece();
        let (y, later_y) = self.y.split_at(at);
        let (dy, later_dy) = self.dy.split_at(at);
        let (out, later_out) = self.out.split_at_mut(at);
        let (tau, later_tau) = self.tau.split(pieces * self.axis.stride());
        let later = Self { y: later_y, dy: later_dy, out: later_out, tau: later_tau, ..self };
        (Self { y, dy, out, tau, ..self }, later)
    }
}

/// Rows of k classes with their winners, and the gradient to pull back through K draws of the noise given the winners.
#[derive(Debug)]
pub struct RaoRows<'a, T> {
    pub(crate) logits: &'a [T],
    pub(crate) k: usize,
    pub(crate) winners: &'a [usize],
    /// The gradient in the sample.
    pub(crate) dy: &'a [T],
    pub(crate) tau: f64,
    /// One key for each draw. The noise of the first element is that of element `offset`.
    pub(crate) keys: &'a [Key],
    pub(crate) offset: u64,
    /// Receives the gradient in the logits.
    pub(crate) out: &'a mut [T],
}

impl<'a, T> RaoRows<'a, T> {
    /// 1 / (tau K), kept in the range of `f32`, so that its product with 0 is 0.
    pub(crate) fn rate(&self) -> f64 {
        (1.0 / (self.tau * self.keys.len() as f64)).min(f64::from(f32::MAX))
    }

    /// Splits after `rows` rows.
    pub(crate) fn split_at(self, rows: usize) -> (Self, Self) {
        let Self { logits, k, winners, dy, tau, keys, offset, out } = self;
        let at = rows * k;
        let (logits, later_logits) = logits.split_at(at);
        let (winners, later_winners) = winners.split_at(rows);
        let (dy, later_dy) = dy.split_at(at);
        let (out, later_out) = out.split_at_mut(at);
        let part = |logits: &'a [T], winners, dy, offset, out| Self {
            logits,
            k,
            winners,
            dy,
            tau,
            keys,
            offset,
            out,
        };
        let later = offset.wrapping_add(at as u64);
        (
            part(logits, winners, dy, offset, out),
            part(later_logits, later_winners, later_dy, later, later_out),
        )
    }
}
