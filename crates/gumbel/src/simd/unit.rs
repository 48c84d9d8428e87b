//! Converts random words to numbers between 0 and 1, on vectors: the formulas of `unit.rs`.

use fearless_simd::prelude::*;
use fearless_simd::{f32x16, f64x8, i32x16, u32x16, u64x8};

use crate::math::TWO_52;
use crate::unit::TWO_NEG_32;

/// q = -(k + 1/2) 2^-32 with k read as a signed number: -v below the median and 1 - v above it.
#[inline(always)]
pub(crate) fn signed<S: Simd>(simd: S, words: u32x16<S>) -> f32x16<S> {
    let k: f32x16<S> = words.bitcast::<i32x16<S>>().to_float();
    let two_neg_32 = f32x16::splat(simd, -1.0 / 4_294_967_296.0);
    k.mul_add(two_neg_32, f32x16::splat(simd, -0.5 / 4_294_967_296.0))
}

/// q of a rare word from both of its words: the distance k 2^-32 + (k2 + 1/2) 2^-64 from the nearer end, with a
/// sign. The products are exact, so fused and separate sums are equal; only the last sum rounds.
#[inline(always)]
pub(crate) fn signed_of_both(word: u32, second: u32) -> f32 {
    let upper = word >= 1 << 31;
    let (high, low) = if upper { (!word, !second) } else { (word, second) };
    let low = ((low >> 16) as f32 * 65_536.0 + (low & 0xFFFF) as f32) + 0.5;
    let v = high as f32 * (1.0 / 4_294_967_296.0) + low * (1.0 / 18_446_744_073_709_551_616.0);
    if upper { v } else { -v }
}

/// 2 v - 1, computed from the median, so a word near the median is converted without rounding.
#[inline(always)]
pub(crate) fn centred<S: Simd>(simd: S, words: u32x16<S>) -> f32x16<S> {
    let k = words ^ u32x16::splat(simd, 1 << 31);
    let k: f32x16<S> = k.bitcast::<i32x16<S>>().to_float();
    let two_neg_31 = f32x16::splat(simd, 1.0 / 2_147_483_648.0);
    k.mul_add(two_neg_31, f32x16::splat(simd, 0.5 / 2_147_483_648.0))
}

/// (m + 1/2) 2^-23 with m the top 23 bits: exact.
#[inline(always)]
pub(crate) fn uniform_23<S: Simd>(simd: S, words: u32x16<S>) -> f32x16<S> {
    let m: f32x16<S> = (words >> 9).bitcast::<i32x16<S>>().to_float();
    (m + f32x16::splat(simd, 0.5)) * f32x16::splat(simd, 1.0 / 8_388_608.0)
}

/// v without the last bit of its word, rounded once: (k >> 1) 2^-31.
#[inline(always)]
pub(crate) fn approximate_v<S: Simd>(simd: S, words: u32x16<S>) -> f32x16<S> {
    // A signed number holds 31 bits.
    let k: f32x16<S> = (words >> 1).bitcast::<i32x16<S>>().to_float();
    k * f32x16::splat(simd, 1.0 / 2_147_483_648.0)
}

/// v and 1 - v from both words in `f64`, with the operations of `Unit::of_words`.
#[inline(always)]
pub(crate) fn v_and_complement<S: Simd>(simd: S, first: &[u32], second: &[u32]) -> [f64x8<S>; 2] {
    let scale = f64x8::splat(simd, TWO_NEG_32);
    let half = f64x8::splat(simd, 0.5);
    let (high, low) = (to_floats(simd, first), to_floats(simd, second));
    [
        high[0] * scale + (low[0] + half) * scale * scale,
        high[1] * scale + (low[1] + half) * scale * scale,
    ]
}

/// Converts eight words and their complements to `f64`.
#[inline(always)]
fn to_floats<S: Simd>(simd: S, words: &[u32]) -> [f64x8<S>; 2] {
    let words = u64x8::from_fn(simd, |i| u64::from(words[i]));
    // The bits of 2^52 plus a small integer are the float 2^52 plus that integer.
    let shift = u64x8::splat(simd, TWO_52.to_bits());
    let back = f64x8::splat(simd, TWO_52);
    let complement = words ^ u64x8::splat(simd, 0xFFFF_FFFF);
    [
        (words | shift).bitcast::<f64x8<S>>() - back,
        (complement | shift).bitcast::<f64x8<S>>() - back,
    ]
}

/// v - 1/2 in `f64`, with the operations of `unit::centred`.
#[inline(always)]
pub(crate) fn centred_wide<S: Simd>(simd: S, first: &[u32], second: &[u32]) -> f64x8<S> {
    let scale = f64x8::splat(simd, TWO_NEG_32);
    let high = to_floats(simd, first)[0] - f64x8::splat(simd, 2_147_483_648.0);
    let low = to_floats(simd, second)[0] + f64x8::splat(simd, 0.5);
    high * scale + low * scale * scale
}

/// (m + 1/2) 2^-52 with m the first 52 bits of both words: exact, as `unit::uniform_52`.
#[inline(always)]
pub(crate) fn uniform_52<S: Simd>(simd: S, first: &[u32], second: &[u32]) -> f64x8<S> {
    let first = u64x8::from_fn(simd, |i| u64::from(first[i]));
    let second = u64x8::from_fn(simd, |i| u64::from(second[i]));
    let m = (first << 20) | (second >> 12);
    let m = (m | u64x8::splat(simd, TWO_52.to_bits())).bitcast::<f64x8<S>>();
    let m = m - f64x8::splat(simd, TWO_52);
    (m + f64x8::splat(simd, 0.5)) * f64x8::splat(simd, 1.0 / TWO_52)
}
