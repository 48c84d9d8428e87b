//! The steps of softmax on a wide row, with its sum in a fixed tree whatever the vectors of the machine.

use fearless_simd::f32x16;
use fearless_simd::prelude::*;

use crate::simd::math;

pub(crate) const LANES: usize = 16;
/// Elements whose exponentials are summed in `f32`; the sums of blocks are added in `f64`.
pub(crate) const BLOCK: usize = 1024;

/// The largest value; -inf when there is none.
#[inline(always)]
pub(crate) fn max<S: Simd>(simd: S, row: &[f32]) -> f32 {
    let low = f32x16::splat(simd, f32::NEG_INFINITY);
    let mut best = [low; 4];
    let mut blocks = row.chunks_exact(4 * LANES);
    for block in &mut blocks {
        for i in 0..4 {
            best[i] = best[i].max(f32x16::from_slice(simd, &block[LANES * i..LANES * (i + 1)]));
        }
    }
    let mut vectors = blocks.remainder().chunks_exact(LANES);
    for vector in &mut vectors {
        best[0] = best[0].max(f32x16::from_slice(simd, vector));
    }
    let mut max = best[0].max(best[1]).max(best[2].max(best[3])).reduce_max();
    for &z in vectors.remainder() {
        max = if z > max { z } else { max };
    }
    max
}

/// The index of the first element that equals `value`.
#[inline(always)]
pub(crate) fn position<S: Simd>(simd: S, row: &[f32], value: f32) -> usize {
    let wanted = f32x16::splat(simd, value);
    let mut start = 0;
    for vector in row.chunks_exact(LANES) {
        if f32x16::from_slice(simd, vector).simd_eq(wanted).any_true() {
            break;
        }
        start += LANES;
    }
    start + row[start..].iter().position(|&z| z == value).unwrap_or(0)
}

/// Replaces z by e^((z - max) / tau) and returns the sum of a block of at most [`BLOCK`].
#[inline(always)]
fn exp_block<S: Simd>(simd: S, block: &mut [f32], max: f32x16<S>, decay: [f32x16<S>; 2]) -> f32 {
    let mut sums = [f32x16::splat(simd, 0.0); 4];
    let mut whole = block.chunks_exact_mut(4 * LANES);
    for part in &mut whole {
        for i in 0..4 {
            let part = &mut part[LANES * i..LANES * (i + 1)];
            let e = math::exp(simd, f32x16::from_slice(simd, part) - max, decay);
            e.store_slice(part);
            sums[i] += e;
        }
    }
    let mut vectors = whole.into_remainder().chunks_exact_mut(LANES);
    for part in &mut vectors {
        let e = math::exp(simd, f32x16::from_slice(simd, part) - max, decay);
        e.store_slice(part);
        sums[0] += e;
    }
    let rest = vectors.into_remainder();
    if !rest.is_empty() {
        let mut padded = [f32::NEG_INFINITY; LANES];
        padded[..rest.len()].copy_from_slice(rest);
        let e = math::exp(simd, f32x16::simd_from(simd, padded) - max, decay);
        rest.copy_from_slice(&e.as_array()[..rest.len()]);
        sums[0] += e;
    }
    ((sums[0] + sums[1]) + (sums[2] + sums[3])).reduce_sum()
}

/// Multiplies by a factor.
#[inline(always)]
pub(crate) fn scale<S: Simd>(simd: S, row: &mut [f32], factor: f32) {
    let factors = f32x16::splat(simd, factor);
    let mut vectors = row.chunks_exact_mut(LANES);
    for part in &mut vectors {
        (f32x16::from_slice(simd, part) * factors).store_slice(part);
    }
    for y in vectors.into_remainder() {
        *y *= factor;
    }
}

/// Replaces z by e^((z - max) / tau) and returns the sum.
#[inline(always)]
pub(crate) fn exp<S: Simd>(simd: S, row: &mut [f32], max: f32, decay: [f32x16<S>; 2]) -> f64 {
    let max = f32x16::splat(simd, max);
    let mut sum = 0.0;
    for block in row.chunks_mut(BLOCK) {
        sum += f64::from(exp_block(simd, block, max, decay));
    }
    sum
}
