//! `sqrt` and `floor` of `f64` for builds without the standard library.
//!
//! Both are exact or correctly rounded, so the bits do not depend on the build.

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, f64x2};

/// Replaces the inherent methods of the same names.
pub(crate) trait Float {
    fn sqrt(self) -> Self;
    fn floor(self) -> Self;
}

impl Float for f64 {
    fn sqrt(self) -> Self {
        dispatch!(Level::baseline(), simd => f64x2::splat(simd, self).sqrt().as_array()[0])
    }

    fn floor(self) -> Self {
        dispatch!(Level::baseline(), simd => f64x2::splat(simd, self).floor().as_array()[0])
    }
}

#[cfg(test)]
mod tests {
    use super::Float;

    #[test]
    fn equals_the_standard_library() {
        let mut x = -1e6_f64;
        while x < 1e6 {
            assert_eq!(Float::floor(x), x.floor());
            assert_eq!(Float::sqrt(x.abs()), x.abs().sqrt());
            x += 123.456;
        }
        for x in [-2.5, -0.5, 0.5, 1.5, 2.5, 0.499_999_999_999_999_94, 4_503_599_627_370_495.5] {
            assert_eq!(Float::floor(x), x.floor());
        }
    }
}
