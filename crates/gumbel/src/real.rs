//! The two types of number that the slices hold.

use core::ops::{Add, Sub};

use crate::kernel::Kernel;

/// `f32` or `f64`: the element of every slice here.
///
/// Noise, relaxations and their gradients are computed in this type, with long sums in `f64`; what is
/// not on a hot path is computed in `f64` and rounded once. Half-precision
/// tensors are computed in `f32` and rounded once: `half_precision` does so (feature `half`).
pub trait Real:
    Kernel
    + Send
    + Sync
    + PartialOrd
    + Default
    + Add<Output = Self>
    + Sub<Output = Self>
    + Into<f64>
    + From<f32>
    + core::fmt::Debug
{
    /// The same number in `f64`.
    #[inline(always)]
    fn to_f64(self) -> f64 {
        self.into()
    }
    /// The nearest number of this type.
    fn from_f64(x: f64) -> Self;
    /// The next smaller number of this type.
    #[doc(hidden)]
    fn below(self) -> Self;
}

impl Real for f32 {
    #[inline(always)]
    fn from_f64(x: f64) -> Self {
        x as Self
    }
    fn below(self) -> Self {
        self.next_down()
    }
}

impl Real for f64 {
    #[inline(always)]
    fn from_f64(x: f64) -> Self {
        x
    }
    fn below(self) -> Self {
        self.next_down()
    }
}
