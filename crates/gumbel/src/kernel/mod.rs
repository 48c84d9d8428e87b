//! The kernels of the two element types: hand-written vectors for `f32`; for `f64` plain loops with vectors for noise,
//! logarithms and exponentials.
//!
//! Generic functions check their arguments, describe the job with the types of [`work`], and call the kernel of
//! their type here. No other code chooses the kernel of a type. Draws
//! from rows take their values as [`Values`], which holds either type.

pub(crate) mod winners;
pub(crate) mod work;

use alloc::vec::Vec;

use fearless_simd::dispatch;

use crate::axis::Axis;
use crate::key::Key;
use crate::law::Law;
use crate::math;
use crate::scalar;
use crate::simd::draw::envelope::Values;
use crate::simd::lanes::LANES;
use crate::simd::{self, scan};
use crate::temperature::Temperature;
use work::{BinaryElements, Form, GumbelRows, RaoRows};

/// The result of a scan of logits.
#[derive(Clone, Copy, Debug)]
pub struct LogitScan {
    /// Whether no logit is NaN or +inf.
    pub(crate) allowed: bool,
    /// Whether any logit is -inf.
    pub(crate) masked: bool,
}

/// The values that arguments of a type may have, and the words for them.
#[derive(Debug)]
pub struct Limits {
    /// The largest size of given noise: its sum with a finite logit is finite.
    pub(crate) noise: (f64, &'static str),
    /// The largest ln sigma: sigma^2 is finite.
    pub(crate) ln_sigma: (f64, &'static str),
    /// How far from 1 the sum of probabilities may be.
    pub(crate) sum_of_probabilities: f64,
}

/// The operations that differ between `f32` and `f64`. Private: it seals [`Real`](crate::Real).
pub trait Kernel: Copy + Sized + 'static {
    /// The limits of arguments.
    const LIMITS: Limits;

    /// Fills `out` with the noise of elements `offset ..`, on this thread.
    fn fill(law: Law, key: Key, offset: u64, out: &mut [Self]);

    /// Looks for logits that are not allowed, and for -inf.
    fn scan(logits: &[Self]) -> LogitScan;

    /// Scans as [`Kernel::scan`] does, and also finds the largest logit of each row along `axis`: none if
    /// [`Kernel::gumbel_rows`] does not need them. The logits are whole rows.
    fn scan_rows(logits: &[Self], axis: Axis) -> (LogitScan, Vec<Self>);

    /// Whether every value is a number of at most `bound` in size.
    fn all_within(values: &[Self], bound: f64) -> bool;

    /// Relaxes rows, or picks their classes, on all cores. The arguments have been checked.
    fn gumbel_rows(rows: GumbelRows<'_, Self>);

    /// Relaxes binary choices. The arguments have been checked.
    fn binary(elements: BinaryElements<'_, Self>);

    /// The vector-Jacobian product of softmax(z / tau), or of its logarithm, with respect to z.
    fn softmax_vjp(
        form: Form,
        y: &[Self],
        dy: &[Self],
        axis: Axis,
        tau: Temperature<'_>,
        dlogits: &mut [Self],
    );

    /// `out = -d ln y`, for y >= 0; 0 where y is 0 or d is 0.
    fn times_neg_ln(y: &[Self], d: &[Self], out: &mut [Self]);

    /// The mean, over draws of the noise given the winners, of the vector-Jacobian product of softmax(z / tau), on all
    /// cores. The arguments have been checked.
    fn gumbel_rao_vjp(rows: RaoRows<'_, Self>);

    /// Writes sixteen rows of k <= 32, which lie one after the other, as columns: for each class the numbers of all rows.
    /// `rows` has another sixteen numbers after them.
    fn transpose(rows: &[Self], k: usize, columns: &mut [[Self; LANES]]);

    /// The values of a row in the form that the draw kernels take.
    fn values(values: &[Self]) -> Values<'_>;

    /// ln w of a weight w above 0 of this type, which is given in `f64`.
    fn ln_weight(w: f64) -> f64;

    /// (e^-x, ln(1 + e^-x)) for x >= 0.
    fn exp_neg_and_ln_1p(x: Self) -> (Self, Self);
}

impl Kernel for f32 {
    const LIMITS: Limits = Limits {
        noise: (1e30, "a finite number of at most 1e30"),
        ln_sigma: (44.0, "a finite number of at most 44 in f32"),
        sum_of_probabilities: 1e-3,
    };

    fn fill(law: Law, key: Key, offset: u64, out: &mut [Self]) {
        simd::noise::fill(simd::level(), law, key, offset, out);
    }

    fn scan(logits: &[Self]) -> LogitScan {
        let level = simd::level();
        let (allowed, masked) = scan::within(level, logits, Self::NEG_INFINITY, Self::MAX);
        LogitScan { allowed, masked }
    }

    fn scan_rows(logits: &[Self], axis: Axis) -> (LogitScan, Vec<Self>) {
        let ((allowed, masked), maxima) = scan::rows(simd::level(), logits, axis);
        (LogitScan { allowed, masked }, maxima)
    }

    fn all_within(values: &[Self], bound: f64) -> bool {
        // A finite bound beyond the range of f32 becomes its largest number: infinities stay excluded.
        let finite = bound.min(f64::from(Self::MAX)) as Self;
        let bound = if bound == f64::INFINITY { Self::INFINITY } else { finite };
        scan::within(simd::level(), values, -bound, bound).0
    }

    fn gumbel_rows(rows: GumbelRows<'_, Self>) {
        simd::relax::gumbel_rows(simd::level(), rows);
    }

    fn binary(elements: BinaryElements<'_, Self>) {
        simd::relax::binary::run(simd::level(), elements);
    }

    fn softmax_vjp(
        form: Form,
        y: &[Self],
        dy: &[Self],
        axis: Axis,
        tau: Temperature<'_>,
        dlogits: &mut [Self],
    ) {
        if axis.stride() == 1 {
            simd::relax::vjp::softmax(simd::level(), form, y, dy, axis.classes(), tau, dlogits);
        } else {
            scalar::softmax::vjp(form, y, dy, axis, tau, dlogits);
        }
    }

    fn times_neg_ln(y: &[Self], d: &[Self], out: &mut [Self]) {
        simd::relax::vjp::times_neg_ln(simd::level(), y, d, out);
    }

    fn gumbel_rao_vjp(rows: RaoRows<'_, Self>) {
        simd::relax::rao::vjp(simd::level(), rows);
    }

    fn transpose(rows: &[Self], k: usize, columns: &mut [[Self; LANES]]) {
        simd::relax::columns::transpose_rows(simd::level(), rows, k, columns);
    }

    #[inline(always)]
    fn values(values: &[Self]) -> Values<'_> {
        Values::Narrow(values)
    }

    #[inline(always)]
    fn ln_weight(w: f64) -> f64 {
        math::ln(w) // in f64 a subnormal f32 is a normal number
    }

    #[inline(always)]
    fn exp_neg_and_ln_1p(x: Self) -> (Self, Self) {
        math::exp_neg_and_ln_1p(x)
    }
}

impl Kernel for f64 {
    const LIMITS: Limits = Limits {
        noise: (1e290, "a finite number of at most 1e290"),
        ln_sigma: (300.0, "a finite number of at most 300"),
        sum_of_probabilities: 1e-6,
    };

    fn fill(law: Law, key: Key, offset: u64, out: &mut [Self]) {
        simd::noise::double::fill(simd::level(), law, key, offset, out);
    }

    fn scan(logits: &[Self]) -> LogitScan {
        let (mut allowed, mut masked) = (true, false);
        dispatch!(simd::level(), _ => {
            for &l in logits {
                allowed &= l < Self::INFINITY; // false for NaN
                masked |= l == Self::NEG_INFINITY;
            }
        });
        LogitScan { allowed, masked }
    }

    fn scan_rows(logits: &[Self], _: Axis) -> (LogitScan, Vec<Self>) {
        (Self::scan(logits), Vec::new())
    }

    fn all_within(values: &[Self], bound: f64) -> bool {
        // No early exit, so that the loop compiles to vectors.
        dispatch!(simd::level(), _ => values.iter().fold(true, |all, x| all & (x.abs() <= bound)))
    }

    fn gumbel_rows(rows: GumbelRows<'_, Self>) {
        scalar::softmax::gumbel_rows(rows);
    }

    fn binary(elements: BinaryElements<'_, Self>) {
        scalar::binary::run(elements);
    }

    fn softmax_vjp(
        form: Form,
        y: &[Self],
        dy: &[Self],
        axis: Axis,
        tau: Temperature<'_>,
        dlogits: &mut [Self],
    ) {
        scalar::softmax::vjp(form, y, dy, axis, tau, dlogits);
    }

    fn times_neg_ln(y: &[Self], d: &[Self], out: &mut [Self]) {
        for ((out, &y), &d) in out.iter_mut().zip(y).zip(d) {
            *out = if y == 0.0 || d == 0.0 { 0.0 } else { -d * math::ln(y) };
        }
    }

    fn gumbel_rao_vjp(rows: RaoRows<'_, Self>) {
        scalar::rao::vjp(rows);
    }

    fn transpose(rows: &[Self], k: usize, columns: &mut [[Self; LANES]]) {
        for (row, numbers) in rows.chunks_exact(k).take(LANES).enumerate() {
            for (column, x) in columns.iter_mut().zip(numbers) {
                column[row] = *x;
            }
        }
    }

    #[inline(always)]
    fn values(values: &[Self]) -> Values<'_> {
        Values::Wide(values)
    }

    #[inline(always)]
    fn ln_weight(w: f64) -> f64 {
        math::ln_positive(w)
    }

    #[inline(always)]
    fn exp_neg_and_ln_1p(x: Self) -> (Self, Self) {
        let e = math::exp(-x);
        (e, math::ln_1p(e))
    }
}
