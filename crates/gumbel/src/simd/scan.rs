//! Looks through numbers for those that may not be there, at the speed of the memory.

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, f32x16};

use crate::simd::rows::LANES;

/// Whether every number lies within `low ..= high` (NaN does not), and whether one is -inf.
pub(crate) fn within(level: Level, x: &[f32], low: f32, high: f32) -> (bool, bool) {
    dispatch!(level, simd => within_in(simd, x, low, high))
}

#[inline(always)]
fn within_in<S: Simd>(simd: S, x: &[f32], low: f32, high: f32) -> (bool, bool) {
    let none = f32x16::splat(simd, f32::NEG_INFINITY);
    let bounds = [f32x16::splat(simd, low), f32x16::splat(simd, high)];
    // Two of each: one chain of ands would wait for itself.
    let mut inside = [none.simd_eq(none); 2];
    let mut masked = [none.simd_ne(none); 2];
    let mut pairs = x.chunks_exact(2 * LANES);
    for pair in &mut pairs {
        for i in 0..2 {
            let x = f32x16::from_slice(simd, &pair[LANES * i..LANES * (i + 1)]);
            inside[i] &= x.simd_ge(bounds[0]) & x.simd_le(bounds[1]);
            masked[i] |= x.simd_eq(none);
        }
    }
    let mut all = (inside[0] & inside[1]).all_true();
    let mut any = (masked[0] | masked[1]).any_true();
    for &x in pairs.remainder() {
        all &= x >= low && x <= high;
        any |= x == f32::NEG_INFINITY;
    }
    (all, any)
}
