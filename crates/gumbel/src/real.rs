//! The two kinds of number that the slices hold.

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

/// `f32` or `f64`: the element of every slice here.
///
/// All arithmetic is in `f64`; an `f32` result is the `f64` result rounded once. Half-precision
/// tensors are widened to `f32` by their owner, and rounded once when they go back.
pub trait Real: sealed::Sealed + Copy + PartialOrd + Default + core::fmt::Debug + 'static {
    /// Whether noise of this type takes a second random word for each element.
    #[doc(hidden)]
    const WIDE: bool;
    /// The same number in `f64`.
    fn to_f64(self) -> f64;
    /// The nearest number of this type.
    fn from_f64(x: f64) -> Self;
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
}
