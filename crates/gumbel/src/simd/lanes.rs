//! Loads and stores of sixteen numbers, or of fewer at the end of a buffer.

use fearless_simd::f32x16;
use fearless_simd::prelude::*;

/// Numbers in a vector of `f32`, at every level of instructions.
pub(crate) const LANES: usize = 16;
/// Numbers in a vector of `f64`.
pub(crate) const DOUBLE_LANES: usize = 8;

/// Reads up to sixteen numbers; the other lanes hold `padding`.
#[inline(always)]
pub(crate) fn load<S: Simd>(simd: S, part: &[f32], padding: f32) -> f32x16<S> {
    if part.len() == LANES {
        return f32x16::from_slice(simd, part);
    }
    let mut padded = [padding; LANES];
    padded[..part.len()].copy_from_slice(part);
    f32x16::simd_from(simd, padded)
}

/// Writes the first lanes of a vector: all of them, or as many as `out` has elements.
#[inline(always)]
pub(crate) fn store<S: Simd>(x: f32x16<S>, out: &mut [f32]) {
    if out.len() == LANES {
        x.store_slice(out);
    } else {
        out.copy_from_slice(&x.as_array()[..out.len()]);
    }
}

/// Reads 64 numbers.
#[inline(always)]
pub(crate) fn load_group<S: Simd>(simd: S, x: &[f32]) -> [f32x16<S>; 4] {
    [
        f32x16::from_slice(simd, &x[..LANES]),
        f32x16::from_slice(simd, &x[LANES..2 * LANES]),
        f32x16::from_slice(simd, &x[2 * LANES..3 * LANES]),
        f32x16::from_slice(simd, &x[3 * LANES..4 * LANES]),
    ]
}

/// The index of each lane, 0 to 15.
#[inline(always)]
pub(crate) fn lane_indices<S: Simd>(simd: S) -> f32x16<S> {
    f32x16::simd_from(simd, core::array::from_fn(|lane| lane as f32))
}
