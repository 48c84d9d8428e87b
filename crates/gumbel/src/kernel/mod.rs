//! The kernels of the two element types: vectors for `f32`, plain loops for `f64`.
//!
//! Generic functions check their arguments, describe the job with the types of [`work`], and call the kernel of
//! their type here. No other code chooses between `f32` and `f64`.

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

/// The result of a scan of logits.
#[derive(Debug)]
pub struct LogitScan<T> {
    /// Whether no logit is NaN or +inf.
    pub(crate) allowed: bool,
    /// Whether any logit is -inf.
    pub(crate) masked: bool,
    /// The largest logit of each row; empty if [`Kernel::gumbel_rows`] does not need it.
    pub(crate) tops: Vec<T>,
}

/// The operations that differ between `f32` and `f64`. Private: it seals [`Real`](crate::Real).
pub trait Kernel: Copy + Sized + 'static {
    /// Whether this is `f64`, whose noise takes a second random word for each element.
    const WIDE: bool;

    /// Fills `out` with the noise of elements `offset ..`, on this thread.
    fn fill(law: Law, key: Key, offset: u64, out: &mut [Self]);

    /// Returns whether no logit is NaN or +inf, and whether any logit is -inf.
    fn scan(logits: &[Self]) -> (bool, bool);

    /// Scans as [`Kernel::scan`] does, and also finds the largest logit of each row along `axis`. The
    /// logits are whole rows.
    fn scan_rows(logits: &[Self], axis: Axis) -> LogitScan<Self>;

    /// Whether every value is a number of at most `bound` in size.
    fn all_within(values: &[Self], bound: f64) -> bool;

    /// Relaxes rows, or picks their classes, on all cores. The arguments have been checked.
    fn gumbel_rows(rows: GumbelRows<'_, Self>);

    /// Relaxes binary choices. The arguments have been checked.
    fn binary(elements: BinaryElements<'_, Self>);

    /// The vector-Jacobian product of softmax(z / tau) with respect to z.
    fn softmax_vjp(y: &[Self], dy: &[Self], axis: Axis, tau: f64, dlogits: &mut [Self]);

    /// The values of a row in the form that the draw kernels take.
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
