//! The steps of softmax on a wide row. The order of the additions is the same at every instruction level.

use fearless_simd::f32x16;
use fearless_simd::prelude::*;

use crate::simd::lanes::{LANES, lane_indices, load, store};
use crate::simd::math;

/// Elements of a tile: 8 KiB of z beside 8 KiB of logits.
pub(crate) const ROW_TILE: usize = 2048;

/// Elements whose exponentials are summed in `f32`; the sums of blocks are added in `f64`.
pub(crate) const SUM_BLOCK: usize = 1024;

/// Loads the last sixteen elements. A shorter row fills the last lanes; the lanes before it hold `padding`.
#[inline(always)]
fn load_last<S: Simd>(simd: S, row: &[f32], padding: f32) -> f32x16<S> {
    if row.len() >= LANES {
        return f32x16::from_slice(simd, &row[row.len() - LANES..]);
    }
    let mut padded = [padding; LANES];
    padded[LANES - row.len()..].copy_from_slice(row);
    f32x16::simd_from(simd, padded)
}

/// Writes the elements that [`load_last`] reads.
#[inline(always)]
fn store_last<S: Simd>(last: f32x16<S>, row: &mut [f32]) {
    let len = row.len();
    if len >= LANES {
        last.store_slice(&mut row[len - LANES..]);
    } else {
        row.copy_from_slice(&last.as_array()[LANES - len..]);
    }
}

/// The largest value; -inf for an empty row.
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
    let vectors = blocks.remainder().chunks_exact(LANES);
    for vector in vectors {
        best[0] = best[0].max(f32x16::from_slice(simd, vector));
    }
    let last = load_last(simd, row, f32::NEG_INFINITY);
    best[0].max(best[1]).max(best[2].max(best[3])).max(last).reduce_max()
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

/// The sum of e^((z - max) / tau) over a block of at most [`SUM_BLOCK`]. These numbers replace z; for a logarithm z
/// stays, and the second result is the sum without the terms of z = max.
#[inline(always)]
fn exp_block<S: Simd, const LOG: bool>(
    simd: S,
    block: &mut [f32],
    max: f32x16<S>,
    decay: [f32x16<S>; 2],
) -> [f32; 2] {
    let zero = f32x16::splat(simd, 0.0);
    let (mut sums, mut rests) = ([zero; 4], [zero; 4]);
    // The last sixteen elements are read before the loop changes some of them, and written after it.
    let last = load_last(simd, block, f32::NEG_INFINITY);
    let rest = block.len() % LANES;
    let mut whole = block.chunks_exact_mut(4 * LANES);
    for part in &mut whole {
        for i in 0..4 {
            let part = &mut part[LANES * i..LANES * (i + 1)];
            let z = f32x16::from_slice(simd, part);
            let e = math::exp(simd, z - max, decay);
            sums[i] += e;
            if LOG {
                rests[i] += z.simd_eq(max).select(zero, e);
            } else {
                e.store_slice(part);
            }
        }
    }
    for part in whole.into_remainder().chunks_exact_mut(LANES) {
        let z = f32x16::from_slice(simd, part);
        let e = math::exp(simd, z - max, decay);
        sums[0] += e;
        if LOG {
            rests[0] += z.simd_eq(max).select(zero, e);
        } else {
            e.store_slice(part);
        }
    }
    if rest > 0 {
        let e = math::exp(simd, last - max, decay);
        let lane = lane_indices(simd);
        let new = lane.simd_ge(f32x16::splat(simd, (LANES - rest) as f32)).select(e, zero);
        sums[1] += new;
        if LOG {
            rests[1] += last.simd_eq(max).select(zero, new);
        } else {
            store_last(e, block);
        }
    }
    let total = |s: [f32x16<S>; 4]| ((s[0] + s[1]) + (s[2] + s[3])).reduce_sum();
    [total(sums), if LOG { total(rests) } else { 0.0 }]
}

/// Multiplies each element by `factor`.
#[inline(always)]
pub(crate) fn scale<S: Simd>(simd: S, row: &mut [f32], factor: f32) {
    let factors = f32x16::splat(simd, factor);
    let last = load_last(simd, row, 0.0) * factors;
    let whole = row.len().is_multiple_of(LANES);
    for part in row.chunks_exact_mut(LANES) {
        (f32x16::from_slice(simd, part) * factors).store_slice(part);
    }
    if !whole {
        store_last(last, row);
    }
}

/// Replaces z by e^((z - max) / tau) and returns the sum.
#[inline(always)]
pub(crate) fn exp<S: Simd>(simd: S, row: &mut [f32], max: f32, decay: [f32x16<S>; 2]) -> f64 {
    let max = f32x16::splat(simd, max);
    let mut sum = 0.0;
    for block in row.chunks_mut(SUM_BLOCK) {
        sum += f64::from(exp_block::<S, false>(simd, block, max, decay)[0]);
    }
    sum
}

/// The sum of e^((z - max) / tau), and the sum without the terms of z = max; z stays.
#[inline(always)]
pub(crate) fn sum_and_rest<S: Simd>(
    simd: S,
    row: &mut [f32],
    max: f32,
    decay: [f32x16<S>; 2],
) -> [f64; 2] {
    let max = f32x16::splat(simd, max);
    let (mut sum, mut rest) = (0.0, 0.0);
    for block in row.chunks_mut(SUM_BLOCK) {
        let block = exp_block::<S, true>(simd, block, max, decay);
        sum += f64::from(block[0]);
        rest += f64::from(block[1]);
    }
    [sum, rest]
}

/// Replaces z by (z - max) / tau - ln_sum.
#[inline(always)]
pub(crate) fn log<S: Simd>(simd: S, row: &mut [f32], max: f32, c: f32x16<S>, ln_sum: f32) {
    let (max, ln_sum) = (f32x16::splat(simd, max), f32x16::splat(simd, ln_sum));
    for part in row.chunks_mut(LANES) {
        let d = load(simd, part, 0.0) - max;
        store(math::log(simd, d, c, ln_sum), part);
    }
}

/// What the logarithms of sixteen rows need of their rows.
#[derive(Clone, Copy, Default)]
pub(crate) struct Sums {
    max: [f32; LANES],
    sum: [f32; LANES],
    rest: [f32; LANES],
}

impl Sums {
    /// Keeps the largest z of a row, and the sums of [`sum_and_rest`].
    #[inline(always)]
    pub(crate) fn set(&mut self, row: usize, max: f32, [sum, rest]: [f64; 2]) {
        (self.max[row], self.sum[row], self.rest[row]) = (max, sum as f32, rest as f32);
    }

    /// The largest z, and the logarithm of the sum, of each row.
    #[inline(always)]
    pub(crate) fn max_and_ln_sum<S: Simd>(&self, simd: S) -> [[f32; LANES]; 2] {
        let (sum, rest) = (f32x16::simd_from(simd, self.sum), f32x16::simd_from(simd, self.rest));
        [self.max, math::ln_sum(simd, sum, rest).into()]
    }
}
