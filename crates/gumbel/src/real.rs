//! The two kinds of number that the slices hold.

use core::ops::{Add, Sub};

use crate::math;

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

/// `f32` or `f64`: the element of every slice here.
///
/// Noise, relaxations and their gradients are computed in this type, with long sums in `f64`; what is
/// not on a hot path is computed in `f64` and rounded once. Half-precision
/// tensors are computed in `f32` and rounded once: `half_precision` does so (feature `half`).
pub trait Real:
    sealed::Sealed
    + Copy
    + Send
    + Sync
    + PartialOrd
    + Default
    + Add<Output = Self>
    + Sub<Output = Self>
    + core::fmt::Debug
    + 'static
{
    /// Whether noise of this type takes a second random word for each element.
    #[doc(hidden)]
    const WIDE: bool;
    /// The same number in `f64`.
    fn to_f64(self) -> f64;
    /// The nearest number of this type.
    fn from_f64(x: f64) -> Self;
    /// The next smaller number of this type.
    #[doc(hidden)]
    fn below(self) -> Self;
    /// The slice itself when its numbers are `f32`: the vector kernels take no other.
    #[doc(hidden)]
    fn as_f32(slice: &[Self]) -> Option<&[f32]>;
    /// The slice itself when its numbers are `f64`.
    #[doc(hidden)]
    fn as_f64(slice: &[Self]) -> Option<&[f64]>;
    /// As `as_f32`, for a buffer.
    #[doc(hidden)]
    fn as_f32_mut(slice: &mut [Self]) -> Option<&mut [f32]>;
    /// -ln p and p of a Bernoulli pixel x with logit l, in the arithmetic of this type.
    #[doc(hidden)]
    fn bernoulli(l: Self, x: Self) -> (Self, Self);
}

impl Real for f32 {
    const WIDE: bool = false;
    #[inline(always)]
    fn to_f64(self) -> f64 {
        f64::from(self)
    }
    #[inline(always)]
    fn from_f64(x: f64) -> Self {
        x as f32
    }
    fn below(self) -> Self {
        self.next_down()
    }
    #[inline(always)]
    fn as_f32(slice: &[Self]) -> Option<&[f32]> {
        Some(slice)
    }
    #[inline(always)]
    fn as_f64(_: &[Self]) -> Option<&[f64]> {
        None
    }
    #[inline(always)]
    fn as_f32_mut(slice: &mut [Self]) -> Option<&mut [f32]> {
        Some(slice)
    }
    #[inline(always)]
    fn bernoulli(l: Self, x: Self) -> (Self, Self) {
        let (e, tail) = math::exp_neg_and_ln_1p(l.abs());
        let positive = if l > 0.0 { l } else { 0.0 };
        (positive - x * l + tail, (if l < 0.0 { e } else { 1.0 }) / (1.0 + e))
    }
}

impl Real for f64 {
    const WIDE: bool = true;
    #[inline(always)]
    fn to_f64(self) -> f64 {
        self
    }
    #[inline(always)]
    fn from_f64(x: f64) -> Self {
        x
    }
    fn below(self) -> Self {
        self.next_down()
    }
    #[inline(always)]
    fn as_f32(_: &[Self]) -> Option<&[f32]> {
        None
    }
    #[inline(always)]
    fn as_f64(slice: &[Self]) -> Option<&[f64]> {
        Some(slice)
    }
    #[inline(always)]
    fn as_f32_mut(_: &mut [Self]) -> Option<&mut [f32]> {
        None
    }
    #[inline(always)]
    fn bernoulli(l: Self, x: Self) -> (Self, Self) {
        let e = math::exp(-l.abs());
        let positive = if l > 0.0 { l } else { 0.0 };
        (positive - x * l + math::ln_1p(e), (if l < 0.0 { e } else { 1.0 }) / (1.0 + e))
    }
}
