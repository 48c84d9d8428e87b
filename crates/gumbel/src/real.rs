//! The trait of the two element types, `f32` and `f64`.

use core::ops::{Add, Div, Mul, Sub};

use crate::kernel::Kernel;

/// The element type of every slice in this crate: `f32` or `f64`. The trait is sealed.
///
/// Noise, relaxations and their gradients are computed in this type, with long sums in `f64`. Functions
/// off the hot path compute in `f64` and round once. `half_precision` (feature `half`) computes
/// half-precision tensors in `f32` and rounds once.
pub trait Real:
    Kernel
    + Send
    + Sync
    + PartialOrd
    + Default
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
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

/// The nearest finite number of a type: beyond its range its largest number of that sign. NaN stays NaN.
pub(crate) fn finite<T: Real>(x: f64) -> T {
    let (nearest, most) = (T::from_f64(x), T::from_f64(f64::INFINITY).below());
    let least = T::default() - most;
    if nearest > most {
        most
    } else if nearest < least {
        least
    } else {
        nearest
    }
}
