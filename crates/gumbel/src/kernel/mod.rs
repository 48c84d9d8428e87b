//! The kernels of the two types of number: vectors for `f32`, plain loops for `f64`.
//!
//! Generic functions check their arguments, say what is wanted with the types of [`work`], and call the kernel of
//! their type here. Nothing else decides between `f32` and `f64`.

pub(crate) mod picks;
pub(crate) mod work;

use alloc::vec::Vec;

use crate::axis::Axis;
use crate::key::Key;
use crate::law::Law;
use crate::scalar;
use crate::simd::draw::envelope::Values;
use crate::simd::{self, scan};
use work::{BinaryElements, GumbelRows};

/// What a look at logits has found.
#[derive(Debug)]
pub struct LogitScan<T> {
    /// Whether no logit is NaN or +inf.
    pub(crate) allowed: bool,
    /// Whether one is -inf.
    pub(crate) masked: bool,
    /// The largest logit of each row, where the kernel of [`Kernel::gumbel_rows`] wants it.
    pub(crate) tops: Vec<T>,
}

/// What is computed differently in `f32` and in `f64`. Private: it seals [`Real`](crate::Real).
pub trait Kernel: Copy + Sized + 'static {
    /// Whether this is `f64`, whose noise takes a second random word for each element.
    const WIDE: bool;

    /// Fills `out` with the noise of elements `offset ..`, on this thread.
    fn fill(law: Law, key: Key, offset: u64, out: &mut [Self]);

    /// Looks for logits that are not allowed, and for -inf.
    fn scan(logits: &[Self]) -> (bool, bool);

    /// The same with the largest logit of each row of `axis`, which must fit.
    fn scan_rows(logits: &[Self], axis: Axis) -> LogitScan<Self>;

    /// Whether every value is a number of at most `bound` in size.
    fn all_within(values: &[Self], bound: f64) -> bool;

    /// Relaxes or picks the classes of rows whose arguments have been checked, on all cores.
    fn gumbel_rows(rows: GumbelRows<'_, Self>);

    /// The same of binary choices.
    fn binary(elements: BinaryElements<'_, Self>);

    /// The vector-Jacobian product of softmax(z / tau) with respect to z.
    fn softmax_vjp(y: &[Self], dy: &[Self], axis: Axis, tau: f64, dlogits: &mut [Self]);

    /// The values of a row for a draw.
    fn values(values: &[Self]) -> Values<'_>;
}

impl Kernel for f32 {
    const WIDE: bool = false;

    fn fill(law: Law, key: Key, offset: u64, out: &mut [Self]) {
        simd::noise::fill(simd::level(), law, key, offset, out);
    }

    fn scan(logits: &[Self]) -> (bool, bool) {
        scan::within(simd::level(), logits, Self::NEG_INFINITY, Self::MAX)
    }

    fn scan_rows(logits: &[Self], axis: Axis) -> LogitScan<Self> {
        let (found, tops) = scan::rows(simd::level(), logits, axis);
        LogitScan { allowed: found.0, masked: found.1, tops }
    }

    fn all_within(values: &[Self], bound: f64) -> bool {
        // A finite bound beyond f32 is that of its largest number: infinities are not allowed.
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

    fn softmax_vjp(y: &[Self], dy: &[Self], axis: Axis, tau: f64, dlogits: &mut [Self]) {
        if axis.stride() == 1 {
            simd::relax::vjp::softmax(simd::level(), y, dy, axis.classes(), tau, dlogits);
        } else {
            scalar::softmax::vjp(y, dy, axis, tau, dlogits, |d| d as Self);
        }
    }

    #[inline(always)]
    fn values(values: &[Self]) -> Values<'_> {
        Values::Narrow(values)
    }
}

impl Kernel for f64 {
    const WIDE: bool = true;

    fn fill(law: Law, key: Key, offset: u64, out: &mut [Self]) {
        simd::noise::double::fill(simd::level(), law, key, offset, out);
    }

    fn scan(logits: &[Self]) -> (bool, bool) {
        let mut found = (true, false);
        for &l in logits {
            found.0 &= l < Self::INFINITY; // false for NaN
            found.1 |= l == Self::NEG_INFINITY;
        }
        found
    }

    fn scan_rows(logits: &[Self], _: Axis) -> LogitScan<Self> {
        let (allowed, masked) = Self::scan(logits);
        LogitScan { allowed, masked, tops: Vec::new() }
    }

    fn all_within(values: &[Self], bound: f64) -> bool {
        values.iter().all(|x| x.abs() <= bound)
    }

    fn gumbel_rows(rows: GumbelRows<'_, Self>) {
        scalar::softmax::gumbel_rows(rows);
    }

    fn binary(elements: BinaryElements<'_, Self>) {
        scalar::binary::run(elements);
    }

    fn softmax_vjp(y: &[Self], dy: &[Self], axis: Axis, tau: f64, dlogits: &mut [Self]) {
        scalar::softmax::vjp(y, dy, axis, tau, dlogits, |d| d);
    }

    #[inline(always)]
    fn values(values: &[Self]) -> Values<'_> {
        Values::Wide(values)
    }
}
